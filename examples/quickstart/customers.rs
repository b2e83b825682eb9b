//! From the file to customers that a model may learn from.

use mlops::prelude::*;

/// The columns that the pipeline cannot do without.
const REQUIRED: [&str; 4] = ["customerID", "tenure", "TotalCharges", "Churn"];

/// Reads the customers.
#[stage(ingest, owner = "growth")]
pub(crate) fn load(customers: &File) -> Result<Table> {
    Ok(Table::read(customers)?)
}

/// Refuses customers that make no sense, and fills in what is known: who has been a customer for less than a month has not
/// been billed yet, so the blank total of these customers is 0.
#[stage(validate, owner = "growth")]
pub(crate) fn validate(cx: &StageContext, raw: &Table) -> Result<Table> {
    for column in REQUIRED {
        raw.column(column)?;
    }
    let customers = raw.texts("customerID")?;
    let tenures = raw.numbers("tenure")?;
    let churned = raw.texts("Churn")?;
    let mut totals = raw.numbers("TotalCharges")?;
    let mut unbilled = 0_u32;
    for row in 0..raw.rows() {
        let who = customers[row].as_deref().unwrap_or("without an ID");
        let wrong = |what: String| format!("row {}, customer {who}: {what}", row + 1);
        match (tenures[row], totals[row]) {
            (None, _) => return Err(wrong("no tenure".to_owned()).into()),
            (Some(months), _) if months < 0.0 => {
                return Err(wrong(format!("a tenure of {months} months")).into());
            }
            (Some(0.0), None) => {
                totals[row] = Some(0.0);
                unbilled += 1;
            }
            (Some(months), None) => {
                let what = format!("no TotalCharges after {months} months");
                return Err(wrong(what).into());
            }
            _ => {}
        }
        if !matches!(churned[row].as_deref(), Some("Yes" | "No")) {
            let found = churned[row].as_deref().unwrap_or("nothing");
            return Err(wrong(format!("Churn is {found}, not Yes or No")).into());
        }
    }
    cx.metric("customers", raw.rows() as f64);
    cx.metric("customers/unbilled", unbilled);
    if unbilled > 0 {
        cx.note(format!(
            "{unbilled} customers have not been billed yet: their total is taken as 0"
        ));
    }
    Ok(raw.with_numbers("TotalCharges", totals)?)
}

/// Keeps a share of the customers for the test. A customer stays on his side when others are added.
#[stage(owner = "growth")]
pub(crate) fn split(clean: &Table, test_share: f64) -> Result<(Table, Table)> {
    Ok(clean.split_by_key(test_share, "customerID")?)
}

#[cfg(test)]
mod tests {
    use mlops::testing::TestContext;

    use super::*;

    fn customers(tenure: i64, total: Option<f64>, churned: &str) -> Table {
        table! {
            "customerID" => ["0001-A"],
            "tenure" => [tenure],
            "TotalCharges" => [total],
            "Churn" => [churned],
        }
    }

    #[test]
    fn a_customer_of_the_first_month_has_paid_nothing_yet() {
        let context = TestContext::new();
        let clean = validate::run(&context, &customers(0, None, "No")).unwrap();
        assert_eq!(clean.numbers("TotalCharges").unwrap(), [Some(0.0)]);
        assert_eq!(context.metric("customers/unbilled"), Some(1.0));
    }

    #[test]
    fn a_later_customer_without_a_total_is_refused_by_row_and_name() {
        let refused = validate::run(&TestContext::new(), &customers(3, None, "No"));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "row 1, customer 0001-A: no TotalCharges after 3 months"
        );
    }

    #[test]
    fn a_customer_who_neither_left_nor_stayed_is_refused() {
        let refused = validate::run(&TestContext::new(), &customers(3, Some(60.0), "Maybe"));
        assert!(refused.unwrap_err().to_string().contains("Churn is Maybe"));
    }

    #[test]
    fn a_missing_column_is_named() {
        let refused = validate::run(&TestContext::new(), &table! { "tenure" => [1] });
        assert!(refused.unwrap_err().to_string().contains("customerID"));
    }
}

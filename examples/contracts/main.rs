//! Are these customers fit to use? What a contract refuses, what it sets aside, and why.
//!
//! `cargo run --example contracts`; `-- --data FILE` takes your own customers. The trap in this file is real: the total of
//! some customers is a blank, which most readers turn into text, or drop with the row.

use mlops::contract::Filtered;
use mlops::prelude::*;
use serde::{Deserialize, Serialize};

// ANCHOR: contract
/// A customer, as the file must have them.
#[derive(Deserialize, Contract)]
#[contract(name = "customers")]
#[check(row_count(100..), correlation(tenure, total, 0.5..), severity = "warning")]
#[expect(dead_code, reason = "the rows are described here, and read as a table")]
struct Customer {
    #[serde(rename = "customerID")]
    #[check(unique, matches("^[0-9]{4}-[A-Z]{5}$"))]
    id: String,
    #[serde(rename = "SeniorCitizen")]
    #[check(range(0..=1))]
    senior: u8,
    #[check(range(0..=120))]
    tenure: u32,
    #[serde(rename = "Contract")]
    #[check(one_of("Month-to-month", "One year", "Two year"))]
    contract: String,
    #[serde(rename = "MonthlyCharges")]
    #[check(range(0.0..=200.0), mean(40.0..90.0), no_outliers(iqr, 3.0))]
    monthly: f64,
    #[serde(rename = "TotalCharges")]
    #[check(range(0.0..))]
    total: f64,
    #[serde(rename = "Churn")]
    #[check(exactly_these("Yes", "No"))]
    churn: String,
}
// ANCHOR_END: contract

/// What can be changed.
#[derive(Serialize, Deserialize)]
struct Config {
    customers: File,
}

impl Default for Config {
    fn default() -> Self {
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/quickstart/customers.csv");
        Self {
            customers: File::new(shipped),
        }
    }
}

// ANCHOR: stages
/// Reads the customers.
#[stage(ingest)]
fn load(customers: &File) -> Result<Table> {
    Ok(Table::read(customers)?)
}

/// What would be said if every row had to be right.
#[stage(validate)]
fn judge(raw: &Table) -> Result<String> {
    Ok(Customer::contract().report(raw)?.to_string())
}

/// The customers that break no rule, and the others with the reasons.
#[stage(validate)]
fn sort_out(cx: &StageContext, raw: &Table) -> Result<(Table, Table)> {
    let Filtered {
        good,
        quarantine,
        report,
    } = Customer::contract().filter(raw)?;
    cx.metric("customers/good", good.rows() as f64);
    cx.metric("customers/quarantined", quarantine.rows() as f64);
    cx.note(report.summary());
    Ok((good, quarantine))
}
// ANCHOR_END: stages

/// A few lines of the quarantine, as a person would look at them.
#[stage]
fn look(quarantine: &Table) -> Result<String> {
    if quarantine.is_empty() {
        return Ok("no customer was set aside".to_owned());
    }
    let shown = [
        "customerID",
        "tenure",
        "TotalCharges",
        "quarantine_row",
        "quarantine_reasons",
    ];
    Ok(quarantine.select(&shown)?.to_string())
}

#[derive(Outputs)]
struct Outcome {
    report: Handle<String>,
    good: Handle<Table>,
    quarantine: Handle<Table>,
    shown: Handle<String>,
}

fn contracts(config: &Config) -> Outcome {
    let raw = load(&config.customers);
    let report = judge(&raw);
    let (good, quarantine) = sort_out(raw);
    let shown = look(&quarantine);
    Outcome {
        report,
        good,
        quarantine,
        shown,
    }
}

fn main() -> ExitCode {
    mlops::app()
        .pipeline("contracts", contracts)
        .short("data", "customers")
        .main()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customers() -> Table {
        load::run(&Config::default().customers).unwrap()
    }

    #[test]
    fn the_blank_totals_refuse_the_file_and_only_their_rows_are_set_aside() {
        let raw = customers();
        let error = Customer::contract().enforce(&raw).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("fail (critical): TotalCharges not_null"),
            "{error}"
        );
        let filtered = Customer::contract().filter(&raw).unwrap();
        let blank = raw
            .numbers("TotalCharges")
            .unwrap()
            .iter()
            .filter(|total| total.is_none())
            .count();
        assert!(blank > 0);
        assert_eq!(filtered.quarantine.rows(), blank);
        assert_eq!(filtered.good.rows(), raw.rows() - blank);
        assert!(Customer::contract().enforce(&filtered.good).is_ok());
    }

    #[test]
    fn an_empty_file_is_no_evidence_of_anything() {
        let empty = customers().filter_rows(|_| false).unwrap();
        let error = Customer::contract().filter(&empty).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("no evidence (critical): customerID unique"),
            "{error}"
        );
    }
}

//! One function for a table and for a row; errors that name the feature, the column and the next step.

use mlops_data::{Table, table};
use proptest::prelude::*;

use crate::{Cell, FeatureError, FeatureSet, Row, features};

/// Years since the contract began.
#[mlops_derive::feature(entity = "customer", owner = "growth-ml", crate = crate)]
fn tenure_years(tenure_months: f64) -> f64 {
    tenure_months / 12.0
}

/// Whether the plan is paid by the year.
#[mlops_derive::feature(entity = "customer", owner = "growth-ml", crate = crate)]
fn pays_yearly(plan: &str) -> bool {
    plan.eq_ignore_ascii_case("yearly")
}

/// The plan in small letters, and what is not known by its name.
#[mlops_derive::feature(entity = "customer", owner = "growth-ml", crate = crate)]
fn plan_name(plan: Option<String>, seats: Option<i64>) -> String {
    let plan = plan.unwrap_or_else(|| "unknown".to_owned());
    format!("{} {}", plan.to_lowercase(), seats.unwrap_or(1))
}

/// What the customer has paid for each month.
#[mlops_derive::feature(entity = "customer", owner = "growth-ml", crate = crate)]
fn monthly(total: f64, tenure_months: f64) -> Option<f64> {
    (tenure_months > 0.0).then(|| total / tenure_months)
}

/// Whether it is an old customer who pays little.
#[mlops_derive::feature(
    entity = "customer",
    owner = "growth-ml",
    uses(tenure_years, self::monthly),
    name = "cheap_and_loyal",
    crate = crate
)]
fn cheap(tenure_years: f64, monthly: Option<f64>) -> bool {
    tenure_years > 2.0 && monthly.is_some_and(|monthly| monthly < 20.0)
}

fn all() -> FeatureSet {
    features![cheap, tenure_years, pays_yearly, plan_name, monthly]
}

fn customers() -> Table {
    table! {
        "tenure_months" => [Some(36), None, Some(0)],
        "total" => [Some(360.0), Some(10.0), Some(0.0)],
        "plan" => [Some("Yearly"), None, Some("monthly")],
        "seats" => [None, Some(3_i64), Some(1)],
    }
}

#[test]
fn columns_become_features_and_what_is_missing_stays_missing() {
    let known = all().apply(&customers()).unwrap();
    let expected = customers()
        .with_booleans("cheap_and_loyal", vec![Some(true), None, Some(false)])
        .and_then(|table| table.with_numbers("tenure_years", vec![Some(3.0), None, Some(0.0)]))
        .and_then(|table| table.with_booleans("pays_yearly", vec![Some(true), None, Some(false)]))
        .and_then(|table| {
            let names = ["yearly 1", "unknown 3", "monthly 1"];
            table.with_texts(
                "plan_name",
                names.map(|name| Some(name.to_owned())).to_vec(),
            )
        })
        .and_then(|table| table.with_numbers("monthly", vec![Some(10.0), None, None]))
        .unwrap();
    assert_eq!(known, expected);
}

#[test]
fn the_function_stays_a_function() {
    assert_eq!(tenure_years(18.0), 1.5);
    assert!(pays_yearly("YEARLY"));
    assert_eq!(monthly(1.0, 0.0), None);
}

#[test]
fn a_feature_is_computed_after_those_that_it_uses_and_only_what_was_asked_for_is_given() {
    let set = features![cheap];
    let order: Vec<_> = set.in_order().iter().map(|one| one.name).collect();
    assert_eq!(order, ["tenure_years", "monthly", "cheap_and_loyal"]);
    let known = set.apply(&customers()).unwrap();
    assert_eq!(known.columns().last(), Some(&"cheap_and_loyal"));
    assert_eq!(known.columns().len(), customers().columns().len() + 1);
}

#[test]
fn a_definition_says_what_stands_above_the_function() {
    let definition = features![cheap].definitions()[0];
    assert_eq!(definition.name, "cheap_and_loyal");
    assert_eq!(definition.owner, "growth-ml");
    assert_eq!(
        definition.description,
        "Whether it is an old customer who pays little."
    );
    assert_eq!(definition.path, "mlops_features::definition::tests::cheap");
    assert!(
        definition.text.starts_with("fn cheap(tenure_years: f64"),
        "{}",
        definition.text
    );
    assert!(definition.text.ends_with('}'), "{}", definition.text);
    assert!(definition.place().contains("definition/tests.rs:"));
}

fn said(error: &FeatureError) -> (String, String) {
    (error.to_string(), error.help().unwrap_or_default())
}

#[test]
fn a_missing_column_is_named_with_its_feature_and_the_nearest_one() {
    let table = table! { "tenure_month" => [1.0], "total" => [1.0] };
    let (message, help) = said(&features![tenure_years].apply(&table).unwrap_err());
    assert_eq!(
        message,
        "the feature `tenure_years` needs the column `tenure_months`, and there are `tenure_month`, `total`"
    );
    assert!(help.starts_with("did you mean `tenure_month`?"), "{help}");
    let (message, _) = said(&features![tenure_years].row(&Row::new()).unwrap_err());
    assert!(message.ends_with("and there are no columns"), "{message}");
}

#[test]
fn a_column_of_another_type_is_named_with_what_the_feature_takes() {
    let table = table! { "tenure_months" => ["a"] };
    let (message, help) = said(&features![tenure_years].apply(&table).unwrap_err());
    assert_eq!(
        message,
        "the feature `tenure_years` takes the column `tenure_months` as a number, and it is Utf8"
    );
    assert!(help.contains("`f64`"), "{help}");
    let row = Row::new().with("plan", 3.0);
    assert!(matches!(
        features![pays_yearly].row(&row),
        Err(FeatureError::ColumnType { column, .. }) if column == "plan"
    ));
    // A truth value is no number by accident.
    let row = Row::new().with("tenure_months", true);
    assert!(features![tenure_years].row(&row).is_err());
}

#[test]
fn an_integer_that_does_not_fit_is_no_other_integer() {
    let table = table! { "seats" => [u64::MAX], "plan" => ["a"] };
    assert!(features![plan_name].apply(&table).is_err());
}

mod other {

    /// Days since the contract began, under a name that is taken.
    #[mlops_derive::feature(entity = "customer", owner = "growth-ml", name = "tenure_years", crate = crate)]
    pub(super) fn tenure(tenure_months: f64) -> f64 {
        tenure_months * 30.0
    }

    /// Takes what is a feature as if it were a column.
    #[mlops_derive::feature(entity = "customer", owner = "growth-ml", crate = crate)]
    pub(super) fn careless(tenure_years: f64) -> f64 {
        tenure_years
    }
}

#[test]
fn one_name_stands_for_one_feature() {
    assert!(all().check().is_ok());
    let twice = features![tenure_years, tenure_years].check();
    assert!(
        matches!(twice, Err(FeatureError::SameName { .. })),
        "{twice:?}"
    );
    let two = features![tenure_years, other::tenure].check();
    assert!(matches!(two, Err(FeatureError::SameName { .. })), "{two:?}");
    let hidden = features![tenure_years, other::careless]
        .check()
        .unwrap_err();
    let (message, help) = said(&hidden);
    assert!(
        message.contains("`careless` takes `tenure_years`"),
        "{message}"
    );
    assert!(help.contains("uses(tenure_years)"), "{help}");
    let taken = table! { "tenure_months" => [1.0], "tenure_years" => [1.0] };
    let taken = features![tenure_years].apply(&taken);
    assert!(
        matches!(taken, Err(FeatureError::ColumnTaken { .. })),
        "{taken:?}"
    );
}

fn any_number() -> impl Strategy<Value = Option<f64>> {
    proptest::option::of(any::<u64>().prop_map(f64::from_bits))
}

proptest! {
    #[test]
    fn a_table_and_its_single_rows_have_the_same_bits(
        rows in proptest::collection::vec(
            (
                any_number(),
                any_number(),
                proptest::option::of("(?i)(yearly|monthly|[a-zé]{0,3})"),
                proptest::option::of(any::<i64>()),
            ),
            1..20,
        ),
    ) {
        let table = table! {
            "tenure_months" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            "total" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
            "plan" => rows.iter().map(|row| row.2.clone()).collect::<Vec<_>>(),
            "seats" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
        };
        let known = all().apply(&table).unwrap();
        let plan = known.texts("plan_name").unwrap();
        let (monthly, cheap) = (known.numbers("monthly").unwrap(), known.booleans("cheap_and_loyal").unwrap());
        for (position, (months, total, name, seats)) in rows.into_iter().enumerate() {
            let row = Row::new()
                .with("tenure_months", months)
                .with("total", total)
                .with("plan", name)
                .with("seats", seats);
            let single = all().row(&row).unwrap();
            prop_assert_eq!(single.get("plan_name"), Some(&Cell::from(plan[position].clone())));
            prop_assert_eq!(single.get("cheap_and_loyal"), Some(&Cell::from(cheap[position])));
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            prop_assert_eq!(single.get("monthly").and_then(Cell::number).map(f64::to_bits), bits(monthly[position]));
        }
    }
}

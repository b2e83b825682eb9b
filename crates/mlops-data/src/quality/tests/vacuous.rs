//! No verdict without evidence: empty tables, columns without a value, columns that are not there.

use jiff::SignedDuration;

use crate::contract::{NoEvidence, Verdict};
use crate::quality::{Inspection, Outliers, Quality, SourceHistory};
use crate::{Table, table};

/// Every limit there is, set.
fn strict(probabilities: &Table) -> Inspection {
    Inspection::new()
        .key(["id"])
        .label("y")
        .probabilities(probabilities)
        .missing_at_most(1.0)
        .missing_in_row_at_most(9)
        .repeated_at_most(1.0)
        .conflicts_at_most(1.0)
        .rarest_label_at_least(0.0)
        .mislabelled_at_most(1.0)
        .outliers_at_most(1.0)
        .unusual_at_most(1.0)
        .fresh("at", SignedDuration::from_hours(1_000_000))
}

fn verdicts(quality: &Quality) -> Vec<(String, Verdict, Option<NoEvidence>)> {
    let checks = quality.report.checks.iter();
    checks
        .map(|check| (check.name.clone(), check.verdict, check.reason))
        .collect()
}

const ALL: [&str; 10] = [
    "missing",
    "missing_in_row",
    "repeated_rows",
    "repeated_keys",
    "outliers",
    "unusual_rows",
    "conflicting_labels",
    "rarest_label",
    "mislabelled",
    "freshness",
];

fn dated(rows: usize) -> Table {
    let text: String = (0..rows)
        .map(|row| {
            format!(
                "{row},{},{},2026-10-01T00:00:00Z\n",
                row % 7,
                ["a", "b"][row % 2]
            )
        })
        .collect();
    Table::from_csv_str(&format!("id,x,y,at\n{text}"), &Default::default()).unwrap()
}

fn probabilities(rows: usize) -> Table {
    let one: Vec<f64> = (0..rows)
        .map(|row| if row % 2 == 0 { 0.9 } else { 0.1 })
        .collect();
    let two: Vec<f64> = one.iter().map(|value| 1.0 - value).collect();
    table! { "a" => one, "b" => two }
}

#[test]
fn the_widest_limits_pass_where_there_is_something_to_judge() {
    let quality = strict(&probabilities(50)).of(&dated(50)).unwrap();
    assert!(quality.passes(), "{}", quality.report);
    for name in ALL {
        assert_eq!(
            quality.check(name).map(|check| check.verdict),
            Some(Verdict::Pass),
            "{name}"
        );
    }
}

#[test]
fn an_empty_table_passes_nothing() {
    let empty = dated(50).slice(0, 0);
    let quality = strict(&probabilities(0)).of(&empty).unwrap();
    for name in ALL {
        let check = quality.check(name).unwrap();
        assert_eq!(
            (check.verdict, check.reason),
            (Verdict::NoEvidence, Some(NoEvidence::EmptyTable)),
            "{name}"
        );
        assert!(check.blocks(), "{name}");
    }
    assert!(!quality.to_string().is_empty());
}

#[test]
fn columns_without_a_value_pass_nothing() {
    let void = || vec![None::<f64>; 50];
    let table = table! { "id" => void(), "x" => void(), "y" => vec![None::<String>; 50], "at" => vec![None::<f64>; 50] };
    let quality = strict(&probabilities(50)).of(&table).unwrap();
    for (name, verdict, reason) in verdicts(&quality) {
        // That everything is missing is what these can show; and rows that are all alike are repeated.
        if ["missing", "missing_in_row", "repeated_rows"].contains(&name.as_str()) {
            continue;
        }
        assert_eq!(verdict, Verdict::NoEvidence, "{name}");
        assert!(
            matches!(reason, Some(NoEvidence::AllNull | NoEvidence::WrongKind)),
            "{name}: {reason:?}"
        );
    }
}

#[test]
fn columns_that_are_not_there_pass_nothing() {
    let table = table! { "x" => (0..50).map(f64::from).collect::<Vec<_>>() };
    let quality = strict(&probabilities(50)).of(&table).unwrap();
    for name in [
        "repeated_keys",
        "conflicting_labels",
        "rarest_label",
        "mislabelled",
        "freshness",
    ] {
        let check = quality.check(name).unwrap();
        assert_eq!(
            (check.verdict, check.reason),
            (Verdict::NoEvidence, Some(NoEvidence::MissingColumn)),
            "{name}"
        );
    }
    let without = Inspection::new()
        .label("y")
        .mislabelled_at_most(1.0)
        .of(&dated(50))
        .unwrap();
    let check = without.check("mislabelled").unwrap();
    assert_eq!(
        (check.verdict, check.reason),
        (Verdict::NoEvidence, Some(NoEvidence::MissingReference))
    );
}

#[test]
fn a_label_without_inputs_has_no_conflicts_to_show() {
    let table = table! { "y" => ["a", "b", "a"] };
    let quality = Inspection::new()
        .label("y")
        .conflicts_at_most(1.0)
        .of(&table)
        .unwrap();
    assert_eq!(
        quality.check("conflicting_labels").unwrap().verdict,
        Verdict::NoEvidence
    );
}

#[test]
fn outliers_of_few_values_and_of_texts_are_unknown() {
    let table = table! { "x" => [Some(1.0), Some(2.0), Some(1e9), None], "t" => ["a", "b", "c", "d"], "n" => vec![None::<f64>; 4] };
    let reason = |column| Outliers::new().of_column(&table, column).unwrap().reason;
    assert_eq!(reason("x"), Some(NoEvidence::TooFew));
    assert_eq!(reason("t"), Some(NoEvidence::WrongKind));
    assert_eq!(reason("n"), Some(NoEvidence::AllNull));
    assert!(Outliers::new().of_column(&table, "lost").is_err());
    assert!(Outliers::new().factor(-1.0).of(&dated(9)).is_err());
}

#[test]
fn a_source_of_which_nothing_is_known_has_no_score() {
    let history = SourceHistory::new();
    let now = "2026-10-01T00:00:00Z".parse().unwrap();
    assert_eq!(history.reliability(None, now).unwrap(), []);
    let unknown = history.of("orders", None, now).unwrap();
    assert_eq!((unknown.score, unknown.fresh), (None, Verdict::NoEvidence));
    assert_eq!(unknown.to_string(), "orders: nothing is known of it");
}

#[test]
fn a_flag_has_no_outliers_and_does_not_stand_in_the_way() {
    let flags: Vec<i64> = (0..100).map(|row| i64::from(row % 9 == 0)).collect();
    let table = table! { "flag" => flags, "x" => (0..100).map(|row| f64::from(row) * 1.5).collect::<Vec<_>>() };
    let found = Outliers::new().of(&table).unwrap();
    let names: Vec<&str> = found.iter().map(|column| column.column.as_str()).collect();
    assert_eq!(names, ["x"]);
    assert_eq!(
        Outliers::new().of_column(&table, "flag").unwrap().reason,
        Some(NoEvidence::WrongKind)
    );
    let quality = Inspection::new().outliers_at_most(0.0).of(&table).unwrap();
    assert!(quality.passes(), "{}", quality.report);
}

//! What was planted in a table is found, with the row where it stands.

use std::collections::BTreeSet;

use super::Draws;
use crate::contract::{OutlierMethod, Severity, Verdict};
use crate::quality::{Inspection, Outliers, Quality, UnusualRows};
use crate::{Table, table};

/// Two columns that go together, four rows in which they do not though each value is usual, and one far out in both.
fn together() -> (Table, BTreeSet<u64>) {
    let mut draws = Draws::new(21);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..1000 {
        let base = draws.normal() * 10.0;
        x.push(base);
        y.push(base + draws.normal());
    }
    let apart = [
        (100, 14.0, -14.0),
        (300, -13.0, 13.0),
        (500, 15.0, -12.0),
        (700, -14.0, 15.0),
    ];
    for (row, one, other) in apart {
        (x[row], y[row]) = (one, other);
    }
    (x[900], y[900]) = (60.0, 60.0);
    (
        table! { "x" => x, "y" => y },
        BTreeSet::from([100, 300, 500, 700, 900]),
    )
}

#[test]
fn rows_that_are_unusual_only_in_combination_rank_first() {
    let (table, planted) = together();
    let distances = UnusualRows::distances(&table, &[], 0).unwrap().unwrap();
    let mut order: Vec<u64> = (0..1000).collect();
    order.sort_by(|a, b| distances[*b as usize].total_cmp(&distances[*a as usize]));
    let first: BTreeSet<u64> = order.into_iter().take(5).collect();
    assert_eq!(first, planted);
    // Of the columns alone, none shows the four.
    for column in Outliers::new().of(&table).unwrap() {
        let rows: BTreeSet<u64> = column.examples.iter().map(|one| one.row).collect();
        let seen: Vec<&u64> = rows.intersection(&planted).collect();
        assert_eq!(seen, [&900], "{column:?}");
        assert!(column.below + column.above < 5);
    }
    let found = UnusualRows::of(&table, &[], 0).unwrap();
    assert_eq!(found.examples[0].row, 900);
    let threshold = found.threshold.unwrap();
    let beyond = distances.iter().filter(|one| **one > threshold).count();
    assert_eq!(found.unusual, beyond as u64);
    assert!((5..60).contains(&found.unusual), "{}", found.unusual);
}

#[test]
fn infinities_and_numbers_at_the_end_of_doubles_are_far_and_nothing_else() {
    let mut x: Vec<f64> = (0..100).map(|row| f64::from(row % 10)).collect();
    (x[3], x[4], x[5]) = (f64::INFINITY, -1e308, f64::NAN);
    let distances = UnusualRows::distances(&table! { "x" => x }, &[], 0)
        .unwrap()
        .unwrap();
    assert!(distances.iter().all(|distance| distance.is_finite()));
    assert!(distances[3] > 1e6 && distances[4] > 1e6 && distances[5] < 1.0);
}

#[test]
fn an_infinity_is_beyond_the_fences_of_every_method() {
    let mut x: Vec<f64> = (0..100).map(|row| f64::from(row % 10)).collect();
    x[3] = f64::INFINITY;
    for method in [
        OutlierMethod::MedianDeviation,
        OutlierMethod::InterquartileRange,
        OutlierMethod::StandardDeviation,
    ] {
        let found = Outliers::new()
            .method(method)
            .of(&table! { "x" => x.clone() })
            .unwrap();
        let found = &found[0];
        assert_eq!((found.below, found.above), (0, 1), "{method:?}");
    }
}

#[test]
fn a_rare_text_is_far_out_and_a_key_is_not_looked_at() {
    let plans: Vec<&str> = (0..400)
        .map(|row| {
            if row == 77 {
                "gold"
            } else {
                ["a", "b"][row % 2]
            }
        })
        .collect();
    let ids: Vec<String> = (0..400).map(|row| format!("id{row}")).collect();
    let table = table! { "id" => ids, "plan" => plans };
    let found = UnusualRows::of(&table, &[], 0).unwrap();
    assert_eq!(found.columns, ["plan"]);
    assert_eq!(found.examples[0].row, 77);
    assert_eq!(
        found.examples[0].values,
        [("plan".to_owned(), "gold".to_owned())]
    );
}

fn inspected(inspection: Inspection, table: &Table) -> Quality {
    inspection.of(table).unwrap()
}

#[test]
fn each_limit_is_kept_and_broken_by_what_should() {
    let table = table! {
        "id" => ["a", "b", "b", "c", "d", "e"],
        "x" => [Some(1.0), Some(2.0), Some(2.0), None, Some(900.0), Some(2.5)],
        "z" => [Some(1.0), Some(2.5), Some(2.5), None, None, Some(4.0)],
        "y" => ["no", "no", "yes", "no", "no", "no"],
        "at" => ["2026-10-01", "2026-10-02", "2026-10-02", "2026-10-02", "2026-10-03", "2026-10-04"],
    };
    let text = {
        let mut text = Vec::new();
        table.write_csv(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    };
    let table = Table::from_csv_str(&text, &Default::default()).unwrap();
    let probabilities = table! {
        "no" => [0.9, 0.8, 0.9, 0.7, 0.9, 0.8],
        "yes" => [0.1, 0.2, 0.1, 0.3, 0.1, 0.2],
    };
    let new = || {
        Inspection::new()
            .key(["id"])
            .label("y")
            .ignoring(["at"])
            .at("2026-10-05T00:00:00Z".parse().unwrap())
    };
    let hours = |hours| jiff::SignedDuration::from_hours(hours);
    let cases: Vec<(&str, Inspection, Inspection)> = vec![
        (
            "missing",
            new().missing_at_most(0.4),
            new().missing_at_most(0.3),
        ),
        (
            "missing_in_row",
            new().missing_in_row_at_most(2),
            new().missing_in_row_at_most(1),
        ),
        (
            "repeated_rows",
            new().repeated_at_most(0.0),
            new().repeated_at_most(0.0),
        ),
        (
            "conflicting_labels",
            new().conflicts_at_most(0.4),
            new().conflicts_at_most(0.3),
        ),
        (
            "rarest_label",
            new().rarest_label_at_least(0.1),
            new().rarest_label_at_least(0.2),
        ),
        (
            "outliers",
            new().outliers_at_most(0.2),
            new().outliers_at_most(0.1),
        ),
        (
            "freshness",
            new().fresh("at", hours(25)),
            new().fresh("at", hours(23)),
        ),
    ];
    for (name, kept, broken) in cases {
        let kept = inspected(kept, &table);
        let checks: Vec<_> = kept
            .report
            .checks
            .iter()
            .filter(|check| check.name == name)
            .collect();
        assert!(
            !checks.is_empty() && checks.iter().all(|check| check.verdict == Verdict::Pass),
            "{name}: {}",
            kept.report
        );
        if name == "repeated_rows" {
            continue;
        }
        let broken = inspected(broken, &table);
        let failed = |check: &&crate::contract::Check| {
            check.name == name && check.verdict == Verdict::Fail && check.blocks()
        };
        assert!(
            broken.report.checks.iter().any(|check| failed(&check)),
            "{name}: {}",
            broken.report
        );
        assert!(!broken.passes());
    }
    let twice = Table::concat(&[table.clone(), table.slice(0, 1)]).unwrap();
    assert_eq!(
        inspected(Inspection::new().repeated_at_most(0.2), &twice)
            .check("repeated_rows")
            .unwrap()
            .verdict,
        Verdict::Fail
    );
    assert_eq!(
        inspected(Inspection::new().repeated_at_most(0.3), &twice)
            .check("repeated_rows")
            .unwrap()
            .verdict,
        Verdict::Pass
    );
    let judged = |share| {
        new()
            .probabilities(&probabilities)
            .mislabelled_at_most(share)
    };
    assert_eq!(
        inspected(judged(1.0), &table)
            .check("mislabelled")
            .unwrap()
            .verdict,
        Verdict::Pass
    );
    assert!(inspected(judged(1.0), &table).mislabelled.is_some());
}

#[test]
fn without_limits_only_what_is_wrong_everywhere_is_told() {
    let (table, _) = together();
    let quality = inspected(Inspection::new(), &table);
    assert!(quality.passes());
    let names: Vec<&str> = quality
        .report
        .checks
        .iter()
        .map(|check| check.name.as_str())
        .collect();
    assert_eq!(names, ["repeated_rows"]);
    let twice = Table::concat(&[table.clone(), table.slice(3, 2)]).unwrap();
    let quality = inspected(Inspection::new(), &twice);
    let check = quality.check("repeated_rows").unwrap();
    assert_eq!(
        (check.verdict, check.severity, check.broken),
        (Verdict::Fail, Severity::Warning, Some(4))
    );
    assert!(quality.passes(), "a warning refuses nothing");
    assert!(
        quality
            .to_string()
            .contains("repeated rows: 4 of 1002 rows, 2 different, so 2 too many"),
        "{quality}"
    );
}

#[test]
fn a_limit_that_is_no_share_is_refused_and_what_breaks_one_is_an_error_with_the_report() {
    let table = table! { "x" => [Some(1.0), None] };
    let mistake = Inspection::new()
        .missing_at_most(20.0)
        .of(&table)
        .unwrap_err();
    assert_eq!(mistake.code(), "data::statistic_argument");
    let refused = Inspection::new()
        .missing_at_most(0.2)
        .enforce(&table)
        .unwrap_err();
    assert_eq!(refused.code(), "data::contract_broken");
    let kept = Inspection::new()
        .missing_at_most(0.5)
        .enforce(&table)
        .unwrap();
    assert_eq!(kept, table);
}

#[test]
fn a_stage_keeps_one_report() {
    let table = table! { "x" => [Some(1.0), None] };
    let mut kept = Vec::new();
    mlops_core::collect_reports(
        |report| kept.push(report),
        || {
            Inspection::new()
                .missing_at_most(0.2)
                .fresh("x", jiff::SignedDuration::from_hours(1))
                .of(&table)
                .unwrap()
        },
    );
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].name.as_str(), kept[0].passed), ("quality", false));
    let rules: Vec<&str> = kept[0]
        .assertions
        .iter()
        .map(|one| one.rule.as_str())
        .collect();
    assert_eq!(rules, ["missing", "repeated_rows", "freshness"]);
}

#[test]
fn what_was_found_survives_being_written() {
    let (table, _) = together();
    let quality = inspected(Inspection::new().key(["x"]).label("y"), &table);
    // As an artifact is written, since JSON does not keep each bit.
    let bytes = rmp_serde::to_vec_named(&quality).unwrap();
    assert_eq!(rmp_serde::from_slice::<Quality>(&bytes).unwrap(), quality);
}

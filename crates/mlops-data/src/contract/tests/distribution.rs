//! A rule on a distribution fails where a difference matters and chance is no explanation, and passes in no other case unseen.

use super::super::{Check, Contract, Measure, NoEvidence, Verdict};
use crate::{Table, table};

/// What `distribution` says of `x` in the second table, against the first.
fn found(measure: Measure, at_most: f64, reference: &Table, current: &Table) -> Check {
    let rule = format!(
        "distribution = {{ of = 'before', measure = '{}', max = {at_most} }}",
        measure.name()
    );
    let contract =
        Contract::from_toml_str(&format!("[columns.x]\nnullable = true\n{rule}\n")).unwrap();
    let report = contract
        .judge()
        .with("before", reference)
        .report(current)
        .unwrap();
    report.checks.last().unwrap().clone()
}

fn numbers(rows: u32, step: f64, from: f64) -> Table {
    table! { "x" => (0..rows).map(|row| f64::from(row) * step + from).collect::<Vec<_>>() }
}

#[test]
fn a_distance_that_chance_explains_is_no_failure_and_the_same_distance_of_many_rows_is() {
    let few = |from| numbers(8, 12.5, from);
    let many = |from| numbers(800, 0.125, from);
    let small = found(Measure::KolmogorovSmirnov, 0.2, &few(0.0), &few(30.0));
    let large = found(Measure::KolmogorovSmirnov, 0.2, &many(0.0), &many(30.0));
    assert_eq!(small.verdict, Verdict::Pass, "{}", small.evidence());
    assert_eq!(large.verdict, Verdict::Fail, "{}", large.evidence());
    assert!(small.p_value.unwrap() > 0.05 && large.p_value.unwrap() < 0.001);
    assert!(
        large.evidence().ends_with("p < 0.0001"),
        "{}",
        large.evidence()
    );
}

#[test]
fn a_difference_that_is_certain_but_too_small_to_matter_is_no_failure() {
    let many = |from| numbers(5000, 0.02, from);
    let check = found(Measure::KolmogorovSmirnov, 0.1, &many(0.0), &many(5.0));
    assert!(check.p_value.unwrap() < 0.001);
    assert_eq!(check.verdict, Verdict::Pass, "{}", check.evidence());
    let strict = found(Measure::KolmogorovSmirnov, 0.04, &many(0.0), &many(5.0));
    assert_eq!(strict.verdict, Verdict::Fail, "{}", strict.evidence());
}

#[test]
fn too_few_values_to_tell_anything_from_chance_are_no_evidence() {
    for (reference, current) in [(3, 3), (1000, 0), (0, 1000)] {
        let with = |rows: usize, value: f64| {
            let values = (0..1000).map(|row| (row < rows).then_some(value));
            table! { "x" => values.collect::<Vec<_>>() }
        };
        for measure in Measure::ALL {
            let check = found(*measure, 0.0, &with(reference, 1.0), &with(current, 9.0));
            assert_eq!(
                check.verdict,
                Verdict::NoEvidence,
                "{reference} {current} {}",
                measure.name()
            );
            assert!(check.blocks() && check.p_value.is_none());
        }
    }
}

#[test]
fn texts_that_hardly_repeat_are_no_evidence_and_categories_are_compared() {
    let names = |letter: &str| {
        let names: Vec<String> = (0..100).map(|row| format!("{letter}{row}")).collect();
        table! { "x" => names }
    };
    let check = found(Measure::JensenShannon, 0.1, &names("a"), &names("b"));
    assert_eq!(
        (check.verdict, check.reason),
        (Verdict::NoEvidence, Some(NoEvidence::TooFew))
    );
    let plans = |free: usize| {
        let plans = (0..100).map(|row| if row < free { "free" } else { "paid" });
        table! { "x" => plans.collect::<Vec<_>>() }
    };
    let same = found(Measure::LargestDifference, 0.1, &plans(50), &plans(62));
    assert_eq!(same.verdict, Verdict::Pass, "{}", same.evidence());
    let other = found(Measure::LargestDifference, 0.1, &plans(50), &plans(75));
    assert_eq!(other.verdict, Verdict::Fail, "{}", other.evidence());
}

#[test]
fn many_rules_raise_no_more_alarms_by_chance_than_one() {
    // One p-value of 0.03 among forty is what chance gives; alone it is a finding.
    let shifted = |by: f64| {
        (0..100)
            .map(|row| f64::from(row) + by)
            .collect::<Vec<f64>>()
    };
    let alone = table! { "x" => shifted(0.0) };
    let now = table! { "x" => shifted(21.0) };
    let single = found(Measure::KolmogorovSmirnov, 0.0, &alone, &now);
    assert_eq!(single.verdict, Verdict::Fail);
    let rule = "distribution = { of = 'before', column = 'x', max = 0.0 }";
    let columns: Vec<String> = (0..40)
        .map(|column| format!("[columns.c{column}]\n{rule}\n"))
        .collect();
    let text = format!("{}[columns.x]\n{rule}\n", columns.concat());
    let mut many = now;
    for column in 0..40 {
        many = many
            .with_numbers(
                &format!("c{column}"),
                shifted(0.0).into_iter().map(Some).collect(),
            )
            .unwrap();
    }
    let contract = Contract::from_toml_str(&text).unwrap();
    let report = contract
        .judge()
        .with("before", &alone)
        .report(&many)
        .unwrap();
    let check = report.checks.last().unwrap();
    assert_eq!(check.verdict, Verdict::Pass, "{}", check.evidence());
    assert!(check.p_value.unwrap() > single.p_value.unwrap() * 30.0);
}

//! Claims about leaks: what is planted is found, and where nothing is planted nothing is said.

use std::collections::BTreeSet;

use super::{Chance, chunked};
use crate::contract::Verdict;
use crate::dataset::{LeakKind, Leakage, LeakageReport, Role, Split};
use crate::{DataError, Table, table};

/// Rows of people that nobody planted anything in: measures that go together, a grid, classes, gaps.
fn people(seed: u64, rows: usize) -> Table {
    let mut chance = Chance::new(seed);
    let mut columns: [Vec<f64>; 3] = Default::default();
    let (mut age, mut plan, mut visits, mut churned) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let height = 170.0 + 10.0 * chance.normal();
        let weight = height * 0.9 - 85.0 + 6.0 * chance.normal();
        let income = (10.0 + 0.8 * chance.normal()).exp();
        columns[0].push(height);
        columns[1].push(weight);
        columns[2].push((income * 100.0).round() / 100.0);
        age.push(20 + chance.below(60) as i64);
        plan.push(["free", "pro", "team"][chance.below(3) as usize]);
        visits.push((chance.uniform() > 0.1).then(|| chance.below(30) as i64));
        // Honest columns may foretell much: this one takes away about half of the errors.
        churned.push(weight + 6.0 * chance.normal() > 68.0);
    }
    let [height, weight, income] = columns;
    table! {
        "height" => height, "weight" => weight, "income" => income, "age" => age,
        "plan" => plan, "visits" => visits, "churned" => churned,
    }
}

fn verdict(report: &LeakageReport, kind: LeakKind) -> Verdict {
    report.check(kind).unwrap().verdict
}

fn with(table: &Table, other: &Table) -> Table {
    Table::concat(&[table.clone(), other.clone()]).unwrap()
}

/// The table with numbers of some columns changed.
fn changed(table: &Table, columns: &[&str], change: impl Fn(f64) -> f64) -> Table {
    columns.iter().fold(table.clone(), |table, column| {
        let numbers = table.numbers(column).unwrap().into_iter();
        table
            .with_numbers(column, numbers.map(|number| number.map(&change)).collect())
            .unwrap()
    })
}

#[test]
fn each_planted_copy_is_found_and_none_where_none_is() {
    let (training, test) = (people(1, 3000), people(2, 600));
    let clean = Leakage::new()
        .label("churned")
        .between(&training, &test)
        .unwrap();
    assert!(clean.passes(), "{clean}");
    let planted = chunked(&with(&test, &training.slice(100, 3)), 7);
    let report = Leakage::new()
        .between(&chunked(&training, 64), &planted)
        .unwrap();
    let check = report.check(LeakKind::SameRows).unwrap();
    assert_eq!(
        (check.verdict, check.found, check.of),
        (Verdict::Fail, 3, 603)
    );
    assert_eq!(check.rows, [600, 601, 602]);
    assert!(!report.passes());
    assert!(
        Leakage::new()
            .tolerating(0.01)
            .between(&training, &planted)
            .unwrap()
            .passes()
    );
}

#[test]
fn a_copy_is_found_behind_a_number_that_counts_up_if_it_is_named() {
    let numbered = |table: &Table, from: i64| {
        let ids = (from..).take(table.rows()).map(Some).collect();
        table.with_integers("row", ids).unwrap()
    };
    let (training, test) = (people(1, 500), people(2, 100));
    let planted = numbered(&with(&test, &training.slice(9, 2)), 500);
    let training = numbered(&training, 0);
    let found = |leakage: Leakage| {
        let report = leakage.between(&training, &planted).unwrap();
        report.check(LeakKind::SameRows).unwrap().found
    };
    assert_eq!(found(Leakage::new()), 0);
    assert_eq!(found(Leakage::new().ignoring(["row"])), 2);
}

#[test]
fn rows_that_are_equal_but_for_rounding_are_found() {
    let measures = ["height", "weight", "income"];
    let (training, test) = (people(1, 3000), people(2, 600));
    let copies = training.slice(500, 8);
    let rounded = |digits: i32| {
        changed(&copies, &measures, move |x| {
            (x * 10_f64.powi(digits)).round() / 10_f64.powi(digits)
        })
    };
    let plants = [
        rounded(1),
        rounded(2),
        rounded(4),
        changed(&copies, &measures, |x| f64::from(x as f32)),
        changed(&copies, &measures, |x| x * (1.0 + 1e-9)),
    ];
    for (place, plant) in plants.iter().enumerate() {
        let report = Leakage::new()
            .between(&training, &with(&test, plant))
            .unwrap();
        let check = report.check(LeakKind::NearRows).unwrap();
        assert_eq!(check.verdict, Verdict::Fail, "{place}: {report}");
        assert!((7..=12).contains(&check.found), "{place}: {report}");
        assert!(
            check.rows.iter().all(|row| *row >= 590),
            "{place}: {report}"
        );
        assert_eq!(verdict(&report, LeakKind::SameRows), Verdict::Pass);
    }
    // One class that differs is another row.
    let names = copies.texts("plan").unwrap().into_iter();
    let others =
        names.map(|name| name.map(|name| if name == "pro" { "free" } else { "pro" }.to_owned()));
    let others = rounded(2).with_texts("plan", others.collect()).unwrap();
    let report = Leakage::new()
        .between(&training, &with(&test, &others))
        .unwrap();
    assert_eq!(
        verdict(&report, LeakKind::NearRows),
        Verdict::Pass,
        "{report}"
    );
}

#[test]
fn nothing_is_found_in_two_hundred_clean_sets_of_every_sort() {
    let mut alarms = 0;
    for seed in 0..200_u64 {
        let mut chance = Chance::new(seed ^ 0x5eed);
        let columns = 1 + chance.below(6) as usize;
        let sorts: Vec<u64> = (0..columns).map(|_| chance.below(6)).collect();
        let rows = [
            50 + chance.below(2000) as usize,
            50 + chance.below(500) as usize,
        ];
        let [first, second] = rows.map(|rows| {
            let common: Vec<f64> = (0..rows).map(|_| chance.normal()).collect();
            let arrays = sorts.iter().enumerate().map(|(place, sort)| {
                let values = common.iter().map(|common| match sort {
                    0 => chance.normal(),
                    1 => common + 0.01 * chance.normal(),
                    2 => chance.normal().powi(9),
                    3 => (chance.normal() * 20.0).round() / 20.0,
                    4 => (chance.below(40) as f64).floor(),
                    _ => -(1.0 - chance.uniform()).ln() + common.abs(),
                });
                let values: Vec<f64> = values.collect();
                let array: arrow_array::ArrayRef =
                    std::sync::Arc::new(arrow_array::Float64Array::from(values));
                (format!("c{place}"), array)
            });
            Table::from_columns(arrays.collect::<Vec<_>>()).unwrap()
        });
        let report = Leakage::new().between(&first, &second).unwrap();
        alarms += u32::from(verdict(&report, LeakKind::NearRows) == Verdict::Fail);
    }
    // A thousandth is promised for each.
    assert!(alarms <= 1, "{alarms} false alarms in 200 clean sets");
}

#[test]
fn a_shared_group_is_found_and_named() {
    let first = table! { "who" => [Some("a"), Some("b"), None], "x" => [1.0, 2.0, 3.0] };
    let second =
        table! { "who" => [Some("c"), Some("b"), Some("b"), None], "x" => [4.0, 5.0, 6.0, 7.0] };
    let report = Leakage::new()
        .group("who")
        .between(&first, &second)
        .unwrap();
    let check = report.check(LeakKind::SameGroups).unwrap();
    assert_eq!(
        (check.found, check.of, check.rows.as_slice()),
        (1, 2, &[1, 2][..])
    );
    assert_eq!(check.evidence, "1 of 2 groups is in both: `b`");
    assert_eq!(check.verdict, Verdict::Fail);
    let apart = second.filter_rows(|row| row == 0).unwrap();
    assert!(
        Leakage::new()
            .group("who")
            .between(&first, &apart)
            .unwrap()
            .passes()
    );
}

#[test]
fn a_group_is_the_same_whatever_the_width_of_its_numbers() {
    let first = table! { "who" => [1_i64, 2], "x" => [1.0, 2.0] };
    let second = table! { "who" => [2.0_f64, 3.0], "x" => [4.0, 5.0] };
    let report = Leakage::new()
        .group("who")
        .between(&first, &second)
        .unwrap();
    assert_eq!(verdict(&report, LeakKind::SameGroups), Verdict::Fail);
}

#[test]
fn time_overlaps_where_a_row_is_not_later_a_tie_included() {
    let days = |from: i8, to: i8| {
        let days = (from..=to).map(|day| jiff::civil::date(2024, 7, day));
        let days: Vec<_> = days.collect();
        let x: Vec<_> = (from..=to).map(f64::from).collect();
        table! { "day" => days, "x" => x }
    };
    let found = |first: &Table, second: &Table| {
        let report = Leakage::new().time("day").between(first, second).unwrap();
        let check = report.check(LeakKind::TimeOverlap).unwrap();
        (check.verdict, check.found, check.evidence.clone())
    };
    assert_eq!(found(&days(1, 9), &days(10, 12)).0, Verdict::Pass);
    assert_eq!(
        found(&days(1, 10), &days(10, 12)),
        (
            Verdict::Fail,
            1,
            "1 of 3 rows is not after 2024-07-10".to_owned()
        )
    );
    assert_eq!(found(&days(10, 12), &days(1, 9)).1, 9);
}

/// Both parts with one more column, made of the label.
fn planted(seed: u64, column: impl Fn(bool, &mut Chance) -> Option<f64>) -> [Table; 2] {
    [(seed, 1500), (seed + 1, 400)].map(|(seed, rows)| {
        let table = people(seed, rows);
        let mut chance = Chance::new(seed ^ 0xabc);
        let labels = table.booleans("churned").unwrap().into_iter().flatten();
        let values = labels.map(|label| column(label, &mut chance)).collect();
        table.with_numbers("planted", values).unwrap()
    })
}

#[test]
fn the_label_in_disguise_is_found_in_every_dress() {
    type Dress = fn(bool, &mut Chance) -> Option<f64>;
    let dresses: [(&str, Dress); 6] = [
        ("a copy as a number", |label, _| {
            Some(f64::from(u8::from(label)))
        }),
        ("turned round", |label, _| {
            Some(if label { -3.5 } else { 7.0 })
        }),
        ("missing where it is false", |label, _| label.then_some(1.0)),
        ("missing where it is true", |label, chance| {
            (!label).then(|| chance.normal())
        }),
        ("a measure with a threshold", |label, chance| {
            Some(chance.uniform() + if label { 1.0 } else { -0.5 })
        }),
        ("a copy with a few errors", |label, chance| {
            Some(f64::from(u8::from(label != (chance.uniform() < 0.004))))
        }),
    ];
    for (dress, column) in dresses {
        let [training, test] = planted(5, column);
        let report = Leakage::new()
            .label("churned")
            .between(&training, &test)
            .unwrap();
        let checks = report
            .checks
            .iter()
            .filter(|check| check.kind == LeakKind::LabelInDisguise);
        let found: Vec<_> = checks
            .map(|check| (check.columns.join(","), check.verdict))
            .collect();
        assert_eq!(
            found,
            [("planted".to_owned(), Verdict::Fail)],
            "{dress}: {report}"
        );
    }
    let [training, test] = planted(5, |label, _| Some(if label { 2.0 } else { 1.0 }));
    let report = Leakage::new()
        .label("churned")
        .between(&training, &test)
        .unwrap();
    let evidence = &report.check(LeakKind::LabelInDisguise).unwrap().evidence;
    assert_eq!(evidence, "stands one to one for `churned`");
    let lenient = Leakage::new().label("churned").ignoring(["planted"]);
    assert!(lenient.between(&training, &test).unwrap().passes());
}

#[test]
fn a_measure_in_disguise_is_found_too() {
    let with_copy = |seed: u64, rows: usize| {
        let table = people(seed, rows);
        let incomes = table.numbers("income").unwrap();
        let logs = incomes
            .into_iter()
            .map(|income| income.map(|income| income.ln() * 3.0 - 1.0));
        table.with_numbers("logs", logs.collect()).unwrap()
    };
    let (training, test) = (with_copy(1, 2000), with_copy(2, 500));
    let report = Leakage::new()
        .label("income")
        .between(&training, &test)
        .unwrap();
    let check = report.check(LeakKind::LabelInDisguise).unwrap();
    assert_eq!(
        (check.columns.as_slice(), check.verdict),
        (&["logs".to_owned()][..], Verdict::Fail)
    );
    // A column that goes closely together with the label is none: it takes away four fifths of the errors.
    let report = Leakage::new()
        .label("weight")
        .between(&training, &test)
        .unwrap();
    assert_eq!(
        verdict(&report, LeakKind::LabelInDisguise),
        Verdict::Pass,
        "{report}"
    );
}

#[test]
fn an_identifier_and_a_strong_but_honest_column_are_no_disguise() {
    for seed in (10..40).step_by(2) {
        let [training, test] = planted(seed, |label, chance| {
            // Wrong in one row of twenty.
            Some(f64::from(u8::from(label != (chance.uniform() < 0.05))))
        });
        let named = |table: &Table| {
            let names = (0..table.rows()).map(|row| Some(format!("{seed}-{row}-{}", table.rows())));
            table.with_texts("name", names.collect()).unwrap()
        };
        let leakage = Leakage::new().label("churned");
        let report = leakage.between(&named(&training), &named(&test)).unwrap();
        assert!(report.passes(), "{report}");
    }
}

#[test]
fn what_cannot_be_judged_is_no_evidence_and_blocks_unless_it_is_allowed() {
    let table = people(1, 100);
    let later = people(2, 100);
    let none = table.filter_rows(|_| false).unwrap();
    let nulls = |column: &str| {
        let values = vec![None; later.rows()];
        later.with_integers(column, values).unwrap()
    };
    let without = later.without(&["age", "churned"]).unwrap();
    let leakage = Leakage::new().group("age").time("age").label("churned");
    let kinds = |first: &Table, second: &Table| -> BTreeSet<LeakKind> {
        let report = leakage.between(first, second).unwrap();
        assert!(!report.passes(), "{report}");
        let checks = report.checks.iter();
        checks
            .filter(|check| check.verdict == Verdict::NoEvidence)
            .map(|check| check.kind)
            .collect()
    };
    let all: BTreeSet<LeakKind> = LeakKind::ALL.iter().copied().collect();
    assert_eq!(kinds(&table, &none), all);
    assert_eq!(kinds(&none, &table), all);
    let named = [
        LeakKind::SameGroups,
        LeakKind::TimeOverlap,
        LeakKind::LabelInDisguise,
    ];
    let named: BTreeSet<LeakKind> = named.into();
    assert_eq!(kinds(&table, &without), named);
    assert_eq!(kinds(&without, &table), named);
    let [nulls_of_age, nulls_of_label] = [nulls("age"), nulls("churned")];
    assert!(
        kinds(&table, &nulls_of_age)
            .is_superset(&[LeakKind::SameGroups, LeakKind::TimeOverlap].into())
    );
    assert!(kinds(&table, &nulls_of_label).contains(&LeakKind::LabelInDisguise));
    let other = table! { "other" => [1, 2] };
    assert!(kinds(&table, &other).contains(&LeakKind::SameRows));

    let report = Leakage::new()
        .label("churned")
        .between(&table, &nulls_of_label)
        .unwrap();
    assert!(!report.passes());
    let allowed = Leakage::new()
        .label("churned")
        .allowing_no_evidence(LeakKind::LabelInDisguise);
    let report = allowed.between(&table, &nulls_of_label).unwrap();
    assert!(
        report
            .checks
            .iter()
            .all(|check| check.kind != LeakKind::LabelInDisguise || !check.blocks())
    );

    let error = Leakage::new()
        .label("churnd")
        .between(&table, &table)
        .unwrap_err();
    assert_eq!(error.help().as_deref(), Some("did you mean `churned`?"));
    let error = Leakage::new()
        .tolerating(2.0)
        .between(&table, &table)
        .unwrap_err();
    assert!(matches!(error, DataError::Fraction { .. }));
}

#[test]
fn parts_of_a_split_are_apart_and_a_split_that_ignores_groups_is_refused() {
    let mut chance = Chance::new(3);
    let table = table! {
        "household" => (0..400).map(|row| row / 4).collect::<Vec<i64>>(),
        "day" => (0..400).map(|_| chance.below(50) as i64).collect::<Vec<_>>(),
        "x" => (0..400).map(|row| f64::from(row).sin() * 100.0).collect::<Vec<_>>(),
    };
    let three = |split: Split| {
        let split = split.part(Role::Training, 0.6).part(Role::Validation, 0.2);
        split.rest(Role::Test).of(&table).unwrap()
    };
    let by_group = three(Split::by_group("household"));
    Leakage::new()
        .group("household")
        .enforce(&by_group)
        .unwrap();
    let by_time = three(Split::by_time("day"));
    Leakage::new().time("day").enforce(&by_time).unwrap();
    assert_eq!(Leakage::new().of(&by_time).unwrap().len(), 3);
    let by_chance = three(Split::by_fraction());
    Leakage::new().enforce(&by_chance).unwrap();
    let error = Leakage::new()
        .group("household")
        .enforce(&by_chance)
        .unwrap_err();
    assert_eq!(error.code(), "data::leak");
    assert!(
        error.to_string().contains("fail: same_groups household"),
        "{error}"
    );
    let mut kept = Vec::new();
    mlops_core::collect_reports(
        |report| kept.push((report.name, report.passed)),
        || {
            Leakage::new()
                .group("household")
                .of(&by_chance)
                .unwrap()
                .len()
        },
    );
    assert_eq!(
        kept[0],
        ("leakage, training to validation".to_owned(), false)
    );
}

#[test]
fn an_infinity_makes_no_column_a_disguise_of_the_label() {
    let with_logs = |seed: u64, rows: usize, least: f64| {
        let mut chance = Chance::new(seed);
        let logs = (0..rows).map(|_| Some(least + chance.uniform()));
        let mut logs: Vec<Option<f64>> = logs.collect();
        logs[0] = Some(f64::NEG_INFINITY);
        let table = people(seed, rows).select(&["income"]).unwrap();
        table.with_numbers("logs", logs).unwrap()
    };
    // What is judged lies between the infinity and the least number that was learnt from.
    let (training, test) = (with_logs(1, 2000, 5.0), with_logs(2, 500, 1.0));
    let leakage = Leakage::new().label("income");
    let report = leakage.between(&training, &test).unwrap();
    assert_eq!(
        verdict(&report, LeakKind::LabelInDisguise),
        Verdict::Pass,
        "{report}"
    );
}

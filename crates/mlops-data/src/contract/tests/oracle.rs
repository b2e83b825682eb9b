//! Claims against a slow oracle that sees the whole table: counts are right however the rows are cut and joined.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use proptest::prelude::*;

use super::*;
use crate::TableProfile;

const CONTRACT: &str = "
[columns.n]
not_null = true
range = { min = -2, below = 3 }
unique = true
monotonic = 'rising'
sum = { min = 0 }
mean = { min = 0 }
median = { min = 0 }
distinct_count = { min = 0 }
single_share = { min = 2 }
z_score = 1
no_outliers = 'iqr'
minimum = { min = 100 }
[columns.t]
nullable = true
length = { min = 1, max = 2, when = { column = 'n', min = 0 } }
one_of = ['a', 'ab', '']
most_common = ['a']
[table]
unique_together = { columns = ['n', 't'] }
compare = { columns = ['n', 'm'], is = '<' }
any_present = { columns = ['n', 't'] }
row_count = { min = 1 }
";

type Row = (Option<i64>, Option<String>, Option<i64>);

fn table_of(rows: &[Row], cut: usize) -> Table {
    let whole = table! {
        "n" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        "t" => rows.iter().map(|row| row.1.clone()).collect::<Vec<_>>(),
        "m" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
    };
    let batches: Vec<RecordBatch> = whole
        .batches()
        .iter()
        .flat_map(|batch| {
            (0..batch.num_rows())
                .step_by(cut)
                .map(|start| batch.slice(start, cut.min(batch.num_rows() - start)))
        })
        .collect();
    Table::from_batches(whole.schema().clone(), batches).unwrap()
}

fn repeated<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> u64 {
    let mut counts: HashMap<T, u64> = HashMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.values().filter(|count| **count > 1).sum()
}

/// Broken rows by rule, counted the slow way.
fn expected(rows: &[Row]) -> HashMap<&'static str, u64> {
    let n: Vec<i64> = rows.iter().filter_map(|row| row.0).collect();
    let count =
        |broken: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| broken(row)).count() as u64;
    let mean = n.iter().sum::<i64>() as f64 / n.len() as f64;
    let deviation =
        (n.iter().map(|x| (*x as f64 - mean).powi(2)).sum::<f64>() / (n.len() as f64 - 1.0)).sqrt();
    let mut sorted = n.clone();
    sorted.sort_unstable();
    let quantile = |at: f64| {
        let place = at * (sorted.len() as f64 - 1.0);
        let (low, high) = (
            sorted[place.floor() as usize] as f64,
            sorted[place.ceil() as usize] as f64,
        );
        low + place.fract() * (high - low)
    };
    let reach = 1.5 * (quantile(0.75) - quantile(0.25));
    let (low, high) = (quantile(0.25) - reach, quantile(0.75) + reach);
    HashMap::from([
        ("not_null", count(&|row| row.0.is_none())),
        (
            "range",
            n.iter().filter(|x| !(-2..3).contains(*x)).count() as u64,
        ),
        ("unique", repeated(n.iter())),
        (
            "monotonic",
            n.windows(2).filter(|pair| pair[0] > pair[1]).count() as u64,
        ),
        (
            "z_score",
            n.iter()
                .filter(|x| (**x as f64 - mean).abs() > deviation)
                .count() as u64,
        ),
        (
            "no_outliers",
            n.iter()
                .filter(|x| (**x as f64) < low || **x as f64 > high)
                .count() as u64,
        ),
        (
            "length",
            count(&|row| {
                row.0.is_some_and(|n| n >= 0)
                    && row
                        .1
                        .as_ref()
                        .is_some_and(|t| !(1..=2).contains(&t.chars().count()))
            }),
        ),
        (
            "one_of",
            count(&|row| {
                row.1
                    .as_deref()
                    .is_some_and(|t| !["a", "ab", ""].contains(&t))
            }),
        ),
        (
            "unique_together",
            repeated(
                rows.iter()
                    .filter(|row| row.0.is_some() || row.1.is_some())
                    .map(|row| (row.0, row.1.clone())),
            ),
        ),
        (
            "compare",
            count(&|row| matches!((row.0, row.2), (Some(n), Some(m)) if n >= m)),
        ),
        (
            "any_present",
            count(&|row| row.0.is_none() && row.1.is_none()),
        ),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_kind_of_rule_says_the_same_however_the_rows_are_cut(
        rows in proptest::collection::vec(0_usize..6, 1..60),
        cuts in proptest::collection::vec(0_usize..60, 0..6),
    ) {
        let whole = sample().take(&rows).unwrap();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).flat_map(|pair| {
            let part = whole.slice(pair[0], pair[1] - pair[0]);
            part.batches().to_vec()
        });
        let parts: Vec<RecordBatch> = parts.collect();
        let parts = Table::from_batches(whole.schema().clone(), parts).unwrap();
        for kind in RuleKind::ALL.iter().copied() {
            let (place, holds, breaks) = examples(kind);
            for rule in [holds, breaks] {
                let [found, expected] = [&parts, &whole].map(|table| check(place, rule, table));
                // `NaN` is no equal of itself.
                prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{}", rule);
            }
        }
    }
}

proptest! {
    #[test]
    fn counts_and_numbers_are_those_of_the_whole_however_the_rows_are_cut(
        rows in proptest::collection::vec((proptest::option::weighted(0.9, -4_i64..5), proptest::option::of("[abü]{0,3}"), proptest::option::of(-3_i64..4)), 2..120),
        cut in 1_usize..50,
    ) {
        let contract = Contract::from_toml_str(CONTRACT).unwrap();
        let table = table_of(&rows, cut);
        let report = contract.report(&table).unwrap();
        let once = contract.report(&table_of(&rows, rows.len())).unwrap();
        let n: Vec<i64> = rows.iter().filter_map(|row| row.0).collect();
        let counts = expected(&if n.len() < 2 { return Ok(()) } else { rows.clone() });
        for (check, same) in report.checks.iter().zip(&once.checks) {
            if let (Some(broken), Some(expected)) = (check.broken, counts.get(check.rule.as_str())) {
                prop_assert_eq!(broken, *expected, "{} {:?}", check.subject(), n);
                prop_assert_eq!(check.verdict == Verdict::Fail, *expected > 0);
            }
            prop_assert_eq!(&check.verdict, &same.verdict);
            prop_assert_eq!(&check.observed, &same.observed);
            prop_assert_eq!(check.broken, same.broken);
        }
        let observed = |rule: &str| report.checks.iter().find(|check| check.rule == rule).and_then(|check| check.observed.clone());
        prop_assert_eq!(observed("sum"), Some(n.iter().sum::<i64>().to_string()));
        let mut distinct = n.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(observed("distinct_count"), Some(distinct.len().to_string()));
        prop_assert_eq!(observed("minimum"), Some(distinct[0].to_string()));
        prop_assert_eq!(report.rows, rows.len() as u64);
    }

    #[test]
    fn what_is_kept_keeps_the_row_rules(
        rows in proptest::collection::vec((proptest::option::of(-4_i64..5), proptest::option::of("[ab]{0,3}"), proptest::option::of(-3_i64..4)), 1..60),
        cut in 1_usize..50,
    ) {
        let contract = Contract::from_toml_str(
            "[columns.n]\nrange = { min = -2, max = 3 }\nunique = true\n[columns.t]\nnot_null = true\nlength = { max = 2 }\n[table]\ncompare = { columns = ['n', 'm'], is = '!=', all_null = 'allow' }",
        )
        .unwrap();
        let table = table_of(&rows, cut);
        let Ok(filtered) = contract.filter(&table) else { return Ok(()) };
        prop_assert_eq!(filtered.good.rows() + filtered.quarantine.rows(), table.rows());
        let again = contract.report(&filtered.good).unwrap();
        prop_assert!(again.checks.iter().all(|check| check.verdict != Verdict::Fail), "{again}");
        // Nothing that breaks no rule was set aside.
        let alone = |row: usize| contract.report(&table.take(&[row]).unwrap()).unwrap();
        let counts = TableProfile::of(&table).unwrap();
        let repeated = counts.columns[0].frequent.iter().filter(|value| value.at_least > 1).map(|value| value.value.clone()).collect::<Vec<_>>();
        for row in filtered.quarantine.integers("quarantine_row").unwrap().into_iter().flatten() {
            let own = &rows[usize::try_from(row).unwrap()];
            let is_repeated = own.0.is_some_and(|n| repeated.contains(&n.to_string()));
            let breaks = alone(usize::try_from(row).unwrap()).checks.iter().any(|check| check.verdict == Verdict::Fail || check.rule == "not_null" && check.verdict != Verdict::Pass);
            prop_assert!(is_repeated || breaks);
        }
    }
}

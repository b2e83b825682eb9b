//! Tables that changed, tables that did not, and tables of which nobody can say.

mod since;

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, TimestampMicrosecondArray};
use serde_json::{Value, json};

use super::{ColumnKind, Comparison, TableChange, Verdict};
use crate::table::split_mix;
use crate::{File, Table, table};

/// Standard normal numbers, by the sum of twelve uniform ones.
fn normal(count: usize, seed: u64) -> Vec<f64> {
    let uniform = |row: usize, part: usize| {
        (split_mix(seed, (row * 12 + part) as u64) >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count)
        .map(|row| (0..12).map(|part| uniform(row, part)).sum::<f64>() - 6.0)
        .collect()
}

fn shifted(values: &[f64], by: f64) -> Vec<f64> {
    values.iter().map(|value| value + by).collect()
}

fn chosen(count: usize, seed: u64, weights: &[(&'static str, u64)]) -> Vec<&'static str> {
    let all: u64 = weights.iter().map(|(_, weight)| weight).sum();
    (0..count)
        .map(|row| {
            let mut draw = split_mix(seed, row as u64) % all;
            for (name, weight) in weights {
                if draw < *weight {
                    return *name;
                }
                draw -= weight;
            }
            weights[0].0
        })
        .collect()
}

fn verdict(before: &Table, after: &Table) -> Verdict {
    let change = TableChange::between(before, after).unwrap();
    assert_eq!(change.columns.len(), 1);
    change.columns[0].verdict
}

#[test]
fn each_kind_of_column_gets_its_test_and_its_own_unit() {
    let n = 2_000;
    let plans = [("free", 50), ("basic", 30), ("pro", 20)];
    let later = [("free", 20), ("basic", 60), ("pro", 20)];
    let days = |from: i32| -> ArrayRef {
        Arc::new(Date32Array::from_iter_values(
            (0..n as i32).map(|i| from + i % 365),
        ))
    };
    let names = |length: usize| (0..n).map(|i| format!("{i:0length$}")).collect::<Vec<_>>();
    let before = table! {
        "age" => normal(n, 1), "plan" => chosen(n, 2, &plans), "stars" => (0..n as i64).map(|i| i % 5).collect::<Vec<_>>(),
        "name" => names(8), "active" => (0..n).map(|i| i % 10 != 0).collect::<Vec<_>>(), "quiet" => normal(n, 3),
    }
    .with_column("day", days(19_000))
    .unwrap();
    let after = table! {
        "age" => shifted(&normal(n, 4), 0.5), "plan" => chosen(n, 5, &later), "stars" => (0..n as i64).map(|i| i % 4).collect::<Vec<_>>(),
        "name" => names(11), "active" => (0..n).map(|i| i % 2 == 0).collect::<Vec<_>>(), "quiet" => normal(n, 6),
    }
    .with_column("day", days(19_030))
    .unwrap();
    let change = TableChange::between(&before, &after).unwrap();
    let seen: Vec<_> = change
        .columns
        .iter()
        .map(|column| {
            let effect = column.effect.as_ref().unwrap();
            (
                column.column.as_str(),
                column.kind.as_str(),
                column.test.unwrap(),
                effect.name,
                column.verdict,
            )
        })
        .collect();
    use Verdict::{Drift, Stable};
    assert_eq!(
        seen,
        [
            ("age", "numeric", "ks", "trimmed_wasserstein", Drift),
            ("plan", "categorical", "chi2", "total_variation", Drift),
            ("stars", "numeric", "chi2", "trimmed_wasserstein", Drift),
            ("name", "text", "chi2", "ks", Drift),
            ("active", "categorical", "chi2", "total_variation", Drift),
            ("quiet", "numeric", "ks", "trimmed_wasserstein", Stable),
            ("day", "time", "ks", "trimmed_wasserstein", Drift),
        ]
    );
    assert_eq!(change.verdict, Drift);
    let value = |name: &str| change.column(name).unwrap().effect.as_ref().unwrap().value;
    assert!(
        (value("age") - 0.5).abs() < 0.1,
        "half a unit: {}",
        value("age")
    );
    assert!(
        (value("day") - 30.0).abs() < 2.0,
        "thirty days: {}",
        value("day")
    );
    assert!(
        (value("plan") - 0.3).abs() < 0.05,
        "three in ten rows: {}",
        value("plan")
    );
    assert_eq!(
        change.column("day").unwrap().explanation,
        "median 2022-06-23 → 2022-07-23"
    );
}

#[test]
fn significance_without_an_effect_is_stable_and_so_is_an_effect_without_significance() {
    let (a, b) = (normal(100_000, 1), shifted(&normal(100_000, 2), 0.03));
    let change = TableChange::between(&table! { "x" => a }, &table! { "x" => b }).unwrap();
    let column = &change.columns[0];
    assert!(column.adjusted_p.unwrap() < 0.01, "{column:?}");
    assert_eq!(column.verdict, Verdict::Stable);
    let (a, b) = (normal(12, 1), shifted(&normal(12, 5), 0.3));
    let change = TableChange::between(&table! { "x" => a }, &table! { "x" => b }).unwrap();
    let column = &change.columns[0];
    assert!(column.effect.as_ref().unwrap().matters(), "{column:?}");
    assert_eq!(column.verdict, Verdict::Stable);
}

#[test]
fn what_cannot_be_compared_is_no_evidence() {
    let some = || table! { "x" => normal(100, 1) };
    let none = table! { "x" => vec![None::<f64>; 100] };
    let not_a_number = table! { "x" => vec![f64::NAN; 100] };
    let empty = Table::empty(some().schema().clone()).unwrap();
    let other_type = table! { "x" => vec!["a"; 100] };
    for (before, after, why) in [
        (some(), empty.clone(), "no rows in the current table"),
        (empty.clone(), some(), "no rows in the reference"),
        (empty.clone(), empty.clone(), "no rows in both tables"),
        (
            some(),
            none.clone(),
            "every value is missing in the current table",
        ),
        (
            none.clone(),
            none.clone(),
            "every value is missing in both tables",
        ),
        (
            not_a_number,
            some(),
            "every value is missing in the reference",
        ),
        (
            some(),
            other_type,
            "its type is Float64 in the reference and Utf8 in the current table",
        ),
        (
            table! { "x" => [1.0, 2.0, 3.0] },
            table! { "x" => [7.0, 8.0, 9.0] },
            super::evidence::TOO_SMALL,
        ),
        (
            table! { "x" => ["a", "a", "a"] },
            table! { "x" => ["b", "b", "b"] },
            super::evidence::TOO_SMALL,
        ),
    ] {
        let change = TableChange::between(&before, &after).unwrap();
        let column = &change.columns[0];
        assert_eq!(
            (column.verdict, column.explanation.as_str()),
            (Verdict::NoEvidence, why)
        );
        assert_eq!((column.test, column.adjusted_p), (None, None));
        assert_eq!(change.verdict, Verdict::NoEvidence);
        let allowed = Comparison::new().allowing_no_evidence(["x"]);
        assert_eq!(
            allowed.between(&before, &after).unwrap().verdict,
            Verdict::Stable
        );
    }
    let change = TableChange::between(&some(), &table! { "y" => normal(100, 1) }).unwrap();
    let said: Vec<_> = change
        .columns
        .iter()
        .map(|c| (c.column.as_str(), c.explanation.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("x", "there is no such column in the current table"),
            ("y", "there is no such column in the reference"),
        ]
    );
    assert_eq!(change.verdict, Verdict::NoEvidence);
    let nothing = Table::try_from(arrow_array::RecordBatch::new_empty(Arc::new(
        arrow_schema::Schema::empty(),
    )));
    let nothing = nothing.unwrap();
    assert_eq!(
        TableChange::between(&nothing, &nothing).unwrap().verdict,
        Verdict::NoEvidence
    );
}

#[test]
fn missing_values_drift_though_the_others_do_not() {
    let n = 1_000;
    let with_gaps = |every: usize| -> Vec<Option<f64>> {
        let values = normal(n, 1).into_iter().enumerate();
        values
            .map(|(i, value)| (i % every != 0).then_some(value))
            .collect()
    };
    let before = table! { "x" => with_gaps(100) };
    let change = TableChange::between(&before, &table! { "x" => with_gaps(5) }).unwrap();
    let column = &change.columns[0];
    assert_eq!(
        (column.verdict, column.test),
        (Verdict::Drift, Some("two_proportions"))
    );
    assert_eq!(column.effect.as_ref().unwrap().name, "missing_share");
    assert_eq!(column.missing, [Some(0.01), Some(0.2)]);
    assert_eq!(column.explanation, "missing 1.0 % → 20.0 %");
    assert_eq!(
        verdict(&before, &table! { "x" => with_gaps(50) }),
        Verdict::Stable
    );
}

#[test]
fn one_wild_value_neither_hides_a_shift_nor_makes_one() {
    for seed in 0..20 {
        let calm = normal(5_000, seed);
        let mut wild = calm.clone();
        wild[17] = 1e6;
        let (same, moved) = (
            normal(5_000, seed + 100),
            shifted(&normal(5_000, seed + 200), 1.0),
        );
        let run = |a: &[f64], b: &[f64]| {
            let tables = [a, b].map(|values| table! { "x" => values.to_vec() });
            let change = TableChange::between(&tables[0], &tables[1]).unwrap();
            (
                change.columns[0].verdict,
                change.columns[0].effect.clone().unwrap(),
            )
        };
        for side in 0..2 {
            let (calm_run, wild_run) = if side == 0 {
                (run(&calm, &moved), run(&wild, &moved))
            } else {
                (run(&moved, &calm), run(&moved, &wild))
            };
            assert_eq!((calm_run.0, wild_run.0), (Verdict::Drift, Verdict::Drift));
            assert!((wild_run.1.relative / calm_run.1.relative - 1.0).abs() < 0.05);
        }
        assert_eq!(run(&wild, &same).0, Verdict::Stable);
        assert_eq!(run(&same, &wild).0, Verdict::Stable);
    }
}

#[test]
fn one_unseen_category_is_no_drift_and_a_constant_column_is_stable() {
    let plans = [("a", 60), ("b", 40)];
    let before = table! { "plan" => chosen(1_000, 1, &plans) };
    let mut after = chosen(1_000, 2, &plans);
    after[3] = "new";
    assert_eq!(
        verdict(&before, &table! { "plan" => after }),
        Verdict::Stable
    );
    let constant = table! { "x" => vec![7.0; 50] };
    assert_eq!(verdict(&constant, &constant), Verdict::Stable);
    // A unit that is a thousand times smaller changes nothing: there is no floor in it.
    let tiny = table! { "x" => vec![7e-6; 50] };
    assert_eq!(
        verdict(&tiny, &table! { "x" => vec![8e-6; 50] }),
        Verdict::Drift
    );
    let nulls = table! { "x" => vec![None::<i64>; 40] };
    let change = TableChange::between(&nulls, &constant).unwrap();
    assert_eq!(change.columns[0].kind, ColumnKind::Numeric);
}

#[test]
fn a_parquet_file_that_is_read_by_column_gives_what_the_table_gives() {
    let folder = tempfile::tempdir().unwrap();
    let n = 70_000;
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(
        (0..n as i64).map(|i| 1_700_000_000_000_000 + i * 60_000_000),
    ));
    let gaps: ArrayRef = Arc::new(Float64Array::from_iter(
        normal(n, 9)
            .into_iter()
            .enumerate()
            .map(|(i, value)| (i % 7 != 0).then_some(value)),
    ));
    let made = |seed: u64, by: f64| {
        table! {
            "x" => shifted(&normal(n, seed), by), "plan" => chosen(n, seed + 1, &[("a", 3), ("b", 1)]),
            "name" => (0..n).map(|i| format!("{i}")).collect::<Vec<_>>(), "flag" => (0..n).map(|i| i % 3 == 0).collect::<Vec<_>>(),
        }
        .with_column("time", Arc::clone(&times))
        .and_then(|table| table.with_column("gaps", Arc::clone(&gaps)))
        .unwrap()
    };
    let tables = [made(1, 0.0), made(5, 0.3)];
    let files = ["a.parquet", "b.parquet"].map(|name| folder.path().join(name));
    for (table, path) in tables.iter().zip(&files) {
        let mut bytes = Vec::new();
        table.write_parquet(&mut bytes).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test writes what it reads")]
        std::fs::write(path, bytes).unwrap();
    }
    let [a, b] = files.map(File::new);
    let comparison = Comparison::new().with_classifier(7);
    let from_files = comparison.between_files(&a, &b).unwrap();
    assert_eq!(
        from_files,
        comparison.between(&tables[0], &tables[1]).unwrap()
    );
    assert_eq!(from_files.verdict, Verdict::Drift);
}

#[test]
fn what_no_column_shows_alone_the_classifier_finds() {
    let n = 2_000;
    let (a, b, noise) = (normal(n, 1), normal(n, 2), normal(n, 3));
    let together: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 0.8 * a + 0.6 * b).collect();
    let before = table! { "a" => a, "b" => together, "c" => noise };
    let after = table! { "a" => normal(n, 4), "b" => normal(n, 5), "c" => normal(n, 6) };
    let quiet = TableChange::between(&before, &after).unwrap();
    assert_eq!(quiet.verdict, Verdict::Stable);
    let change = Comparison::new()
        .with_classifier(1)
        .between(&before, &after)
        .unwrap();
    let domain = change.domain.as_ref().unwrap();
    assert_eq!(
        (domain.verdict, change.verdict),
        (Verdict::Drift, Verdict::Drift),
        "{domain:?}"
    );
    assert!(domain.auc > 0.6 && domain.interval.low > 0.55, "{domain:?}");
    assert!(!domain.telling[..2].contains(&"c".to_owned()), "{domain:?}");
    let again = Comparison::new()
        .with_classifier(1)
        .between(&before, &after)
        .unwrap();
    assert_eq!(again, change, "the seed decides all");
    let few = before.slice_for_test(20);
    let change = Comparison::new()
        .with_classifier(1)
        .between(&few, &few)
        .unwrap();
    assert_eq!(change.domain.unwrap().verdict, Verdict::NoEvidence);
}

impl Table {
    fn slice_for_test(&self, rows: usize) -> Self {
        let keep: Vec<bool> = (0..self.rows()).map(|row| row < rows).collect();
        self.filter(&keep.into()).unwrap()
    }
}

#[test]
fn the_json_lines_are_those_that_are_promised() {
    let before =
        table! { "plan" => [vec!["a"; 60], vec!["b"; 40]].concat(), "gone" => vec![1.0; 100] };
    let after = table! { "plan" => [vec!["a"; 20], vec!["b"; 80]].concat() };
    let change = TableChange::between(&before, &after).unwrap();
    let lines = change.to_json_lines();
    let keys = |line: &Value| {
        line.as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&lines[0]),
        [
            "event",
            "column",
            "kind",
            "test",
            "statistic",
            "p_value",
            "adjusted_p",
            "effect",
            "missing",
            "verdict"
        ]
    );
    assert_eq!(
        lines[0]["effect"],
        json!({ "name": "total_variation", "value": 0.4 })
    );
    assert_eq!(
        lines[1],
        json!({
            "event": "column", "column": "gone", "kind": "numeric", "test": null, "statistic": null, "p_value": null,
            "adjusted_p": null, "effect": null, "missing": [null, null], "verdict": "no_evidence",
        })
    );
    assert_eq!(
        lines[2],
        json!({
            "event": "table", "rows": [100, 100], "columns": 2, "drift": 1, "stable": 0, "no_evidence": 1,
            "drifted": ["plan"], "false_discovery_rate": 0.05, "verdict": "drift",
        })
    );
}

#[test]
fn settings_that_are_none_are_refused() {
    let table = table! { "x" => [1.0] };
    for comparison in [
        Comparison::new().level(0.0),
        Comparison::new().level(f64::NAN),
        Comparison::new().least_shift(-1.0),
        Comparison::new().least_share(f64::INFINITY),
    ] {
        assert_eq!(
            comparison.between(&table, &table).unwrap_err().code(),
            "data::statistic_argument"
        );
    }
    let mistake = Comparison::new()
        .ignoring(["y"])
        .between(&table, &table)
        .unwrap_err();
    assert_eq!(mistake.code(), "data::unknown_column");
    let ignored = Comparison::new()
        .ignoring(["x"])
        .between(&table, &table)
        .unwrap();
    assert!(ignored.columns.is_empty());
}

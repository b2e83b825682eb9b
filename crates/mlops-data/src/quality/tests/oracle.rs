//! Missing values, repeated rows and outliers against counts by hand.

use std::collections::BTreeMap;

use super::{Draws, cells, drawn};
use crate::change::Verdict;
use crate::contract::OutlierMethod;
use crate::quality::{Duplicates, Missing, Outliers};
use crate::statistics::QuantileDefinition;
use crate::table;

const INPUTS: usize = 10_000;

#[test]
fn missing_values_are_counted_by_column_and_by_row() {
    let mut draws = Draws::new(1);
    for _ in 0..INPUTS {
        let table = drawn(&mut draws);
        let found = Missing::of(&table).unwrap();
        let rows: Vec<_> = (0..table.rows()).map(|row| cells(&table, row)).collect();
        let is_missing = |cell: &Option<String>| cell.as_deref().is_none_or(|text| text == "NaN");
        for (place, column) in found.columns.iter().enumerate() {
            let missing = rows.iter().filter(|row| is_missing(&row[place])).count();
            assert_eq!(column.missing, missing as u64, "{}", column.column);
            let nans = rows
                .iter()
                .filter(|row| row[place].as_deref() == Some("NaN"));
            assert_eq!(column.nans, nans.count() as u64);
        }
        let lacking: Vec<usize> = rows
            .iter()
            .map(|row| row.iter().filter(|cell| is_missing(cell)).count())
            .collect();
        for (values, count) in found.by_row.iter().enumerate() {
            let expected = lacking.iter().filter(|lacks| **lacks == values).count();
            assert_eq!(*count, expected as u64);
        }
        let mut worst: Vec<(usize, usize)> = lacking.into_iter().enumerate().collect();
        worst.retain(|(_, missing)| *missing > 0);
        worst.sort_by_key(|(row, missing)| (std::cmp::Reverse(*missing), *row));
        let emptiest: Vec<(usize, usize)> = found
            .emptiest
            .iter()
            .map(|row| (row.row as usize, row.missing as usize))
            .collect();
        assert_eq!(emptiest, worst[..worst.len().min(5)]);
    }
}

#[test]
fn repeated_rows_are_those_whose_cells_are_equal() {
    let mut draws = Draws::new(2);
    for _ in 0..INPUTS {
        let table = drawn(&mut draws);
        for key in [&[][..], &["b"], &["c", "a"]] {
            let found = if key.is_empty() {
                Duplicates::of(&table).unwrap()
            } else {
                Duplicates::by_key(&table, key).unwrap()
            };
            let mut groups: BTreeMap<Vec<Option<String>>, Vec<u64>> = BTreeMap::new();
            let mut without = 0;
            for row in 0..table.rows() {
                let cells = cells(&table, row);
                let chosen: Vec<_> = match key {
                    [] => cells,
                    ["b"] => vec![cells[1].clone()],
                    _ => vec![cells[2].clone(), cells[0].clone()],
                };
                if key.is_empty() || chosen.iter().all(Option::is_some) {
                    groups.entry(chosen).or_default().push(row as u64);
                } else {
                    without += 1;
                }
            }
            groups.retain(|_, rows| rows.len() > 1);
            let repeated: usize = groups.values().map(Vec::len).sum();
            assert_eq!(found.without_key, without);
            assert_eq!(found.groups, groups.len() as u64);
            assert_eq!(found.repeated, repeated as u64);
            assert_eq!(found.surplus, (repeated - groups.len()) as u64);
            assert_eq!(found.examples.len(), groups.len().min(5));
            let mut sizes: Vec<u64> = groups.values().map(|rows| rows.len() as u64).collect();
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            for (example, size) in found.examples.iter().zip(sizes) {
                assert_eq!(example.count, size);
                let shown = example.rows.len();
                assert!(
                    groups
                        .values()
                        .any(|rows| rows[..rows.len().min(5)] == example.rows[..shown])
                );
            }
        }
    }
}

#[test]
fn outliers_are_the_values_beyond_fences_by_hand() {
    let mut draws = Draws::new(3);
    let mut found_any = 0;
    for _ in 0..INPUTS {
        let rows = 4 + draws.below(40) as usize;
        let values: Vec<Option<f64>> = (0..rows)
            .map(|_| {
                let wild = if draws.uniform() < 0.1 { 50.0 } else { 1.0 };
                let value = (draws.normal() * wild * 4.0).round() / 4.0;
                (draws.uniform() < 0.9).then_some(value)
            })
            .collect();
        let present: Vec<f64> = values.iter().copied().flatten().collect();
        let table = table! { "x" => values.clone() };
        for method in OutlierMethod::ALL {
            let found = Outliers::new()
                .method(*method)
                .of_column(&table, "x")
                .unwrap();
            let is_flag = present.iter().all(|value| *value == 0.0 || *value == 1.0)
                && present.iter().any(|value| *value != present[0]);
            if present.len() < 4 || is_flag {
                assert!(found.reason.is_some());
                continue;
            }
            let (low, high) = fences(&present, *method);
            assert!((found.low.unwrap() - low).abs() < 1e-9, "{}", method.name());
            assert!(
                (found.high.unwrap() - high).abs() < 1e-9,
                "{}",
                method.name()
            );
            let (low, high) = (found.low.unwrap(), found.high.unwrap());
            let below = present.iter().filter(|value| **value < low).count();
            let above = present.iter().filter(|value| **value > high).count();
            assert_eq!((found.below, found.above), (below as u64, above as u64));
            for outlier in &found.examples {
                assert_eq!(values[outlier.row as usize], Some(outlier.value));
            }
            found_any += below + above;
        }
    }
    assert!(found_any > INPUTS, "{found_any}");
}

fn fences(values: &[f64], method: OutlierMethod) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |sorted: &[f64], share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        let (low, high) = (
            sorted[place as usize],
            sorted[(place as usize + 1).min(sorted.len() - 1)],
        );
        low + (high - low) * (place - place.floor())
    };
    let n = sorted.len() as f64;
    match method {
        OutlierMethod::InterquartileRange => {
            let (q1, q3) = (at(&sorted, 0.25), at(&sorted, 0.75));
            (q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))
        }
        OutlierMethod::StandardDeviation => {
            let mean = sorted.iter().sum::<f64>() / n;
            // By pairs: the variance is half the mean square of differences.
            let mut squares = 0.0;
            for a in &sorted {
                squares += sorted.iter().map(|b| (a - b) * (a - b)).sum::<f64>();
            }
            let deviation = (squares / (2.0 * n * (n - 1.0))).sqrt();
            (mean - 3.0 * deviation, mean + 3.0 * deviation)
        }
        _ => {
            let centre = at(&sorted, 0.5);
            let mut away: Vec<f64> = sorted.iter().map(|value| (value - centre).abs()).collect();
            away.sort_by(f64::total_cmp);
            let mut spread = 1.482_602_218_505_602 * at(&away, 0.5);
            if spread == 0.0 {
                spread = (std::f64::consts::PI / 2.0).sqrt() * away.iter().sum::<f64>() / n;
            }
            (centre - 3.5 * spread, centre + 3.5 * spread)
        }
    }
}

#[test]
fn quartiles_of_another_tool_move_the_fences() {
    let table = table! { "x" => (1..=10).map(f64::from).collect::<Vec<_>>() };
    let high = |definition| {
        let outliers = Outliers::new().method(OutlierMethod::InterquartileRange);
        outliers.quartiles(definition).of(&table).unwrap()[0]
            .high
            .unwrap()
    };
    // numpy: 3.25 and 7.75; SPSS and Minitab: 2.75 and 8.25.
    assert_eq!(high(QuantileDefinition::Linear), 7.75 + 1.5 * 4.5);
    assert_eq!(high(QuantileDefinition::Weibull), 8.25 + 1.5 * 5.5);
}

#[test]
fn more_missing_values_are_drift_only_where_certain_and_enough() {
    let with = |missing: usize, rows: usize| {
        let values = (0..rows).map(|row| (row >= missing).then_some(1.0));
        Missing::of(&table! { "x" => values.collect::<Vec<_>>() }).unwrap()
    };
    let verdict =
        |before: &Missing, now: &Missing| now.change_since(before, 0.05, 0.05).unwrap()[0].verdict;
    assert_eq!(verdict(&with(10, 1000), &with(200, 1000)), Verdict::Drift);
    assert_eq!(verdict(&with(0, 8), &with(2, 8)), Verdict::Stable);
    assert_eq!(
        verdict(&with(100, 10_000), &with(200, 10_000)),
        Verdict::Stable
    );
    assert_eq!(verdict(&with(0, 0), &with(5, 10)), Verdict::NoEvidence);
    let other = Missing::of(&table! { "y" => [1.0] }).unwrap();
    let changes = other.change_since(&with(1, 9), 0.05, 0.05).unwrap();
    assert_eq!(changes.len(), 2);
    assert!(
        changes
            .iter()
            .all(|change| change.verdict == Verdict::NoEvidence)
    );
}

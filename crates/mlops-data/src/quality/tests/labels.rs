//! Classes and conflicts against counts by hand, and rows that were planted with a wrong label.

use std::collections::{BTreeMap, BTreeSet};

use super::{Draws, cells, drawn};
use crate::quality::{Labels, Mislabelled};
use crate::{Table, table};

#[test]
fn classes_and_conflicts_are_those_of_equal_inputs() {
    let mut draws = Draws::new(5);
    let mut conflicting = 0;
    for _ in 0..10_000 {
        let table = drawn(&mut draws);
        let found = Labels::of(&table, "c", &[]).unwrap();
        let mut classes: BTreeMap<String, u64> = BTreeMap::new();
        let mut inputs: BTreeMap<Vec<Option<String>>, BTreeMap<String, u64>> = BTreeMap::new();
        for row in 0..table.rows() {
            let mut cells = cells(&table, row);
            let Some(label) = cells.pop().flatten() else {
                continue;
            };
            *classes.entry(label.clone()).or_default() += 1;
            *inputs.entry(cells).or_default().entry(label).or_default() += 1;
        }
        let labelled: u64 = classes.values().sum();
        assert_eq!(found.missing, table.rows() as u64 - labelled);
        assert_eq!(found.classes.len(), classes.len());
        for class in &found.classes {
            assert_eq!(class.count, classes[&class.label]);
            assert!((class.share - class.count as f64 / labelled as f64).abs() < 1e-12);
            assert!(class.interval[0] <= class.share && class.share <= class.interval[1]);
        }
        inputs.retain(|_, labels| labels.len() > 1);
        let rows: u64 = inputs.values().flat_map(BTreeMap::values).sum();
        let kept: u64 = inputs
            .values()
            .filter_map(|labels| labels.values().max())
            .sum();
        assert_eq!(found.conflicts.groups, inputs.len() as u64);
        assert_eq!(found.conflicts.rows, rows);
        assert_eq!(found.conflicts.least_wrong, rows - kept);
        conflicting += rows;
    }
    assert!(conflicting > 10_000, "{conflicting}");
}

/// Two kinds of rows, some of which got the other's label, and what a model that has not seen them says.
fn planted() -> (Table, Table, BTreeSet<u64>) {
    let mut draws = Draws::new(8);
    let (mut labels, mut good, mut bad, mut wrong) = (vec![], vec![], vec![], BTreeSet::new());
    for row in 0..1500_u64 {
        let is_good = draws.uniform() < 0.7;
        let sure = 0.75 + 0.2 * draws.uniform();
        let is_wrong = draws.uniform() < 0.05;
        if is_wrong {
            wrong.insert(row);
        }
        labels.push(if is_good != is_wrong { "good" } else { "bad" });
        let of_good = if is_good { sure } else { 1.0 - sure };
        good.push(of_good);
        bad.push(1.0 - of_good);
    }
    let rows: Vec<i64> = (0..1500).collect();
    (
        table! { "id" => rows, "y" => labels },
        table! { "bad" => bad, "good" => good },
        wrong,
    )
}

#[test]
fn rows_that_got_the_other_label_are_found_and_no_others() {
    let (table, probabilities, wrong) = planted();
    let found = Mislabelled::of(&table, "y", &probabilities).unwrap();
    let rows: BTreeSet<u64> = found.issues.iter().map(|issue| issue.row).collect();
    assert!(rows.is_subset(&wrong));
    assert!(
        rows.len() * 10 >= wrong.len() * 7,
        "{} of {}",
        rows.len(),
        wrong.len()
    );
    assert!(
        (found.noise.unwrap() - 0.05).abs() < 0.015,
        "{:?}",
        found.noise
    );
    assert!(
        found
            .issues
            .is_sorted_by(|a, b| a.confidence <= b.confidence)
    );
    let first = &found.issues[0];
    assert_ne!(first.given, first.likely);
}

#[test]
fn rows_without_a_label_or_a_probability_are_not_judged_and_others_keep_their_number() {
    let (table, probabilities, wrong) = planted();
    let hidden = *wrong.iter().next().unwrap();
    let mut labels = table.texts("y").unwrap();
    labels[0] = None;
    let mut good = probabilities.numbers("good").unwrap();
    good[hidden as usize] = None;
    let table = table.with_texts("y", labels).unwrap();
    let probabilities = probabilities.with_numbers("good", good).unwrap();
    let found = Mislabelled::of(&table, "y", &probabilities).unwrap();
    let lost = 1 + u64::from(hidden != 0);
    assert_eq!(found.judged, 1500 - lost);
    assert!(
        found
            .issues
            .iter()
            .all(|issue| wrong.contains(&issue.row) && issue.row != hidden)
    );
}

#[test]
fn a_label_without_probabilities_and_tables_of_different_length_are_errors() {
    let (table, probabilities, _) = planted();
    let mistake = Mislabelled::of(&table, "y", &probabilities.without(&["bad"]).unwrap());
    assert_eq!(mistake.unwrap_err().code(), "data::unknown_column");
    let mistake = Mislabelled::of(&table, "y", &probabilities.slice(0, 10));
    assert_eq!(mistake.unwrap_err().code(), "data::column_length");
    let odd = probabilities
        .with_numbers("bad", vec![Some(2.0); 1500])
        .unwrap();
    let mistake = Mislabelled::of(&table, "y", &odd);
    assert_eq!(mistake.unwrap_err().code(), "data::statistic_argument");
}

#[test]
fn a_label_that_is_no_number_is_none() {
    let labels = table! { "y" => (0..100).map(|row| if row == 7 { f64::NAN } else { f64::from(row % 2) }).collect::<Vec<_>>() };
    let zeros = (0..100).map(|row| if row % 2 == 0 { 0.9 } else { 0.1 });
    let zeros: Vec<f64> = zeros.collect();
    let ones: Vec<f64> = zeros.iter().map(|zero| 1.0 - zero).collect();
    let probabilities = table! { "0" => zeros, "1" => ones };
    let found = Mislabelled::of(&labels, "y", &probabilities).unwrap();
    assert_eq!(found.judged, 99);
}

//! Confident learning against a slow oracle that goes cell by cell through the definitions, and on a planted set.

use std::collections::BTreeSet;

use super::{LabelFilter, confident_learning};
use crate::statistics::oracles::{Draws, INPUTS};

const FILTERS: [LabelFilter; 5] = [
    LabelFilter::NoiseRate,
    LabelFilter::Class,
    LabelFilter::Both,
    LabelFilter::Confident,
    LabelFilter::Predicted,
];

fn drawn(draws: &mut Draws) -> (Vec<usize>, Vec<Vec<f64>>) {
    let classes = 2 + draws.below(4) as usize;
    let rows = 1 + draws.below(40) as usize;
    let pull = draws.uniform();
    let used = 1 + draws.below(classes as u64);
    let mut labels = Vec::new();
    let mut probabilities = Vec::new();
    for _ in 0..rows {
        let label = draws.below(used) as usize;
        let mut row: Vec<f64> = (0..classes).map(|_| draws.uniform()).collect();
        row[label] += pull;
        let sum: f64 = row.iter().sum();
        labels.push(label);
        probabilities.push(row.into_iter().map(|value| value / sum).collect());
    }
    (labels, probabilities)
}

/// The count of a cell, straight from the sentence that defines it.
fn counted(labels: &[usize], rows: &[Vec<f64>], given: usize, truth: usize) -> u64 {
    let classes = rows[0].len();
    let mean = |class: usize| {
        let own: Vec<f64> = (0..rows.len())
            .filter(|i| labels[*i] == class)
            .map(|i| rows[i][class])
            .collect();
        if own.is_empty() {
            2.0
        } else {
            (own.iter().sum::<f64>() / own.len() as f64).max(2e-6)
        }
    };
    let is_in = |i: &usize| {
        let confident: Vec<usize> = (0..classes)
            .filter(|k| rows[*i][*k] >= mean(*k) - 1e-6)
            .collect();
        let greatest = rows[*i].iter().copied().fold(f64::MIN, f64::max);
        let best = rows[*i]
            .iter()
            .position(|value| *value == greatest)
            .unwrap();
        let guess = if confident.len() == 1 {
            confident[0]
        } else {
            best
        };
        !confident.is_empty() && labels[*i] == given && guess == truth
    };
    let count = (0..rows.len()).filter(is_in).count() as u64;
    if given == truth { count.max(1) } else { count }
}

/// Whether a row of the joint is its counts scaled to the rows of its label, rounded so that it adds up. Where the scaled numbers
/// are halves, or lose as much as each other, either of two roundings will do.
#[track_caller]
fn assert_rounded(cells: &[u64], of_label: u64, found: &[u64]) {
    let sum: u64 = cells.iter().sum();
    assert_eq!(found.iter().sum::<u64>(), of_label, "{cells:?} {found:?}");
    // In whole numbers: what is lost, times the sum.
    let lost: Vec<i64> = cells
        .iter()
        .zip(found)
        .map(|(cell, found)| (cell * of_label) as i64 - (found * sum) as i64)
        .collect();
    for (one, found_one) in lost.iter().zip(found) {
        assert!(one.abs() < sum as i64, "{cells:?} {of_label} {found:?}");
        // No two cells where a step from one to the other would lose less.
        for other in &lost {
            let is_better = one - other > sum as i64;
            assert!(!is_better, "{cells:?} {of_label} {found:?} {found_one}");
        }
    }
}

/// Takes rows one at a time, the best that is left.
fn slow_issues(
    labels: &[usize],
    rows: &[Vec<f64>],
    joint: &[Vec<u64>],
    filter: LabelFilter,
) -> Vec<usize> {
    let classes = rows[0].len();
    let mut by_pair = BTreeSet::new();
    let mut by_label = BTreeSet::new();
    for given in 0..classes {
        let own: Vec<usize> = (0..rows.len()).filter(|i| labels[*i] == given).collect();
        if own.len() <= 1 {
            continue;
        }
        let diagonal = joint[given][given];
        let others = joint[given].iter().filter(|count| **count != 0).count() as i64 - 1;
        let less = (diagonal.max(1) - diagonal) as f64 / others.max(1) as f64;
        for truth in (0..classes).filter(|truth| *truth != given) {
            let mut left = own.clone();
            for _ in 0..(joint[given][truth] as f64 - less).max(0.0).floor() as u64 {
                let mut best = 0;
                for place in 1..left.len() {
                    let margin = |place: usize| rows[left[place]][truth] - rows[left[place]][given];
                    if margin(place) > margin(best) {
                        best = place;
                    }
                }
                if left.is_empty() {
                    break;
                }
                by_pair.insert(left.remove(best));
            }
        }
        let mut left = own.clone();
        for _ in 0..(own.len() as u64).saturating_sub(diagonal.max(1)) {
            let mut best = 0;
            for place in 1..left.len() {
                if rows[left[place]][given] < rows[left[best]][given] {
                    best = place;
                }
            }
            by_label.insert(left.remove(best));
        }
    }
    (0..rows.len())
        .filter(|i| {
            let label = labels[*i];
            let exceeded = (0..classes).any(|k| {
                k != label
                    && (rows[*i][k] > rows[*i][label] + 1e-6
                        || k < label && rows[*i][k] >= rows[*i][label] + 1e-6)
            });
            let is_counted =
                (0..classes).any(|truth| truth != label && is_confidently(labels, rows, *i, truth));
            exceeded
                && match filter {
                    LabelFilter::NoiseRate => by_pair.contains(i),
                    LabelFilter::Class => by_label.contains(i),
                    LabelFilter::Both => by_pair.contains(i) && by_label.contains(i),
                    LabelFilter::Confident => is_counted,
                    LabelFilter::Predicted => true,
                }
        })
        .collect()
}

fn is_confidently(labels: &[usize], rows: &[Vec<f64>], row: usize, truth: usize) -> bool {
    // The row alone, under a label of its own, against the thresholds of all.
    let classes = rows[0].len();
    let mut confident = Vec::new();
    for class in 0..classes {
        let own: Vec<f64> = (0..rows.len())
            .filter(|i| labels[*i] == class)
            .map(|i| rows[i][class])
            .collect();
        if own.is_empty() {
            continue;
        }
        let mean = own.iter().sum::<f64>() / own.len() as f64;
        if rows[row][class] >= mean.max(2e-6) - 1e-6 {
            confident.push(class);
        }
    }
    let mut best = confident.first().copied();
    if confident.len() > 1 {
        best = (0..classes)
            .rev()
            .max_by(|a, b| rows[row][*a].total_cmp(&rows[row][*b]));
    }
    best == Some(truth)
}

#[test]
fn counts_and_rows_are_those_of_the_definitions() {
    let mut draws = Draws::new(307);
    let mut found = [0; 5];
    for _ in 0..INPUTS {
        let (labels, rows) = drawn(&mut draws);
        let learnt = confident_learning(&labels, &rows).unwrap();
        let classes = rows[0].len();
        for given in 0..classes {
            for truth in 0..classes {
                assert_eq!(
                    learnt.counts[given][truth],
                    counted(&labels, &rows, given, truth)
                );
            }
        }
        for given in 0..classes {
            let of_label = labels.iter().filter(|label| **label == given).count() as u64;
            assert_rounded(&learnt.counts[given], of_label, &learnt.joint[given]);
        }
        for (place, filter) in FILTERS.into_iter().enumerate() {
            let issues = learnt.issues(filter);
            assert_eq!(
                issues,
                slow_issues(&labels, &rows, &learnt.joint, filter),
                "{filter:?} {labels:?} {rows:?}"
            );
            found[place] += issues.len();
        }
    }
    assert!(found.iter().all(|count| *count > 1000), "{found:?}");
}

#[test]
fn labels_that_were_swapped_are_found() {
    let mut draws = Draws::new(17);
    let (mut labels, mut rows, mut planted) = (Vec::new(), Vec::new(), BTreeSet::new());
    for row in 0..2000 {
        let truth = draws.below(3) as usize;
        let mut probabilities = [0.1; 3];
        probabilities[truth] = 0.8 - 0.3 * draws.uniform();
        let sum: f64 = probabilities.iter().sum();
        rows.push(
            probabilities
                .iter()
                .map(|value| value / sum)
                .collect::<Vec<_>>(),
        );
        let is_wrong = draws.uniform() < 0.06;
        if is_wrong {
            planted.insert(row);
        }
        labels.push(if is_wrong { (truth + 1) % 3 } else { truth });
    }
    let learnt = confident_learning(&labels, &rows).unwrap();
    let issues: BTreeSet<usize> = learnt.issues(LabelFilter::default()).into_iter().collect();
    assert!(issues.is_subset(&planted));
    assert!(
        issues.len() as f64 >= 0.9 * planted.len() as f64,
        "{} of {}",
        issues.len(),
        planted.len()
    );
    assert!((learnt.noise - 0.06).abs() < 0.02, "{}", learnt.noise);
    let worst = issues.iter().next().unwrap();
    assert!(learnt.self_confidence(*worst).unwrap() < 0.2);
}

#[test]
fn what_is_no_probability_or_no_label_is_refused() {
    let fine = vec![vec![0.5, 0.5]];
    assert!(confident_learning(&[0], &fine).is_ok());
    assert!(confident_learning(&[], &[]).is_err());
    assert!(confident_learning(&[2], &fine).is_err());
    assert!(confident_learning(&[0, 1], &fine).is_err());
    assert!(confident_learning(&[0], &[vec![f64::NAN, 0.5]]).is_err());
    assert!(confident_learning(&[0, 0], &[vec![0.5, 0.5], vec![1.0]]).is_err());
    assert!(confident_learning(&[0], &[vec![]]).is_err());
}

//! How far each row is from those nearest to it.

use std::collections::BTreeSet;

use crate::table::split_mix;

/// So many of the nearest rows have a say: one is a twin at times, ten are not.
pub(super) const NEAREST: usize = 10;
/// Rows that others are held against, and the work that bounds their number: a few seconds.
const MOST_ROWS: usize = 4096;
const LEAST_ROWS: usize = 256;
const MOST_WORK: usize = 1 << 33;

/// The mean distance of each row from the nearest others, on every core. Columns are finite and of one length; where there are too
/// many rows to hold each against each, those that it is held against are drawn by the seed.
pub(super) fn distances(columns: &[Vec<f64>], seed: u64) -> Vec<f64> {
    let rows = columns.first().map_or(0, Vec::len);
    let affordable = MOST_WORK / (rows * columns.len()).max(1);
    let count = affordable.clamp(LEAST_ROWS, MOST_ROWS).min(rows);
    distances_to(columns, &drawn(rows, count, seed))
}

fn distances_to(columns: &[Vec<f64>], references: &[usize]) -> Vec<f64> {
    let rows = columns.first().map_or(0, Vec::len);
    let place = |row: usize| columns.iter().map(move |column| column[row]);
    // A row's numbers side by side, as the innermost loop wants them.
    let points: Vec<f64> = references.iter().flat_map(|row| place(*row)).collect();
    let mut found = vec![0.0; rows];
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let stretch = rows.div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        for (part, found) in found.chunks_mut(stretch).enumerate() {
            let points = &points;
            scope.spawn(move || {
                for (offset, found) in found.iter_mut().enumerate() {
                    let row = part * stretch + offset;
                    let own: Vec<f64> = place(row).collect();
                    let others = references.iter().zip(points.chunks_exact(own.len()));
                    let others = others.filter(|(other, _)| **other != row);
                    *found = mean_of_nearest(&own, others.map(|(_, point)| point));
                }
            });
        }
    });
    found
}

fn mean_of_nearest<'p>(own: &[f64], others: impl Iterator<Item = &'p [f64]>) -> f64 {
    // Squares of the nearest so far, the farthest of them last.
    let mut nearest: Vec<f64> = Vec::with_capacity(NEAREST + 1);
    for other in others {
        let pairs = own.iter().zip(other);
        let square: f64 = pairs.map(|(a, b)| (a - b) * (a - b)).sum();
        if nearest.len() == NEAREST && nearest.last().is_some_and(|last| square >= *last) {
            continue;
        }
        let place = nearest.partition_point(|known| *known <= square);
        nearest.insert(place, square);
        nearest.truncate(NEAREST);
    }
    let count = nearest.len().max(1) as f64;
    nearest.into_iter().map(f64::sqrt).sum::<f64>() / count
}

/// So many of the rows, each at most once, in their order (R. W. Floyd).
fn drawn(rows: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut chosen = BTreeSet::new();
    for last in rows - count..rows {
        // The high half of a product: even where a remainder is not.
        let draw = u128::from(split_mix(seed, last as u64)) * (last as u128 + 1);
        if !chosen.insert((draw >> 64) as usize) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(seed: u64, place: u64) -> f64 {
        (split_mix(seed, place) >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[test]
    fn distances_are_those_of_all_pairs_sorted() {
        for trial in 0..10_000 {
            let rows = 2 + (split_mix(trial, 0) % 24) as usize;
            let width = 1 + (split_mix(trial, 1) % 4) as usize;
            let is_coarse = trial % 2 == 0;
            let columns: Vec<Vec<f64>> = (0..width as u64)
                .map(|column| {
                    let draw = |row: usize| uniform(trial, 100 * (column + 1) + row as u64);
                    let value = |draw: f64| {
                        if is_coarse {
                            (draw * 3.0).floor()
                        } else {
                            draw
                        }
                    };
                    (0..rows).map(|row| value(draw(row))).collect()
                })
                .collect();
            let found = distances(&columns, trial);
            for row in 0..rows {
                let mut all: Vec<f64> = (0..rows)
                    .filter(|other| *other != row)
                    .map(|other| {
                        let squares = columns.iter().map(|one| (one[row] - one[other]).powi(2));
                        squares.sum::<f64>().sqrt()
                    })
                    .collect();
                all.sort_by(f64::total_cmp);
                all.truncate(10);
                let mean = all.iter().sum::<f64>() / all.len() as f64;
                assert!(
                    (found[row] - mean).abs() <= 1e-12 * mean.max(1e-300),
                    "{columns:?}"
                );
            }
        }
    }

    #[test]
    fn rows_are_drawn_each_once_and_evenly() {
        let mut counts = [0; 20];
        for seed in 0..2000 {
            let chosen = drawn(20, 5, seed);
            assert!(chosen.len() == 5 && chosen.is_sorted_by(|a, b| a < b));
            chosen.into_iter().for_each(|row| counts[row] += 1);
        }
        // 500 each, give or take five standard deviations.
        assert!(
            counts.iter().all(|count| (400..600).contains(count)),
            "{counts:?}"
        );
        assert_eq!(drawn(3, 3, 1), [0, 1, 2]);
    }

    #[test]
    fn a_sample_of_references_tells_nearly_the_same() {
        let columns: Vec<Vec<f64>> = (0..2)
            .map(|column| (0..600).map(|row| uniform(column, row)).collect())
            .collect();
        let mut far = columns.clone();
        far[0][17] = 9.0;
        let found = distances_to(&far, &drawn(600, 100, 4));
        let most = (0..600).max_by(|a, b| found[*a].total_cmp(&found[*b]));
        assert_eq!(most, Some(17));
    }
}

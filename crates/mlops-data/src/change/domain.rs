//! The domain classifier: can one tell from several columns at once which table a row is from?
//!
//! It finds what no column shows alone, such as two columns that no longer go together (D. Lopez-Paz and M. Oquab, "Revisiting
//! classifier two-sample tests", 2017). Small boosted trees on ranks, so that units and wild values do not count. They learn from
//! one half of the rows and are judged on the other. Judging every row by trees that did not see it, in five folds, would use more
//! rows, but the folds go together: it raised 12 % false alarms where 5 % were promised.

mod boosting;
mod features;

use self::boosting::Forest;
use self::features::Features;
use super::Verdict;
use super::origin::Origin;
use crate::DataError;
use crate::statistics::{Interval, Sample, normal_upper_quantile, normal_upper_tail};
use crate::table::split_mix;

/// Rows of each table that are looked at.
const MOST_ROWS: usize = 5_000;
/// With fewer on a side nothing can be learnt.
const LEAST_ROWS: usize = 50;
/// The area from which on a difference matters: of two rows, one of each table, the right one is picked in 55 of 100 cases.
const LEAST_AREA: f64 = 0.55;
/// Columns that are named.
const NAMED: usize = 5;

/// How well rows of the two tables can be told apart.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainClassifier {
    /// The area under the receiver operating characteristic on rows that were not learnt from: 0.5 is a guess, 1 is certainty.
    pub auc: f64,
    /// Its interval at 95 % (E. R. DeLong and others 1988).
    pub interval: Interval,
    /// How probable an area at least as large is if nothing changed.
    pub p_value: f64,
    /// How many rows of each table were looked at.
    pub rows: [usize; 2],
    /// The columns that tell most, the most telling first.
    pub telling: Vec<String>,
    /// Drift if the p-value is at most the level and the area at least 0.55; no evidence with fewer than 50 rows a side, or
    /// without a column to compare.
    pub verdict: Verdict,
}

impl DomainClassifier {
    pub(super) fn between(
        origins: &[Origin; 2],
        names: &[String],
        seed: u64,
        level: f64,
    ) -> Result<Option<Self>, DataError> {
        let chosen = [0, 1].map(|side| rows_to_see(origins[side].rows(), seed, side as u64));
        let rows = [chosen[0].len(), chosen[1].len()];
        let features = Features::of(origins, names, &chosen)?;
        if rows.iter().any(|rows| *rows < LEAST_ROWS) || features.names.is_empty() {
            return Ok(Some(Self {
                auc: 0.5,
                interval: Interval {
                    low: 0.0,
                    high: 1.0,
                },
                p_value: 1.0,
                rows,
                telling: Vec::new(),
                verdict: Verdict::NoEvidence,
            }));
        }
        let is_current: Vec<bool> = (0..rows[0] + rows[1]).map(|row| row >= rows[0]).collect();
        let is_held = held_back(rows, seed);
        let learnt: Vec<usize> = (0..is_held.len()).filter(|row| !is_held[*row]).collect();
        let forest = Forest::grown(&features, &is_current, &learnt);
        let scores = |wanted: bool| {
            let held = (0..is_held.len()).filter(|row| is_held[*row] && is_current[*row] == wanted);
            held.map(|row| forest.score(&features, row))
                .collect::<Vec<_>>()
        };
        let (negative, positive) = (Sample::new(scores(false))?, Sample::new(scores(true))?);
        let (auc, variance) = area_under_curve(&negative, &positive);
        let (n, m) = (negative.len() as f64, positive.len() as f64);
        let half = normal_upper_quantile(0.025) * variance.sqrt();
        // Mann and Whitney's variance of the area where nothing differs; ties would make it smaller.
        let p_value = normal_upper_tail((auc - 0.5) / ((n + m + 1.0) / (12.0 * n * m)).sqrt());
        let gains = &forest.gains;
        let mut order: Vec<usize> = (0..gains.len())
            .filter(|index| gains[*index] > 0.0)
            .collect();
        order.sort_by(|a, b| gains[*b].total_cmp(&gains[*a]));
        let telling = order
            .iter()
            .take(NAMED)
            .map(|index| features.names[*index].clone());
        Ok(Some(Self {
            auc,
            interval: Interval {
                low: (auc - half).max(0.0),
                high: (auc + half).min(1.0),
            },
            p_value,
            rows,
            telling: telling.collect(),
            verdict: if p_value <= level && auc >= LEAST_AREA {
                Verdict::Drift
            } else {
                Verdict::Stable
            },
        }))
    }
}

/// One row out of each of as many equal stretches, so that all of a table that is in order of time is seen.
fn rows_to_see(rows: usize, seed: u64, side: u64) -> Vec<usize> {
    let count = rows.min(MOST_ROWS);
    (0..count)
        .map(|stretch| {
            let from = stretch * rows / count;
            let to = (stretch + 1) * rows / count;
            let draw = split_mix(seed.wrapping_add(side), stretch as u64) as usize;
            from + draw % (to - from)
        })
        .collect()
}

/// Which rows are not learnt from: half of each table, drawn by the seed.
fn held_back(rows: [usize; 2], seed: u64) -> Vec<bool> {
    let mut held = Vec::with_capacity(rows[0] + rows[1]);
    for (side, count) in rows.into_iter().enumerate() {
        let key = split_mix(seed, side as u64 + 2);
        let mut order: Vec<(u64, usize)> = (0..count)
            .map(|row| (split_mix(key, row as u64), row))
            .collect();
        order.sort_unstable();
        let start = held.len();
        held.resize(start + count, false);
        for (_, row) in order.into_iter().take(count / 2) {
            held[start + row] = true;
        }
    }
    held
}

/// How often a positive scores above a negative, ties half, and the variance of that by the placements of each.
fn area_under_curve(negative: &Sample, positive: &Sample) -> (f64, f64) {
    let placements = |of: &Sample, among: &Sample| -> (f64, f64) {
        let count = among.len() as f64;
        let places: Vec<f64> = of
            .values()
            .iter()
            .map(|value| {
                let (below, upto) = (among.count_below(*value), among.count_up_to(*value));
                (below + upto) as f64 / 2.0 / count
            })
            .collect();
        let n = places.len() as f64;
        let mean = places.iter().sum::<f64>() / n;
        let squares: f64 = places.iter().map(|place| (place - mean).powi(2)).sum();
        (mean, squares / (n - 1.0).max(1.0) / n)
    };
    let (area, of_positive) = placements(positive, negative);
    let (_, of_negative) = placements(negative, positive);
    (area, of_positive + of_negative)
}

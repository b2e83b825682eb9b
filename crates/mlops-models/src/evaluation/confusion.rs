//! Decisions against labels of two classes: four counts, and the shares that they give.

use serde::{Deserialize, Serialize};

/// How many rows are of which label, and were answered how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BinaryConfusion {
    /// Positive, and found.
    pub true_positives: u64,
    /// Negative, and taken for positive.
    pub false_positives: u64,
    /// Positive, and missed.
    pub false_negatives: u64,
    /// Negative, and left alone.
    pub true_negatives: u64,
}

/// The place of a row among the four counts.
pub(crate) fn cell(label: bool, answer: bool) -> usize {
    match (label, answer) {
        (true, true) => 0,
        (false, true) => 1,
        (true, false) => 2,
        (false, false) => 3,
    }
}

/// Successes by trials; `NaN` without trials.
pub(crate) fn share((successes, trials): (u64, u64)) -> f64 {
    successes as f64 / trials as f64
}

impl BinaryConfusion {
    pub(crate) fn count(labels: &[bool], scores: &[f64], threshold: f64) -> Self {
        let mut counts = [0; 4];
        for (label, score) in labels.iter().zip(scores) {
            counts[cell(*label, *score >= threshold)] += 1;
        }
        Self::of(counts)
    }

    pub(crate) fn weighted(cells: &[usize], weights: &[u32]) -> Self {
        let mut counts = [0; 4];
        for (cell, weight) in cells.iter().zip(weights) {
            counts[*cell] += u64::from(*weight);
        }
        Self::of(counts)
    }

    fn of(
        [
            true_positives,
            false_positives,
            false_negatives,
            true_negatives,
        ]: [u64; 4],
    ) -> Self {
        Self {
            true_positives,
            false_positives,
            false_negatives,
            true_negatives,
        }
    }

    /// Those that were answered yes.
    pub fn answered_yes(&self) -> u64 {
        self.true_positives + self.false_positives
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.answered_yes() + self.false_negatives + self.true_negatives
    }

    /// Successes and trials of the accuracy.
    pub(crate) fn right(&self) -> (u64, u64) {
        (self.true_positives + self.true_negatives, self.rows())
    }

    /// Successes and trials of the precision.
    pub(crate) fn precise(&self) -> (u64, u64) {
        (self.true_positives, self.answered_yes())
    }

    /// Successes and trials of the recall.
    pub(crate) fn recalled(&self) -> (u64, u64) {
        let positives = self.true_positives + self.false_negatives;
        (self.true_positives, positives)
    }

    /// Successes and trials of the specificity.
    pub(crate) fn spared(&self) -> (u64, u64) {
        let negatives = self.true_negatives + self.false_positives;
        (self.true_negatives, negatives)
    }

    /// `NaN` where neither a row nor an answer is positive.
    pub(crate) fn f1(&self) -> f64 {
        let wrong = (self.false_positives + self.false_negatives) as f64;
        let twice = 2.0 * self.true_positives as f64;
        twice / (twice + wrong)
    }

    /// `NaN` where all rows, or all answers, are of one class.
    pub(crate) fn mcc(&self) -> f64 {
        let [tp, fp, fn_, tn] = [
            self.true_positives,
            self.false_positives,
            self.false_negatives,
            self.true_negatives,
        ]
        .map(|count| count as f64);
        // Two roots, since the product of four counts may leave the whole numbers that a double holds.
        let scale = ((tp + fp) * (tp + fn_)).sqrt() * ((tn + fp) * (tn + fn_)).sqrt();
        (tp * tn - fp * fn_) / scale
    }
}

//! Two classes: labels, and the scores that a model gave them.

use mlops_data::Table;

use super::confusion::BinaryConfusion;
use super::metric::{check_finite, check_length, check_rows, check_same_labels};
use super::{EvaluationError, Predictions, columns};

/// What happened, and the score that a model gave it: higher for more likely. At least one row; scores are finite.
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryPredictions {
    labels: Vec<bool>,
    scores: Vec<f64>,
    /// The rows by falling score.
    descending: Vec<usize>,
    positives: usize,
}

impl BinaryPredictions {
    /// One label and one score for each row, in the same order. Scores are probabilities of `true`, or any finite numbers; what
    /// needs probabilities says so where they are none.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, or a score is `NaN` or infinite.
    pub fn new(labels: &[bool], scores: &[f64]) -> Result<Self, EvaluationError> {
        if labels.is_empty() && scores.is_empty() {
            return Err(EvaluationError::NoRows);
        }
        check_length("scores", scores.len(), labels.len())?;
        check_finite("the score", scores)?;
        let mut descending: Vec<usize> = (0..labels.len()).collect();
        descending.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        Ok(Self {
            positives: labels.iter().filter(|label| **label).count(),
            labels: labels.to_vec(),
            // -0.0 is no other score than 0.0.
            scores: scores.iter().map(|score| score + 0.0).collect(),
            descending,
        })
    }

    /// From a column of labels, booleans or 0 and 1, and a column of scores.
    ///
    /// # Errors
    /// There is no such column, it is of another type, a value is missing or `NaN`, or there are no rows.
    pub fn from_table(table: &Table, label: &str, score: &str) -> Result<Self, EvaluationError> {
        let scores = columns::numbers(table, score)?;
        check_finite(score, &scores)?;
        Self::new(&columns::labels(table, label)?, &scores)
    }

    /// A baseline for the same rows, which gives all of them this score.
    ///
    /// # Errors
    /// It is `NaN` or infinite.
    pub fn answering(&self, score: f64) -> Result<Self, EvaluationError> {
        Self::new(&self.labels, &vec![score; self.labels.len()])
    }

    /// The labels, in the order of the rows.
    pub fn labels(&self) -> &[bool] {
        &self.labels
    }

    /// The scores, in the order of the rows.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// How many labels are `true`.
    pub fn positives(&self) -> usize {
        self.positives
    }

    /// How many rows are on which side at a threshold: a score of at least `threshold` says yes.
    pub fn confusion(&self, threshold: f64) -> BinaryConfusion {
        BinaryConfusion::count(&self.labels, &self.scores, threshold)
    }

    pub(crate) fn descending(&self) -> &[usize] {
        &self.descending
    }

    /// That both classes are there.
    pub(crate) fn check_both_classes(&self, metric: &str) -> Result<(), EvaluationError> {
        if self.positives == 0 || self.positives == self.labels.len() {
            return Err(EvaluationError::OneClass {
                metric: metric.to_owned(),
                rows: self.labels.len(),
                positives: self.positives,
            });
        }
        Ok(())
    }

    /// That all scores are from 0 to 1.
    pub(crate) fn check_probabilities(&self, metric: &str) -> Result<(), EvaluationError> {
        let is_wrong = |score: &f64| !(0.0..=1.0).contains(score);
        match self.scores.iter().position(is_wrong) {
            None => Ok(()),
            Some(row) => Err(EvaluationError::NotProbabilities {
                metric: metric.to_owned(),
                problem: format!("row {row} has the score {}", self.scores[row]),
            }),
        }
    }

    pub(crate) fn by_row<T>(&self, of: impl Fn(bool, f64) -> T) -> Vec<T> {
        let rows = self.labels.iter().zip(&self.scores);
        rows.map(|(label, score)| of(*label, *score)).collect()
    }

    /// For each place in [`descending`](Self::descending), the step there.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.labels.len());
        for (place, &row) in self.descending.iter().enumerate() {
            let next = self.descending.get(place + 1);
            let is_last = next.is_none_or(|next| self.scores[*next] != self.scores[row]);
            steps.push(Step {
                row,
                label: self.labels[row],
                is_last,
            });
        }
        steps
    }
}

impl Predictions for BinaryPredictions {
    fn rows(&self) -> usize {
        self.labels.len()
    }

    fn take(&self, rows: &[usize]) -> Result<Self, EvaluationError> {
        check_rows(rows, self.rows())?;
        let labels: Vec<bool> = rows.iter().map(|row| self.labels[*row]).collect();
        let scores: Vec<f64> = rows.iter().map(|row| self.scores[*row]).collect();
        Self::new(&labels, &scores)
    }

    fn check_paired(&self, other: &Self) -> Result<(), EvaluationError> {
        check_same_labels(&self.labels, &other.labels)
    }
}

/// A row in the order of falling scores.
pub(crate) struct Step {
    pub(crate) row: usize,
    pub(crate) label: bool,
    /// Whether it is the last one with its score.
    pub(crate) is_last: bool,
}

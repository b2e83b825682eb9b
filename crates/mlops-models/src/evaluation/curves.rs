//! What a threshold costs: the table of thresholds, and the points of the two curves.

use serde::{Deserialize, Serialize};

use super::{BinaryPredictions, Estimate, EvaluationError};

/// A point of the ROC curve: what happens if scores of at least `threshold` say yes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// The threshold; at the first point none is reached, and it is infinite.
    pub threshold: f64,
    /// The share of negative rows that are taken for positive.
    pub false_positive_rate: f64,
    /// The share of positive rows that are found.
    pub true_positive_rate: f64,
}

/// A point of the curve of precision by recall.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallPoint {
    /// The threshold.
    pub threshold: f64,
    /// The share of positive rows that are found.
    pub recall: f64,
    /// The share of yes that are right.
    pub precision: f64,
}

/// What a threshold gives and costs. A share without trials is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRow {
    /// From which score on the answer is yes.
    pub threshold: f64,
    /// The share of rows that are answered yes.
    pub selected: Estimate,
    /// The share of yes that are right.
    pub precision: Option<Estimate>,
    /// The share of positive rows that are found.
    pub recall: Option<Estimate>,
    /// The share of negative rows that are left alone.
    pub specificity: Option<Estimate>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<f64>,
}

impl BinaryPredictions {
    /// The table of these thresholds, in this order, each share with Wilson's interval. An interval is that of one threshold
    /// chosen beforehand: the best of many looks better than it is.
    ///
    /// # Errors
    /// A threshold is `NaN`.
    pub fn threshold_table(
        &self,
        thresholds: &[f64],
    ) -> Result<Vec<ThresholdRow>, EvaluationError> {
        let share = |(successes, trials)| match trials {
            0 => Ok(None),
            _ => Estimate::share(successes, trials).map(Some),
        };
        let row = |&threshold: &f64| {
            if threshold.is_nan() {
                return Err(EvaluationError::argument(
                    "the threshold",
                    "NaN",
                    "a number",
                ));
            }
            let counts = self.confusion(threshold);
            let f1 = counts.f1();
            Ok(ThresholdRow {
                threshold,
                selected: Estimate::share(counts.answered_yes(), counts.rows())?,
                precision: share(counts.precise())?,
                recall: share(counts.recalled())?,
                specificity: share(counts.spared())?,
                f1: f1.is_finite().then_some(f1),
            })
        };
        thresholds.iter().map(row).collect()
    }

    /// The ROC curve: a point before the first score, and one for each different score, falling. Nothing is left out.
    ///
    /// # Errors
    /// One of the classes is missing.
    pub fn roc_curve(&self) -> Result<Vec<RocPoint>, EvaluationError> {
        self.check_both_classes("the ROC curve")?;
        let positives = self.positives() as f64;
        let negatives = self.labels().len() as f64 - positives;
        let start = RocPoint {
            threshold: f64::INFINITY,
            false_positive_rate: 0.0,
            true_positive_rate: 0.0,
        };
        let points = self.cumulated().into_iter();
        Ok(std::iter::once(start)
            .chain(points.map(|(threshold, hits, all)| RocPoint {
                threshold,
                false_positive_rate: (all - hits) as f64 / negatives,
                true_positive_rate: hits as f64 / positives,
            }))
            .collect())
    }

    /// The precision by recall: one point for each different score, falling. Where no score says yes there is no precision, so
    /// there is no point for it; scikit-learn puts one at recall 0 and precision 1.
    ///
    /// # Errors
    /// One of the classes is missing.
    pub fn precision_recall_curve(&self) -> Result<Vec<PrecisionRecallPoint>, EvaluationError> {
        self.check_both_classes("the curve of precision by recall")?;
        let positives = self.positives() as f64;
        let points = self.cumulated().into_iter();
        Ok(points
            .map(|(threshold, hits, all)| PrecisionRecallPoint {
                threshold,
                recall: hits as f64 / positives,
                precision: hits as f64 / all as f64,
            })
            .collect())
    }

    /// For each different score, falling: how many positive rows, and how many rows, reach it.
    fn cumulated(&self) -> Vec<(f64, usize, usize)> {
        let (mut hits, mut all) = (0, 0);
        let scores = self.scores();
        self.descending()
            .chunk_by(|a, b| scores[*a] == scores[*b])
            .map(|tied| {
                all += tied.len();
                hits += tied.iter().filter(|row| self.labels()[**row]).count();
                (scores[tied[0]], hits, all)
            })
            .collect()
    }
}

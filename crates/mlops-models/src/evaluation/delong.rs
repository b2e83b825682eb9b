//! The variance of AUCs and of their difference from placements, as E. DeLong, D. DeLong and D. Clarke-Pearson (1988) have it.
//!
//! A placement is the share of the other class on the right side of a row; all of them come from one sort, as X. Sun and W. Xu
//! (2014) do it. On its own scale the interval of one AUC covers too little near 1, and has no width where the classes are
//! separated, which ten rows may be by chance. So it is made on the logit scale; and with variance 0 it is a score interval.

use mlops_data::statistics::{Interval, normal_upper_tail};

use super::estimate::normal_quantile;
use super::{
    BinaryPredictions, Estimate, EvaluationError, IntervalMethod, PairedDifference, PairedTest,
};

/// With fewer rows of a class the variance of their placements is itself too uncertain.
const ENOUGH: usize = 10;

/// An AUC and the placements behind it.
pub(crate) struct Placements {
    pub(crate) auc: f64,
    /// For each positive row, in their order: the share of negative rows below it, equal ones half.
    positive: Vec<f64>,
    /// For each negative row: the share of positive rows above it.
    negative: Vec<f64>,
}

impl Placements {
    /// # Errors
    /// A class is missing.
    pub(crate) fn of(predictions: &BinaryPredictions) -> Result<Self, EvaluationError> {
        predictions.check_both_classes("auc")?;
        let (labels, scores) = (predictions.labels(), predictions.scores());
        let positives = predictions.positives();
        let negatives = labels.len() - positives;
        let (m, n) = (positives as f64, negatives as f64);
        let mut placed = vec![0.0; labels.len()];
        let mut twice = 0_u64;
        let (mut above, mut passed) = (0_u64, 0_u64);
        let same = |a: &usize, b: &usize| scores[*a] == scores[*b];
        for tied in predictions.descending().chunk_by(same) {
            let equal = tied.iter().filter(|row| labels[**row]).count() as u64;
            let opposite = tied.len() as u64 - equal;
            let below = negatives as u64 - passed - opposite;
            twice += opposite * (2 * above + equal);
            for row in tied {
                placed[*row] = if labels[*row] {
                    (2 * below + opposite) as f64 / (2.0 * n)
                } else {
                    (2 * above + equal) as f64 / (2.0 * m)
                };
            }
            above += equal;
            passed += opposite;
        }
        let of_class = |class: bool| {
            let rows = labels.iter().zip(&placed);
            rows.filter(|(label, _)| **label == class)
                .map(|(_, placement)| *placement)
                .collect()
        };
        Ok(Self {
            auc: twice as f64 / (2.0 * m * n),
            positive: of_class(true),
            negative: of_class(false),
        })
    }

    pub(crate) fn variance(&self) -> f64 {
        sum_of_variances(&self.positive, &self.negative)
    }

    /// The variance of the difference of two AUCs on the same rows.
    pub(crate) fn variance_of_difference(&self, other: &Self) -> f64 {
        // From the differences of placements: the variance of what is equal is exactly 0, without cancellation.
        let differences = |one: &[f64], other: &[f64]| -> Vec<f64> {
            one.iter()
                .zip(other)
                .map(|(one, other)| one - other)
                .collect()
        };
        let positive = differences(&self.positive, &other.positive);
        let negative = differences(&self.negative, &other.negative);
        sum_of_variances(&positive, &negative)
    }

    /// Whether each class has enough rows for a variance to be trusted.
    fn has_enough(&self) -> bool {
        self.positive.len().min(self.negative.len()) >= ENOUGH
    }
}

/// The variance of the mean of the one and that of the other, together.
fn sum_of_variances(positive: &[f64], negative: &[f64]) -> f64 {
    let of_mean = |values: &[f64]| {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        squares.sum::<f64>() / (count - 1.0) / count
    };
    of_mean(positive) + of_mean(negative)
}

/// The difference of two AUCs on the same rows.
pub(crate) fn paired(
    challenger: &BinaryPredictions,
    reference: &BinaryPredictions,
) -> Result<PairedDifference, EvaluationError> {
    let (first, second) = (Placements::of(challenger)?, Placements::of(reference)?);
    if !first.has_enough() {
        return Err(EvaluationError::no_interval(
            "auc",
            format!("a class has fewer than {ENOUGH} rows"),
        ));
    }
    let variance = first.variance_of_difference(&second);
    if variance <= 0.0 {
        return Err(EvaluationError::no_interval(
            "auc",
            "both separate the classes, or fail to, so that the difference has no spread",
        ));
    }
    let (value, error) = (first.auc - second.auc, variance.sqrt());
    let half = normal_quantile() * error;
    let interval = Interval {
        low: value - half,
        high: value + half,
    };
    Ok(PairedDifference {
        difference: Estimate::new(value, interval, IntervalMethod::DeLong),
        p_value: (2.0 * normal_upper_tail(value.abs() / error)).min(1.0),
        rows: challenger.labels().len(),
        test: PairedTest::DeLong,
    })
}

/// The AUC with its interval.
pub(crate) fn estimate(predictions: &BinaryPredictions) -> Result<Estimate, EvaluationError> {
    let placements = Placements::of(predictions)?;
    let (auc, variance) = (placements.auc, placements.variance());
    if placements.has_enough() && variance > 0.0 && auc > 0.0 && auc < 1.0 {
        let centre = (auc / (1.0 - auc)).ln();
        let half = normal_quantile() * variance.sqrt() / (auc * (1.0 - auc));
        let back = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        let interval = Interval {
            low: back(centre - half),
            high: back(centre + half),
        };
        return Ok(Estimate::new(auc, interval, IntervalMethod::DeLong));
    }
    let (m, n) = (placements.positive.len(), placements.negative.len());
    let interval = score_interval(auc, m as f64, n as f64);
    Ok(Estimate::new(auc, interval, IntervalMethod::HanleyMcNeil))
}

/// The AUCs from which this one is 1.96 standard errors away, where the error is that of the AUC asked about.
fn score_interval(auc: f64, positives: f64, negatives: f64) -> Interval {
    let others = f64::midpoint(positives, negatives) - 1.0;
    let z = normal_quantile();
    let is_far = |asked: f64| {
        let square = asked * asked;
        let first = asked / (2.0 - asked) - square;
        let second = 2.0 * square / (1.0 + asked) - square;
        let variance =
            (asked * (1.0 - asked) + others * (first + second)) / (positives * negatives);
        (asked - auc).powi(2) > z * z * variance
    };
    // Halved between the value, which is not far from itself, and the end of the scale.
    let end = |limit: f64| {
        let (mut near, mut far) = (auc, limit);
        for _ in 0..100 {
            let middle = f64::midpoint(near, far);
            if is_far(middle) {
                far = middle;
            } else {
                near = middle;
            }
        }
        near
    };
    Interval {
        low: end(0.0),
        high: end(1.0),
    }
}

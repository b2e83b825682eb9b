//! What every metric can: its value, its interval, and its value on resampled rows.

use super::bootstrap::{Bootstrap, Statistic};
use super::{Direction, Estimate, EvaluationError, PairedDifference};

/// Labels and what a model said of the same rows.
pub trait Predictions: Sized + PartialEq {
    /// How many rows there are: at least one.
    fn rows(&self) -> usize;

    /// These rows, counted from 0, in this order; a row may be taken more than once.
    ///
    /// # Errors
    /// No rows are asked for, or one that is not there.
    fn take(&self, rows: &[usize]) -> Result<Self, EvaluationError>;

    /// That the other one has the same labels in the same order.
    ///
    /// # Errors
    /// It has not: what is judged on other rows cannot be compared row by row.
    fn check_paired(&self, other: &Self) -> Result<(), EvaluationError>;
}

/// A number that says how good predictions are.
pub trait Metric: Copy {
    /// What it judges.
    type Of: Predictions;

    /// Its name, such as `auc`; it stays.
    fn name(&self) -> String;

    /// Which way it is good.
    fn direction(&self) -> Direction;

    /// Its value on these rows.
    ///
    /// # Errors
    /// It has none: a class is missing, the scores are no probabilities, a denominator is 0, or the value is infinite.
    fn value(&self, of: &Self::Of) -> Result<f64, EvaluationError>;

    /// Its value, with an interval by the method that fits it.
    ///
    /// # Errors
    /// It has no value, or the rows are too few or too much alike to show how far off it may be.
    fn estimate(&self, of: &Self::Of, bootstrap: &Bootstrap) -> Result<Estimate, EvaluationError>;

    /// A function from how often each row is drawn to the metric's value, `NaN` where it has none.
    ///
    /// # Errors
    /// The metric has no value on the rows as they are.
    fn statistic<'a>(&self, of: &'a Self::Of) -> Result<Statistic<'a>, EvaluationError>;

    /// The difference of two models on the same rows, by the test that fits the metric: the paired bootstrap, unless there is a
    /// better one.
    ///
    /// # Errors
    /// The labels differ, the metric has no value for one of them, or the rows say too little of the spread.
    fn paired(
        &self,
        challenger: &Self::Of,
        reference: &Self::Of,
        bootstrap: &Bootstrap,
    ) -> Result<PairedDifference, EvaluationError> {
        PairedDifference::by_bootstrap(*self, challenger, reference, bootstrap)
    }
}

/// That all of these are finite numbers.
pub(crate) fn check_finite(what: &str, values: &[f64]) -> Result<(), EvaluationError> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(row) => Err(EvaluationError::NotFinite {
            what: what.to_owned(),
            row,
            found: values[row],
        }),
    }
}

pub(crate) fn check_length(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), EvaluationError> {
    if found == expected {
        Ok(())
    } else {
        Err(EvaluationError::Length {
            what,
            found,
            expected,
        })
    }
}

/// That rows are asked for, and only such as are there.
pub(crate) fn check_rows(rows: &[usize], all: usize) -> Result<(), EvaluationError> {
    if rows.is_empty() {
        return Err(EvaluationError::NoRows);
    }
    match rows.iter().find(|row| **row >= all) {
        None => Ok(()),
        Some(row) => Err(EvaluationError::argument(
            "a row",
            row,
            "below the number of rows",
        )),
    }
}

/// That two models were judged by the same labels in the same order.
pub(crate) fn check_same_labels<T: PartialEq>(
    one: &[T],
    other: &[T],
) -> Result<(), EvaluationError> {
    if one.len() != other.len() {
        return Err(EvaluationError::NotPaired {
            problem: format!("one has {} rows, the other {}", one.len(), other.len()),
        });
    }
    match one.iter().zip(other).position(|(one, other)| one != other) {
        None => Ok(()),
        Some(row) => Err(EvaluationError::NotPaired {
            problem: format!("row {row} has another label"),
        }),
    }
}

/// The mean of values weighted by how often each is drawn.
pub(crate) fn mean(weights: &[u32], values: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u64);
    for (weight, value) in weights.iter().zip(values) {
        sum += f64::from(*weight) * value;
        count += u64::from(*weight);
    }
    sum / count as f64
}

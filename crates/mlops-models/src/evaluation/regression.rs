//! Numbers: what happened, what was predicted, and the metrics of the distance.

use std::fmt;

use mlops_data::Table;
use serde::{Deserialize, Serialize};

use super::bootstrap::{Bootstrap, Statistic};
use super::metric::{check_finite, check_length, check_rows, check_same_labels, mean};
use super::{Direction, Estimate, EvaluationError, Measured, Metric, Predictions, columns};

/// What happened, and what a model had said. At least one row; all numbers are finite.
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionPredictions {
    actual: Vec<f64>,
    predicted: Vec<f64>,
}

impl RegressionPredictions {
    /// What happened and what was predicted for each row, in the same order and unit.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, or a number is `NaN` or infinite.
    pub fn new(actual: &[f64], predicted: &[f64]) -> Result<Self, EvaluationError> {
        if actual.is_empty() && predicted.is_empty() {
            return Err(EvaluationError::NoRows);
        }
        check_length("predictions", predicted.len(), actual.len())?;
        check_finite("what happened", actual)?;
        check_finite("the prediction", predicted)?;
        Ok(Self {
            actual: actual.to_vec(),
            predicted: predicted.to_vec(),
        })
    }

    /// From two columns of numbers.
    ///
    /// # Errors
    /// There is no such column, it holds no numbers, a value is missing or `NaN`, or there are no rows.
    pub fn from_table(
        table: &Table,
        actual: &str,
        predicted: &str,
    ) -> Result<Self, EvaluationError> {
        let finite = |column| {
            let values = columns::numbers(table, column)?;
            check_finite(column, &values)?;
            Ok::<_, EvaluationError>(values)
        };
        Self::new(&finite(actual)?, &finite(predicted)?)
    }

    /// A baseline for the same rows, which always says this.
    ///
    /// # Errors
    /// It is `NaN` or infinite.
    pub fn answering(&self, value: f64) -> Result<Self, EvaluationError> {
        Self::new(&self.actual, &vec![value; self.actual.len()])
    }

    /// What happened less what was predicted, by row.
    pub fn residuals(&self) -> Vec<f64> {
        let rows = self.actual.iter().zip(&self.predicted);
        rows.map(|(actual, predicted)| actual - predicted).collect()
    }

    fn absolute(&self) -> Vec<f64> {
        self.residuals().into_iter().map(f64::abs).collect()
    }

    fn squares(&self) -> Vec<f64> {
        let squared = |residual: f64| residual * residual;
        self.residuals().into_iter().map(squared).collect()
    }
}

impl Predictions for RegressionPredictions {
    fn rows(&self) -> usize {
        self.actual.len()
    }

    fn take(&self, rows: &[usize]) -> Result<Self, EvaluationError> {
        check_rows(rows, self.rows())?;
        let of = |values: &[f64]| rows.iter().map(|row| values[*row]).collect();
        Ok(Self {
            actual: of(&self.actual),
            predicted: of(&self.predicted),
        })
    }

    fn check_paired(&self, other: &Self) -> Result<(), EvaluationError> {
        check_same_labels(&self.actual, &other.actual)
    }
}

/// A metric of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum RegressionMetric {
    /// The mean absolute error, in the unit of the target.
    Mae,
    /// The root of the mean square error, in the unit of the target: large errors count more.
    Rmse,
    /// The share of the variance that is explained: 1 less the square error by that of the mean of these rows. Below 0 where the
    /// mean would do better; it depends on how much the rows differ, so that test sets cannot be compared by it.
    R2,
    /// The mean of the absolute error by the absolute value of the target, as a share. It has no value where a target is 0; one
    /// near 0 outweighs all others; and since saying too little costs at most 1 and saying too much has no bound, it prefers the
    /// model that says too little.
    Mape,
    /// The median of the absolute error: what half of the rows stay below. It says nothing of the other half.
    MedianAbsoluteError,
    /// The mean pinball loss, of which the quantile is the best answer: what was too low costs `quantile`, what was too high
    /// 1 - `quantile`, by the distance.
    Pinball {
        /// Between 0 and 1.
        quantile: f64,
    },
}

impl RegressionMetric {
    /// All of them, the pinball loss at the median, where it is half the mean absolute error, left out.
    pub fn all() -> [Self; 5] {
        [
            Self::Mae,
            Self::Rmse,
            Self::R2,
            Self::Mape,
            Self::MedianAbsoluteError,
        ]
    }
}

impl fmt::Display for RegressionMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mae => f.write_str("mae"),
            Self::Rmse => f.write_str("rmse"),
            Self::R2 => f.write_str("r2"),
            Self::Mape => f.write_str("mape"),
            Self::MedianAbsoluteError => f.write_str("median_absolute_error"),
            Self::Pinball { quantile } => write!(f, "pinball_{quantile}"),
        }
    }
}

impl Metric for RegressionMetric {
    type Of = RegressionPredictions;

    fn name(&self) -> String {
        self.to_string()
    }

    fn direction(&self) -> Direction {
        match self {
            Self::R2 => Direction::HigherIsBetter,
            _ => Direction::LowerIsBetter,
        }
    }

    fn value(&self, of: &RegressionPredictions) -> Result<f64, EvaluationError> {
        let value = self.statistic(of)?(&vec![1; of.rows()]);
        if value.is_finite() {
            return Ok(value);
        }
        let problem = match self {
            Self::R2 => "the target is the same in all rows",
            _ => "the numbers are too large for a double",
        };
        Err(EvaluationError::undefined(self, problem))
    }

    fn estimate(
        &self,
        of: &RegressionPredictions,
        bootstrap: &Bootstrap,
    ) -> Result<Estimate, EvaluationError> {
        let (value, statistic) = (self.value(of)?, self.statistic(of)?);
        if *self == Self::MedianAbsoluteError {
            return bootstrap.percentile(&self.name(), of.rows(), value, &statistic);
        }
        bootstrap.bca(&self.name(), of.rows(), value, &statistic)
    }

    fn statistic<'a>(
        &self,
        of: &'a RegressionPredictions,
    ) -> Result<Statistic<'a>, EvaluationError> {
        Ok(match *self {
            Self::Mae => {
                let errors = of.absolute();
                Box::new(move |weights| mean(weights, &errors))
            }
            Self::Rmse => {
                let squares = of.squares();
                Box::new(move |weights| mean(weights, &squares).sqrt())
            }
            Self::R2 => {
                let squares = of.squares();
                // From about the middle, so that the square of the mean does not eat the digits of the variance.
                let middle = of.actual.iter().sum::<f64>() / of.rows() as f64;
                let distances: Vec<f64> = of.actual.iter().map(|value| value - middle).collect();
                let spread: Vec<f64> = distances.iter().map(|distance| distance.powi(2)).collect();
                let is_constant = of.actual.iter().all(|value| *value == of.actual[0]);
                Box::new(move |weights| {
                    let variance = mean(weights, &spread) - mean(weights, &distances).powi(2);
                    if is_constant || variance <= 0.0 {
                        return f64::NAN;
                    }
                    1.0 - mean(weights, &squares) / variance
                })
            }
            Self::Mape => {
                if let Some(row) = of.actual.iter().position(|value| *value == 0.0) {
                    return Err(EvaluationError::undefined(
                        self,
                        format!(
                            "row {row} has the target 0; take the mae, or leave such rows out and say so"
                        ),
                    ));
                }
                let rows = of.residuals();
                let rows = rows.iter().zip(&of.actual);
                let errors: Vec<f64> = rows.map(|(error, actual)| (error / actual).abs()).collect();
                Box::new(move |weights| mean(weights, &errors))
            }
            Self::MedianAbsoluteError => {
                let errors = of.absolute();
                let mut ascending: Vec<usize> = (0..errors.len()).collect();
                ascending.sort_unstable_by(|a, b| errors[*a].total_cmp(&errors[*b]));
                Box::new(move |weights| median(&errors, &ascending, weights))
            }
            Self::Pinball { quantile } => {
                if !(quantile > 0.0 && quantile < 1.0) {
                    return Err(EvaluationError::argument(
                        "the quantile of the pinball loss",
                        quantile,
                        "between 0 and 1",
                    ));
                }
                let loss = |error: f64| (quantile * error).max((quantile - 1.0) * error);
                let losses: Vec<f64> = of.residuals().into_iter().map(loss).collect();
                Box::new(move |weights| mean(weights, &losses))
            }
        })
    }
}

/// The median of values that are each there as often as their weight says.
fn median(values: &[f64], ascending: &[usize], weights: &[u32]) -> f64 {
    let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    let (mut passed, mut lower) = (0, None);
    for &row in ascending {
        passed += u64::from(weights[row]);
        if lower.is_none() && 2 * passed >= all && passed > 0 {
            lower = Some(values[row]);
        }
        if 2 * passed > all {
            return lower.map_or(f64::NAN, |lower| f64::midpoint(lower, values[row]));
        }
    }
    f64::NAN
}

/// Numbers: all metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionReport {
    /// How many rows there are.
    pub rows: usize,
    /// All of [`RegressionMetric::all`], and the pinball losses that were asked for.
    pub metrics: Vec<Measured>,
}

impl RegressionReport {
    /// All that is known of these predictions; `quantiles` are those that the model is asked for, if any.
    pub fn of(
        predictions: &RegressionPredictions,
        quantiles: &[f64],
        bootstrap: &Bootstrap,
    ) -> Self {
        let mut metrics = RegressionMetric::all().to_vec();
        let pinball = |quantile: &f64| RegressionMetric::Pinball {
            quantile: *quantile,
        };
        metrics.extend(quantiles.iter().map(pinball));
        Self {
            rows: predictions.rows(),
            metrics: Measured::all(&metrics, predictions, bootstrap),
        }
    }
}

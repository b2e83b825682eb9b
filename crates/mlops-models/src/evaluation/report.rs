//! All metrics of a task at once, as they stand in a record: each with its interval, or with the reason why there is none.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    BinaryConfusion, BinaryMetric, BinaryPredictions, Bootstrap, Direction, Estimate,
    EvaluationError, Metric, Predictions, ThresholdRow,
};

/// A metric as it was found: with an interval; as a value without one; or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The name of the metric.
    pub metric: String,
    /// Which way it is good.
    pub direction: Direction,
    /// The value, where there is one.
    pub value: Option<f64>,
    /// The value with its interval. Only this is evidence.
    pub estimate: Option<Estimate>,
    /// Why there is no interval, or no value.
    pub problem: Option<Problem>,
}

/// Why something could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The code of the error, such as `evaluation::one_class`.
    pub code: String,
    /// What it says.
    pub message: String,
}

impl From<&EvaluationError> for Problem {
    fn from(error: &EvaluationError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.to_string(),
        }
    }
}

impl Measured {
    /// The metric on these predictions.
    pub fn of<M: Metric>(metric: M, predictions: &M::Of, bootstrap: &Bootstrap) -> Self {
        let estimate = metric.estimate(predictions, bootstrap);
        Self {
            metric: metric.name(),
            direction: metric.direction(),
            value: metric.value(predictions).ok(),
            problem: estimate.as_ref().err().map(Problem::from),
            estimate: estimate.ok(),
        }
    }

    /// None of these metrics, for one reason.
    pub(crate) fn none<M: Metric>(metrics: &[M], error: &EvaluationError) -> Vec<Self> {
        let without = |metric: &M| Self {
            metric: metric.name(),
            direction: metric.direction(),
            value: None,
            estimate: None,
            problem: Some(Problem::from(error)),
        };
        metrics.iter().map(without).collect()
    }

    /// These metrics, in their order.
    pub fn all<M: Metric>(metrics: &[M], predictions: &M::Of, bootstrap: &Bootstrap) -> Vec<Self> {
        let measured = |metric: &M| Self::of(*metric, predictions, bootstrap);
        metrics.iter().map(measured).collect()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<18}", self.metric)?;
        match (&self.estimate, self.value, &self.problem) {
            (Some(estimate), _, _) => write!(f, "{estimate}"),
            (None, Some(value), Some(problem)) => write!(f, "{value:.4} ({})", problem.message),
            (None, _, problem) => {
                let message = problem.as_ref().map(|problem| problem.message.as_str());
                write!(f, "none ({})", message.unwrap_or_default())
            }
        }
    }
}

/// Two classes: all metrics, the decisions, and what other thresholds would give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinaryReport {
    /// How many rows there are.
    pub rows: usize,
    /// How many of them are positive.
    pub positives: usize,
    /// From which score on the answer is yes.
    pub threshold: f64,
    /// All of [`BinaryMetric::all`].
    pub metrics: Vec<Measured>,
    /// The decisions at the threshold.
    pub confusion: BinaryConfusion,
    /// The thresholds 0.1, 0.2, … 0.9 for probabilities; else nine scores, one for each tenth of the rows.
    pub thresholds: Vec<ThresholdRow>,
}

impl BinaryReport {
    /// All that is known of these predictions, with decisions at `threshold`.
    ///
    /// # Errors
    /// One of the classes is missing, or the threshold is `NaN`.
    pub fn of(
        predictions: &BinaryPredictions,
        threshold: f64,
        bootstrap: &Bootstrap,
    ) -> Result<Self, EvaluationError> {
        predictions.check_both_classes("an evaluation of two classes")?;
        let rows = predictions.rows();
        let thresholds: Vec<f64> = if predictions.check_probabilities("").is_ok() {
            (1..10).map(|tenth| f64::from(tenth) / 10.0).collect()
        } else {
            let descending = predictions.descending();
            (1..10)
                .map(|tenth| predictions.scores()[descending[(10 - tenth) * rows / 10]])
                .collect()
        };
        // The threshold of the caller first, so that a wrong one is an error of its own.
        predictions.threshold_table(&[threshold])?;
        Ok(Self {
            rows,
            positives: predictions.positives(),
            threshold,
            metrics: Measured::all(&BinaryMetric::all(threshold), predictions, bootstrap),
            confusion: predictions.confusion(threshold),
            thresholds: predictions.threshold_table(&thresholds)?,
        })
    }

    /// The metric of this name.
    pub fn metric(&self, name: &str) -> Option<&Measured> {
        self.metrics.iter().find(|measured| measured.metric == name)
    }
}

impl fmt::Display for BinaryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            positives,
            threshold,
            ..
        } = self;
        writeln!(
            f,
            "{rows} rows, {positives} positive, yes from {threshold} on"
        )?;
        for measured in &self.metrics {
            writeln!(f, "{measured}")?;
        }
        Ok(())
    }
}

//! How good predictions are.

use std::fmt;

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    AbsoluteError,
    SquaredError,
    LargestError,
}

/// Its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricValue {
    pub metric: Metric,
    pub value: f64,
}

impl Metric {
    /// Of predictions.
    pub fn of(self, predicted: &[f64], targets: &[f64]) -> MetricValue {
        let errors: Vec<f64> = predicted.iter().zip(targets).map(|(one, other)| (one - other).abs()).collect();
        let number = errors.len().max(1) as f64;
        let value = match self {
            Metric::AbsoluteError => errors.iter().sum::<f64>() / number,
            Metric::SquaredError => errors.iter().map(|error| error * error).sum::<f64>() / number,
            Metric::LargestError => errors.iter().fold(0.0, |largest: f64, error| largest.max(*error)),
        };
        MetricValue { metric: self, value }
    }
}

impl fmt::Display for MetricValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:.3}", self.metric, self.value)
    }
}

impl PartialOrd for MetricValue {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        if self.metric == other.metric { self.value.partial_cmp(&other.value) } else { None }
    }
}

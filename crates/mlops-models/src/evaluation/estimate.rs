//! A number with its interval, and the method of the interval with its source.

use std::fmt;

use mlops_data::statistics::{Interval, normal_upper_quantile, wilson};
use serde::{Deserialize, Serialize};

use super::EvaluationError;

/// How often the intervals of this module hold the true value.
pub const CONFIDENCE: f64 = 0.95;

/// The normal quantile of one half of what [`CONFIDENCE`] leaves out: 1.96.
pub(crate) fn normal_quantile() -> f64 {
    normal_upper_quantile((1.0 - CONFIDENCE) / 2.0)
}

/// Which way a metric is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better, as for the AUC.
    HigherIsBetter,
    /// Less is better, as for a loss.
    LowerIsBetter,
}

impl Direction {
    /// A difference of two values, positive where the first one is better.
    pub(crate) fn gain(self, difference: f64) -> f64 {
        match self {
            Self::HigherIsBetter => difference,
            Self::LowerIsBetter => -difference,
        }
    }
}

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntervalMethod {
    /// E. B. Wilson (1927), for a share.
    Wilson,
    /// E. DeLong, D. DeLong and D. Clarke-Pearson (1988): variance from placements; for one AUC on the logit scale, as
    /// M. S. Pepe (2003) has it, so that it stays below 1.
    DeLong,
    /// The score interval of R. G. Newcombe (2006, method 5) with the variance of J. Hanley and B. McNeil (1982): where the
    /// classes are separated, so that DeLong's variance is 0, or one of them has fewer than ten rows.
    HanleyMcNeil,
    /// B. Efron's bias-corrected and accelerated bootstrap (1987).
    Bca {
        /// How many resamples.
        resamples: usize,
        /// The seed of the draws.
        seed: u64,
    },
    /// Percentiles of the bootstrap: B. Efron (1979); for medians, for which the acceleration is not defined.
    Percentile {
        /// How many resamples.
        resamples: usize,
        /// The seed of the draws.
        seed: u64,
    },
    /// B. Efron (1979): 1.96 standard errors over the resamples, for a difference on the same rows.
    BootstrapError {
        /// How many resamples.
        resamples: usize,
        /// The seed of the draws.
        seed: u64,
    },
    /// A. Wald's: a coefficient and its standard error from the likelihood.
    Wald,
    /// R. G. Newcombe (1998, method 10): the difference of two independent shares, from their Wilson intervals.
    Newcombe,
    /// A. Donner and G. Zou (2012): the ratio of two independent shares, from their Wilson intervals.
    RatioOfShares,
    /// T. Tango (1998): the score interval for the difference of two paired shares.
    Tango,
    /// None was needed: two models gave the very same answers.
    Alike,
}

impl fmt::Display for IntervalMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wilson => write!(f, "Wilson"),
            Self::DeLong => write!(f, "DeLong"),
            Self::HanleyMcNeil => write!(f, "Hanley and McNeil, score"),
            Self::Bca { resamples, seed } => {
                write!(f, "BCa bootstrap, {resamples} resamples, seed {seed}")
            }
            Self::Percentile { resamples, seed } => {
                write!(
                    f,
                    "percentile bootstrap, {resamples} resamples, seed {seed}"
                )
            }
            Self::BootstrapError { resamples, seed } => write!(
                f,
                "standard error of the bootstrap, {resamples} resamples, seed {seed}"
            ),
            Self::Wald => write!(f, "Wald"),
            Self::Newcombe => write!(f, "Newcombe"),
            Self::RatioOfShares => write!(f, "Donner and Zou"),
            Self::Tango => write!(f, "Tango"),
            Self::Alike => write!(f, "alike"),
        }
    }
}

/// A value, and from where to where the true one is with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value on these rows, in the metric's own unit.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How the interval was made.
    pub method: IntervalMethod,
}

impl Estimate {
    pub(crate) fn new(value: f64, interval: Interval, method: IntervalMethod) -> Self {
        Self {
            value,
            low: interval.low,
            high: interval.high,
            method,
        }
    }

    /// A share with Wilson's interval; there must be trials.
    pub(crate) fn share(successes: u64, trials: u64) -> Result<Self, EvaluationError> {
        let interval = wilson(successes, trials, CONFIDENCE)?;
        let value = successes as f64 / trials as f64;
        Ok(Self::new(value, interval, IntervalMethod::Wilson))
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.4} ({:.4} to {:.4}, {})",
            self.value, self.low, self.high, self.method
        )
    }
}

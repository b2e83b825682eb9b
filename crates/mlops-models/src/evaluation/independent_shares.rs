//! The difference and the ratio of shares of two groups, with intervals made of the Wilson intervals of both.
//!
//! Wald's intervals have no width where a share is 0 or 1, and the logarithm of a ratio is not defined there. These stay sound:
//! R. G. Newcombe (1998, method 10) and A. Donner and G. Zou (2012).

use mlops_data::statistics::{Interval, wilson};

use super::{CONFIDENCE, Estimate, EvaluationError, IntervalMethod};

/// Successes among trials.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) successes: u64,
    pub(crate) trials: u64,
}

impl Share {
    pub(crate) fn value(self) -> f64 {
        self.successes as f64 / self.trials as f64
    }

    /// Its interval, so that `together` of them hold at once (C. Bonferroni).
    fn interval(self, together: usize) -> Result<Interval, EvaluationError> {
        let confidence = 1.0 - (1.0 - CONFIDENCE) / together as f64;
        Ok(wilson(self.successes, self.trials, confidence)?)
    }
}

/// `one` less `other`; both have trials.
pub(crate) fn difference(
    one: Share,
    other: Share,
    together: usize,
) -> Result<Estimate, EvaluationError> {
    let (p, q) = (one.value(), other.value());
    let (first, second) = (one.interval(together)?, other.interval(together)?);
    let interval = Interval {
        low: p - q - (p - first.low).hypot(second.high - q),
        high: p - q + (first.high - p).hypot(q - second.low),
    };
    Ok(Estimate::new(p - q, interval, IntervalMethod::Newcombe))
}

/// `one` by `other`, none where `other` is 0; both have trials.
pub(crate) fn ratio(
    one: Share,
    other: Share,
    together: usize,
) -> Result<Option<Estimate>, EvaluationError> {
    if other.successes == 0 {
        return Ok(None);
    }
    let (p, q) = (one.value(), other.value());
    let (first, second) = (one.interval(together)?, other.interval(together)?);
    // The ratios r at which p - r·q is 0 at an end of its own interval.
    let product = p * q;
    let root = |of_one: f64, of_other: f64| {
        let taken = of_one * (2.0 * p - of_one) * of_other * (2.0 * q - of_other);
        (product * product - taken).max(0.0).sqrt()
    };
    // The lower end in the form that has no 0/0 where the interval of `other` reaches to twice its share.
    let least = first.low * (2.0 * p - first.low);
    let interval = Interval {
        low: if least > 0.0 {
            least / (product + root(first.low, second.high))
        } else {
            0.0
        },
        high: (product + root(first.high, second.low)) / (second.low * (2.0 * q - second.low)),
    };
    let value = p / q;
    Ok(Some(Estimate::new(
        value,
        interval,
        IntervalMethod::RatioOfShares,
    )))
}

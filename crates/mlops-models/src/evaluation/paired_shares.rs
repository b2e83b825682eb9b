//! The interval of the difference of two shares on the same rows: T. Tango's (1998), by the score.
//!
//! The textbook's interval has no width where the two never differ, and a thousand rows without a difference would show as much
//! as ten. This one asks of each difference how likely the counts are under it, at the most likely shares that have it.

use super::estimate::normal_quantile;
use super::{Estimate, IntervalMethod};

/// Of `rows` pairs, `gained` are successes of the first only, `lost` of the second only.
pub(crate) fn tango(gained: u64, lost: u64, rows: u64) -> Estimate {
    let (b, c, n) = (gained as f64, lost as f64, rows as f64);
    let z = normal_quantile();
    let value = (b - c) / n;
    let is_far = |asked: f64| {
        // The share of pairs that are lost, at its most likely where the difference is what is asked.
        let linear = (2.0 * n - b + c) * asked - b - c;
        let constant = -c * asked * (1.0 - asked);
        let root = (linear * linear - 8.0 * n * constant).max(0.0).sqrt();
        let lost = ((root - linear) / (4.0 * n)).max(0.0);
        let variance = n * (2.0 * lost + asked * (1.0 - asked));
        (b - c - n * asked).powi(2) > z * z * variance
    };
    let end = |limit: f64| {
        let (mut near, mut far) = (value, limit);
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
    Estimate {
        value,
        low: end(-1.0),
        high: end(1.0),
        method: IntervalMethod::Tango,
    }
}

//! Where a sample lies and how wide it is, whatever a few of its values do.

use super::{Sample, StatisticsError};

/// The quantile at `share`, between neighbouring values in proportion (numpy's `linear`, R's type 7).
///
/// `share` is held between 0 and 1.
pub fn quantile(sample: &Sample, share: f64) -> f64 {
    let values = sample.values();
    let share = if share.is_nan() {
        0.0
    } else {
        share.clamp(0.0, 1.0)
    };
    let place = share * (values.len() - 1) as f64;
    let below = place.floor();
    let (low, high) = (values[below as usize], values[place.ceil() as usize]);
    let part = place - below;
    if low == high || part == 0.0 {
        low
    } else if part < 0.5 {
        low + (high - low) * part
    } else {
        // From above, as numpy does, so that the upper half mirrors the lower one.
        high - (high - low) * (1.0 - part)
    }
}

/// The median.
pub fn median(sample: &Sample) -> f64 {
    quantile(sample, 0.5)
}

/// The median distance from the median, as it is: times 1.4826 it estimates the standard deviation of a normal distribution.
///
/// Zero where more than half of the values are equal.
pub fn median_absolute_deviation(sample: &Sample) -> f64 {
    let values = sample.values();
    let centre = median(sample);
    // The distances of the values at or above the centre ascend, those below it descend: two sorted lists, merged to the middle.
    let split = sample.count_below(centre);
    let (below, above) = values.split_at(split);
    let distance_of = |value: f64| {
        if value == centre {
            0.0
        } else {
            (value - centre).abs()
        }
    };
    let mut low = below
        .iter()
        .rev()
        .map(|value| distance_of(*value))
        .peekable();
    let mut high = above.iter().map(|value| distance_of(*value)).peekable();
    let mut nth = || {
        let from_low = match (low.peek(), high.peek()) {
            (Some(a), Some(b)) => a <= b,
            (a, _) => a.is_some(),
        };
        if from_low { low.next() } else { high.next() }.unwrap_or_default()
    };
    let middle = (values.len() - 1) / 2;
    for _ in 0..middle {
        nth();
    }
    let first = nth();
    if values.len() % 2 == 1 {
        return first;
    }
    let second = nth();
    if first == second {
        first
    } else {
        first + (second - first) * 0.5
    }
}

/// The fences of J. W. Tukey's box plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fences {
    /// What is below is an outlier.
    pub low: f64,
    /// What is above is an outlier.
    pub high: f64,
}

impl Fences {
    /// Whether the value lies beyond a fence; one on a fence does not.
    pub fn is_outlier(&self, value: f64) -> bool {
        value < self.low || value > self.high
    }
}

/// The quartiles, less and plus `factor` times the distance between them; 1.5 is usual, 3 for what is far out.
///
/// # Errors
/// The factor is negative or no number.
pub fn interquartile_fences(sample: &Sample, factor: f64) -> Result<Fences, StatisticsError> {
    if !(factor >= 0.0 && factor.is_finite()) {
        return Err(StatisticsError::argument(
            "the factor",
            factor,
            "zero or more",
        ));
    }
    let (first, third) = (quantile(sample, 0.25), quantile(sample, 0.75));
    let reach = factor * (third - first);
    Ok(Fences {
        low: first - reach,
        high: third + reach,
    })
}

#[cfg(test)]
mod tests {
    use super::{interquartile_fences, median, median_absolute_deviation, quantile};
    use crate::statistics::oracles::{Draws, INPUTS, sample};

    fn slow_quantile(values: &[f64], share: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        // Piecewise linear through (i / (n-1), value i).
        let last = sorted.len() - 1;
        if last == 0 {
            return sorted[0];
        }
        let i = ((0..last).rev())
            .find(|i| *i as f64 / last as f64 <= share)
            .unwrap_or(0);
        let part = share * last as f64 - i as f64;
        (1.0 - part) * sorted[i] + part * sorted[i + 1]
    }

    #[test]
    fn quantiles_lie_on_the_line_through_the_values() {
        let mut draws = Draws::new(101);
        for _ in 0..INPUTS {
            let values = draws.values(50);
            let sample = sample(&values);
            let share = (draws.uniform() * 8.0).round() / 8.0;
            assert!((quantile(&sample, share) - slow_quantile(&values, share)).abs() < 1e-12);
            let centre = slow_quantile(&values, 0.5);
            assert!((median(&sample) - centre).abs() < 1e-12);
            let distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
            let expected = slow_quantile(&distances, 0.5);
            assert!(
                (median_absolute_deviation(&sample) - expected).abs() < 1e-12,
                "{values:?}"
            );
            let fences = interquartile_fences(&sample, 1.5).unwrap();
            let (q1, q3) = (slow_quantile(&values, 0.25), slow_quantile(&values, 0.75));
            assert!((fences.low - (q1 - 1.5 * (q3 - q1))).abs() < 1e-12);
            assert!((fences.high - (q3 + 1.5 * (q3 - q1))).abs() < 1e-12);
        }
    }

    #[test]
    fn a_value_on_the_fence_is_no_outlier() {
        let fences = interquartile_fences(&sample(&[0.0, 1.0, 2.0, 3.0, 4.0]), 1.5).unwrap();
        assert_eq!((fences.low, fences.high), (-2.0, 6.0));
        assert!(!fences.is_outlier(6.0) && fences.is_outlier(6.000_000_1));
        assert!(!fences.is_outlier(-2.0) && fences.is_outlier(-2.000_000_1));
        assert!(interquartile_fences(&sample(&[1.0]), f64::NAN).is_err());
    }

    #[test]
    fn infinities_do_not_make_nonsense() {
        let endless = sample(&[f64::NEG_INFINITY, 1.0, f64::INFINITY, f64::INFINITY]);
        assert_eq!(quantile(&endless, 1.0), f64::INFINITY);
        assert!(!quantile(&endless, 0.9).is_nan());
        assert!(!median_absolute_deviation(&sample(&[1.0, f64::INFINITY, 2.0])).is_nan());
    }
}

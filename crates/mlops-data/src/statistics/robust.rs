//! Where a sample lies and how wide it is, whatever a few of its values do.

use super::{QuantileDefinition, Sample, StatisticsError, quantile_by};

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

/// The median distance from the median, times this, estimates the standard deviation of a normal distribution.
pub(crate) const OF_MEDIAN_DISTANCE: f64 = 1.482_602_218_505_602;
/// The mean distance from the median, times this, estimates the same: the root of π/2.
const OF_MEAN_DISTANCE: f64 = 1.253_314_137_315_5;

/// An estimate of the standard deviation that a few wild values have no say in: 1.4826 times the median distance from the median.
///
/// Where more than half of the values are equal that distance is zero, and everything else would lie infinitely many of them
/// away. There the mean distance from the median takes its place, times 1.2533 (B. Iglewicz and D. C. Hoaglin 1993): larger where
/// there are wild values, but not zero. Zero only where all values that are finite are equal.
pub fn robust_deviation(sample: &Sample) -> f64 {
    let by_median = median_absolute_deviation(sample) * OF_MEDIAN_DISTANCE;
    if by_median > 0.0 && by_median.is_finite() {
        return by_median;
    }
    let centre = median(sample);
    let finite = sample.values().iter().filter(|value| value.is_finite());
    let (sum, count) = finite.fold((0.0, 0.0), |(sum, count), value| {
        (sum + (value - centre).abs(), count + 1.0)
    });
    let by_mean = sum / count * OF_MEAN_DISTANCE;
    if by_mean.is_finite() { by_mean } else { 0.0 }
}

/// The median, less and plus `factor` robust deviations; 3.5 is what Iglewicz and Hoaglin recommend.
///
/// # Errors
/// The factor is negative or no number.
pub fn median_fences(sample: &Sample, factor: f64) -> Result<Fences, StatisticsError> {
    let reach = checked(factor)? * robust_deviation(sample);
    let centre = median(sample);
    Ok(Fences {
        low: centre - reach,
        high: centre + reach,
    })
}

fn checked(factor: f64) -> Result<f64, StatisticsError> {
    if factor >= 0.0 && factor.is_finite() {
        return Ok(factor);
    }
    Err(StatisticsError::argument(
        "the factor",
        factor,
        "zero or more",
    ))
}

/// The values between which nothing is an outlier.
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
        // Fences that are no numbers keep nothing in.
        let is_within = value >= self.low && value <= self.high;
        !is_within
    }
}

/// J. W. Tukey's fences: the quartiles, less and plus `factor` times the distance between them; 1.5 is usual, 3 for what is far out.
///
/// # Errors
/// The factor is negative or no number.
pub fn interquartile_fences(sample: &Sample, factor: f64) -> Result<Fences, StatisticsError> {
    interquartile_fences_by(sample, factor, QuantileDefinition::Linear)
}

/// The same with the quartiles of another definition: tools that draw the same box plot put its fences in different places.
///
/// # Errors
/// The factor is negative or no number.
pub fn interquartile_fences_by(
    sample: &Sample,
    factor: f64,
    definition: QuantileDefinition,
) -> Result<Fences, StatisticsError> {
    let quartile = |share| quantile_by(sample, share, definition);
    let (first, third) = (quartile(0.25), quartile(0.75));
    let reach = checked(factor)? * (third - first);
    Ok(Fences {
        low: first - reach,
        high: third + reach,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        interquartile_fences, median, median_absolute_deviation, median_fences, quantile,
        robust_deviation,
    };
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
            let mean = distances.iter().sum::<f64>() / distances.len() as f64;
            let deviation = if expected > 0.0 {
                1.482_602_218_505_602 * expected
            } else {
                (std::f64::consts::PI / 2.0).sqrt() * mean
            };
            assert!((robust_deviation(&sample) - deviation).abs() < 1e-12);
            let fences = median_fences(&sample, 3.5).unwrap();
            assert!((fences.low - (centre - 3.5 * deviation)).abs() < 1e-11);
            assert!((fences.high - (centre + 3.5 * deviation)).abs() < 1e-11);
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
    fn where_most_values_are_equal_the_others_are_not_all_outliers() {
        // A sale is mostly of one piece; twelve are wild, two are not, though the median distance from the median is zero.
        let mut pieces = vec![1.0; 60];
        pieces.extend([2.0; 25]);
        pieces.extend([3.0; 14]);
        pieces.push(12.0);
        let pieces = sample(&pieces);
        assert_eq!(median_absolute_deviation(&pieces), 0.0);
        let fences = median_fences(&pieces, 3.5).unwrap();
        assert!(!fences.is_outlier(1.0) && !fences.is_outlier(3.0));
        assert!(fences.is_outlier(12.0), "{fences:?}");
        let constant = sample(&[5.0; 9]);
        assert_eq!(robust_deviation(&constant), 0.0);
        assert!(!median_fences(&constant, 3.5).unwrap().is_outlier(5.0));
        let endless = sample(&[1.0, 1.0, 1.0, 1.0, 3.0, f64::INFINITY]);
        let fences = median_fences(&endless, 3.5).unwrap();
        assert!(fences.is_outlier(f64::INFINITY) && !fences.is_outlier(1.0));
        assert!(median_fences(&constant, -1.0).is_err());
    }

    #[test]
    fn infinities_do_not_make_nonsense() {
        let endless = sample(&[f64::NEG_INFINITY, 1.0, f64::INFINITY, f64::INFINITY]);
        assert_eq!(quantile(&endless, 1.0), f64::INFINITY);
        assert!(!quantile(&endless, 0.9).is_nan());
        assert!(!median_absolute_deviation(&sample(&[1.0, f64::INFINITY, 2.0])).is_nan());
    }
}

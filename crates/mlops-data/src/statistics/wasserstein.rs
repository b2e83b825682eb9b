//! How far values must move to make one sample the other: Wasserstein's distance, also without the tails.

use super::sample::{Sample, steps};

/// Wasserstein's distance of order one, in the unit of the values: the area between the two distribution functions.
///
/// It has no bound: one value of 1e6 among 5,000 adds 200 to it. Use [`trimmed_wasserstein`] for a verdict.
pub fn wasserstein(reference: &Sample, current: &Sample) -> f64 {
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let (mut i, mut j) = (0.0, 0.0);
    let mut previous: Option<f64> = None;
    let mut area = 0.0;
    for step in steps(reference, current) {
        if let Some(previous) = previous {
            let gap = (i / n - j / m).abs();
            if gap > 0.0 {
                area += gap * (step.value - previous);
            }
        }
        i += step.in_first as f64;
        j += step.in_second as f64;
        previous = Some(step.value);
    }
    area
}

/// Wasserstein's distance over the reference's standard deviation, or over 0.001 if that is larger: Evidently's default for
/// more than 1,000 rows, with its threshold 0.1.
///
/// The floor makes what a nearly constant column says depend on its unit, and outliers move both parts.
pub fn wasserstein_over_deviation(reference: &Sample, current: &Sample) -> f64 {
    let values = reference.values();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / n;
    wasserstein(reference, current) / variance.sqrt().max(0.001)
}

/// The mean distance between equal quantiles of the two samples, from the quantile `trim` to `1 - trim`, in the unit of the values.
///
/// With `trim` 0 it is [`wasserstein`]. With 0.01, no value among the outer hundredth of either side has any influence, however
/// wild. `trim` is held between 0 and just below a half.
pub fn trimmed_wasserstein(reference: &Sample, current: &Sample, trim: f64) -> f64 {
    let (a, b) = (reference.values(), current.values());
    let (n, m) = (a.len() as f64, b.len() as f64);
    let trim = if trim.is_nan() {
        0.0
    } else {
        trim.clamp(0.0, 0.499)
    };
    let (low, high) = (trim, 1.0 - trim);
    // Both quantile functions are steps: value i holds from i/n to (i+1)/n.
    let place = |share: f64, size: f64| (share * size).floor().min(size - 1.0) as usize;
    let (mut i, mut j) = (place(low, n), place(low, m));
    let mut at = low;
    let mut sum = 0.0;
    while at < high && i < a.len() && j < b.len() {
        let (end_a, end_b) = ((i as f64 + 1.0) / n, (j as f64 + 1.0) / m);
        let end = end_a.min(end_b).min(high);
        if end > at && a[i] != b[j] {
            sum += (a[i] - b[j]).abs() * (end - at);
        }
        at = at.max(end);
        if end_a <= end {
            i += 1;
        }
        if end_b <= end {
            j += 1;
        }
    }
    sum / (high - low)
}

#[cfg(test)]
mod tests {
    use super::{trimmed_wasserstein, wasserstein, wasserstein_over_deviation};
    use crate::statistics::oracles::{Draws, INPUTS, sample};

    /// Each value repeated so that both lists are equally long: then it is the mean distance of the sorted lists.
    fn repeated(values: &[f64], times: usize) -> Vec<f64> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted
            .iter()
            .flat_map(|value| std::iter::repeat_n(*value, times))
            .collect()
    }

    #[test]
    fn it_is_the_mean_distance_of_equal_quantiles() {
        let mut draws = Draws::new(81);
        for _ in 0..INPUTS {
            let (a, b) = (draws.values(30), draws.values(30));
            let (long_a, long_b) = (repeated(&a, b.len() * 5), repeated(&b, a.len() * 5));
            let mean = |from: usize, to: usize| {
                let pairs = long_a[from..to].iter().zip(&long_b[from..to]);
                pairs.map(|(x, y)| (x - y).abs()).sum::<f64>() / (to - from) as f64
            };
            let (reference, current) = (sample(&a), sample(&b));
            let expected = mean(0, long_a.len());
            assert!((wasserstein(&reference, &current) - expected).abs() < 1e-12);
            assert!((trimmed_wasserstein(&reference, &current, 0.0) - expected).abs() < 1e-12);
            // A fifth of each end: a whole number of the repeated values.
            let cut = long_a.len() / 5;
            let expected = mean(cut, long_a.len() - cut);
            assert!((trimmed_wasserstein(&reference, &current, 0.2) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn one_wild_value_moves_the_plain_distance_and_not_the_trimmed_one() {
        let mut draws = Draws::new(82);
        let mut reference: Vec<f64> = (0..5_000).map(|_| draws.normal()).collect();
        let current = sample(&(0..5_000).map(|_| draws.normal() + 1.0).collect::<Vec<_>>());
        let scores = |reference: &[f64]| {
            let reference = sample(reference);
            [
                wasserstein_over_deviation(&reference, &current),
                trimmed_wasserstein(&reference, &current, 0.01),
            ]
        };
        let [plain, trimmed] = scores(&reference);
        reference[9] = 1e6;
        let [wild, still] = scores(&reference);
        assert!(
            plain > 0.9 && wild < 0.05,
            "{plain} {wild}: the shift is hidden"
        );
        assert!((trimmed / still - 1.0).abs() < 0.05, "{trimmed} {still}");
    }

    #[test]
    fn infinities_that_agree_are_no_distance() {
        let endless = sample(&[1.0, f64::INFINITY]);
        assert_eq!(trimmed_wasserstein(&endless, &endless, 0.0), 0.0);
        assert_eq!(wasserstein(&endless, &endless), 0.0);
        let finite = sample(&[1.0, 2.0]);
        assert_eq!(wasserstein(&endless, &finite), f64::INFINITY);
    }
}

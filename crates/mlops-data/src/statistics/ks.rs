//! The two-sample Kolmogorov–Smirnov test: how far two distribution functions are apart at most.

mod one_sample;
mod paths;

use super::TestResult;
use super::sample::{Sample, steps};

/// Samples up to this size get the exact distribution with [`KsMethod::Auto`], as scipy does.
const EXACT_UP_TO: usize = 10_000;

/// How the p-value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KsMethod {
    /// Exact up to 10,000 values a side, else asymptotic.
    #[default]
    Auto,
    /// The share of all ways to deal the values to the two sides that give a statistic as large. With ties it is an upper bound
    /// (the statistic is then one of fewer possible ones), so the test errs towards "nothing differs".
    Exact,
    /// The distribution of the one-sample statistic for `n·m / (n + m)` values, rounded: what scipy's `asymp` means.
    Asymptotic,
}

/// Tests whether two samples come from one distribution, by the largest distance D of their distribution functions.
///
/// A single wild value moves D by at most one over the size of its sample. Source: J. L. Hodges, "The significance probability
/// of the Smirnov two-sample test" (1958) for the exact distribution; R. Simard and P. L'Ecuyer, "Computing the two-sided
/// Kolmogorov–Smirnov distribution" (2011) for the other.
pub fn kolmogorov_smirnov(reference: &Sample, current: &Sample, method: KsMethod) -> TestResult {
    let (n, m) = (reference.len(), current.len());
    let distance = largest_gap(reference, current);
    let common = greatest_common_divisor(n as u64, m as u64);
    // The distance is a whole number of steps of 1/lcm(n, m).
    let steps = distance / common;
    let statistic = distance as f64 / (n as f64 * m as f64);
    let is_exact = match method {
        KsMethod::Exact => true,
        KsMethod::Asymptotic => false,
        KsMethod::Auto => n.max(m) <= EXACT_UP_TO,
    };
    let p_value = if is_exact {
        paths::probability_of_leaving(n as u64, m as u64, steps)
    } else {
        asymptotic_probability(n, m, statistic)
    };
    TestResult {
        statistic,
        p_value: p_value.clamp(0.0, 1.0),
    }
}

/// How probable it is that samples of these sizes are as far apart, by [`KsMethod::Asymptotic`].
pub(crate) fn asymptotic_probability(n: usize, m: usize, statistic: f64) -> f64 {
    let effective = (n as f64 * m as f64 / (n as f64 + m as f64)).round();
    one_sample::tail(effective.max(1.0), statistic).clamp(0.0, 1.0)
}

/// D times both sizes: a whole number, so that no rounding can decide a tie.
fn largest_gap(reference: &Sample, current: &Sample) -> u64 {
    let (n, m) = (reference.len() as i64, current.len() as i64);
    let (mut i, mut j, mut largest) = (0, 0, 0);
    for step in steps(reference, current) {
        i += step.in_first as i64;
        j += step.in_second as i64;
        largest = largest.max((i * m - j * n).abs());
    }
    largest.unsigned_abs()
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests;

//! Quantiles in a bounded space: within one percent of the value, in any order.
//!
//! A DDSketch (Masson et al. 2019) counts values in bins that grow by two percent, so a quantile is off by at most one
//! percent of itself; its counts are integers, so the order in which parts are merged does not matter. The bound is given
//! up only for a column whose magnitudes span more than 10^35: the smallest of them then share a bin.

use sketches_ddsketch::{Config, DDSketch};

/// The relative error of a quantile.
const RELATIVE_ERROR: f64 = 0.01;
const BINS: u32 = 4096;
/// Below this a value counts as zero: far below what anybody measures, so that units do not matter.
const SMALLEST: f64 = 1e-300;

/// The counts from which quantiles are read.
#[derive(Clone)]
pub(crate) struct Quantiles(DDSketch);

impl Default for Quantiles {
    fn default() -> Self {
        Self(DDSketch::new(Config::new(RELATIVE_ERROR, BINS, SMALLEST)))
    }
}

impl Quantiles {
    /// Adds a finite number.
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        // Zero has no sign here: the sketch keeps the least and the most, and of two that are equal the first.
        self.0.add(value + 0.0);
    }

    /// Adds what another one counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        // The only error is another configuration, and there is but one.
        let _ = self.0.merge(&other.0);
    }

    /// The value below which this share lies, from 0 to 1.
    pub(crate) fn at(&self, share: f64) -> Option<f64> {
        self.0.quantile(share).ok().flatten()
    }

    /// The quantiles at `0, 1/steps, …, 1`; nothing without a number.
    pub(crate) fn grid(&self, steps: u32) -> Vec<f64> {
        let shares = (0..=steps).map(|step| f64::from(step) / f64::from(steps));
        shares.filter_map(|share| self.at(share)).collect()
    }
}

/// How far the value may be that a quantile of so much stands for.
///
/// The promise of the sketch is relative to the value: |quantile − value| ≤ α·|value| (definition 1 of Masson, Rim and Lee,
/// *DDSketch*, VLDB 2019). So the value lies from quantile / (1 + α) to quantile / (1 − α), and the farther end is
/// α / (1 − α) of the quantile away.
pub(crate) fn uncertainty(quantile: f64) -> f64 {
    quantile.abs() * (RELATIVE_ERROR / (1.0 - RELATIVE_ERROR))
}

#[cfg(test)]
mod tests {
    use super::{Quantiles, uncertainty};

    #[test]
    fn the_true_value_is_never_farther_than_is_said() {
        for step in 0..20_000 {
            let value = 1.003_f64.powf(f64::from(step) / 20.0);
            for value in [value, -value] {
                let mut quantiles = Quantiles::default();
                for value in [value - 9e9, value, value + 9e9] {
                    quantiles.add(value);
                }
                let found = quantiles.at(0.5).unwrap();
                let error = (found - value).abs();
                assert!(error <= uncertainty(found), "{found} for {value}");
            }
        }
    }

    #[test]
    fn zeros_of_both_signs_are_one_value_in_any_order() {
        let of = |value: f64| {
            let mut quantiles = Quantiles::default();
            quantiles.add(value);
            quantiles
        };
        for [first, second] in [[0.0, -0.0], [-0.0, 0.0]] {
            let mut merged = of(first);
            merged.merge(&of(second));
            let bits: Vec<u64> = merged.grid(2).into_iter().map(f64::to_bits).collect();
            assert_eq!(bits, [0.0_f64.to_bits(); 3]);
        }
    }
}

//! What tests of statistics share: seeded draws, samples with and without ties, and how near two numbers must be.

use super::Sample;

pub(in crate::statistics) mod mpmath;

/// How many random inputs each statistic is held against its slow oracle.
pub(in crate::statistics) const INPUTS: u64 = 10_000;

/// Seeded random numbers: SplitMix64 (Steele, Lea, Flood 2014).
pub(in crate::statistics) struct Draws(u64);

impl Draws {
    pub(in crate::statistics) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    pub(in crate::statistics) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(in crate::statistics) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(in crate::statistics) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(in crate::statistics) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// One to `longest` numbers; every other time with ties, at times shifted.
    pub(in crate::statistics) fn values(&mut self, longest: u64) -> Vec<f64> {
        let length = 1 + self.below(longest);
        let grid = [0.0, 4.0, 16.0][self.below(3) as usize];
        let shift = [0.0, 0.0, 0.3][self.below(3) as usize];
        (0..length)
            .map(|_| {
                let value = self.uniform() + shift;
                if grid > 0.0 {
                    (value * grid).floor() / grid
                } else {
                    value
                }
            })
            .collect()
    }

    /// One to `most` counts from 0 to 29.
    pub(in crate::statistics) fn counts(&mut self, length: usize) -> Vec<u64> {
        (0..length).map(|_| self.below(30)).collect()
    }
}

pub(in crate::statistics) fn sample(values: &[f64]) -> Sample {
    Sample::new(values.to_vec()).unwrap()
}

/// Within `tolerance` of each other, relative to the larger.
#[track_caller]
pub(in crate::statistics) fn assert_near(found: f64, expected: f64, tolerance: f64) {
    let difference = (found - expected).abs();
    let allowed = (tolerance * found.abs().max(expected.abs())).max(1e-300);
    assert!(
        found == expected || difference <= allowed,
        "{found:e} is not {expected:e}: {:e} apart, relative",
        difference / expected.abs()
    );
}

//! What is asked of `statrs`.

use mlops::prelude::*;
use statrs::distribution::{ContinuousCDF, Gamma, Normal};
use statrs::statistics::Statistics;

/// How much of the standard normal distribution lies below.
#[stage]
pub fn normal_cdf(x: f64) -> f64 {
    Normal::new(0.0, 1.0).map_or(f64::NAN, |normal| normal.cdf(x))
}

/// What a tenth of a gamma distribution lies below.
#[stage]
pub fn gamma_quantile(shape: f64) -> f64 {
    Gamma::new(shape, 1.0).map_or(f64::NAN, |gamma| gamma.inverse_cdf(0.1))
}

/// How far numbers are from each other.
#[stage]
pub fn spread(numbers: Vec<f64>) -> f64 {
    numbers.variance()
}

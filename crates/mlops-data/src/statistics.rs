//! The statistics behind checks and reports: tests, distances, intervals, robust measures; pure functions over numbers.
//!
//! What tests and distances take is a [`Sample`]: sorted numbers, at least one of them, none of them `NaN`. Shares of
//! categories are plain slices, compared place by place. Where the field's tools disagree, each variant has a name of its own;
//! where one is wrong, ours follows the statistics, and the field's is still there by name.
//!
//! ```
//! use mlops_data::statistics::{KsMethod, Sample, kolmogorov_smirnov};
//!
//! let reference = Sample::new(vec![1.0, 2.0, 3.0, 4.0, 5.0])?;
//! let current = Sample::new(vec![4.5, 5.5, 6.5, 7.5, 8.5])?;
//! let test = kolmogorov_smirnov(&reference, &current, KsMethod::Exact);
//! assert_eq!(test.statistic, 0.8);
//! assert!((test.p_value - 0.0793650793650794).abs() < 1e-15);
//! # Ok::<(), mlops_data::statistics::StatisticsError>(())
//! ```

mod benjamini_hochberg;
mod binning;
mod chi_square;
mod confident_learning;
mod cramer_von_mises;
mod divergence;
mod error;
mod fisher;
mod ks;
mod mann_whitney;
mod proportion;
mod quantile_definition;
mod robust;
mod sample;
mod special;
mod wasserstein;

pub use benjamini_hochberg::benjamini_hochberg;
pub use binning::{Binning, binned_shares, category_shares, doane_edges, sturges_edges};
pub use chi_square::{HomogeneityTest, chi_square_homogeneity, chi_square_two_by_two_yates};
pub use confident_learning::{ConfidentLearning, LabelFilter, confident_learning};
pub use cramer_von_mises::cramer_von_mises;
pub use divergence::{
    JensenShannon, ZeroShares, hellinger, jensen_shannon, kullback_leibler, largest_difference,
    population_stability, total_variation,
};
pub use error::StatisticsError;
pub use fisher::fisher_exact;
pub(crate) use ks::asymptotic_probability;
pub use ks::{KsMethod, kolmogorov_smirnov};
pub use mann_whitney::mann_whitney;
pub use proportion::{
    Alternative, Interval, binomial_test, clopper_pearson, two_proportions, wilson,
};
pub use quantile_definition::{QuantileDefinition, quantile_by};
pub(crate) use robust::OF_MEDIAN_DISTANCE;
pub use robust::{
    Fences, interquartile_fences, interquartile_fences_by, median, median_absolute_deviation,
    median_fences, quantile, robust_deviation,
};
pub use sample::Sample;
pub(crate) use special::binomial_upper;
pub use special::{normal_tail as normal_upper_tail, normal_upper_quantile};
pub use wasserstein::{trimmed_wasserstein, wasserstein, wasserstein_over_deviation};

#[cfg(test)]
mod oracles;

/// What a test found: its statistic, and how probable one at least as far out is where nothing differs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    /// The statistic.
    pub statistic: f64,
    /// From 0 to 1.
    pub p_value: f64,
}

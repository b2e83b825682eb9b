//! How good a model is, and how sure that is: metrics with intervals, never a number alone.
//!
//! Predictions come with their labels, from slices or from columns of a [`Table`](mlops_data::Table): [`BinaryPredictions`],
//! [`MulticlassPredictions`], [`RegressionPredictions`]. A [`Metric`] gives an [`Estimate`]: the value, the interval that holds
//! the true one in 95 of 100 test sets, and the method of the interval. What cannot be computed is an [`EvaluationError`] with a
//! code; in a report it is a [`Measured`] without a value, with the reason. It is never a number that passes.
//!
//! Every interval here takes rows to be drawn independently of each other. Several rows of one customer, or neighbours in time,
//! carry less than they seem: keep one row of each, or read the intervals as too narrow.

mod artifact;
mod binary;
mod binary_metric;
mod bootstrap;
mod calibration;
mod columns;
mod comparison;
mod confusion;
mod curves;
mod delong;
mod error;
mod estimate;
mod fairness;
mod independent_shares;
mod metric;
mod multiclass;
mod paired_shares;
mod regression;
mod report;
mod slices;

pub use binary::BinaryPredictions;
pub use binary_metric::BinaryMetric;
pub use bootstrap::{Bootstrap, Statistic};
pub use calibration::{CalibrationBins, CalibrationReport, ReliabilityBin};
pub use comparison::{
    Comparison, ComparisonReport, ComparisonVerdict, PairedDifference, PairedTest,
};
pub use confusion::BinaryConfusion;
pub use curves::{PrecisionRecallPoint, RocPoint, ThresholdRow};
pub use error::EvaluationError;
pub use estimate::{CONFIDENCE, Direction, Estimate, IntervalMethod};
pub use fairness::{
    Fairness, FairnessReport, FairnessVerdict, GroupComparison, GroupRates, Rate, Spread, Tolerance,
};
pub use metric::{Metric, Predictions};
pub use multiclass::{ClassReport, MulticlassMetric, MulticlassPredictions, MulticlassReport};
pub use regression::{RegressionMetric, RegressionPredictions, RegressionReport};
pub use report::{BinaryReport, Measured, Problem};
pub use slices::{Slice, SliceReport, measure_slices};

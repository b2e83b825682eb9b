//! Models: judged on evidence before they may go anywhere.
//!
//! [`evaluation`] says how good a model is and how sure that is: each metric with its interval and the method behind it, on
//! the whole and on named slices, by group, and beside another model on the same rows.
//!
//! ```
//! use mlops_models::evaluation::{BinaryMetric, BinaryPredictions, Bootstrap, Metric};
//!
//! let labels: Vec<bool> = (0..200).map(|row| row % 3 == 0).collect();
//! let scores: Vec<f64> = (0..200).map(|row| f64::from((row * 37) % 100) / 100.0).collect();
//! let predictions = BinaryPredictions::new(&labels, &scores)?;
//! let auc = BinaryMetric::Auc.estimate(&predictions, &Bootstrap::default())?;
//! assert!(auc.low < auc.value && auc.value < auc.high);
//! # Ok::<(), mlops_models::evaluation::EvaluationError>(())
//! ```

pub mod evaluation;

//! Models that several projects use.

pub mod linear;
pub mod metric;
pub mod neighbours;
pub mod scaling;

pub use metric::{Metric, MetricValue};

/// What can be fitted and asked.
pub trait Model {
    /// Fits it to rows and what they are worth.
    fn fit(&mut self, rows: &[Vec<f64>], targets: &[f64]);

    /// What a row is worth.
    fn predict(&self, row: &[f64]) -> f64;

    /// What each row is worth.
    fn predict_all(&self, rows: &[Vec<f64>]) -> Vec<f64> {
        rows.iter().map(|row| self.predict(row)).collect()
    }

    /// Its name.
    fn name(&self) -> String;
}

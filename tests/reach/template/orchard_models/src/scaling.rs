//! Columns on one scale.

/// The mean and the deviation of each column.
#[derive(Clone, Debug, Default)]
pub struct Scaler {
    columns: Vec<(f64, f64)>,
}

impl Scaler {
    /// Of some rows.
    pub fn of(rows: &[Vec<f64>]) -> Self {
        let width = rows.first().map_or(0, Vec::len);
        let columns = (0..width).map(|at| {
            let column: Vec<f64> = rows.iter().map(|row| row[at]).collect();
            (mean(&column), deviation(&column))
        });
        Self { columns: columns.collect() }
    }

    /// A row on that scale.
    pub fn scaled(&self, row: &[f64]) -> Vec<f64> {
        let pairs = row.iter().zip(&self.columns);
        pairs.map(|(value, (mean, deviation))| (value - mean) / deviation.max(SMALLEST)).collect()
    }

    /// A row as it was.
    pub fn restored(&self, row: &[f64]) -> Vec<f64> {
        let pairs = row.iter().zip(&self.columns);
        pairs.map(|(value, (mean, deviation))| value * deviation + mean).collect()
    }
}

const SMALLEST: f64 = 1e-9;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: Vec<f64> = values.iter().map(|value| (value - middle).powi(2)).collect();
    mean(&squares).sqrt()
}

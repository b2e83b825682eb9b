//! A weighted sum.

use crate::Model;
use crate::scaling::Scaler;

/// Fitted by small steps.
#[derive(Clone, Debug)]
pub struct Linear {
    weights: Vec<f64>,
    bias: f64,
    rate: f64,
    steps: usize,
    scaler: Scaler,
}

impl Linear {
    /// With a rate and a number of steps.
    pub fn new(rate: f64, steps: usize) -> Self {
        Self { weights: Vec::new(), bias: 0.0, rate, steps, scaler: Scaler::default() }
    }

    fn step(&mut self, rows: &[Vec<f64>], targets: &[f64]) {
        let number = rows.len().max(1) as f64;
        for (row, target) in rows.iter().zip(targets) {
            let error = self.weighted(row) - target;
            for (weight, value) in self.weights.iter_mut().zip(row) {
                *weight -= self.rate * error * value / number;
            }
            self.bias -= self.rate * error / number;
        }
    }

    fn weighted(&self, row: &[f64]) -> f64 {
        self.bias + row.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f64>()
    }

    /// How much the largest weight is.
    pub fn largest(&self) -> f64 {
        self.weights.iter().fold(0.0, |largest, weight| weight.abs().max(largest))
    }
}

impl Model for Linear {
    fn fit(&mut self, rows: &[Vec<f64>], targets: &[f64]) {
        self.scaler = Scaler::of(rows);
        let scaled: Vec<Vec<f64>> = rows.iter().map(|row| self.scaler.scaled(row)).collect();
        self.weights = vec![0.0; rows.first().map_or(0, Vec::len)];
        for _ in 0..self.steps {
            self.step(&scaled, targets);
        }
    }

    fn predict(&self, row: &[f64]) -> f64 {
        self.weighted(&self.scaler.scaled(row))
    }

    fn name(&self) -> String {
        format!("linear after {} steps", self.steps)
    }
}

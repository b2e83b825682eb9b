//! What is near.

use crate::Model;

/// The mean of the nearest.
#[derive(Clone, Debug)]
pub struct Neighbours {
    number: usize,
    known: Vec<(Vec<f64>, f64)>,
}

impl Neighbours {
    /// Of so many.
    pub fn new(number: usize) -> Self {
        Self { number, known: Vec::new() }
    }
}

impl Model for Neighbours {
    fn fit(&mut self, rows: &[Vec<f64>], targets: &[f64]) {
        self.known = rows.iter().cloned().zip(targets.iter().copied()).collect();
    }

    fn predict(&self, row: &[f64]) -> f64 {
        let mut near: Vec<(f64, f64)> =
            self.known.iter().map(|(other, target)| (distance(row, other), *target)).collect();
        near.sort_by(|one, other| one.0.total_cmp(&other.0));
        near.truncate(self.number);
        near.iter().map(|(_, target)| target).sum::<f64>() / near.len().max(1) as f64
    }

    fn name(&self) -> String {
        format!("{} neighbours", self.number)
    }
}

fn distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

//! A line through the years.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

use crate::record::Harvest;
use crate::statistics::mean;

/// A straight line.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Artifact)]
pub struct Trend {
    pub slope: f64,
    pub intercept: f64,
}

impl Trend {
    /// The line that is nearest to the yields, by least squares.
    pub fn through(harvest: &Harvest) -> Self {
        let points: Vec<(f64, f64)> = harvest
            .records
            .iter()
            .filter_map(|record| Some((record.year as f64 - ORIGIN, record.bushels?)))
            .collect();
        let of = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).collect::<Vec<f64>>();
        let (x, y) = (of(|point| point.0), of(|point| point.1));
        let (middle_x, middle_y) = (mean(&x).unwrap_or(0.0), mean(&y).unwrap_or(0.0));
        let both: f64 = points.iter().map(|(x, y)| (x - middle_x) * (y - middle_y)).sum();
        let alone: f64 = x.iter().map(|x| (x - middle_x).powi(2)).sum();
        let slope = if alone == 0.0 { 0.0 } else { both / alone };
        Self { slope, intercept: middle_y - slope * middle_x }
    }

    /// What it says of a year.
    pub fn at(&self, year: i64) -> f64 {
        self.intercept + self.slope * (year as f64 - ORIGIN)
    }

    /// What it would be without any change.
    pub fn level(&self) -> Self {
        Self { slope: 0.0, ..*self }
    }
}

const ORIGIN: f64 = 2000.0;

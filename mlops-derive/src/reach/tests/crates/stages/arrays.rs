//! What is asked of `ndarray`.

use mlops::prelude::*;
use ndarray::{Array2, Axis};

/// A table of numbers.
fn table(side: u32) -> Array2<f64> {
    let side = side as usize;
    Array2::from_shape_fn((side, side), |(row, column)| (row * side + column) as f64)
}

/// The table times itself, row after row.
#[stage]
pub fn product(side: u32) -> Vec<f64> {
    let table = table(side);
    table.dot(&table).into_iter().collect()
}

/// The mean of each column.
#[stage]
pub fn means(side: u32) -> Vec<f64> {
    let means = table(side).mean_axis(Axis(0));
    means.into_iter().flatten().collect()
}

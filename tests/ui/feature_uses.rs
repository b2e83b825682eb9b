//! Features of features that do not fit.

use mlops::prelude::*;

/// Years since the contract began.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
fn tenure_years(tenure: f64) -> f64 {
    tenure / 12.0
}

/// Takes it as something else.
#[mlops::feature(entity = "customer", owner = "growth-ml", uses(tenure_years))]
fn wrong_type(tenure_years: bool) -> bool {
    tenure_years
}

/// A plain function.
fn plain(tenure: f64) -> f64 {
    tenure
}

/// The sum of texts.
#[mlops::feature(entity = "customer", owner = "growth-ml", over = "7d")]
fn sum_of_texts(name: &Window<String>) -> f64 {
    name.sum()
}

struct Plain;

fn main() {
    let _ = plain(1.0);
    let _ = features![Plain];
}

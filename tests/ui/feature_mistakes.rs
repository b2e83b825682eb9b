//! Features that are none, each for one reason.

use mlops::prelude::*;

/// Without an entity.
#[mlops::feature(owner = "growth-ml")]
fn no_entity(tenure: f64) -> f64 {
    tenure
}

#[mlops::feature(entity = "customer", owner = "growth-ml")]
fn no_description(tenure: f64) -> f64 {
    tenure
}

/// With a pattern for a name.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
fn pattern((a, b): (f64, f64)) -> f64 {
    a + b
}

/// Of a type that columns do not have.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
fn wrong_type(tenure: u32) -> f64 {
    f64::from(tenure)
}

/// For every type.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
fn generic<T>(tenure: f64) -> f64 {
    tenure
}

/// Later.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
async fn later(tenure: f64) -> f64 {
    tenure
}

/// A window without an end.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
fn endless(amount: &Window<f64>) -> f64 {
    amount.sum()
}

/// With an option that there is not, and one that is there twice.
#[mlops::feature(entity = "customer", ownr = "growth-ml", owner = "a", owner = "b")]
fn options(tenure: f64) -> f64 {
    tenure
}

/// Which may fail.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
fn fails(tenure: f64) -> Result<f64> {
    Ok(tenure)
}

fn main() {
    let _ = features![no_entity, generic, endless, fails];
}

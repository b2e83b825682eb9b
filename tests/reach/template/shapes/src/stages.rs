//! A stage that a library brings along.

use mlops::prelude::*;

use crate::Polygon;

/// The number of corners.
#[stage]
pub fn corners() -> i64 {
    Polygon::new(&[2, 3, 4]).len() as i64 + margin()
}

fn margin() -> i64 {
    100
}

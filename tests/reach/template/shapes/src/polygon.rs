//! Polygons by the lengths of their sides.

use measures::{Length, metres};

/// A polygon.
#[derive(Clone, Debug)]
pub struct Polygon {
    sides: Vec<i64>,
}

impl Polygon {
    /// A polygon with these sides, in metres.
    pub fn new(sides: &[i64]) -> Self {
        Self {
            sides: sides.to_vec(),
        }
    }

    /// How many sides it has.
    pub fn len(&self) -> usize {
        self.sides.len()
    }

    /// Whether it has no sides.
    pub fn is_empty(&self) -> bool {
        self.sides.is_empty()
    }

    /// Once around.
    pub fn perimeter(&self) -> Length {
        around(&self.sides)
    }
}

fn around(sides: &[i64]) -> Length {
    sides
        .iter()
        .fold(metres(0), |sum, side| sum + metres(*side))
}

//! From numbers to lengths.

use crate::Length;

/// So many metres.
pub fn metres(number: i64) -> Length {
    Length::new(number * PER_METRE)
}

/// So many feet.
pub fn from_feet(number: i64) -> Length {
    Length::new(number * 305)
}

const PER_METRE: i64 = 1000;

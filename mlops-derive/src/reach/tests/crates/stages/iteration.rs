//! What is asked of `itertools`.

use itertools::Itertools;
use mlops::prelude::*;

/// Numbers in order.
#[stage]
pub fn sorted(numbers: Vec<i64>) -> Vec<i64> {
    numbers.into_iter().sorted().collect()
}

/// Each two of some numbers.
#[stage]
pub fn pairs(numbers: Vec<i64>) -> String {
    let pairs = numbers.into_iter().tuple_combinations();
    pairs.map(|(one, other)| one * other).join(", ")
}

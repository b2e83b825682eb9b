//! The first link.

use super::second;

pub fn start(number: i64) -> i64 {
    second::middle(number) + 1
}

//! A chain through three files.

pub mod first;
pub mod second;

pub fn offset() -> i64 {
    10
}

//! One number.

/// The number.
pub fn number() -> i64 {
    2
}

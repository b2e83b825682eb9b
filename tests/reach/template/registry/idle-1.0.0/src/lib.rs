//! Nobody calls this.

/// The number.
pub fn number() -> i64 {
    1
}

//! Nobody calls this, but it asks for a feature of a crate that is called.

/// The number.
pub fn number() -> i64 {
    2
}

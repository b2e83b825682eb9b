//! The scale of the map.

/// The scale.
pub fn factor() -> i64 {
    fineness() * 5
}

#[cfg(feature = "fine")]
fn fineness() -> i64 {
    10
}

#[cfg(not(feature = "fine"))]
fn fineness() -> i64 {
    1
}

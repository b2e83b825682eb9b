//! The weather, by default.

pub fn days() -> i64 {
    92
}

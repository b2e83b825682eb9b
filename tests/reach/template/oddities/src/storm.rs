//! The weather, with the feature `loud`.

pub fn days() -> i64 {
    90
}

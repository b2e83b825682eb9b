//! Winter.

pub fn days() -> i64 {
    90
}

//! Declared by a macro.

pub(crate) fn metres() -> i64 {
    500
}

//! In the folder of an inline module.

pub(crate) fn metres() -> i64 {
    400
}

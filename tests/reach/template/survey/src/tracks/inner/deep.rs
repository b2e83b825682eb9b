//! By a path inside an inline module.

pub(crate) fn metres() -> i64 {
    300
}

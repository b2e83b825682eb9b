//! Where a line is.

use std::panic::Location;

pub fn here() -> i64 {
    i64::from(line!())
}

#[track_caller]
pub fn caller() -> i64 {
    i64::from(Location::caller().line())
}

pub fn between() -> i64 {
    caller()
}

//! Types with derives that are not the compiler's.

use marks::{Documented, Maker, Tally};

/// Counted by a derive.
#[derive(Tally)]
pub struct Record {
    pub width: i64,
    pub height: i64,
}

/// A post at the corner of a field.
#[derive(Documented)]
pub struct Post;

/// Nobody names it: only what is written beside it.
#[derive(Maker)]
pub struct Pond {
    pub depth: i64,
}

pub fn pond_depth() -> i64 {
    7
}

/// A pond that is dry.
pub fn pond_width() -> i64 {
    8
}

#[marks::tenfold]
pub fn fields() -> i64 {
    6
}

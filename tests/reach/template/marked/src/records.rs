//! Types with derives that are not the compiler's.

use marks::{Documented, Tally};

/// Counted by a derive.
#[derive(Tally)]
pub struct Record {
    pub width: i64,
    pub height: i64,
}

/// A post at the corner of a field.
#[derive(Documented)]
pub struct Post;

#[marks::tenfold]
pub fn fields() -> i64 {
    6
}

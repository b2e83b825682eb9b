//! What an event of a window may hold.

use std::cmp::Ordering;
use std::fmt;

use arrow_array::{Array, ArrayRef};
use mlops_data::Moments;

use crate::definition::{booleans, integers, numbers, texts};

/// The value of an event: `f64`, `i64`, `bool` or `String`.
pub trait WindowValue: Clone + fmt::Debug + sealed::Sealed {
    /// The values of a column; none if it holds something else.
    #[doc(hidden)]
    fn read(column: &ArrayRef) -> Option<Vec<Option<Self>>>;

    /// An order of all values: that in which columns of them are sorted.
    #[doc(hidden)]
    fn compared(&self, other: &Self) -> Ordering;

    /// Whether two values count as one.
    #[doc(hidden)]
    fn is_same(&self, other: &Self) -> bool {
        self.compared(other).is_eq()
    }

    /// Whether it is no number.
    #[doc(hidden)]
    fn is_nan(&self) -> bool {
        false
    }
}

/// A value that can be summed: `f64`, `i64` or `bool`.
#[diagnostic::on_unimplemented(
    message = "a window of `{Self}` has no sum",
    label = "sums, means and deviations are of `f64`, `i64` and `bool`",
    note = "a window of texts has `count`, `distinct`, `first`, `last`, `min` and `max`"
)]
pub trait WindowNumber: WindowValue {
    /// Adds the value.
    #[doc(hidden)]
    fn add_to(&self, moments: &mut Moments);
}

mod sealed {
    /// Columns of other types would need a form of their own.
    pub trait Sealed {}

    impl Sealed for f64 {}
    impl Sealed for i64 {}
    impl Sealed for bool {}
    impl Sealed for String {}
}

impl WindowValue for f64 {
    fn read(column: &ArrayRef) -> Option<Vec<Option<Self>>> {
        Some(numbers(column)?.iter().collect())
    }

    fn compared(&self, other: &Self) -> Ordering {
        // Zeros differ by their sign, so that no order of reading decides which is the last.
        self.total_cmp(other)
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other || (self.is_nan() && other.is_nan())
    }

    fn is_nan(&self) -> bool {
        Self::is_nan(*self)
    }
}

impl WindowNumber for f64 {
    fn add_to(&self, moments: &mut Moments) {
        moments.add(*self);
    }
}

impl WindowValue for i64 {
    fn read(column: &ArrayRef) -> Option<Vec<Option<Self>>> {
        Some(integers(column)?.iter().collect())
    }

    fn compared(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

impl WindowNumber for i64 {
    fn add_to(&self, moments: &mut Moments) {
        moments.add_integer(i128::from(*self));
    }
}

impl WindowValue for bool {
    fn read(column: &ArrayRef) -> Option<Vec<Option<Self>>> {
        Some(booleans(column)?.iter().collect())
    }

    fn compared(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

impl WindowNumber for bool {
    fn add_to(&self, moments: &mut Moments) {
        moments.add_integer(i128::from(*self));
    }
}

impl WindowValue for String {
    fn read(column: &ArrayRef) -> Option<Vec<Option<Self>>> {
        let column = texts(column)?;
        let values =
            (0..column.len()).map(|row| column.is_valid(row).then(|| column.value(row).to_owned()));
        Some(values.collect())
    }

    fn compared(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

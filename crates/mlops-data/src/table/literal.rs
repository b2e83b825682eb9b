//! Tables written down in a test: `table! { "tenure" => [1, 2] }`.

use std::sync::Arc;

use arrow_array::types::{Date32Type, TimestampMicrosecondType};
use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, PrimitiveArray, StringArray,
    UInt32Array, UInt64Array,
};

use super::Table;

/// Writes down a table, for tests and examples: names and values of its columns.
///
/// A column is an array, a slice or a `Vec` of `i64`, `i32`, `u32`, `u64`, `f64`, `f32`, `bool`, `&str`, `String`,
/// [`jiff::civil::Date`] or [`jiff::Timestamp`], or of `Option`s of them, or an Arrow array. Every column may hold nulls.
///
/// A number without a suffix is an `i32` to Rust, which cannot be told from one that was asked for; and what a reader finds
/// in a file is 64 bits wide. So `i32` makes a column of 64-bit integers too.
///
/// # Panics
/// The columns have different lengths, or two have the same name.
///
/// ```
/// use mlops_data::table;
/// let table = table! {
///     "name" => ["a", "b"],
///     "tenure" => [1, 2],
///     "total" => [Some(1.5), None],
///     "unknown" => [None::<i64>, None],
/// };
/// assert_eq!(table.rows(), 2);
/// assert_eq!(table.integers("tenure").unwrap(), [Some(1), Some(2)]);
/// ```
#[macro_export]
macro_rules! table {
    ($($name:expr => $values:expr),* $(,)?) => {
        $crate::__private::literal::table(::std::vec![
            $((
                ::std::string::String::from($name),
                $crate::__private::IntoColumn::into_column($values),
            )),*
        ])
    };
}

/// The table that the macro wrote down.
#[expect(
    clippy::panic,
    reason = "a table that is written down wrongly is a mistake in the test"
)]
#[track_caller]
pub fn table(columns: Vec<(String, ArrayRef)>) -> Table {
    match Table::from_columns(columns) {
        Ok(table) => table,
        Err(error) => panic!("this table! cannot be: {error}"),
    }
}

/// Values that make a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` makes no column of a table",
    label = "no column",
    note = "a column is an array, slice or `Vec` of numbers, booleans, texts, dates or times, or of `Option`s of them"
)]
pub trait IntoColumn {
    /// The column.
    fn into_column(self) -> ArrayRef;
}

/// A value of a column.
pub trait Cell: Sized {
    /// The column of these values.
    fn column(values: impl Iterator<Item = Option<Self>>) -> ArrayRef;
}

/// A value of a column, or none.
pub trait MaybeCell {
    /// The value.
    type Cell: Cell;

    /// The value, if there is one.
    fn into_cell(self) -> Option<Self::Cell>;
}

impl<T: Cell> MaybeCell for Option<T> {
    type Cell = T;

    fn into_cell(self) -> Self {
        self
    }
}

macro_rules! cells {
    ($($cell:ty => |$values:ident| $array:expr;)*) => {$(
        impl Cell for $cell {
            fn column($values: impl Iterator<Item = Option<Self>>) -> ArrayRef {
                Arc::new($array)
            }
        }

        impl MaybeCell for $cell {
            type Cell = Self;

            fn into_cell(self) -> Option<Self> {
                Some(self)
            }
        }
    )*};
}

cells! {
    i64 => |values| Int64Array::from_iter(values);
    i32 => |values| values.map(|value| value.map(i64::from)).collect::<Int64Array>();
    u32 => |values| UInt32Array::from_iter(values);
    u64 => |values| UInt64Array::from_iter(values);
    f64 => |values| Float64Array::from_iter(values);
    f32 => |values| Float32Array::from_iter(values);
    bool => |values| BooleanArray::from_iter(values);
    &str => |values| StringArray::from_iter(values);
    String => |values| StringArray::from_iter(values);
    jiff::civil::Date => |values| values.map(|value| value.map(days)).collect::<PrimitiveArray<Date32Type>>();
    jiff::Timestamp => |values| values
        .map(|value| value.map(jiff::Timestamp::as_microsecond))
        .collect::<PrimitiveArray<TimestampMicrosecondType>>()
        .with_timezone("UTC");
}

/// Days since 1970.
fn days(date: jiff::civil::Date) -> i32 {
    let hours = date
        .duration_since(jiff::civil::date(1970, 1, 1))
        .as_hours();
    // Jiff's dates end in the year 9999: the days fit 32 bits many times over.
    i32::try_from(hours / 24).unwrap_or_default()
}

impl<T: MaybeCell, const N: usize> IntoColumn for [T; N] {
    fn into_column(self) -> ArrayRef {
        T::Cell::column(self.into_iter().map(T::into_cell))
    }
}

impl<T: MaybeCell> IntoColumn for Vec<T> {
    fn into_column(self) -> ArrayRef {
        T::Cell::column(self.into_iter().map(T::into_cell))
    }
}

impl<T: MaybeCell + Clone> IntoColumn for &[T] {
    fn into_column(self) -> ArrayRef {
        T::Cell::column(self.iter().cloned().map(T::into_cell))
    }
}

impl IntoColumn for ArrayRef {
    fn into_column(self) -> ArrayRef {
        self
    }
}

//! A single row: what a request brings, and what it is answered.

use std::collections::BTreeMap;
use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use mlops_data::__private::IntoColumn;
use serde::{Deserialize, Serialize};

/// The value of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing.
    Missing,
    /// A truth value.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl Cell {
    /// The number in it; an integer is one, too.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(*value),
            Self::Integer(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// Whether it is the same value, to the bit: `NaN` is itself, and `-0.0` is not `0.0`.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => one.to_bits() == two.to_bits(),
            (one, two) => one == two,
        }
    }

    /// The cell of a column in one row, as the widest value of its kind; none where cells hold no such values.
    pub fn read(column: &ArrayRef, row: usize) -> Option<Self> {
        let found = column.data_type();
        let wanted = if found.is_integer() {
            DataType::Int64
        } else if found.is_numeric() {
            DataType::Float64
        } else if matches!(found, DataType::LargeUtf8 | DataType::Utf8View) {
            DataType::Utf8
        } else {
            return Self::of(column, row);
        };
        Self::of(&arrow_cast::cast(&column.slice(row, 1), &wanted).ok()?, 0)
    }

    /// The cell of a column of the types that features make.
    pub(crate) fn of(column: &ArrayRef, row: usize) -> Option<Self> {
        if column.is_null(row) || *column.data_type() == DataType::Null {
            return Some(Self::Missing);
        }
        Some(match column.data_type() {
            DataType::Float64 => Self::Number(column.as_primitive::<Float64Type>().value(row)),
            DataType::Int64 => Self::Integer(column.as_primitive::<Int64Type>().value(row)),
            DataType::Boolean => Self::Boolean(column.as_boolean().value(row)),
            DataType::Utf8 => Self::Text(column.as_string::<i32>().value(row).to_owned()),
            _ => return None,
        })
    }

    /// A column of this one cell.
    pub(crate) fn column(&self) -> ArrayRef {
        match self {
            Self::Missing => arrow_array::new_null_array(&DataType::Null, 1),
            Self::Boolean(value) => [*value].into_column(),
            Self::Integer(value) => [*value].into_column(),
            Self::Number(value) => [*value].into_column(),
            Self::Text(value) => [value.as_str()].into_column(),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

macro_rules! cells {
    ($($value:ty => $variant:ident),*) => {$(
        impl From<$value> for Cell {
            fn from(value: $value) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

cells!(f64 => Number, i64 => Integer, bool => Boolean, String => Text, &str => Text);

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// A row by the names of its columns.
///
/// ```
/// use mlops_features::{Cell, Row};
/// let row = Row::from([("tenure_months", Cell::from(30.0)), ("plan", Cell::from("yearly"))]);
/// assert_eq!(row.get("plan"), Some(&Cell::Text("yearly".to_owned())));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Row(BTreeMap<String, Cell>);

impl Row {
    /// A row without columns.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The row with this cell.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, cell: impl Into<Cell>) -> Self {
        self.0.insert(name.into(), cell.into());
        self
    }

    /// The cell of a column.
    pub fn get(&self, name: &str) -> Option<&Cell> {
        self.0.get(name)
    }

    /// The cells by name, in the order of the names.
    pub fn cells(&self) -> impl Iterator<Item = (&str, &Cell)> {
        self.0.iter().map(|(name, cell)| (name.as_str(), cell))
    }
}

impl<N: Into<String>, const LENGTH: usize> From<[(N, Cell); LENGTH]> for Row {
    fn from(cells: [(N, Cell); LENGTH]) -> Self {
        Self(
            cells
                .into_iter()
                .map(|(name, cell)| (name.into(), cell))
                .collect(),
        )
    }
}

impl FromIterator<(String, Cell)> for Row {
    fn from_iter<I: IntoIterator<Item = (String, Cell)>>(cells: I) -> Self {
        Self(cells.into_iter().collect())
    }
}

//! Where two tables begin to differ: in their columns, in a cell, in how many rows there are.

use std::fmt;

use arrow_array::{Array, ArrayRef};
use arrow_cast::display::{ArrayFormatter, FormatOptions};

use super::Table;
use super::display::showable;
use crate::DataError;

/// Where two tables begin to differ.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableDifference {
    /// A column has another name, another type, or is there only once.
    Column {
        /// Its place, from 0.
        position: usize,
        /// Name and type in the one table, if it is there.
        one: Option<String>,
        /// Name and type in the other.
        other: Option<String>,
    },
    /// A cell has another value.
    Cell {
        /// The name of the column.
        column: String,
        /// The row, from 0.
        row: usize,
        /// How many columns have other values anywhere.
        columns: usize,
        /// The value in the one table.
        one: String,
        /// The value in the other.
        other: String,
    },
    /// The one begins as the other does, and ends earlier.
    Rows {
        /// The rows of the one table.
        one: usize,
        /// The rows of the other.
        other: usize,
    },
}

impl fmt::Display for TableDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column {
                position,
                one,
                other,
            } => {
                let said =
                    |column: &Option<String>| column.clone().unwrap_or_else(|| "none".to_owned());
                write!(f, "column {position}: {} → {}", said(one), said(other))
            }
            Self::Cell {
                column,
                row,
                columns,
                one,
                other,
            } => {
                write!(f, "column {column}, row {row}: {one} → {other}")?;
                match columns {
                    0 | 1 => Ok(()),
                    more => write!(f, " ({more} columns differ)"),
                }
            }
            Self::Rows { one, other } => write!(f, "{one} rows → {other} rows"),
        }
    }
}

impl Table {
    /// Where another table begins to differ from this one; nothing if they are equal, to the bit.
    ///
    /// # Errors
    /// A value cannot be shown as text.
    pub fn first_difference(&self, other: &Self) -> Result<Option<TableDifference>, DataError> {
        let (mine, theirs) = (self.schema().fields(), other.schema().fields());
        for position in 0..mine.len().max(theirs.len()) {
            let (one, two) = (mine.get(position), theirs.get(position));
            if one != two {
                let said = |field: Option<&arrow_schema::FieldRef>| {
                    let field = field?;
                    Some(format!("{} ({})", field.name(), field.data_type()))
                };
                return Ok(Some(TableDifference::Column {
                    position,
                    one: said(one),
                    other: said(two),
                }));
            }
        }
        let rows = self.rows().min(other.rows());
        let mut first: Option<(usize, String, ArrayRef, ArrayRef)> = None;
        let mut columns = 0;
        for name in self.columns() {
            let (one, two) = (self.column(name)?, other.column(name)?);
            let Some(row) = first_row(&one, &two, rows) else {
                continue;
            };
            columns += 1;
            if first.as_ref().is_none_or(|(earliest, ..)| row < *earliest) {
                first = Some((row, name.to_owned(), one, two));
            }
        }
        if let Some((row, column, one, two)) = first {
            return Ok(Some(TableDifference::Cell {
                column,
                row,
                columns,
                one: cell(&one, row)?,
                other: cell(&two, row)?,
            }));
        }
        Ok(
            (self.rows() != other.rows()).then(|| TableDifference::Rows {
                one: self.rows(),
                other: other.rows(),
            }),
        )
    }
}

/// The first of so many rows that differs: halves are compared as a whole, which is much faster than row by row.
fn first_row(one: &ArrayRef, other: &ArrayRef, rows: usize) -> Option<usize> {
    let differ = |start: usize, length: usize| {
        one.slice(start, length).to_data() != other.slice(start, length).to_data()
    };
    let (mut start, mut length) = (0, rows);
    if !differ(start, length) {
        return None;
    }
    while length > 1 {
        let half = length / 2;
        if differ(start, half) {
            length = half;
        } else {
            start += half;
            length -= half;
        }
    }
    Some(start)
}

fn cell(column: &ArrayRef, row: usize) -> Result<String, DataError> {
    let column = showable(column)?;
    let options = FormatOptions::new().with_null("null");
    let formatter = ArrayFormatter::try_new(&column, &options)?;
    Ok(formatter.value(row).try_to_string()?)
}

#[cfg(test)]
mod tests {
    use crate::{Table, table};

    fn said(one: &Table, other: &Table) -> String {
        let found = one.first_difference(other).unwrap();
        found.map_or_else(String::new, |found| found.to_string())
    }

    #[test]
    fn the_first_cell_that_differs_is_named_with_its_column_and_row() {
        let one = table! { "shop" => ["a", "b", "c"], "sales" => [1.0, 2.0, 3.0] };
        let other = table! { "shop" => ["a", "b", "x"], "sales" => [1.0, 2.5, 3.0] };
        assert_eq!(
            said(&one, &other),
            "column sales, row 1: 2.0 → 2.5 (2 columns differ)"
        );
        assert_eq!(said(&one, &one), "");
        let null = table! { "shop" => [Some("a"), None, Some("c")], "sales" => [1.0, 2.0, 3.0] };
        assert_eq!(said(&one, &null), "column shop, row 1: b → null");
    }

    #[test]
    fn bits_count_and_not_only_values() {
        let one = table! { "x" => [0.0] };
        let other = table! { "x" => [-0.0] };
        assert_eq!(said(&one, &other), "column x, row 0: 0.0 → -0.0");
    }

    #[test]
    fn columns_come_before_cells_and_the_number_of_rows_comes_last() {
        let one = table! { "x" => [1_i64, 2] };
        let renamed = table! { "y" => [1_i64, 2] };
        assert_eq!(said(&one, &renamed), "column 0: x (Int64) → y (Int64)");
        let wider = table! { "x" => [1_i64, 2], "y" => [1_i64, 2] };
        assert_eq!(said(&one, &wider), "column 1: none → y (Int64)");
        let longer = table! { "x" => [1_i64, 2, 3] };
        assert_eq!(said(&one, &longer), "2 rows → 3 rows");
        let other = table! { "x" => [1_i64, 5, 3] };
        assert_eq!(said(&one, &other), "column x, row 1: 2 → 5");
    }

    #[test]
    fn the_first_of_many_rows_is_found() {
        let rows: Vec<i64> = (0..10_000).collect();
        for at in [0_usize, 1, 4_999, 5_000, 9_999] {
            let mut changed = rows.clone();
            changed[at] = -1;
            let (one, other) = (table! { "x" => rows.clone() }, table! { "x" => changed });
            assert_eq!(said(&one, &other), format!("column x, row {at}: {at} → -1"));
        }
    }
}

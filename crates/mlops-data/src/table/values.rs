//! Columns as Rust values.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::DataType;

use super::Table;
use crate::DataError;

impl Table {
    /// A column of numbers or booleans (as 0 and 1), `None` where it is null.
    ///
    /// Integers beyond 2^53 and decimals are rounded to the nearest double.
    ///
    /// # Errors
    /// There is no such column, or it holds no numbers.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>, DataError> {
        let fits = |t: &DataType| t.is_numeric() || *t == DataType::Boolean;
        let column = self.typed(name, "a number or boolean", fits)?;
        let column = cast(&column, &DataType::Float64)?;
        Ok(column.as_primitive::<Float64Type>().iter().collect())
    }

    /// A column of integers or booleans (as 0 and 1), `None` where it is null.
    ///
    /// # Errors
    /// There is no such column, it holds no integers, or one of them is beyond 64 bits with sign.
    pub fn integers(&self, name: &str) -> Result<Vec<Option<i64>>, DataError> {
        let fits = |t: &DataType| t.is_integer() || *t == DataType::Boolean;
        let column = self.typed(name, "an integer or boolean", fits)?;
        let strict = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        let Ok(integers) = cast_with_options(&column, &DataType::Int64, &strict) else {
            let lossy = cast(&column, &DataType::Int64)?;
            let row = (0..column.len()).find(|row| lossy.is_null(*row) && column.is_valid(*row));
            return Err(DataError::Value {
                name: name.to_owned(),
                row: row.unwrap_or_default(),
                problem: format!("the value is larger than {}", i64::MAX),
            });
        };
        Ok(integers.as_primitive::<Int64Type>().iter().collect())
    }

    /// A column of texts, `None` where it is null.
    ///
    /// # Errors
    /// There is no such column, or it holds no texts.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<String>>, DataError> {
        let column = self.typed(name, "a text", is_text)?;
        let column = cast(&column, &DataType::LargeUtf8)?;
        let texts = column.as_string::<i64>().iter();
        Ok(texts.map(|text| text.map(str::to_owned)).collect())
    }

    /// A column of booleans, `None` where it is null.
    ///
    /// # Errors
    /// There is no such column, or it holds no booleans.
    pub fn booleans(&self, name: &str) -> Result<Vec<Option<bool>>, DataError> {
        let column = self.typed(name, "a boolean", |t| *t == DataType::Boolean)?;
        let column = cast(&column, &DataType::Boolean)?;
        Ok(column.as_boolean().iter().collect())
    }

    /// A column whose type `fits`; a column of nothing but nulls fits everywhere.
    fn typed(
        &self,
        name: &str,
        expected: &'static str,
        fits: impl Fn(&DataType) -> bool,
    ) -> Result<ArrayRef, DataError> {
        let column = self.column(name)?;
        let found = column.data_type();
        if fits(found) || *found == DataType::Null {
            return Ok(column);
        }
        Err(DataError::ColumnType {
            name: name.to_owned(),
            found: found.to_string(),
            expected,
        })
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

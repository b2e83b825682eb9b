//! The inputs of a feature over the rows of a table: columns by type, and windows.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayAccessor, ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray,
};
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::DataType;
use mlops_data::__private::IntoColumn;

use super::{Definition, FeatureInput};
use crate::FeatureError;
use crate::point_in_time::EventIndex;
use crate::window::{WindowColumn, WindowValue};

/// What a feature is computed from, for all rows at once.
#[derive(Debug)]
pub struct Inputs {
    definition: &'static Definition,
    rows: usize,
    sources: Vec<InputSource>,
}

/// Where one input comes from.
#[derive(Debug)]
pub(crate) enum InputSource {
    /// A value for each row.
    Column(ArrayRef),
    /// A column of events, and how far back each row looks.
    Windows(Arc<EventIndex>, i64, ArrayRef),
}

impl Inputs {
    pub(crate) fn new(
        definition: &'static Definition,
        rows: usize,
        sources: Vec<InputSource>,
    ) -> Self {
        Self {
            definition,
            rows,
            sources,
        }
    }

    fn column(&self, position: usize) -> Result<(&'static FeatureInput, &ArrayRef), FeatureError> {
        match (
            self.definition.inputs.get(position),
            self.sources.get(position),
        ) {
            (
                Some(input),
                Some(InputSource::Column(column) | InputSource::Windows(_, _, column)),
            ) => Ok((input, column)),
            _ => Err(FeatureError::NotComputable {
                feature: self.definition.name.to_owned(),
            }),
        }
    }

    fn wrong_type(&self, input: &FeatureInput, found: &DataType) -> FeatureError {
        FeatureError::ColumnType {
            feature: self.definition.name,
            column: input.name.to_owned(),
            found: found.to_string(),
            expected: input.value.expected(),
            parameter: input.value.name(),
        }
    }

    /// A column of numbers; integers are read as numbers, too: a column of amounts has no cents on some days.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn numbers(&self, position: usize) -> Result<Float64Array, FeatureError> {
        let (input, column) = self.column(position)?;
        numbers(column).ok_or_else(|| self.wrong_type(input, column.data_type()))
    }

    /// A column of integers.
    ///
    /// # Errors
    /// The column holds something else, or an integer beyond 64 bits with sign.
    pub fn integers(&self, position: usize) -> Result<Int64Array, FeatureError> {
        let (input, column) = self.column(position)?;
        integers(column).ok_or_else(|| self.wrong_type(input, column.data_type()))
    }

    /// A column of booleans.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn booleans(&self, position: usize) -> Result<BooleanArray, FeatureError> {
        let (input, column) = self.column(position)?;
        booleans(column).ok_or_else(|| self.wrong_type(input, column.data_type()))
    }

    /// A column of texts.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn texts(&self, position: usize) -> Result<StringArray, FeatureError> {
        let (input, column) = self.column(position)?;
        texts(column).ok_or_else(|| self.wrong_type(input, column.data_type()))
    }

    /// The windows over a column of events.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn windows<T: WindowValue>(
        &self,
        position: usize,
    ) -> Result<WindowColumn<T>, FeatureError> {
        let (input, column) = self.column(position)?;
        let values = T::read(column).ok_or_else(|| self.wrong_type(input, column.data_type()))?;
        match self.sources.get(position) {
            Some(InputSource::Windows(index, length, _)) => {
                let index = Arc::clone(index);
                Ok(WindowColumn::of(index, *length, column, &values)?)
            }
            _ => Err(FeatureError::NotComputable {
                feature: self.definition.name.to_owned(),
            }),
        }
    }
}

/// One value of a column, if it is there.
pub fn at<A: ArrayAccessor>(column: A, row: usize) -> Option<A::Item> {
    column.is_valid(row).then(|| column.value(row))
}

/// The column of what `value` makes of each row.
///
/// # Errors
/// None so far; a value that cannot be made would be one.
pub fn collect<T>(
    inputs: &Inputs,
    value: impl Fn(usize) -> Option<T>,
) -> Result<ArrayRef, FeatureError>
where
    Vec<Option<T>>: IntoColumn,
{
    let values: Vec<Option<T>> = (0..inputs.rows).map(value).collect();
    Ok(values.into_column())
}

pub(crate) fn numbers(column: &ArrayRef) -> Option<Float64Array> {
    let found = column.data_type();
    let fits = found.is_numeric() || *found == DataType::Null;
    let column = fits.then(|| cast(column, &DataType::Float64).ok())??;
    Some(column.as_primitive::<Float64Type>().clone())
}

pub(crate) fn integers(column: &ArrayRef) -> Option<Int64Array> {
    let found = column.data_type();
    let fits = found.is_integer() || *found == DataType::Null;
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let column = fits.then(|| cast_with_options(column, &DataType::Int64, &strict).ok())??;
    Some(column.as_primitive::<Int64Type>().clone())
}

pub(crate) fn booleans(column: &ArrayRef) -> Option<BooleanArray> {
    let found = column.data_type();
    let fits = matches!(found, DataType::Boolean | DataType::Null);
    let column = fits.then(|| cast(column, &DataType::Boolean).ok())??;
    Some(column.as_boolean().clone())
}

pub(crate) fn texts(column: &ArrayRef) -> Option<StringArray> {
    let fits = matches!(
        column.data_type(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null
    );
    let column = fits.then(|| cast(column, &DataType::Utf8).ok())??;
    Some(column.as_string::<i32>().clone())
}

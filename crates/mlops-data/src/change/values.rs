//! What a column holds, read once: numbers, or how often each text occurs, and how many values are missing.

use std::collections::{BTreeMap, HashMap};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, ArrayRef, DictionaryArray};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit};

use super::ColumnKind;
use super::origin::Origin;
use crate::DataError;
use crate::profile::MOST_CATEGORIES;

/// A column of one table.
pub(super) struct Column {
    pub(super) values: Values,
    pub(super) missing: usize,
}

/// Its values that are not missing.
pub(super) enum Values {
    /// Numbers; times as seconds or days.
    Numbers(Vec<f64>),
    /// Texts or booleans.
    Texts(Texts),
    /// Lists, structs, bytes: only how many are there.
    Other { present: usize },
}

/// Texts, counted.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) present: usize,
    /// How often each occurs; nothing once there are more than are categories.
    pub(super) counts: Option<HashMap<String, u64>>,
    /// How often each length in characters occurs.
    pub(super) lengths: BTreeMap<usize, u64>,
}

/// The kind that a type alone tells; texts may turn out to be [`ColumnKind::Text`].
pub(super) fn kind_of(data_type: &DataType) -> ColumnKind {
    match data_type {
        DataType::Boolean | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            ColumnKind::Categorical
        }
        DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_) => ColumnKind::Time,
        other if other.is_numeric() => ColumnKind::Numeric,
        _ => ColumnKind::Other,
    }
}

/// The unit that times of a type are counted in.
pub(super) fn unit_of(data_type: &DataType) -> Option<&'static str> {
    match data_type {
        DataType::Date32 | DataType::Date64 => Some("days"),
        DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_) => Some("seconds"),
        _ => None,
    }
}

/// Reads a column whole.
pub(super) fn read(origin: &Origin, column: usize) -> Result<Column, DataError> {
    let data_type = origin.schema().field(column).data_type().clone();
    let mut missing = 0;
    let values = match kind_of(&data_type) {
        ColumnKind::Numeric | ColumnKind::Time => {
            let mut numbers = Vec::with_capacity(origin.rows());
            origin.visit(column, |array| append_numbers(array, &mut numbers))?;
            missing = origin.rows() - numbers.len().min(origin.rows());
            Values::Numbers(numbers)
        }
        ColumnKind::Categorical | ColumnKind::Text => {
            let mut texts = Texts {
                counts: Some(HashMap::new()),
                ..Texts::default()
            };
            origin.visit(column, |array| {
                missing += texts.append(array)?;
                Ok(())
            })?;
            Values::Texts(texts)
        }
        ColumnKind::Other => {
            origin.visit(column, |array| {
                missing += array.logical_null_count();
                Ok(())
            })?;
            let present = origin.rows().saturating_sub(missing);
            Values::Other { present }
        }
    };
    Ok(Column { values, missing })
}

/// Numbers as doubles, without those that are null or `NaN`.
fn append_numbers(array: &ArrayRef, numbers: &mut Vec<f64>) -> Result<(), DataError> {
    let array = floats(array)?;
    let array = array.as_primitive::<Float64Type>();
    if array.null_count() == 0 {
        numbers.extend(array.values().iter().filter(|value| !value.is_nan()));
    } else {
        numbers.extend(array.iter().flatten().filter(|value| !value.is_nan()));
    }
    Ok(())
}

/// Numbers, or times in their unit, as doubles; nulls stay.
pub(super) fn floats(array: &ArrayRef) -> Result<ArrayRef, DataError> {
    let scale = match array.data_type() {
        DataType::Float64 => return Ok(ArrayRef::clone(array)),
        DataType::Date64 => 86_400_000.0,
        DataType::Timestamp(unit, _)
        | DataType::Time32(unit)
        | DataType::Time64(unit)
        | DataType::Duration(unit) => match unit {
            TimeUnit::Second => 1.0,
            TimeUnit::Millisecond => 1e3,
            TimeUnit::Microsecond => 1e6,
            TimeUnit::Nanosecond => 1e9,
        },
        _ => 1.0,
    };
    let is_small = matches!(array.data_type(), DataType::Date32 | DataType::Time32(_));
    let array = if scale != 1.0 || kind_of(array.data_type()) == ColumnKind::Time {
        // Arrow casts no time to a double, but each to an integer of its width.
        let whole = if is_small {
            DataType::Int32
        } else {
            DataType::Int64
        };
        cast(&cast(array, &whole)?, &DataType::Float64)?
    } else {
        cast(array, &DataType::Float64)?
    };
    if scale == 1.0 {
        return Ok(array);
    }
    let scaled = array
        .as_primitive::<Float64Type>()
        .unary::<_, Float64Type>(|value| value / scale);
    Ok(std::sync::Arc::new(scaled))
}

impl Texts {
    /// Counts the texts of a batch; says how many are missing.
    fn append(&mut self, array: &ArrayRef) -> Result<usize, DataError> {
        if let DataType::Dictionary(keys, _) = array.data_type() {
            if **keys == DataType::Int32 {
                return self.append_dictionary(array.as_dictionary::<Int32Type>());
            }
            let DataType::Dictionary(_, value) = array.data_type() else {
                return Ok(0);
            };
            return self.append(&cast(array, value)?);
        }
        if let Some(booleans) = array.as_boolean_opt() {
            let trues = booleans.true_count() as u64;
            let all = (booleans.len() - booleans.null_count()) as u64;
            for (text, count) in [("false", all - trues), ("true", trues)] {
                self.add(text, count);
            }
            return Ok(booleans.null_count());
        }
        let texts = cast(array, &DataType::LargeUtf8)?;
        for text in texts.as_string::<i64>().iter().flatten() {
            self.add(text, 1);
        }
        Ok(texts.null_count())
    }

    fn append_dictionary(
        &mut self,
        array: &DictionaryArray<Int32Type>,
    ) -> Result<usize, DataError> {
        let values = cast(array.values(), &DataType::LargeUtf8)?;
        let values = values.as_string::<i64>();
        let mut counts = vec![0_u64; values.len()];
        let mut missing = 0;
        for key in array.keys() {
            match key.and_then(|key| counts.get_mut(usize::try_from(key).ok()?)) {
                Some(count) => *count += 1,
                None => missing += 1,
            }
        }
        for (index, count) in counts.into_iter().enumerate() {
            if values.is_null(index) {
                missing += count as usize;
            } else {
                self.add(values.value(index), count);
            }
        }
        Ok(missing)
    }

    fn add(&mut self, text: &str, times: u64) {
        if times == 0 {
            return;
        }
        self.present += times as usize;
        *self.lengths.entry(text.chars().count()).or_default() += times;
        if let Some(counts) = &mut self.counts {
            if let Some(count) = counts.get_mut(text) {
                *count += times;
            } else if counts.len() < MOST_CATEGORIES {
                counts.insert(text.to_owned(), times);
            } else {
                self.counts = None;
            }
        }
    }

    /// The lengths, one by one.
    pub(super) fn lengths(&self) -> Vec<f64> {
        let pairs = self.lengths.iter();
        pairs
            .flat_map(|(length, times)| std::iter::repeat_n(*length as f64, *times as usize))
            .collect()
    }
}

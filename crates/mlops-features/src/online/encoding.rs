//! The features of an event as bytes that compare as the events do: column by column, null the least.
//!
//! So that SQLite itself can say which of two events of the same times wins, as the join of the past does.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, LargeStringArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::DataType;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OnlineError;
use super::answer::FeatureValue;
use crate::point_in_time::Resolution;

/// What a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FeatureKind {
    Integer,
    Number,
    Text,
    Boolean,
    Moment,
}

impl FeatureKind {
    pub(super) fn of(column: &str, data_type: &DataType) -> Result<Self, OnlineError> {
        Ok(match data_type {
            kind if kind.is_integer() => Self::Integer,
            kind if kind.is_floating() => Self::Number,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Boolean => Self::Boolean,
            DataType::Timestamp(..) | DataType::Date32 => Self::Moment,
            found => {
                return Err(OnlineError::ValueType {
                    column: column.to_owned(),
                    found: found.to_string(),
                });
            }
        })
    }
}

/// A column of features, ready to be written.
pub(super) enum FeatureColumn {
    Integer(Int64Array),
    Number(Float64Array),
    Text(LargeStringArray),
    Boolean(BooleanArray),
    Moment(ScalarBuffer<i64>, Option<NullBuffer>),
}

impl FeatureColumn {
    pub(super) fn of(name: &str, array: &ArrayRef, kind: FeatureKind) -> Result<Self, OnlineError> {
        // A number that does not fit fails; the default makes it null.
        let strict = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        let empty = *array.data_type() == DataType::Null;
        Ok(match kind {
            FeatureKind::Integer => {
                let array = cast_with_options(array, &DataType::Int64, &strict)?;
                Self::Integer(array.as_primitive::<Int64Type>().clone())
            }
            FeatureKind::Number => {
                let array = cast_with_options(array, &DataType::Float64, &strict)?;
                Self::Number(array.as_primitive::<Float64Type>().clone())
            }
            FeatureKind::Text => Self::Text(
                cast(array, &DataType::LargeUtf8)?
                    .as_string::<i64>()
                    .clone(),
            ),
            FeatureKind::Boolean => {
                Self::Boolean(cast(array, &DataType::Boolean)?.as_boolean().clone())
            }
            FeatureKind::Moment if empty => Self::Moment(
                vec![0; array.len()].into(),
                Some(NullBuffer::new_null(array.len())),
            ),
            FeatureKind::Moment => {
                let (times, nulls) = Resolution::Nanosecond.times(name, array)?;
                Self::Moment(times, nulls)
            }
        })
    }

    fn write(&self, row: usize, bytes: &mut Vec<u8>) {
        let is_null = match self {
            Self::Integer(array) => array.is_null(row),
            Self::Number(array) => array.is_null(row),
            Self::Text(array) => array.is_null(row),
            Self::Boolean(array) => array.is_null(row),
            Self::Moment(_, nulls) => nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)),
        };
        if is_null {
            bytes.push(0);
            return;
        }
        bytes.push(1);
        match self {
            Self::Integer(array) => bytes.extend(ordered(array.value(row)).to_be_bytes()),
            Self::Number(array) => bytes.extend(ordered_number(array.value(row)).to_be_bytes()),
            Self::Boolean(array) => bytes.push(u8::from(array.value(row))),
            Self::Moment(times, _) => bytes.extend(ordered(times[row]).to_be_bytes()),
            Self::Text(array) => {
                // A text ends before one that goes on: the end is less than any byte that stands for itself.
                for byte in array.value(row).bytes() {
                    bytes.push(byte);
                    if byte == 0 {
                        bytes.push(0xff);
                    }
                }
                bytes.extend([0, 0]);
            }
        }
    }
}

/// The features of a row.
pub(super) fn write(columns: &[FeatureColumn], row: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(columns.len() * 9);
    columns
        .iter()
        .for_each(|column| column.write(row, &mut bytes));
    bytes
}

const SIGN: u64 = 1 << 63;

/// The same order, without signs.
fn ordered(value: i64) -> u64 {
    value.cast_unsigned() ^ SIGN
}

/// The total order of IEEE 754.
fn ordered_number(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits ^ SIGN } else { !bits }
}

fn number(ordered: u64) -> f64 {
    f64::from_bits(if ordered & SIGN == 0 {
        !ordered
    } else {
        ordered ^ SIGN
    })
}

/// The features that were written; nothing if these bytes were not.
pub(super) fn read(mut bytes: &[u8], kinds: &[FeatureKind]) -> Option<Vec<Option<FeatureValue>>> {
    let mut values = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let (present, rest) = bytes.split_first()?;
        bytes = rest;
        if *present == 0 {
            values.push(None);
            continue;
        }
        values.push(Some(match kind {
            FeatureKind::Integer => FeatureValue::Integer((word(&mut bytes)? ^ SIGN).cast_signed()),
            FeatureKind::Number => FeatureValue::Number(number(word(&mut bytes)?)),
            FeatureKind::Moment => {
                FeatureValue::Moment(moment((word(&mut bytes)? ^ SIGN).cast_signed()))
            }
            FeatureKind::Boolean => {
                let (value, rest) = bytes.split_first()?;
                bytes = rest;
                FeatureValue::Boolean(*value == 1)
            }
            FeatureKind::Text => FeatureValue::Text(text(&mut bytes)?),
        }));
    }
    bytes.is_empty().then_some(values)
}

fn word(bytes: &mut &[u8]) -> Option<u64> {
    let (word, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_be_bytes(*word))
}

fn text(bytes: &mut &[u8]) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if *byte == 0 {
            let (after, rest) = bytes.split_first()?;
            *bytes = rest;
            if *after == 0 {
                return String::from_utf8(text).ok();
            }
        }
        text.push(*byte);
    }
}

/// A moment that is counted in nanoseconds.
pub(super) fn moment(nanoseconds: i64) -> Timestamp {
    // Every count of 64 bits is within the years that a timestamp has.
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::MAX)
}

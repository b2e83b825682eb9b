//! A column's values by kind, whatever the width in which they are stored.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef, BooleanArray, PrimitiveArray, StringArray};
use arrow_array::{LargeStringArray, StringViewArray};
use arrow_buffer::NullBuffer;
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, TimeUnit};
use serde::{Deserialize, Serialize};

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnKind {
    /// True or false.
    Boolean,
    /// Whole numbers.
    Integer,
    /// Numbers with a fraction.
    Number,
    /// Texts.
    Text,
    /// Days.
    Date,
    /// Moments, with a zone or without.
    Time,
    /// No value at all.
    Null,
    /// Lists, structures, bytes: only counted.
    Other,
}

impl ColumnKind {
    /// The kind of an Arrow type.
    pub fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean,
            kind if kind.is_integer() => Self::Integer,
            kind if kind.is_floating() => Self::Number,
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Self::Number,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Timestamp(..) => Self::Time,
            DataType::Dictionary(_, values) => Self::of(values),
            _ => Self::Other,
        }
    }

    /// Whether values of it have an order and a distance.
    pub(crate) fn is_measured(self) -> bool {
        matches!(self, Self::Integer | Self::Number | Self::Date | Self::Time)
    }

    /// The word for it, in contracts and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Text => "text",
            Self::Date => "date",
            Self::Time => "time",
            Self::Null => "null",
            Self::Other => "other",
        }
    }
}

/// Values of one kind in one width.
#[derive(Clone)]
pub(crate) enum Values {
    Boolean(BooleanArray),
    Integer(PrimitiveArray<Int64Type>),
    /// Integers that may be beyond 63 bits.
    Unsigned(PrimitiveArray<UInt64Type>),
    Number(PrimitiveArray<Float64Type>),
    Text(Texts),
    /// Days since 1970.
    Date(PrimitiveArray<Date32Type>),
    /// Microseconds since 1970.
    Time(PrimitiveArray<TimestampMicrosecondType>),
    /// Only nulls, or values that nothing is known of.
    Opaque(ArrayRef),
}

impl Values {
    /// The values of an array. Nothing is copied where the width is right.
    pub(crate) fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        let widened = |data_type: DataType| {
            if *array.data_type() == data_type {
                Ok(Arc::clone(array))
            } else {
                cast(array, &data_type)
            }
        };
        Ok(match ColumnKind::of(array.data_type()) {
            ColumnKind::Boolean => Self::Boolean(widened(DataType::Boolean)?.as_boolean().clone()),
            ColumnKind::Integer if *array.data_type() == DataType::UInt64 => {
                Self::Unsigned(array.as_primitive::<UInt64Type>().clone())
            }
            ColumnKind::Integer => Self::Integer(
                widened(DataType::Int64)?
                    .as_primitive::<Int64Type>()
                    .clone(),
            ),
            ColumnKind::Number => Self::Number(
                widened(DataType::Float64)?
                    .as_primitive::<Float64Type>()
                    .clone(),
            ),
            ColumnKind::Text => Self::Text(Texts::of(array)?),
            ColumnKind::Date => Self::Date(
                widened(DataType::Date32)?
                    .as_primitive::<Date32Type>()
                    .clone(),
            ),
            ColumnKind::Time => {
                // The zone says how a time is shown, not when it was.
                let zone = match array.data_type() {
                    DataType::Timestamp(_, zone) => zone.clone(),
                    _ => None,
                };
                let times = widened(DataType::Timestamp(TimeUnit::Microsecond, zone))?;
                Self::Time(times.as_primitive::<TimestampMicrosecondType>().clone())
            }
            ColumnKind::Null | ColumnKind::Other => Self::Opaque(Arc::clone(array)),
        })
    }

    /// Which are null.
    pub(crate) fn nulls(&self) -> Option<NullBuffer> {
        match self {
            Self::Boolean(values) => values.nulls().cloned(),
            Self::Integer(values) => values.nulls().cloned(),
            Self::Unsigned(values) => values.nulls().cloned(),
            Self::Number(values) => values.nulls().cloned(),
            Self::Text(values) => values.nulls(),
            Self::Date(values) => values.nulls().cloned(),
            Self::Time(values) => values.nulls().cloned(),
            Self::Opaque(values) => values.logical_nulls(),
        }
    }

    /// The value of a row as a number; dates in days, times in microseconds.
    #[inline]
    pub(crate) fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::Boolean(values) => Some(f64::from(u8::from(values.value(row)))),
            Self::Integer(values) => Some(values.value(row) as f64),
            Self::Unsigned(values) => Some(values.value(row) as f64),
            Self::Number(values) => Some(values.value(row)),
            Self::Date(values) => Some(f64::from(values.value(row))),
            Self::Time(values) => Some(values.value(row) as f64),
            Self::Text(_) | Self::Opaque(_) => None,
        }
    }

    /// The value of a row as people write it.
    pub(crate) fn shown(&self, row: usize) -> String {
        match self {
            Self::Boolean(values) => values.value(row).to_string(),
            Self::Integer(values) => values.value(row).to_string(),
            Self::Unsigned(values) => values.value(row).to_string(),
            Self::Number(values) => values.value(row).to_string(),
            Self::Text(values) => values.value(row).to_owned(),
            Self::Date(values) => shown_date(values.value(row)),
            Self::Time(values) => shown_time(values.value(row)),
            Self::Opaque(values) => arrow_cast::display::array_value_to_string(values, row)
                .unwrap_or_else(|_| "a value".to_owned()),
        }
    }
}

/// A day of so many days since 1970, `2024-07-01`.
pub(crate) fn shown_date(days: i32) -> String {
    Date32Type::to_naive_date_opt(days)
        .map_or_else(|| format!("day {days}"), |date| date.to_string())
}

/// A moment of so many microseconds since 1970, `2024-07-01T12:00:00`.
pub(crate) fn shown_time(microseconds: i64) -> String {
    match jiff::Timestamp::from_microsecond(microseconds) {
        Ok(time) => time.to_string().trim_end_matches('Z').to_owned(),
        Err(_) => format!("{microseconds} µs"),
    }
}

/// Texts in any of Arrow's layouts.
#[derive(Clone)]
pub(crate) enum Texts {
    Small(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
    Coded(CodedTexts),
}

/// Texts as numbers of texts that are stored once.
#[derive(Clone)]
pub(crate) struct CodedTexts {
    codes: PrimitiveArray<Int32Type>,
    texts: StringArray,
}

impl CodedTexts {
    fn of(array: &ArrayRef) -> Option<Self> {
        let array = array.as_dictionary_opt::<Int32Type>()?;
        let texts = array.values().as_string_opt::<i32>()?;
        (texts.null_count() == 0).then(|| Self {
            codes: array.keys().clone(),
            texts: texts.clone(),
        })
    }

    /// The texts that are stored, of which some may occur in no row.
    pub(crate) fn different(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.texts.len()).map(|place| self.texts.value(place))
    }

    /// The place of the text of a row among those; of a row without a value any place.
    #[inline]
    pub(crate) fn code(&self, row: usize) -> usize {
        usize::try_from(self.codes.values()[row]).unwrap_or(usize::MAX)
    }

    #[inline]
    fn value(&self, row: usize) -> &str {
        match self.code(row) {
            place if place < self.texts.len() => self.texts.value(place),
            _ => "",
        }
    }
}

impl Texts {
    fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::LargeUtf8 => Self::Large(array.as_string::<i64>().clone()),
            DataType::Utf8View => Self::View(array.as_string_view().clone()),
            DataType::Utf8 => Self::Small(array.as_string::<i32>().clone()),
            _ if let Some(coded) = CodedTexts::of(array) => Self::Coded(coded),
            _ => Self::Small(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()),
        })
    }

    #[inline]
    pub(crate) fn value(&self, row: usize) -> &str {
        match self {
            Self::Small(values) => values.value(row),
            Self::Large(values) => values.value(row),
            Self::View(values) => values.value(row),
            Self::Coded(values) => values.value(row),
        }
    }

    fn nulls(&self) -> Option<NullBuffer> {
        match self {
            Self::Small(values) => values.nulls().cloned(),
            Self::Large(values) => values.nulls().cloned(),
            Self::View(values) => values.nulls().cloned(),
            Self::Coded(values) => values.codes.nulls().cloned(),
        }
    }
}

/// The rows that are not null.
pub(crate) fn valid_rows(
    nulls: Option<&NullBuffer>,
    rows: usize,
) -> impl Iterator<Item = usize> + '_ {
    let all = nulls.is_none().then_some(0..rows).into_iter().flatten();
    all.chain(nulls.into_iter().flat_map(NullBuffer::valid_indices))
}

//! Columns of time as numbers that can be compared, and cuts through them.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::record::TimeRange;
use crate::{DataError, Table};

const NANOSECONDS_OF_A_DAY: i128 = 86_400_000_000_000;

/// A column of days, of moments, or of numbers that count time.
pub(super) struct Times {
    column: String,
    kind: Kind,
    /// Nanoseconds since 1970, or the numbers themselves.
    pub(super) values: Vec<Option<i128>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Day,
    /// A time, with a zone or without.
    Moment {
        zoned: bool,
    },
    /// A year, a number of a week.
    Number,
}

impl Times {
    /// The times of a column.
    ///
    /// # Errors
    /// There is no such column, or it holds no times.
    pub(super) fn of(table: &Table, column: &str) -> Result<Self, DataError> {
        let array = table.column(column)?;
        let (kind, factor) = match array.data_type() {
            DataType::Date32 => (Kind::Day, NANOSECONDS_OF_A_DAY),
            DataType::Date64 => (Kind::Day, 1_000_000),
            DataType::Timestamp(unit, zone) => {
                let zoned = zone.is_some();
                let factor = match unit {
                    TimeUnit::Second => 1_000_000_000,
                    TimeUnit::Millisecond => 1_000_000,
                    TimeUnit::Microsecond => 1_000,
                    TimeUnit::Nanosecond => 1,
                };
                (Kind::Moment { zoned }, factor)
            }
            kind if kind.is_integer() => (Kind::Number, 1),
            DataType::Null => (Kind::Number, 1),
            found => {
                return Err(DataError::ColumnType {
                    name: column.to_owned(),
                    found: found.to_string(),
                    expected: "a date, a time, or an integer that counts time",
                });
            }
        };
        Ok(Self {
            column: column.to_owned(),
            kind,
            values: numbers(&array, factor)?,
        })
    }

    /// Whether both are times, or both are numbers.
    pub(super) fn compares_with(&self, other: &Self) -> bool {
        (self.kind == Kind::Number) == (other.kind == Kind::Number)
    }

    /// The earliest and the latest of these rows, in words.
    pub(super) fn range(&self, rows: impl IntoIterator<Item = usize>) -> Option<TimeRange> {
        let times = rows.into_iter().filter_map(|row| self.values[row]);
        let (from, to) = times.fold(None, |range: Option<(i128, i128)>, time| {
            let (from, to) = range.unwrap_or((time, time));
            Some((from.min(time), to.max(time)))
        })?;
        Some(TimeRange {
            column: self.column.clone(),
            from: self.shown(from),
            to: self.shown(to),
        })
    }

    /// A time as people write it.
    pub(super) fn shown(&self, time: i128) -> String {
        let moment = || Timestamp::from_nanosecond(time).ok();
        let shown = match self.kind {
            Kind::Number => None,
            Kind::Day => moment().map(|moment| moment.strftime("%Y-%m-%d").to_string()),
            Kind::Moment { zoned: true } => moment().map(|moment| moment.to_string()),
            Kind::Moment { zoned: false } => {
                moment().map(|moment| moment.to_string().trim_end_matches('Z').to_owned())
            }
        };
        shown.unwrap_or_else(|| time.to_string())
    }

    /// A cut that a person wrote, as a number of this column.
    ///
    /// # Errors
    /// It is no time of the column's kind; with how one is written.
    pub(super) fn cut(&self, text: &str) -> Result<i128, String> {
        let nanoseconds = |moment: Timestamp| moment.as_nanosecond();
        let midnight = |date: Date| date.to_datetime(jiff::civil::Time::midnight());
        let in_utc = |local: DateTime| jiff::tz::TimeZone::UTC.to_timestamp(local).ok();
        let day = || text.parse::<Date>().ok();
        let is_day = text.len() == 10;
        let (found, example) = match self.kind {
            Kind::Number => (text.parse().ok(), "a whole number, such as `2024`"),
            Kind::Day => (
                day()
                    .filter(|_| is_day)
                    .and_then(|day| in_utc(midnight(day)).map(nanoseconds)),
                "a day, such as `2024-07-01`",
            ),
            Kind::Moment { zoned } => {
                let moment = text.parse::<Timestamp>().ok().filter(|_| zoned);
                let local = || text.parse::<DateTime>().ok().and_then(in_utc);
                let local = || {
                    // What has no zone is in UTC, as everywhere in a table.
                    let has_zone = text.parse::<Timestamp>().is_ok() || text.contains('[');
                    (!has_zone).then(local).flatten()
                };
                (
                    moment.or_else(local).map(nanoseconds),
                    "a time, such as `2024-07-01T12:00:00`, or a day",
                )
            }
        };
        found.ok_or_else(|| format!("`{text}` is not {example}"))
    }
}

fn numbers(array: &ArrayRef, factor: i128) -> Result<Vec<Option<i128>>, DataError> {
    if *array.data_type() == DataType::UInt64 {
        let values = array.as_primitive::<arrow_array::types::UInt64Type>();
        return Ok(values.iter().map(|value| value.map(i128::from)).collect());
    }
    // The bits of a time are those of a number of 64 bits, whatever its zone.
    let numbers = match array.data_type() {
        DataType::Date32 => cast(&cast(array, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(array, &DataType::Int64)?,
    };
    let numbers = numbers.as_primitive::<Int64Type>().iter();
    Ok(numbers
        .map(|number| number.map(|number| i128::from(number) * factor))
        .collect())
}

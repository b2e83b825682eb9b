//! Columns of time as integers that can be compared without rounding.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, Int64Array};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit};
use jiff::SignedDuration;
use mlops_data::DataError;

use super::PointInTimeError;

/// The unit in which all times of a join are counted: the finest that a column of it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resolution {
    Microsecond,
    Nanosecond,
}

/// What a column of time holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Day,
    Moment(TimeUnit),
}

fn kind(column: &str, data_type: &DataType) -> Result<Kind, DataError> {
    match data_type {
        DataType::Date32 => Ok(Kind::Day),
        DataType::Timestamp(unit, _) => Ok(Kind::Moment(*unit)),
        found => Err(DataError::ColumnType {
            name: column.to_owned(),
            found: found.to_string(),
            expected: "a time",
        }),
    }
}

impl Resolution {
    /// The unit for these columns, which are all days or all moments.
    pub(crate) fn of<'a>(
        columns: impl IntoIterator<Item = (&'a str, &'a DataType)>,
    ) -> Result<Self, PointInTimeError> {
        let mut resolution = Self::Microsecond;
        let (mut day, mut moments) = (None, false);
        for (column, data_type) in columns {
            match kind(column, data_type)? {
                Kind::Day => day = Some(column.to_owned()),
                Kind::Moment(unit) => {
                    moments = true;
                    if unit == TimeUnit::Nanosecond {
                        resolution = Self::Nanosecond;
                    }
                }
            }
        }
        match day {
            Some(column) if moments => Err(PointInTimeError::DayAmongMoments { column }),
            _ => Ok(resolution),
        }
    }

    fn per_second(self) -> i64 {
        match self {
            Self::Microsecond => 1_000_000,
            Self::Nanosecond => 1_000_000_000,
        }
    }

    /// A duration in this unit, rounded down; one that is too long is the longest.
    pub(crate) fn duration(self, duration: SignedDuration) -> i64 {
        let nanoseconds = duration.as_nanos();
        let units = nanoseconds.div_euclid(i128::from(1_000_000_000 / self.per_second()));
        i64::try_from(units).unwrap_or(if units < 0 { i64::MIN } else { i64::MAX })
    }

    /// The length of a window in this unit, rounded up: in whole units, what is younger than it is younger than that.
    pub(crate) fn length(self, window: SignedDuration) -> i64 {
        let unit = SignedDuration::from_nanos(1_000_000_000 / self.per_second());
        let down = self.duration(window);
        let is_whole = window.as_nanos() % unit.as_nanos() == 0;
        down.saturating_add(i64::from(!is_whole))
    }

    /// A moment in this unit, rounded down; one that is too far away is the farthest.
    pub(crate) fn moment(self, moment: jiff::Timestamp) -> i64 {
        self.duration(moment.duration_since(jiff::Timestamp::UNIX_EPOCH))
    }

    /// Times that were counted in this unit, as a column of moments in UTC.
    pub(crate) fn column(self, times: Int64Array) -> Result<ArrayRef, PointInTimeError> {
        let unit = match self {
            Self::Microsecond => TimeUnit::Microsecond,
            Self::Nanosecond => TimeUnit::Nanosecond,
        };
        Ok(cast(&times, &DataType::Timestamp(unit, None))?)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Microsecond => "microseconds",
            Self::Nanosecond => "nanoseconds",
        }
    }

    /// The times of a column; those of nulls mean nothing.
    pub(crate) fn times(
        self,
        column: &str,
        array: &ArrayRef,
    ) -> Result<(ScalarBuffer<i64>, Option<NullBuffer>), PointInTimeError> {
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        let (values, unit) = match kind(column, array.data_type())? {
            Kind::Day => {
                let days = array.as_primitive::<Date32Type>().values();
                let seconds = days.iter().map(|day| i64::from(*day) * 86_400).collect();
                (seconds, 1)
            }
            Kind::Moment(TimeUnit::Second) => (
                array.as_primitive::<TimestampSecondType>().values().clone(),
                1,
            ),
            Kind::Moment(TimeUnit::Millisecond) => {
                let values = array.as_primitive::<TimestampMillisecondType>().values();
                (values.clone(), 1_000)
            }
            Kind::Moment(TimeUnit::Microsecond) => {
                let values = array.as_primitive::<TimestampMicrosecondType>().values();
                (values.clone(), 1_000_000)
            }
            Kind::Moment(TimeUnit::Nanosecond) => {
                let values = array.as_primitive::<TimestampNanosecondType>().values();
                (values.clone(), 1_000_000_000)
            }
        };
        let factor = self.per_second() / unit;
        if factor == 1 {
            return Ok((values, nulls));
        }
        let mut counted = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                counted.push(0);
                continue;
            }
            let time = value
                .checked_mul(factor)
                .ok_or_else(|| PointInTimeError::TimeRange {
                    column: column.to_owned(),
                    value: *value,
                    unit: self.name(),
                })?;
            counted.push(time);
        }
        Ok((counted.into(), nulls))
    }
}

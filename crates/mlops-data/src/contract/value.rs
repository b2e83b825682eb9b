//! The values and bounds that a contract states.

use std::fmt;
use std::ops::{Bound, RangeBounds};

use jiff::civil;

use crate::profile::ColumnKind;

/// A value that a contract states: for `one_of`, and as an end of a range. Days and moments are written as text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Number(f64),
    /// A text, a day (`2024-07-01`) or a moment (`2024-07-01T12:00:00Z`).
    Text(String),
}

impl Value {
    /// As a number, on the scale on which a column of this kind is compared: days and microseconds for times.
    pub(super) fn on_scale(&self, kind: ColumnKind) -> Option<f64> {
        match (self, kind) {
            (Self::Integer(value), ColumnKind::Integer | ColumnKind::Number) => Some(*value as f64),
            (Self::Number(value), ColumnKind::Integer | ColumnKind::Number) => Some(*value),
            (Self::Boolean(value), ColumnKind::Boolean) => Some(f64::from(u8::from(*value))),
            (Self::Text(text), ColumnKind::Date | ColumnKind::Time) => self
                .moment(kind)
                .or_else(|| moment(text))
                .map(|value| value as f64),
            _ => None,
        }
    }

    /// As a whole number, on the same scale.
    pub(super) fn whole(&self, kind: ColumnKind) -> Option<i128> {
        match (self, kind) {
            (Self::Integer(value), ColumnKind::Integer) => Some(i128::from(*value)),
            (Self::Number(value), ColumnKind::Integer)
                if value.fract() == 0.0 && value.abs() < 1e38 =>
            {
                Some(*value as i128)
            }
            (Self::Boolean(value), ColumnKind::Boolean) => Some(i128::from(*value)),
            (Self::Text(_), ColumnKind::Date | ColumnKind::Time) => {
                self.moment(kind).map(i128::from)
            }
            _ => None,
        }
    }

    /// Days for a column of days, microseconds for one of moments.
    fn moment(&self, kind: ColumnKind) -> Option<i64> {
        let Self::Text(text) = self else { return None };
        match kind {
            ColumnKind::Date => day(text),
            ColumnKind::Time => moment(text),
            _ => None,
        }
    }
}

/// Days since 1970 of `2024-07-01`.
pub(super) fn day(text: &str) -> Option<i64> {
    let day: civil::Date = text.parse().ok()?;
    let since = day.since((jiff::Unit::Day, civil::date(1970, 1, 1))).ok()?;
    Some(i64::from(since.get_days()))
}

/// Microseconds since 1970 of a moment with a zone, one without, or the beginning of a day.
pub(super) fn moment(text: &str) -> Option<i64> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_microsecond());
    }
    let local: civil::DateTime = text.parse().ok()?;
    let utc = jiff::tz::TimeZone::UTC.to_timestamp(local).ok()?;
    Some(utc.as_microsecond())
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(formatter),
            Self::Integer(value) => value.fmt(formatter),
            Self::Number(value) => value.fmt(formatter),
            Self::Text(text) => write!(formatter, "`{text}`"),
        }
    }
}

macro_rules! values {
    ($($from:ty => $variant:ident as $to:ty),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(<$to>::from(value))
            }
        })*
    };
}

values! {
    bool => Boolean as bool,
    i8 => Integer as i64, i16 => Integer as i64, i32 => Integer as i64, i64 => Integer as i64,
    u8 => Integer as i64, u16 => Integer as i64, u32 => Integer as i64,
    f32 => Number as f64, f64 => Number as f64,
    &str => Text as String, String => Text as String,
}

/// What lies between two ends; an end that is not there is open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bounds {
    pub(super) least: Option<Value>,
    pub(super) most: Option<Value>,
    /// The lower end itself is not within.
    pub(super) above: bool,
    /// The upper end itself is not within.
    pub(super) below: bool,
}

impl Bounds {
    /// At least this.
    pub fn at_least(value: impl Into<Value>) -> Self {
        Self {
            least: Some(value.into()),
            ..Self::default()
        }
    }

    /// At most this.
    pub fn at_most(value: impl Into<Value>) -> Self {
        Self {
            most: Some(value.into()),
            ..Self::default()
        }
    }

    /// From the one to the other, both included.
    pub fn between(least: impl Into<Value>, most: impl Into<Value>) -> Self {
        Self {
            least: Some(least.into()),
            most: Some(most.into()),
            ..Self::default()
        }
    }

    /// Exactly this.
    pub fn exactly(value: impl Into<Value>) -> Self {
        let value = value.into();
        Self::between(value.clone(), value)
    }

    /// Without the ends themselves.
    #[must_use]
    pub fn exclusive(mut self) -> Self {
        (self.above, self.below) = (true, true);
        self
    }

    /// Whether a number lies within; `NaN` lies nowhere.
    pub(super) fn holds(&self, value: f64, kind: ColumnKind) -> bool {
        let least = self.least.as_ref().map(|end| end.on_scale(kind));
        let most = self.most.as_ref().map(|end| end.on_scale(kind));
        !value.is_nan()
            && least.is_none_or(|end| {
                end.is_some_and(|end| {
                    if self.above {
                        value > end
                    } else {
                        value >= end
                    }
                })
            })
            && most.is_none_or(|end| {
                end.is_some_and(|end| {
                    if self.below {
                        value < end
                    } else {
                        value <= end
                    }
                })
            })
    }

    /// Whether both ends, as far as they are there, can be compared with values of this kind.
    pub(super) fn fit(&self, kind: ColumnKind) -> bool {
        [&self.least, &self.most]
            .into_iter()
            .flatten()
            .all(|end| match kind {
                ColumnKind::Text => matches!(end, Value::Text(_)),
                kind => end.on_scale(kind).is_some(),
            })
    }
}

impl Bounds {
    /// What a range of Rust holds: `0..=120`, `1..`, `..0.5`.
    pub fn of<T: Into<Value> + Clone>(range: impl RangeBounds<T>) -> Self {
        let end = |bound: Bound<&T>| match bound {
            Bound::Unbounded => (None, false),
            Bound::Included(value) => (Some(value.clone().into()), false),
            Bound::Excluded(value) => (Some(value.clone().into()), true),
        };
        let (least, above) = end(range.start_bound());
        let (most, below) = end(range.end_bound());
        Self {
            least,
            most,
            above,
            below,
        }
    }
}

macro_rules! ranges {
    ($($range:ident),*) => {
        $(impl<T: Into<Value> + Clone> From<std::ops::$range<T>> for Bounds {
            fn from(range: std::ops::$range<T>) -> Self {
                Self::of(range)
            }
        })*
    };
}

ranges!(Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive);

impl fmt::Display for Bounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let low = if self.above { "above" } else { "at least" };
        let high = if self.below { "below" } else { "at most" };
        match (&self.least, &self.most) {
            (None, None) => formatter.write_str("anything"),
            (Some(least), None) => write!(formatter, "{low} {least}"),
            (None, Some(most)) => write!(formatter, "{high} {most}"),
            (Some(least), Some(most)) if least == most => write!(formatter, "{least}"),
            (Some(least), Some(most)) if self.above || self.below => {
                write!(formatter, "{low} {least} and {high} {most}")
            }
            (Some(least), Some(most)) => write!(formatter, "from {least} to {most}"),
        }
    }
}

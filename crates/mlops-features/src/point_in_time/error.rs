//! What can go wrong when events are joined, each with a stable code and the next step.

use arrow_schema::ArrowError;
use mlops_data::DataError;

/// Rows and events could not be joined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PointInTimeError {
    /// A column cannot be part of a key.
    #[error("column `{column}` is {found}, which no entity is known by")]
    KeyType {
        /// The column.
        column: String,
        /// Its type, as Arrow prints it.
        found: String,
    },
    /// The keys of the rows and those of the events cannot be compared.
    #[error("`{rows}` of the rows and `{events}` of the events `{name}` are not of one kind")]
    KeyMismatch {
        /// The events.
        name: String,
        /// The column of the rows, and its type.
        rows: String,
        /// The column of the events, and its type.
        events: String,
    },
    /// The keys do not have as many columns on both sides.
    #[error("the events `{name}` are known by {events} columns, and {rows} of the rows are named")]
    KeyCount {
        /// The events.
        name: String,
        /// Columns of the rows.
        rows: usize,
        /// Columns of the events.
        events: usize,
    },
    /// An event does not say when it happened, or when it became known.
    #[error(
        "column `{column}` of the events `{name}` has nulls: when these events were is not known"
    )]
    TimeMissing {
        /// The events.
        name: String,
        /// The column.
        column: String,
    },
    /// Days on one side and moments on the other.
    #[error("column `{column}` holds days, and others hold moments: which came first is not known")]
    DayAmongMoments {
        /// The column of days.
        column: String,
    },
    /// A moment that cannot be counted.
    #[error("column `{column}` holds {value}, which is beyond what can be counted in {unit}")]
    TimeRange {
        /// The column.
        column: String,
        /// The value, as it stands there.
        value: i64,
        /// `microseconds` or `nanoseconds`.
        unit: &'static str,
    },
    /// Two columns of the result would have one name.
    #[error("two columns of the result would be named `{column}`")]
    SameName {
        /// The name.
        column: String,
    },
    /// A time to live below zero, or a window that holds nothing.
    #[error("{what} is {found}")]
    Duration {
        /// What it is of.
        what: String,
        /// What was given.
        found: String,
    },
    /// An aggregate of a column that it is not defined for.
    #[error("`{function}` of column `{column}` is not defined: it is {found}")]
    AggregateType {
        /// The aggregate.
        function: &'static str,
        /// The column.
        column: String,
        /// Its type, as Arrow prints it.
        found: String,
    },
    /// Tables and files.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl PointInTimeError {
    /// The stable code, by which the book explains the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyType { .. } => "join::key_type",
            Self::KeyMismatch { .. } => "join::key_mismatch",
            Self::KeyCount { .. } => "join::key_count",
            Self::TimeMissing { .. } => "join::time_missing",
            Self::DayAmongMoments { .. } => "join::day_among_moments",
            Self::TimeRange { .. } => "join::time_range",
            Self::SameName { .. } => "join::same_name",
            Self::Duration { .. } => "join::duration",
            Self::AggregateType { .. } => "join::aggregate_type",
            Self::Data(error) => error.code(),
        }
    }

    /// The next thing to try, where there is one.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::KeyType { .. } => {
                "entities are known by integers, texts, booleans and days; convert the column".to_owned()
            }
            Self::KeyMismatch { .. } => "convert one of them".to_owned(),
            Self::KeyCount { .. } => "name the rows' columns with `on`, one for each key of the events".to_owned(),
            Self::TimeMissing { .. } => {
                "drop these events, or say when they were; an event that may be of the future is never used".to_owned()
            }
            Self::DayAmongMoments { .. } => {
                "turn the days into moments: an event counts from the end of its day, a question may be asked at its beginning"
                    .to_owned()
            }
            Self::TimeRange { .. } => "a time that far away is mostly a placeholder; make it null or drop it".to_owned(),
            Self::SameName { .. } => "give the columns of the events a prefix with `prefix`, or name the aggregate with `named`".to_owned(),
            Self::Duration { .. } => "a time to live is zero or more, a window is longer than zero".to_owned(),
            Self::AggregateType { .. } => {
                "sums, means and deviations are of numbers; `count`, `distinct`, `min`, `max` and `last` take other columns, too"
                    .to_owned()
            }
            Self::Data(error) => return error.help(),
        })
    }
}

impl From<ArrowError> for PointInTimeError {
    fn from(error: ArrowError) -> Self {
        Self::Data(DataError::Arrow(error))
    }
}

//! Rust types as columns: what `#[derive(Contract)]` knows of a field by its type.

use super::{Bounds, Clause, Column, Rule};
use crate::DataError;
use crate::profile::ColumnKind;

/// A Rust type whose values a column holds.
#[diagnostic::on_unimplemented(
    message = "a contract does not know which column `{Self}` is",
    label = "not a type of a column",
    note = "columns are numbers, `bool`, `String`, `jiff::Timestamp`, `jiff::civil::Date`, or an `Option` of one of them",
    note = "for a type of your own write `#[check(untyped)]` on the field, and state with `one_of`, `matches`, … what it holds"
)]
pub trait ColumnType {
    /// A column of this type.
    fn column(name: &str) -> Column;
}

macro_rules! columns {
    ($($type:ty => $kind:ident $(in $least:expr, $most:expr)?),* $(,)?) => {
        $(impl ColumnType for $type {
            fn column(name: &str) -> Column {
                Column::new(name, ColumnKind::$kind)$(.rule(Rule::Range(Bounds::between($least, $most))))?
            }
        })*
    };
}

// A number that the type cannot hold would only be found when the rows are read.
columns! {
    bool => Boolean,
    i8 => Integer in i8::MIN, i8::MAX,
    i16 => Integer in i16::MIN, i16::MAX,
    i32 => Integer in i32::MIN, i32::MAX,
    i64 => Integer,
    u8 => Integer in u8::MIN, u8::MAX,
    u16 => Integer in u16::MIN, u16::MAX,
    u32 => Integer in u32::MIN, u32::MAX,
    f32 => Number,
    f64 => Number,
    String => Text,
    &str => Text,
    jiff::Timestamp => Time,
    jiff::civil::DateTime => Time,
    jiff::civil::Date => Date,
}

impl ColumnType for u64 {
    fn column(name: &str) -> Column {
        Column::new(name, ColumnKind::Integer).rule(Rule::Range(Bounds::at_least(0)))
    }
}

impl<T: ColumnType> ColumnType for Option<T> {
    fn column(name: &str) -> Column {
        let mut column = T::column(name).nullable();
        // That nobody has a value is within the type.
        column
            .clauses
            .iter_mut()
            .for_each(|clause| clause.all_null_allowed = true);
        column
    }
}

impl Rule {
    /// Texts match a regular expression somewhere.
    ///
    /// # Errors
    /// It is no regular expression.
    pub fn matches(pattern: &str) -> Result<Self, DataError> {
        regex(pattern).map(Self::Matches)
    }

    /// Texts match a regular expression nowhere.
    ///
    /// # Errors
    /// It is no regular expression.
    pub fn matches_not(pattern: &str) -> Result<Self, DataError> {
        regex(pattern).map(Self::MatchesNot)
    }
}

impl Rule {
    /// The latest moment is not older than so many seconds.
    #[doc(hidden)]
    pub fn fresh_within(seconds: u64) -> Self {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        Self::Freshness {
            within: jiff::SignedDuration::from_secs(seconds),
        }
    }
}

fn regex(pattern: &str) -> Result<regex::Regex, DataError> {
    regex::Regex::new(pattern).map_err(|error| DataError::Contract {
        name: pattern.to_owned(),
        problem: error.to_string(),
    })
}

impl Clause {
    /// The reasons that are named: `empty`, `all_null`, `missing`.
    #[doc(hidden)]
    #[must_use]
    pub fn allow(self, words: &[&str]) -> Self {
        words.iter().fold(self, |clause, word| match *word {
            "empty" => clause.allow_empty(),
            "all_null" => clause.allow_all_null(),
            _ => clause.allow_missing(),
        })
    }
}

//! What is asked of the events in a window.

use arrow_schema::DataType;
use jiff::SignedDuration;

use super::PointInTimeError;
use crate::duration;

/// A function of the events in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Function {
    /// How many events, or how many that have a value.
    Count,
    /// The sum, exact and rounded once; of nothing it is 0.
    Sum,
    /// The sum, divided by how many.
    Mean,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The value of the newest event that has one; of the same two times the greatest, after the values of the events.
    Last,
    /// How many different values.
    Distinct,
    /// The standard deviation, with divisor n - 1; of fewer than two values it is null.
    StandardDeviation,
}

impl Function {
    /// The short name: `count`, `sum`, `mean`, `min`, `max`, `last`, `distinct`, `std`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::Last => "last",
            Self::Distinct => "distinct",
            Self::StandardDeviation => "std",
        }
    }

    /// The function of a short name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Count,
            Self::Sum,
            Self::Mean,
            Self::Min,
            Self::Max,
            Self::Last,
            Self::Distinct,
            Self::StandardDeviation,
        ];
        all.into_iter().find(|function| function.name() == name)
    }

    fn takes(self, data_type: &DataType) -> bool {
        match self {
            Self::Count | Self::Last => true,
            Self::Sum | Self::Mean | Self::StandardDeviation => {
                data_type.is_numeric() || matches!(data_type, DataType::Boolean | DataType::Null)
            }
            Self::Min | Self::Max | Self::Distinct => !data_type.is_nested(),
        }
    }
}

/// A function of a column over a sliding window, such as the sum of the amounts of the last week.
///
/// Nulls are not counted, except by a count of events. A `NaN` in the window makes sum, mean, deviation, least and
/// greatest `NaN`: it is hidden nowhere. An entity without events in the window has the count and the sum 0, and null for the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    pub(super) function: Function,
    pub(super) column: Option<String>,
    pub(super) over: SignedDuration,
    name: Option<String>,
}

impl Aggregate {
    /// A function of a column over a window of this length.
    pub fn new(function: Function, column: impl Into<String>, over: SignedDuration) -> Self {
        Self {
            function,
            column: Some(column.into()),
            over,
            name: None,
        }
    }

    /// How many events there are.
    pub fn count(over: SignedDuration) -> Self {
        Self {
            function: Function::Count,
            column: None,
            over,
            name: None,
        }
    }

    /// The sum of a column.
    pub fn sum(column: impl Into<String>, over: SignedDuration) -> Self {
        Self::new(Function::Sum, column, over)
    }

    /// The mean of a column.
    pub fn mean(column: impl Into<String>, over: SignedDuration) -> Self {
        Self::new(Function::Mean, column, over)
    }

    /// The least value of a column.
    pub fn min(column: impl Into<String>, over: SignedDuration) -> Self {
        Self::new(Function::Min, column, over)
    }

    /// The greatest value of a column.
    pub fn max(column: impl Into<String>, over: SignedDuration) -> Self {
        Self::new(Function::Max, column, over)
    }

    /// The value of a column in the newest event that has one.
    pub fn last(column: impl Into<String>, over: SignedDuration) -> Self {
        Self::new(Function::Last, column, over)
    }

    /// How many different values a column has.
    pub fn distinct(column: impl Into<String>, over: SignedDuration) -> Self {
        Self::new(Function::Distinct, column, over)
    }

    /// The standard deviation of a column.
    pub fn standard_deviation(column: impl Into<String>, over: SignedDuration) -> Self {
        Self::new(Function::StandardDeviation, column, over)
    }

    /// Names the column of the result; otherwise it is named for what it is, such as `amount_sum_7d`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The name of the column of the result.
    pub fn name(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let column = self.column.as_deref().map(|column| format!("{column}_"));
        let column = column.unwrap_or_default();
        let over = duration::shown(self.over.unsigned_abs());
        format!("{column}{}_{over}", self.function.name())
    }

    /// Refuses an aggregate that is not defined.
    pub(super) fn check(&self, data_type: Option<&DataType>) -> Result<(), PointInTimeError> {
        if !self.over.is_positive() {
            return Err(PointInTimeError::Duration {
                what: format!("the window of `{}`", self.name()),
                found: format!("{:#}", self.over),
            });
        }
        match (data_type, &self.column) {
            (Some(found), Some(column)) if !self.function.takes(found) => {
                Err(PointInTimeError::AggregateType {
                    function: self.function.name(),
                    column: column.clone(),
                    found: found.to_string(),
                })
            }
            _ => Ok(()),
        }
    }
}

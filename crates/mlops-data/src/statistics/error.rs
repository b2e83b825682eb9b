//! Why a statistic cannot be computed.

/// The numbers given are none that the statistic is defined for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// Nothing to compute from.
    #[error("there is no value to compute from: {what}")]
    Empty {
        /// What has no values.
        what: &'static str,
    },
    /// A value that is no number.
    #[error("value {position} is not a number")]
    NotANumber {
        /// Where, counted from 0.
        position: usize,
    },
    /// An argument out of its range, or two that do not fit together.
    #[error("{argument} is {found}, not {expected}")]
    Argument {
        /// Which.
        argument: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl StatisticsError {
    /// The stable code, by which the book explains the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "data::no_values",
            Self::NotANumber { .. } => "data::not_a_number",
            Self::Argument { .. } => "data::statistic_argument",
        }
    }

    pub(crate) fn argument(
        argument: &'static str,
        found: impl ToString,
        expected: &'static str,
    ) -> Self {
        Self::Argument {
            argument,
            found: found.to_string(),
            expected,
        }
    }
}

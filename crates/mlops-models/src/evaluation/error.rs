//! Why an evaluation cannot be made, each with a stable code and the next step.

use mlops_data::DataError;
use mlops_data::statistics::StatisticsError;

/// Labels and predictions that a metric, an interval or a comparison is not defined for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// There is nothing to evaluate.
    #[error("there are no rows to evaluate")]
    NoRows,
    /// Two columns of one evaluation have different lengths.
    #[error("there are {found} {what} for {expected} labels")]
    Length {
        /// What has another length.
        what: &'static str,
        /// Its length.
        found: usize,
        /// That of the labels.
        expected: usize,
    },
    /// A value is missing.
    #[error("column `{column}`, row {row}: the value is missing")]
    Missing {
        /// The column.
        column: String,
        /// The row, counted from 0.
        row: usize,
    },
    /// A value is `NaN` or infinite.
    #[error("{what}, row {row}: {found} is no finite number")]
    NotFinite {
        /// The column or slice.
        what: String,
        /// The row, counted from 0.
        row: usize,
        /// The value.
        found: f64,
    },
    /// A label of two classes that is neither of them.
    #[error("column `{column}`, row {row}: the label {found} is neither 0 nor 1")]
    Label {
        /// The column.
        column: String,
        /// The row, counted from 0.
        row: usize,
        /// The value.
        found: f64,
    },
    /// All labels are of one class, and the metric compares two.
    #[error("{metric} needs rows of both classes: of {rows} rows {positives} are positive")]
    OneClass {
        /// The metric.
        metric: String,
        /// How many rows there are.
        rows: usize,
        /// How many of them are positive.
        positives: usize,
    },
    /// The metric is about probabilities, and the scores are none.
    #[error("{metric} needs probabilities, and {problem}")]
    NotProbabilities {
        /// The metric, or what else needs them.
        metric: String,
        /// What is wrong.
        problem: String,
    },
    /// The metric has no value for these rows.
    #[error("{metric} has no value here: {problem}")]
    Undefined {
        /// The metric.
        metric: String,
        /// Why not.
        problem: String,
    },
    /// So few rows, or so alike, that they show nothing of their spread.
    #[error("{metric} has no interval here: {problem}")]
    NoInterval {
        /// The metric.
        metric: String,
        /// Why not.
        problem: String,
    },
    /// Two models were not judged on the same rows.
    #[error("the two are not judged on the same rows: {problem}")]
    NotPaired {
        /// Where they differ.
        problem: String,
    },
    /// An argument out of its range.
    #[error("{argument} is {found}, not {expected}")]
    Argument {
        /// Which.
        argument: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A table failed, or a statistic of it.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl EvaluationError {
    /// The stable code, by which the book explains the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRows => "evaluation::no_rows",
            Self::Length { .. } => "evaluation::length",
            Self::Missing { .. } => "evaluation::missing",
            Self::NotFinite { .. } => "evaluation::not_finite",
            Self::Label { .. } => "evaluation::label",
            Self::OneClass { .. } => "evaluation::one_class",
            Self::NotProbabilities { .. } => "evaluation::not_probabilities",
            Self::Undefined { .. } => "evaluation::undefined",
            Self::NoInterval { .. } => "evaluation::no_interval",
            Self::NotPaired { .. } => "evaluation::not_paired",
            Self::Argument { .. } => "evaluation::argument",
            Self::Data(error) => error.code(),
        }
    }

    /// The next thing to try, where there is one.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoRows => "look at the split, or at the predicate of the slice",
            Self::Length { .. } => {
                "take labels and predictions from the same rows, in the same order"
            }
            Self::Missing { .. } => {
                "drop such rows, and say how many, or give the missing value a meaning; a model that answers nothing is judged so"
            }
            Self::NotFinite { .. } => {
                "find out why the model answers so; dropping such rows would flatter it"
            }
            Self::Label { .. } => "a label is a boolean, or 0 or 1",
            Self::OneClass { .. } => "take more rows, or a split by strata",
            Self::NotProbabilities { .. } => {
                "give probabilities, or take a metric of the order alone, such as the AUC"
            }
            Self::NoInterval { .. } => "take more rows; the value alone is no evidence",
            Self::NotPaired { .. } => "let both models answer for the same rows, in the same order",
            Self::Undefined { .. } | Self::Argument { .. } => return None,
            Self::Data(error) => return error.help(),
        };
        Some(help.to_owned())
    }

    pub(crate) fn undefined(metric: impl ToString, problem: impl ToString) -> Self {
        Self::Undefined {
            metric: metric.to_string(),
            problem: problem.to_string(),
        }
    }

    pub(crate) fn no_interval(metric: impl ToString, problem: impl ToString) -> Self {
        Self::NoInterval {
            metric: metric.to_string(),
            problem: problem.to_string(),
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

impl From<StatisticsError> for EvaluationError {
    fn from(error: StatisticsError) -> Self {
        Self::Data(error.into())
    }
}

//! Parts of the rows that have a name: the same metrics on each, for a good mean hides who pays for it.

use mlops_data::Table;
use mlops_data::arrow::array::Array;
use serde::{Deserialize, Serialize};

use super::metric::check_length;
use super::{Bootstrap, EvaluationError, Measured, Metric, Predictions};

/// A named part of a table's rows. A missing value is in no slice but [`missing`](Self::missing).
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    name: String,
    column: String,
    condition: Condition,
    /// What must hold besides.
    and: Vec<(String, Condition)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Text(String),
    Boolean(bool),
    /// From here on, and below there.
    Range(f64, Option<f64>),
    Missing,
}

impl Slice {
    fn new(name: String, column: &str, condition: Condition) -> Self {
        Self {
            name,
            column: column.to_owned(),
            condition,
            and: Vec::new(),
        }
    }

    /// The rows whose text is this one.
    pub fn equals(column: &str, value: &str) -> Self {
        let name = format!("{column} = {value}");
        Self::new(name, column, Condition::Text(value.to_owned()))
    }

    /// The rows that are `true`, or `false`.
    pub fn is(column: &str, value: bool) -> Self {
        Self::new(
            format!("{column} = {value}"),
            column,
            Condition::Boolean(value),
        )
    }

    /// The rows whose number is at least this.
    pub fn at_least(column: &str, bound: f64) -> Self {
        let condition = Condition::Range(bound, None);
        Self::new(format!("{column} ≥ {bound}"), column, condition)
    }

    /// The rows whose number is below this.
    pub fn below(column: &str, bound: f64) -> Self {
        let condition = Condition::Range(f64::NEG_INFINITY, Some(bound));
        Self::new(format!("{column} < {bound}"), column, condition)
    }

    /// The rows whose number is at least `from` and below `to`.
    pub fn between(column: &str, from: f64, to: f64) -> Self {
        let name = format!("{from} ≤ {column} < {to}");
        Self::new(name, column, Condition::Range(from, Some(to)))
    }

    /// The rows without a value.
    pub fn missing(column: &str) -> Self {
        Self::new(format!("{column} missing"), column, Condition::Missing)
    }

    /// The rows that are in the other slice, too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.name = format!("{}, {}", self.name, other.name);
        self.and.push((other.column, other.condition));
        self.and.extend(other.and);
        self
    }

    /// Under another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    /// One slice for each text of a column, in the order of the texts, and one for the rows without, if there are any.
    ///
    /// # Errors
    /// There is no such column, or it holds no texts.
    pub fn each(table: &Table, column: &str) -> Result<Vec<Self>, EvaluationError> {
        let mut texts = table.texts(column)?;
        texts.sort_unstable();
        texts.dedup();
        let has_gaps = texts.first().is_some_and(Option::is_none);
        let mut slices: Vec<Self> = texts
            .iter()
            .flatten()
            .map(|text| Self::equals(column, text))
            .collect();
        if has_gaps {
            slices.push(Self::missing(column));
        }
        Ok(slices)
    }

    /// The name, by which records and gates know it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rows of the table that are in it, counted from 0.
    ///
    /// # Errors
    /// There is no such column, or it holds other values than the slice asks about.
    pub fn rows(&self, table: &Table) -> Result<Vec<usize>, EvaluationError> {
        let mut inside = self.condition.holds(table, &self.column)?;
        for (column, condition) in &self.and {
            let other = condition.holds(table, column)?;
            for (inside, other) in inside.iter_mut().zip(other) {
                *inside &= other;
            }
        }
        let rows = inside.into_iter().enumerate();
        Ok(rows
            .filter_map(|(row, inside)| inside.then_some(row))
            .collect())
    }
}

impl Condition {
    fn holds(&self, table: &Table, column: &str) -> Result<Vec<bool>, EvaluationError> {
        Ok(match self {
            Self::Text(text) => {
                let values = table.texts(column)?.into_iter();
                values.map(|value| value.as_ref() == Some(text)).collect()
            }
            Self::Boolean(wanted) => {
                let values = table.booleans(column)?.into_iter();
                values.map(|value| value == Some(*wanted)).collect()
            }
            Self::Range(from, to) => {
                let values = table.numbers(column)?.into_iter();
                // Without an upper end, infinity is inside.
                let is_inside = |value: f64| value >= *from && to.is_none_or(|to| value < to);
                values
                    .map(|value| value.is_some_and(|value| !value.is_nan() && is_inside(value)))
                    .collect()
            }
            Self::Missing => {
                let values = table.column(column)?;
                (0..values.len()).map(|row| values.is_null(row)).collect()
            }
        })
    }
}

/// A slice, and its metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SliceReport {
    /// The name of the slice.
    pub slice: String,
    /// How many rows are in it.
    pub rows: usize,
    /// The metrics. A slice without rows has none of them, and says so.
    pub metrics: Vec<Measured>,
}

/// The metrics on each slice. Rows of `table` are those of the predictions, in the same order.
///
/// Of twenty slices one looks worse than it is by chance alone: a slice that stands out is a question for the next test set.
///
/// # Errors
/// The table has another number of rows, or a slice asks for a column that is not there, or of another type.
pub fn measure_slices<M: Metric>(
    metrics: &[M],
    predictions: &M::Of,
    table: &Table,
    slices: &[Slice],
    bootstrap: &Bootstrap,
) -> Result<Vec<SliceReport>, EvaluationError> {
    check_length("rows of the table", table.rows(), predictions.rows())?;
    slices
        .iter()
        .map(|slice| {
            let rows = slice.rows(table)?;
            let metrics = match predictions.take(&rows) {
                Ok(part) => Measured::all(metrics, &part, bootstrap),
                Err(error) => Measured::none(metrics, &error),
            };
            Ok(SliceReport {
                slice: slice.name.clone(),
                rows: rows.len(),
                metrics,
            })
        })
        .collect()
}

//! Columns of a table as labels and scores: nothing missing, or an error that says where.

use mlops_data::Table;

use super::EvaluationError;

/// A column of numbers without a gap.
pub(crate) fn numbers(table: &Table, column: &str) -> Result<Vec<f64>, EvaluationError> {
    complete(table.numbers(column)?, column)
}

/// A column of booleans, or of 0 and 1.
pub(crate) fn labels(table: &Table, column: &str) -> Result<Vec<bool>, EvaluationError> {
    numbers(table, column)?
        .into_iter()
        .enumerate()
        .map(|(row, found)| {
            if found == 0.0 || found == 1.0 {
                Ok(found == 1.0)
            } else {
                Err(EvaluationError::Label {
                    column: column.to_owned(),
                    row,
                    found,
                })
            }
        })
        .collect()
}

/// A column of texts without a gap.
pub(crate) fn texts(table: &Table, column: &str) -> Result<Vec<String>, EvaluationError> {
    complete(table.texts(column)?, column)
}

fn complete<T>(values: Vec<Option<T>>, column: &str) -> Result<Vec<T>, EvaluationError> {
    values
        .into_iter()
        .enumerate()
        .map(|(row, value)| {
            value.ok_or_else(|| EvaluationError::Missing {
                column: column.to_owned(),
                row,
            })
        })
        .collect()
}

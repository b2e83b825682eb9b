//! A table as people see it: its size, its columns, its first rows.

use std::fmt;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, make_array};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType};

use super::Table;

/// Rows that are shown.
const ROWS: usize = 10;
/// Characters of a cell that are shown.
const WIDTH: usize = 32;

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, columns) = (self.rows(), self.schema().fields().len());
        let ending = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{rows} row{} × {columns} column{}",
            ending(rows),
            ending(columns)
        )?;
        if columns == 0 {
            return Ok(());
        }
        let fields = self.schema().fields();
        let names = fields.iter().map(|field| shortened(field.name()));
        let types = fields
            .iter()
            .map(|field| shortened(&field.data_type().to_string()));
        let mut lines = vec![names.collect::<Vec<_>>(), types.collect()];
        for batch in self.slice(0, ROWS).batches() {
            lines.extend(cells(batch));
        }
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = lines.iter().map(|line| line[column].chars().count());
                cells.max().unwrap_or_default()
            })
            .collect();
        for line in &lines {
            let padded = line.iter().zip(&widths);
            let padded: Vec<_> = padded
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            write!(f, "\n  {}", padded.join("  ").trim_end())?;
        }
        if rows > ROWS {
            write!(f, "\n  … {} more", rows - ROWS)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A column that Arrow can show as text: times of a named zone are shown in UTC, for Arrow knows the names of zones only with
/// a database of its own.
pub(crate) fn showable(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let DataType::Timestamp(unit, Some(_)) = column.data_type() else {
        return Ok(Arc::clone(column));
    };
    let utc = DataType::Timestamp(*unit, Some("+00:00".into()));
    let data = column.to_data().into_builder().data_type(utc).build()?;
    Ok(make_array(data))
}

fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::new().with_null("–").with_display_error(true);
    let columns: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .map(|column| showable(column).unwrap_or_else(|_| Arc::clone(column)))
        .collect();
    let columns: Vec<_> = columns
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options).ok())
        .collect();
    let cell = |row: usize, column: &Option<ArrayFormatter<'_>>| match column {
        Some(column) => shortened(&column.value(row).to_string()),
        None => "?".to_owned(),
    };
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|column| cell(row, column)).collect())
        .collect()
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.escape_debug().take(WIDTH + 1).collect();
    if shown.chars().count() > WIDTH {
        shown = shown.chars().take(WIDTH - 1).chain(['…']).collect();
    }
    shown
}

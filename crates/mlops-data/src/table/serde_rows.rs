//! Rows as Rust structs, by serde.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_cast::cast;
use arrow_schema::{DataType, FieldRef, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_arrow::schema::{SchemaLike, TracingOptions};

use super::Table;
use crate::DataError;

impl Table {
    /// A table of these rows: one column for each field, named as serde names it.
    ///
    /// The types come from the Rust type, so that they do not depend on which values happen to be there: an `Option` that is
    /// `None` in every row is still a column of its type. Where the type does not tell (a flattened field, a time that is
    /// written as text), they come from the rows themselves; then no rows make a table without columns.
    ///
    /// # Errors
    /// The rows are no structs, or a field has no Arrow type.
    ///
    /// ```
    /// # use mlops_data::Table;
    /// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    /// struct Customer {
    ///     id: String,
    ///     tenure: Option<i64>,
    /// }
    ///
    /// let customers = [Customer { id: "7590-VHVEG".into(), tenure: None }];
    /// let table = Table::from_rows(&customers)?;
    /// assert_eq!(table.integers("tenure")?, [None]);
    /// assert_eq!(table.to_rows::<Customer>()?, customers);
    /// # Ok::<(), mlops_data::DataError>(())
    /// ```
    pub fn from_rows<T: Serialize + DeserializeOwned>(rows: &[T]) -> Result<Self, DataError> {
        let fields = Vec::<FieldRef>::from_type::<T>(options())
            .or_else(|_| Vec::<FieldRef>::from_samples(rows, options()))
            .map_err(mismatch::<T>)?;
        if rows.is_empty() {
            return Self::empty(Arc::new(Schema::new(fields)));
        }
        let batch = serde_arrow::to_record_batch(&fields, &rows).map_err(mismatch::<T>)?;
        Self::try_from(batch)
    }

    /// The rows as values of `T`, whose fields are found by name. Columns that `T` does not name are ignored.
    ///
    /// Whole numbers are read into a field of floats: a column of amounts is a column of integers on the day when none of them
    /// has cents.
    ///
    /// # Errors
    /// A field has no column, a null no `Option`, or a value is of another type.
    pub fn to_rows<T: DeserializeOwned>(&self) -> Result<Vec<T>, DataError> {
        let mut rows = Vec::with_capacity(self.rows());
        let wanted = Vec::<FieldRef>::from_type::<T>(options()).unwrap_or_default();
        for batch in &self.batches {
            let batch = widened(batch, &wanted)?;
            let part: Vec<T> = serde_arrow::from_record_batch(&batch).map_err(mismatch::<T>)?;
            rows.extend(part);
        }
        Ok(rows)
    }
}

/// The batch with numbers as floats, and columns of nothing but nulls as any type, where the Rust type wants them so.
fn widened(batch: &RecordBatch, wanted: &[FieldRef]) -> Result<RecordBatch, DataError> {
    let schema = batch.schema();
    let mut fields = schema.fields().to_vec();
    let mut columns = batch.columns().to_vec();
    for (field, column) in fields.iter_mut().zip(&mut columns) {
        let Some(wanted) = wanted.iter().find(|wanted| wanted.name() == field.name()) else {
            continue;
        };
        let (from, to) = (field.data_type(), wanted.data_type());
        let number = from.is_integer() || from.is_floating() || from.is_decimal();
        if from != to && (number && to.is_floating() || *from == DataType::Null) {
            *column = cast(column, to)?;
            *field = Arc::new(field.as_ref().clone().with_data_type(to.clone()));
        }
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new_with_options(schema, columns, &rows)?)
}

fn options() -> TracingOptions {
    TracingOptions::default()
        .allow_null_fields(true)
        .enums_without_data_as_strings(true)
        .sequence_as_large_list(false)
        .strings_as_large_utf8(false)
        .bytes_as_large_binary(false)
}

fn mismatch<T>(cause: serde_arrow::Error) -> DataError {
    DataError::Rows {
        type_name: std::any::type_name::<T>(),
        problem: cause.message().trim().to_owned(),
    }
}

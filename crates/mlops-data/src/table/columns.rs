//! Tables with other columns: chosen, dropped, added, renamed.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use super::{IntoColumn, Table};
use crate::DataError;

impl Table {
    /// Only these columns, in this order.
    ///
    /// # Errors
    /// There is no such column, or one is named twice.
    pub fn select(&self, names: &[&str]) -> Result<Self, DataError> {
        let mut indices = Vec::with_capacity(names.len());
        for name in names {
            let index = self.index(name)?;
            if indices.contains(&index) {
                return Err(DataError::DuplicateColumn {
                    name: (*name).to_owned(),
                });
            }
            indices.push(index);
        }
        self.project(&indices)
    }

    /// All columns but these.
    ///
    /// # Errors
    /// There is no such column.
    pub fn without(&self, names: &[&str]) -> Result<Self, DataError> {
        for name in names {
            self.index(name)?;
        }
        let fields = self.schema.fields().iter().enumerate();
        let kept: Vec<_> = fields
            .filter(|(_, field)| !names.contains(&field.name().as_str()))
            .map(|(index, _)| index)
            .collect();
        self.project(&kept)
    }

    fn project(&self, indices: &[usize]) -> Result<Self, DataError> {
        let schema = Arc::new(self.schema.project(indices)?);
        let batches = self.batches.iter().map(|batch| batch.project(indices));
        let batches = batches.collect::<Result<Vec<_>, _>>()?;
        Ok(Self::from_plain(schema, batches))
    }

    /// The table with this column: in the place of the one that has the name, or else as the last one. A table without
    /// columns takes the column's length.
    ///
    /// # Errors
    /// The column has another length than the table, or a type that tables do not hold.
    pub fn with_column(&self, name: &str, column: ArrayRef) -> Result<Self, DataError> {
        if self.schema.fields().is_empty() && self.is_empty() {
            return Self::from_columns([(name, column)]);
        }
        if column.len() != self.rows() {
            return Err(DataError::ColumnLength {
                name: name.to_owned(),
                found: column.len(),
                expected: self.rows(),
            });
        }
        let field = Arc::new(Field::new(name, column.data_type().clone(), true));
        let place = self.index(name).ok();
        let mut fields = self.schema.fields().to_vec();
        put(&mut fields, place, field);
        let schema = Arc::new(Schema::new(fields));
        let mut offset = 0;
        let mut batches = Vec::with_capacity(self.batches.len());
        for batch in &self.batches {
            let mut columns = batch.columns().to_vec();
            put(&mut columns, place, column.slice(offset, batch.num_rows()));
            offset += batch.num_rows();
            batches.push(with_columns(&schema, columns, batch.num_rows())?);
        }
        Self::from_batches(schema, batches)
    }

    /// [`with_column`](Self::with_column) of doubles.
    ///
    /// # Errors
    /// As there.
    pub fn with_numbers(&self, name: &str, values: Vec<Option<f64>>) -> Result<Self, DataError> {
        self.with_column(name, values.into_column())
    }

    /// [`with_column`](Self::with_column) of 64-bit integers.
    ///
    /// # Errors
    /// As there.
    pub fn with_integers(&self, name: &str, values: Vec<Option<i64>>) -> Result<Self, DataError> {
        self.with_column(name, values.into_column())
    }

    /// [`with_column`](Self::with_column) of texts.
    ///
    /// # Errors
    /// As there.
    pub fn with_texts(&self, name: &str, values: Vec<Option<String>>) -> Result<Self, DataError> {
        self.with_column(name, values.into_column())
    }

    /// [`with_column`](Self::with_column) of booleans.
    ///
    /// # Errors
    /// As there.
    pub fn with_booleans(&self, name: &str, values: Vec<Option<bool>>) -> Result<Self, DataError> {
        self.with_column(name, values.into_column())
    }

    /// The table with one column renamed.
    ///
    /// # Errors
    /// There is no such column, or another one has the new name.
    pub fn rename(&self, from: &str, to: &str) -> Result<Self, DataError> {
        let index = self.index(from)?;
        let mut fields = self.schema.fields().to_vec();
        fields[index] = Arc::new(fields[index].as_ref().clone().with_name(to));
        let schema = Arc::new(Schema::new(fields));
        let batches = self.batches.iter();
        let batches = batches
            .map(|batch| with_columns(&schema, batch.columns().to_vec(), batch.num_rows()))
            .collect::<Result<Vec<_>, _>>()?;
        Self::from_batches(schema, batches)
    }
}

/// A batch that keeps its number of rows even without columns.
fn with_columns(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, ArrowError> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

fn put<T>(items: &mut Vec<T>, place: Option<usize>, item: T) {
    match place {
        Some(place) => items[place] = item,
        None => items.push(item),
    }
}

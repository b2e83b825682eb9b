//! Tables with other rows: filtered, sorted, taken, cut, put together.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::{Array, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_ord::sort::{LexicographicalComparator, SortColumn, SortOptions};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;
use arrow_select::interleave::interleave_record_batch;

use super::{Table, plain};
use crate::DataError;
use crate::canonical::BATCH_ROWS;

impl Table {
    /// The rows where `keep` is true; null counts as false.
    ///
    /// # Errors
    /// `keep` has another length than the table.
    pub fn filter(&self, keep: &BooleanArray) -> Result<Self, DataError> {
        if keep.len() != self.rows() {
            return Err(DataError::ColumnLength {
                name: "(filter)".to_owned(),
                found: keep.len(),
                expected: self.rows(),
            });
        }
        let mut offset = 0;
        let mut batches = Vec::with_capacity(self.batches.len());
        for batch in &self.batches {
            let part = keep.slice(offset, batch.num_rows());
            offset += batch.num_rows();
            batches.push(filter_record_batch(batch, &part)?);
        }
        Ok(Self::from_plain(Arc::clone(&self.schema), batches))
    }

    /// The rows whose index, counted from 0, is wanted.
    ///
    /// # Errors
    /// A column is too large for Arrow.
    pub fn filter_rows(&self, wanted: impl FnMut(usize) -> bool) -> Result<Self, DataError> {
        let keep: Vec<bool> = (0..self.rows()).map(wanted).collect();
        self.filter(&BooleanArray::from(keep))
    }

    /// The rows in ascending order of these columns, the first one counting most. Rows that are equal in all of them keep
    /// their order; nulls come last, `NaN` just before them.
    ///
    /// # Errors
    /// There is no such column, or its type has no order.
    pub fn sort(&self, columns: &[&str]) -> Result<Self, DataError> {
        self.sort_by(columns, false)
    }

    /// As [`sort`](Self::sort), but descending; rows that are equal keep their order, and nulls come last, here too.
    ///
    /// # Errors
    /// As there.
    pub fn sort_descending(&self, columns: &[&str]) -> Result<Self, DataError> {
        self.sort_by(columns, true)
    }

    fn sort_by(&self, columns: &[&str], descending: bool) -> Result<Self, DataError> {
        let options = SortOptions {
            descending,
            nulls_first: false,
        };
        let keys = columns
            .iter()
            .map(|name| {
                Ok(SortColumn {
                    values: self.column(name)?,
                    options: Some(options),
                })
            })
            .collect::<Result<Vec<_>, DataError>>()?;
        let comparator = LexicographicalComparator::try_new(&keys)?;
        let mut order: Vec<usize> = (0..self.rows()).collect();
        // Arrow's own sort is not stable; this one is.
        order.sort_by(|one, two| -> Ordering { comparator.compare(*one, *two) });
        self.take(&order)
    }

    /// These rows, counted from 0, in this order; a row may be taken more than once.
    ///
    /// # Errors
    /// There is no such row.
    pub fn take(&self, rows: &[usize]) -> Result<Self, DataError> {
        let total = self.rows();
        let mut starts = Vec::with_capacity(self.batches.len());
        let mut start = 0;
        for batch in &self.batches {
            starts.push(start);
            start += batch.num_rows();
        }
        let places = rows
            .iter()
            .map(|row| {
                if *row >= total {
                    return Err(DataError::OutOfRange {
                        row: *row,
                        rows: total,
                    });
                }
                let batch = starts.partition_point(|start| start <= row) - 1;
                Ok((batch, row - starts[batch]))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if self.schema.fields().is_empty() {
            let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
            let schema = Arc::clone(&self.schema);
            let batch =
                RecordBatch::try_new_with_options(Arc::clone(&schema), Vec::new(), &options)?;
            return Ok(Self::from_plain(schema, [batch]));
        }
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        let taken = places
            .chunks(BATCH_ROWS)
            .map(|places| interleave_record_batch(&batches, places))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self::from_plain(Arc::clone(&self.schema), taken))
    }

    /// At most `length` rows from row `offset` on, without copying; what lies beyond the end is not there.
    pub fn slice(&self, offset: usize, length: usize) -> Self {
        let (mut skip, mut wanted) = (offset, length);
        let mut batches = Vec::new();
        for batch in &self.batches {
            let start = skip.min(batch.num_rows());
            let rows = wanted.min(batch.num_rows() - start);
            skip -= start;
            wanted -= rows;
            batches.push(batch.slice(start, rows));
        }
        Self::from_plain(Arc::clone(&self.schema), batches)
    }

    /// The rows of all these tables, one after the other, without copying.
    ///
    /// Columns must have the same names and types in the same order. A column of nothing but nulls, whose type nobody could
    /// know, takes the type that it has in the other tables; a column may hold nulls if it may in any of them. No tables at
    /// all give a table without columns.
    ///
    /// # Errors
    /// The columns differ.
    pub fn concat(tables: &[Self]) -> Result<Self, DataError> {
        let Some(first) = tables.first() else {
            return Self::empty(Arc::new(Schema::empty()));
        };
        let fields: Vec<Field> = first
            .schema
            .fields()
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let others = || {
                    tables
                        .iter()
                        .filter_map(|table| table.schema.fields().get(index))
                };
                let known = others().find(|other| *other.data_type() != DataType::Null);
                let known = known.unwrap_or(field);
                let nullable = others().any(|other| other.is_nullable());
                field
                    .as_ref()
                    .clone()
                    .with_data_type(known.data_type().clone())
                    .with_nullable(nullable)
            })
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let mut batches = Vec::new();
        for table in tables {
            let adapted = table.with_unknown_types_of(&schema);
            if let Some(problem) = plain::difference(&schema, &adapted) {
                return Err(DataError::SchemaMismatch { problem });
            }
            for batch in &table.batches {
                batches.push(under(&schema, batch)?);
            }
        }
        Ok(Self::from_plain(schema, batches))
    }

    /// This table's schema, where columns of nothing but nulls have the type that `schema` gives them.
    fn with_unknown_types_of(&self, schema: &Schema) -> Schema {
        let own = self.schema.fields().iter();
        let fields = own.enumerate().map(|(index, field)| {
            let field = field.as_ref().clone();
            match (field.data_type(), schema.fields().get(index)) {
                (DataType::Null, Some(other)) => field.with_data_type(other.data_type().clone()),
                _ => field,
            }
        });
        Schema::new(fields.collect::<Vec<_>>())
    }
}

fn under(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, DataError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| {
        if column.data_type() == field.data_type() {
            Arc::clone(column)
        } else {
            new_null_array(field.data_type(), column.len())
        }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = columns.collect();
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}

//! A table: a schema and batches of rows, cheap to clone, equal by content.

mod columns;
mod difference;
mod display;
mod plain;
mod rows;
mod serde_rows;
mod split;
mod unfolded;
mod values;

pub mod literal;

pub(crate) use display::showable;
pub(crate) use plain::{schema as plain_schema, under};
pub(crate) use split::split_mix;

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema, SchemaRef};
use arrow_select::concat::concat;

use crate::DataError;
use crate::canonical::canonical_batches;

pub use difference::TableDifference;
pub use literal::IntoColumn;

#[cfg(test)]
mod tests;

/// Rows of named, typed columns: an Arrow schema and batches. Immutable, and cheap to clone.
///
/// Two tables are equal if their columns have the same names, types and nullability and their values the same bits, however
/// the rows are cut into batches. So `NaN` equals itself, and `-0.0` differs from `0.0`.
///
/// A table holds no dictionaries, run-end encodings or list views: they become their plain values when it is made, for they
/// are ways of storing a value, and a stage must not see another type on the day its input comes from the store. For the
/// same reason it drops the notes that a writer left in the schema, except the names of extension types. Unions are refused.
#[derive(Clone)]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Table {
    /// A table of these batches, whose columns must be those of `schema` in the same order.
    ///
    /// # Errors
    /// The batches have other columns, two columns share a name, or a column is of a type that tables do not hold.
    pub fn from_batches(
        schema: SchemaRef,
        batches: impl IntoIterator<Item = RecordBatch>,
    ) -> Result<Self, DataError> {
        let schema = plain::schema(&schema)?;
        let batches = batches
            .into_iter()
            .filter(|batch| batch.num_rows() > 0)
            .map(|batch| plain::batch(&schema, &batch))
            .collect::<Result<_, _>>()?;
        Ok(Self { schema, batches })
    }

    /// A table of these columns, which must have one length. Each of them may hold nulls.
    ///
    /// # Errors
    /// The lengths differ, two columns share a name, or a column is of a type that tables do not hold.
    pub fn from_columns<N: Into<String>>(
        columns: impl IntoIterator<Item = (N, ArrayRef)>,
    ) -> Result<Self, DataError> {
        let (fields, arrays): (Vec<_>, Vec<_>) = columns
            .into_iter()
            .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
            .unzip();
        let rows = arrays.first().map_or(0, |array: &ArrayRef| array.len());
        for (field, array) in fields.iter().zip(&arrays) {
            if array.len() != rows {
                return Err(DataError::ColumnLength {
                    name: field.name().clone(),
                    found: array.len(),
                    expected: rows,
                });
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)?;
        Self::from_batches(schema, [batch])
    }

    /// A table without rows.
    ///
    /// # Errors
    /// Two columns share a name, or a column is of a type that tables do not hold.
    pub fn empty(schema: SchemaRef) -> Result<Self, DataError> {
        Self::from_batches(schema, [])
    }

    /// For parts of a table that is already plain.
    fn from_plain(schema: SchemaRef, batches: impl IntoIterator<Item = RecordBatch>) -> Self {
        let batches = batches.into_iter().filter(|batch| batch.num_rows() > 0);
        Self {
            schema,
            batches: batches.collect(),
        }
    }

    /// The names, types and nullability of the columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows, in batches of any size; none of them is empty.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> Vec<&str> {
        let fields = self.schema.fields().iter();
        fields.map(|field| field.name().as_str()).collect()
    }

    /// A column, its batches put together.
    ///
    /// # Errors
    /// There is no such column.
    pub fn column(&self, name: &str) -> Result<ArrayRef, DataError> {
        let index = self.index(name)?;
        let parts: Vec<&dyn Array> = self.batches.iter().map(|b| &**b.column(index)).collect();
        Ok(match parts.as_slice() {
            [] => arrow_array::new_empty_array(self.schema.field(index).data_type()),
            [_] => Arc::clone(self.batches[0].column(index)),
            parts => concat(parts)?,
        })
    }

    fn index(&self, name: &str) -> Result<usize, DataError> {
        let mut fields = self.schema.fields().iter();
        fields
            .position(|field| field.name() == name)
            .ok_or_else(|| DataError::UnknownColumn {
                name: name.to_owned(),
                candidates: self.columns().into_iter().map(str::to_owned).collect(),
            })
    }
}

impl TryFrom<RecordBatch> for Table {
    type Error = DataError;

    fn try_from(batch: RecordBatch) -> Result<Self, DataError> {
        Self::from_batches(batch.schema(), [batch])
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        if self.schema != other.schema || self.rows() != other.rows() {
            return false;
        }
        let pairs = canonical_batches(&self.schema, &self.batches)
            .zip(canonical_batches(&other.schema, &other.batches));
        let mut equal = pairs.map(|pair| matches!(pair, (Ok(one), Ok(two)) if one == two));
        equal.all(|equal| equal)
    }
}

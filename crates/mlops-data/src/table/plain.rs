//! What a table holds: plain values, without the ways in which a writer stored them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::unfolded;
use crate::DataError;
use crate::read::Budget;

/// The names and parameters of extension types are part of a column's type; all other metadata tells how some program
/// wrote it (pandas its version, Parquet its field ids) and would make equal rows differ.
const EXTENSION: &str = "ARROW:extension:";

/// The schema of plain columns.
pub(crate) fn schema(schema: &SchemaRef) -> Result<SchemaRef, DataError> {
    let mut fields: Vec<Field> = Vec::with_capacity(schema.fields().len());
    let mut names = HashSet::new();
    for given in schema.fields() {
        let plain = field(given).ok_or_else(|| DataError::UnsupportedType {
            name: given.name().clone(),
            found: given.data_type().to_string(),
        })?;
        if !names.insert(given.name()) {
            return Err(DataError::DuplicateColumn {
                name: plain.name().clone(),
            });
        }
        fields.push(plain);
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// The rows of `batch` under a plain schema.
pub(super) fn batch(plain: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, DataError> {
    let own = schema(&batch.schema())?;
    if let Some(problem) = difference(plain, &own) {
        return Err(DataError::SchemaMismatch { problem });
    }
    under(plain, batch)
}

/// The columns of `batch`, each cast to the type that it has in `plain`.
pub(crate) fn under(plain: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, DataError> {
    let columns = batch
        .columns()
        .iter()
        .zip(plain.fields())
        .map(|(column, field)| {
            if column.data_type() == field.data_type() {
                return Ok(Arc::clone(column));
            }
            // A value that is stored once and named in every row is there in every row afterwards.
            let stored = column.get_buffer_memory_size() as u64;
            let what = format!("column `{}`, as stored,", field.name());
            Budget::of_file(stored).check(&what, unfolded::plain_size(column))?;
            Ok(cast(column, field.data_type())?)
        })
        .collect::<Result<_, DataError>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(plain),
        columns,
        &options,
    )?)
}

/// Where the columns of `found` are not those of `expected`, nullability aside.
pub(super) fn difference(expected: &Schema, found: &Schema) -> Option<String> {
    let (wanted, given) = (expected.fields(), found.fields());
    for (index, (wanted, given)) in wanted.iter().zip(given).enumerate() {
        if wanted.name() != given.name() {
            return Some(format!(
                "column {} is `{}`, not `{}`",
                index + 1,
                given.name(),
                wanted.name()
            ));
        }
        if wanted.data_type() != given.data_type() {
            return Some(format!(
                "column `{}` is {}, not {}",
                wanted.name(),
                given.data_type(),
                wanted.data_type()
            ));
        }
    }
    (wanted.len() != given.len())
        .then(|| format!("there are {} columns, not {}", given.len(), wanted.len()))
}

fn field(given: &Field) -> Option<Field> {
    let mut metadata = given.metadata().clone();
    metadata.retain(|key, _| key.starts_with(EXTENSION));
    let field = Field::new(
        given.name(),
        data_type(given.data_type())?,
        given.is_nullable(),
    );
    Some(field.with_metadata(metadata))
}

fn nested(given: &FieldRef) -> Option<FieldRef> {
    field(given).map(Arc::new)
}

fn data_type(given: &DataType) -> Option<DataType> {
    Some(match given {
        DataType::Dictionary(_, value) => data_type(value)?,
        DataType::RunEndEncoded(_, values) => data_type(values.data_type())?,
        DataType::List(item) | DataType::ListView(item) => DataType::List(nested(item)?),
        DataType::LargeList(item) | DataType::LargeListView(item) => {
            DataType::LargeList(nested(item)?)
        }
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(nested(item)?, *size),
        DataType::Map(entries, sorted) => DataType::Map(nested(entries)?, *sorted),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(nested).collect::<Option<_>>()?)
        }
        DataType::Union(..) => return None,
        plain => plain.clone(),
    })
}

//! What a row is known by: a digest of some of its columns, the same whatever the width in which they are stored.

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use mlops_core::Encoder;

use crate::profile::Values;
use crate::table::showable;
use crate::{DataError, Table};

/// The keys of a table's rows over these columns, in the order of the rows.
///
/// Two rows have the same key if their values are equal as people compare them: numbers of any width, `0.0` and `-0.0`,
/// every `NaN`. The seed makes other keys of the same rows.
pub(super) fn row_keys(
    table: &Table,
    columns: &[usize],
    seed: u64,
) -> Result<Vec<u128>, DataError> {
    let mut keys = Vec::with_capacity(table.rows());
    for batch in table.batches() {
        let cells = columns
            .iter()
            .map(|column| Cells::of(batch.column(*column)))
            .collect::<Result<Vec<_>, _>>()?;
        // One buffer for all rows.
        let mut buffer = Vec::new();
        for row in 0..batch.num_rows() {
            buffer.clear();
            let mut encoder = Encoder::behind(buffer);
            encoder.integer(seed.into());
            cells
                .iter()
                .try_for_each(|cells| cells.encode(row, &mut encoder))?;
            keys.push(first_half(encoder.digest_of_all().as_bytes()));
            buffer = encoder.into_bytes();
        }
    }
    Ok(keys)
}

/// The keys of the values of one column, nothing where there is no value.
pub(super) fn value_keys(
    table: &Table,
    column: usize,
    seed: u64,
) -> Result<Vec<Option<u128>>, DataError> {
    let keys = row_keys(table, &[column], seed)?;
    let mut valid = Vec::with_capacity(keys.len());
    for batch in table.batches() {
        valid.extend(validity(batch, column));
    }
    let keys = keys.into_iter().zip(valid);
    Ok(keys.map(|(key, valid)| valid.then_some(key)).collect())
}

/// Which rows of a batch have a value in a column.
fn validity(batch: &RecordBatch, column: usize) -> impl Iterator<Item = bool> {
    let nulls = batch.column(column).logical_nulls();
    (0..batch.num_rows()).map(move |row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)))
}

/// The values of a column as people write them, nothing where there is none.
pub(super) fn shown_values(
    table: &Table,
    column: usize,
    rows: impl IntoIterator<Item = usize>,
) -> Result<Vec<Option<String>>, DataError> {
    let name = table.schema().field(column).name();
    let values = table.column(name)?;
    let nulls = values.logical_nulls();
    let values = Values::of(&values)?;
    let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| (!is_null(row)).then(|| values.shown(row)))
        .collect())
}

fn first_half(digest: &[u8; 32]) -> u128 {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    u128::from_be_bytes(half)
}

/// A column of a batch, ready to be encoded.
struct Cells {
    values: Values,
    nulls: Option<NullBuffer>,
}

impl Cells {
    fn of(column: &ArrayRef) -> Result<Self, DataError> {
        let nulls = match column.data_type() {
            DataType::Null => Some(NullBuffer::new_null(column.len())),
            _ => column.logical_nulls(),
        };
        let values = match Values::of(column)? {
            // What nothing is known of counts by the text that it is shown as.
            Values::Opaque(values) => Values::Opaque(showable(&values)?),
            values => values,
        };
        Ok(Self { values, nulls })
    }

    fn encode(&self, row: usize, encoder: &mut Encoder) -> Result<(), DataError> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            encoder.null();
            return Ok(());
        }
        match &self.values {
            Values::Boolean(values) => encoder.boolean(values.value(row)),
            Values::Integer(values) => whole(values.value(row).into(), encoder),
            Values::Unsigned(values) => whole(values.value(row).into(), encoder),
            Values::Number(values) => encoder.float(as_compared(values.value(row))),
            Values::Text(values) => encoder.text(values.value(row)),
            Values::Date(values) => encoder.integer(values.value(row).into()),
            Values::Time(values) => encoder.integer(values.value(row).into()),
            Values::Opaque(values) => {
                encoder.text(&arrow_cast::display::array_value_to_string(values, row)?)
            }
        };
        Ok(())
    }
}

/// A whole number, as the float that it equals where there is one: one file says `3`, another `3.0`.
fn whole(value: i128, encoder: &mut Encoder) -> &mut Encoder {
    let float = value as f64;
    if float as i128 == value {
        encoder.float(float)
    } else {
        encoder.integer(value)
    }
}

/// One of the two zeros, and one of the many that are no number.
pub(in crate::dataset) fn as_compared(value: f64) -> f64 {
    if value.is_nan() {
        f64::NAN
    } else {
        value + 0.0
    }
}

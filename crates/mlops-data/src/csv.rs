//! Comma-separated values: read in one pass, with types from all rows and errors that name the line.

mod infer;
mod records;
mod stream;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{
    Array, ArrayRef, NullArray, RecordBatch, RecordBatchOptions, StringArray, make_array,
};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use mlops_core::Source;

use self::infer::Inference;
use self::records::Records;
use crate::canonical::BATCH_ROWS;
use crate::table::showable;
use crate::{DataError, File, Table};

/// How comma-separated values are to be read.
///
/// A cell that is empty, quoted or not, or holds only white space is missing. That is a decision: a single blank among
/// numbers is how many exports write "none", and reading such a column as text would hide it. Spaces around a number or
/// another typed value do not count; texts keep theirs.
///
/// Without a schema, types are inferred over all rows: booleans (`true`, `false` in any case), 64-bit integers, doubles, dates
/// (`2024-07-01`), times with a zone (kept as UTC) or without one, and text for everything else. Digits with a leading zero
/// or too many of them for 64 bits are text: they are identifiers, and a number would lose them. A column without any value
/// has the type `Null`.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    delimiter: u8,
    header: bool,
    schema: Option<SchemaRef>,
    types: Vec<(String, DataType)>,
    missing: Vec<String>,
    infer_rows: usize,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: b',',
            header: true,
            schema: None,
            types: Vec::new(),
            missing: Vec::new(),
            infer_rows: usize::MAX,
        }
    }
}

impl CsvOptions {
    /// A comma between cells, a header, types from all rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The byte between cells.
    #[must_use]
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Whether the first line names the columns. Without a header they are `column_1`, `column_2`, …
    #[must_use]
    pub fn header(mut self, header: bool) -> Self {
        self.header = header;
        self
    }

    /// Exactly these columns, by name in any order, with these types. The table has them in the order of the schema.
    #[must_use]
    pub fn schema(mut self, schema: SchemaRef) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The type of one column; the others are still inferred.
    #[must_use]
    pub fn column_type(mut self, column: impl Into<String>, data_type: DataType) -> Self {
        self.types.push((column.into(), data_type));
        self
    }

    /// A text that also stands for a missing value, such as `NA`. Spaces around it do not count.
    #[must_use]
    pub fn missing(mut self, text: impl Into<String>) -> Self {
        self.missing.push(text.into());
        self
    }

    /// Infers types from the first rows only. A later value that does not fit is an error.
    #[must_use]
    pub fn infer_rows(mut self, rows: usize) -> Self {
        self.infer_rows = rows;
        self
    }
}

impl Table {
    /// Reads comma-separated values. See [`CsvOptions`] for what is missing and how types are found.
    ///
    /// # Errors
    /// The file cannot be read, is empty or not UTF-8, a row has another number of cells than the header, or a value is not
    /// of its column's type; the error names the line.
    pub fn read_csv(file: &File, options: &CsvOptions) -> Result<Self, DataError> {
        read(&file.location(), file.open()?, options)
    }

    /// Reads comma-separated values from a text.
    ///
    /// # Errors
    /// As [`read_csv`](Self::read_csv).
    pub fn from_csv_str(text: &str, options: &CsvOptions) -> Result<Self, DataError> {
        read("the text", text.as_bytes(), options)
    }

    /// Writes comma-separated values with a header. Nulls are empty cells, as are empty texts: read back, both are missing.
    ///
    /// # Errors
    /// A column's type has no text form, such as a list, or the output fails.
    pub fn write_csv(&self, output: impl Write) -> Result<(), DataError> {
        let write = || {
            let mut writer = arrow_csv::WriterBuilder::new().build(output);
            if self.is_empty() {
                writer.write(&RecordBatch::new_empty(Arc::clone(self.schema())))?;
            }
            for batch in self.batches() {
                let columns = batch.schema_ref().fields().iter().zip(batch.columns());
                let columns = columns
                    .map(|(field, column)| Ok((field.name(), showable(column)?)))
                    .collect::<Result<Vec<_>, ArrowError>>()?;
                writer.write(&RecordBatch::try_from_iter(columns)?)?;
            }
            Ok::<(), ArrowError>(())
        };
        write().map_err(|cause| DataError::Unwritable {
            format: "comma-separated values",
            cause: cause.into(),
        })
    }
}

/// Texts of one column, until their type is known.
struct Cells {
    name: String,
    inference: Inference,
    /// Whether a value has white space around it.
    padded: bool,
    builder: StringBuilder,
    chunks: Vec<StringArray>,
}

pub(crate) use stream::CsvStream;

/// What a line is wrong in, other than its encoding.
fn malformed(location: &str, line: u64, problem: String) -> DataError {
    DataError::Csv {
        location: location.to_owned(),
        line,
        problem,
        is_encoding: false,
    }
}

pub(crate) fn read(
    location: &str,
    input: impl BufRead,
    options: &CsvOptions,
) -> Result<Table, DataError> {
    let mut records = Records::new(input, options.delimiter);
    let mut next = |record: &mut _| {
        let found = records.next(record);
        found.map_err(|malformed| malformed.in_file(location))
    };
    let mut record = records::Record::default();
    if !next(&mut record)? {
        return Err(malformed(location, 1, "the file is empty".to_owned()));
    }
    let mut columns = named_columns(&record, options, location)?;
    let mut lines: Vec<u64> = Vec::new();
    let mut bytes = 0;
    let mut pending = !options.header;
    while pending || next(&mut record)? {
        pending = false;
        if record.len() != columns.len() {
            return Err(malformed(
                location,
                record.line(),
                ragged(record.len(), columns.len()),
            ));
        }
        for (column, cell) in columns.iter_mut().zip(record.cells()) {
            let trimmed = cell.trim();
            if trimmed.is_empty() || options.missing.iter().any(|text| text.trim() == trimmed) {
                column.builder.append_null();
                continue;
            }
            column.padded |= trimmed.len() < cell.len();
            if lines.len() < options.infer_rows {
                column.inference.see(trimmed);
            }
            column.builder.append_value(cell);
            bytes += cell.len();
        }
        lines.push(record.line());
        // Arrow's offsets have 31 bits: no chunk may come near them.
        if lines.len().is_multiple_of(BATCH_ROWS) || bytes > CHUNK_BYTES {
            bytes = 0;
            columns.iter_mut().for_each(Cells::close_chunk);
        }
    }
    columns.iter_mut().for_each(Cells::close_chunk);
    finish(location, columns, &lines, options)
}

/// Text after which a chunk is closed. A record is at most as large, so a chunk stays below what Arrow's offsets can say.
const CHUNK_BYTES: usize = 1 << 29;

fn ragged(found: usize, expected: usize) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    format!(
        "{found} cell{}, but {expected} column{}",
        plural(found),
        plural(expected)
    )
}

fn named_columns(
    record: &records::Record,
    options: &CsvOptions,
    location: &str,
) -> Result<Vec<Cells>, DataError> {
    let names = record.cells().enumerate().map(|(index, cell)| {
        let cell = cell.trim();
        if !options.header || cell.is_empty() {
            format!("column_{}", index + 1)
        } else {
            cell.to_owned()
        }
    });
    let mut columns: Vec<Cells> = Vec::new();
    let mut known = HashSet::new();
    for name in names {
        if !known.insert(name.clone()) {
            return Err(DataError::Csv {
                location: location.to_owned(),
                line: record.line(),
                problem: format!("two columns are named `{name}`"),
                is_encoding: false,
            });
        }
        columns.push(Cells {
            name,
            inference: Inference::default(),
            padded: false,
            // The default has room for a thousand cells, which ten thousand columns multiply.
            builder: StringBuilder::with_capacity(0, 0),
            chunks: Vec::new(),
        });
    }
    Ok(columns)
}

/// The columns in the order that was asked for, with their types.
fn arranged(
    location: &str,
    mut columns: Vec<Cells>,
    options: &CsvOptions,
) -> Result<(Vec<Cells>, Vec<Arc<Field>>), DataError> {
    let candidates: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let unknown = |name: &str| DataError::UnknownColumn {
        name: name.to_owned(),
        candidates: candidates.clone(),
    };
    let mut fields: Vec<Arc<Field>> = Vec::with_capacity(columns.len());
    if let Some(schema) = &options.schema {
        let mut ordered = Vec::with_capacity(columns.len());
        for field in schema.fields() {
            let index = columns
                .iter()
                .position(|column| column.name == *field.name());
            let index = index.ok_or_else(|| unknown(field.name()))?;
            ordered.push(columns.remove(index));
        }
        if let Some(extra) = columns.first() {
            return Err(DataError::SchemaMismatch {
                problem: format!(
                    "{location} has a column `{}` that the schema has not",
                    extra.name
                ),
            });
        }
        columns = ordered;
        fields.extend(schema.fields().iter().cloned());
    } else {
        for (name, _) in &options.types {
            if !columns.iter().any(|column| column.name == *name) {
                return Err(unknown(name));
            }
        }
        fields.extend(columns.iter().map(|column| {
            let given = options.types.iter().find(|(name, _)| *name == column.name);
            let inferred = match column.inference.data_type() {
                // Only all rows can tell that there are no values.
                DataType::Null if options.infer_rows < usize::MAX => DataType::Utf8,
                known => known,
            };
            let data_type = given.map_or(inferred, |(_, given)| given.clone());
            Arc::new(Field::new(&column.name, data_type, true))
        }));
    }
    Ok((columns, fields))
}

fn finish(
    location: &str,
    columns: Vec<Cells>,
    lines: &[u64],
    options: &CsvOptions,
) -> Result<Table, DataError> {
    let (columns, fields) = arranged(location, columns, options)?;
    let chunks = columns.first().map_or(0, |column| column.chunks.len());
    let schema = Arc::new(Schema::new(fields));
    let mut batches = Vec::with_capacity(chunks);
    let mut lines = lines;
    for chunk in 0..chunks {
        let rows = columns[0].chunks[chunk].len();
        let (own, rest) = lines.split_at(rows);
        lines = rest;
        let arrays = columns
            .iter()
            .zip(schema.fields())
            .map(|(column, field)| {
                typed(column, chunk, field).map_err(|(row, problem)| DataError::Csv {
                    location: location.to_owned(),
                    line: own[row],
                    problem,
                    is_encoding: false,
                })
            })
            .collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&schema);
        batches.push(RecordBatch::try_new_with_options(schema, arrays, &options)?);
    }
    Table::from_batches(schema, batches)
}

/// A chunk of a column in its type, or the row that does not fit.
fn typed(column: &Cells, chunk: usize, field: &Field) -> Result<ArrayRef, (usize, String)> {
    let texts = &column.chunks[chunk];
    let (name, data_type) = (field.name(), field.data_type());
    if !field.is_nullable() && texts.null_count() > 0 {
        let row = (0..texts.len()).find(|row| texts.is_null(*row));
        let problem = format!("column `{name}` must have a value");
        return Err((row.unwrap_or_default(), problem));
    }
    if matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    ) {
        return cast(texts, data_type).map_err(|error| (0, error.to_string()));
    }
    let trimmed = column.padded.then(|| {
        let texts = texts.iter().map(|text| text.map(str::trim));
        texts.collect::<StringArray>()
    });
    let texts = trimmed.as_ref().unwrap_or(texts);
    let values = parsed(texts, data_type).map_err(|error| (0, error.to_string()))?;
    let values_nulls = values.logical_nulls();
    let lost = (0..texts.len()).find(|row| {
        texts.is_valid(*row)
            && values_nulls
                .as_ref()
                .is_some_and(|nulls| nulls.is_null(*row))
    });
    match lost.or_else(|| overflown(texts, &values)) {
        None => Ok(values),
        Some(row) => {
            let problem = format!("column `{name}`: `{}` is no {data_type}", texts.value(row));
            Err((row, problem))
        }
    }
}

/// A number too large for its type, which parsing makes infinite.
fn overflown(texts: &StringArray, values: &ArrayRef) -> Option<usize> {
    let infinite = |row: usize| match values.data_type() {
        DataType::Float64 => values
            .as_primitive::<Float64Type>()
            .value(row)
            .is_infinite(),
        DataType::Float32 => values
            .as_primitive::<Float32Type>()
            .value(row)
            .is_infinite(),
        _ => false,
    };
    let digits = |row: usize| texts.value(row).bytes().any(|byte| byte.is_ascii_digit());
    (0..texts.len()).find(|row| texts.is_valid(*row) && infinite(*row) && digits(*row))
}

/// Parses texts; one that does not fit becomes null.
fn parsed(texts: &StringArray, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    match data_type {
        DataType::Null => Ok(Arc::new(NullArray::new(texts.len()))),
        // Arrow knows `UTC` only by number; a column of times is labelled afterwards.
        DataType::Timestamp(unit, Some(zone)) if **zone == *"UTC" => {
            let numbered = cast(texts, &DataType::Timestamp(*unit, Some("+00:00".into())))?;
            let data = numbered.to_data().into_builder();
            Ok(make_array(data.data_type(data_type.clone()).build()?))
        }
        _ => cast(texts, data_type),
    }
}

impl Cells {
    fn close_chunk(&mut self) {
        let chunk = self.builder.finish();
        if !chunk.is_empty() {
            self.chunks.push(chunk);
        }
    }
}

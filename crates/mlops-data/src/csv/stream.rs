//! Comma-separated values in batches: once through for the types, once more for the rows, and never all in memory.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};

use super::records::{Record, Records};
use super::{CHUNK_BYTES, Cells, CsvOptions, arranged, malformed, named_columns, ragged, typed};
use crate::DataError;

/// Rows of a file, a batch at a time.
pub(crate) struct CsvStream<R> {
    location: String,
    options: CsvOptions,
    records: Records<R>,
    record: Record,
    /// The record that was read holds a row that is not in a batch yet.
    pending: bool,
    /// In the order of the file.
    columns: Vec<Cells>,
    /// For each column of the schema its place in the file.
    order: Vec<usize>,
    schema: SchemaRef,
    ended: bool,
}

/// Which texts stand for nothing.
fn is_missing(trimmed: &str, options: &CsvOptions) -> bool {
    trimmed.is_empty() || options.missing.iter().any(|text| text.trim() == trimmed)
}

impl<R: BufRead> CsvStream<R> {
    /// Reads `first` to the end for the types; the rows then come from `second`, the same content from its beginning.
    pub(crate) fn open(
        location: &str,
        first: R,
        second: R,
        options: &CsvOptions,
    ) -> Result<Self, DataError> {
        let (columns, order, schema) = types(location, first, options)?;
        let mut stream = Self {
            location: location.to_owned(),
            options: options.clone(),
            records: Records::new(second, options.delimiter),
            record: Record::default(),
            pending: false,
            columns,
            order,
            schema,
            ended: false,
        };
        stream.pending = stream.advance()? && !options.header;
        Ok(stream)
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn advance(&mut self) -> Result<bool, DataError> {
        let found = self.records.next(&mut self.record);
        found.map_err(|malformed| malformed.in_file(&self.location))
    }

    /// The next rows, at most so many.
    pub(crate) fn next_batch(&mut self, rows: usize) -> Result<Option<RecordBatch>, DataError> {
        let mut lines = Vec::new();
        let mut bytes = 0;
        while !self.ended && lines.len() < rows && bytes < CHUNK_BYTES {
            if !std::mem::take(&mut self.pending) && !self.advance()? {
                self.ended = true;
                break;
            }
            if self.record.len() != self.columns.len() {
                // The first pass saw the same bytes; the file changed in between.
                let problem = ragged(self.record.len(), self.columns.len());
                return Err(malformed(&self.location, self.record.line(), problem));
            }
            for (column, cell) in self.columns.iter_mut().zip(self.record.cells()) {
                if is_missing(cell.trim(), &self.options) {
                    column.builder.append_null();
                } else {
                    column.builder.append_value(cell);
                    bytes += cell.len();
                }
            }
            lines.push(self.record.line());
        }
        if lines.is_empty() {
            return Ok(None);
        }
        self.columns.iter_mut().for_each(Cells::close_chunk);
        let arrays = self
            .order
            .iter()
            .zip(self.schema.fields())
            .map(|(place, field)| {
                typed(&self.columns[*place], 0, field)
                    .map_err(|(row, problem)| malformed(&self.location, lines[row], problem))
            })
            .collect::<Result<_, _>>()?;
        self.columns
            .iter_mut()
            .for_each(|column| column.chunks.clear());
        let options = RecordBatchOptions::new().with_row_count(Some(lines.len()));
        let schema = Arc::clone(&self.schema);
        Ok(Some(RecordBatch::try_new_with_options(
            schema, arrays, &options,
        )?))
    }
}

/// The columns, their order in the schema, and the schema.
type Typed = (Vec<Cells>, Vec<usize>, SchemaRef);

fn types(location: &str, input: impl BufRead, options: &CsvOptions) -> Result<Typed, DataError> {
    let mut records = Records::new(input, options.delimiter);
    let mut record = Record::default();
    let mut next = |record: &mut Record| {
        let found = records.next(record);
        found.map_err(|malformed| malformed.in_file(location))
    };
    if !next(&mut record)? {
        return Err(malformed(location, 1, "the file is empty".to_owned()));
    }
    let mut columns = named_columns(&record, options, location)?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let mut seen = 0_usize;
    let mut pending = !options.header;
    while pending || next(&mut record)? {
        pending = false;
        if record.len() != columns.len() {
            let problem = ragged(record.len(), columns.len());
            return Err(malformed(location, record.line(), problem));
        }
        for (column, cell) in columns.iter_mut().zip(record.cells()) {
            let trimmed = cell.trim();
            if !is_missing(trimmed, options) {
                column.padded |= trimmed.len() < cell.len();
                if seen < options.infer_rows {
                    column.inference.see(trimmed);
                }
            }
        }
        seen += 1;
    }
    let (arranged, fields) = arranged(location, columns, options)?;
    let places: HashMap<&str, usize> = names
        .iter()
        .enumerate()
        .map(|(place, name)| (name.as_str(), place))
        .collect();
    let order: Vec<usize> = arranged
        .iter()
        .filter_map(|column| places.get(column.name.as_str()).copied())
        .collect();
    let mut in_file: Vec<Option<Cells>> = names.iter().map(|_| None).collect();
    for (column, place) in arranged.into_iter().zip(&order) {
        in_file[*place] = Some(column);
    }
    let columns = in_file.into_iter().flatten().collect();
    Ok((columns, order, Arc::new(Schema::new(fields))))
}

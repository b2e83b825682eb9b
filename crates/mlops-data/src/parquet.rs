//! Parquet files.

mod group;
mod header;
mod pages;

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use mlops_core::{BoxError, Source};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::ChunkReader;

use crate::canonical::BATCH_ROWS;
use crate::read::Budget;
use crate::{DataError, File, Table};

pub(crate) use group::{RowGroup, coded_texts, open_footer, with_texts_as};
pub(crate) use pages::Pages;

impl Table {
    /// Reads a Parquet file.
    ///
    /// # Errors
    /// The file cannot be read, is no Parquet file, or is compressed in a way that this program was built without.
    pub fn read_parquet(file: &File) -> Result<Self, DataError> {
        read(&file.location(), file.open_unbuffered()?)
    }

    /// Reads a Parquet file from bytes.
    ///
    /// # Errors
    /// As [`read_parquet`](Self::read_parquet).
    pub fn from_parquet(bytes: impl Into<Bytes>) -> Result<Self, DataError> {
        read("the Parquet data", bytes.into())
    }

    /// Writes the table as a Parquet file, compressed with snappy, which every reader knows.
    ///
    /// The bytes are for other programs: they name the version of the writer, so they are no identity of the rows.
    ///
    /// # Errors
    /// A column has a type that Parquet does not, or the output fails.
    pub fn write_parquet(&self, output: impl Write + Send) -> Result<(), DataError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let write = || -> Result<(), ParquetError> {
            let schema = Arc::clone(self.schema());
            let mut writer = ArrowWriter::try_new(output, schema, Some(properties))?;
            self.batches()
                .iter()
                .try_for_each(|batch| writer.write(batch))?;
            writer.close()?;
            Ok(())
        };
        write().map_err(|cause| DataError::Unwritable {
            format: "Parquet",
            cause: cause.into(),
        })
    }
}

pub(crate) fn read(location: &str, source: impl ChunkReader + 'static) -> Result<Table, DataError> {
    let source = Arc::new(source);
    let metadata = open_footer(location, &*source)?;
    let mut budget = Budget::of_file(source.len());
    budget.check(location, least_size(&metadata))?;
    let mut batches = Vec::new();
    for group in 0..metadata.metadata().num_row_groups() {
        let pages = Pages::new(Arc::clone(&source), metadata.metadata());
        for batch in RowGroup::open(location, pages, &metadata, group, BATCH_ROWS, None)? {
            let batch = batch?;
            budget.take(location, batch.get_array_memory_size() as u64)?;
            batches.push(batch);
        }
    }
    Table::from_batches(Arc::clone(metadata.schema()), batches)
}

/// What the rows that the footer promises take at least: their columns of fixed width.
fn least_size(metadata: &ArrowReaderMetadata) -> u64 {
    let fields = metadata.schema().fields().iter();
    let widths = fields.filter_map(|field| field.data_type().primitive_width());
    let row = widths.sum::<usize>() as u64;
    let groups = metadata.metadata().row_groups().iter();
    let rows = groups.map(|group| u64::try_from(group.num_rows()).unwrap_or(0));
    rows.fold(0, u64::saturating_add).saturating_mul(row)
}

pub(crate) fn unreadable(location: &str, cause: BoxError) -> DataError {
    // The words of parquet 59.3, compression.rs; a test reads such a file.
    let message = cause.to_string();
    if let Some((_, codec)) = message.split_once("Disabled feature at compile time: ") {
        let codec: String = codec
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        return DataError::Codec {
            location: location.to_owned(),
            codec: if codec == "flate2" {
                "gzip".to_owned()
            } else {
                codec
            },
        };
    }
    DataError::Unreadable {
        location: location.to_owned(),
        format: "Parquet",
        cause,
    }
}

//! Parquet files.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use mlops_core::{BoxError, Source};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::ChunkReader;

use crate::canonical::BATCH_ROWS;
use crate::{DataError, File, Table};

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
    let decode = || -> Result<_, BoxError> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(source)?
            .with_batch_size(BATCH_ROWS)
            .build()?;
        let schema = arrow_array::RecordBatchReader::schema(&reader);
        Ok((schema, reader.collect::<Result<Vec<_>, _>>()?))
    };
    let (schema, batches) = decode().map_err(|cause| unreadable(location, cause))?;
    Table::from_batches(schema, batches)
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

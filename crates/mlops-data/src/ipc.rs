//! Arrow files: the canonical writer, and a reader that leaves the values where they are.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::fb_to_schema;
use arrow_ipc::reader::{FileDecoder, StreamReader, read_footer_length};
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_ipc::{Block, MetadataVersion, root_as_footer};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use mlops_core::BoxError;

use crate::canonical::canonical_batches;
use crate::{DataError, Table};

pub(crate) const MAGIC: &[u8] = b"ARROW1";
/// The footer's length and the magic at the end of a file.
const TRAILER: usize = 10;
/// Buffers start at multiples of this, so that a mapped file needs no copy on any machine of today.
const ALIGNMENT: usize = 64;

impl Table {
    /// The table as an Arrow file: canonical, so that equal tables give equal bytes.
    ///
    /// # Errors
    /// A column is too large for the format.
    ///
    /// ```
    /// # use mlops_data::{Table, table};
    /// let table = table! { "name" => ["a", "b"] };
    /// assert_eq!(Table::from_ipc(table.to_ipc()?)?, table);
    /// # Ok::<(), mlops_data::DataError>(())
    /// ```
    pub fn to_ipc(&self) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        self.write_ipc(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads an Arrow file or stream from bytes. The values are not copied unless they are compressed or misaligned.
    ///
    /// # Errors
    /// The bytes are no Arrow file, or damaged, or hold a type that a table does not.
    pub fn from_ipc(bytes: impl Into<Bytes>) -> Result<Self, DataError> {
        read("the Arrow data", bytes.into())
    }

    /// Writes the table as an Arrow file, as [`to_ipc`](Self::to_ipc).
    ///
    /// # Errors
    /// The output fails.
    pub fn write_ipc(&self, output: impl Write) -> Result<(), DataError> {
        write(self, output).map_err(|cause| DataError::Unwritable {
            format: "an Arrow file",
            cause: cause.into(),
        })
    }
}

/// Writes the canonical form: fixed batches, no dictionaries, no compression, no notes.
pub(crate) fn write(table: &Table, output: impl Write) -> Result<(), ArrowError> {
    let options = IpcWriteOptions::try_new(ALIGNMENT, false, MetadataVersion::V5)?;
    let mut writer = FileWriter::try_new_with_options(output, table.schema(), options)?;
    for batch in canonical_batches(table.schema(), table.batches()) {
        writer.write(&batch?)?;
    }
    writer.finish()
}

/// Reads an Arrow file or stream.
pub(crate) fn read(location: &str, bytes: Bytes) -> Result<Table, DataError> {
    // Arrow's own conversion of a schema panics on types that it does not know, which a damaged file can name.
    let (schema, batches) = catch_unwind(AssertUnwindSafe(|| decode(bytes)))
        .unwrap_or_else(|_| Err("its structure is damaged".into()))
        .map_err(|cause| unreadable(location, cause))?;
    Table::from_batches(schema, batches)
}

fn decode(bytes: Bytes) -> Result<(SchemaRef, Vec<RecordBatch>), BoxError> {
    if !bytes.starts_with(MAGIC) {
        if bytes.is_empty() {
            return Err("it is empty".into());
        }
        let reader = StreamReader::try_new(&*bytes, None)?;
        let schema = reader.schema();
        return Ok((schema, reader.collect::<Result<_, _>>()?));
    }
    let buffer = Buffer::from(bytes);
    let trailer_start = buffer.len().checked_sub(TRAILER).ok_or("it is cut short")?;
    let trailer: [u8; TRAILER] = buffer[trailer_start..].try_into()?;
    let footer_start = trailer_start
        .checked_sub(read_footer_length(trailer)?)
        .ok_or("it is cut short")?;
    let footer = root_as_footer(&buffer[footer_start..trailer_start])
        .map_err(|cause| format!("its footer is damaged: {cause}"))?;
    let schema = footer.schema().ok_or("its footer has no schema")?;
    if !schema.endianness().equals_to_target_endianness() {
        return Err("its byte order is not this machine's".into());
    }
    let schema = Arc::new(fb_to_schema(schema));
    let mut decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
    for block in footer.dictionaries().iter().flatten() {
        decoder.read_dictionary(block, &slice(&buffer, block)?)?;
    }
    let mut batches = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        batches.extend(decoder.read_record_batch(block, &slice(&buffer, block)?)?);
    }
    Ok((schema, batches))
}

fn slice(buffer: &Buffer, block: &Block) -> Result<Buffer, BoxError> {
    let damaged = "a block lies outside of the file";
    let start = usize::try_from(block.offset())?;
    let metadata = usize::try_from(block.metaDataLength())?;
    let length = usize::try_from(block.bodyLength())?
        .checked_add(metadata)
        .ok_or(damaged)?;
    let end = start.checked_add(length).ok_or(damaged)?;
    if end > buffer.len() || metadata < 8 {
        return Err(damaged.into());
    }
    Ok(buffer.slice_with_length(start, length))
}

pub(crate) fn unreadable(location: &str, cause: BoxError) -> DataError {
    let message = cause.to_string();
    if message.contains("zstd") && message.contains("feature") {
        return DataError::Codec {
            location: location.to_owned(),
            codec: "zstd".to_owned(),
        };
    }
    DataError::Unreadable {
        location: location.to_owned(),
        format: "Arrow",
        cause,
    }
}

//! Arrow files: the canonical writer, and a reader that leaves the values where they are.

mod claims;
mod messages;

use std::io::Write;

use arrow_buffer::Buffer;
use arrow_ipc::MetadataVersion;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::ArrowError;
use bytes::Bytes;
use mlops_core::BoxError;

use crate::canonical::canonical_batches;
use crate::read::Budget;
use crate::{DataError, Table};

use claims::BeyondBudget;

pub(crate) use messages::{Messages, OnDisk};

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
    let mut budget = Budget::of_file(bytes.len() as u64);
    let refused = |cause| unreadable(location, cause);
    let mut messages = Messages::open(Buffer::from(bytes)).map_err(refused)?;
    let mut batches = Vec::new();
    while let Some(batch) = messages.next_batch().map_err(refused)? {
        budget.take(location, messages.unpacked())?;
        batches.push(batch);
    }
    Table::from_batches(messages.schema(), batches)
}

pub(crate) fn unreadable(location: &str, cause: BoxError) -> DataError {
    if let Some(BeyondBudget { file, unpacked }) = cause.downcast_ref() {
        return DataError::TooLarge {
            location: location.to_owned(),
            bytes: *file,
            unpacked: *unpacked,
        };
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_beyond_the_budget_is_too_large_and_not_unreadable() {
        let cause = Box::new(BeyondBudget {
            file: 9,
            unpacked: 1 << 40,
        });
        let error = unreadable("a.arrow", cause);
        assert_eq!(error.code(), "data::too_large");
        assert!(
            error.to_string().starts_with("a.arrow has 9 bytes"),
            "{error}"
        );
    }
}

//! The Arrow C stream interface: tables handed to other libraries in the same process, and taken from them, without a copy.
//!
//! Nothing here is `unsafe`, because nothing here touches a raw pointer. Whoever has one from a foreign library makes an
//! [`FFI_ArrowArrayStream`] of it with its `from_raw`, at the border where the promise is known; what becomes of it here is
//! Arrow's own reader. Values that come in are validated: a library that breaks its promise about offsets or texts gives an
//! error where Arrow can see it.

use arrow_array::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::ArrowError;

use crate::{DataError, Table};

impl Table {
    /// The table as a stream for another library, which releases it when it is done. The values are not copied.
    ///
    /// ```
    /// # use mlops_data::{Table, table};
    /// let table = table! { "id" => [1, 2] };
    /// let stream = table.to_stream();
    /// // A library in C takes `&mut stream` as `struct ArrowArrayStream *`.
    /// assert_eq!(Table::from_stream(stream)?, table);
    /// # Ok::<(), mlops_data::DataError>(())
    /// ```
    pub fn to_stream(&self) -> FFI_ArrowArrayStream {
        let batches: Vec<Result<RecordBatch, ArrowError>> =
            self.batches().iter().cloned().map(Ok).collect();
        let reader = RecordBatchIterator::new(batches, self.schema().clone());
        FFI_ArrowArrayStream::new(Box::new(reader))
    }

    /// Takes all batches of another library's stream, and releases it.
    ///
    /// # Errors
    /// The stream was released before, or ends in an error; its batches are not valid; or it holds a type that a table does not.
    pub fn from_stream(stream: FFI_ArrowArrayStream) -> Result<Self, DataError> {
        let unreadable = |cause: ArrowError| DataError::Unreadable {
            location: "the stream of another library".to_owned(),
            format: "Arrow",
            cause: cause.into(),
        };
        let reader = ArrowArrayStreamReader::try_new(stream).map_err(unreadable)?;
        let schema = reader.schema();
        let mut batches = Vec::new();
        for batch in reader {
            let batch = batch.map_err(unreadable)?;
            for column in batch.columns() {
                column.to_data().validate_full().map_err(unreadable)?;
            }
            batches.push(batch);
        }
        Self::from_batches(schema, batches)
    }
}

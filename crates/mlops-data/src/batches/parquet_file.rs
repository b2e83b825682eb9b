//! Row groups of a Parquet file, each read on its own.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::Part;
use crate::parquet::{Pages, RowGroup, check_claims, load_metadata, unreadable};
use crate::{DataError, File};

pub(super) struct ParquetFile {
    location: String,
    file: File,
    metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    pub(super) fn open(location: &str, file: &File) -> Result<Self, DataError> {
        let opened = file.open_unbuffered()?;
        let metadata = load_metadata(&opened, ArrowReaderOptions::new())
            .map_err(|cause| unreadable(location, cause))?;
        check_claims(location, &metadata)?;
        Ok(Self {
            location: location.to_owned(),
            // The content was compared with a pin when it was opened: once is enough.
            file: File::new(file.path()),
            metadata,
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    pub(super) fn row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// The batches of a row group, from a handle of its own: copies of one share their position, and threads do not.
    pub(super) fn part(
        &self,
        group: usize,
        rows: usize,
        projection: Option<&[usize]>,
    ) -> Result<Part, DataError> {
        let input = Arc::new(self.file.open_unbuffered()?);
        let pages = Pages::new(input, self.metadata.metadata());
        let (location, metadata) = (&self.location, &self.metadata);
        let batches = RowGroup::open(location, pages, metadata, group, rows, projection)?;
        Ok(Box::new(batches))
    }
}

//! Row groups of a Parquet file, each read on its own.

use std::sync::Arc;

use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::Encoding;

use super::{Layout, Part};
use crate::parquet::{Pages, RowGroup, coded_texts, open_footer, with_texts_as};
use crate::{DataError, File};

pub(super) struct ParquetFile {
    location: String,
    file: File,
    metadata: ArrowReaderMetadata,
    /// Where texts that the file stores as numbers of different texts stay so: what is looked at once need not be looked at in
    /// every row.
    coded: ArrowReaderMetadata,
}

impl ParquetFile {
    pub(super) fn open(location: &str, file: &File) -> Result<Self, DataError> {
        let opened = file.open_unbuffered()?;
        let metadata = open_footer(location, &opened)?;
        let are_coded = coded_columns(&metadata);
        let coded = with_texts_as(&metadata, |place| match are_coded.get(place) {
            Some(true) => coded_texts(),
            _ => DataType::Utf8View,
        });
        Ok(Self {
            location: location.to_owned(),
            coded,
            // The content was compared with a pin when it was opened: once is enough.
            file: File::new(file.path()),
            metadata,
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// The schema of what [`part`](Self::part) gives as it is stored.
    pub(super) fn coded_schema(&self) -> &SchemaRef {
        self.coded.schema()
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
        layout: Layout,
    ) -> Result<Part, DataError> {
        let input = Arc::new(self.file.open_unbuffered()?);
        let pages = Pages::new(input, self.metadata.metadata());
        let metadata = match layout {
            Layout::Plain => &self.metadata,
            Layout::AsStored => &self.coded,
        };
        let batches = RowGroup::open(&self.location, pages, metadata, group, rows, projection)?;
        Ok(Box::new(batches))
    }
}

/// Of which columns every page holds codes. Other texts are left where they are unpacked.
fn coded_columns(metadata: &ArrowReaderMetadata) -> Vec<bool> {
    let footer = metadata.metadata();
    let leaves = footer.file_metadata().schema_descr();
    let is_coded = |leaf: usize| {
        let mut groups = footer.row_groups().iter().map(|group| group.column(leaf));
        groups.all(|column| {
            let pages = column.page_encoding_stats_mask();
            column.dictionary_page_offset().is_some()
                && pages.is_some_and(|pages| {
                    pages.is_only(Encoding::PLAIN_DICTIONARY)
                        || pages.is_only(Encoding::RLE_DICTIONARY)
                })
        })
    };
    let mut coded = vec![false; metadata.schema().fields().len()];
    for leaf in 0..leaves.num_columns() {
        // Of a nested column the last leaf decides, but such a column has no texts of its own.
        if let Some(coded) = coded.get_mut(leaves.get_column_root_idx(leaf)) {
            *coded = is_coded(leaf);
        }
    }
    coded
}

//! Row groups of a Parquet file, each read on its own.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Encoding;

use super::{Layout, Part};
use crate::parquet::{Pages, RowGroup, check_claims, load_metadata, unreadable};
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
        let metadata = load_metadata(&opened, ArrowReaderOptions::new())
            .map_err(|cause| unreadable(location, cause))?;
        check_claims(location, &metadata)?;
        let hint = ArrowReaderOptions::new().with_schema(with_codes(&metadata));
        let coded = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), hint)
            .unwrap_or_else(|_| metadata.clone());
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

/// The schema with codes for each column of texts of which every page holds codes, and with other texts left where they are
/// unpacked.
fn with_codes(metadata: &ArrowReaderMetadata) -> SchemaRef {
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
    let fields = metadata.schema().fields().iter().zip(coded);
    let fields = fields.map(|(field, is_coded)| {
        if *field.data_type() != DataType::Utf8 {
            return Arc::clone(field);
        }
        let stored = if is_coded {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        } else {
            DataType::Utf8View
        };
        Arc::new(Field::clone(field).with_data_type(stored))
    });
    let metadata = metadata.schema().metadata().clone();
    Arc::new(Schema::new_with_metadata(
        fields.collect::<Vec<_>>(),
        metadata,
    ))
}

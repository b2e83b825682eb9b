//! A row group of a Parquet file: its batches, and an error that names it.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use mlops_core::BoxError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::reader::ChunkReader;

use super::pages::Pages;
use super::unreadable;
use crate::DataError;
use crate::batches::damaged;
use crate::read::guarded;

/// The footer of a file, if it says what can be.
pub(crate) fn open_footer<R: ChunkReader>(
    location: &str,
    input: &R,
) -> Result<ArrowReaderMetadata, DataError> {
    let options = ArrowReaderOptions::new();
    let metadata = guarded(|| Ok(ArrowReaderMetadata::load(input, options)?))
        .map_err(|cause| unreadable(location, cause))?;
    check_claims(location, &metadata)?;
    Ok(metadata)
}

/// The same footer for a reader that gives each column of texts in the layout that is named for its place.
pub(crate) fn with_texts_as(
    footer: &ArrowReaderMetadata,
    layout: impl Fn(usize) -> DataType,
) -> ArrowReaderMetadata {
    let schema = footer.schema();
    let fields = schema.fields().iter().enumerate();
    let fields = fields.map(|(place, field)| match field.data_type() {
        DataType::Utf8 => Arc::new(Field::clone(field).with_data_type(layout(place))),
        _ => Arc::clone(field),
    });
    let fields: Vec<_> = fields.collect();
    let hint = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    let options = ArrowReaderOptions::new().with_schema(hint);
    ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), options)
        .unwrap_or_else(|_| footer.clone())
}

/// Texts as numbers of different texts.
pub(crate) fn coded_texts() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn check_claims(location: &str, metadata: &ArrowReaderMetadata) -> Result<(), DataError> {
    for (group, row_group) in metadata.metadata().row_groups().iter().enumerate() {
        let refuse = |cause: String| Err(damaged_group(location, group, cause.into()));
        if row_group.num_rows() < 0 {
            return refuse(format!("it claims {} rows", row_group.num_rows()));
        }
        let columns = row_group.columns().iter();
        let mut sizes = columns.map(|column| column.uncompressed_size());
        if let Some(size) = sizes.find(|size| *size < 0) {
            return refuse(format!("a column claims {size} bytes, unpacked"));
        }
    }
    Ok(())
}

/// The batches of one row group, all rows that the footer promises, or an error.
pub(crate) struct RowGroup {
    location: String,
    group: usize,
    reader: Option<ParquetRecordBatchReader>,
    /// Where the columns that were asked for are among those that are read.
    order: Option<Vec<usize>>,
    promised: i64,
    read: i64,
}

impl RowGroup {
    /// Opens a row group for batches of so many rows. A mask keeps the order of the file, so the columns are put in order
    /// afterwards.
    pub(crate) fn open<R: ChunkReader + 'static>(
        location: &str,
        pages: Pages<R>,
        metadata: &ArrowReaderMetadata,
        group: usize,
        rows: usize,
        projection: Option<&[usize]>,
    ) -> Result<Self, DataError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(pages, metadata.clone())
            .with_row_groups(vec![group])
            .with_batch_size(rows);
        let mut order = None;
        let builder = match projection {
            None => builder,
            Some(places) => {
                let mut sorted = places.to_vec();
                sorted.sort_unstable();
                sorted.dedup();
                let moved = places
                    .iter()
                    .filter_map(|place| sorted.binary_search(place).ok());
                order = Some(moved.collect::<Vec<_>>());
                let mask = ProjectionMask::roots(metadata.parquet_schema(), sorted);
                builder.with_projection(mask)
            }
        };
        let reader = guarded(|| Ok(builder.build()?))
            .map_err(|cause| damaged_group(location, group, cause))?;
        Ok(Self {
            location: location.to_owned(),
            group,
            reader: Some(reader),
            order,
            promised: metadata.metadata().row_group(group).num_rows(),
            read: 0,
        })
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>, BoxError> {
        let Some(reader) = &mut self.reader else {
            return Ok(None);
        };
        let batch = guarded(|| Ok(reader.next().transpose()?))?;
        let Some(batch) = batch else {
            self.reader = None;
            if self.read != self.promised {
                let (read, promised) = (self.read, self.promised);
                return Err(format!("it has {read} rows and claims {promised}").into());
            }
            return Ok(None);
        };
        self.read = self.read.saturating_add(i64::try_from(batch.num_rows())?);
        Ok(Some(match &self.order {
            Some(order) => batch.project(order)?,
            None => batch,
        }))
    }
}

impl Iterator for RowGroup {
    type Item = Result<RecordBatch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(batch) => batch.map(Ok),
            Err(cause) => {
                self.reader = None;
                Some(Err(damaged_group(&self.location, self.group, cause)))
            }
        }
    }
}

pub(crate) fn damaged_group(location: &str, group: usize, cause: BoxError) -> DataError {
    let place = format!("row group {group}, counted from 0,");
    damaged(unreadable(location, cause), place)
}

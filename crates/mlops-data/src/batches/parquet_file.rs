//! Row groups of a Parquet file, each read on its own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use mlops_core::BoxError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};

use super::{Part, damaged};
use crate::parquet::unreadable;
use crate::{DataError, File};

/// A page's header says how much memory its content takes, and a few bytes can claim gigabytes. No chunk of a column may
/// claim more than this, unpacked; writers make row groups that are far smaller.
const LARGEST_CHUNK: i64 = 4 << 30;

pub(super) struct ParquetFile {
    location: String,
    file: File,
    metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    pub(super) fn open(location: &str, file: &File) -> Result<Self, DataError> {
        let opened = file.open_unbuffered()?;
        let metadata = guarded(|| {
            Ok(ArrowReaderMetadata::load(
                &opened,
                ArrowReaderOptions::new(),
            )?)
        })
        .map_err(|cause| unreadable(location, cause))?;
        for (group, row_group) in metadata.metadata().row_groups().iter().enumerate() {
            let largest = row_group
                .columns()
                .iter()
                .map(|column| column.uncompressed_size())
                .max();
            if let Some(size) = largest.filter(|size| !(0..=LARGEST_CHUNK).contains(size)) {
                let cause = format!("a column claims {size} bytes, unpacked");
                return Err(damaged_group(location, group, cause.into()));
            }
        }
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

    /// The batches of a row group. A mask keeps the order of the file, so the columns are put in order afterwards.
    pub(super) fn part(
        &self,
        group: usize,
        rows: usize,
        projection: Option<&[usize]>,
    ) -> Result<Part, DataError> {
        let opened = self.file.open_unbuffered()?;
        let location = self.location.clone();
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(opened, self.metadata.clone())
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
                let mask = ProjectionMask::roots(self.metadata.parquet_schema(), sorted);
                builder.with_projection(mask)
            }
        };
        let reader =
            guarded(|| Ok(builder.build()?)).map_err(|cause| self.damaged(group, cause))?;
        Ok(Box::new(Group {
            location,
            group,
            reader: Some(reader),
            order,
        }))
    }

    fn damaged(&self, group: usize, cause: BoxError) -> DataError {
        damaged_group(&self.location, group, cause)
    }
}

struct Group {
    location: String,
    group: usize,
    reader: Option<ParquetRecordBatchReader>,
    order: Option<Vec<usize>>,
}

impl Iterator for Group {
    type Item = Result<RecordBatch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        let batch = guarded(|| Ok(reader.next().transpose()?)).and_then(|batch| {
            Ok(match (batch, &self.order) {
                (Some(batch), Some(order)) => Some(batch.project(order)?),
                (batch, _) => batch,
            })
        });
        match batch {
            Ok(batch) => batch.map(Ok),
            Err(cause) => {
                self.reader = None;
                Some(Err(damaged_group(&self.location, self.group, cause)))
            }
        }
    }
}

/// The reader panics on some damaged files.
fn guarded<T>(read: impl FnOnce() -> Result<T, BoxError>) -> Result<T, BoxError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("its structure is damaged".into()))
}

fn damaged_group(location: &str, group: usize, cause: BoxError) -> DataError {
    let place = format!("row group {group}, counted from 0,");
    damaged(unreadable(location, cause), place)
}

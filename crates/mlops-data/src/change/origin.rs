//! Where columns come from: a table in memory, or a Parquet file that is read a column at a time.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::SchemaRef;
use mlops_core::Source;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use crate::canonical::BATCH_ROWS;
use crate::parquet::{Pages, RowGroup, coded_texts, open_footer, with_texts_as};
use crate::{DataError, File, Table};

/// One side of a comparison.
pub(super) enum Origin {
    Table(Table),
    Parquet {
        file: File,
        metadata: ArrowReaderMetadata,
        schema: SchemaRef,
        rows: usize,
    },
}

impl Origin {
    /// Opens the file: a Parquet file by its footer alone, any other whole.
    pub(super) fn open(file: &File) -> Result<Self, DataError> {
        if !matches!(file.extension().as_str(), "parquet" | "pq") {
            return Table::read(file).map(Self::Table);
        }
        let input = file.open_unbuffered()?;
        let plain = open_footer(&file.location(), &input)?;
        let schema = crate::table::plain_schema(plain.schema())?;
        // Texts come as dictionaries, as most writers store them: a category is then counted by its number.
        let metadata = with_texts_as(&plain, |_| coded_texts());
        let rows = metadata.metadata().file_metadata().num_rows();
        Ok(Self::Parquet {
            file: file.clone(),
            rows: usize::try_from(rows).unwrap_or(0),
            schema,
            metadata,
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        match self {
            Self::Table(table) => table.schema(),
            Self::Parquet { schema, .. } => schema,
        }
    }

    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Table(table) => table.rows(),
            Self::Parquet { rows, .. } => *rows,
        }
    }

    /// Calls with each batch of a column, in order.
    pub(super) fn visit(
        &self,
        column: usize,
        mut each: impl FnMut(&ArrayRef) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        match self {
            Self::Table(table) => table
                .batches()
                .iter()
                .try_for_each(|batch| each(batch.column(column))),
            Self::Parquet { file, metadata, .. } => {
                let groups = metadata.metadata();
                let input = Arc::new(file.open_unbuffered()?);
                for group in 0..groups.num_row_groups() {
                    let pages = Pages::new(Arc::clone(&input), groups);
                    let location = &file.location();
                    let only = Some(&[column][..]);
                    for batch in RowGroup::open(location, pages, metadata, group, BATCH_ROWS, only)?
                    {
                        each(batch?.column(0))?;
                    }
                }
                Ok(())
            }
        }
    }
}

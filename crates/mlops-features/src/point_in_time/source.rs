//! Where events are read from.

use arrow_schema::SchemaRef;
use mlops_data::{Batches, DataError, File, Table};

/// A table, or a file whose rows need not fit into memory. A file is read once for each part of the rows that ask.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventSource {
    /// Rows in memory.
    Table(Table),
    /// Rows in a file.
    File(File),
}

impl EventSource {
    pub(crate) fn open(&self, columns: &[&str]) -> Result<Batches, DataError> {
        match self {
            Self::Table(table) => Batches::of(table).select(columns),
            Self::File(file) => Batches::read(file)?.select(columns),
        }
    }

    /// The names and types of these columns.
    pub(crate) fn schema(&self, columns: &[&str]) -> Result<SchemaRef, DataError> {
        Ok(SchemaRef::clone(self.open(columns)?.schema()))
    }
}

impl From<&Table> for EventSource {
    fn from(table: &Table) -> Self {
        Self::Table(table.clone())
    }
}

impl From<Table> for EventSource {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<&File> for EventSource {
    fn from(file: &File) -> Self {
        Self::File(file.clone())
    }
}

impl From<File> for EventSource {
    fn from(file: File) -> Self {
        Self::File(file)
    }
}

impl From<&Self> for EventSource {
    fn from(source: &Self) -> Self {
        source.clone()
    }
}

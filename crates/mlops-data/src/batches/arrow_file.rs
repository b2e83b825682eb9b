//! Batches of an Arrow file or stream, one after the other.

use std::fs::File as Opened;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, SchemaRef};
use mlops_core::BoxError;

use super::damaged;
use crate::ipc::{MAGIC, unreadable};
use crate::{DataError, File};

pub(super) struct ArrowFile {
    location: String,
    file: File,
    schema: SchemaRef,
}

impl ArrowFile {
    pub(super) fn open(location: &str, file: &File) -> Result<Self, DataError> {
        let reader = Reader::open(location, file)?;
        Ok(Self {
            location: location.to_owned(),
            schema: reader.schema(),
            file: File::new(file.path()),
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn batches(&self) -> Result<Batches, DataError> {
        Ok(Batches {
            location: self.location.clone(),
            reader: Some(Reader::open(&self.location, &self.file)?),
            read: 0,
        })
    }
}

enum Reader {
    File(FileReader<BufReader<Opened>>),
    Stream(StreamReader<BufReader<Opened>>),
}

impl Reader {
    fn open(location: &str, file: &File) -> Result<Self, DataError> {
        let mut start = [0; MAGIC.len()];
        let is_file = file.open()?.read_exact(&mut start).is_ok() && start == *MAGIC;
        let opened = file.open()?;
        guarded(|| {
            Ok(if is_file {
                Self::File(FileReader::try_new(opened, None)?)
            } else {
                Self::Stream(StreamReader::try_new(opened, None)?)
            })
        })
        .map_err(|cause| unreadable(location, cause))
    }

    fn schema(&self) -> SchemaRef {
        match self {
            Self::File(reader) => reader.schema(),
            Self::Stream(reader) => reader.schema(),
        }
    }

    fn next(&mut self) -> Option<Result<RecordBatch, ArrowError>> {
        match self {
            Self::File(reader) => reader.next(),
            Self::Stream(reader) => reader.next(),
        }
    }
}

pub(super) struct Batches {
    location: String,
    reader: Option<Reader>,
    read: usize,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        match guarded(|| Ok(reader.next().transpose()?)) {
            Ok(batch) => {
                self.read += 1;
                batch.map(Ok)
            }
            Err(cause) => {
                self.reader = None;
                let place = format!("batch {}, counted from 0,", self.read);
                Some(Err(damaged(unreadable(&self.location, cause), place)))
            }
        }
    }
}

/// Arrow's conversion of a schema panics on types that it does not know, which a damaged file can name.
fn guarded<T>(read: impl FnOnce() -> Result<T, BoxError>) -> Result<T, BoxError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("its structure is damaged".into()))
}

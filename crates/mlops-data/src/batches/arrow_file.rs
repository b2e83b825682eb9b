//! Batches of an Arrow file or stream, one after the other.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::damaged;
use crate::ipc::{Messages, OnDisk, unreadable};
use crate::{DataError, File};

pub(super) struct ArrowFile {
    location: String,
    file: File,
    schema: SchemaRef,
}

impl ArrowFile {
    pub(super) fn open(location: &str, file: &File) -> Result<Self, DataError> {
        let messages = open(location, file)?;
        Ok(Self {
            location: location.to_owned(),
            schema: messages.schema(),
            file: File::new(file.path()),
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn batches(&self) -> Result<Batches, DataError> {
        Ok(Batches {
            location: self.location.clone(),
            messages: Some(open(&self.location, &self.file)?),
            read: 0,
        })
    }
}

fn open(location: &str, file: &File) -> Result<Messages<OnDisk>, DataError> {
    let refused = |cause| unreadable(location, cause);
    let file = OnDisk::new(file.open_unbuffered()?).map_err(|cause| refused(cause.into()))?;
    Messages::open(file).map_err(refused)
}

pub(super) struct Batches {
    location: String,
    messages: Option<Messages<OnDisk>>,
    read: usize,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.messages.as_mut()?.next_batch() {
            Ok(batch) => {
                self.read += 1;
                batch.map(Ok)
            }
            Err(cause) => {
                self.messages = None;
                let place = format!("batch {}, counted from 0,", self.read);
                Some(Err(damaged(unreadable(&self.location, cause), place)))
            }
        }
    }
}

//! Batches that memory should not hold, in files without a name that vanish with the process.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::SchemaRef;
use mlops_data::DataError;

use super::PointInTimeError;

/// A file for each part that has anything.
pub(super) struct Spill {
    schema: SchemaRef,
    parts: Vec<Option<StreamWriter<BufWriter<File>>>>,
}

fn failed(cause: std::io::Error) -> PointInTimeError {
    PointInTimeError::Data(DataError::Spill { cause })
}

impl Spill {
    pub(super) fn new(schema: &SchemaRef, parts: usize) -> Self {
        Self {
            schema: SchemaRef::clone(schema),
            parts: std::iter::repeat_with(|| None).take(parts).collect(),
        }
    }

    pub(super) fn write(
        &mut self,
        part: usize,
        batch: &RecordBatch,
    ) -> Result<(), PointInTimeError> {
        let writer = match &mut self.parts[part] {
            Some(writer) => writer,
            none => {
                let file = BufWriter::new(tempfile::tempfile().map_err(failed)?);
                none.insert(StreamWriter::try_new(file, &self.schema)?)
            }
        };
        writer.write(batch).map_err(|error| match error {
            arrow_schema::ArrowError::IoError(_, cause) => failed(cause),
            error => error.into(),
        })
    }

    /// What was written to a part; it can be asked once.
    pub(super) fn read(&mut self, part: usize) -> Result<Vec<RecordBatch>, PointInTimeError> {
        let Some(mut writer) = self.parts[part].take() else {
            return Ok(Vec::new());
        };
        writer.finish()?;
        let file = writer.into_inner()?.into_inner();
        let mut file = file.map_err(|error| failed(error.into_error()))?;
        file.rewind().map_err(failed)?;
        let batches = StreamReader::try_new(BufReader::new(file), None)?;
        Ok(batches.collect::<Result<_, _>>()?)
    }
}

//! Tables larger than memory: a file's rows in batches, read as they are asked for, on as many cores as there are parts.

mod arrow_file;
pub(crate) mod parallel;
mod parquet_file;
mod workers;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use mlops_core::Source;

use self::arrow_file::ArrowFile;
use self::parquet_file::ParquetFile;
use crate::canonical::BATCH_ROWS;
use crate::csv::CsvStream;
use crate::table::{plain_schema, under};
use crate::{CsvOptions, DataError, File, Table};

/// Cells of a batch: enough that the work on a column outweighs the change of columns, few enough for the cache.
const CELLS: usize = 1 << 17;

/// Rows of a batch of so many columns.
fn batch_rows(columns: usize) -> usize {
    (CELLS / columns.max(1)).clamp(64, 16_384)
}

/// The rows of a table or a file, a batch at a time. At no time are all rows of a file in memory.
///
/// The format is that of the extension, as for [`Table::read`]. A file of comma-separated values is read twice: the types
/// of its columns are known only at its end.
///
/// ```
/// use mlops_data::{Batches, table};
/// let table = table! { "id" => [1, 2, 3] };
/// let rows: usize = Batches::of(&table).map(|batch| batch.map(|batch| batch.num_rows())).sum::<Result<_, _>>()?;
/// assert_eq!(rows, 3);
/// # Ok::<(), mlops_data::DataError>(())
/// ```
pub struct Batches {
    origin: Origin,
    projection: Option<Vec<usize>>,
    schema: SchemaRef,
    part: usize,
    open: Option<Part>,
}

impl Batches {
    /// Opens a file; its content is looked at only as far as needed to know its columns.
    ///
    /// # Errors
    /// The extension is unknown, the file cannot be read or is malformed.
    pub fn read(file: &File) -> Result<Self, DataError> {
        Ok(Self::from_origin(Origin::file(file, None)?))
    }

    /// Opens a file of comma-separated values, whatever its extension.
    ///
    /// # Errors
    /// The file cannot be read or is malformed.
    pub fn read_csv(file: &File, options: &CsvOptions) -> Result<Self, DataError> {
        Ok(Self::from_origin(Origin::file(file, Some(options))?))
    }

    /// The batches of a table.
    pub fn of(table: &Table) -> Self {
        Self::from_origin(Origin::table(table))
    }

    fn from_origin(origin: Origin) -> Self {
        Self {
            schema: Arc::clone(origin.schema()),
            origin,
            projection: None,
            part: 0,
            open: None,
        }
    }

    /// Only these columns, in this order; of a Parquet file the others are not even read.
    ///
    /// # Errors
    /// There is no such column.
    pub fn select(mut self, names: &[&str]) -> Result<Self, DataError> {
        let schema = self.origin.schema();
        let places = names
            .iter()
            .map(|name| {
                schema.index_of(name).map_err(|_| DataError::UnknownColumn {
                    name: (*name).to_owned(),
                    candidates: schema
                        .fields()
                        .iter()
                        .map(|field| field.name().clone())
                        .collect(),
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.schema = Arc::new(schema.project(&places)?);
        self.projection = Some(places);
        Ok(self)
    }

    /// The names, types and nullability of the columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(part) = &mut self.open {
                match part.next() {
                    Some(Ok(batch)) if batch.num_rows() == 0 => continue,
                    Some(batch) => return Some(batch),
                    None => {
                        self.open = None;
                        self.part += 1;
                    }
                }
            }
            let projection = self.projection.as_deref();
            match self.origin.part(self.part, projection, Layout::Plain) {
                Ok(part) => self.open = Some(part?),
                Err(error) => {
                    self.part = usize::MAX;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Batches of one part.
pub(crate) type Part = Box<dyn Iterator<Item = Result<RecordBatch, DataError>> + Send>;

/// How the texts of a batch are laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As the schema says.
    Plain,
    /// As they are read fastest: as dictionaries or views, too, for whoever looks at them through
    /// [`Values`](crate::profile::Values).
    AsStored,
}

/// Where rows come from; they can be read more than once, and in parts by several threads at a time.
pub(crate) struct Origin {
    location: String,
    form: Form,
    /// What a table would hold: plain types.
    schema: SchemaRef,
    /// The same, but with texts as they are read fastest.
    stored: SchemaRef,
}

type Opened = CsvStream<std::io::BufReader<std::fs::File>>;

enum Form {
    /// Slices of at most so many rows as a batch of the canonical form has.
    Table(Vec<RecordBatch>),
    Csv {
        file: File,
        options: CsvOptions,
        /// The stream that was opened for the schema, until somebody takes it.
        opened: Mutex<Option<Box<Opened>>>,
    },
    Parquet(ParquetFile),
    Arrow(ArrowFile),
}

impl Origin {
    pub(crate) fn table(table: &Table) -> Self {
        let batches = table.batches().iter().cloned();
        let slices = batches.flat_map(|batch| cut(batch, BATCH_ROWS));
        Self {
            location: "the table".to_owned(),
            form: Form::Table(slices.collect()),
            schema: Arc::clone(table.schema()),
            stored: Arc::clone(table.schema()),
        }
    }

    pub(crate) fn file(file: &File, options: Option<&CsvOptions>) -> Result<Self, DataError> {
        let location = file.location();
        let extension = file.extension();
        let form = match (extension.as_str(), options) {
            (_, Some(options)) => Self::csv(file, options)?,
            ("csv", None) => Self::csv(file, &CsvOptions::new())?,
            ("tsv", None) => Self::csv(file, &CsvOptions::new().delimiter(b'\t'))?,
            ("parquet" | "pq", None) => Form::Parquet(ParquetFile::open(&location, file)?),
            ("arrow" | "ipc" | "feather" | "arrows", None) => {
                Form::Arrow(ArrowFile::open(&location, file)?)
            }
            _ if file.path().as_os_str().is_empty() => {
                return Err(DataError::NoPath { kind: "file" });
            }
            _ => {
                return Err(DataError::UnknownExtension {
                    location,
                    extension,
                });
            }
        };
        let schema = match &form {
            Form::Csv { opened, .. } => {
                let opened = opened
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                opened
                    .as_ref()
                    .map(|stream| Arc::clone(stream.schema()))
                    .unwrap_or_else(empty_schema)
            }
            Form::Parquet(file) => Arc::clone(file.schema()),
            Form::Arrow(file) => Arc::clone(file.schema()),
            Form::Table(_) => empty_schema(),
        };
        let schema = plain_schema(&schema)?;
        let stored = match &form {
            Form::Parquet(file) => stored_schema(&schema, file.coded_schema()),
            _ => Arc::clone(&schema),
        };
        Ok(Self {
            location,
            form,
            schema,
            stored,
        })
    }

    fn csv(file: &File, options: &CsvOptions) -> Result<Form, DataError> {
        let stream = CsvStream::open(&file.location(), file.open()?, file.open()?, options)?;
        Ok(Form::Csv {
            file: file.clone(),
            options: options.clone(),
            opened: Mutex::new(Some(Box::new(stream))),
        })
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(crate) fn location(&self) -> &str {
        &self.location
    }

    /// How many parts can be read independently of each other.
    pub(crate) fn parts(&self) -> usize {
        match &self.form {
            Form::Table(slices) => slices.len(),
            Form::Parquet(file) => file.row_groups(),
            Form::Csv { .. } | Form::Arrow(_) => 1,
        }
    }

    /// The batches of a part, with these columns in this order; nothing if there is no such part.
    pub(crate) fn part(
        &self,
        index: usize,
        projection: Option<&[usize]>,
        layout: Layout,
    ) -> Result<Option<Part>, DataError> {
        if index >= self.parts() {
            return Ok(None);
        }
        let columns = projection.map_or(self.schema.fields().len(), <[usize]>::len);
        let rows = batch_rows(columns);
        let places = projection.map(<[usize]>::to_vec);
        let part: Part = match &self.form {
            Form::Table(slices) => {
                let batch = slices[index].clone();
                let cut = cut(batch, rows);
                Box::new(cut.map(move |batch| projected(batch, places.as_deref())))
            }
            Form::Csv {
                file,
                options,
                opened,
            } => {
                let taken = opened
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .take();
                let mut stream = match taken {
                    Some(stream) => *stream,
                    None => CsvStream::open(&self.location, file.open()?, file.open()?, options)?,
                };
                Box::new(std::iter::from_fn(move || {
                    let batch = stream.next_batch(rows).transpose()?;
                    Some(batch.and_then(|batch| projected(batch, places.as_deref())))
                }))
            }
            Form::Parquet(file) => file.part(index, rows, projection, layout)?,
            Form::Arrow(file) => {
                let batches = file.batches()?;
                // A writer may make one batch of all rows.
                let cut = batches.flat_map(move |batch| match batch {
                    Ok(batch) => cut(batch, rows).map(Ok).collect::<Vec<_>>(),
                    Err(error) => vec![Err(error)],
                });
                Box::new(cut.map(move |batch| projected(batch?, places.as_deref())))
            }
        };
        let schema = match layout {
            Layout::Plain => &self.schema,
            Layout::AsStored => &self.stored,
        };
        let schema = match projection {
            Some(places) => Arc::new(schema.project(places)?),
            None => Arc::clone(schema),
        };
        Ok(Some(Box::new(
            part.map(move |batch| under(&schema, &batch?)),
        )))
    }
}

/// The plain schema, with texts in the layout in which the other has them.
fn stored_schema(plain: &SchemaRef, coded: &SchemaRef) -> SchemaRef {
    let fields = plain.fields().iter().zip(coded.fields());
    let fields = fields.map(
        |(plain, coded)| match (plain.data_type(), coded.data_type()) {
            (DataType::Utf8, DataType::Dictionary(..) | DataType::Utf8View) => {
                Arc::new(Field::clone(plain).with_data_type(coded.data_type().clone()))
            }
            _ => Arc::clone(plain),
        },
    );
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn empty_schema() -> SchemaRef {
    Arc::new(arrow_schema::Schema::empty())
}

/// A batch in slices of at most so many rows.
fn cut(batch: RecordBatch, rows: usize) -> impl Iterator<Item = RecordBatch> {
    let starts = (0..batch.num_rows()).step_by(rows);
    starts.map(move |start| batch.slice(start, rows.min(batch.num_rows() - start)))
}

fn projected(batch: RecordBatch, places: Option<&[usize]>) -> Result<RecordBatch, DataError> {
    match places {
        Some(places) => Ok(batch.project(places)?),
        None => Ok(batch),
    }
}

/// The error of a file, as that of one part of it; a codec that is missing is none of a part.
pub(crate) fn damaged(error: DataError, place: String) -> DataError {
    match error {
        DataError::Unreadable {
            location,
            format,
            cause,
        } => DataError::DamagedPart {
            location,
            format,
            place,
            cause,
        },
        codec => codec,
    }
}

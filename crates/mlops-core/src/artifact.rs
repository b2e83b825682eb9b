//! What may travel between stages: a value that becomes bytes and comes back equal, to the bit.

mod items;
mod memory;
mod preview;
mod serde_form;
mod standard;

use std::any::Any;
use std::io::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Digest;
use crate::expansion::Form;

pub use items::{ITEMS_MEDIA_TYPE, ItemReader, Items, read_items, write_items};
pub use memory::MemoryOutput;
pub use preview::preview;
pub use serde_form::{SERDE_MEDIA_TYPE, read_serde, write_serde};

/// The error of a stage's body: anything that can be a boxed error, so that `?` works on every error type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A value that travels between stages: immutable, and named by the digest of its bytes.
///
/// What is read equals what was written, to the bit; and equal values give equal bytes on every machine. Own types get it
/// with `#[derive(Serialize, Deserialize, Artifact)]`; numbers, texts, booleans, `Option`, `Vec`, `BTreeMap` and tuples of
/// artifacts have it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `Artifact`, so it cannot travel between stages",
    label = "not an `Artifact`",
    note = "consider annotating `{Self}` with `#[derive(Serialize, Deserialize, Artifact)]`"
)]
pub trait Artifact: Sized + Send + Sync + 'static {
    /// The media type of the bytes.
    const MEDIA_TYPE: &'static str;

    /// What an expansion of `#[stage]` needs of the type.
    #[doc(hidden)]
    const FORM: Form<Self> = Form::new();

    /// Writes the bytes.
    ///
    /// # Errors
    /// The value cannot be written, or the output failed.
    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError>;

    /// Reads the value back.
    ///
    /// # Errors
    /// The bytes are not of this type.
    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError>;

    /// What can be said of the value without its type: rows and columns.
    fn describe(&self) -> Description {
        Description::default()
    }

    /// A second value equal to this one, for stages that take their input by value. Goes through the bytes unless the type
    /// knows a shorter way.
    ///
    /// # Errors
    /// As [`write`](Self::write) and [`read`](Self::read).
    fn duplicate(&self) -> Result<Self, ArtifactError> {
        let mut output = MemoryOutput::default();
        self.write(&mut output)?;
        Self::read(&output.into_input())
    }
}

/// Where an artifact's bytes go.
pub trait ArtifactOutput: Write {
    /// Stores `bytes` as an artifact of its own, and returns the digest by which the reader will ask for it.
    ///
    /// # Errors
    /// The output failed.
    fn item(&mut self, media_type: &'static str, bytes: &[u8]) -> Result<Digest, ArtifactError>;
}

/// Where an artifact's bytes come from.
pub trait ArtifactInput {
    /// All bytes; cloning is cheap, and large ones are a mapped file.
    fn bytes(&self) -> bytes::Bytes;

    /// The bytes of an item that was stored as an artifact of its own.
    ///
    /// # Errors
    /// The item is not in the store, or damaged.
    fn item(&self, digest: &Digest) -> Result<Box<dyn ArtifactInput>, ArtifactError>;
}

/// A value could not become bytes, or bytes could not become a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The value cannot be written.
    #[error("a value of type `{type_name}` cannot be written: {cause}")]
    Write {
        /// The type.
        type_name: &'static str,
        /// The cause.
        cause: BoxError,
    },
    /// The bytes are not of this type.
    #[error("these bytes are no `{type_name}`: {cause}")]
    Read {
        /// The type.
        type_name: &'static str,
        /// The cause.
        cause: BoxError,
    },
    /// The output or the input failed: a full disk, say.
    #[error("artifact bytes could not be moved")]
    Io(#[from] std::io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(BoxError),
}

impl ArtifactError {
    /// The value cannot be written.
    pub fn write<T>(cause: impl Into<BoxError>) -> Self {
        Self::Write {
            type_name: std::any::type_name::<T>(),
            cause: cause.into(),
        }
    }

    /// The bytes are not of this type.
    pub fn read<T>(cause: impl Into<BoxError>) -> Self {
        Self::Read {
            type_name: std::any::type_name::<T>(),
            cause: cause.into(),
        }
    }
}

/// What can be said of an artifact without its type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Rows of a table, items of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Columns of a table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type, as Arrow prints it.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether values may be missing.
    pub nullable: bool,
}

/// A value whose type is known only to the [`ArtifactType`] beside it.
pub type Live = Arc<dyn Any + Send + Sync>;

/// An artifact's type at run time: what the engine needs to move values that it cannot name.
#[derive(Clone, Copy)]
pub struct ArtifactType {
    /// The Rust name: for people, never for keys.
    pub name: fn() -> &'static str,
    /// The media type of the bytes.
    pub media_type: &'static str,
    write: fn(&Live, &mut dyn ArtifactOutput) -> Result<(), ArtifactError>,
    read: fn(&dyn ArtifactInput) -> Result<Live, ArtifactError>,
    describe: fn(&Live) -> Description,
}

impl ArtifactType {
    /// The type `T` at run time.
    pub const fn of<T: Artifact>() -> Self {
        Self {
            name: std::any::type_name::<T>,
            media_type: T::MEDIA_TYPE,
            write: |live, output| typed::<T>(live)?.write(output),
            read: |input| Ok(Arc::new(T::read(input)?)),
            describe: |live| typed::<T>(live).map(T::describe).unwrap_or_default(),
        }
    }

    /// Writes a value of this type.
    ///
    /// # Errors
    /// As [`Artifact::write`].
    pub fn write(&self, live: &Live, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        (self.write)(live, output)
    }

    /// Reads a value of this type.
    ///
    /// # Errors
    /// As [`Artifact::read`].
    pub fn read(&self, input: &dyn ArtifactInput) -> Result<Live, ArtifactError> {
        (self.read)(input)
    }

    /// Describes a value of this type.
    pub fn describe(&self, live: &Live) -> Description {
        (self.describe)(live)
    }
}

impl std::fmt::Debug for ArtifactType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ArtifactType({})", (self.name)())
    }
}

fn typed<T: Artifact>(live: &Live) -> Result<&T, ArtifactError> {
    live.downcast_ref::<T>()
        .ok_or_else(|| ArtifactError::write::<T>("the value is of another type"))
}

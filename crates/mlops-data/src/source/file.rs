//! A file as a typed source.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the reader of declared files"
)]

use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use jiff::SignedDuration;
use mlops_core::{Digest, Source, SourceError, SourceState, note_source};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::form::{Form, Shape};
use super::{NOT_REGULAR, check_pin, given, location, state_of, unusable};
use crate::DataError;

const KIND: &str = "file";
const SHAPE: Shape = Shape {
    named: "a file",
    text: "the path of a file",
    keys: &["path", "digest", "stale_after"],
};

/// A file that a stage reads: in the key by its content and its extension, not by its path or its age.
///
/// In a configuration it is a path, or a map: `{ path = "customers.csv", digest = "blake3:…", stale_after = "7d" }`. The
/// default has no path, and using it is an error.
///
/// ```
/// use mlops_data::File;
/// let customers: File = "customers.csv".into();
/// assert_eq!(customers.extension(), "csv");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct File {
    form: Form,
}

impl File {
    /// The file at this path. Nothing is looked at yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            form: Form {
                path: path.into(),
                ..Form::default()
            },
        }
    }

    /// The same file, which must have this content whenever it is used.
    #[must_use]
    pub fn pinned(mut self, digest: Digest) -> Self {
        self.form.digest = Some(digest);
        self
    }

    /// The same file, which may not be used once its content is older than this.
    #[must_use]
    pub fn stale_after(mut self, age: SignedDuration) -> Self {
        self.form.stale_after = Some(age);
        self
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.form.path
    }

    /// The extension in lower case, empty if there is none.
    pub fn extension(&self) -> String {
        let extension = self.form.path.extension().unwrap_or_default();
        extension.to_string_lossy().to_lowercase()
    }

    /// Opens the file for reading. A pinned file is read once before, to make sure that it is the one.
    ///
    /// # Errors
    /// No path was given, the file is missing or unreadable, or it is not the pinned one.
    pub fn open(&self) -> Result<BufReader<std::fs::File>, DataError> {
        Ok(BufReader::with_capacity(BUFFER, self.open_unbuffered()?))
    }

    pub(crate) fn open_unbuffered(&self) -> Result<std::fs::File, DataError> {
        if self.form.path.as_os_str().is_empty() {
            return Err(DataError::NoPath { kind: KIND });
        }
        let mut file = open(&self.form.path)?;
        if let Some(pinned) = self.form.digest {
            let found = digest_of(&self.form.path, &file)?;
            check_pin(KIND, &self.form.path, Some(pinned), found)?;
            file.rewind().map_err(|cause| self.unusable(cause))?;
        }
        Ok(file)
    }

    /// Reads the whole file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(&self) -> Result<Bytes, DataError> {
        if self.form.path.as_os_str().is_empty() {
            return Err(DataError::NoPath { kind: KIND });
        }
        let mut bytes = Vec::new();
        open(&self.form.path)?
            .read_to_end(&mut bytes)
            .map_err(|cause| self.unusable(cause))?;
        if self.form.digest.is_some() {
            let found = Digest::of(&bytes);
            check_pin(KIND, &self.form.path, self.form.digest, found)?;
        }
        Ok(bytes.into())
    }

    /// Reads the whole file as text.
    ///
    /// # Errors
    /// As [`open`](Self::open), or the file is not UTF-8.
    pub fn read_text(&self) -> Result<String, DataError> {
        String::from_utf8(self.read()?.into()).map_err(|error| DataError::NotText {
            kind: KIND,
            location: self.location(),
            position: error.utf8_error().valid_up_to(),
        })
    }

    fn unusable(&self, cause: std::io::Error) -> SourceError {
        unusable(KIND, &self.form.path, cause)
    }
}

const BUFFER: usize = 1 << 18;

fn open(path: &Path) -> Result<std::fs::File, SourceError> {
    let file = std::fs::File::open(path).map_err(|cause| unusable(KIND, path, cause))?;
    let metadata = file
        .metadata()
        .map_err(|cause| unusable(KIND, path, cause))?;
    if metadata.is_dir() {
        let cause = std::io::Error::from(std::io::ErrorKind::IsADirectory);
        return Err(unusable(KIND, path, cause));
    }
    Ok(file)
}

fn digest_of(path: &Path, file: &std::fs::File) -> Result<Digest, SourceError> {
    let mut hasher = blake3::Hasher::new();
    // The hasher is fast only when it is fed much at once.
    let mut reader = BufReader::with_capacity(BUFFER, file);
    loop {
        let bytes = std::io::BufRead::fill_buf(&mut reader);
        let bytes = bytes.map_err(|cause| unusable(KIND, path, cause))?;
        if bytes.is_empty() {
            return Ok(hasher.finalize().into());
        }
        hasher.update(bytes);
        let length = bytes.len();
        std::io::BufRead::consume(&mut reader, length);
    }
}

impl Source for File {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn location(&self) -> String {
        location(&self.form.path)
    }

    fn form(&self) -> String {
        self.extension()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        given(KIND, &self.form.path)?;
        let metadata = std::fs::metadata(&self.form.path).map_err(|cause| self.unusable(cause))?;
        // A pipe would be waited for, and gives its content only once.
        if !metadata.is_file() && !metadata.is_dir() {
            return Err(self.unusable(std::io::Error::other(NOT_REGULAR)));
        }
        Ok(state_of(&metadata))
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        given(KIND, &self.form.path)?;
        digest_of(&self.form.path, &open(&self.form.path)?)
    }

    fn pinned(&self) -> Option<Digest> {
        self.form.digest
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        self.form.stale_after
    }
}

impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        note_source(Arc::new(self.clone()));
        self.form.serialize(&SHAPE, serializer)
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Form::deserialize(&SHAPE, deserializer).map(|form| Self { form })
    }
}

impl std::str::FromStr for File {
    type Err = std::convert::Infallible;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(path))
    }
}

impl From<&str> for File {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl From<PathBuf> for File {
    fn from(path: PathBuf) -> Self {
        Self::new(path)
    }
}

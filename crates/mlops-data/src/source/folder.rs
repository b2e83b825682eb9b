//! A folder as a typed source: all files below it, by relative path and content.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use mlops_core::{Digest, Source, SourceError, SourceState, note_source};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::form::{Form, Shape};
use super::listing::{self, Ancestors, Entry, bytes_of, failed};
use super::{given, location};
use crate::{DataError, File};

const KIND: &str = "folder";
const SHAPE: Shape = Shape {
    named: "a folder",
    text: "the path of a folder",
    keys: &["path", "digest", "stale_after"],
};

/// A folder that a stage reads: in the key by the relative paths and the content of all files below it.
///
/// Symbolic links are followed, as they are when somebody opens them; one that leads into a folder it lies in, or nowhere, is
/// an error, and so is anything that is neither file nor folder. Hidden files count; empty folders do not.
///
/// In a configuration it is written like a [`File`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Folder {
    form: Form,
}

impl Folder {
    /// The folder at this path. Nothing is looked at yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            form: Form {
                path: path.into(),
                ..Form::default()
            },
        }
    }

    /// The same folder, which must have this content whenever a plan uses it.
    #[must_use]
    pub fn pinned(mut self, digest: Digest) -> Self {
        self.form.digest = Some(digest);
        self
    }

    /// The same folder, which may not be used once its newest file is older than this.
    #[must_use]
    pub fn stale_after(mut self, age: SignedDuration) -> Self {
        self.form.stale_after = Some(age);
        self
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.form.path
    }

    /// All files below the folder, sorted by relative path.
    ///
    /// # Errors
    /// No path was given, or the folder or something below it cannot be looked at.
    pub fn files(&self) -> Result<impl Iterator<Item = File> + use<>, DataError> {
        if self.form.path.as_os_str().is_empty() {
            return Err(DataError::NoPath { kind: KIND });
        }
        let entries = self.entries()?;
        Ok(entries.into_iter().map(|entry| File::new(entry.path)))
    }

    /// The file of this relative path. Nothing is looked at yet.
    ///
    /// # Errors
    /// No path was given for the folder, or the name leads out of it.
    pub fn file(&self, name: impl AsRef<Path>) -> Result<File, DataError> {
        let name = name.as_ref();
        if self.form.path.as_os_str().is_empty() {
            return Err(DataError::NoPath { kind: KIND });
        }
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if name.as_os_str().is_empty() || !name.components().all(inside) {
            return Err(DataError::OutsideFolder {
                name: name.display().to_string(),
                folder: self.location(),
            });
        }
        Ok(File::new(self.form.path.join(name)))
    }

    fn entries(&self) -> Result<Vec<Entry>, SourceError> {
        given(KIND, &self.form.path)?;
        let mut entries = Vec::new();
        walk(
            &self.form.path,
            &mut Vec::new(),
            &mut Ancestors::default(),
            &mut entries,
        )?;
        entries.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(entries)
    }
}

/// Collects the files below `folder`.
fn walk(
    folder: &Path,
    names: &mut Vec<Vec<u8>>,
    ancestors: &mut Ancestors,
    entries: &mut Vec<Entry>,
) -> Result<(), SourceError> {
    ancestors.enter(KIND, folder)?;
    for entry in std::fs::read_dir(folder).map_err(failed(KIND, folder))? {
        let entry = entry.map_err(failed(KIND, folder))?;
        let path = entry.path();
        let metadata = std::fs::metadata(&path).map_err(failed(KIND, &path))?;
        names.push(bytes_of(&entry.file_name()));
        if metadata.is_dir() {
            walk(&path, names, ancestors, entries)?;
        } else {
            entries.push(Entry::of(path, names, metadata)?);
        }
        names.pop();
    }
    ancestors.leave();
    Ok(())
}

impl Source for Folder {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn location(&self) -> String {
        location(&self.form.path)
    }

    fn form(&self) -> String {
        String::new()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        Ok(listing::state(&self.entries()?))
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        listing::digest(&self.entries()?, &mut |file| file.digest())
    }

    fn content(
        &self,
        digest_of: &mut dyn FnMut(&dyn Source) -> Result<Digest, SourceError>,
    ) -> Result<(Digest, Option<SourceState>), SourceError> {
        Ok((listing::digest(&self.entries()?, digest_of)?, None))
    }

    fn pinned(&self) -> Option<Digest> {
        self.form.digest
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        self.form.stale_after
    }
}

impl Serialize for Folder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        note_source(Arc::new(self.clone()));
        self.form.serialize(&SHAPE, serializer)
    }
}

impl<'de> Deserialize<'de> for Folder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Form::deserialize(&SHAPE, deserializer).map(|form| Self { form })
    }
}

impl std::str::FromStr for Folder {
    type Err = std::convert::Infallible;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(path))
    }
}

impl From<&str> for Folder {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl From<PathBuf> for Folder {
    fn from(path: PathBuf) -> Self {
        Self::new(path)
    }
}

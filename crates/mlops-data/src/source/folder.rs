//! A folder as a typed source: all files below it, by relative path and content.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use mlops_core::{Digest, Encoder, Source, SourceError, SourceState, note_source};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::form::Form;
use super::{given, location, state_of, unusable};
use crate::{DataError, File};

const KIND: &str = "folder";

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
            &mut Vec::new(),
            &mut entries,
        )?;
        entries.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(entries)
    }
}

/// A file below a folder.
struct Entry {
    path: PathBuf,
    /// Its relative path as the system's bytes, joined by `/`: a name need not be UTF-8.
    name: Vec<u8>,
    metadata: std::fs::Metadata,
}

/// Collects the files below `folder`. `above` are the folders on the way, without links, to find a link that leads back.
fn walk(
    folder: &Path,
    names: &mut Vec<Vec<u8>>,
    above: &mut Vec<PathBuf>,
    entries: &mut Vec<Entry>,
) -> Result<(), SourceError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| unusable(KIND, &path, cause)
    };
    let real = folder.canonicalize().map_err(failed(folder))?;
    if above.contains(&real) {
        let cause = std::io::Error::other("a symbolic link leads back into a folder above it");
        return Err(unusable(KIND, folder, cause));
    }
    above.push(real);
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let path = entry.path();
        let metadata = std::fs::metadata(&path).map_err(failed(&path))?;
        names.push(bytes_of(&entry.file_name()));
        if metadata.is_dir() {
            walk(&path, names, above, entries)?;
        } else if metadata.is_file() {
            entries.push(Entry {
                path,
                name: names.join(&b'/'),
                metadata,
            });
        } else {
            let cause = std::io::Error::other("it is neither a file nor a folder");
            return Err(unusable("file", &path, cause));
        }
        names.pop();
    }
    above.pop();
    Ok(())
}

fn bytes_of(name: &OsStr) -> Vec<u8> {
    name.as_encoded_bytes().to_vec()
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
        let entries = self.entries()?;
        let mut encoder = Encoder::new();
        let (mut size, mut modified) = (0, None);
        for entry in &entries {
            let state = state_of(&entry.metadata);
            encoder.bytes(&entry.name).text(&state.fingerprint);
            size += state.size;
            modified = modified.max(state.modified);
        }
        Ok(SourceState {
            fingerprint: format!("{} files {}", entries.len(), encoder.digest_of_all().hex()),
            size,
            modified,
        })
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        let entries = self.entries()?;
        let mut encoder = Encoder::new();
        encoder.map(entries.len());
        for entry in &entries {
            encoder.bytes(&entry.name);
            encoder.digest(&File::new(&entry.path).digest()?);
        }
        Ok(encoder.digest_of_all())
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
        self.form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Folder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Form::deserialize(KIND, deserializer).map(|form| Self { form })
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

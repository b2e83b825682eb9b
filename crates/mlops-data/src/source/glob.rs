//! The files of a pattern as a typed source: their relative names and what they hold.

mod pattern;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use mlops_core::{Digest, Source, SourceError, SourceState, note_source};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::pattern::Pattern;
use super::form::{Beside, Shape, bounds};
use super::listing::{self, Entry};
use super::{given, location, unusable};
use crate::{DataError, File};

const KIND: &str = "glob";
const SHAPE: Shape = Shape {
    named: "a glob",
    text: "a pattern such as `data/*.csv`",
    keys: &["pattern", "digest", "stale_after", "may_be_empty"],
};

/// The files that a pattern such as `data/*.csv` names: in the key by their names and their content.
///
/// A file that is added, removed, renamed or changed changes the key; the folder in which the pattern begins to vary does not
/// count, as the path of a [`File`] does not. `*`, `?` and `[a-z]` stand for characters of one name, `**` for any folders in
/// between. As in a shell, a name that begins with a dot must be asked for by a dot. Symbolic links are followed; folders
/// are no files, and do not count.
///
/// A pattern that no file has is an error, because it is a mistake more often than not; [`may_be_empty`](Self::may_be_empty)
/// allows it.
///
/// In a configuration it is the pattern, or a map: `{ pattern = "data/*.csv", digest = "blake3:…", stale_after = "7d",
/// may_be_empty = true }`.
///
/// ```
/// use mlops_data::Glob;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # for day in ["mo.csv", "tu.csv", "notes.txt"] { std::fs::write(folder.path().join(day), "1")?; }
/// # let folder = folder.path().display();
/// let days = Glob::new(format!("{folder}/*.csv"));
/// let names: Vec<_> = days.files()?.map(|file| file.path().file_name().unwrap().to_owned()).collect();
/// assert_eq!(names, ["mo.csv", "tu.csv"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Glob {
    pattern: String,
    digest: Option<Digest>,
    stale_after: Option<SignedDuration>,
    may_be_empty: bool,
}

impl Glob {
    /// The files of this pattern. Nothing is looked at yet.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            ..Self::default()
        }
    }

    /// The same files, which must have this content whenever a plan uses them.
    #[must_use]
    pub fn pinned(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// The same files, which may not be used once the newest of them is older than this.
    #[must_use]
    pub fn stale_after(mut self, age: SignedDuration) -> Self {
        self.stale_after = Some(age);
        self
    }

    /// The same files, of which there may be none.
    #[must_use]
    pub fn may_be_empty(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    /// The files, sorted by their names below the folder in which the pattern begins to vary.
    ///
    /// # Errors
    /// No pattern was given, it is none, no file has it, or something on the way cannot be looked at.
    pub fn files(&self) -> Result<impl Iterator<Item = File> + use<>, DataError> {
        if self.pattern.is_empty() {
            return Err(DataError::NoPath { kind: KIND });
        }
        let entries = self.entries()?;
        Ok(entries.into_iter().map(|entry| File::new(entry.path)))
    }

    fn entries(&self) -> Result<Vec<Entry>, SourceError> {
        given(KIND, Path::new(&self.pattern))?;
        let pattern = Pattern::parse(&self.pattern).map_err(|problem| {
            let cause = std::io::Error::new(std::io::ErrorKind::InvalidInput, problem);
            unusable(KIND, Path::new(&self.pattern), cause)
        })?;
        let entries = pattern.entries()?;
        if entries.is_empty() && !self.may_be_empty {
            return Err(SourceError::NothingMatches {
                location: self.location(),
            });
        }
        Ok(entries)
    }
}

impl Source for Glob {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn location(&self) -> String {
        location(Path::new(&self.pattern))
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
        self.digest
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        self.stale_after
    }
}

impl Serialize for Glob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        note_source(Arc::new(self.clone()));
        let mut beside = bounds(self.digest, self.stale_after);
        if self.may_be_empty {
            beside.push(("may_be_empty", Beside::Flag(true)));
        }
        SHAPE.write(serializer, &self.pattern, &beside)
    }
}

impl<'de> Deserialize<'de> for Glob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = SHAPE.read(deserializer)?;
        let pattern = written
            .place
            .take()
            .ok_or_else(|| D::Error::missing_field("pattern"))?;
        if !pattern.is_empty() {
            Pattern::parse(&pattern).map_err(D::Error::custom)?;
        }
        Ok(Self {
            pattern,
            digest: written.digest,
            stale_after: written.stale_after,
            may_be_empty: written.flag("may_be_empty")?,
        })
    }
}

impl std::str::FromStr for Glob {
    type Err = std::convert::Infallible;

    fn from_str(pattern: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(pattern))
    }
}

impl From<&str> for Glob {
    fn from(pattern: &str) -> Self {
        Self::new(pattern)
    }
}

//! A pattern taken apart, and the walk that finds its files.
//!
//! The crate `glob` matches the names. Its own walk is not used: it panics on a name that is not UTF-8, and passes over a link
//! that leads nowhere, where a source must say what it could not see.

use std::io;
use std::path::{Path, PathBuf, is_separator};

use glob::MatchOptions;
use mlops_core::SourceError;

use super::KIND;
use crate::source::listing::{Ancestors, Entry, bytes_of, failed};

/// As in a shell.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// Where the pattern begins to vary, and what it asks for below.
pub(super) struct Pattern {
    base: PathBuf,
    parts: Vec<Part>,
}

/// What is asked of one name on the way.
enum Part {
    /// This name.
    Name(String),
    /// A name like this.
    Like(glob::Pattern),
    /// Any folders, also none.
    Folders,
}

impl Pattern {
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut base = PathBuf::new();
        if text.starts_with(is_separator) {
            base.push("/");
        }
        let mut parts = Vec::new();
        let names: Vec<&str> = text
            .split(is_separator)
            .filter(|name| !matches!(*name, "" | "."))
            .collect();
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            if *name == "**" {
                if !matches!(parts.last(), Some(Part::Folders)) {
                    parts.push(Part::Folders);
                }
                continue;
            }
            if name.contains(['*', '?', '[']) {
                let pattern = glob::Pattern::new(name).map_err(|error| {
                    format!("`{text}` is no pattern: in `{name}`, {}", error.msg)
                })?;
                parts.push(Part::Like(pattern));
            } else if parts.is_empty() && !is_last {
                base.push(name);
            } else {
                parts.push(Part::Name((*name).to_owned()));
            }
        }
        match parts.last() {
            None => return Err(format!("`{text}` names no file")),
            Some(Part::Folders) => {
                let every = glob::Pattern::new("*").map_err(|error| error.msg.to_owned())?;
                parts.push(Part::Like(every));
            }
            Some(_) => {}
        }
        Ok(Self { base, parts })
    }

    /// The files that it names, sorted by name, each once.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, SourceError> {
        let mut walk = Walk::default();
        walk.below(&self.base, &self.parts)?;
        let mut entries = walk.entries;
        entries.sort_by(|one, two| one.name.cmp(&two.name));
        // `**` twice in a pattern leads to some files on two ways.
        entries.dedup_by(|one, two| one.name == two.name);
        Ok(entries)
    }
}

#[derive(Default)]
struct Walk {
    names: Vec<Vec<u8>>,
    ancestors: Ancestors,
    entries: Vec<Entry>,
}

impl Walk {
    fn below(&mut self, folder: &Path, parts: &[Part]) -> Result<(), SourceError> {
        let Some((part, rest)) = parts.split_first() else {
            return Ok(());
        };
        match part {
            Part::Name(name) => {
                let path = folder.join(name);
                match std::fs::metadata(&path) {
                    Ok(metadata) => self.found(path, name.as_bytes().to_vec(), metadata, rest),
                    Err(error) if is_absence(&error) => Ok(()),
                    Err(error) => Err(failed(KIND, &path)(error)),
                }
            }
            Part::Like(pattern) => {
                for (path, name) in listed(folder)? {
                    if pattern.matches_with(&String::from_utf8_lossy(&name), OPTIONS) {
                        let metadata = std::fs::metadata(&path).map_err(failed("file", &path))?;
                        self.found(path, name, metadata, rest)?;
                    }
                }
                Ok(())
            }
            Part::Folders => {
                if !is_folder(folder_or_here(folder))? {
                    return Ok(());
                }
                self.ancestors.enter(KIND, folder_or_here(folder))?;
                self.below(folder, rest)?;
                for (path, name) in listed(folder)? {
                    if !name.starts_with(b".") && is_folder(&path)? {
                        self.names.push(name);
                        self.below(&path, parts)?;
                        self.names.pop();
                    }
                }
                self.ancestors.leave();
                Ok(())
            }
        }
    }

    /// Goes on below a folder that fits, or keeps a file that does.
    fn found(
        &mut self,
        path: PathBuf,
        name: Vec<u8>,
        metadata: std::fs::Metadata,
        rest: &[Part],
    ) -> Result<(), SourceError> {
        self.names.push(name);
        if metadata.is_dir() {
            self.below(&path, rest)?;
        } else if rest.is_empty() {
            self.entries.push(Entry::of(path, &self.names, metadata)?);
        }
        self.names.pop();
        Ok(())
    }
}

/// What is in a folder; nothing, if there is no such folder.
fn listed(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, SourceError> {
    let entries = match std::fs::read_dir(folder_or_here(folder)) {
        Ok(entries) => entries,
        Err(error) if is_absence(&error) => return Ok(Vec::new()),
        Err(error) => return Err(failed(KIND, folder)(error)),
    };
    entries
        .map(|entry| {
            let name = entry.map_err(failed(KIND, folder))?.file_name();
            // Joined anew, so that a path begins as the pattern does.
            Ok((folder.join(&name), bytes_of(&name)))
        })
        .collect()
}

/// A pattern without a folder begins here.
fn folder_or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

fn is_folder(path: &Path) -> Result<bool, SourceError> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if is_absence(&error) => Ok(false),
        Err(error) => Err(failed(KIND, path)(error)),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

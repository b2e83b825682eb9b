//! Files and folders as typed sources: in a stage's key by what they hold.

mod file;
mod folder;
mod form;

use std::path::Path;

use mlops_core::{Digest, SourceError, SourceState};

pub use file::File;
pub use folder::Folder;

#[cfg(test)]
pub(crate) mod tests;

const NO_PATH: &str = "no path was given";

/// The absolute path, for people and lineage.
fn location(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        return String::new();
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.display().to_string()
}

/// The error of a path that could not be used.
fn unusable(kind: &'static str, path: &Path, cause: std::io::Error) -> SourceError {
    let location = location(path);
    if cause.kind() == std::io::ErrorKind::NotFound {
        SourceError::Missing { kind, location }
    } else {
        SourceError::Unreadable {
            kind,
            location,
            cause,
        }
    }
}

/// Refuses a path that nobody set.
fn given(kind: &'static str, path: &Path) -> Result<(), SourceError> {
    if path.as_os_str().is_empty() {
        let cause = std::io::Error::new(std::io::ErrorKind::InvalidInput, NO_PATH);
        return Err(unusable(kind, path, cause));
    }
    Ok(())
}

/// What one `stat` tells: size, times to the nanosecond, and which file it is.
///
/// The time of the last change of the inode is in it, because a program can set the time of modification back but not that
/// one; the inode is in it, because a file that is replaced by a rename may keep both size and time.
fn state_of(metadata: &std::fs::Metadata) -> SourceState {
    let modified = metadata.modified().ok();
    SourceState {
        fingerprint: fingerprint(metadata),
        size: metadata.len(),
        modified: modified.and_then(|time| jiff::Timestamp::try_from(time).ok()),
    }
}

#[cfg(unix)]
fn fingerprint(metadata: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(
        "size {} mtime {}.{:09} ctime {}.{:09} inode {} device {}",
        metadata.size(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
        metadata.ino(),
        metadata.dev()
    )
}

#[cfg(not(unix))]
fn fingerprint(metadata: &std::fs::Metadata) -> String {
    format!(
        "size {} mtime {:?} ctime {:?}",
        metadata.len(),
        metadata.modified().ok(),
        metadata.created().ok()
    )
}

/// Fails unless the content is the pinned one.
fn check_pin(
    kind: &'static str,
    path: &Path,
    pinned: Option<Digest>,
    found: Digest,
) -> Result<(), SourceError> {
    match pinned {
        Some(expected) if expected != found => Err(SourceError::NotPinned {
            kind,
            location: location(path),
            expected,
            found,
        }),
        _ => Ok(()),
    }
}

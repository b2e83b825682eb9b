//! Typed sources: in a stage's key by what they hold.

mod file;
mod folder;
mod form;
mod glob;
mod listing;
mod now;
mod url;
mod variable;

use std::path::Path;

use mlops_core::{Digest, SourceError, SourceState, Trust};

pub use file::File;
pub use folder::Folder;
pub use glob::Glob;
pub use now::Now;
pub use url::Url;
pub use variable::EnvVar;

#[cfg(test)]
pub(crate) mod tests;

const NO_PATH: &str = "no path was given";
const NOT_REGULAR: &str = "it is neither a file nor a folder";

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
    let modified = modified.and_then(|time| jiff::Timestamp::try_from(time).ok());
    // Where there is an inode, each change of the content marks it; a time in the future that somebody set says nothing.
    let changed = inode_changed(metadata).or(modified);
    SourceState {
        fingerprint: fingerprint(metadata),
        size: metadata.len(),
        modified,
        trust: changed.map_or(Trust::Never, Trust::Since),
    }
}

#[cfg(unix)]
fn inode_changed(metadata: &std::fs::Metadata) -> Option<jiff::Timestamp> {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds = i32::try_from(metadata.ctime_nsec()).ok()?;
    jiff::Timestamp::new(metadata.ctime(), nanoseconds).ok()
}

#[cfg(not(unix))]
fn inode_changed(_: &std::fs::Metadata) -> Option<jiff::Timestamp> {
    None
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

//! Several files as one content: their relative names and what they hold.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use mlops_core::{Digest, Encoder, Source, SourceError, SourceState, Trust};

use super::{NOT_REGULAR, state_of, unusable};
use crate::File;

/// One file of a listing.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    /// Its relative path as the system's bytes, joined by `/`: a name need not be UTF-8.
    pub(super) name: Vec<u8>,
    metadata: std::fs::Metadata,
}

impl Entry {
    /// # Errors
    /// It is no file: what else there is, such as a pipe, cannot be read twice.
    pub(super) fn of(
        path: PathBuf,
        names: &[Vec<u8>],
        metadata: std::fs::Metadata,
    ) -> Result<Self, SourceError> {
        if !metadata.is_file() {
            return Err(unusable("file", &path, io::Error::other(NOT_REGULAR)));
        }
        Ok(Self {
            path,
            name: names.join(&b'/'),
            metadata,
        })
    }
}

/// The folders on the way to the present one, without links: they find a link that leads back.
#[derive(Default)]
pub(super) struct Ancestors(Vec<PathBuf>);

impl Ancestors {
    pub(super) fn enter(&mut self, kind: &'static str, folder: &Path) -> Result<(), SourceError> {
        let real = folder.canonicalize().map_err(failed(kind, folder))?;
        if self.0.contains(&real) {
            let cause = io::Error::other("a symbolic link leads back into a folder above it");
            return Err(unusable(kind, folder, cause));
        }
        self.0.push(real);
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }
}

/// One `stat` for each file.
pub(super) fn state(entries: &[Entry]) -> SourceState {
    let mut encoder = Encoder::new();
    let (mut size, mut modified, mut trust) = (0, None, Trust::Always);
    for entry in entries {
        let state = state_of(&entry.metadata);
        encoder.bytes(&entry.name).text(&state.fingerprint);
        size += state.size;
        modified = modified.max(state.modified);
        trust = weaker(trust, state.trust);
    }
    SourceState {
        fingerprint: format!("{} files {}", entries.len(), encoder.digest_of_all().hex()),
        size,
        modified,
        trust,
    }
}

/// A listing is to be trusted as far as that of its files which changed last.
fn weaker(one: Trust, other: Trust) -> Trust {
    match (one, other) {
        (Trust::Never, _) | (_, Trust::Never) => Trust::Never,
        (Trust::Since(one), Trust::Since(other)) => Trust::Since(one.max(other)),
        (Trust::Always, trust) | (trust, Trust::Always) => trust,
    }
}

/// Names and contents, in order.
pub(super) fn digest(
    entries: &[Entry],
    digest_of: &mut dyn FnMut(&dyn Source) -> Result<Digest, SourceError>,
) -> Result<Digest, SourceError> {
    let mut encoder = Encoder::new();
    encoder.map(entries.len());
    for entry in entries {
        encoder.bytes(&entry.name);
        encoder.digest(&digest_of(&File::new(&entry.path))?);
    }
    Ok(encoder.digest_of_all())
}

pub(super) fn bytes_of(name: &OsStr) -> Vec<u8> {
    name.as_encoded_bytes().to_vec()
}

/// The error of a path that could not be looked at.
pub(super) fn failed(
    kind: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> SourceError + use<> {
    let path = path.to_owned();
    move |cause| unusable(kind, &path, cause)
}

//! Artifacts on their way out: verified once per process, mapped when large, set aside when damaged.
#![expect(
    clippy::disallowed_methods,
    reason = "the store is the crate that touches the file system"
)]

use std::io;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use mlops_core::{ArtifactError, ArtifactInput, Digest};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

use crate::row::{ARTIFACT, digest_of};
use crate::store::{Inner, lock};
use crate::{Store, StoreError, folder, map, staging};

/// What a file looked like when its bytes were verified; one that changed since is verified again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    size: u64,
    modified: u128,
}

/// An artifact's bytes, as they were written.
#[derive(Debug, Clone)]
pub struct StoredArtifact {
    store: Store,
    digest: Digest,
    media_type: String,
    bytes: Bytes,
}

impl StoredArtifact {
    /// The digest of the bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The media type of the bytes.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// How many bytes.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl ArtifactInput for StoredArtifact {
    fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    fn item(&self, digest: &Digest) -> Result<Box<dyn ArtifactInput>, ArtifactError> {
        Ok(Box::new(self.store.read_artifact(digest)?))
    }
}

/// An artifact's row.
struct Listed {
    media_type: String,
    size: u64,
    /// Nothing when they are in a file.
    bytes: Option<Vec<u8>>,
}

const SELECT: &str = "SELECT digest, size, media_type, place, made_at, checksum, bytes FROM artifact WHERE digest = ?1";

/// The row of an artifact; `Err` inside when it is not what was written.
fn row(connection: &Connection, digest: &Digest) -> rusqlite::Result<Option<Result<Listed, ()>>> {
    connection
        .prepare_cached(SELECT)?
        .query_row([digest.as_bytes()], |row| {
            if !ARTIFACT.is_whole(row)? || digest_of(row.get_ref(0)?) != Some(*digest) {
                return Ok(Err(()));
            }
            let is_small = matches!(row.get_ref(3)?, ValueRef::Text(b"small"));
            let size: i64 = row.get(1)?;
            let bytes = match row.get_ref(ARTIFACT.long_index())? {
                ValueRef::Blob(bytes) if is_small => Some(bytes.to_vec()),
                _ if is_small => return Ok(Err(())),
                _ => None,
            };
            Ok(Ok(Listed {
                media_type: row.get(2)?,
                size: u64::try_from(size).unwrap_or_default(),
                bytes,
            }))
        })
        .optional()
}

impl Store {
    /// Reads an artifact. Its digest is verified once per process.
    ///
    /// # Errors
    /// It is not there, or its bytes are not what was written: then it has been set aside, and looks as if it had never
    /// been made.
    pub fn read_artifact(&self, digest: &Digest) -> Result<StoredArtifact, StoreError> {
        let row = self.inner.read("read an artifact", |connection| {
            Ok(row(connection, digest)?)
        })?;
        let listed = match row {
            None => return Err(StoreError::ArtifactMissing { digest: *digest }),
            Some(Err(())) => return Err(self.inner.damaged(digest)),
            Some(Ok(listed)) => listed,
        };
        let (bytes, stamp) = match listed.bytes {
            Some(bytes) => {
                let stamp = Stamp {
                    size: bytes.len() as u64,
                    modified: 0,
                };
                (Bytes::from(bytes), stamp)
            }
            None => match mapped(&self.inner, digest) {
                Ok(mapped) => mapped,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.inner.set_aside(digest)?;
                    return Err(StoreError::ArtifactMissing { digest: *digest });
                }
                Err(cause) => {
                    let path = folder::artifact(&self.inner.folder, digest);
                    return Err(StoreError::path("read", &path, cause));
                }
            },
        };
        if stamp.size != listed.size {
            return Err(self.inner.damaged(digest));
        }
        if lock(&self.inner.verified).get(digest) != Some(&stamp) {
            if Digest::of(&bytes) != *digest {
                return Err(self.inner.damaged(digest));
            }
            lock(&self.inner.verified).insert(*digest, stamp);
        }
        Ok(StoredArtifact {
            store: self.clone(),
            digest: *digest,
            media_type: listed.media_type,
            bytes,
        })
    }

    /// Whether an artifact is listed and, when it is in a file, the file is there with its length. The bytes are not read.
    /// A row that is not what was written is removed: a commit leaves a listed artifact alone, so the stage would make it
    /// again for ever.
    ///
    /// # Errors
    /// The database cannot be read, or what is damaged not set aside.
    pub fn has_artifact(&self, digest: &Digest) -> Result<bool, StoreError> {
        let found = self.inner.read("look for an artifact", |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT digest, size, media_type, place, made_at, checksum FROM artifact WHERE digest = ?1",
                )?
                .query_row([digest.as_bytes()], |row| {
                    let is_large = matches!(row.get_ref(3)?, ValueRef::Text(b"large"));
                    Ok((ARTIFACT.is_whole(row)?, is_large, row.get::<_, i64>(1)?))
                })
                .optional()?)
        })?;
        Ok(match found {
            None => false,
            Some((false, _, _)) => {
                self.inner.set_aside(digest)?;
                false
            }
            Some((true, false, _)) => true,
            Some((true, true, size)) => {
                std::fs::metadata(folder::artifact(&self.inner.folder, digest))
                    .is_ok_and(|file| i64::try_from(file.len()) == Ok(size))
            }
        })
    }
}

/// Maps a large artifact.
fn mapped(store: &Inner, digest: &Digest) -> io::Result<(Bytes, Stamp)> {
    let file = staging::open(store, digest)?;
    let metadata = file.metadata()?;
    let stamp = Stamp {
        size: metadata.len(),
        modified: metadata
            .modified()?
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos(),
    };
    let bytes = if stamp.size == 0 {
        // An empty file cannot be mapped everywhere; no large artifact is empty, so its length says the rest.
        Bytes::new()
    } else {
        map::map(&file)?
    };
    Ok((bytes, stamp))
}

impl Inner {
    /// Whether a row lists the artifact.
    pub(crate) fn is_listed(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.read("look for an artifact", |connection| {
            Ok(connection
                .prepare_cached("SELECT 1 FROM artifact WHERE digest = ?1")?
                .exists([digest.as_bytes()])?)
        })
    }

    /// Sets a damaged artifact aside and says so.
    fn damaged(&self, digest: &Digest) -> StoreError {
        match self.set_aside(digest) {
            Ok(()) => StoreError::ArtifactDamaged { digest: *digest },
            Err(error) => error,
        }
    }

    /// Makes an artifact look as if it had never been made, and what is made of it, too; its file goes to `damaged/`.
    pub(crate) fn set_aside(&self, digest: &Digest) -> Result<(), StoreError> {
        self.count_damage();
        lock(&self.verified).remove(digest);
        if !self.may_write() {
            return Ok(());
        }
        let path = folder::artifact(&self.folder, digest);
        let aside = self.folder.join("damaged").join(digest.hex());
        let is_moved = std::fs::rename(&path, &aside).is_ok();
        if is_moved {
            // The row alone may be wrong, or another process made it again between our look and our move: then the file is
            // whole, and goes back.
            let is_whole = std::fs::File::open(&aside).is_ok_and(|file| {
                let mut hasher = blake3::Hasher::new();
                hasher.update_reader(file).is_ok() && Digest::from(hasher.finalize()) == *digest
            });
            if is_whole {
                std::fs::rename(&aside, &path)
                    .map_err(|cause| StoreError::path("restore", &path, cause))?;
            }
        }
        self.write("set a damaged artifact aside", |connection| {
            let mut doomed = vec![*digest];
            while let Some(digest) = doomed.pop() {
                let holders = connection
                    .prepare_cached("SELECT holder FROM artifact_item WHERE item = ?1")?
                    .query_map([digest.as_bytes()], |row| Ok(digest_of(row.get_ref(0)?)))?
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                for table in [
                    "DELETE FROM artifact WHERE digest = ?1",
                    "DELETE FROM artifact_item WHERE holder = ?1",
                ] {
                    connection
                        .prepare_cached(table)?
                        .execute([digest.as_bytes()])?;
                }
                doomed.extend(holders.into_iter().flatten());
            }
            Ok(())
        })
    }
}

//! Artifacts on their way in: hashed while they are written, small ones in memory, large ones in their file.
//!
//! Bytes first, row after: when a transaction lists an artifact, its file is in place already, so what is listed is whole at
//! any instant. What a crash leaves between the two is a file that nobody lists.
#![expect(
    clippy::disallowed_methods,
    reason = "the store is the crate that touches the file system"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};

use bytes::Bytes;
use mlops_core::{ArtifactError, ArtifactOutput, Description, Digest};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tempfile::NamedTempFile;

use crate::row::{ARTIFACT, ARTIFACT_ITEM, signed, text};
use crate::store::Inner;
use crate::{ArtifactReference, Durability, Store, StoreError, folder};

/// Up to this size an artifact lives in the database: a file of its own would cost more than the bytes.
pub(crate) const SMALL: usize = 64 * 1024;

/// How much is hashed and written at once: enough for the widest form of BLAKE3, little enough for the cache.
const PORTION: usize = 256 * 1024;

/// An artifact whose bytes are safe, and which is listed by the next [`Store::commit`].
#[derive(Debug, Clone)]
pub struct StagedArtifact {
    part: Part,
    /// The items it is made of, each an artifact of its own.
    items: Vec<Part>,
}

/// One artifact's bytes.
#[derive(Debug, Clone)]
struct Part {
    digest: Digest,
    size: u64,
    media_type: String,
    /// Nothing when they are in a file.
    bytes: Option<Bytes>,
}

impl StagedArtifact {
    /// The digest of the bytes.
    pub fn digest(&self) -> Digest {
        self.part.digest
    }

    /// How many bytes, items not counted.
    pub fn size(&self) -> u64 {
        self.part.size
    }

    /// The media type of the bytes.
    pub fn media_type(&self) -> &str {
        &self.part.media_type
    }

    /// The reference by which a record names it.
    pub fn reference(&self, description: Description) -> ArtifactReference {
        ArtifactReference {
            digest: self.part.digest,
            size: self.part.size,
            media_type: self.part.media_type.clone(),
            description,
        }
    }

    /// Lists the artifact and its items.
    pub(crate) fn list(&self, store: &Inner, connection: &Connection) -> Result<(), StoreError> {
        for item in &self.items {
            item.list(store, connection)?;
            ARTIFACT_ITEM.write(
                connection,
                "INSERT OR IGNORE",
                &[
                    ValueRef::Blob(self.part.digest.as_bytes()),
                    ValueRef::Blob(item.digest.as_bytes()),
                ],
                ValueRef::Null,
            )?;
        }
        self.part.list(store, connection)
    }
}

impl Part {
    fn list(&self, store: &Inner, connection: &Connection) -> Result<(), StoreError> {
        let place = if self.bytes.is_some() {
            "small"
        } else {
            // Another process may have set it aside since: then the row would promise what is not there.
            let path = folder::artifact(&store.folder, &self.digest);
            if !std::fs::metadata(path).is_ok_and(|file| file.len() == self.size) {
                return Err(StoreError::ArtifactMissing {
                    digest: self.digest,
                });
            }
            "large"
        };
        ARTIFACT.write(
            connection,
            "INSERT OR IGNORE",
            &[
                ValueRef::Blob(self.digest.as_bytes()),
                ValueRef::Integer(signed(self.size)?),
                text(&self.media_type),
                text(place),
                ValueRef::Integer(store.now().as_microsecond()),
            ],
            self.bytes.as_deref().map_or(ValueRef::Null, ValueRef::Blob),
        )?;
        Ok(())
    }
}

impl Store {
    /// Takes an artifact in: `write` writes its bytes, which are hashed on the way. It is listed by the next
    /// [`commit`](Self::commit) that is given the result.
    ///
    /// # Errors
    /// The value cannot be written, the disk is full, or the store is read-only.
    pub fn stage_artifact(
        &self,
        media_type: &str,
        write: impl FnOnce(&mut dyn ArtifactOutput) -> Result<(), ArtifactError>,
    ) -> Result<StagedArtifact, StoreError> {
        if !self.inner.may_write() {
            return Err(folder::read_only(&self.inner.folder));
        }
        let mut output = Staging {
            sink: Sink::new(&self.inner),
            items: BTreeMap::new(),
        };
        match write(&mut output) {
            Ok(()) => {}
            Err(ArtifactError::Io(cause)) => {
                return Err(StoreError::io("write an artifact", cause));
            }
            Err(ArtifactError::Store(cause)) => {
                return Err(match cause.downcast::<StoreError>() {
                    Ok(own) => *own,
                    Err(cause) => StoreError::Artifact(ArtifactError::Store(cause)),
                });
            }
            Err(error) => return Err(StoreError::Artifact(error)),
        }
        Ok(StagedArtifact {
            part: output.sink.finish(media_type)?,
            items: output.items.into_values().collect(),
        })
    }

    /// Takes bytes in and lists them at once, without a cache entry.
    ///
    /// # Errors
    /// The disk is full, or the store is read-only.
    pub fn put_bytes(
        &self,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<ArtifactReference, StoreError> {
        let staged = self.stage_artifact(media_type, |output| Ok(output.write_all(bytes)?))?;
        self.put_staged(std::slice::from_ref(&staged))?;
        Ok(staged.reference(Description::default()))
    }

    /// Lists staged artifacts without a cache entry.
    ///
    /// # Errors
    /// The disk is full, or the store is read-only.
    pub fn put_staged(&self, staged: &[StagedArtifact]) -> Result<(), StoreError> {
        self.inner.write("list artifacts", |connection| {
            staged
                .iter()
                .try_for_each(|artifact| artifact.list(&self.inner, connection))
        })
    }
}

/// The output that a value is written to.
struct Staging<'a> {
    sink: Sink<'a>,
    items: BTreeMap<Digest, Part>,
}

impl Write for Staging<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.take(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ArtifactOutput for Staging<'_> {
    fn item(&mut self, media_type: &'static str, bytes: &[u8]) -> Result<Digest, ArtifactError> {
        let digest = Digest::of(bytes);
        if let std::collections::btree_map::Entry::Vacant(place) = self.items.entry(digest) {
            let mut sink = Sink::new(self.sink.store);
            sink.take(bytes)?;
            place.insert(sink.finish(media_type)?);
        }
        Ok(digest)
    }
}

/// Hashes bytes, and keeps them in memory until they are too many.
struct Sink<'a> {
    store: &'a Inner,
    hasher: blake3::Hasher,
    pending: Vec<u8>,
    hashed: u64,
    file: Option<NamedTempFile>,
}

impl<'a> Sink<'a> {
    fn new(store: &'a Inner) -> Self {
        Self {
            store,
            hasher: blake3::Hasher::new(),
            pending: Vec::new(),
            hashed: 0,
            file: None,
        }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() >= PORTION {
            // No copy for what is large already.
            let pending = std::mem::take(&mut self.pending);
            self.move_on(&pending)?;
            return self.move_on(bytes);
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PORTION {
            let mut pending = std::mem::take(&mut self.pending);
            self.move_on(&pending)?;
            pending.clear();
            self.pending = pending;
        }
        Ok(())
    }

    /// Hashes and writes to the file.
    fn move_on(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if let Some(faults) = &self.store.options.faults {
            faults.before_write("temporary", bytes.len())?;
        }
        self.hasher.update(bytes);
        self.hashed += bytes.len() as u64;
        if self.file.is_none() {
            // Whose file it is must be known to be alive, or `remove_leftovers` of another process may take it.
            self.store.owner.announce().map_err(io::Error::other)?;
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(folder::temporary_file(
                &folder::temporary_prefix(self.store.owner.id),
                &self.store.folder.join("temporary"),
            )?),
        };
        file.write_all(bytes)
    }

    fn finish(mut self, media_type: &str) -> Result<Part, StoreError> {
        let is_small = self.file.is_none() && self.pending.len() <= SMALL;
        let pending = std::mem::take(&mut self.pending);
        if is_small {
            return Ok(Part {
                digest: Digest::of(&pending),
                size: pending.len() as u64,
                media_type: media_type.to_owned(),
                bytes: Some(pending.into()),
            });
        }
        self.move_on(&pending)
            .map_err(|cause| StoreError::io("write an artifact", cause))?;
        let digest = Digest::from(self.hasher.finalize());
        let size = self.hashed;
        if let Some(file) = self.file.take() {
            place(self.store, file, &digest, size)?;
        }
        Ok(Part {
            digest,
            size,
            media_type: media_type.to_owned(),
            bytes: None,
        })
    }
}

/// Moves a finished file to its name.
fn place(store: &Inner, file: NamedTempFile, digest: &Digest, size: u64) -> Result<(), StoreError> {
    let path = folder::artifact(&store.folder, digest);
    // A listed file of the right length stays: others may be reading it. An unlisted one of the same name may be what a
    // power cut left, so it gives way; the bytes that it should have are the same.
    let there = std::fs::metadata(&path).is_ok_and(|there| there.len() == size);
    if there && store.is_listed(digest)? {
        return Ok(());
    }
    let durable = store.options.durability == Durability::Power;
    let moved = (|| -> io::Result<()> {
        if let Some(faults) = &store.options.faults {
            faults.before_write("artifact", 0)?;
        }
        let mut permissions = file.as_file().metadata()?.permissions();
        permissions.set_readonly(true);
        file.as_file().set_permissions(permissions)?;
        if durable {
            file.as_file().sync_all()?;
        }
        let shard = path.parent().unwrap_or(&store.folder);
        match file.persist(&path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(shard)?;
                error.file.persist(&path)?;
                if durable {
                    folder::sync_folder(&store.folder.join("artifacts"))?;
                }
            }
            Err(error) => return Err(error.into()),
        }
        if durable {
            folder::sync_folder(shard)?;
        }
        Ok(())
    })();
    moved.map_err(|cause| StoreError::path("write", &path, cause))
}

/// Opens an artifact's file.
pub(crate) fn open(store: &Inner, digest: &Digest) -> io::Result<File> {
    File::open(folder::artifact(&store.folder, digest))
}

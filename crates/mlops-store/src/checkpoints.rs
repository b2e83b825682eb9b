//! Checkpoints: how far a long stage had come, so that a killed one goes on instead of beginning again.
#![expect(
    clippy::disallowed_methods,
    reason = "the store is the crate that touches the file system"
)]

use std::path::PathBuf;

use bytes::Bytes;
use jiff::Timestamp;
use mlops_core::Digest;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::leases::Lease;
use crate::row::{CHECKPOINT, digest_of, signed, text};
use crate::staging::SMALL;
use crate::store::Inner;
use crate::{Store, StoreError, folder, leases};

/// How many checkpoints of a key are kept: the newest, and one in case it is damaged.
const KEPT: i64 = 2;

/// A state from which a stage can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its place among the checkpoints of the key.
    pub sequence: u64,
    /// When it was made.
    pub at: Timestamp,
    /// The state, as the stage gave it.
    pub bytes: Bytes,
}

impl Store {
    /// Keeps a state of the call that the lease is for; the last two are kept, until the call is committed.
    ///
    /// # Errors
    /// The lease was taken over, the disk is full, or the store is read-only.
    pub fn save_checkpoint(
        &self,
        lease: &Lease,
        sequence: u64,
        at: Timestamp,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let key = lease.key();
        let number = signed(sequence)?;
        let is_small = bytes.len() <= SMALL;
        if !is_small {
            let path = path(&self.inner, &key, number);
            self.inner
                .fault("temporary", "write a checkpoint", bytes.len())?;
            folder::replace(
                &self.inner.folder,
                self.inner.owner.id,
                &path,
                bytes,
                self.inner.options.durability,
            )?;
        }
        let old = self.inner.write("save a checkpoint", |connection| {
            leases::require(connection, &key, lease.token())?;
            CHECKPOINT.write(
                connection,
                "INSERT OR REPLACE",
                &[
                    ValueRef::Blob(key.as_bytes()),
                    ValueRef::Integer(number),
                    ValueRef::Integer(at.as_microsecond()),
                    ValueRef::Integer(signed(bytes.len() as u64)?),
                    ValueRef::Blob(Digest::of(bytes).as_bytes()),
                    text(if is_small { "small" } else { "large" }),
                ],
                if is_small {
                    ValueRef::Blob(bytes)
                } else {
                    ValueRef::Null
                },
            )?;
            let mut statement = connection.prepare_cached(
                "DELETE FROM checkpoint WHERE key = ?1 AND sequence NOT IN
                    (SELECT sequence FROM checkpoint WHERE key = ?1 ORDER BY sequence DESC LIMIT ?2)
                 RETURNING sequence",
            )?;
            let old = statement
                .query_map((key.as_bytes(), KEPT), |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<i64>>>()?;
            Ok(old)
        })?;
        remove_files(&self.inner, &key, &old);
        Ok(())
    }

    /// The newest checkpoint of a key that is whole.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn latest_checkpoint(&self, key: &Digest) -> Result<Option<Checkpoint>, StoreError> {
        self.inner.read("read a checkpoint", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, sequence, at, size, digest, place, checksum, bytes FROM checkpoint
                 WHERE key = ?1 ORDER BY sequence DESC",
            )?;
            let mut rows = statement.query([key.as_bytes()])?;
            while let Some(row) = rows.next()? {
                let sequence: i64 = row.get(1)?;
                let bytes = match row.get_ref(CHECKPOINT.long_index())? {
                    ValueRef::Blob(bytes) => Some(bytes.to_vec()),
                    _ => std::fs::read(path(&self.inner, key, sequence)).ok(),
                };
                match bytes {
                    Some(bytes)
                        if CHECKPOINT.is_whole(row)?
                            && Some(Digest::of(&bytes)) == digest_of(row.get_ref(4)?) =>
                    {
                        return Ok(Some(Checkpoint {
                            sequence: u64::try_from(sequence).unwrap_or_default(),
                            at: Timestamp::from_microsecond(row.get(2)?).unwrap_or_default(),
                            bytes: bytes.into(),
                        }));
                    }
                    _ => self.inner.count_damage(),
                }
            }
            Ok(None)
        })
    }
}

/// Removes the files of checkpoints that no row lists and that nobody is about to list. Returns how many.
pub(crate) fn remove_orphans(store: &Inner) -> Result<u64, StoreError> {
    let folder = store.folder.join("checkpoints");
    let names: Vec<String> = std::fs::read_dir(&folder)
        .map_err(|cause| StoreError::path("list", &folder, cause))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    if names.is_empty() {
        return Ok(0);
    }
    // Within a transaction, so that nobody acquires the lease under which such a file would be listed.
    store.write("remove what checkpoints left", |connection| {
        let mut removed = 0;
        for name in &names {
            let parsed = name.split_once('.').and_then(|(key, sequence)| {
                Some((key.parse::<Digest>().ok()?, sequence.parse::<i64>().ok()?))
            });
            let Some((key, sequence)) = parsed else {
                continue;
            };
            let is_listed = connection
                .prepare_cached("SELECT 1 FROM checkpoint WHERE key = ?1 AND sequence = ?2")?
                .exists((key.as_bytes(), sequence))?;
            if !is_listed && !leases::is_held(store, connection, &key)? {
                removed += u64::from(std::fs::remove_file(folder.join(name)).is_ok());
            }
        }
        Ok(removed)
    })
}

fn path(store: &Inner, key: &Digest, sequence: i64) -> PathBuf {
    store
        .folder
        .join("checkpoints")
        .join(format!("{}.{sequence}", key.hex()))
}

/// Removes the rows of a key, and returns the sequences that may have files.
pub(crate) fn remove_rows(connection: &Connection, key: &Digest) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("DELETE FROM checkpoint WHERE key = ?1 RETURNING sequence")?
        .query_map([key.as_bytes()], |row| row.get(0))?
        .collect()
}

/// Removes files whose rows are gone.
pub(crate) fn remove_files(store: &Inner, key: &Digest, sequences: &[i64]) {
    for sequence in sequences {
        // One that stays is only in the way of tidiness; `remove_leftovers` finds it.
        let _ = std::fs::remove_file(path(store, key, *sequence));
    }
}

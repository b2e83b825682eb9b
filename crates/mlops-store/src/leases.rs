//! Leases: two processes that want the same thing made do not both make it.
//!
//! A lease names its owner, whose life is a file lock (see `owner.rs`), and a random token. A dead owner's lease is taken
//! over at once. A commit needs the token that stands in the row, so one who only seemed dead (a paused machine) can no
//! longer commit after somebody else took over: never "the last writer wins".

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use mlops_core::Digest;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::row::{LEASE, text, uuid_of};
use crate::store::Inner;
use crate::{StageRecord, Store, StoreError, owner, runs};

/// The right to make what belongs to a key; released when it is dropped or committed.
pub struct Lease {
    store: Store,
    key: Digest,
    token: Uuid,
    released: AtomicBool,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Lease {
    /// The key.
    pub fn key(&self) -> Digest {
        self.key
    }

    /// What fences off whoever lost the lease.
    pub(crate) fn token(&self) -> Uuid {
        self.token
    }

    pub(crate) fn mark_released(&self) {
        self.released.store(true, Ordering::SeqCst);
    }

    /// Lets others have the key, although somebody may still hold this: a commit under it is refused from now on.
    pub fn release(&self) {
        if !self.released.swap(true, Ordering::SeqCst) {
            // If it fails, the lease ends with this process.
            let _ = self.store.inner.write("release a lease", |connection| {
                release(connection, &self.key, self.token)
            });
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.release();
    }
}

/// What became of asking for a lease.
#[derive(Debug)]
pub enum Acquire {
    /// It is ours.
    Granted(Lease),
    /// Somebody makes it already.
    Held(LeaseHolder),
}

/// Who makes it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHolder {
    /// The owner's id; [`Store::owner_id`] when it is another task of this process.
    pub owner: Uuid,
    /// The operating system's number of the process.
    pub process: u32,
    /// The machine.
    pub host: String,
    /// Since when.
    pub since: Timestamp,
}

impl Store {
    /// Asks for the right to make what belongs to `key`. Does not wait.
    ///
    /// # Errors
    /// The store is read-only, or the database cannot be written.
    pub fn acquire(&self, key: &Digest) -> Result<Acquire, StoreError> {
        self.acquire_with(key, |_| Ok(()))
    }

    /// The same, and when it is granted, records in the same transaction that the stage runs.
    ///
    /// # Errors
    /// The store is read-only, or the database cannot be written.
    pub fn acquire_and_start(
        &self,
        key: &Digest,
        stage: &StageRecord,
    ) -> Result<Acquire, StoreError> {
        self.acquire_with(key, |connection| {
            runs::write_stage(connection, stage, self.inner.now())
        })
    }

    fn acquire_with(
        &self,
        key: &Digest,
        granted: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<Acquire, StoreError> {
        self.inner.owner.announce()?;
        let token = Uuid::now_v7();
        let holder = self.inner.write("acquire a lease", |connection| {
            if let Some(holder) = holder(connection, key)?
                && (holder.owner == self.inner.owner.id
                    || owner::is_alive(&self.inner.folder, holder.owner))
            {
                return Ok(Some(holder));
            }
            insert(&self.inner, connection, key, token)?;
            granted(connection)?;
            Ok(None)
        })?;
        Ok(match holder {
            Some(holder) => Acquire::Held(holder),
            None => Acquire::Granted(Lease {
                store: self.clone(),
                key: *key,
                token,
                released: AtomicBool::new(false),
            }),
        })
    }
}

fn insert(
    store: &Inner,
    connection: &Connection,
    key: &Digest,
    token: Uuid,
) -> rusqlite::Result<usize> {
    LEASE.write(
        connection,
        "INSERT OR REPLACE",
        &[
            ValueRef::Blob(key.as_bytes()),
            ValueRef::Blob(store.owner.id.as_bytes()),
            ValueRef::Blob(token.as_bytes()),
            ValueRef::Integer(i64::from(std::process::id())),
            text(&store.owner.host),
            ValueRef::Integer(store.now().as_microsecond()),
        ],
        ValueRef::Null,
    )
}

/// Who holds the key. A row that is not what was written counts as none: if its owner lives, the token fences it off.
fn holder(connection: &Connection, key: &Digest) -> rusqlite::Result<Option<LeaseHolder>> {
    Ok(connection
        .prepare_cached(
            "SELECT key, owner, token, process, host, since, checksum FROM lease WHERE key = ?1",
        )?
        .query_row([key.as_bytes()], |row| {
            let Some(owner) =
                uuid_of(row.get_ref(1)?).filter(|_| LEASE.is_whole(row).unwrap_or(false))
            else {
                return Ok(None);
            };
            Ok(Some(LeaseHolder {
                owner,
                process: row.get(3)?,
                host: row.get(4)?,
                since: Timestamp::from_microsecond(row.get(5)?).unwrap_or_default(),
            }))
        })
        .optional()?
        .flatten())
}

/// Whether somebody who lives, this process included, makes what belongs to the key.
pub(crate) fn is_held(
    store: &Inner,
    connection: &Connection,
    key: &Digest,
) -> Result<bool, StoreError> {
    Ok(holder(connection, key)?.is_some_and(|holder| {
        holder.owner == store.owner.id || owner::is_alive(&store.folder, holder.owner)
    }))
}

/// Whether the lease with this token is still the key's.
pub(crate) fn require(
    connection: &Connection,
    key: &Digest,
    token: Uuid,
) -> Result<(), StoreError> {
    let is_ours = connection
        .prepare_cached("SELECT 1 FROM lease WHERE key = ?1 AND token = ?2")?
        .exists((key.as_bytes(), token.as_bytes()))?;
    if is_ours {
        Ok(())
    } else {
        Err(StoreError::LeaseLost { key: *key })
    }
}

/// Ends the lease, if it is still the one with this token.
pub(crate) fn release(
    connection: &Connection,
    key: &Digest,
    token: Uuid,
) -> Result<(), StoreError> {
    let released = connection
        .prepare_cached("DELETE FROM lease WHERE key = ?1 AND token = ?2")?
        .execute((key.as_bytes(), token.as_bytes()))?;
    if released == 1 {
        Ok(())
    } else {
        Err(StoreError::LeaseLost { key: *key })
    }
}

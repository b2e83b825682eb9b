//! The store itself: opening it, and the two ways in which everything else reaches the database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use mlops_core::Digest;
use rusqlite::Connection;
use uuid::Uuid;

use crate::artifacts::Stamp;
use crate::owner::Owner;
use crate::{Access, StoreError, StoreOptions, connection, folder, migrations};

/// One store: a folder with artifacts, metadata and locks. Cloning is cheap; all clones are one process to the others.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) folder: PathBuf,
    pub(crate) options: StoreOptions,
    pub(crate) owner: Owner,
    /// Nothing when the store is read-only.
    writer: Option<Mutex<Connection>>,
    /// Opened at the first read.
    reader: Mutex<Option<Connection>>,
    /// For what reads long, so that look-ups need not wait; kept, because its pages are warm.
    long_reader: Mutex<Option<Connection>>,
    /// Artifacts whose bytes this process has seen to be right.
    pub(crate) verified: Mutex<BTreeMap<Digest, Stamp>>,
    /// Entries whose rows this process has seen to be wrong; the next commit of their key replaces them.
    pub(crate) damaged_entries: Mutex<BTreeSet<i64>>,
    /// Digests of what is known to be in `code_reach`.
    pub(crate) known_code: Mutex<BTreeSet<String>>,
    damaged_rows: AtomicU64,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("folder", &self.inner.folder)
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in `folder`, and makes it when it is not there.
    ///
    /// # Errors
    /// It was made by a newer program; the folder may not be written, or keeps no locks; SQLite is too old; or it is to be
    /// only read and is not there.
    pub fn open(folder: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        connection::refuse_old_sqlite(rusqlite::version_number(), rusqlite::version())?;
        // A process that changes its working directory must not lose its store.
        let folder =
            std::path::absolute(folder).map_err(|cause| StoreError::path("find", folder, cause))?;
        let owner = Owner::new(&folder);
        let database = folder::database(&folder);
        let (writer, reader) = match options.access {
            Access::ReadWrite => {
                let faults = options.faults.as_deref();
                folder::open_for_writing(&folder, owner.id, options.durability, faults)?;
                let writer = connection::open_writer(&database, options.durability)?;
                if migrations::schema(&writer, &folder)? < migrations::NEWEST {
                    folder::set_up(&folder, owner.id, options.durability)?;
                }
                (Some(Mutex::new(writer)), None)
            }
            Access::ReadOnly => {
                if folder::format_of(&folder)?.is_none() {
                    return Err(StoreError::NoStore { folder });
                }
                let reader = connection::open_read_only(&database)
                    .map_err(|error| error.named("open the metadata database"))?;
                migrations::schema(&reader, &folder)?;
                (None, Some(reader))
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                folder,
                options,
                owner,
                writer,
                reader: Mutex::new(reader),
                long_reader: Mutex::default(),
                verified: Mutex::default(),
                damaged_entries: Mutex::default(),
                known_code: Mutex::default(),
                damaged_rows: AtomicU64::new(0),
            }),
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// The id under which this opening of the store owns runs and leases.
    pub fn owner_id(&self) -> Uuid {
        self.inner.owner.id
    }

    /// How many rows this process has found to be other than what was written.
    pub fn damaged_rows_seen(&self) -> u64 {
        self.inner.damaged_rows.load(Ordering::Relaxed)
    }
}

impl Inner {
    /// Reads.
    pub(crate) fn read<T>(
        &self,
        what: &str,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut reader = lock(&self.reader);
        let connection = match &mut *reader {
            Some(connection) => connection,
            empty => empty.insert(self.another_reader()?),
        };
        work(connection).map_err(|error| error.named(what))
    }

    /// Reads long, and sees one moment all the while.
    pub(crate) fn read_long<T>(
        &self,
        what: &str,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut reader = lock(&self.long_reader);
        let connection = match &mut *reader {
            Some(connection) => connection,
            empty => {
                let connection = self.another_reader()?;
                connection::keep_more(&connection)?;
                empty.insert(connection)
            }
        };
        connection
            .unchecked_transaction()
            .map_err(StoreError::from)
            .and_then(|transaction| work(&transaction))
            .map_err(|error| error.named(what))
    }

    /// A connection of its own for a caller who meanwhile reads and writes in other ways.
    pub(crate) fn another_reader(&self) -> Result<Connection, StoreError> {
        let database = folder::database(&self.folder);
        match self.options.access {
            Access::ReadWrite => Ok(connection::open_reader(&database)?),
            Access::ReadOnly => connection::open_read_only(&database),
        }
    }

    /// Writes all of `work` or nothing.
    pub(crate) fn write<T>(
        &self,
        what: &str,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let writer = self
            .writer
            .as_ref()
            .ok_or_else(|| folder::read_only(&self.folder))?;
        connection::write(&lock(writer), || self.fault("transaction", what, 0), work)
            .map_err(|error| error.named(what))
    }

    /// Whether rows may be written.
    pub(crate) fn may_write(&self) -> bool {
        self.writer.is_some()
    }

    /// Lets a test refuse a write.
    pub(crate) fn fault(&self, place: &str, what: &str, bytes: usize) -> Result<(), StoreError> {
        match &self.options.faults {
            Some(faults) => faults
                .before_write(place, bytes)
                .map_err(|cause| StoreError::io(what, cause)),
            None => Ok(()),
        }
    }

    /// Remembers that a row was not what was written.
    pub(crate) fn count_damage(&self) {
        self.damaged_rows.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.options.clock.now()
    }
}

/// Locks, also after a panic elsewhere: a transaction that was under way is rolled back by then.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

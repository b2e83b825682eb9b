//! The store: a file that several threads and processes read and write at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mlops_core::{Clock, SystemClock};
use mlops_data::Table;
use rusqlite::Connection;

use super::OnlineError;
use super::connection::{open_reader, open_writer};
use super::materialize::Written;
use super::rows::{MissingCreated, Rows};
use super::view::{self, View};
use super::write;
use crate::point_in_time::{Events, Resolution};

/// Connections that wait to look: as many as looked at once, up to this. Each holds pages of the database in memory.
const MOST_IDLE: usize = 64;

/// The newest features of each entity, in one SQLite database.
#[derive(Debug)]
pub struct OnlineStore {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl OnlineStore {
    /// Opens the store in this file, or makes it.
    ///
    /// # Errors
    /// The file cannot be made or is no store, or a newer program made it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OnlineError> {
        Self::open_with_clock(path, Arc::new(SystemClock))
    }

    /// Opens the store that is in this file, and makes none.
    ///
    /// # Errors
    /// There is none; or as [`open`](Self::open).
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, OnlineError> {
        let path = path.as_ref();
        match path.is_file() {
            true => Self::open(path),
            false => Err(OnlineError::NoStore {
                path: path.to_owned(),
            }),
        }
    }

    /// Opens the store with a clock that is not the machine's: for tests.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with_clock(
        path: impl AsRef<Path>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OnlineError> {
        let path = path.as_ref();
        // Readers open it later, wherever the process works by then.
        let path = std::path::absolute(path).map_err(|cause| OnlineError::Folder {
            path: path.to_owned(),
            cause,
        })?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|cause| OnlineError::Folder {
                path: path.clone(),
                cause,
            })?;
        }
        let writer = open_writer(&path)?;
        Ok(Self {
            path,
            clock,
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
        })
    }

    /// Writes events; all of them or none. What is older than what is there changes nothing, so that a push may be repeated.
    ///
    /// An event that does not say when it became known is known when it happens.
    ///
    /// # Errors
    /// The columns are not those of the view, an event does not say when it happened, or the database fails.
    pub fn push(&self, events: &Events, rows: &Table) -> Result<Written, OnlineError> {
        let now = self.now();
        let mut writer = self.writer();
        write::whole(&mut writer, |transaction| {
            let view = view::register(transaction, events, rows.schema())?;
            let mut taken = Rows::default();
            for batch in rows.batches() {
                taken.add(&view.definition, batch, now, MissingCreated::WhenItHappened)?;
            }
            write::settle(transaction, now)?;
            Ok(Written {
                seen: taken.seen,
                of_nobody: taken.of_nobody,
                newer: write::known(transaction, view.id, &taken.newest)?,
                pending: write::pending(transaction, view.id, &taken.pending)?,
                skipped: false,
            })
        })
    }

    /// The views that there are, by name.
    ///
    /// # Errors
    /// The database fails.
    pub fn views(&self) -> Result<Vec<View>, OnlineError> {
        self.with_reader(view::all)
    }

    /// The view of this name.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn view(&self, name: &str) -> Result<View, OnlineError> {
        self.with_reader(|connection| known_view(connection, name))
    }

    /// Drops a view with all that it holds.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub fn forget(&self, name: &str) -> Result<(), OnlineError> {
        write::whole(&mut self.writer(), |transaction| {
            // What the view is need not be readable to be dropped.
            let Some(id) = view::id(transaction, name)? else {
                return Err(unknown_view(transaction, name)?);
            };
            for table in ["latest", "pending", "source"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE view = ?1"), [id])?;
            }
            transaction.execute("DELETE FROM view WHERE id = ?1", [id])?;
            Ok(())
        })
    }

    /// The present, in nanoseconds.
    pub(super) fn now(&self) -> i64 {
        Resolution::Nanosecond.moment(self.clock.now())
    }

    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks with a connection that nobody else has at the time.
    pub(super) fn with_reader<T>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, OnlineError>,
    ) -> Result<T, OnlineError> {
        let free = self.idle().pop();
        let reader = match free {
            Some(reader) => reader,
            None => open_reader(&self.path)?,
        };
        let found = look(&reader);
        let mut idle = self.idle();
        // A connection within a transaction would show its old state to whoever takes it next.
        if reader.is_autocommit() && idle.len() < MOST_IDLE {
            idle.push(reader);
        }
        found
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn known_view(connection: &Connection, name: &str) -> Result<View, OnlineError> {
    if let Some(view) = view::find(connection, name)? {
        return Ok(view);
    }
    Err(unknown_view(connection, name)?)
}

/// That there is no view of this name, and which there are.
fn unknown_view(connection: &Connection, name: &str) -> Result<OnlineError, OnlineError> {
    Ok(OnlineError::UnknownView {
        name: name.to_owned(),
        candidates: view::names(connection)?,
    })
}

#[cfg(test)]
mod tests;

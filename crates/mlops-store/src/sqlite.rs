//! Databases of SQLite that stand beside the store's own: opened, set up and waited for as that one is.
//!
//! What protects a database is the same whatever is in it: a library that does not corrupt its log, a file system that keeps locks,
//! one process at a time that turns the log on, and writers that wait for each other with patience.
#![expect(
    clippy::disallowed_methods,
    reason = "the store is the crate that touches the file system"
)]

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use uuid::Uuid;

use crate::{Durability, StoreError, connection, owner};

/// Opens a database for reading and writing, and makes it where it is missing. `set_up` brings it to its schema; no other process is
/// within `set_up` at the time.
///
/// # Errors
/// The library is one that corrupts databases, or the file system keeps no locks; SQLite cannot open the file; or `set_up` fails.
pub fn open_database<E: From<StoreError> + From<rusqlite::Error>>(
    path: &Path,
    durability: Durability,
    set_up: impl FnOnce(&mut Connection) -> Result<(), E>,
) -> Result<Connection, E> {
    connection::refuse_old_sqlite(rusqlite::version_number(), rusqlite::version())?;
    let folder = path.parent().unwrap_or(path);
    let probe = beside(path, &format!("-probe-{}", Uuid::now_v7()));
    let kept =
        owner::locks_are_kept(&probe).map_err(|cause| StoreError::path("write", &probe, cause))?;
    if !kept {
        return Err(no_locks(folder).into());
    }
    let lock_path = beside(path, "-setup");
    let lock =
        File::create(&lock_path).map_err(|cause| StoreError::path("write", &lock_path, cause))?;
    set_up_alone(path, &lock, folder, durability, set_up)
}

/// Turns the log of a database on and brings the database to its schema. One process at a time: turning on the write-ahead log is
/// not a transaction, and SQLite refuses a second process that tries it at the same moment.
pub(crate) fn set_up_alone<E: From<StoreError> + From<rusqlite::Error>>(
    database: &Path,
    lock: &File,
    folder: &Path,
    durability: Durability,
    set_up: impl FnOnce(&mut Connection) -> Result<(), E>,
) -> Result<Connection, E> {
    lock.lock().map_err(|_| no_locks(folder))?;
    let mut connection = connection::open_writer(database, durability)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(no_locks(folder).into());
    }
    set_up(&mut connection)?;
    Ok(connection)
}

fn no_locks(folder: &Path) -> StoreError {
    StoreError::NoLocks {
        folder: folder.to_owned(),
    }
}

/// Opens a database that is there to look at it, beside those who write.
///
/// # Errors
/// The file cannot be opened.
pub fn open_database_to_look(path: &Path) -> rusqlite::Result<Connection> {
    connection::open_reader(path)
}

/// A file beside the database, by what is put behind its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Result<Connection, StoreError> {
        open_database(path, Durability::Process, |connection| {
            let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            if version == 0 {
                connection.execute_batch("CREATE TABLE made (once); PRAGMA user_version = 1")?;
            }
            Ok(())
        })
    }

    #[test]
    fn many_who_open_a_database_at_once_set_it_up_one_after_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.db");
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| open(&path).map(drop)))
                .collect();
            for opened in opened {
                opened.join().unwrap().unwrap();
            }
        });
        let looked = open_database_to_look(&path).unwrap();
        let mode: String = looked
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        assert!(looked.execute("INSERT INTO made VALUES (1)", []).is_err());
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = open(&folder.path().join("missing").join("own.db")).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }
}

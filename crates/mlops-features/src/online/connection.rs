//! The database: what is in it. How it is opened, and how writers wait for each other, is the store's.

use std::path::Path;

use mlops_store::{Durability, open_database, open_database_to_look};
use rusqlite::{Connection, TransactionBehavior};

use super::OnlineError;

/// The schema that this program writes.
const SCHEMA: i64 = 2;

/// Without a rowid, so that a look-up is one descent. The features of an event are bytes that compare as the events do. The number
/// of a view that was forgotten is never given again, for somebody may still be writing under it; and when an event is known is
/// computed from its times, which a checksum guards.
const TABLES: &str = "
CREATE TABLE view (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
CREATE TABLE latest (
    view INTEGER NOT NULL, entity BLOB NOT NULL,
    event_time INTEGER NOT NULL, created_time INTEGER NOT NULL, features BLOB NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (view, entity)) STRICT, WITHOUT ROWID;
CREATE TABLE pending (
    view INTEGER NOT NULL, entity BLOB NOT NULL,
    event_time INTEGER NOT NULL, created_time INTEGER NOT NULL, features BLOB NOT NULL, checksum INTEGER NOT NULL,
    known INTEGER NOT NULL AS (max(event_time, created_time)) VIRTUAL,
    PRIMARY KEY (view, entity, event_time, created_time, features)) STRICT, WITHOUT ROWID;
CREATE INDEX pending_known ON pending (known);
CREATE TABLE source (view INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (view, digest)) STRICT, WITHOUT ROWID;
";

/// Opens a connection; what is missing of the tables is made.
pub(super) fn open_writer(path: &Path) -> Result<Connection, OnlineError> {
    open_database(path, Durability::Process, |connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match found {
            0 => {
                transaction.execute_batch(TABLES)?;
                transaction.pragma_update(None, "user_version", SCHEMA)?;
            }
            SCHEMA => {}
            found => {
                return Err(OnlineError::NewerStore {
                    path: path.to_owned(),
                    found,
                    known: SCHEMA,
                });
            }
        }
        Ok(transaction.commit()?)
    })
}

/// Opens a connection for looking.
pub(super) fn open_reader(path: &Path) -> Result<Connection, OnlineError> {
    Ok(open_database_to_look(path)?)
}

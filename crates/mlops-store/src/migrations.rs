//! Brings a database to the schema of this program: numbered SQL files, each applied once, in one transaction.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::StoreError;

/// The migrations in order; a number is a place in this list, from 1. What was released is never edited.
const MIGRATIONS: [(&str, &str); 1] = [("start", include_str!("migrations/0001_start.sql"))];

/// The newest schema that this program knows.
pub(crate) const NEWEST: i64 = MIGRATIONS.len() as i64;

const JOURNAL_OF_MIGRATIONS: &str = "CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL, made_by TEXT NOT NULL) STRICT";

/// The schema of the database; nothing yet is 0.
///
/// # Errors
/// The database cannot be read, or was made by a newer program, or by one whose migrations differ from ours.
pub(crate) fn schema(connection: &Connection, folder: &Path) -> Result<i64, StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found == 0 {
        return Ok(0);
    }
    if found > NEWEST {
        let needed: Option<String> = connection
            .query_row(
                "SELECT made_by FROM migration ORDER BY number DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()
            .unwrap_or_default();
        return Err(StoreError::NewerSchema {
            folder: folder.to_owned(),
            found,
            known: NEWEST,
            needed: needed.unwrap_or_else(|| "a newer mlops".to_owned()),
        });
    }
    let mut statement =
        connection.prepare("SELECT number, digest FROM migration ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (number, digest): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let ours = usize::try_from(number - 1)
            .ok()
            .and_then(|place| MIGRATIONS.get(place))
            .map(|(_, sql)| blake3::hash(sql.as_bytes()));
        if ours.is_none_or(|ours| ours.as_bytes() != digest.as_slice()) {
            return Err(StoreError::ChangedMigration { number });
        }
    }
    Ok(found)
}

/// Applies what is missing, all or nothing. The caller holds the lock of the set-up.
///
/// # Errors
/// As [`schema`]; or a migration failed, and nothing was changed.
pub(crate) fn apply(connection: &mut Connection, folder: &Path) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again under the lock: another process may have been first.
    let found = schema(&transaction, folder)?;
    transaction.execute_batch(JOURNAL_OF_MIGRATIONS)?;
    for ((name, sql), number) in MIGRATIONS.iter().zip(1_i64..) {
        if number <= found {
            continue;
        }
        transaction.execute_batch(sql)?;
        transaction.execute(
            "INSERT INTO migration (number, name, digest, made_by) VALUES (?1, ?2, ?3, ?4)",
            (
                number,
                name,
                blake3::hash(sql.as_bytes()).as_bytes(),
                concat!("mlops ", env!("CARGO_PKG_VERSION")),
            ),
        )?;
    }
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()?;
    Ok(())
}

//! Connections to SQLite: how they are opened, how they wait for each other, and the one form of a write.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{Durability, StoreError, folder};

/// How long a writer waits for others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Before this version two connections could corrupt a write-ahead log when it was reset.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Statements kept prepared: more than there are.
const STATEMENTS: usize = 128;

/// Refuses a SQLite library that can corrupt the database.
pub(crate) fn refuse_old_sqlite(version: i32, name: &str) -> Result<(), StoreError> {
    if version < OLDEST_SQLITE {
        return Err(StoreError::OldSqlite {
            found: name.to_owned(),
        });
    }
    Ok(())
}

/// Opens a connection that may write.
pub(crate) fn open_writer(path: &Path, durability: Durability) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    prepare(&mut connection)?;
    connection.execute_batch(match durability {
        Durability::Process => "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000",
        Durability::Power => "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000",
    })?;
    Ok(connection)
}

/// Opens a connection for reading beside a writer of the same process.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    prepare(&mut connection)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

/// Lets a connection keep more pages from one question to the next: those of ten thousand records.
pub(crate) fn keep_more(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch("PRAGMA cache_size = -64000")?)
}

/// Opens a connection where nothing may be written, not even the log's index.
pub(crate) fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let usual = Connection::open_with_flags(uri(path, "mode=ro"), flags).and_then(|connection| {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    });
    let mut connection = match usual {
        Ok(connection) => connection,
        Err(error) => {
            // Reading a write-ahead log needs an index beside it, which cannot be made here. Without a log there is
            // nothing to index, and nobody who could write one.
            let mut log = path.as_os_str().to_owned();
            log.push("-wal");
            if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
                return Err(match error.sqlite_error_code() {
                    Some(
                        ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied,
                    ) => folder::read_only(path.parent().unwrap_or(path)),
                    _ => StoreError::database("open the metadata database", error),
                });
            }
            Connection::open_with_flags(uri(path, "mode=ro&immutable=1"), flags)?
        }
    };
    prepare(&mut connection)?;
    Ok(connection)
}

fn uri(path: &Path, query: &str) -> String {
    let path = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{path}?{query}")
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_handler(Some(wait))?;
    // Otherwise SQLite plans a prepared statement anew whenever a bound value changes: two thirds of a look-up's time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF",
    )?;
    Ok(())
}

thread_local! {
    static WAITING_SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Waits a little, longer each time and never twice as long as a neighbour, until patience ends.
fn wait(attempts: i32) -> bool {
    let since = match WAITING_SINCE.get() {
        Some(since) if attempts > 0 => since,
        _ => {
            let now = Instant::now();
            WAITING_SINCE.set(Some(now));
            now
        }
    };
    if since.elapsed() > PATIENCE {
        return false;
    }
    let longest = 50 << u32::try_from(attempts).unwrap_or(0).min(8);
    // The hasher's seed is the only random number at hand, and no artifact sees it.
    let jitter = RandomState::new().hash_one(attempts) % longest;
    std::thread::sleep(Duration::from_micros(longest / 2 + jitter));
    true
}

/// Does all of `work` or nothing: one immediate transaction, so that no reader turns into a writer half-way.
pub(crate) fn write<T>(
    connection: &Connection,
    before_commit: impl FnOnce() -> Result<(), StoreError>,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let undo = Undo(connection);
    let result = work(connection)?;
    before_commit()?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    drop(undo);
    Ok(result)
}

/// Rolls back what was not committed, also when `work` panics.
struct Undo<'a>(&'a Connection);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // SQLite rolls back by itself what cannot be rolled back here.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_that_corrupts_its_log_is_refused() {
        assert!(refuse_old_sqlite(3_040_001, "3.40.1").is_err());
        assert!(refuse_old_sqlite(rusqlite::version_number(), rusqlite::version()).is_ok());
    }
}

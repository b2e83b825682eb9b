//! How much is kept.

use jiff::Timestamp;
use mlops_core::Level;
use rusqlite::Connection;
use serde::Serialize;

use crate::{Store, StoreError, check};

/// How much is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Runs.
    pub runs: u64,
    /// Stages of runs.
    pub stages: u64,
    /// Cache entries by level, from lax to strict.
    pub entries: Vec<(Level, u64)>,
    /// Artifacts in the database.
    pub small_artifacts: u64,
    /// Their bytes.
    pub small_bytes: u64,
    /// Artifacts in files.
    pub large_artifacts: u64,
    /// Their bytes.
    pub large_bytes: u64,
    /// Checkpoints of calls that are not done.
    pub checkpoints: u64,
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// The size of the database with its log.
    pub database_bytes: u64,
    /// When the oldest entry was made.
    pub oldest: Option<Timestamp>,
    /// When the newest entry was made.
    pub newest: Option<Timestamp>,
    /// Rows that this process has found to be other than what was written.
    pub damaged_rows_seen: u64,
}

impl Store {
    /// Counts what is kept.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let mut stats = self
            .inner
            .read_long("count what is kept", |connection| Ok(count(connection)?))?;
        stats.database_bytes = check::database_bytes(&self.inner.folder);
        stats.damaged_rows_seen = self.damaged_rows_seen();
        Ok(stats)
    }
}

fn count(connection: &Connection) -> rusqlite::Result<Stats> {
    let number = |sql: &str| -> rusqlite::Result<u64> {
        let number: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(u64::try_from(number).unwrap_or_default())
    };
    let mut entries = Vec::new();
    for level in Level::ALL {
        let count: i64 = connection.query_row(
            "SELECT count(*) FROM entry WHERE level = ?1",
            [level.rank()],
            |row| row.get(0),
        )?;
        entries.push((level, u64::try_from(count).unwrap_or_default()));
    }
    let (oldest, newest): (Option<i64>, Option<i64>) =
        connection.query_row("SELECT min(made_at), max(made_at) FROM entry", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let moment = |microseconds: Option<i64>| {
        microseconds.and_then(|moment| Timestamp::from_microsecond(moment).ok())
    };
    Ok(Stats {
        runs: number("SELECT count(*) FROM run")?,
        stages: number("SELECT count(*) FROM stage")?,
        entries,
        small_artifacts: number("SELECT count(*) FROM artifact WHERE place = 'small'")?,
        small_bytes: number("SELECT coalesce(sum(size), 0) FROM artifact WHERE place = 'small'")?,
        large_artifacts: number("SELECT count(*) FROM artifact WHERE place = 'large'")?,
        large_bytes: number("SELECT coalesce(sum(size), 0) FROM artifact WHERE place = 'large'")?,
        checkpoints: number("SELECT count(*) FROM checkpoint")?,
        audit_entries: number("SELECT count(*) FROM audit")?,
        oldest: moment(oldest),
        newest: moment(newest),
        ..Stats::default()
    })
}

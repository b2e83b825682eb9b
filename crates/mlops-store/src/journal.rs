//! The journal: what happened to runs and stages, in order, for those who tell others about it.
//!
//! A line is written in the transaction that makes it true, so a transport that was down, or a process that died before it
//! could tell, misses nothing: it goes on after the last line that was delivered.

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::row::{JOURNAL, checksum, signed, text, uuid_of};
use crate::{RunOutcome, StageOutcome, StageRecord, Store, StoreError};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalKind {
    /// A run or a stage began.
    Start,
    /// It ended well.
    Complete,
    /// It failed.
    Fail,
    /// It was told to stop.
    Abort,
}

impl JournalKind {
    const ALL: [Self; 4] = [Self::Start, Self::Complete, Self::Fail, Self::Abort];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Complete => "complete",
            Self::Fail => "fail",
            Self::Abort => "abort",
        }
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// Its place; grows, with gaps.
    pub sequence: i64,
    /// The run.
    pub run: Uuid,
    /// The stage's index in the run; nothing when the line is about the run.
    pub stage: Option<u64>,
    /// What happened.
    pub kind: JournalKind,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// The lines after `sequence`, in order. Lines that are not what was written are passed over and counted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn journal_after(
        &self,
        sequence: i64,
        limit: usize,
    ) -> Result<Vec<JournalLine>, StoreError> {
        self.inner.read("read the journal", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT sequence, run, stage, kind, at, checksum FROM journal
                 WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = statement.query((sequence, limit))?;
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                let kind = JournalKind::ALL
                    .into_iter()
                    .find(|kind| matches!(row.get_ref(3), Ok(ValueRef::Text(text)) if text == kind.as_str().as_bytes()));
                match (kind, uuid_of(row.get_ref(1)?)) {
                    (Some(kind), Some(run)) if JOURNAL.is_whole(row)? => lines.push(JournalLine {
                        sequence: row.get(0)?,
                        run,
                        stage: row
                            .get::<_, Option<i64>>(2)?
                            .and_then(|stage| u64::try_from(stage).ok()),
                        kind,
                        at: Timestamp::from_microsecond(row.get(4)?).unwrap_or_default(),
                    }),
                    _ => self.inner.count_damage(),
                }
            }
            Ok(lines)
        })
    }

    /// The last line that a transport has delivered, or 0.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn delivered(&self, transport: &str) -> Result<i64, StoreError> {
        self.inner.read("read what was delivered", |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT transport, sequence, checksum FROM delivery WHERE transport = ?1",
                )?
                .query_row([transport], |row| {
                    let sequence: i64 = row.get(1)?;
                    let sum = delivery_checksum(transport, sequence);
                    let is_whole =
                        matches!(row.get_ref(2)?, ValueRef::Blob(stored) if stored == sum);
                    Ok(is_whole.then_some(sequence))
                })
                .optional()?;
            // What is not what was written is delivered once more: receivers know a line by its run and kind.
            Ok(found.flatten().unwrap_or(0))
        })
    }

    /// Remembers the last line that a transport has delivered; never goes back.
    ///
    /// # Errors
    /// The store is read-only, or the database cannot be written.
    pub fn set_delivered(&self, transport: &str, sequence: i64) -> Result<(), StoreError> {
        if self.delivered(transport)? >= sequence {
            return Ok(());
        }
        self.inner.write("remember what was delivered", |connection| {
            let sum = delivery_checksum(transport, sequence);
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO delivery (transport, sequence, checksum) VALUES (?1, ?2, ?3)",
                )?
                .execute((transport, sequence, sum.as_slice()))?;
            Ok(())
        })
    }
}

fn delivery_checksum(transport: &str, sequence: i64) -> [u8; crate::row::CHECKSUM_BYTES] {
    checksum(
        "delivery",
        [text(transport), ValueRef::Integer(sequence)].into_iter(),
    )
}

/// Adds the lines that a stage's record calls for and that are not there yet.
pub(crate) fn stage(
    connection: &Connection,
    record: &StageRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    let end = match record.outcome {
        StageOutcome::Running => None,
        StageOutcome::Ran | StageOutcome::Reused => Some(JournalKind::Complete),
        StageOutcome::Failed => Some(JournalKind::Fail),
        StageOutcome::Cancelled => Some(JournalKind::Abort),
        StageOutcome::Blocked | StageOutcome::Skipped => return Ok(()),
    };
    let stage = Some(signed(record.index)?);
    let (has_start, has_end) = written(connection, record.run, stage)?;
    if !has_start {
        append(
            connection,
            record.run,
            stage,
            JournalKind::Start,
            record.started.unwrap_or(now),
        )?;
    }
    if let Some(kind) = end
        && !has_end
    {
        append(
            connection,
            record.run,
            stage,
            kind,
            record.ended.unwrap_or(now),
        )?;
    }
    Ok(())
}

/// Adds the line of a run's beginning or end, if it is not there yet.
pub(crate) fn run(
    connection: &Connection,
    run: Uuid,
    outcome: Option<RunOutcome>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (has_start, has_end) = written(connection, run, None)?;
    let (kind, is_there) = match outcome {
        None => (JournalKind::Start, has_start),
        Some(RunOutcome::Succeeded) => (JournalKind::Complete, has_end),
        Some(RunOutcome::Failed) => (JournalKind::Fail, has_end),
        Some(RunOutcome::Cancelled) => (JournalKind::Abort, has_end),
    };
    if !is_there {
        append(connection, run, None, kind, at)?;
    }
    Ok(())
}

/// Whether the journal has a beginning, and an end.
fn written(
    connection: &Connection,
    run: Uuid,
    stage: Option<i64>,
) -> rusqlite::Result<(bool, bool)> {
    let mut statement = connection
        .prepare_cached("SELECT kind = 'start' FROM journal WHERE run = ?1 AND stage IS ?2")?;
    let mut rows = statement.query((run.as_bytes(), stage))?;
    let (mut start, mut end) = (false, false);
    while let Some(row) = rows.next()? {
        if row.get(0)? {
            start = true;
        } else {
            end = true;
        }
    }
    Ok((start, end))
}

fn append(
    connection: &Connection,
    run: Uuid,
    stage: Option<i64>,
    kind: JournalKind,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    JOURNAL.insert(
        connection,
        &[
            ValueRef::Integer(last.unwrap_or(0) + 1),
            ValueRef::Blob(run.as_bytes()),
            stage.map_or(ValueRef::Null, ValueRef::Integer),
            text(kind.as_str()),
            ValueRef::Integer(at.as_microsecond()),
        ],
    )?;
    Ok(())
}

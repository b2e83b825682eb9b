//! The journal: what happened to runs and stages, in order, for those who tell others about it.
//!
//! A line is written in the transaction that makes it true, so a transport that was down, or a process that died before it
//! could tell, misses nothing: it goes on after the last line that was delivered.

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::row::{JOURNAL, checksum, signed, text, uuid_of};
use crate::{RunOutcome, RunRecord, StageOutcome, StageRecord, Store, StoreError};

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
    /// Its place; grows.
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

/// Adds the lines that a change of a stage's outcome calls for. What stood in the stage's record before says which lines
/// are there already, so the journal needs no index of its own.
pub(crate) fn stage(
    connection: &Connection,
    before: Option<StageOutcome>,
    record: &StageRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    let stage = Some(signed(record.index)?);
    let add = |kind, at: Option<Timestamp>| {
        append(connection, record.run, stage, kind, at.unwrap_or(now))
    };
    let is_told = |outcome| outcome != StageOutcome::Blocked && outcome != StageOutcome::Skipped;
    let before = before.filter(|before| is_told(*before));
    if !is_told(record.outcome) {
        return Ok(());
    }
    if before.is_none() {
        add(JournalKind::Start, record.started)?;
    }
    if before.is_none_or(|before| before == StageOutcome::Running)
        && let Some(end) = end_of_stage(record.outcome)
    {
        add(end, record.ended)?;
    }
    Ok(())
}

/// The line that tells of a stage's end.
const fn end_of_stage(outcome: StageOutcome) -> Option<JournalKind> {
    match outcome {
        StageOutcome::Ran | StageOutcome::Reused => Some(JournalKind::Complete),
        StageOutcome::Failed => Some(JournalKind::Fail),
        StageOutcome::Cancelled => Some(JournalKind::Abort),
        StageOutcome::Running | StageOutcome::Blocked | StageOutcome::Skipped => None,
    }
}

/// The same for a run; `had_ended` is nothing when there was no record.
pub(crate) fn run(
    connection: &Connection,
    had_ended: Option<bool>,
    record: &RunRecord,
    at: Timestamp,
) -> Result<(), StoreError> {
    if had_ended.is_none() {
        append(
            connection,
            record.id,
            None,
            JournalKind::Start,
            record.started,
        )?;
    }
    let end = match record.outcome {
        None => return Ok(()),
        Some(RunOutcome::Succeeded) => JournalKind::Complete,
        Some(RunOutcome::Failed) => JournalKind::Fail,
        Some(RunOutcome::Cancelled) => JournalKind::Abort,
    };
    if had_ended != Some(true) {
        append(connection, record.id, None, end, at)?;
    }
    Ok(())
}

fn append(
    connection: &Connection,
    run: Uuid,
    stage: Option<i64>,
    kind: JournalKind,
    at: Timestamp,
) -> Result<(), StoreError> {
    // Lines that everybody got may be removed one day; a new line must come after them all the same.
    let last: i64 = connection
        .prepare_cached(
            "SELECT max(coalesce((SELECT max(sequence) FROM journal), 0),
                        coalesce((SELECT max(sequence) FROM delivery), 0))",
        )?
        .query_row([], |row| row.get(0))?;
    JOURNAL.insert(
        connection,
        &[
            ValueRef::Integer(last + 1),
            ValueRef::Blob(run.as_bytes()),
            stage.map_or(ValueRef::Null, ValueRef::Integer),
            text(kind.as_str()),
            ValueRef::Integer(at.as_microsecond()),
        ],
    )?;
    Ok(())
}

//! Cache entries: looked up by key and level, committed with everything that belongs to them or not at all.

use std::borrow::Cow;

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::leases::Lease;
use crate::record::EntryBody;
use crate::row::{
    CODE_REACH, ENTRY, ENTRY_INPUT, ENTRY_OUTPUT, KEY_RECORD, digest_of, optional_text,
    short_digest, text, uuid_of,
};
use crate::staging::StagedArtifact;
use crate::store::{Inner, lock};
use crate::{Entry, StageRecord, Store, StoreError, checkpoints, leases, runs};

/// What a finished stage call adds to the store, in one transaction.
#[derive(Debug)]
pub struct Commit<'a> {
    /// The entry; its id is given by the store.
    pub entry: Entry,
    /// The artifacts that the entry's outputs name, items included.
    pub staged: Vec<StagedArtifact>,
    /// The stage's record; its `entry` is filled in by the store.
    pub stage: Option<StageRecord>,
    /// The lease under which the call ran; released by the commit.
    pub lease: Option<&'a Lease>,
    /// What the stage reaches in the code, under the digest that its key names: kept once, for explanations.
    pub code: Option<CodeReach<'a>>,
}

/// What a stage reaches in the code, as text, and the digest by which keys name it.
#[derive(Debug, Clone, Copy)]
pub struct CodeReach<'a> {
    /// The digest.
    pub digest: &'a str,
    /// The text.
    pub items: &'a str,
}

/// The columns of [`ENTRY`], in its order.
const COLUMNS: &str =
    "id, key, level, reusable, stage, call, run, made_at, body_digest, checksum, body";

impl Store {
    /// The newest entry of the key that may be reused under `level`: whole, made under that level or a stricter one, with
    /// every output still listed. An entry whose row is not what was written counts as absent, so that the stage runs
    /// again. The entry's `key_record` is left out, because the caller has just made the same one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn lookup(&self, key: &Digest, level: Level) -> Result<Option<Entry>, StoreError> {
        self.inner.read("look up an entry", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, key, level, reusable, stage, call, run, made_at, body_digest, checksum, body FROM entry
                 WHERE key = ?1 AND level >= ?2 AND reusable = 1 AND NOT EXISTS (
                    SELECT 1 FROM entry_output WHERE entry = entry.id
                    AND digest NOT IN (SELECT digest FROM artifact))
                 ORDER BY id DESC",
            )?;
            let mut rows = statement.query((key.as_bytes(), level.rank()))?;
            while let Some(row) = rows.next()? {
                match entry_of(row)? {
                    Some(entry) if entry.key == *key && entry.level >= level && entry.reusable => {
                        return Ok(Some(entry));
                    }
                    _ => self.inner.count_damaged_entry(row.get(0)?),
                }
            }
            Ok(None)
        })
    }

    /// The entry of this number. Its `key_record` is left out: it is longer than the rest, and few ask for it.
    ///
    /// # Errors
    /// It is not there, or not what was written.
    pub fn entry(&self, id: i64) -> Result<Entry, StoreError> {
        self.found(id, |entry, _| Ok(entry))
    }

    /// The entry of this number, with its key's record.
    ///
    /// # Errors
    /// It is not there, or not what was written.
    pub fn entry_with_key(&self, id: i64) -> Result<Entry, StoreError> {
        self.found(id, |entry, connection| with_key_record(connection, entry))
    }

    fn found(
        &self,
        id: i64,
        complete: impl FnOnce(Entry, &Connection) -> Result<Entry, StoreError>,
    ) -> Result<Entry, StoreError> {
        let found = self.inner.read("read an entry", |connection| {
            connection
                .prepare_cached(
                    "SELECT id, key, level, reusable, stage, call, run, made_at, body_digest, checksum, body
                     FROM entry WHERE id = ?1",
                )?
                .query_row([id], entry_of)
                .optional()?
                .map(|entry| entry.map(|entry| complete(entry, connection)).transpose())
                .transpose()
        })?;
        match found {
            None => Err(StoreError::Missing {
                what: format!("the cache entry {id}"),
            }),
            Some(None) => {
                self.inner.count_damaged_entry(id);
                Err(StoreError::Damaged {
                    what: format!("the cache entry {id}"),
                })
            }
            Some(Some(entry)) => Ok(entry),
        }
    }

    /// The newest entry of a stage, whatever its key: what an explanation compares with.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn latest_entry(&self, stage: &str) -> Result<Option<Entry>, StoreError> {
        // The inner question is answered by the index alone: the outer one would read and sort whole entries.
        let condition =
            "WHERE id IN (SELECT id FROM entry WHERE stage = ?1 ORDER BY id DESC LIMIT 8)";
        self.newest(condition, &[&stage])
    }

    /// The newest entry of one of several calls of a stage.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn latest_entry_like(&self, stage: &str, call: &str) -> Result<Option<Entry>, StoreError> {
        self.newest("WHERE stage = ?1 AND call = ?2", &[&stage, &call])
    }

    /// The newest entry of a stage that is the one looked for, with its key's record. `is_it` may not ask the store: it is
    /// called in the middle of a read.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn newest_entry(
        &self,
        stage: &str,
        mut is_it: impl FnMut(&Entry) -> bool,
    ) -> Result<Option<Entry>, StoreError> {
        self.inner.read("look for an entry", |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM entry WHERE stage = ?1 ORDER BY id DESC"
            ))?;
            let mut rows = statement.query([stage])?;
            while let Some(row) = rows.next()? {
                let Some(entry) = entry_of(row)? else {
                    self.inner.count_damaged_entry(row.get(0)?);
                    continue;
                };
                let entry = with_key_record(connection, entry)?;
                if is_it(&entry) {
                    return Ok(Some(entry));
                }
            }
            Ok(None)
        })
    }

    fn newest(
        &self,
        condition: &'static str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> Result<Option<Entry>, StoreError> {
        self.inner.read("read the newest entry", |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM entry {condition} ORDER BY id DESC"
            ))?;
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                match entry_of(row)? {
                    Some(entry) => return with_key_record(connection, entry).map(Some),
                    None => self.inner.count_damaged_entry(row.get(0)?),
                }
            }
            Ok(None)
        })
    }

    /// Keeps what a stage call made: artifacts, entry, edges, the stage's record, the journal's line, the end of the lease
    /// and of the key's checkpoints, all or nothing. Returns the entry's number.
    ///
    /// # Errors
    /// The lease was taken over, the disk is full, or the store is read-only; nothing was kept then.
    pub fn commit(&self, commit: Commit<'_>) -> Result<i64, StoreError> {
        let Commit {
            mut entry,
            staged,
            mut stage,
            lease,
            code,
        } = commit;
        entry.id = 0;
        let key_record = std::mem::take(&mut entry.key_record);
        let record = |cause| StoreError::Record {
            what: "write an entry".to_owned(),
            cause,
        };
        let body = serde_json::to_string(&EntryBody::of(&entry)).map_err(record)?;
        let key_record = serde_json::to_string(&key_record).map_err(record)?;
        let (id, checkpoints) = self.inner.write("commit a stage", |connection| {
            if let Some(lease) = lease {
                leases::release(connection, &lease.key(), lease.token())?;
            }
            for artifact in &staged {
                artifact.list(&self.inner, connection)?;
            }
            self.inner.remove_damaged_entries(connection, &entry.key)?;
            let id = next_id(connection)?;
            insert(connection, id, &entry, &body)?;
            KEY_RECORD.write(
                connection,
                "INSERT",
                &[
                    ValueRef::Integer(id),
                    ValueRef::Blob(&short_digest(key_record.as_bytes())),
                ],
                text(&key_record),
            )?;
            if let Some(code) =
                code.filter(|code| !lock(&self.inner.known_code).contains(code.digest))
            {
                CODE_REACH.write(
                    connection,
                    "INSERT OR IGNORE",
                    &[
                        text(code.digest),
                        ValueRef::Blob(&short_digest(code.items.as_bytes())),
                    ],
                    text(code.items),
                )?;
            }
            if let Some(stage) = &mut stage {
                stage.entry = Some(id);
                runs::write_stage(connection, stage, self.inner.now())?;
            }
            let checkpoints = checkpoints::remove_rows(connection, &entry.key)?;
            Ok((id, checkpoints))
        })?;
        if let Some(code) = code {
            lock(&self.inner.known_code).insert(code.digest.to_owned());
        }
        if let Some(lease) = lease {
            lease.mark_released();
        }
        checkpoints::remove_files(&self.inner, &entry.key, &checkpoints);
        Ok(id)
    }
}

impl Store {
    /// What a stage reached in the code when a key named this digest; none if it is not kept, or not whole.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn code_reach(&self, digest: &str) -> Result<Option<String>, StoreError> {
        self.inner.read("read what a stage reached", |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT digest, body_digest, checksum, body FROM code_reach WHERE digest = ?1",
                )?
                .query_row([digest], |row| Ok(CODE_REACH.body(row)?.map(str::to_owned)))
                .optional()?;
            if found == Some(None) {
                self.inner.count_damage();
            }
            Ok(found.flatten())
        })
    }
}

/// Reads an entry from all columns; nothing when it is not what was written.
fn entry_of(row: &Row<'_>) -> rusqlite::Result<Option<Entry>> {
    let Some(body) = ENTRY.body(row)? else {
        return Ok(None);
    };
    let Ok(body) = serde_json::from_str::<EntryBody<'_>>(body) else {
        return Ok(None);
    };
    let Some((key, level, run, made)) = head_of(row)? else {
        return Ok(None);
    };
    Ok(Some(Entry {
        id: row.get(0)?,
        key,
        level,
        reusable: row.get(3)?,
        why_not: body.why_not.map(Cow::into_owned),
        run,
        stage: row.get(4)?,
        call: row.get(5)?,
        made,
        seconds: body.seconds,
        attempts: body.attempts,
        inputs: body.inputs.into_owned(),
        outputs: body.outputs.into_owned(),
        playback: body.playback.into_owned(),
        accepted: body.accepted.map(Cow::into_owned),
        key_record: serde_json::Value::Null,
    }))
}

/// The key, the level, the run and the time of an entry's row; nothing when they are none.
pub(crate) fn head_of(row: &Row<'_>) -> rusqlite::Result<Option<(Digest, Level, Uuid, Timestamp)>> {
    let (ValueRef::Integer(rank), ValueRef::Integer(made)) = (row.get_ref(2)?, row.get_ref(7)?)
    else {
        return Ok(None);
    };
    let parts = (
        digest_of(row.get_ref(1)?),
        Level::from_rank(rank),
        uuid_of(row.get_ref(6)?),
        Timestamp::from_microsecond(made).ok(),
    );
    Ok(match parts {
        (Some(key), Some(level), Some(run), Some(made)) => Some((key, level, run, made)),
        _ => None,
    })
}

fn with_key_record(connection: &Connection, mut entry: Entry) -> Result<Entry, StoreError> {
    let record = connection
        .prepare_cached(
            "SELECT entry, body_digest, checksum, body FROM key_record WHERE entry = ?1",
        )?
        .query_row([entry.id], |row| {
            Ok(KEY_RECORD
                .body(row)?
                .and_then(|body| serde_json::from_str(body).ok()))
        })
        .optional()?
        .flatten();
    // Without its record a key cannot be explained, but the entry is as good as before.
    entry.key_record = record.unwrap_or_default();
    Ok(entry)
}

/// The number that SQLite would give: asked for beforehand, because it is part of what the checksum covers.
fn next_id(connection: &Connection) -> rusqlite::Result<i64> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'entry'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or(0) + 1)
}

fn insert(connection: &Connection, id: i64, entry: &Entry, body: &str) -> rusqlite::Result<()> {
    ENTRY.write(
        connection,
        "INSERT",
        &[
            ValueRef::Integer(id),
            ValueRef::Blob(entry.key.as_bytes()),
            ValueRef::Integer(entry.level.rank()),
            ValueRef::Integer(i64::from(entry.reusable)),
            text(&entry.stage),
            text(&entry.call),
            ValueRef::Blob(entry.run.as_bytes()),
            ValueRef::Integer(entry.made.as_microsecond()),
            ValueRef::Blob(&short_digest(body.as_bytes())),
        ],
        text(body),
    )?;
    for (input, position) in entry.inputs.iter().zip(0_i64..) {
        if input.digest.is_none() && input.location.is_none() {
            continue;
        }
        ENTRY_INPUT.insert(
            connection,
            &[
                ValueRef::Integer(id),
                ValueRef::Integer(position),
                text(&input.name),
                text(input.kind.as_str()),
                input
                    .digest
                    .as_ref()
                    .map_or(ValueRef::Null, |digest| ValueRef::Blob(digest.as_bytes())),
                optional_text(input.location.as_deref()),
            ],
        )?;
    }
    for (output, position) in entry.outputs.iter().zip(0_i64..) {
        ENTRY_OUTPUT.insert(
            connection,
            &[
                ValueRef::Integer(id),
                ValueRef::Integer(position),
                ValueRef::Blob(output.digest.as_bytes()),
            ],
        )?;
    }
    Ok(())
}

impl Inner {
    pub(crate) fn count_damaged_entry(&self, id: i64) {
        if lock(&self.damaged_entries).insert(id) {
            self.count_damage();
        }
    }

    /// Removes the rows that a look-up found to be wrong, when what replaces them is there.
    fn remove_damaged_entries(
        &self,
        connection: &Connection,
        key: &Digest,
    ) -> Result<(), StoreError> {
        let mut damaged = lock(&self.damaged_entries);
        if damaged.is_empty() {
            return Ok(());
        }
        let ids = connection
            .prepare_cached("SELECT id FROM entry WHERE key = ?1")?
            .query_map([key.as_bytes()], |row| row.get::<_, i64>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for id in ids {
            if damaged.remove(&id) {
                for sql in [
                    "DELETE FROM entry WHERE id = ?1",
                    "DELETE FROM entry_input WHERE entry = ?1",
                    "DELETE FROM entry_output WHERE entry = ?1",
                    "DELETE FROM key_record WHERE entry = ?1",
                ] {
                    connection.prepare_cached(sql)?.execute([id])?;
                }
            }
        }
        Ok(())
    }
}

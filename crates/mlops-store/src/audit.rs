//! The audit log: who did what and why, each entry bound to the one before it.
//!
//! An entry's hash covers its content, its place and the hash of the entry before, so a changed, removed or reordered one
//! breaks the chain from there on. A cut tail leaves a whole, shorter chain: therefore the head is kept in two other places,
//! a table and a file. Whoever can rewrite all three is found by a signed checkpoint, which is made above this crate.
#![expect(
    clippy::disallowed_methods,
    reason = "the store is the crate that touches the file system"
)]

use std::path::PathBuf;

use jiff::Timestamp;
use mlops_core::{Digest, Encoder};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::row::digest_of;
use crate::store::Inner;
use crate::{Store, StoreError, folder};

/// What is to be remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Who did it.
    pub actor: String,
    /// What was done, such as `model.promote`.
    pub action: String,
    /// To what, such as `churn@7`.
    pub subject: String,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// What it rested on.
    #[serde(default)]
    pub evidence: serde_json::Value,
    /// When; kept to the microsecond.
    pub at: Timestamp,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place, from 1, without gaps.
    pub sequence: i64,
    /// What was done.
    pub record: AuditRecord,
    /// The hash of the entry before; all zero for the first.
    pub previous: Digest,
    /// The hash of this entry.
    pub hash: Digest,
}

/// Which entries to list; what is not said does not restrict.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only what this one did.
    pub actor: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only what was done to this.
    pub subject: Option<String>,
    /// Only entries after this place.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Whether the log is what was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditVerdict {
    /// How many entries there are.
    pub entries: u64,
    /// The hash of the last one.
    pub head: Option<Digest>,
    /// The first place at which the log is not what was written.
    pub broken_at: Option<i64>,
    /// What is wrong there.
    pub why: Option<String>,
}

const COLUMNS: &str = "sequence, at, actor, action, subject, reason, evidence, previous, hash";

/// The hash before the first entry.
const BEGINNING: Digest = Digest::from_bytes([0; 32]);

impl Store {
    /// Adds an entry.
    ///
    /// # Errors
    /// The log's end is not what was written, the disk is full, or the store is read-only.
    pub fn audit(&self, record: &AuditRecord) -> Result<AuditEntry, StoreError> {
        let mut record = record.clone();
        record.at = Timestamp::from_microsecond(record.at.as_microsecond()).unwrap_or(record.at);
        let evidence = record.evidence.to_string();
        let entry = self.inner.write("write to the audit log", |connection| {
            let (last, previous) = end_of(connection)?;
            let sequence = last + 1;
            let hash = hash(sequence, &record, &evidence, &previous);
            connection
                .prepare_cached(
                    "INSERT INTO audit (sequence, at, actor, action, subject, reason, evidence, previous, hash)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute((
                    sequence,
                    record.at.as_microsecond(),
                    &record.actor,
                    &record.action,
                    &record.subject,
                    &record.reason,
                    &evidence,
                    previous.as_bytes(),
                    hash.as_bytes(),
                ))?;
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO audit_head (id, sequence, hash) VALUES (1, ?1, ?2)",
                )?
                .execute((sequence, hash.as_bytes()))?;
            Ok(AuditEntry {
                sequence,
                record,
                previous,
                hash,
            })
        })?;
        // After the commit: a file that is behind is harmless (the next entry mends it), one that is ahead would be an alarm.
        let line = format!("{} {}\n", entry.sequence, entry.hash);
        self.inner
            .fault("head", "write the audit log's head", line.len())?;
        folder::replace(
            &self.inner.folder,
            self.inner.owner.id,
            &head_file(&self.inner),
            line.as_bytes(),
            self.inner.options.durability,
        )?;
        Ok(entry)
    }

    /// Entries, oldest first.
    ///
    /// # Errors
    /// An entry is not what was written.
    pub fn audit_log(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        let mut sql = format!("SELECT {COLUMNS} FROM audit WHERE sequence > ?");
        let mut values = vec![Value::Integer(filter.after.unwrap_or(0))];
        for (column, value) in [
            ("actor", &filter.actor),
            ("action", &filter.action),
            ("subject", &filter.subject),
        ] {
            if let Some(value) = value {
                sql.push_str(&format!(" AND {column} = ?"));
                values.push(Value::Text(value.clone()));
            }
        }
        sql.push_str(" ORDER BY sequence LIMIT ?");
        let limit = filter.limit.and_then(|limit| i64::try_from(limit).ok());
        values.push(Value::Integer(limit.unwrap_or(i64::MAX)));
        self.inner.read("read the audit log", |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(rusqlite::params_from_iter(values))?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(entry_of(row)?.ok_or_else(|| damaged(row))?);
            }
            Ok(entries)
        })
    }

    /// Whether the log is what was written: every entry, their order, no gap, and no cut tail.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn audit_verify(&self) -> Result<AuditVerdict, StoreError> {
        // Read before the rows, so that an entry which is added meanwhile does not look cut off.
        let file = std::fs::read_to_string(head_file(&self.inner)).ok();
        self.inner.read_long("verify the audit log", |connection| {
            verify(connection, file.as_deref())
        })
    }
}

fn verify(connection: &Connection, file: Option<&str>) -> Result<AuditVerdict, StoreError> {
    let mut verdict = AuditVerdict {
        entries: 0,
        head: None,
        broken_at: None,
        why: None,
    };
    let broken = |mut verdict: AuditVerdict, at: i64, why: &str| {
        verdict.broken_at = Some(at);
        verdict.why = Some(why.to_owned());
        Ok(verdict)
    };
    let file_head = file.and_then(parse_head);
    let mut previous = BEGINNING;
    let mut expected = 1;
    let mut file_fits = false;
    let mut statement =
        connection.prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY sequence"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sequence: i64 = row.get(0)?;
        if sequence != expected {
            return broken(verdict, expected, "an entry was removed");
        }
        let Some(entry) = entry_of(row)? else {
            return broken(verdict, sequence, "the entry was changed");
        };
        if entry.previous != previous {
            return broken(
                verdict,
                sequence,
                "the entry does not follow the one before it",
            );
        }
        file_fits |= file_head == Some((sequence, entry.hash));
        previous = entry.hash;
        expected += 1;
        verdict.entries += 1;
        verdict.head = Some(entry.hash);
    }
    let last = expected - 1;
    match head_row(connection)? {
        Some((sequence, _)) if sequence > last => {
            return broken(
                verdict,
                expected,
                "the end was cut off: the head's row is further on",
            );
        }
        Some((sequence, hash)) if sequence == last && hash == previous => {}
        None if last == 0 => {}
        _ => return broken(verdict, last, "the head's row does not fit the log"),
    }
    match (file, file_head) {
        (Some(_), Some((sequence, _))) if sequence > last => broken(
            verdict,
            expected,
            "the end was cut off: the file `audit.head` is further on",
        ),
        (Some(_), _) if !file_fits => {
            broken(verdict, last, "the file `audit.head` does not fit the log")
        }
        // A process that dies after its first entry leaves no file yet; the second entry makes it.
        (None, _) if last > 1 => broken(verdict, last, "the file `audit.head` was removed"),
        _ => Ok(verdict),
    }
}

/// The last place and hash, if they are what was written: nothing may be added to a log that was tampered with.
fn end_of(connection: &Connection) -> Result<(i64, Digest), StoreError> {
    let last = connection
        .prepare_cached(
            "SELECT sequence, at, actor, action, subject, reason, evidence, previous, hash FROM audit
             ORDER BY sequence DESC LIMIT 1",
        )?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, entry_of(row)?)))
        .optional()?;
    match (last, head_row(connection)?) {
        (None, None) => Ok((0, BEGINNING)),
        (Some((sequence, Some(entry))), Some(head)) if head == (sequence, entry.hash) => Ok(head),
        _ => Err(StoreError::Damaged {
            what: "the end of the audit log".to_owned(),
        }),
    }
}

fn head_row(connection: &Connection) -> rusqlite::Result<Option<(i64, Digest)>> {
    connection
        .prepare_cached("SELECT sequence, hash FROM audit_head WHERE id = 1")?
        .query_row([], |row| {
            Ok((row.get(0)?, digest_of(row.get_ref(1)?).unwrap_or(BEGINNING)))
        })
        .optional()
}

fn head_file(store: &Inner) -> PathBuf {
    store.folder.join("audit.head")
}

fn parse_head(text: &str) -> Option<(i64, Digest)> {
    let (sequence, hash) = text.trim().split_once(' ')?;
    Some((sequence.parse().ok()?, hash.parse().ok()?))
}

/// Reads an entry; nothing when its hash is not the hash of its content.
fn entry_of(row: &Row<'_>) -> rusqlite::Result<Option<AuditEntry>> {
    let sequence = row.get(0)?;
    let (Some(previous), Some(stored)) = (digest_of(row.get_ref(7)?), digest_of(row.get_ref(8)?))
    else {
        return Ok(None);
    };
    let texts = [2, 3, 4, 6].map(|column| row.get_ref(column).ok()?.as_str().ok());
    let [Some(actor), Some(action), Some(subject), Some(evidence)] = texts else {
        return Ok(None);
    };
    let (Ok(reason), Ok(at)) = (row.get::<_, Option<String>>(5), row.get::<_, i64>(1)) else {
        return Ok(None);
    };
    let (Ok(at), Ok(parsed)) = (
        Timestamp::from_microsecond(at),
        serde_json::from_str(evidence),
    ) else {
        return Ok(None);
    };
    let record = AuditRecord {
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        reason,
        evidence: parsed,
        at,
    };
    if hash(sequence, &record, evidence, &previous) != stored {
        return Ok(None);
    }
    Ok(Some(AuditEntry {
        sequence,
        record,
        previous,
        hash: stored,
    }))
}

/// The hash of an entry. `evidence` is the text that is stored, so that a newer JSON writer changes no hash.
fn hash(sequence: i64, record: &AuditRecord, evidence: &str, previous: &Digest) -> Digest {
    let mut encoder = Encoder::new();
    encoder
        .text("mlops audit 1")
        .integer(i128::from(sequence))
        .integer(i128::from(record.at.as_microsecond()))
        .text(&record.actor)
        .text(&record.action)
        .text(&record.subject);
    match &record.reason {
        Some(reason) => encoder.text(reason),
        None => encoder.absent(),
    };
    encoder.text(evidence).digest(previous);
    encoder.digest_of_all()
}

fn damaged(row: &Row<'_>) -> StoreError {
    let sequence: i64 = row.get(0).unwrap_or_default();
    StoreError::Damaged {
        what: format!("entry {sequence} of the audit log"),
    }
}

//! The check of the whole store: every row, every byte, and what refers to what.
use std::collections::BTreeSet;
use std::path::Path;

use mlops_core::Digest;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde::Serialize;

use crate::row::{ARTIFACT, TABLES, Table, digest_of, short_digest};
use crate::{Store, StoreError, folder};

/// How much to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckScope {
    /// Every row and every byte.
    Everything,
    /// So many rows of each table, and so many artifacts, chosen at random.
    Sample(usize),
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is lost: a file that nobody lists, say.
    Note,
    /// Something is not what was written.
    Damage,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of problem it is, for programs.
    pub code: &'static str,
    /// What it is about.
    pub subject: String,
    /// What is wrong and what becomes of it.
    pub message: String,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// How many rows were verified.
    pub rows: u64,
    /// How many artifacts were verified.
    pub artifacts: u64,
    /// How many bytes of artifacts were verified.
    pub bytes: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl CheckReport {
    /// Whether all that was looked at is what was written.
    pub fn is_whole(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| problem.severity < Severity::Damage)
    }

    fn add(&mut self, severity: Severity, code: &'static str, subject: String, message: &str) {
        self.problems.push(Problem {
            severity,
            code,
            subject,
            message: message.to_owned(),
        });
    }
}

/// The codes of problems that may be those of an index.
const INDEXES: [&str; 2] = [DATABASE, COUNT];
const DATABASE: &str = "database";
const COUNT: &str = "edge_count";

/// What is said twice is made again from what is said once.
const MAKE_INDEXES_AGAIN: &str = "REINDEX;
    DELETE FROM edge_count;
    INSERT INTO edge_count SELECT digest, up, down, up + 1000 * down FROM edges_by_digest;";

impl Store {
    /// Checks what is kept. A damaged artifact is set aside, so that it is made again; indexes are made again at once.
    ///
    /// # Errors
    /// The store cannot be looked at; what is wrong with its content is in the report.
    pub fn check(&self, scope: CheckScope) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        let connection = self.inner.another_reader()?;
        let label = |error: StoreError| error.named("check the store");
        if scope == CheckScope::Everything {
            check_database(&connection, &mut report).map_err(label)?;
        }
        for table in TABLES {
            check_rows(&connection, table, scope, &mut report)
                .map_err(|cause| label(cause.into()))?;
        }
        self.check_artifacts(&connection, scope, &mut report)
            .map_err(label)?;
        if scope == CheckScope::Everything {
            self.check_files(&connection, &mut report).map_err(label)?;
            check_references(&connection, &mut report).map_err(|cause| label(cause.into()))?;
            check_counts(&connection, &mut report).map_err(|cause| label(cause.into()))?;
        }
        let is_index = |problem: &Problem| INDEXES.contains(&problem.code);
        if self.inner.may_write() && report.problems.iter().any(is_index) {
            self.inner
                .write("make the indexes again", |connection| {
                    Ok(connection.execute_batch(MAKE_INDEXES_AGAIN)?)
                })
                // Where even the tables are damaged, they cannot be; that is in the report.
                .or_else(|error| {
                    if error.is_damage() {
                        Ok(())
                    } else {
                        Err(error)
                    }
                })?;
        }
        let verdict = self.audit_verify()?;
        if let Some(place) = verdict.broken_at {
            report.add(
                Severity::Damage,
                "audit",
                format!("entry {place} of the audit log"),
                verdict
                    .why
                    .as_deref()
                    .unwrap_or("it is not what was written"),
            );
        }
        Ok(report)
    }

    fn check_artifacts(
        &self,
        connection: &Connection,
        scope: CheckScope,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let sql = match scope {
            CheckScope::Everything => "SELECT digest FROM artifact LIMIT ?1",
            CheckScope::Sample(_) => "SELECT digest FROM artifact ORDER BY random() LIMIT ?1",
        };
        let digests = connection
            .prepare(sql)?
            .query_map([limit(scope)], |row| Ok(digest_of(row.get_ref(0)?)))?
            .filter_map(Result::transpose)
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for digest in digests {
            // Verified anew, whatever this process has seen before.
            crate::store::lock(&self.inner.verified).remove(&digest);
            match self.read_artifact(&digest) {
                Ok(artifact) => {
                    report.artifacts += 1;
                    report.bytes += artifact.size();
                }
                Err(error) if error.is_damage() => report.add(
                    Severity::Damage,
                    "artifact",
                    digest.to_string(),
                    &format!("{error}; it was set aside, and is made again when it is needed"),
                ),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Files that nobody lists: what a killed process left between a file and its row.
    fn check_files(
        &self,
        connection: &Connection,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let mut listed =
            connection.prepare("SELECT 1 FROM artifact WHERE digest = ?1 AND place = 'large'")?;
        let root = self.inner.folder.join("artifacts");
        for shard in names(&root)? {
            for rest in names(&root.join(&shard))? {
                let digest = format!("{shard}{rest}").parse::<Digest>().ok();
                let is_listed = match digest {
                    Some(digest) => listed.exists([digest.as_bytes()])?,
                    None => false,
                };
                if !is_listed {
                    report.add(
                        Severity::Note,
                        "orphan",
                        root.join(&shard).join(rest).display().to_string(),
                        "no row lists this file; a process may be about to, or died before it could",
                    );
                }
            }
        }
        for name in names(&self.inner.folder.join("damaged"))? {
            report.add(
                Severity::Note,
                "set_aside",
                format!("damaged/{name}"),
                "it was set aside earlier; remove it when nobody wants to look at it",
            );
        }
        Ok(())
    }
}

fn limit(scope: CheckScope) -> i64 {
    match scope {
        CheckScope::Everything => i64::MAX,
        CheckScope::Sample(count) => i64::try_from(count).unwrap_or(i64::MAX),
    }
}

fn names(folder: &Path) -> Result<BTreeSet<String>, StoreError> {
    match std::fs::read_dir(folder) {
        Ok(entries) => Ok(entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(cause) => Err(StoreError::path("list", folder, cause)),
    }
}

fn check_database(connection: &Connection, report: &mut CheckReport) -> Result<(), StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let finding: String = row.get(0)?;
        if finding != "ok" {
            report.add(
                Severity::Damage,
                DATABASE,
                "metadata.sqlite".to_owned(),
                &finding,
            );
        }
    }
    Ok(())
}

fn check_rows(
    connection: &Connection,
    table: &Table,
    scope: CheckScope,
    report: &mut CheckReport,
) -> rusqlite::Result<()> {
    let order = match scope {
        CheckScope::Everything => "",
        CheckScope::Sample(_) => "ORDER BY random()",
    };
    let sql = format!(
        "SELECT {} FROM {} {order} LIMIT ?1",
        table.all_columns(),
        table.name
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([limit(scope)])?;
    while let Some(row) = rows.next()? {
        report.rows += 1;
        let has_body = table.long == Some("body");
        let body_fits = !has_body
            || match (
                row.get_ref(table.long_index())?,
                row.get_ref(table.columns.len() - 1)?,
            ) {
                (ValueRef::Text(body), ValueRef::Blob(digest)) => short_digest(body) == digest,
                _ => false,
            };
        if !body_fits || !table.is_whole(row)? {
            let subject = format!("{} {}", table.name, name_of(row.get_ref(0)?));
            report.add(
                Severity::Damage,
                "row",
                subject,
                "the row is not what was written, and counts as absent",
            );
        }
    }
    Ok(())
}

/// A row's first column, for people.
fn name_of(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "without a name".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => bytes
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    }
}

fn check_references(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let references = [
        (
            "SELECT entry, lower(hex(digest)) FROM entry_output WHERE digest NOT IN (SELECT digest FROM artifact)",
            "output",
            Severity::Note,
            "an output is gone; the stage runs again when it is needed",
        ),
        (
            "SELECT entry, 'position ' || position FROM entry_output WHERE entry NOT IN (SELECT id FROM entry)
             UNION ALL SELECT entry, name FROM entry_input WHERE entry NOT IN (SELECT id FROM entry)",
            "edge",
            Severity::Damage,
            "an edge belongs to no entry",
        ),
    ];
    for (sql, code, severity, message) in references {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let subject = format!(
                "entry {}, {}",
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?
            );
            report.add(severity, code, subject, message);
        }
    }
    let mut statement = connection.prepare(
        "SELECT DISTINCT holder FROM artifact_item WHERE item NOT IN (SELECT digest FROM artifact)
         AND holder IN (SELECT digest FROM artifact)",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.add(
            Severity::Damage,
            "item",
            format!("{} {}", ARTIFACT.name, name_of(row.get_ref(0)?)),
            "an item of this artifact is gone",
        );
    }
    Ok(())
}

fn check_counts(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT coalesce(counted.digest, written.digest)
         FROM edge_count AS counted FULL JOIN edges_by_digest AS written USING (digest)
         WHERE coalesce(counted.up, 0) <> coalesce(written.up, 0)
            OR coalesce(counted.down, 0) <> coalesce(written.down, 0)
            OR counted.proof <> counted.up + 1000 * counted.down",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.add(
            Severity::Damage,
            COUNT,
            name_of(row.get_ref(0)?),
            "its edges are not those that were counted",
        );
    }
    Ok(())
}

/// What the store takes on disk, without artifacts.
pub(crate) fn database_bytes(store: &Path) -> u64 {
    let database = folder::database(store);
    let mut log = database.clone().into_os_string();
    log.push("-wal");
    [database, log.into()]
        .iter()
        .filter_map(|path| std::fs::metadata(path).ok())
        .map(|file| file.len())
        .sum()
}

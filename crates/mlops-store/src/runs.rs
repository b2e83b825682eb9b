//! Runs and their stages: recorded, listed, and found by short names.

use jiff::Timestamp;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::row::{RUN, STAGE, optional_text, short_digest, signed, text, uuid_of};
use crate::{RunOutcome, RunRecord, StageOutcome, StageRecord, Store, StoreError, journal};

/// Which runs to list; what is not said does not restrict.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only runs of this pipeline.
    pub pipeline: Option<String>,
    /// Only runs under this profile.
    pub profile: Option<String>,
    /// Only runs that ended so.
    pub outcome: Option<RunOutcome>,
    /// At most so many.
    pub limit: Option<usize>,
    /// Only runs that started before this moment.
    pub before: Option<Timestamp>,
}

/// How many runs an error names.
const CANDIDATES: usize = 5;

const COLUMNS: &str = "id, pipeline, profile, started, outcome, owner, body_digest, checksum, body";

impl Store {
    /// Records that a run began.
    ///
    /// # Errors
    /// The disk is full, or the store is read-only.
    pub fn begin_run(&self, run: &RunRecord) -> Result<(), StoreError> {
        // Before the row says that this process owns a run, the others must be able to see that it lives.
        self.inner.owner.announce()?;
        self.inner.write("record a run", |connection| {
            write_run(connection, run, run.started)
        })
    }

    /// Records how a run ended.
    ///
    /// # Errors
    /// The disk is full, or the store is read-only.
    pub fn finish_run(&self, run: &RunRecord) -> Result<(), StoreError> {
        self.inner.write("record a run's end", |connection| {
            let at = run.ended.unwrap_or_else(|| self.inner.now());
            write_run(connection, run, at)
        })
    }

    /// Records stages in one transaction; a stage that is recorded already is replaced.
    ///
    /// # Errors
    /// The disk is full, or the store is read-only.
    pub fn record_stages(&self, stages: &[StageRecord]) -> Result<(), StoreError> {
        self.inner.write("record stages", |connection| {
            stages
                .iter()
                .try_for_each(|stage| write_stage(connection, stage, self.inner.now()))
        })
    }

    /// The run of this id.
    ///
    /// # Errors
    /// It is not there, or not what was written.
    pub fn run(&self, id: Uuid) -> Result<RunRecord, StoreError> {
        let found = self.inner.read("read a run", |connection| {
            Ok(connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM run WHERE id = ?1"))?
                .query_row([id.as_bytes()], |row| {
                    Ok(RUN
                        .body(row)?
                        .and_then(|body| serde_json::from_str(body).ok()))
                })
                .optional()?)
        })?;
        self.asked_for(found, || format!("the run {id}"))
    }

    /// Runs, newest first. Those that are not what was written are passed over and counted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRecord>, StoreError> {
        let mut conditions = String::new();
        let mut values: Vec<Value> = Vec::new();
        let mut restrict = |condition: &str, value: Option<Value>| {
            if let Some(value) = value {
                conditions.push_str(if values.is_empty() {
                    " WHERE "
                } else {
                    " AND "
                });
                conditions.push_str(condition);
                values.push(value);
            }
        };
        restrict("pipeline = ?", filter.pipeline.clone().map(Value::Text));
        restrict("profile = ?", filter.profile.clone().map(Value::Text));
        let outcome = filter.outcome.map(|outcome| outcome.as_str().to_owned());
        restrict("outcome = ?", outcome.map(Value::Text));
        let before = filter.before.map(Timestamp::as_microsecond);
        restrict("started < ?", before.map(Value::Integer));
        let sql = format!("SELECT {COLUMNS} FROM run{conditions} ORDER BY started DESC, id DESC");
        let limit = filter.limit.unwrap_or(usize::MAX);
        self.inner.read("list runs", |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(rusqlite::params_from_iter(values))?;
            let mut runs = Vec::new();
            while runs.len() < limit
                && let Some(row) = rows.next()?
            {
                match RUN
                    .body(row)?
                    .and_then(|body| serde_json::from_str(body).ok())
                {
                    Some(run) => runs.push(run),
                    None => self.inner.count_damage(),
                }
            }
            Ok(runs)
        })
    }

    /// The run that a person means: `latest`, `latest~1`, a whole id, or digits with which one id begins or ends.
    ///
    /// # Errors
    /// None or several fit; the error names candidates.
    pub fn find_run(
        &self,
        selector: &str,
        pipeline: Option<&str>,
    ) -> Result<RunRecord, StoreError> {
        let latest = |limit| {
            self.runs(&RunFilter {
                pipeline: pipeline.map(str::to_owned),
                limit: Some(limit),
                ..RunFilter::default()
            })
        };
        if let Some(back) = steps_back(selector) {
            if let Some(run) = latest(back.saturating_add(1))?.into_iter().nth(back) {
                return Ok(run);
            }
        } else if let Ok(id) = Uuid::parse_str(selector) {
            match self.run(id) {
                Err(StoreError::Missing { .. }) => {}
                found => return found,
            }
        } else {
            let found = self.runs_like(selector, pipeline)?;
            if let [id] = found[..] {
                return self.run(id);
            }
            if !found.is_empty() {
                return Err(StoreError::AmbiguousRun {
                    selector: selector.to_owned(),
                    candidates: found.iter().take(CANDIDATES).map(Uuid::to_string).collect(),
                });
            }
        }
        Err(StoreError::NoSuchRun {
            selector: selector.to_owned(),
            candidates: latest(CANDIDATES)?
                .into_iter()
                .map(|run| run.id.to_string())
                .collect(),
        })
    }

    /// Runs whose id begins or ends with these digits.
    fn runs_like(&self, digits: &str, pipeline: Option<&str>) -> Result<Vec<Uuid>, StoreError> {
        let digits = digits.replace('-', "").to_ascii_uppercase();
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        self.inner.read("find a run", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM run WHERE (hex(id) LIKE ?1 || '%' OR hex(id) LIKE '%' || ?1)
                 AND (?2 IS NULL OR pipeline = ?2) ORDER BY id DESC LIMIT 6",
            )?;
            let found = statement
                .query_map((digits, pipeline), |row| Ok(uuid_of(row.get_ref(0)?)))?
                .filter_map(Result::transpose)
                .collect::<rusqlite::Result<_>>()?;
            Ok(found)
        })
    }

    /// The stages of a run, in the order of the plan. Those that are not what was written are passed over and counted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn stages(&self, run: Uuid) -> Result<Vec<StageRecord>, StoreError> {
        self.inner.read("list stages", |connection| {
            let (stages, damaged) = stages_of(connection, run)?;
            (0..damaged).for_each(|_| self.inner.count_damage());
            Ok(stages)
        })
    }

    /// One stage of a run.
    ///
    /// # Errors
    /// It is not there, or not what was written.
    pub fn stage(&self, run: Uuid, index: u64) -> Result<StageRecord, StoreError> {
        let position = signed(index)?;
        let found =
            self.inner.read("read a stage", |connection| {
                Ok(connection
                .prepare_cached(
                    "SELECT run, position, path, outcome, entry, body_digest, checksum, body FROM stage
                     WHERE run = ?1 AND position = ?2",
                )?
                .query_row((run.as_bytes(), position), |row| {
                    Ok(STAGE.body(row)?.and_then(|body| serde_json::from_str(body).ok()))
                })
                .optional()?)
            })?;
        self.asked_for(found, || format!("stage {index} of the run {run}"))
    }

    /// Sorts what was asked for by its name: not there, not what was written, or well.
    fn asked_for<T>(
        &self,
        found: Option<Option<T>>,
        what: impl FnOnce() -> String,
    ) -> Result<T, StoreError> {
        match found {
            Some(Some(record)) => Ok(record),
            Some(None) => {
                self.inner.count_damage();
                Err(StoreError::Damaged { what: what() })
            }
            None => Err(StoreError::Missing { what: what() }),
        }
    }
}

/// `latest` is 0 steps back, `latest~2` is two.
fn steps_back(selector: &str) -> Option<usize> {
    match selector.strip_prefix("latest")? {
        "" => Some(0),
        rest => rest.strip_prefix('~')?.parse().ok(),
    }
}

pub(crate) fn stages_of(
    connection: &Connection,
    run: Uuid,
) -> rusqlite::Result<(Vec<StageRecord>, usize)> {
    let mut statement = connection.prepare_cached(
        "SELECT run, position, path, outcome, entry, body_digest, checksum, body FROM stage
         WHERE run = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([run.as_bytes()])?;
    let (mut stages, mut damaged) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        match STAGE
            .body(row)?
            .and_then(|body| serde_json::from_str(body).ok())
        {
            Some(stage) => stages.push(stage),
            None => damaged += 1,
        }
    }
    Ok((stages, damaged))
}

fn json(what: &str, record: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(|cause| StoreError::Record {
        what: format!("write {what}"),
        cause,
    })
}

/// Writes a run's record and what the journal has to say of it; the one way in which a run's outcome changes.
pub(crate) fn write_run(
    connection: &Connection,
    run: &RunRecord,
    at: Timestamp,
) -> Result<(), StoreError> {
    let body = json("a run", run)?;
    let before: Option<bool> = connection
        .prepare_cached("SELECT outcome IS NOT NULL FROM run WHERE id = ?1")?
        .query_row([run.id.as_bytes()], |row| row.get(0))
        .optional()?;
    journal::run(connection, before, run, at)?;
    RUN.write(
        connection,
        "INSERT OR REPLACE",
        &[
            ValueRef::Blob(run.id.as_bytes()),
            text(&run.pipeline),
            text(&run.profile),
            ValueRef::Integer(run.started.as_microsecond()),
            optional_text(run.outcome.map(RunOutcome::as_str)),
            ValueRef::Blob(run.owner.as_bytes()),
            ValueRef::Blob(&short_digest(body.as_bytes())),
        ],
        text(&body),
    )?;
    Ok(())
}

/// Writes a stage's record and what the journal has to say of it; the one way in which a stage's outcome changes.
pub(crate) fn write_stage(
    connection: &Connection,
    stage: &StageRecord,
    now: Timestamp,
) -> Result<(), StoreError> {
    let body = json("a stage", stage)?;
    let before = connection
        .prepare_cached("SELECT outcome FROM stage WHERE run = ?1 AND position = ?2")?
        .query_row((stage.run.as_bytes(), signed(stage.index)?), |row| {
            Ok(row.get_ref(0)?.as_str().ok().and_then(StageOutcome::of))
        })
        .optional()?
        .flatten();
    journal::stage(connection, before, stage, now)?;
    STAGE.write(
        connection,
        "INSERT OR REPLACE",
        &[
            ValueRef::Blob(stage.run.as_bytes()),
            ValueRef::Integer(signed(stage.index)?),
            text(&stage.path),
            text(stage.outcome.as_str()),
            stage.entry.map_or(ValueRef::Null, ValueRef::Integer),
            ValueRef::Blob(&short_digest(body.as_bytes())),
        ],
        text(&body),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_is_counted_back_from() {
        assert_eq!(steps_back("latest"), Some(0));
        assert_eq!(steps_back("latest~12"), Some(12));
        assert_eq!(steps_back("latest~"), None);
        assert_eq!(steps_back("later"), None);
    }
}

//! Runs whose process died before it could say how they ended: whoever comes next says it for them.

use rusqlite::Connection;

use crate::row::{RUN, uuid_of};
use crate::runs::{stages_of, write_run, write_stage};
use crate::{RunOutcome, RunRecord, StageOutcome, Store, StoreError, owner};

/// Why a run ended that could not say so itself.
const DEAD: &str = "the process died";

impl Store {
    /// Closes the runs whose process died: they failed, and what was running in them was cancelled. Returns them.
    ///
    /// # Errors
    /// The disk is full, or the store is read-only.
    pub fn reconcile_dead_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        let owners = self.inner.read("find open runs", |connection| {
            let mut statement = connection
                .prepare_cached("SELECT DISTINCT owner FROM run WHERE outcome IS NULL")?;
            let owners = statement
                .query_map([], |row| Ok(uuid_of(row.get_ref(0)?)))?
                .filter_map(Result::transpose)
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(owners)
        })?;
        let dead: Vec<_> = owners
            .into_iter()
            .filter(|owner| !owner::is_alive(&self.inner.folder, *owner))
            .collect();
        if dead.is_empty() {
            return Ok(Vec::new());
        }
        self.inner.write("close dead runs", |connection| {
            let mut closed = Vec::new();
            for owner in &dead {
                let mut statement = connection.prepare_cached(
                    "SELECT id, pipeline, profile, started, outcome, owner, body_digest, checksum, body FROM run
                     WHERE outcome IS NULL AND owner = ?1",
                )?;
                let mut rows = statement.query([owner.as_bytes()])?;
                while let Some(row) = rows.next()? {
                    match RUN.body(row)?.and_then(|body| serde_json::from_str(body).ok()) {
                        Some(run) => closed.push(run),
                        None => self.inner.count_damage(),
                    }
                }
            }
            for run in &mut closed {
                self.close(connection, run)?;
            }
            Ok(closed)
        })
    }

    fn close(&self, connection: &Connection, run: &mut RunRecord) -> Result<(), StoreError> {
        let now = self.inner.now();
        let mut last_sign = run.started;
        for mut stage in stages_of(connection, run.id)?.0 {
            last_sign = [stage.started, stage.ended]
                .into_iter()
                .flatten()
                .fold(last_sign, Ord::max);
            if stage.outcome == StageOutcome::Running {
                stage.outcome = StageOutcome::Cancelled;
                stage.ended = Some(now);
                stage.error = Some(DEAD.to_owned());
                run.counts.cancelled += 1;
                write_stage(connection, &stage, now)?;
            }
        }
        run.outcome = Some(RunOutcome::Failed);
        run.reason = Some(DEAD.to_owned());
        run.ended = Some(now);
        // When it died is not known; that it lived until its last sign is.
        run.seconds = last_sign.duration_since(run.started).as_secs_f64();
        write_run(connection, run, now)
    }
}

//! `--json`: one object a line on standard output.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mlops_pipeline::{Event, Observer, StageFinished};
use mlops_store::RunRecord;
use serde_json::{Value, json};

use crate::cli::tell;

/// Writes what happens as JSON lines.
#[derive(Default)]
pub(crate) struct JsonLines {
    /// Why a line could not be written, the first time.
    failure: Mutex<Option<io::Error>>,
}

impl JsonLines {
    /// Whether every line was written. The run itself went on.
    pub(crate) fn finish(&self) -> io::Result<()> {
        match self.failure().take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn failure(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for JsonLines {
    fn observe(&self, event: &Event<'_>) {
        let line = match event {
            Event::StageFinished(finished) => stage(finished),
            Event::Finished { run } => run_line(run),
            Event::Warning { stage, message } => {
                json!({ "event": "warning", "stage": stage, "message": message })
            }
            _ => return,
        };
        if let Err(error) = tell::json_line(&line) {
            self.failure().get_or_insert(error);
        }
    }
}

fn stage(finished: &StageFinished<'_>) -> Value {
    let outputs: Vec<String> = finished
        .outputs
        .iter()
        .map(|output| output.digest.to_string())
        .collect();
    let mut line = json!({
        "event": "stage",
        "stage": finished.stage,
        "path": finished.path,
        "outcome": finished.outcome.as_str(),
        "key": finished.key.map(|key| key.to_string()),
        "seconds": finished.seconds,
        "attempts": finished.attempts,
        "outputs": outputs,
    });
    if let (Some(error), Value::Object(fields)) = (finished.error, &mut line) {
        fields.insert("error".to_owned(), error.into());
    }
    line
}

/// The line of a run, as `run` and `runs` print it.
pub(crate) fn run_line(run: &RunRecord) -> Value {
    json!({
        "event": "run",
        "run": run.id,
        "pipeline": run.pipeline,
        "profile": run.profile,
        "outcome": run.outcome.map(mlops_store::RunOutcome::as_str),
        "ran": run.counts.ran,
        "reused": run.counts.reused,
        "failed": run.counts.failed,
        "blocked": run.counts.blocked,
        "skipped": run.counts.skipped,
        "cancelled": run.counts.cancelled,
        "seconds": run.seconds,
        "started": run.started,
        "reason": run.reason,
    })
}

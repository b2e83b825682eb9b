//! What the engine says while it runs: for progress bars, for `--json`, for tests.

use std::time::Duration;

use mlops_core::Digest;
use mlops_store::{ArtifactReference, Playback, RunRecord, StageOutcome};

use crate::plan::Plan;
use crate::reason::Reason;

/// Listens to a run.
pub trait Observer: Send + Sync {
    /// Something happened. Called from any thread; must return quickly.
    fn observe(&self, event: &Event<'_>);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _event: &Event<'_>) {}
}

/// Something that happened in a run. Stages are named by their short name.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The run is recorded, and this is what will happen.
    Started {
        /// The run.
        run: &'a RunRecord,
        /// The plan.
        plan: &'a Plan,
    },
    /// A stage began.
    StageStarted {
        /// The call's number.
        call: usize,
        /// The stage.
        stage: &'a str,
        /// Why it runs.
        reasons: &'a [Reason],
    },
    /// A stage goes on from a checkpoint.
    Resumed {
        /// The stage.
        stage: &'a str,
        /// When the checkpoint was kept.
        kept: jiff::Timestamp,
    },
    /// A stage says how far it is.
    Progress {
        /// The call's number.
        call: usize,
        /// The stage.
        stage: &'a str,
        /// Steps done.
        done: u64,
        /// Steps in all.
        total: u64,
    },
    /// An attempt failed and another will be made.
    Retry {
        /// The stage.
        stage: &'a str,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Its error.
        error: &'a str,
        /// The pause before the next.
        pause: Duration,
    },
    /// Another process is making the same result.
    Waiting {
        /// The stage.
        stage: &'a str,
        /// The other process.
        process: u32,
        /// Its machine.
        host: &'a str,
    },
    /// A stage ended.
    StageFinished(StageFinished<'a>),
    /// Something a person should know.
    Warning {
        /// The stage, if one is concerned.
        stage: Option<&'a str>,
        /// What it is.
        message: &'a str,
    },
    /// The run ended.
    Finished {
        /// The run, with its outcome.
        run: &'a RunRecord,
    },
}

/// How a stage ended.
#[derive(Debug, Clone, Copy)]
pub struct StageFinished<'a> {
    /// The call's number.
    pub call: usize,
    /// The stage.
    pub stage: &'a str,
    /// Its path.
    pub path: &'a str,
    /// How it ended.
    pub outcome: StageOutcome,
    /// Its key, if it was known.
    pub key: Option<Digest>,
    /// The time it took.
    pub seconds: f64,
    /// Attempts made.
    pub attempts: u32,
    /// What it made.
    pub outputs: &'a [ArtifactReference],
    /// Metrics, notes and log.
    pub playback: Option<&'a Playback>,
    /// Why it failed, or was blocked or skipped.
    pub error: Option<&'a str>,
}

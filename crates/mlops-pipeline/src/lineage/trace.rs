//! Where an artifact comes from, and what rests on it: answered from the store, each thing once.
//!
//! The store walks the edges; here the way is walked again among what it found, so that a question about a run sees only what
//! that run made or reused, and not every other stage that ever happened to make the same bytes.

mod render;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use mlops_store::{CodeState, RunOutcome, Store, StoreError};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To what it came from.
    #[default]
    Up,
    /// To what rests on it.
    Down,
}

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineageTarget {
    /// Artifacts, or the content of sources. With a run, only what that run made or reused counts on the way up: without it,
    /// everything that ever made these bytes does.
    Digests {
        /// The digests.
        digests: Vec<Digest>,
        /// The run that they are taken from.
        run: Option<Uuid>,
    },
    /// All that a run made or reused; on the way up, its results.
    Run(Uuid),
    /// A source by its location, with the content that it had when a run looked last.
    Source(String),
}

/// The question has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// Nothing in the store has this digest.
    #[error("nothing in the store was made of, or into, {}", digest.short())]
    UnknownDigest {
        /// The digest.
        digest: Digest,
    },
    /// No run has looked at this source.
    #[error("no run has read `{location}`")]
    UnknownSource {
        /// The location.
        location: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TraceError {
    /// The stable code, each with a page in the book.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownDigest { .. } => "lineage::unknown_digest",
            Self::UnknownSource { .. } => "lineage::unknown_source",
            Self::Store(error) => error.code(),
        }
    }

    /// The next step.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownDigest { .. } => {
                Some("`show latest` names the artifacts of the last run".to_owned())
            }
            Self::UnknownSource { .. } => Some(
                "give the location as the run saw it: an absolute path, or an address".to_owned(),
            ),
            Self::Store(error) => error.help(),
        }
    }
}

/// All that was found, each thing once; made by [`trace`].
#[derive(Debug, Clone, PartialEq)]
pub struct LineageAnswer {
    /// The way that was gone.
    pub direction: Direction,
    /// What was asked about, as digests.
    pub targets: Vec<Digest>,
    /// The stage calls on the way, nearest first.
    pub entries: Vec<TracedEntry>,
    /// The runs that made them, oldest first.
    pub runs: Vec<TracedRun>,
    /// The sources that they read.
    pub sources: Vec<TracedSource>,
    /// Artifacts that are made of others: the whole, and its parts.
    pub parts: BTreeMap<Digest, BTreeSet<Digest>>,
}

/// One stage call that made something.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedEntry {
    /// The store's number for it.
    pub id: i64,
    /// The stage's path.
    pub stage: String,
    /// The key of the call.
    pub key: Digest,
    /// The level under which it was made.
    pub level: Level,
    /// The run that made it.
    pub run: Uuid,
    /// When it was made; nothing if the record is damaged.
    pub made: Option<Timestamp>,
    /// How many steps it is away from what was asked about.
    pub distance: usize,
    /// What it read.
    pub inputs: Vec<TracedInput>,
    /// What it made.
    pub outputs: Vec<TracedOutput>,
    /// Whether the whole record could be read; if not, values of parameters are missing.
    pub whole: bool,
}

/// One thing that a stage read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedInput {
    /// The parameter's name; for a source its kind.
    pub name: String,
    /// `artifact`, `source` or `parameter`.
    pub kind: &'static str,
    /// The digest of the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Where a source was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The value of a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// One thing that a stage made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedOutput {
    /// The digest of the bytes.
    pub digest: Digest,
    /// How many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Rows of a table, items of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

/// One run on the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedRun {
    /// The run.
    pub run: Uuid,
    /// Its record; nothing if it is damaged or gone.
    #[serde(flatten)]
    pub record: Option<TracedRunRecord>,
}

/// What is told of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedRunRecord {
    /// The pipeline.
    pub pipeline: String,
    /// The profile.
    pub profile: String,
    /// Its level.
    pub level: Level,
    /// When it started.
    pub started: Timestamp,
    /// How it ended.
    pub outcome: Option<RunOutcome>,
    /// Who started it.
    pub user: String,
    /// The state of the code.
    pub code: CodeState,
    /// The configuration.
    pub parameters: Value,
}

/// One source on the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TracedSource {
    /// `file`, `folder`, …
    pub kind: String,
    /// Where it was.
    pub location: String,
    /// The digest of its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Goes from an artifact, a run or a source up to what it came from, or down to what rests on it.
///
/// # Errors
/// There is no such run, source or digest; or the store cannot be read.
pub fn trace(
    store: &Store,
    target: &LineageTarget,
    direction: Direction,
) -> Result<LineageAnswer, TraceError> {
    walk::walk(store, target, direction)
}

//! Where an artifact comes from, and what rests on it: answered from the store, each thing once.
//!
//! The store walks the edges; here is said where the way begins, so that a question about a run sees only what that run made
//! or reused, and not every other stage that ever happened to make the same bytes.

mod render;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use mlops_store::{CodeState, LineageEntry, RunOutcome, Store, StoreError};
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
    pub entries: Vec<LineageEntry>,
    /// The runs that made them, oldest first.
    pub runs: Vec<TracedRun>,
    /// The sources that they read.
    pub sources: Vec<TracedSource>,
    /// Artifacts that are made of others: the whole, and its parts.
    pub parts: BTreeMap<Digest, BTreeSet<Digest>>,
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

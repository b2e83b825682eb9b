//! What is kept of a run and of each of its stages.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::record::{InputRecord, Playback, float};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunOutcome {
    /// Every stage that was asked for is there.
    Succeeded,
    /// A stage failed, or the process died.
    Failed,
    /// It was told to stop.
    Cancelled,
}

impl RunOutcome {
    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What became of a stage in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StageOutcome {
    /// It is running.
    Running,
    /// It ran.
    Ran,
    /// Its outputs were there already.
    Reused,
    /// It failed.
    Failed,
    /// What it needs failed.
    Blocked,
    /// It was not asked for.
    Skipped,
    /// It was told to stop.
    Cancelled,
}

impl StageOutcome {
    /// The word that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ran => "ran",
            Self::Reused => "reused",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// The outcome of a stored word.
    pub(crate) fn of(text: &str) -> Option<Self> {
        [
            Self::Running,
            Self::Ran,
            Self::Reused,
            Self::Failed,
            Self::Blocked,
            Self::Skipped,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|outcome| outcome.as_str() == text)
    }
}

/// The state of the code that ran, as version control sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeState {
    /// The commit.
    pub commit: Option<String>,
    /// Whether files differed from the commit.
    pub dirty: Option<bool>,
    /// The branch.
    pub branch: Option<String>,
    /// The remote, without credentials.
    pub remote: Option<String>,
}

/// How many stages ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Stages that ran.
    pub ran: u64,
    /// Stages whose outputs were there already.
    pub reused: u64,
    /// Stages that failed.
    pub failed: u64,
    /// Stages whose inputs failed.
    pub blocked: u64,
    /// Stages that were not asked for.
    pub skipped: u64,
    /// Stages that were told to stop.
    pub cancelled: u64,
}

/// One execution of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run's id, version 7: sorts by time.
    pub id: Uuid,
    /// The pipeline's name.
    pub pipeline: String,
    /// The profile's name.
    pub profile: String,
    /// The profile's level.
    pub level: Level,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// How it ended; nothing while it runs.
    #[serde(default)]
    pub outcome: Option<RunOutcome>,
    /// Why it ended so.
    #[serde(default)]
    pub reason: Option<String>,
    /// The configuration that the pipeline was given.
    #[serde(default)]
    pub parameters: serde_json::Value,
    /// The settings by which the caller changed it: name and value.
    #[serde(default)]
    pub settings: Vec<(String, String)>,
    /// The run whose parameters it took.
    #[serde(default)]
    pub from: Option<Uuid>,
    /// The stages that had to run.
    #[serde(default)]
    pub forced: Vec<String>,
    /// The code's state.
    #[serde(default)]
    pub code: CodeState,
    /// The environment, as far as it was declared.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// How many stages ended how.
    #[serde(default)]
    pub counts: Counts,
    /// How long it took.
    #[serde(default, with = "float")]
    pub seconds: f64,
    /// The pipeline's outputs: name and digests.
    #[serde(default)]
    pub outputs: Vec<(String, Vec<Digest>)>,
    /// The process that runs it, as [`Store::owner_id`](crate::Store::owner_id) names it.
    #[serde(default)]
    pub owner: Uuid,
    /// The operating system's number of that process.
    #[serde(default)]
    pub process: u32,
    /// The machine.
    #[serde(default)]
    pub host: String,
    /// The user.
    #[serde(default)]
    pub user: String,
}

/// One stage in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// The run.
    pub run: Uuid,
    /// The stage's place in the plan.
    pub index: u64,
    /// The stage's whole path.
    pub path: String,
    /// The shortest name that is unique in the plan.
    pub name: String,
    /// The stage's kind.
    #[serde(default)]
    pub kind: String,
    /// The team that owns the stage.
    #[serde(default)]
    pub owner: Option<String>,
    /// The first sentence of the stage's documentation.
    #[serde(default)]
    pub description: String,
    /// What became of it.
    pub outcome: StageOutcome,
    /// The key of the call, where it is known.
    #[serde(default)]
    pub key: Option<Digest>,
    /// The cache entry that holds what it made.
    #[serde(default)]
    pub entry: Option<i64>,
    /// Why it ran.
    #[serde(default)]
    pub reasons: serde_json::Value,
    /// When it started.
    #[serde(default)]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// How long it took.
    #[serde(default, with = "float")]
    pub seconds: f64,
    /// How many attempts it took.
    #[serde(default)]
    pub attempts: u32,
    /// The run that made what it reused.
    #[serde(default)]
    pub reused_from: Option<Uuid>,
    /// The moment of the checkpoint from which it went on.
    #[serde(default)]
    pub resumed: Option<Timestamp>,
    /// The error.
    #[serde(default)]
    pub error: Option<String>,
    /// Where the stage stands in the sources: `src/train.rs:12`.
    #[serde(default)]
    pub source: String,
    /// What it was given, where no cache entry holds it: after a failure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputRecord>,
    /// What it gave out, where no cache entry holds it: after a failure.
    #[serde(default)]
    pub playback: Playback,
}

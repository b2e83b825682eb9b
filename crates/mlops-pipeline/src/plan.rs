//! What would run, and why: one structure for `plan`, `run`, `--json` and `--explain`.

mod resolve;

use mlops_core::{Digest, Level};
use mlops_store::Entry;
use serde::Serialize;

use crate::graph::Graph;
use crate::key::StageKey;
use crate::reason::Reason;

pub use resolve::{Resolver, Settled};

/// What is to be done about one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// Its result is kept, and nothing that it depends on changed.
    Reuse,
    /// It runs.
    Run,
    /// An input has yet to be made again; whether it runs is known only then.
    Depends,
    /// Something it needs cannot be had.
    Blocked,
    /// A flag is false.
    Skip,
}

impl Decision {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reuse => "reuse",
            Self::Run => "run",
            Self::Depends => "depends",
            Self::Blocked => "blocked",
            Self::Skip => "skip",
        }
    }
}

/// What is to be done about one call, and why.
#[derive(Debug, Clone)]
pub struct PlannedCall {
    /// The call's number in the graph.
    pub call: usize,
    /// Its short name.
    pub stage: String,
    /// Its whole path.
    pub path: String,
    /// What is to be done.
    pub decision: Decision,
    /// The digest of its key, if all its inputs are known.
    pub key: Option<Digest>,
    /// The key itself.
    pub stage_key: Option<Box<StageKey>>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What is reused.
    pub entry: Option<Box<Entry>>,
}

/// The plan of a pipeline under a profile.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pipeline.
    pub pipeline: String,
    /// The profile.
    pub profile: String,
    /// Its level.
    pub level: Level,
    /// Every call, each after what it needs.
    pub calls: Vec<PlannedCall>,
}

impl Plan {
    /// Plans every call of a graph. Nothing runs, nothing is written but what is known of sources.
    ///
    /// # Errors
    /// The store failed.
    pub fn new(
        pipeline: &str,
        profile: &str,
        graph: &Graph,
        resolver: &Resolver<'_>,
    ) -> Result<Self, crate::PipelineError> {
        let mut calls: Vec<PlannedCall> = Vec::with_capacity(graph.len());
        for index in 0..graph.len() {
            let planned = resolver.decide(
                index,
                &Planned {
                    calls: &calls,
                    graph,
                    resolver,
                },
            )?;
            calls.push(planned);
        }
        Ok(Self {
            pipeline: pipeline.to_owned(),
            profile: profile.to_owned(),
            level: resolver.level(),
            calls,
        })
    }

    /// How many calls have this decision.
    pub fn count(&self, decision: Decision) -> usize {
        self.calls
            .iter()
            .filter(|call| call.decision == decision)
            .count()
    }
}

/// What a plan knows of the calls before the present one.
struct Planned<'a> {
    calls: &'a [PlannedCall],
    graph: &'a Graph,
    resolver: &'a Resolver<'a>,
}

impl Settled for Planned<'_> {
    fn decision(&self, call: usize) -> Decision {
        self.calls
            .get(call)
            .map_or(Decision::Depends, |planned| planned.decision)
    }

    fn output(&self, call: usize, output: usize) -> Option<Digest> {
        let planned = self.calls.get(call)?;
        let entry = planned.entry.as_ref()?;
        entry.outputs.get(output).map(|output| output.digest)
    }

    fn flag(&self, call: usize, output: usize) -> Option<bool> {
        let digest = self.output(call, output)?;
        self.resolver.read_flag(&digest)
    }

    fn blocker(&self, call: usize) -> Option<String> {
        let is_blocked = |call: &usize| self.decision(*call) == Decision::Blocked;
        let planned = self.calls.get(call).filter(|_| is_blocked(&call))?;
        let why = planned.reasons.first()?.to_string();
        // One that is itself held up by another says already where it began.
        let is_held_up = self.graph.dependencies(call).iter().any(is_blocked);
        Some(match is_held_up {
            true => why,
            false => format!("`{}` is blocked: {why}", planned.stage),
        })
    }
}

impl PlannedCall {
    /// The call as one line of `--json`.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "event": "node",
            "stage": self.stage,
            "path": self.path,
            "decision": self.decision.as_str(),
            "key": self.key.map(|key| key.to_string()),
            "reasons": self.reasons,
        })
    }
}

//! Runs a pipeline: what is kept is reused, what must run runs as early as its inputs and the machine allow.

mod attempt;
mod cancel;
mod coordinator;
mod fence;
mod guard;
mod job;
mod log;
mod panic;
mod resource;
mod services;
mod slot;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use mlops_core::{Clock, Digest, Level, SystemClock};
use mlops_store::{ArtifactReference, CodeState, Entry, RunRecord, StageOutcome, Store};
use uuid::Uuid;

use crate::PipelineError;
use crate::event::{Observer, Silent};
use crate::graph::Graph;
use crate::key::KeyEnvironment;
use crate::plan::{Plan, Resolver};
use crate::reason::CompareArtifacts;
use crate::source::Sources;

pub use cancel::Cancellation;
pub use log::StageLog;
pub use resource::Resources;

pub(crate) use attempt::in_full;
pub(crate) use services::seed_of;

/// What to run, under which rules, and who listens.
pub struct RunRequest {
    /// The pipeline's name.
    pub pipeline: String,
    /// The profile's name.
    pub profile: String,
    /// The profile's level.
    pub level: Level,
    /// The pipeline's calls.
    pub graph: Arc<Graph>,
    /// Where results are kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who listens.
    pub observer: Arc<dyn Observer>,
    /// What may be used at the same time.
    pub resources: Resources,
    /// Whether to go on with what does not depend on a failure.
    pub keep_going: bool,
    /// Stages to run whatever is kept.
    pub force: Vec<String>,
    /// The only stages that may run; all, if empty.
    pub only: Vec<String>,
    /// An earlier run whose parameters this one takes.
    pub from: Option<Uuid>,
    /// Whether the content of each source is read, whatever its size and times say.
    pub paranoid: bool,
    /// Declared environment variables.
    pub environment: KeyEnvironment,
    /// Names of the project's own by which code looks at the outside world, beside those that are known.
    pub outside: Vec<String>,
    /// Says how inputs changed, for explanations; without it only that they did is said.
    pub compare: Option<CompareArtifacts>,
    /// The configuration after all settings, for the record.
    pub parameters: serde_json::Value,
    /// Settings given on the command line, for the record.
    pub settings: Vec<(String, String)>,
    /// The state of the code, if somebody looked already; else the engine looks meanwhile.
    pub code: Option<CodeState>,
    /// How to stop.
    pub cancellation: Cancellation,
    /// Whether Ctrl-C and SIGTERM stop the run.
    pub listen_to_signals: bool,
}

/// What came of a run.
#[derive(Debug)]
pub struct RunResult {
    /// The record, with outcome and counts.
    pub run: RunRecord,
    /// What was planned at the start.
    pub plan: Plan,
    /// What became of each call.
    pub calls: Vec<CallResult>,
    /// The pipeline's results by name, as far as they were made.
    pub outputs: Vec<(String, ArtifactReference)>,
    /// Whether a call failed because the store is not what was written.
    pub store_is_damaged: bool,
}

/// What became of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    /// Its short name.
    pub stage: String,
    /// How it ended.
    pub outcome: StageOutcome,
    /// Its key, if it was known.
    pub key: Option<Digest>,
    /// Why it failed, was blocked, or was skipped.
    pub error: Option<String>,
}

impl RunRequest {
    /// A request with the defaults of an experiment.
    pub fn new(pipeline: impl Into<String>, graph: Graph, store: Store) -> Self {
        Self {
            pipeline: pipeline.into(),
            profile: Level::Experiment.to_string(),
            level: Level::Experiment,
            graph: Arc::new(graph),
            store,
            clock: Arc::new(SystemClock),
            observer: Arc::new(Silent),
            resources: Resources::default(),
            keep_going: false,
            force: Vec::new(),
            only: Vec::new(),
            from: None,
            paranoid: false,
            environment: KeyEnvironment::default(),
            outside: Vec::new(),
            compare: None,
            parameters: serde_json::Value::Null,
            settings: Vec::new(),
            code: None,
            cancellation: Cancellation::new(),
            listen_to_signals: false,
        }
    }

    /// Plans without running anything.
    ///
    /// # Errors
    /// The store failed, or `force` or `only` name no stage.
    pub fn plan(&self) -> Result<Plan, PipelineError> {
        let sources = self.sources();
        let resolver = self.resolver(&sources)?;
        let plan = Plan::new(&self.pipeline, &self.profile, &self.graph, &resolver);
        self.let_go_of_sources();
        plan
    }

    /// Runs the pipeline. A stage that fails is no error here: the result says so.
    ///
    /// # Errors
    /// The store failed, the runtime could not be started, or `force` or `only` name no stage.
    pub fn run(&self) -> Result<RunResult, PipelineError> {
        let result = coordinator::run(self);
        self.let_go_of_sources();
        result
    }

    pub(crate) fn sources(&self) -> Sources {
        Sources::new(self.store.clone(), Arc::clone(&self.clock)).paranoid(self.paranoid)
    }

    pub(crate) fn let_go_of_sources(&self) {
        for (_, call) in self.graph.calls() {
            for source in call.sources() {
                source.run_ended();
            }
        }
    }

    pub(crate) fn resolver<'a>(
        &'a self,
        sources: &'a Sources,
    ) -> Result<Resolver<'a>, PipelineError> {
        let mut resolver = Resolver::new(
            &self.graph,
            &self.store,
            sources,
            self.level,
            self.environment.clone(),
        )
        .within(&self.resources)
        .outside(&self.outside)
        .compare(self.compare);
        for name in &self.force {
            resolver = resolver.force(self.graph.find(name)?);
        }
        for name in &self.only {
            resolver = resolver.only(self.graph.find(name)?);
        }
        if let (Some(from), false) = (self.from, self.only.is_empty()) {
            resolver = resolver.earlier(self.entries_of(from)?);
        }
        Ok(resolver)
    }

    /// What an earlier run made or reused, by the label of the call.
    fn entries_of(&self, run: Uuid) -> Result<BTreeMap<String, Entry>, PipelineError> {
        let mut entries = BTreeMap::new();
        for stage in self.store.stages(run)? {
            if let Some(id) = stage.entry {
                let entry = self.store.entry(id)?;
                if entry.level >= self.level {
                    entries.insert(entry.call.clone(), entry);
                }
            }
        }
        Ok(entries)
    }
}

impl RunResult {
    /// Whether every call that was to be done is done.
    pub fn succeeded(&self) -> bool {
        self.run.outcome == Some(mlops_store::RunOutcome::Succeeded)
    }

    /// The names of the stages that ran, in the order of the graph.
    pub fn ran(&self) -> Vec<&str> {
        self.stages_with(StageOutcome::Ran)
    }

    /// The names of the stages that were reused.
    pub fn reused(&self) -> Vec<&str> {
        self.stages_with(StageOutcome::Reused)
    }

    /// The names of the stages that ended in this way.
    pub fn stages_with(&self, outcome: StageOutcome) -> Vec<&str> {
        self.calls
            .iter()
            .filter(|call| call.outcome == outcome)
            .map(|call| call.stage.as_str())
            .collect()
    }
}

/// A run's id: sorts by time.
pub(crate) fn new_run_id(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(
        uuid::NoContext,
        seconds,
        nanoseconds,
    ))
}

//! A project that lives as long as a test.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use mlops_core::{Artifact, FixedClock, Level, OutputCollector, Outputs};
use mlops_data::File;
use mlops_pipeline::{Event, Graph, Observer, Plan, Resources, RunRequest, RunResult};
use mlops_store::{StageOutcome, Store, StoreOptions};

/// The moment at which the clock of a test project stands.
const BEGINNING: &str = "2026-01-01T00:00:00Z";

/// A folder and a store that are removed when the test ends, a clock that stands still, and a log of what was executed.
///
/// What cannot be set up ends the test with the cause, as an assertion does: methods here panic.
#[derive(Debug)]
pub struct TestProject {
    folder: tempfile::TempDir,
    store: Store,
    clock: Arc<FixedClock>,
    level: Level,
    resources: Resources,
    paranoid: bool,
    executed: Arc<Executed>,
}

/// The stages that were executed, in the order in which they started.
#[derive(Debug, Default)]
struct Executed(Mutex<Vec<String>>);

impl Observer for Executed {
    fn observe(&self, event: &Event<'_>) {
        if let Event::StageStarted { stage, .. } = event {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            log.push((*stage).to_owned());
        }
    }
}

impl TestProject {
    /// An empty project at the level of an experiment, at the beginning of 2026.
    ///
    /// # Panics
    /// There is no place for temporary files.
    #[track_caller]
    pub fn new() -> Self {
        let clock = Arc::new(FixedClock::at(moment(BEGINNING)));
        let folder = expect("make a temporary folder", tempfile::tempdir());
        let options = StoreOptions {
            clock: Arc::clone(&clock) as _,
            ..StoreOptions::default()
        };
        let store = expect(
            "open a store in a temporary folder",
            Store::open(&folder.path().join(".mlops"), options),
        );
        Self {
            folder,
            store,
            clock,
            level: Level::Experiment,
            resources: Resources::default(),
            paranoid: false,
            executed: Arc::default(),
        }
    }

    /// From here on, runs happen at this level: a production run does not see what experiments made.
    pub fn set_level(&mut self, level: Level) {
        self.level = level;
    }

    /// From here on, stages may claim this much of a named resource.
    pub fn set_resource(&mut self, name: &str, amount: f64) {
        self.resources.named.insert(name.to_owned(), amount);
    }

    /// From here on, the content of each source is read, whatever its size and times say.
    pub fn set_paranoid(&mut self, paranoid: bool) {
        self.paranoid = paranoid;
    }

    /// The project's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The clock, which stands still until it is told to move.
    pub fn clock(&self) -> &FixedClock {
        &self.clock
    }

    /// Writes a file into the project, or another content into one that is there.
    ///
    /// # Panics
    /// The file cannot be written.
    #[track_caller]
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> File {
        let path = self.folder().join(name);
        if let Some(folder) = path.parent() {
            expect("make a folder", std::fs::create_dir_all(folder));
        }
        expect("write a file", write(&path, content.as_ref()));
        File::new(path)
    }

    /// What a run of these handles would do.
    ///
    /// # Panics
    /// It cannot be planned.
    #[track_caller]
    pub fn plan(&self, outputs: impl Outputs) -> TestPlan {
        TestPlan(expect("plan the pipeline", self.request(outputs).plan()))
    }

    /// Runs these handles. A stage that fails does not end the test: the result says so.
    ///
    /// # Panics
    /// It cannot be run at all.
    #[track_caller]
    pub fn run(&self, outputs: impl Outputs) -> TestRun {
        let result = expect("run the pipeline", self.request(outputs).run());
        TestRun {
            result,
            store: self.store.clone(),
        }
    }

    /// The stages that were executed since the project was made, in the order in which they started.
    pub fn executed(&self) -> Vec<String> {
        let log = self.executed.0.lock();
        log.unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[track_caller]
    fn request(&self, outputs: impl Outputs) -> RunRequest {
        let mut collector = OutputCollector::default();
        outputs.collect(&mut collector);
        let graph = expect("make the graph", Graph::new(collector.into_outputs()));
        let mut request = RunRequest::new("test", graph, self.store.clone());
        request.level = self.level;
        request.profile = self.level.to_string();
        request.resources = self.resources.clone();
        request.paranoid = self.paranoid;
        request.clock = Arc::clone(&self.clock) as _;
        request.observer = Arc::clone(&self.executed) as _;
        // Nobody asks git for the state of a temporary folder.
        request.code = Some(mlops_store::CodeState::default());
        request
    }
}

impl Default for TestProject {
    fn default() -> Self {
        Self::new()
    }
}

/// A plan that is written as text without anything that differs between machines, for snapshots:
/// `insta::assert_snapshot!(project.plan(churn(&config)))`.
#[derive(Debug, Clone)]
pub struct TestPlan(Plan);

impl TestPlan {
    /// The names of the stages that would run for sure.
    pub fn to_run(&self) -> Vec<&str> {
        self.with(mlops_pipeline::Decision::Run)
    }

    /// The names of the stages whose results are there.
    pub fn to_reuse(&self) -> Vec<&str> {
        self.with(mlops_pipeline::Decision::Reuse)
    }

    fn with(&self, decision: mlops_pipeline::Decision) -> Vec<&str> {
        let calls = self.0.calls.iter();
        calls
            .filter(|call| call.decision == decision)
            .map(|call| call.stage.as_str())
            .collect()
    }
}

impl fmt::Display for TestPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.calls.iter().map(|call| call.stage.chars().count());
        let width = names.max().unwrap_or_default();
        for call in &self.0.calls {
            let reasons: Vec<String> = call.reasons.iter().map(ToString::to_string).collect();
            let line = format!(
                "{:7}  {:width$}  {}",
                call.decision.as_str(),
                call.stage,
                reasons.join(", ")
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// What came of a run in a test project.
#[derive(Debug)]
pub struct TestRun {
    result: RunResult,
    store: Store,
}

impl TestRun {
    /// Whether all that was asked for is there.
    pub fn succeeded(&self) -> bool {
        self.result.succeeded()
    }

    /// The names of the stages that ran.
    pub fn ran(&self) -> Vec<&str> {
        self.result.ran()
    }

    /// The names of the stages that were reused.
    pub fn reused(&self) -> Vec<&str> {
        self.result.reused()
    }

    /// The names of the stages that failed.
    pub fn failed(&self) -> Vec<&str> {
        self.result.stages_with(StageOutcome::Failed)
    }

    /// The names of the stages that were skipped, because a flag was false.
    pub fn skipped(&self) -> Vec<&str> {
        self.result.stages_with(StageOutcome::Skipped)
    }

    /// The names of the stages that could not run, because something they need failed.
    pub fn blocked(&self) -> Vec<&str> {
        self.result.stages_with(StageOutcome::Blocked)
    }

    /// Why a stage failed, was blocked or skipped.
    pub fn error(&self, stage: &str) -> Option<&str> {
        let call = self.result.calls.iter().find(|call| call.stage == stage)?;
        call.error.as_deref()
    }

    /// A result of the pipeline by name: the field's name, or the stage's.
    ///
    /// # Panics
    /// There is no such result, or it is of another type.
    #[track_caller]
    pub fn output<T: Artifact>(&self, name: &str) -> T {
        let found = self.result.outputs.iter().find(|(known, _)| known == name);
        let Some((_, output)) = found else {
            let names: Vec<&str> = self
                .result
                .outputs
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            panic!(
                "the run made no result `{name}`; it made: {}",
                names.join(", ")
            );
        };
        let stored = expect("read the result", self.store.read_artifact(&output.digest));
        expect("read the result", T::read(&stored))
    }

    /// The last value of a metric of a stage, also when the stage was reused.
    ///
    /// # Panics
    /// The store cannot be read.
    #[track_caller]
    pub fn metric(&self, stage: &str, name: &str) -> Option<f64> {
        let stages = expect("read the run", self.store.stages(self.result.run.id));
        let entry = stages.iter().find(|record| record.name == stage)?.entry?;
        let entry = expect("read the stage", self.store.entry(entry));
        let last = entry
            .playback
            .metrics
            .iter()
            .rev()
            .find(|metric| metric.name == name);
        last.map(|metric| metric.value)
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, content)
}

#[track_caller]
fn moment(text: &str) -> Timestamp {
    expect("read a moment", text.parse())
}

/// The value, or the end of the test, with every cause.
#[track_caller]
pub(super) fn expect<T, E: std::error::Error>(what: &str, result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => {
            let mut text = format!("cannot {what}: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                text.push_str(&format!(": {error}"));
                cause = error.source();
            }
            panic!("{text}");
        }
    }
}

//! Stages made by hand, as `#[stage]` would make them, a store to run them in, and ears for what happens.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mlops_core::{
    Arguments, Artifact, ArtifactType, Body, BodyResult, Code, Digest, Input, InputSlot,
    InputSource, Live, NamedOutput, Node, Output, Policy, Stage, StageContext, StageKind,
};
use mlops_pipeline::{Event, Graph, Observer, Resources, RunRequest};
use mlops_store::{CodeState, Store, StoreOptions};

pub(crate) type BodyFunction = fn(&StageContext, Arguments) -> BodyResult;

pub(crate) fn live<T: Artifact>(value: T) -> BodyResult {
    Ok(vec![Arc::new(value) as Live])
}

/// A stage from numbers to a number; change it before it is [`kept`].
pub(crate) fn stage(name: &'static str, inputs: &[&'static str], body: BodyFunction) -> Stage {
    typed(name, inputs, ArtifactType::of::<u64>(), body)
}

/// The same for values of another type.
pub(crate) fn typed(
    name: &'static str,
    inputs: &[&'static str],
    artifact: ArtifactType,
    body: BodyFunction,
) -> Stage {
    let slots: Vec<InputSlot> = inputs
        .iter()
        .map(|name| InputSlot {
            name,
            artifact,
            list: false,
        })
        .collect();
    let digest: &'static str = Digest::of(name.as_bytes()).hex().leak();
    Stage {
        name,
        path: format!("app::{name}").leak(),
        package: "app",
        description: "Does what its name says.",
        kind: StageKind::Plain,
        owner: None,
        policy: Policy {
            retries: 0,
            backoff: Duration::from_millis(1),
            timeout: None,
            cpus: 1.0,
            memory: 0,
            resources: &[],
        },
        cache: true,
        reads_nothing: None,
        portable: false,
        not_deterministic: None,
        code: Code {
            reach: digest,
            items: "",
            values: &[],
            foreign: "",
            coarse: None,
            files: "",
            lock: Some(digest),
        },
        inputs: slots.leak(),
        outputs: vec![artifact].leak(),
        file: "src/training.rs",
        line: 12,
        body: Body::Blocking(body),
    }
}

/// A stage from one value, such as a source, to a number.
pub(crate) fn taking<T: Artifact>(name: &'static str, body: BodyFunction) -> Stage {
    let slot = InputSlot {
        name: "source",
        artifact: ArtifactType::of::<T>(),
        list: false,
    };
    let mut stage = stage(name, &[], body);
    stage.inputs = vec![slot].leak();
    stage
}

/// A stage lives as long as the test does.
pub(crate) fn kept(stage: Stage) -> &'static Stage {
    Box::leak(Box::new(stage))
}

/// Gives on what it got.
pub(crate) fn same(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    live(*arguments.shared::<u64>(0)?)
}

/// Adds one to what it got.
pub(crate) fn next(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    live(*arguments.shared::<u64>(0)? + 1)
}

pub(crate) fn call(stage: &'static Stage, inputs: Vec<InputSource>) -> Output {
    Output {
        node: Node::wire(stage, inputs),
        index: 0,
    }
}

pub(crate) fn reads(output: &Output) -> InputSource {
    InputSource::Output(output.clone())
}

pub(crate) fn parameter<T: Artifact>(value: T) -> InputSource {
    <T as Input<T>>::into_source(value)
}

/// The graph that these outputs reach.
pub(crate) fn graph(outputs: &[&Output]) -> Graph {
    let outputs = outputs
        .iter()
        .enumerate()
        .map(|(number, output)| NamedOutput {
            name: format!("{}_{number}", output.node.stage().name),
            output: (*output).clone(),
        });
    Graph::new(outputs.collect()).unwrap()
}

/// A store in a folder of its own.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) store: Store,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), StoreOptions::default()).unwrap();
        Self { folder, store }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The same folder, as another process would open it.
    pub(crate) fn other_process(&self) -> Store {
        Store::open(self.folder.path(), StoreOptions::default()).unwrap()
    }

    /// A run with four cores, whatever this machine has.
    pub(crate) fn request(&self, graph: Graph) -> RunRequest {
        request(self.store.clone(), graph)
    }
}

pub(crate) fn request(store: Store, graph: Graph) -> RunRequest {
    let mut request = RunRequest::new("test", graph, store);
    request.code = Some(CodeState::default());
    request.resources = Resources {
        cpus: 4.0,
        ..Resources::default()
    };
    request
}

/// Hears what happens, in words.
#[derive(Default)]
pub(crate) struct Ears {
    lines: Mutex<Vec<String>>,
}

impl Ears {
    /// All of it.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// What begins with a word, without it.
    pub(crate) fn heard_of(&self, word: &str) -> Vec<String> {
        let said = self.heard();
        said.iter()
            .filter_map(|line| Some(line.strip_prefix(word)?.trim().to_owned()))
            .collect()
    }

    /// Waits until a line is heard.
    pub(crate) fn wait_for(&self, line: &str) {
        wait_until(line, || self.heard().iter().any(|heard| heard == line));
    }
}

/// Waits, but not for ever.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("waited in vain: {what}");
}

impl Observer for Ears {
    fn observe(&self, event: &Event<'_>) {
        let line = match event {
            Event::StageStarted { stage, .. } => format!("start {stage}"),
            Event::StageFinished(finished) => {
                format!("end {} {}", finished.stage, finished.outcome.as_str())
            }
            Event::Progress { stage, .. } => format!("progress {stage}"),
            Event::Retry { stage, attempt, .. } => format!("retry {stage} {attempt}"),
            Event::Waiting { stage, .. } => format!("wait {stage}"),
            Event::Resumed { stage, .. } => format!("resume {stage}"),
            Event::Warning { message, .. } => format!("warning {message}"),
            _ => return,
        };
        self.lines.lock().unwrap().push(line);
    }
}

//! Graphs made by hand: the shapes that pipelines have.

use std::sync::Arc;
use std::time::Duration;

use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, ArtifactType, Body, Code, Digest,
    Handle, Input, InputSlot, InputSource, Level, NamedOutput, Node, Output, Policy,
    SOURCE_MEDIA_TYPE, Source, SourceError, SourceState, Stage, StageKind, note_source, when,
    write_serde,
};

use crate::graph::Graph;
use crate::plan::{Decision, Plan, PlannedCall};
use crate::reason::{Reason, ReasonKind};

/// A stage with these inputs; it lives as long as the test does.
pub(super) fn stage(
    name: &'static str,
    kind: StageKind,
    inputs: &[&'static str],
) -> &'static Stage {
    let artifact = ArtifactType::of::<f64>();
    let inputs: Vec<InputSlot> = inputs
        .iter()
        .map(|name| InputSlot {
            name,
            artifact,
            list: false,
        })
        .collect();
    Box::leak(Box::new(Stage {
        name,
        path: Box::leak(format!("app::{name}").into_boxed_str()),
        package: "app",
        description: "Does what its name says.",
        kind,
        owner: Some("growth-ml"),
        policy: Policy {
            retries: 0,
            backoff: Duration::ZERO,
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
            reach: "",
            items: "",
            values: &[],
            foreign: "",
            coarse: None,
            files: "",
            lock: None,
        },
        inputs: Box::leak(inputs.into_boxed_slice()),
        outputs: Box::leak(Box::new([artifact, artifact])),
        file: "src/training.rs",
        line: 12,
        body: Body::Blocking(|_, _| Ok(Vec::new())),
    }))
}

/// Calls a stage; a node's first output.
pub(super) fn call(stage: &'static Stage, inputs: Vec<InputSource>) -> Output {
    Output {
        node: Node::wire(stage, inputs),
        index: 0,
    }
}

pub(super) fn reads(output: &Output) -> InputSource {
    InputSource::Output(output.clone())
}

pub(super) fn parameter<T: Artifact>(value: T) -> InputSource {
    <T as Input<T>>::into_source(value)
}

/// The graph that these outputs reach; each is returned under its stage's name.
pub(super) fn graph(outputs: &[&Output]) -> Graph {
    let outputs = outputs.iter().map(|output| NamedOutput {
        name: output.node.stage().name.to_owned(),
        output: (*output).clone(),
    });
    Graph::new(outputs.collect()).unwrap()
}

/// A file, as `mlops-data` has it.
#[derive(Debug, Clone)]
pub(super) struct TestFile(pub(super) &'static str);

impl Artifact for TestFile {
    const MEDIA_TYPE: &'static str = SOURCE_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        note_source(Arc::new(self.clone()));
        write_serde(&self.0, output)
    }

    fn read(_: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        Ok(Self(""))
    }
}

impl Source for TestFile {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn location(&self) -> String {
        self.0.to_owned()
    }

    fn form(&self) -> String {
        "csv".to_owned()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        Err(self.missing())
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        Err(self.missing())
    }

    fn pinned(&self) -> Option<Digest> {
        None
    }

    fn stale_after(&self) -> Option<jiff::SignedDuration> {
        None
    }
}

impl TestFile {
    fn missing(&self) -> SourceError {
        SourceError::Missing {
            kind: "file",
            location: self.location(),
        }
    }
}

pub(super) fn chain(length: usize) -> Graph {
    let first = stage("load", StageKind::Ingest, &["path"]);
    let next = stage("refine", StageKind::Features, &["table"]);
    let file = parameter(TestFile("/data/customers.csv"));
    let mut last = call(first, vec![file]);
    for _ in 1..length {
        last = call(next, vec![reads(&last)]);
    }
    graph(&[&last])
}

pub(super) fn diamond() -> Graph {
    let load = call(stage("load", StageKind::Ingest, &[]), vec![]);
    let numbers = stage("numeric_features", StageKind::Features, &["raw"]);
    let texts = stage("text_features", StageKind::Features, &["raw"]);
    let join = stage("join", StageKind::Features, &["numbers", "texts"]);
    let numbers = call(numbers, vec![reads(&load)]);
    let texts = call(texts, vec![reads(&load)]);
    graph(&[&call(join, vec![reads(&numbers), reads(&texts)])])
}

/// A sweep: one table, many models, the best of them.
pub(super) fn fan(width: u32) -> Graph {
    let load = call(stage("load", StageKind::Ingest, &[]), vec![]);
    let train = stage("train", StageKind::Train, &["table", "depth"]);
    let models: Vec<InputSource> = (0..width)
        .map(|depth| reads(&call(train, vec![reads(&load), parameter(depth)])))
        .collect();
    let best = stage("best", StageKind::Evaluate, &["models"]);
    graph(&[&call(best, vec![InputSource::Many(models)])])
}

pub(super) fn churn() -> Graph {
    let load = stage("load", StageKind::Ingest, &["customers"]);
    let load = call(load, vec![parameter(TestFile("/data/customers.csv"))]);
    let validate = stage("validate", StageKind::Validate, &["raw"]);
    let validate = call(validate, vec![reads(&load)]);
    let split = stage("split", StageKind::Plain, &["clean", "test_fraction"]);
    let split = call(split, vec![reads(&validate), parameter(0.25)]);
    let train = stage("train", StageKind::Train, &["training", "rates"]);
    let model = call(train, vec![reads(&split), parameter(vec![0.1, 0.2])]);
    let evaluate = stage("evaluate", StageKind::Evaluate, &["model", "test"]);
    let test = Output {
        node: Arc::clone(&split.node),
        index: 1,
    };
    let evaluation = call(evaluate, vec![reads(&model), reads(&test)]);
    graph(&[&model, &evaluation])
}

/// Packed and published only if the model is good enough.
pub(super) fn conditional() -> Graph {
    let load = stage("load", StageKind::Ingest, &["customers"]);
    let load = call(load, vec![parameter(TestFile("/data/customers.csv"))]);
    let train = stage("train", StageKind::Train, &["table"]);
    let model = call(train, vec![reads(&load)]);
    let judge = stage("good_enough", StageKind::Evaluate, &["model", "table"]);
    let flag = call(judge, vec![reads(&model), reads(&load)]);
    let pack = stage("pack", StageKind::Package, &["model"]);
    let packed = call(pack, vec![reads(&model)]);
    let publish = stage("publish", StageKind::Deploy, &["package"]);
    let published = call(publish, vec![reads(&packed)]);
    let flag: Handle<bool> = Handle::to_output(&flag.node, 0);
    let published: Handle<f64> = when(&flag, Handle::to_output(&published.node, 0));
    graph(&[&model, published.output()])
}

/// A plan in which the calls have these decisions, in turn.
pub(super) fn plan(graph: &Graph, decisions: &[Decision]) -> Plan {
    let calls = graph.calls().zip(decisions.iter().cycle());
    Plan {
        pipeline: "churn".to_owned(),
        profile: "experiment".to_owned(),
        level: Level::Experiment,
        calls: calls
            .map(|((index, call), decision)| PlannedCall {
                call: index,
                stage: call.name.clone(),
                path: call.stage.path.to_owned(),
                decision: *decision,
                key: (*decision == Decision::Reuse).then(|| Digest::of(b"key")),
                stage_key: None,
                reasons: match decision {
                    Decision::Run => vec![Reason::new(ReasonKind::New, "never ran")],
                    _ => Vec::new(),
                },
                entry: None,
            })
            .collect(),
    }
}

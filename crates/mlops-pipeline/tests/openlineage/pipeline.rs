//! Pipelines made by hand, as `#[stage]` would make them: a file, a table, a validation, a model.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use mlops_core::{
    Arguments, Artifact, ArtifactError, ArtifactInput, ArtifactOutput, ArtifactType, Assertion,
    Body, BodyResult, Code, Column, Description, Digest, Input, InputSlot, InputSource, Live,
    NamedOutput, Node, Output, Policy, SOURCE_MEDIA_TYPE, Source, SourceError, SourceState, Stage,
    StageContext, StageKind, StageReport, Trust, note_report, note_source, read_serde, write_serde,
};
use mlops_pipeline::lineage::{LineageDelivery, LineageOptions, LineageReport};
use mlops_pipeline::{Graph, RunRequest, RunResult};
use mlops_store::{CodeState, Store, StoreOptions};
use serde_json::Value;

pub(crate) const COMMIT: &str = "309cf2674ee7a0749978cf8265ab91a60aea0f7d";

/// A table with one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rows(pub(crate) Vec<f64>);

impl Artifact for Rows {
    const MEDIA_TYPE: &'static str = "application/vnd.test.rows";

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        write_serde(&self.0, output)
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        read_serde(input).map(Self)
    }

    fn describe(&self) -> Description {
        Description {
            rows: Some(self.0.len() as u64),
            columns: vec![Column {
                name: "tenure".to_owned(),
                data_type: "Float64".to_owned(),
                nullable: false,
            }],
        }
    }
}

/// A file as a typed source.
#[derive(Debug, Clone)]
struct TestFile(PathBuf);

impl Artifact for TestFile {
    const MEDIA_TYPE: &'static str = SOURCE_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        note_source(Arc::new(self.clone()));
        write_serde(&self.0, output)
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        read_serde(input).map(Self)
    }
}

impl Source for TestFile {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn location(&self) -> String {
        self.0.display().to_string()
    }

    fn form(&self) -> String {
        String::new()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        let text = std::fs::read_to_string(&self.0).unwrap();
        Ok(SourceState {
            size: text.len() as u64,
            fingerprint: text,
            modified: None,
            trust: Trust::Never,
        })
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        Ok(Digest::of(&std::fs::read(&self.0).unwrap()))
    }

    fn pinned(&self) -> Option<Digest> {
        None
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        None
    }
}

type BodyFunction = fn(&StageContext, Arguments) -> BodyResult;

fn live<T: Artifact>(value: T) -> BodyResult {
    Ok(vec![Arc::new(value) as Live])
}

/// A stage; it lives as long as the test does.
fn stage(
    name: &'static str,
    kind: StageKind,
    inputs: &[(&'static str, ArtifactType)],
    output: ArtifactType,
    body: BodyFunction,
) -> &'static Stage {
    let inputs: Vec<InputSlot> = inputs
        .iter()
        .map(|(name, artifact)| InputSlot {
            name,
            artifact: *artifact,
            list: false,
        })
        .collect();
    let digest: &'static str = Box::leak(Digest::of(name.as_bytes()).hex().into_boxed_str());
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
            reach: digest,
            items: "",
            values: &[],
            foreign: "",
            coarse: None,
            files: "",
            lock: Some(digest),
        },
        inputs: Box::leak(inputs.into_boxed_slice()),
        outputs: Box::leak(Box::new([output])),
        file: "src/training.rs",
        line: 12,
        body: Body::Blocking(body),
    }))
}

fn call(stage: &'static Stage, inputs: Vec<InputSource>) -> Output {
    Output {
        node: Node::wire(stage, inputs),
        index: 0,
    }
}

fn reads(output: &Output) -> InputSource {
    InputSource::Output(output.clone())
}

fn parameter<T: Artifact>(value: T) -> InputSource {
    <T as Input<T>>::into_source(value)
}

/// `load(file) → clean → train(rate) → evaluate`; cleaning gives on what it got, as validations do.
pub(crate) fn churn(file: &Path, rate: f64, evaluate: BodyFunction) -> Graph {
    let rows = ArtifactType::of::<Rows>();
    let number = ArtifactType::of::<f64>();
    let load = stage(
        "load",
        StageKind::Ingest,
        &[("file", ArtifactType::of::<TestFile>())],
        rows,
        |_, mut arguments| {
            let file = arguments.shared::<TestFile>(0)?;
            let text = std::fs::read_to_string(&file.0)?;
            live(Rows(
                text.lines().map(str::parse).collect::<Result<_, _>>()?,
            ))
        },
    );
    let clean = stage(
        "clean",
        StageKind::Validate,
        &[("raw", rows)],
        rows,
        |_, mut arguments| {
            let rows = arguments.owned::<Rows>(0)?;
            let fit = rows.0.iter().all(|value| *value < 1000.0);
            note_report(|| judged(fit, rows.0.len() as u64));
            if fit {
                live(rows)
            } else {
                Err("the data break their contract".into())
            }
        },
    );
    let train = stage(
        "train",
        StageKind::Train,
        &[("clean", rows), ("rate", number)],
        number,
        |_, mut arguments| {
            let sum: f64 = arguments.shared::<Rows>(0)?.0.iter().sum();
            live(sum * *arguments.shared::<f64>(1)?)
        },
    );
    let evaluate = stage(
        "evaluate",
        StageKind::Evaluate,
        &[("model", number)],
        number,
        evaluate,
    );
    let raw = call(load, vec![parameter(TestFile(file.to_owned()))]);
    let clean = call(clean, vec![reads(&raw)]);
    let model = call(train, vec![reads(&clean), parameter(rate)]);
    let evaluation = call(evaluate, vec![reads(&model)]);
    let named = |output: Output| NamedOutput {
        name: output.node.stage().name.to_owned(),
        output,
    };
    Graph::new(vec![named(model), named(evaluation)]).unwrap()
}

/// A chain of calls of one stage, each adding one: long, and each link of another content.
pub(crate) fn chain(length: usize) -> Graph {
    let number = ArtifactType::of::<f64>();
    let add = stage(
        "add",
        StageKind::Plain,
        &[("number", number)],
        number,
        |_, mut arguments| live(*arguments.shared::<f64>(0)? + 1.0),
    );
    let mut last = call(add, vec![parameter(0.0)]);
    for _ in 1..length {
        last = call(add, vec![reads(&last)]);
    }
    Graph::new(vec![NamedOutput {
        name: "end".to_owned(),
        output: last,
    }])
    .unwrap()
}

/// What a contract would have said of the rows.
fn judged(fit: bool, rows: u64) -> StageReport {
    let assertion = |rule: &str, columns: &[&str], verdict: &str| Assertion {
        rule: rule.to_owned(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        verdict: verdict.to_owned(),
        severity: "critical".to_owned(),
        expected: "below 1000".to_owned(),
        found: "as it is".to_owned(),
        name: None,
    };
    StageReport {
        name: "churn".to_owned(),
        passed: fit,
        rows: Some(rows),
        text: "a line".to_owned(),
        assertions: vec![
            assertion("range", &["tenure"], if fit { "pass" } else { "fail" }),
            assertion("compare", &["a", "b"], "no_evidence"),
        ],
    }
}

pub(crate) fn good(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    live(*arguments.shared::<f64>(0)? / 2.0)
}

pub(crate) fn failing(_: &StageContext, _: Arguments) -> BodyResult {
    Err("the model is worse than none".into())
}

/// A store and a file of data beside it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    pub(crate) store: Store,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("customers.csv"), "1\n2\n4\n").unwrap();
        let store = Store::open(&folder.path().join("store"), StoreOptions::default()).unwrap();
        Self { folder, store }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("customers.csv")
    }

    /// Other data in the same file.
    pub(crate) fn change_data(&self, text: &str) {
        std::fs::write(self.data(), text).unwrap();
    }

    pub(crate) fn run(&self, graph: Graph) -> RunResult {
        let mut request = RunRequest::new("churn", graph, self.store.clone());
        request.code = Some(CodeState {
            commit: Some(COMMIT.to_owned()),
            dirty: Some(true),
            branch: Some("main".to_owned()),
            remote: Some("https://github.com/team/app.git".to_owned()),
        });
        request.parameters = serde_json::json!({ "train": { "rate": 0.5 } });
        request.environment.variables = vec![
            ("REGION".to_owned(), Some(Digest::of(b"eu"))),
            ("UNSET".to_owned(), None),
        ];
        request.run().unwrap()
    }

    /// The store as it is now, in another folder: what a killed process leaves.
    pub(crate) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(self.folder.path(), folder.path());
        let store = Store::open(&folder.path().join("store"), StoreOptions::default()).unwrap();
        Self { folder, store }
    }

    pub(crate) fn lineage_file(&self) -> PathBuf {
        self.store.folder().join("lineage/openlineage.jsonl")
    }

    /// Everything in the file, after it was brought up to date.
    pub(crate) fn events(&self) -> Vec<Value> {
        let report = deliver(&self.store, options());
        assert_eq!(report.warnings(), Vec::<String>::new());
        let text = std::fs::read_to_string(self.lineage_file()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// To the file, for runs under the profile that [`Place::run`] uses.
pub(crate) fn options() -> LineageOptions {
    LineageOptions {
        profile: "experiment".to_owned(),
        namespace: "growth".to_owned(),
        file: true,
        ..LineageOptions::default()
    }
}

/// Delivers what there is, with time for a collector that lives.
pub(crate) fn deliver(store: &Store, options: LineageOptions) -> LineageReport {
    let delivery = LineageDelivery::start(store, options).unwrap();
    delivery.finish(Duration::from_secs(20))
}

/// Run id and type: what a receiver knows an event by.
pub(crate) fn identity(event: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&event["run"]["runId"]), text(&event["eventType"]))
}

/// Job and type, for people.
pub(crate) fn said(event: &Value) -> String {
    format!(
        "{} {}",
        event["job"]["name"].as_str().unwrap(),
        event["eventType"].as_str().unwrap()
    )
}

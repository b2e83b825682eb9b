//! What a stage that does nothing costs: chains and fans of them, cold and cached, beside what the machine itself asks for.
//!
//! `cargo bench -p mlops-pipeline` prints a table; `-- --json` prints one object a line. The bound is measured in the same run
//! and the same kind of folder: for each stage one commit of SQLite and one file that is written and renamed.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program that measures and prints"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use mlops_core::{
    Arguments, Artifact, ArtifactType, Body, BodyResult, Code, Input, InputSlot, InputSource, Live,
    NamedOutput, Node, Output, Policy, Stage, StageContext, StageKind,
};
use mlops_pipeline::{Graph, RunRequest};
use mlops_store::{CodeState, Store, StoreOptions};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let as_json = arguments.iter().any(|argument| argument == "--json");
    let most = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix("--most=")?.parse().ok())
        .unwrap_or(usize::MAX);
    if !as_json {
        println!("microseconds per stage, the best of several runs");
        println!("shape  stages     cold   cached     plan    bound");
    }
    for (name, shape) in [("chain", chain as fn(usize) -> Graph), ("fan", fan)] {
        for size in SIZES.into_iter().filter(|size| *size <= most) {
            let measured = measure(shape, size);
            if as_json {
                let [cold, cached, plan, bound] = measured;
                println!(
                    r#"{{"tool":"mlops","shape":"{name}","stages":{size},"cold_us":{cold:.1},"cached_us":{cached:.1},"plan_us":{plan:.1},"bound_us":{bound:.1}}}"#
                );
            } else {
                print!("{name:<6} {size:>6}");
                measured.iter().for_each(|value| print!(" {value:>8.1}"));
                println!();
            }
        }
    }
}

/// Cold, cached, plan alone, bound: microseconds per stage.
fn measure(shape: fn(usize) -> Graph, size: usize) -> [f64; 4] {
    let rounds = (2_000 / size).clamp(2, 20);
    let mut best = [Duration::MAX; 4];
    for _ in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store"), StoreOptions::default()).unwrap();
        let run = |expected: &str| {
            let mut request = RunRequest::new("bench", shape(size), store.clone());
            request.code = Some(CodeState::default());
            let begun = Instant::now();
            let result = request.run().unwrap();
            let took = begun.elapsed();
            let count = match expected {
                "ran" => result.run.counts.ran,
                _ => result.run.counts.reused,
            };
            assert_eq!(
                count,
                result.calls.len() as u64,
                "{expected}: {:?}",
                result.run.counts
            );
            took
        };
        let cold = run("ran");
        let cached = run("reused");
        let request = RunRequest::new("bench", shape(size), store.clone());
        let begun = Instant::now();
        request.plan().unwrap();
        let plan = begun.elapsed();
        let bound = bound(folder.path(), size);
        for (best, took) in best.iter_mut().zip([cold, cached, plan, bound]) {
            *best = took.min(*best);
        }
    }
    best.map(|took| took.as_secs_f64() * 1e6 / size as f64)
}

/// One commit and one renamed file for each stage.
fn bound(folder: &Path, size: usize) -> Duration {
    let connection = rusqlite::Connection::open(folder.join("bound.sqlite")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE stage (id INTEGER PRIMARY KEY, body BLOB)",
        )
        .unwrap();
    let mut insert = connection
        .prepare("INSERT INTO stage (body) VALUES (?1)")
        .unwrap();
    let body = [7_u8; 1_000];
    let begun = Instant::now();
    for number in 0..size {
        let temporary = folder.join("temporary");
        std::fs::write(&temporary, body).unwrap();
        std::fs::rename(&temporary, folder.join(format!("{number}.result"))).unwrap();
        insert.execute([&body]).unwrap();
    }
    begun.elapsed()
}

fn add(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    let sum = *arguments.shared::<u64>(0)? + *arguments.shared::<u64>(1)?;
    Ok(vec![std::sync::Arc::new(sum) as Live])
}

fn stage() -> &'static Stage {
    let number = ArtifactType::of::<u64>();
    let input = |name| InputSlot {
        name,
        artifact: number,
        list: false,
    };
    Box::leak(Box::new(Stage {
        name: "add",
        path: "bench::add",
        package: "bench",
        description: "Adds two numbers.",
        kind: StageKind::Plain,
        owner: None,
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
            reach: "5f0e",
            items: "",
            values: &[],
            foreign: "",
            coarse: None,
            files: "",
            lock: Some("90ab"),
        },
        inputs: Box::leak(Box::new([input("left"), input("right")])),
        outputs: Box::leak(Box::new([number])),
        file: "src/bench.rs",
        line: 1,
        body: Body::Blocking(add),
    }))
}

fn call(stage: &'static Stage, left: InputSource, right: u64) -> Output {
    Output {
        node: Node::wire(stage, vec![left, parameter(right)]),
        index: 0,
    }
}

fn parameter<T: Artifact>(value: T) -> InputSource {
    <T as Input<T>>::into_source(value)
}

fn graph(outputs: impl IntoIterator<Item = Output>) -> Graph {
    let outputs = outputs
        .into_iter()
        .enumerate()
        .map(|(number, output)| NamedOutput {
            name: format!("add_{number}"),
            output,
        });
    Graph::new(outputs.collect()).unwrap()
}

/// Each call reads the one before.
fn chain(size: usize) -> Graph {
    let stage = stage();
    let mut last = call(stage, parameter(0_u64), 1);
    for _ in 1..size {
        last = call(stage, InputSource::Output(last), 1);
    }
    graph([last])
}

/// All calls but the first read the first.
fn fan(size: usize) -> Graph {
    let stage = stage();
    let first = call(stage, parameter(0_u64), 1);
    let leaves =
        (1..size as u64).map(|number| call(stage, InputSource::Output(first.clone()), number));
    graph(leaves.collect::<Vec<_>>())
}

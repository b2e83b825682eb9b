//! What a whole run costs, as a person waits for it: the process is started, the pipeline is planned, the stages run or are
//! reused, the process ends. The same chains and fans that `bench/pipelines` of the shared material writes for other tools.
//!
//! ```console
//! $ cargo bench -p mlops --bench pipelines -- [--n 10,100,1000,10000] [--repeat 5] [--peers FILE] [--json]
//! ```
//!
//! Beside each figure of ours stands a bound made in the same run and on the same disk: one committed transaction of SQLite
//! and one renamed file for each stage. `--peers` takes the JSON lines of other tools and adds them to the table, as ratios.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a bench prints, has files of its own, and stops at what is wrong"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use mlops::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The first value.
#[stage]
fn source(start: i64) -> i64 {
    start
}

/// One more than the value before.
#[stage]
fn add(value: i64, number: u64) -> i64 {
    // The number makes the calls of a fan differ.
    let _ = number;
    value + 1
}

/// The sum of all.
#[stage]
fn sum(values: &[i64]) -> i64 {
    values.iter().sum()
}

#[derive(Serialize, Deserialize)]
struct Work {
    n: u64,
    start: i64,
}

impl Default for Work {
    fn default() -> Self {
        Self { n: 1, start: 0 }
    }
}

fn chain(work: &Work) -> Handle<i64> {
    let mut value = source(work.start);
    for number in 1..work.n {
        value = add(value, number);
    }
    value
}

fn fan(work: &Work) -> Handle<i64> {
    let start = source(work.start);
    let values: Vec<_> = (0..work.n).map(|number| add(&start, number)).collect();
    sum(values)
}

/// What one measurement is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    shape: String,
    n: u64,
    measure: String,
}

struct Options {
    sizes: Vec<u64>,
    repeat: usize,
    peers: Option<String>,
    json: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments
        .get(1)
        .is_some_and(|first| first == "as-a-pipeline")
    {
        let line = std::iter::once(&arguments[0]).chain(&arguments[2..]);
        return mlops::app()
            .pipeline("chain", chain)
            .pipeline("fan", fan)
            .main_from(line);
    }
    measure_all(&options(&arguments));
    ExitCode::SUCCESS
}

fn options(arguments: &[String]) -> Options {
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let sizes = value("--n").unwrap_or_else(|| "10,100,1000,10000".to_owned());
    Options {
        sizes: sizes.split(',').map(|size| size.parse().unwrap()).collect(),
        repeat: value("--repeat").map_or(5, |text| text.parse().unwrap()),
        peers: value("--peers"),
        json: arguments.iter().any(|argument| argument == "--json"),
    }
}

fn measure_all(options: &Options) {
    let mut ours = BTreeMap::new();
    let folder = tempfile::tempdir().unwrap();
    let mut keep = |shape: &str, n: u64, measure: &str, seconds: f64| {
        if options.json {
            println!(
                "{}",
                json!({ "tool": "mlops", "shape": shape, "n": n, "measure": measure, "seconds": seconds })
            );
        }
        let case = Case {
            shape: shape.to_owned(),
            n,
            measure: measure.to_owned(),
        };
        ours.insert(case, seconds);
    };
    keep(
        "chain",
        1,
        "start",
        median(options.repeat, || help(folder.path())),
    );
    for &n in &options.sizes {
        let repeat = if n >= 1000 {
            options.repeat.min(3)
        } else {
            options.repeat
        };
        for shape in ["chain", "fan"] {
            let cold = median(repeat, || {
                let fresh = tempfile::tempdir_in(folder.path()).unwrap();
                run(shape, n, fresh.path(), false)
            });
            keep(shape, n, "cold", cold);
            let kept = tempfile::tempdir_in(folder.path()).unwrap();
            run(shape, n, kept.path(), false);
            keep(
                shape,
                n,
                "cached",
                median(repeat, || run(shape, n, kept.path(), true)),
            );
        }
        keep(
            "bound",
            n,
            "cold",
            median(repeat, || bound(n, folder.path())),
        );
    }
    if !options.json {
        print!("{}", table(&ours, &options.sizes));
        if let Some(file) = &options.peers {
            print!("{}", peers(&ours, &std::fs::read_to_string(file).unwrap()));
        }
    }
}

fn median(repeat: usize, mut once: impl FnMut() -> f64) -> f64 {
    let mut seconds: Vec<f64> = (0..repeat).map(|_| once()).collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .current_dir(folder)
        .env_remove("MLOPS_PROFILE")
        .env_remove("RUST_LOG")
        .env("MLOPS_STORE", folder.join("store"))
        .arg("as-a-pipeline")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// How long the program takes to start, read its arguments and end.
fn help(folder: &Path) -> f64 {
    let begun = Instant::now();
    let output = program(folder).arg("--help").output().unwrap();
    assert!(output.status.success());
    begun.elapsed().as_secs_f64()
}

/// One whole process; the answer is checked, and what ran.
fn run(shape: &str, n: u64, folder: &Path, cached: bool) -> f64 {
    let begun = Instant::now();
    let output = program(folder)
        .args([shape, "--json", "--set", &format!("n={n}")])
        .output()
        .unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let text = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let calls = if shape == "fan" { n + 2 } else { n };
    let (ran, reused) = if cached { (0, calls) } else { (calls, 0) };
    assert_eq!(last["outcome"], "succeeded", "{last}");
    assert_eq!(
        (&last["ran"], &last["reused"]),
        (&json!(ran), &json!(reused)),
        "{last}"
    );
    seconds
}

/// What no tool that keeps each stage's result as a file and a row can go below.
fn bound(n: u64, folder: &Path) -> f64 {
    let folder = tempfile::tempdir_in(folder).unwrap();
    let database = rusqlite::Connection::open(folder.path().join("bound.db")).unwrap();
    database.pragma_update(None, "journal_mode", "wal").unwrap();
    database
        .pragma_update(None, "synchronous", "normal")
        .unwrap();
    database
        .execute(
            "CREATE TABLE result (id INTEGER PRIMARY KEY, body BLOB)",
            [],
        )
        .unwrap();
    let begun = Instant::now();
    let mut insert = database
        .prepare("INSERT INTO result (body) VALUES (?)")
        .unwrap();
    for number in 0..n {
        let written = folder.path().join("new");
        std::fs::write(&written, number.to_le_bytes()).unwrap();
        std::fs::rename(&written, folder.path().join(number.to_string())).unwrap();
        insert.execute([&number.to_le_bytes()[..]]).unwrap();
    }
    begun.elapsed().as_secs_f64()
}

fn table(ours: &BTreeMap<Case, f64>, sizes: &[u64]) -> String {
    let get = |shape: &str, n: u64, measure: &str| {
        ours[&Case {
            shape: shape.to_owned(),
            n,
            measure: measure.to_owned(),
        }]
    };
    let mut text = format!(
        "start to end of `--help`: {:.1} ms\n\n",
        get("chain", 1, "start") * 1e3
    );
    text.push_str("| stages | chain cold | chain cached | fan cold | fan cached | bound | chain cold ÷ bound |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for &n in sizes {
        let each = |shape: &str, measure: &str| {
            let seconds = get(shape, n, measure);
            format!("{:.3} s ({:.0} µs each)", seconds, seconds * 1e6 / n as f64)
        };
        text.push_str(&format!(
            "| {n} | {} | {} | {} | {} | {} | {:.1} |\n",
            each("chain", "cold"),
            each("chain", "cached"),
            each("fan", "cold"),
            each("fan", "cached"),
            each("bound", "cold"),
            get("chain", n, "cold") / get("bound", n, "cold"),
        ));
    }
    text
}

/// Other tools' figures, each divided by ours.
fn peers(ours: &BTreeMap<Case, f64>, lines: &str) -> String {
    let mut text = String::from(
        "\n| tool | shape | stages | measure | seconds | ÷ ours |\n|---|---|---|---|---|---|\n",
    );
    for line in lines.lines() {
        let Ok(row) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let case = Case {
            shape: word("shape"),
            n: row["n"].as_u64().unwrap_or_default(),
            measure: word("measure"),
        };
        if let (Some(seconds), Some(our)) = (row["seconds"].as_f64(), ours.get(&case)) {
            text.push_str(&format!(
                "| {} {} | {} | {} | {} | {seconds:.3} | {:.0} |\n",
                word("tool"),
                word("version"),
                case.shape,
                case.n,
                case.measure,
                seconds / our
            ));
        }
    }
    text
}

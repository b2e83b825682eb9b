//! What a one-line edit costs in a package of 30,000 lines: from saving a helper to the end of the run that re-runs the one
//! stage that reaches it, and what of that is the macro's.
//!
//! ```console
//! $ cargo bench -p mlops --bench edit
//! ```
//!
//! The package is made for it and built in the debug profile, as a person would, beside the same package without the stage: the
//! difference between the two is what a stage costs a build.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench prints, makes files, and stops at what is wrong"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const MODULES: usize = 30;
const FUNCTIONS: usize = 110;
const ROUNDS: usize = 5;

fn main() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let folder = workspace.join("target/bench-edit");
    let with = make(&workspace, &folder.join("with"), true);
    let without = make(&workspace, &folder.join("without"), false);
    let lines: usize = sources(&with)
        .iter()
        .map(|(_, text)| text.lines().count())
        .sum();
    println!(
        "a package of {lines} lines in {} files, median of {ROUNDS} edits",
        MODULES + 1
    );
    for package in [&with, &without] {
        cargo(package, &["build", "--quiet"], &[]);
    }
    // What an earlier bench kept would be reused.
    drop(std::fs::remove_dir_all(store(&with)));
    run(&with);

    let mut figures: Vec<[Duration; 5]> = Vec::new();
    for round in 1..=ROUNDS {
        let checked = |package: &Path| {
            edit(package, round * 2);
            let begun = Instant::now();
            let output = cargo(
                package,
                &["check", "--quiet"],
                &[("MLOPS_DEBUG_MACRO", "time")],
            );
            (begun.elapsed(), ours(&output))
        };
        let (check, macro_check) = checked(&with);
        let (check_without, _) = checked(&without);
        edit(&with, round * 2 + 1);
        let begun = Instant::now();
        let output = cargo(
            &with,
            &["build", "--quiet"],
            &[("MLOPS_DEBUG_MACRO", "time")],
        );
        let last = run(&with);
        let whole = begun.elapsed();
        assert!(last.contains("1 ran"), "{last}");
        figures.push([check, check_without, macro_check, whole, ours(&output)]);
    }
    let names = [
        "cargo check after the edit",
        "the same without a stage",
        "of it, finding out what the stage reaches",
        "edit to the end of the run",
        "of it, finding out what the stage reaches",
    ];
    for (at, name) in names.iter().enumerate() {
        let mut times: Vec<Duration> = figures.iter().map(|figures| figures[at]).collect();
        times.sort_unstable();
        println!(
            "{name:<45} {:>8.0} ms",
            times[ROUNDS / 2].as_secs_f64() * 1e3
        );
    }
}

/// A package of many modules, one of which the stage reaches.
fn make(workspace: &Path, folder: &Path, with_stage: bool) -> PathBuf {
    std::fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"large\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nmlops = {{ path = {:?} }}\n[profile.dev]\ndebug = \"line-tables-only\"\n[workspace]\n",
        workspace.join("crates/mlops")
    );
    write(&folder.join("Cargo.toml"), &manifest);
    std::fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut main = String::from("#![allow(dead_code)]\nuse mlops::prelude::*;\n");
    for module in 0..MODULES {
        let _ = writeln!(main, "mod part{module};");
        write(&folder.join(format!("src/part{module}.rs")), &part(module));
    }
    let attribute = if with_stage { "#[stage]\n" } else { "" };
    let _ = writeln!(
        main,
        "/// Reaches one chain of helpers.\n{attribute}fn answer(start: u64) -> u64 {{ part7::entry(start) }}"
    );
    main.push_str(match with_stage {
        true => "fn main() -> ExitCode { mlops::app().pipeline(\"large\", || answer(1)).main() }\n",
        false => "fn main() -> ExitCode { println!(\"{}\", answer(1)); ExitCode::SUCCESS }\n",
    });
    write(&folder.join("src/main.rs"), &main);
    folder.to_owned()
}

/// A module of about a thousand lines: types with methods, and functions that call the next.
fn part(module: usize) -> String {
    let mut text = format!(
        "//! Part {module}.\npub fn entry(start: u64) -> u64 {{ helper(start) + step0(start) }}\n\n/// What the edits change.\nfn helper(start: u64) -> u64 {{\n    start + 0\n}}\n\n"
    );
    for function in 0..FUNCTIONS {
        let next = function + 1;
        let _ = writeln!(
            text,
            "/// A record.\n#[derive(Debug, Clone, Default)]\npub struct Record{function} {{\n    pub value: u64,\n}}\n\nimpl Record{function} {{\n    pub fn new(value: u64) -> Self {{ Self {{ value }} }}\n}}\n\nfn step{function}(x: u64) -> u64 {{ step{next}(Record{function}::new(x).value) }}\n"
        );
    }
    let _ = writeln!(text, "fn step{FUNCTIONS}(x: u64) -> u64 {{\n    x\n}}");
    text
}

fn edit(package: &Path, number: usize) {
    let path = package.join("src/part7.rs");
    let text = std::fs::read_to_string(&path).unwrap();
    let at = text.find("    start + ").unwrap();
    let end = at + text[at..].find('\n').unwrap();
    write(
        &path,
        &format!("{}    start + {number}{}", &text[..at], &text[end..]),
    );
}

fn sources(package: &Path) -> Vec<(PathBuf, String)> {
    let files = std::fs::read_dir(package.join("src")).unwrap();
    files
        .map(|file| file.unwrap().path())
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn cargo(package: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .env("CARGO_INCREMENTAL", "1")
        .envs(variables.iter().copied())
        .args(arguments)
        .arg("--offline")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// What the macro says of its own time.
fn ours(output: &Output) -> Duration {
    let text = String::from_utf8_lossy(&output.stderr);
    // Cargo says again what was said when the crates below were compiled.
    let times = text
        .lines()
        .filter_map(|line| line.strip_prefix("mlops: `answer`"));
    let micros = times.filter_map(|line| line.rsplit(" ").nth(1)?.parse::<u64>().ok());
    Duration::from_micros(micros.sum())
}

fn store(package: &Path) -> PathBuf {
    package.join("target/store")
}

/// The last line of a run.
fn run(package: &Path) -> String {
    let output = Command::new(package.join("target/debug/large"))
        .current_dir(package)
        .env("MLOPS_STORE", store(package))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.lines().last().unwrap_or_default().to_owned()
}

fn write(path: &Path, text: &str) {
    // A file that is as it should be keeps its time.
    if std::fs::read_to_string(path).ok().as_deref() != Some(text) {
        std::fs::write(path, text).unwrap();
    }
}

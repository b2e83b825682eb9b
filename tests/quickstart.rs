//! The quickstart does what README promises.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The program, built once.
fn quickstart() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--offline", "--example", "quickstart"])
            .current_dir(root())
            .status();
        assert!(built.unwrap().success());
        let target = Path::new(env!("CARGO_BIN_EXE_churn")).parent().unwrap();
        target.join("examples/quickstart")
    })
}

/// Runs it in a folder of its own, and returns the objects that it prints.
fn run(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(quickstart())
        .args(arguments)
        .current_dir(folder)
        .env_remove("MLOPS_PROFILE")
        .env_remove("MLOPS_STORE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A metric of a stage in the last run.
fn metric(folder: &Path, stage: &str, name: &str) -> f64 {
    let shown = run(folder, &["show", "latest", "--json"]);
    let stage = shown.iter().find(|line| line["stage"] == stage).unwrap();
    let metrics = stage["metrics"].as_array().unwrap();
    let metric = metrics
        .iter()
        .find(|metric| metric["name"] == name)
        .unwrap();
    metric["value"].as_f64().unwrap()
}

#[test]
fn the_second_run_of_the_quickstart_does_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = run(folder.path(), &["--json"]).pop().unwrap();
    assert_eq!(
        (&first["ran"], &first["outcome"]),
        (&6.into(), &"succeeded".into())
    );
    let second = run(folder.path(), &["--json"]).pop().unwrap();
    assert_eq!((&second["ran"], &second["reused"]), (&0.into(), &6.into()));
    assert!((0.75..0.90).contains(&metric(folder.path(), "evaluate", "test/auc")));
}

/// 7,043 customers, of whom eleven have not been billed yet.
#[cfg(feature = "conformance")]
#[test]
fn the_telco_customers_go_through_unchanged_and_their_model_is_in_the_usual_range() {
    let shared =
        std::env::var_os("MLOPS_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let file = shared.join("data/telco_churn.csv");
    assert!(file.is_file(), "there is no {}", file.display());
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &["--data", file.to_str().unwrap(), "--json"]);
    assert_eq!(run.last().unwrap()["outcome"], "succeeded");
    assert_eq!(metric(folder.path(), "validate", "customers"), 7043.0);
    assert_eq!(
        metric(folder.path(), "validate", "customers/unbilled"),
        11.0
    );
    let auc = metric(folder.path(), "evaluate", "test/auc");
    assert!((0.83..=0.86).contains(&auc), "{auc}");
}

#[test]
fn readme_shows_the_quickstart_as_it_is() {
    let program = std::fs::read_to_string(root().join("examples/quickstart/main.rs")).unwrap();
    let shown = program
        .split_once("// README: from here\n")
        .and_then(|(_, rest)| rest.split_once("// README: to here\n"))
        .map(|(shown, _)| shown)
        .unwrap();
    let training = std::fs::read_to_string(root().join("examples/quickstart/training.rs")).unwrap();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks: Vec<&str> = readme
        .split("```rust\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    let [stage, pipeline] = blocks[..] else {
        panic!(
            "README has {} blocks of Rust, not a stage and a pipeline",
            blocks.len()
        );
    };
    assert!(
        training.contains(stage.trim_end()),
        "the stage differs:\n{stage}"
    );
    assert_eq!(pipeline, shown);
}

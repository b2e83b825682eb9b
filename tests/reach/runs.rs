//! The template's program, run as a person would run it: on a store that holds what was made before, and on an empty one.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::edit::Edit;
use super::project::{place, target};
use super::verdict::{Done, Observed, Results, Verdict, judge};

/// What the program made before any edit.
pub(crate) struct Before {
    results: Results,
    paths: BTreeMap<String, String>,
}

impl Before {
    /// Runs the program on an empty store, to which every edit is compared.
    pub(crate) fn of(program: &Path) -> Result<Self, String> {
        remove(&store("before"));
        let mut before = Self {
            results: Results::new(),
            paths: BTreeMap::new(),
        };
        for line in stages(&run(program, &["run"], "before")?) {
            let name = text(&line["stage"]).to_owned();
            before.results.insert(name.clone(), outputs(line));
            before.paths.insert(name, text(&line["path"]).to_owned());
        }
        Ok(before)
    }

    /// Judges an edit by two programs: the one that meets the store from before it, and the one that meets an empty store.
    /// Only where a fault is planted are they not the same.
    pub(crate) fn judge(&self, edit: &Edit, warm: &Path, fresh: &Path) -> Result<Verdict, String> {
        let observed = self.observe(warm, fresh)?;
        Ok(judge(&edit.reach, &self.paths, &observed))
    }

    fn observe(&self, warm: &Path, fresh: &Path) -> Result<Observed, String> {
        remove(&store("warm"));
        copy(&store("before"), &store("warm"));
        remove(&store("fresh"));
        let mut observed = Observed {
            before: self.results.clone(),
            ..Observed::default()
        };
        for line in run(warm, &["plan"], "warm")? {
            let name = text(&line["stage"]).to_owned();
            let reasons = line["reasons"].as_array();
            if reasons.is_some_and(|reasons| reasons.iter().any(is_coarse)) {
                observed.coarse.insert(name.clone());
            }
            match text(&line["decision"]) {
                "run" => _ = observed.foretold.insert(name),
                "depends" => _ = observed.open.insert(name),
                _ => {}
            }
        }
        for line in stages(&run(warm, &["run"], "warm")?) {
            let done = Done {
                ran: line["outcome"] == "ran",
                outputs: outputs(line),
            };
            observed.warm.insert(text(&line["stage"]).to_owned(), done);
        }
        observed.fresh = stages(&run(fresh, &["run"], "fresh")?)
            .map(|line| (text(&line["stage"]).to_owned(), outputs(line)))
            .collect();
        Ok(observed)
    }
}

/// Whether a reason says that a stage's whole package counts, because something in it could not be seen.
fn is_coarse(reason: &Value) -> bool {
    text(&reason["item"]) == "every source of the package"
}

/// Runs a program on a store; returns the objects that it prints.
fn run(program: &Path, arguments: &[&str], on: &str) -> Result<Vec<Value>, String> {
    let mut command = Command::new(program);
    for variable in ["MLOPS_PROFILE", "MLOPS_STORE", "RUST_LOG"] {
        command.env_remove(variable);
    }
    let output = command
        .args(arguments)
        .arg("--json")
        .arg("--store")
        .arg(store(on))
        .current_dir(place().join("project"))
        .env("LD_LIBRARY_PATH", libraries())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` failed:\n{said}", arguments.join(" ")));
    }
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}")))
        .collect()
}

/// Where the shared library of the template is, before the folders in which Cargo lets a test look.
fn libraries() -> OsString {
    let given = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let own = [target().join("debug"), target().join("debug/deps")];
    let all = own.into_iter().chain(std::env::split_paths(&given));
    std::env::join_paths(all).unwrap()
}

fn store(name: &str) -> PathBuf {
    place().join("stores").join(name)
}

fn stages(lines: &[Value]) -> impl Iterator<Item = &Value> {
    lines.iter().filter(|line| line["event"] == "stage")
}

fn outputs(line: &Value) -> Vec<String> {
    let outputs = line["outputs"].as_array();
    outputs
        .into_iter()
        .flatten()
        .map(|output| text(output).to_owned())
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn remove(folder: &Path) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            std::fs::copy(&path, &copied).unwrap();
        }
    }
}

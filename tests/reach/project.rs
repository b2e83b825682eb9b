//! The template on disk, built by Cargo, and its program, run as a person would run it.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::edit::Edit;
use super::template::{LOCK, Template};
use super::verdict::{Done, Observed, Results, Verdict, judge};

/// Which program meets the store that holds what was made before the edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Second {
    /// The one that was built after the edit.
    Edited,
    /// The one from before it: as if keys saw nothing of the edit.
    Blind,
}

/// The workspace, what it made before any edit, and where.
pub(crate) struct Project {
    /// What the workspace's folder holds at present.
    present: Template,
    /// What it holds before every edit.
    pristine: Template,
    before: Results,
    paths: BTreeMap<String, String>,
    folder: PathBuf,
    /// Two processes must not edit the same files.
    _alone: std::fs::File,
}

/// This repository's target folder: the crates of others are built as for its own tests, so they are there already.
fn target() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_churn"))
        .ancestors()
        .nth(2)
        .expect("a program lies in the target folder")
}

/// What all files of this suite are in. It is always the same place, so that what Cargo keeps of it does not pile up.
pub(crate) fn place() -> PathBuf {
    target().join("tests/reach")
}

/// What Cargo builds.
fn program() -> PathBuf {
    target().join("debug/survey")
}

/// What it built before any edit.
fn blind() -> PathBuf {
    place().join("survey-before")
}

impl Project {
    /// Writes the template, builds it, and runs it on an empty store, to which every edit is compared.
    pub(crate) fn new() -> Result<Self, String> {
        let folder = place().join("project");
        std::fs::create_dir_all(place()).unwrap();
        let alone = std::fs::File::create(place().join("alone")).unwrap();
        alone.lock().unwrap();
        remove(&folder);
        let template = Template::read();
        template.write(&folder, None);
        let mut project = Self {
            present: template.clone(),
            pristine: template,
            before: Results::new(),
            paths: BTreeMap::new(),
            folder,
            _alone: alone,
        };
        project.build(&[], &[])?;
        // Cargo has left out of it what nobody needs.
        let locked = std::fs::read_to_string(project.folder.join(LOCK)).unwrap();
        *project.pristine.text(LOCK)? = locked;
        project.present = project.pristine.clone();
        std::fs::copy(program(), blind()).unwrap();
        remove(&project.store("before"));
        let lines = project.run(&program(), &["run"], "before")?;
        for line in stages(&lines) {
            let name = text(&line["stage"]).to_owned();
            project.before.insert(name.clone(), outputs(line));
            project.paths.insert(name, text(&line["path"]).to_owned());
        }
        Ok(project)
    }

    /// Whether an edit can be applied to the pristine template.
    pub(crate) fn fits(&self, edit: &Edit) -> bool {
        edit.applied(&self.pristine).is_ok()
    }

    /// Applies an edit to the pristine template, builds it, and runs it on both stores.
    pub(crate) fn judge(&mut self, edit: &Edit, second: Second) -> Result<Verdict, String> {
        let edited = edit.applied(&self.pristine)?;
        edited.write(&self.folder, Some(&self.present));
        self.present = edited;
        let built = self.build(&edit.features, &edit.variables);
        // Cargo may have added to the lock file what a raised version needs.
        let locked = std::fs::read_to_string(self.folder.join(LOCK)).unwrap();
        *self.present.text(LOCK)? = locked;
        built?;
        let observed = self.observe(second)?;
        Ok(judge(&edit.reach, &self.paths, &observed))
    }

    fn observe(&self, second: Second) -> Result<Observed, String> {
        let warm = match second {
            Second::Edited => program(),
            Second::Blind => blind(),
        };
        remove(&self.store("warm"));
        copy(&self.store("before"), &self.store("warm"));
        remove(&self.store("fresh"));
        let mut observed = Observed {
            before: self.before.clone(),
            ..Observed::default()
        };
        for line in self.run(&warm, &["plan"], "warm")? {
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
        for line in stages(&self.run(&warm, &["run"], "warm")?) {
            let done = Done {
                ran: line["outcome"] == "ran",
                outputs: outputs(line),
            };
            observed.warm.insert(text(&line["stage"]).to_owned(), done);
        }
        let fresh = self.run(&program(), &["run"], "fresh")?;
        observed.fresh = stages(&fresh)
            .map(|line| (text(&line["stage"]).to_owned(), outputs(line)))
            .collect();
        Ok(observed)
    }

    fn store(&self, name: &str) -> PathBuf {
        place().join("stores").join(name)
    }

    fn build(&self, features: &[&str], variables: &[(&str, &str)]) -> Result<(), String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["build", "--offline", "--quiet", "--package", "survey"])
            .arg("--target-dir")
            .arg(target())
            .arg(format!("--features={}", features.join(",")))
            .current_dir(&self.folder)
            // Each edit is small, and what did not change need not be built again.
            .env("CARGO_INCREMENTAL", "1")
            .envs(variables.iter().copied());
        // Build scripts that ask for these would run again whenever it is not a test that starts Cargo.
        for (name, _) in std::env::vars_os() {
            let of_this_test = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_EXE_"];
            let shown = name.to_string_lossy();
            if of_this_test.iter().any(|prefix| shown.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        let output = command.output().unwrap();
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let begin = said.find("error").unwrap_or_default();
        Err(format!("it does not build:\n{}", &said[begin..]))
    }

    /// Runs a program on a store; returns the objects that it prints.
    fn run(&self, program: &Path, arguments: &[&str], store: &str) -> Result<Vec<Value>, String> {
        let mut command = Command::new(program);
        for variable in ["MLOPS_PROFILE", "MLOPS_STORE", "RUST_LOG"] {
            command.env_remove(variable);
        }
        let output = command
            .args(arguments)
            .arg("--json")
            .arg("--store")
            .arg(self.store(store))
            .current_dir(&self.folder)
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
}

/// Whether a reason says that a stage's whole package counts, because something in it could not be seen.
fn is_coarse(reason: &Value) -> bool {
    text(&reason["item"]) == "every source of the package"
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

//! A temporary project in which the program of `bin/churn.rs` runs as a person would run it.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The project's `mlops.toml`, where a test does not say otherwise.
const CONFIGURATION: &str = "default_pipeline = \"churn\"\n";

/// An example, as `cargo run --example` would start it.
pub(crate) fn example(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--offline", "--example", name])
        .current_dir(root)
        .status();
    assert!(built.unwrap().success());
    let target = Path::new(env!("CARGO_BIN_EXE_churn")).parent().unwrap();
    target.join("examples").join(name)
}

pub(crate) struct Project {
    folder: tempfile::TempDir,
    program: &'static str,
}

/// What a command ended with.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    /// The names of the stages that were executed, in the order in which they began.
    pub(crate) executed: Vec<String>,
}

impl Project {
    /// A project with some customers.
    pub(crate) fn new() -> Self {
        let project = Self::of(env!("CARGO_BIN_EXE_churn"));
        project.write("mlops.toml", CONFIGURATION);
        project.write("customers.txt", "1\n2\n3\n-4\n5\n6\n");
        project
    }

    /// An empty project in which another program runs.
    pub(crate) fn of(program: &'static str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            program,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(self.program, arguments)
    }

    fn command_of(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for variable in ["MLOPS_PROFILE", "MLOPS_STORE", "RUST_LOG", "FAIL", "SLOW"] {
            command.env_remove(variable);
        }
        command
            .current_dir(self.folder())
            .env("EXECUTION_LOG", self.path("executed.log"))
            .env("STEP_LOG", self.path("steps.log"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .args(arguments);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[])
    }

    /// Runs another program in this project.
    pub(crate) fn run_by(&self, program: &str, arguments: &[&str]) -> Ended {
        self.end(self.command_of(program, arguments).output().unwrap())
    }

    /// The same, with variables in its environment.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        self.end(
            self.command(arguments)
                .envs(variables.iter().copied())
                .output()
                .unwrap(),
        )
    }

    /// Starts the program, and waits until this stage is executed.
    pub(crate) fn start_until(
        &self,
        stage: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Child {
        let child = self
            .command(arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !self.log("executed.log").iter().any(|name| name == stage) {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "`{stage}` never began"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        child
    }

    /// What became of a child.
    pub(crate) fn wait(&self, child: Child) -> Ended {
        self.end(child.wait_with_output().unwrap())
    }

    fn end(&self, output: Output) -> Ended {
        let executed = self.log("executed.log");
        let _ = std::fs::remove_file(self.path("executed.log"));
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            executed,
        }
    }

    /// The lines of a log that stages write.
    pub(crate) fn log(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// All that the last run recorded, by `show --json`.
    pub(crate) fn last_run(&self) -> Vec<Value> {
        let shown = self.run(&["show", "latest", "--json"]);
        assert_eq!(shown.code, Some(0), "{shown:?}");
        shown.json()
    }

    /// What is recorded of a stage in the last run.
    pub(crate) fn last_stage(&self, name: &str) -> Value {
        let found = self
            .last_run()
            .into_iter()
            .find(|line| line["stage"] == name);
        found.unwrap_or_else(|| panic!("the last run has no stage `{name}`"))
    }
}

impl Ended {
    /// The JSON objects on standard output; everything there must be one.
    pub(crate) fn json(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    /// Asserts that the program did what it was asked to.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self
    }

    /// The stages that were executed, sorted: independent ones start in any order.
    pub(crate) fn ran(&self) -> Vec<&str> {
        let mut ran: Vec<&str> = self.executed.iter().map(String::as_str).collect();
        ran.sort_unstable();
        ran
    }
}

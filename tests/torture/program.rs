//! The pipeline binary as a person starts it: in a folder of its own, with a witness outside the store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// How many calls the pipeline has.
pub(super) const CALLS: usize = 16;

/// A folder with a store, or with the place for one.
#[derive(Debug)]
pub(super) struct Place {
    folder: TempDir,
}

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// The exit code; nothing after a signal.
    pub(super) code: Option<i32>,
    /// The lines of standard output that are JSON.
    pub(super) lines: Vec<Value>,
    /// Standard output, whole.
    pub(super) said: String,
    /// Standard error.
    pub(super) told: String,
}

/// The outputs of every call by its name.
pub(super) type Answer = BTreeMap<String, Value>;

impl Place {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn store(&self) -> PathBuf {
        self.folder().join("store")
    }

    /// What the witness saw: process and what it said, in order.
    pub(super) fn log(&self) -> Vec<(u32, String)> {
        let text = std::fs::read_to_string(self.folder().join("log")).unwrap_or_default();
        text.lines()
            .map(|line| {
                let (process, said) = line.split_once(' ').unwrap();
                (process.parse().unwrap(), said.to_owned())
            })
            .collect()
    }

    /// How often each call was begun, by whomever.
    pub(super) fn executions(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (_, said) in self.log() {
            if let Some(call) = said.strip_prefix("begin ") {
                *counts.entry(call.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    /// The program with these arguments.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_torture"));
        self.settle(&mut command);
        command.args(arguments);
        command
    }

    /// Gives a command this place's folder, store and witness, and nothing of the surroundings' settings.
    pub(super) fn settle(&self, command: &mut Command) {
        command
            .current_dir(self.folder())
            .env_remove("MLOPS_PROFILE")
            .env("MLOPS_STORE", self.store())
            .env("NO_COLOR", "1")
            .env("TORTURE_LOG", self.folder().join("log"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }

    /// Starts a round at an easy pace, and kills it as soon as the witness hears this.
    pub(super) fn kill_when(&self, round: u64, heard: &str) {
        let mut command = self.command(&["run", "--json", "--set", &format!("round={round}")]);
        let mut child = command.env("TORTURE_PACE", "10").spawn().unwrap();
        let heard = (child.id(), heard.to_owned());
        while !self.log().contains(&heard) {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Runs the program to its end.
    pub(super) fn call(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs a round of the pipeline to its end.
    pub(super) fn run(&self, round: u64) -> Ended {
        self.call(&["run", "--json", "--set", &format!("round={round}")])
    }

    /// The pipeline on a store whose writes can be refused or delayed.
    pub(super) fn direct(&self, round: u64) -> Command {
        let mut command = self.command(&[]);
        command.env("TORTURE_DIRECT", round.to_string());
        command
    }
}

impl Ended {
    pub(super) fn of(output: std::process::Output) -> Self {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Self {
            code: output.status.code(),
            lines: said
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect(),
            said,
            told: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What the run gave, when all of it was there at the end.
    pub(super) fn answer(&self) -> Option<Answer> {
        let answer: Answer = self
            .lines
            .iter()
            .filter(|line| line["event"] == "stage")
            .filter(|line| line["outcome"] == "ran" || line["outcome"] == "reused")
            .map(|line| (line["stage"].to_string(), line["outputs"].clone()))
            .collect();
        (self.code == Some(0) && answer.len() == CALLS).then_some(answer)
    }

    /// A number of the run's last line.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        let line = self.lines.iter().find(|line| line["event"] == "run")?;
        line[name].as_u64()
    }

    /// The code and the next step of the error that it ended with: its own, or that of a stage which could not go on.
    pub(super) fn error(&self) -> Option<(&str, &str)> {
        if let Some(line) = self.lines.iter().find(|line| line["event"] == "error") {
            return Some((line["code"].as_str()?, line["help"].as_str()?));
        }
        let failed = self.lines.iter().find(|line| line["outcome"] == "failed")?;
        failed["error"].as_str()?.lines().last()?.split_once(": ")
    }
}

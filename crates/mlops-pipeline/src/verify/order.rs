//! What a process is told that runs one call of a stage apart, and what it answers.
#![expect(
    clippy::disallowed_methods,
    reason = "orders and answers are notes between two processes, in a scratch folder; no data of anybody"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use mlops_core::Digest;
use mlops_store::{ArtifactReference, Metric};
use serde::{Deserialize, Serialize};

use super::allowed::Allowed;
use super::cause::Cause;

/// One call of a stage, to be run apart in a process of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// By which words the program finds its pipeline again; nobody here reads them.
    pub wiring: serde_json::Value,
    /// The call's number in the graph.
    pub(super) call: usize,
    /// The call's identity: the graph there must be the graph here.
    pub(super) identity: Digest,
    /// The stage's path, for messages.
    pub(super) stage: String,
    /// The key, from which the seed comes.
    pub(super) key: Digest,
    /// What the calls made that this one needs.
    pub(super) made: BTreeMap<usize, Vec<Digest>>,
    /// The store with the inputs.
    pub(super) store: PathBuf,
    /// The store for what is made.
    pub(super) scratch: PathBuf,
    /// The folder of this run.
    pub(super) folder: PathBuf,
    /// What shall be the same each time.
    pub(super) still: BTreeSet<Cause>,
    /// What the stage may touch, if it is shut in.
    pub(super) allowed: Option<Allowed>,
    /// Whether the process lets its parent trace it.
    pub(super) traced: bool,
    /// The process that gave the order: without it nobody wants an answer.
    pub(super) given_by: u32,
    /// When the sources were looked at.
    pub(super) began: Timestamp,
}

/// What came of an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) outputs: Vec<ArtifactReference>,
    pub(super) metrics: Vec<Metric>,
    pub(super) notes: Vec<String>,
    /// Why the stage failed.
    pub(super) error: Option<String>,
    /// Why it was not even tried.
    pub(super) impossible: Option<Impossible>,
    pub(super) seconds: f64,
    /// Threads that there were before the stage began.
    pub(super) threads_before: u32,
    /// Whether the stage asked for the present moment.
    pub(super) asked_time: bool,
    /// Whether the sandbox refuses connections, if there was one.
    pub(super) refuses_connections: Option<bool>,
}

/// Why a call could not be run apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Impossible {
    /// The system does not let it be traced.
    Trace(String),
    /// The kernel has no sandbox.
    Sandbox(String),
    /// The pipeline is another one there.
    OtherPipeline,
    /// An input cannot be read, or a store not opened.
    Inputs(String),
}

const ORDER: &str = "order.json";
const ANSWER: &str = "answer.json";

impl Order {
    /// Reads an order.
    ///
    /// # Errors
    /// The file is not there, or is no order.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Writes the order into its folder; returns where it is.
    pub(super) fn write(&self) -> io::Result<PathBuf> {
        std::fs::create_dir(&self.folder)?;
        let path = self.path();
        std::fs::write(&path, serde_json::to_vec(self)?)?;
        Ok(path)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(ORDER)
    }

    /// The path that the process looks at when the stage begins.
    pub(super) fn begin(&self) -> PathBuf {
        self.folder.join("begin")
    }

    /// The path that the process looks at when the stage has ended.
    pub(super) fn end(&self) -> PathBuf {
        self.folder.join("end")
    }

    /// The folder of the stage's own.
    pub(super) fn scratch_folder(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// Makes the folder of the stage's own.
    pub(super) fn make_scratch(&self) -> io::Result<PathBuf> {
        let folder = self.scratch_folder();
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Removes what the stage left; what stays goes with the whole.
    pub(super) fn remove_scratch(&self) {
        let _ = std::fs::remove_dir_all(self.scratch_folder());
    }

    /// Where the process writes what others would see on a terminal.
    pub(super) fn open_log(&self) -> io::Result<std::fs::File> {
        std::fs::File::create(self.log())
    }

    fn log(&self) -> PathBuf {
        self.folder.join("output.log")
    }

    pub(super) fn answer(&self, answer: &Answer) -> io::Result<()> {
        std::fs::write(self.folder.join(ANSWER), serde_json::to_vec(answer)?)
    }

    /// The answer, if there is one.
    pub(super) fn read_answer(&self) -> Option<Answer> {
        let text = std::fs::read(self.folder.join(ANSWER)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The last lines of what the process wrote.
    pub(super) fn last_words(&self) -> String {
        const LINES: usize = 8;
        let text = std::fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

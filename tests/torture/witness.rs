//! The log of executions, outside the store: one line for each beginning, step and end, each written at once.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::OnceLock;
use std::time::Duration;

/// Where the log is.
pub const LOG: &str = "TORTURE_LOG";

/// How many milliseconds each stage and each step takes longer.
pub const PACE: &str = "TORTURE_PACE";

static WITNESS: OnceLock<Witness> = OnceLock::new();

#[derive(Debug)]
struct Witness {
    log: Option<File>,
    pace: Duration,
}

fn witness() -> &'static Witness {
    WITNESS.get_or_init(|| Witness {
        log: std::env::var_os(LOG)
            .and_then(|path| OpenOptions::new().append(true).create(true).open(path).ok()),
        pace: Duration::from_millis(number(PACE).unwrap_or_default()),
    })
}

/// A number from the environment.
pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Appends a line, whole or not at all: one write to a file opened for appending.
pub fn say(line: &str) {
    if let Some(mut log) = witness().log.as_ref() {
        let line = format!("{} {line}\n", std::process::id());
        assert!(
            log.write_all(line.as_bytes()).is_ok(),
            "the witness cannot write"
        );
    }
}

/// One execution of a stage, from its beginning to the end of its body.
#[derive(Debug)]
pub struct Execution(String);

impl Execution {
    /// Says that it begins.
    pub fn begin(stage: &str, number: u64) -> Self {
        say(&format!("begin {stage}-{number}"));
        std::thread::sleep(witness().pace);
        Self(format!("{stage}-{number}"))
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        say(&format!("end {}", self.0));
    }
}

/// Says that a long stage is at this step.
pub fn step(stage: &str, step: u64) {
    say(&format!("step {stage}-{step}"));
    std::thread::sleep(witness().pace);
}

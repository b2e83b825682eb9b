//! The program that the torture test kills, starves and lies to.
//!
//! Without more it is a pipeline binary like any other. With `TORTURE_DIRECT` it runs the pipeline on a store whose writes
//! can be refused (`TORTURE_REFUSE`, `TORTURE_REFUSE_FROM`: the number of the write) or delayed (`TORTURE_BETWEEN`: how many
//! milliseconds between the bytes and their row), and prints one JSON object.

#![expect(clippy::print_stdout, unreachable_pub, reason = "a program for tests")]

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mlops::Outputs as _;
use mlops_core::OutputCollector;
use mlops_pipeline::{Graph, PipelineError, RunRequest, RunResult};
use mlops_store::{CodeState, Faults, Store, StoreOptions};
use serde_json::json;

#[path = "../torture/pipeline.rs"]
mod pipeline;
#[path = "../torture/witness.rs"]
mod witness;

use pipeline::{Config, torture};
use witness::number;

fn main() -> ExitCode {
    match number("TORTURE_DIRECT") {
        Some(round) => direct(round),
        None => mlops::app().pipeline("torture", torture).main(),
    }
}

/// Stands under the store.
#[derive(Debug)]
struct Hook {
    writes: AtomicU64,
    refuse: Option<u64>,
    refuse_from: Option<u64>,
    between: Duration,
}

thread_local! {
    /// Whether this thread has put a file in place since its last transaction.
    static IN_PLACE: Cell<bool> = const { Cell::new(false) };
}

impl Faults for Hook {
    fn before_write(&self, what: &str, _bytes: usize) -> io::Result<()> {
        let write = self.writes.fetch_add(1, Ordering::SeqCst);
        if self.refuse == Some(write) || self.refuse_from.is_some_and(|from| write >= from) {
            witness::say(&format!("refused {what}"));
            return Err(io::ErrorKind::StorageFull.into());
        }
        match what {
            "artifact" => IN_PLACE.set(true),
            "transaction" if IN_PLACE.take() && !self.between.is_zero() => {
                witness::say("between");
                std::thread::sleep(self.between);
                witness::say("past");
            }
            _ => {}
        }
        Ok(())
    }
}

fn direct(round: u64) -> ExitCode {
    let hook = Arc::new(Hook {
        writes: AtomicU64::new(0),
        refuse: number("TORTURE_REFUSE"),
        refuse_from: number("TORTURE_REFUSE_FROM"),
        between: Duration::from_millis(number("TORTURE_BETWEEN").unwrap_or_default()),
    });
    let ended = run(round, Arc::clone(&hook));
    let writes = hook.writes.load(Ordering::SeqCst);
    let (line, code) = match ended {
        Ok(result) => (said(&result, writes), u8::from(!result.succeeded())),
        Err(error) => {
            let mut causes = Vec::new();
            let mut cause = error.source();
            while let Some(error) = cause {
                causes.push(error.to_string());
                cause = error.source();
            }
            let line = json!({
                "outcome": "error", "code": error.code(), "message": error.to_string(), "causes": causes,
                "help": error.help(), "writes": writes,
            });
            (line, 1)
        }
    };
    println!("{line}");
    ExitCode::from(code)
}

fn said(result: &RunResult, writes: u64) -> serde_json::Value {
    let errors: Vec<_> = result
        .calls
        .iter()
        .filter(|call| call.outcome == mlops_store::StageOutcome::Failed)
        .filter_map(|call| call.error.as_deref())
        .collect();
    json!({
        "outcome": result.run.outcome, "writes": writes, "errors": errors,
        "ran": result.ran(), "reused": result.reused(),
        "outputs": result.outputs.iter().map(|(_, output)| output.digest).collect::<Vec<_>>(),
    })
}

fn run(round: u64, hook: Arc<Hook>) -> Result<RunResult, PipelineError> {
    let folder = std::env::var_os("MLOPS_STORE").unwrap_or_default();
    let options = StoreOptions {
        faults: Some(hook),
        ..StoreOptions::default()
    };
    let store = Store::open(Path::new(&folder), options)?;
    store.reconcile_dead_runs()?;
    let mut collector = OutputCollector::default();
    torture(&Config { round }).collect(&mut collector);
    let mut request = RunRequest::new("torture", Graph::new(collector.into_outputs())?, store);
    // Nobody asks git for the state of a temporary folder.
    request.code = Some(CodeState::default());
    request.run()
}

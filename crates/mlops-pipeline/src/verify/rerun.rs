//! This process: gives the order, starts the other one, and takes its answer.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use mlops_store::{ScratchFolder, Store, StoreError, StoreOptions};
use uuid::Uuid;

use super::allowed::Allowed;
use super::attempt::Attempt;
use super::candidate::Candidate;
use super::cause::Cause;
use super::order::{Answer, Impossible, Order};
use super::watch::{Depth, Ended, Watch};
use super::{COMMAND, VerifyError, trace};
use crate::engine::RunRequest;
use crate::graph::Call;

/// What pools of threads take for the number of threads.
const THREAD_VARIABLES: [&str; 6] = [
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
];

/// What a program needs of its environment to begin at all; the folder of the process stands for that of the user.
const KEPT_VARIABLES: [&str; 6] = [
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "RUST_MIN_STACK",
    "SYSTEMROOT",
];

/// Where everything of a verification is, until it is over.
enum Place {
    /// In the store's own folder for such things, whose leftovers it removes.
    InStore(ScratchFolder),
    /// Where a store that may only be read has no room.
    Temporary(tempfile::TempDir),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::InStore(folder) => folder.path(),
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// Runs calls in processes of their own.
pub(super) struct Runner<'a> {
    request: &'a RunRequest,
    program: PathBuf,
    wiring: serde_json::Value,
    began: Timestamp,
    /// What the calls make.
    pub(super) scratch: Store,
    /// Whether the system lets programs be traced, as far as is known.
    can_trace: bool,
    runs: u32,
    // Last, so that the store is closed when its folder goes.
    place: Place,
}

/// How a call is run.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions {
    /// What shall be the same each time.
    pub(super) still: BTreeSet<Cause>,
    /// Whether it is shut in.
    pub(super) hermetic: bool,
    /// Variables that are let in although nobody declares them.
    pub(super) variables: Vec<String>,
    /// How long it may take.
    pub(super) limit: Option<Duration>,
}

impl Conditions {
    /// As in any run.
    pub(super) fn usual() -> Self {
        Self::default()
    }

    /// With another number of threads than usual.
    pub(super) fn other_threads() -> Self {
        Self {
            still: BTreeSet::from([Cause::Threads]),
            ..Self::default()
        }
    }

    /// Shut in.
    pub(super) fn hermetic() -> Self {
        Self {
            hermetic: true,
            ..Self::default()
        }
    }

    /// Whether every system call has to be seen.
    fn look_closely(&self) -> bool {
        self.hermetic || self.still.iter().any(|cause| *cause != Cause::Threads)
    }
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct Rerun {
    pub(super) answer: Answer,
    /// Whether the stage started threads; nothing if that could not be seen.
    pub(super) threads: Option<bool>,
    pub(super) attempts: Vec<Attempt>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        request: &'a RunRequest,
        program: PathBuf,
        wiring: serde_json::Value,
        began: Timestamp,
    ) -> Result<Self, VerifyError> {
        let place = match request.store.scratch_folder(Uuid::now_v7(), 0) {
            Ok(folder) => Place::InStore(folder),
            Err(StoreError::ReadOnly { .. }) => {
                let folder = tempfile::Builder::new().prefix("mlops-verify-").tempdir();
                Place::Temporary(folder.map_err(VerifyError::Scratch)?)
            }
            Err(error) => return Err(error.into()),
        };
        // Those of a verification that was killed.
        let _ = request.store.remove_leftovers();
        let scratch = Store::open(&place.path().join("store"), StoreOptions::default())?;
        Ok(Self {
            request,
            program,
            wiring,
            began,
            scratch,
            can_trace: trace::IS_POSSIBLE,
            runs: 0,
            place,
        })
    }

    /// Runs a call once.
    pub(super) fn run(
        &mut self,
        candidate: &Candidate,
        conditions: &Conditions,
    ) -> Result<Rerun, VerifyError> {
        let rerun = self.run_once(candidate, conditions)?;
        match &rerun.answer.impossible {
            Some(Impossible::Trace(_)) if !conditions.look_closely() => {
                // What is lost is only whether it starts threads.
                self.can_trace = false;
                self.run_once(candidate, conditions)
            }
            Some(Impossible::Trace(why)) => Err(VerifyError::NoTrace { why: why.clone() }),
            Some(Impossible::Sandbox(why)) => Err(VerifyError::NoSandbox { why: why.clone() }),
            Some(Impossible::OtherPipeline) => Err(VerifyError::OtherPipeline {
                stage: candidate.stage.clone(),
            }),
            _ => Ok(rerun),
        }
    }

    fn run_once(
        &mut self,
        candidate: &Candidate,
        conditions: &Conditions,
    ) -> Result<Rerun, VerifyError> {
        self.runs += 1;
        let closely = conditions.look_closely();
        if closely && !trace::IS_POSSIBLE {
            let why = "programs are traced on Linux only, on x86-64 and aarch64".to_owned();
            return Err(VerifyError::NoTrace { why });
        }
        let call = self.request.graph.call(candidate.call);
        let folder = self.place.path().join(format!("run-{:04}", self.runs));
        let allowed = conditions.hermetic.then(|| {
            let sources = call.sources();
            let own = [folder.clone(), self.scratch.folder().to_owned()];
            Allowed::new(sources.iter().map(|source| &**source), own)
        });
        let order = Order {
            wiring: self.wiring.clone(),
            call: candidate.call,
            identity: call.identity,
            stage: call.stage.path.to_owned(),
            key: candidate.key,
            made: candidate.made.clone(),
            store: self.request.store.folder().to_owned(),
            scratch: self.scratch.folder().to_owned(),
            folder,
            still: conditions.still.clone(),
            allowed,
            traced: closely || self.can_trace,
            given_by: std::process::id(),
            began: self.began,
        };
        let path = order.write().map_err(VerifyError::Scratch)?;
        let mut command = self
            .command(&order, &path, &conditions.variables)
            .map_err(VerifyError::Scratch)?;
        let (ended, rerun) = if order.traced {
            let depth = match closely {
                true => Depth::Calls {
                    allowed: order.allowed.as_ref(),
                    still: &order.still,
                },
                false => Depth::Threads,
            };
            let seen = trace::run(
                &mut command,
                &Watch {
                    begin: order.begin(),
                    end: order.end(),
                    depth,
                    limit: conditions.limit.or_else(|| more_than_its_own(call)),
                },
            );
            let seen = seen.map_err(|error| VerifyError::Process {
                program: self.program.clone(),
                cause: error,
            })?;
            (seen.ended, Some((seen.threads, seen.attempts)))
        } else {
            let status = command.status().map_err(|error| VerifyError::Process {
                program: self.program.clone(),
                cause: error,
            })?;
            (ended(status), None)
        };
        let answer = order
            .read_answer()
            .unwrap_or_else(|| no_answer(&order, &ended));
        let (threads, attempts) = match rerun {
            Some((threads, attempts)) => {
                // What the program itself had started before the stage began does not count.
                let before = match closely {
                    true => 0,
                    false => answer.threads_before.saturating_sub(1),
                };
                (Some(threads > before), attempts)
            }
            None => (None, Vec::new()),
        };
        order.remove_scratch();
        Ok(Rerun {
            answer,
            threads,
            attempts,
        })
    }

    /// The variables of this process that a stage which is shut in does not get.
    pub(super) fn other_variables(&self) -> Vec<String> {
        let declared = &self.request.environment.variables;
        let is_known = |name: &str| {
            KEPT_VARIABLES.contains(&name) || declared.iter().any(|(known, _)| known == name)
        };
        std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| !is_known(name))
            .collect()
    }

    fn command(&self, order: &Order, path: &Path, let_in: &[String]) -> io::Result<Command> {
        let log = order.open_log()?;
        let mut command = Command::new(&self.program);
        command
            .arg(COMMAND)
            .arg(path)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        if let Some(allowed) = &order.allowed {
            let declared = self.request.environment.variables.iter();
            let declared = declared.map(|(name, _)| name.as_str());
            let of_sources = allowed.variables.iter().map(String::as_str);
            let let_in = let_in.iter().map(String::as_str);
            let kept = KEPT_VARIABLES.into_iter().chain(declared);
            let kept = kept.chain(of_sources).chain(let_in);
            let kept: Vec<_> = kept
                .filter_map(|name| Some((name.to_owned(), std::env::var_os(name)?)))
                .collect();
            let own = order.make_scratch()?;
            command
                .env_clear()
                .env("HOME", &own)
                .env("TMPDIR", &own)
                .envs(kept);
        }
        if order.still.contains(&Cause::Threads) {
            let threads = other_number_of_threads().to_string();
            command.envs(THREAD_VARIABLES.map(|name| (name, threads.clone())));
        }
        Ok(command)
    }
}

/// How long a call may take here, if its stage says how long it may take: being watched costs time, and a stage that waits for
/// what is refused may wait for ever.
fn more_than_its_own(call: &Call) -> Option<Duration> {
    let own = call.stage.policy.timeout?;
    Some(own * (call.stage.policy.retries + 1) * 4 + Duration::from_secs(10))
}

/// One thread; where one is usual, more.
fn other_number_of_threads() -> usize {
    match std::thread::available_parallelism().map_or(1, usize::from) {
        1 => 3,
        _ => 1,
    }
}

fn ended(status: std::process::ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Exited(code),
        (None, signal) => Ended::Killed(format!("signal {}", signal.unwrap_or_default())),
    }
}

/// What is said in the place of a process that said nothing.
fn no_answer(order: &Order, ended: &Ended) -> Answer {
    let words = order.last_words();
    let error = match (ended, words.is_empty()) {
        (Ended::Exited(_), true) => format!(
            "{ended} and without an answer: does `main` of this program go on to `mlops::app()`?"
        ),
        (_, true) => ended.to_string(),
        (_, false) => format!("{ended}: {words}"),
    };
    Answer {
        error: Some(error),
        ..Answer::default()
    }
}

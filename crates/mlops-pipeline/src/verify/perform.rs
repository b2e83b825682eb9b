//! The other process: runs one call of a stage as it is told, and answers.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use mlops_core::{
    Argument, Arguments, Body, BodyResult, BoxError, Clock, FixedClock, Live, StageContext,
    SystemClock, is_permanent,
};
use mlops_store::{Access, StagedArtifact, Store, StoreOptions};

use super::cause::Cause;
use super::order::{Answer, Impossible, Order};
use super::services::ApartServices;
use super::watch::STILL_SINCE;
use super::{sandbox, trace};
use crate::engine::in_full;
use crate::graph::{Call, CallInput, Graph};

/// The word by which a process says that it has begun anew under its tracer.
pub const TRACED: &str = "--traced";

/// Begins anew as the order wants it: on one processor, under a tracer. Returns when nothing of this is to be done, or
/// when it was done already; and after it has answered, when it cannot be done.
pub fn enter(order: &Order, is_traced: bool) -> Entered {
    if is_traced {
        return Entered::Ready;
    }
    if !machine::end_with_parent(order.given_by) {
        return Entered::Answered(Ok(()));
    }
    if order.still.contains(&Cause::Threads) {
        machine::take_one_processor();
    }
    if !order.traced {
        return Entered::Ready;
    }
    if order.still.contains(&Cause::HashOrder) {
        machine::keep_addresses();
    }
    let error = match trace::let_trace() {
        Ok(()) => machine::begin_again(order),
        Err(error) => error,
    };
    let answer = Answer {
        impossible: Some(Impossible::Trace(error.to_string())),
        ..Answer::default()
    };
    Entered::Answered(order.answer(&answer))
}

/// Whether the process may go on.
#[derive(Debug)]
pub enum Entered {
    /// It may.
    Ready,
    /// It cannot, and has said so, if its answer could be written.
    Answered(io::Result<()>),
}

/// Runs the call, and answers.
///
/// # Errors
/// The answer cannot be written.
pub fn perform(order: &Order, graph: &Graph) -> io::Result<()> {
    let answer = answer(order, graph).unwrap_or_else(|impossible| Answer {
        impossible: Some(impossible),
        ..Answer::default()
    });
    order.answer(&answer)
}

fn answer(order: &Order, graph: &Graph) -> Result<Answer, Impossible> {
    let unreadable = |error: &(dyn std::error::Error + 'static)| Impossible::Inputs(in_full(error));
    if order.call >= graph.len() || graph.call(order.call).identity != order.identity {
        return Err(Impossible::OtherPipeline);
    }
    let call = graph.call(order.call);
    let options = StoreOptions {
        access: Access::ReadOnly,
        ..StoreOptions::default()
    };
    let kept = Store::open(&order.store, options).map_err(|error| unreadable(&error))?;
    let scratch =
        Store::open(&order.scratch, StoreOptions::default()).map_err(|error| unreadable(&error))?;
    for source in call.sources() {
        source.run_began(order.began);
    }
    let inputs = inputs(order, graph, call, &kept).map_err(Impossible::Inputs)?;
    let services = Arc::new(ApartServices::new(
        order.key,
        clock(order),
        order.scratch_folder(),
    ));
    let mut answer = Answer {
        threads_before: machine::threads(),
        ..Answer::default()
    };
    if let Some(allowed) = &order.allowed {
        let refuses = sandbox::enter(allowed).map_err(Impossible::Sandbox)?;
        answer.refuses_connections = Some(refuses.connections);
    }
    let begun = Instant::now();
    mark(&order.begin());
    let made = attempts(order, call, &services, || {
        let made = run(call, &services, arguments(&inputs))?;
        stage(call, &made, &scratch)
    });
    mark(&order.end());
    answer.seconds = begun.elapsed().as_secs_f64();
    answer.asked_time = services.asked_time();
    let given_out = services.take();
    (answer.metrics, answer.notes) = (given_out.metrics, given_out.notes);
    match made {
        Ok(staged) => {
            scratch
                .put_staged(&staged)
                .map_err(|error| unreadable(&error))?;
            answer.outputs = staged
                .iter()
                .map(|artifact| artifact.reference(Default::default()))
                .collect();
        }
        Err(error) => answer.error = Some(in_full(&*error)),
    }
    Ok(answer)
}

/// Lets a tracer know where the stage begins and ends.
fn mark(path: &Path) {
    let _ = std::fs::symlink_metadata(path);
}

fn clock(order: &Order) -> Box<dyn Clock> {
    let fixed = |moment| Box::new(FixedClock::at(moment));
    if order.still.contains(&Cause::Time) {
        return fixed(jiff::Timestamp::from_second(STILL_SINCE.into()).unwrap_or_default());
    }
    match order.allowed {
        // To ask by `cx.now()` is declared; what the stage reads of the clock by itself is not.
        Some(_) => fixed(SystemClock.now()),
        None => Box::new(SystemClock),
    }
}

/// The value, or values, for one input: kept here, because a second attempt needs them, too.
enum Input {
    One(Live),
    Many(Vec<Live>),
}

fn inputs(order: &Order, graph: &Graph, call: &Call, kept: &Store) -> Result<Vec<Input>, String> {
    let live = |input: &CallInput| -> Result<Live, String> {
        match input {
            CallInput::Parameter(parameter) => Ok(Arc::clone(&parameter.live)),
            CallInput::Many(_) => Err("a list inside a list was wired".to_owned()),
            CallInput::Output { call, output } => {
                let digest = order.made.get(call).and_then(|made| made.get(*output));
                let artifact = graph.call(*call).stage.outputs.get(*output);
                let (Some(digest), Some(artifact)) = (digest, artifact) else {
                    return Err("the order leaves out an input".to_owned());
                };
                let stored = kept
                    .read_artifact(digest)
                    .map_err(|error| in_full(&error))?;
                artifact.read(&stored).map_err(|error| in_full(&error))
            }
        }
    };
    let input = |input: &CallInput| match input {
        CallInput::Many(items) => {
            let items: Result<_, _> = items.iter().map(live).collect();
            items.map(Input::Many)
        }
        one => live(one).map(Input::One),
    };
    call.inputs.iter().map(input).collect()
}

fn arguments(inputs: &[Input]) -> Arguments {
    let arguments = inputs.iter().map(|input| match input {
        Input::One(live) => Argument::One(Arc::clone(live)),
        Input::Many(items) => Argument::Many(items.iter().map(Arc::clone).collect()),
    });
    Arguments::new(arguments.collect())
}

/// As many attempts as the stage allows itself: what it is given may depend on somebody else's mood.
fn attempts<R>(
    order: &Order,
    call: &Call,
    services: &ApartServices,
    once: impl Fn() -> Result<R, BoxError>,
) -> Result<R, BoxError> {
    let policy = &call.stage.policy;
    let mut attempt = 1;
    loop {
        services.begin(attempt);
        match guarded(&once) {
            Err(error) if attempt <= policy.retries && !is_permanent(&*error) => {
                // What the kernel refuses it refuses the next time, too.
                if order.allowed.is_none() {
                    std::thread::sleep(policy.backoff);
                }
                attempt += 1;
            }
            ended => return ended,
        }
    }
}

/// Runs the body. One that is async gets a runtime of its own, which is made inside what is watched: its threads must be
/// shut in as the stage is.
fn run(call: &Call, services: &Arc<ApartServices>, arguments: Arguments) -> BodyResult {
    let context = StageContext::new(Arc::clone(services) as _);
    match call.stage.body {
        Body::Blocking(body) => body(&context, arguments),
        Body::Async(body) => {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(threads)
                .enable_all()
                .build()?;
            let made = runtime.block_on(body(context, arguments));
            runtime.shutdown_background();
            made
        }
    }
}

/// Turns what the body made into bytes, which is the team's code as much as the body is.
fn stage(call: &Call, made: &[Live], scratch: &Store) -> Result<Vec<StagedArtifact>, BoxError> {
    made.iter()
        .zip(call.stage.outputs)
        .map(|(live, artifact)| {
            let staged =
                scratch.stage_artifact(artifact.media_type, |output| artifact.write(live, output));
            Ok(staged?)
        })
        .collect()
}

/// Runs a stage's code; a panic becomes an error with its place.
fn guarded<R>(code: impl Fn() -> Result<R, BoxError>) -> Result<R, BoxError> {
    let said: Arc<Mutex<Option<String>>> = Arc::default();
    let hook = Arc::clone(&said);
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or("a value that is no text");
        let place = panic.location().map_or_else(String::new, |at| {
            format!(" (at {}:{})", at.file(), at.line())
        });
        *hook.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("{text}{place}"));
    }));
    catch_unwind(AssertUnwindSafe(code)).unwrap_or_else(|_| {
        let said = said.lock().unwrap_or_else(PoisonError::into_inner).take();
        Err(format!("panicked: {}", said.unwrap_or_default()).into())
    })
}

/// What is asked of the operating system.
#[cfg(target_os = "linux")]
mod machine {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::sys::personality::{self, Persona};
    use nix::sys::prctl;
    use nix::sys::signal::Signal;
    use nix::unistd::Pid;

    use super::{Order, TRACED};

    /// Lets this process end when its parent does; whether the parent is still there. One that lost its parent before it asked to
    /// be traced would be traced by the first process of the system, and stand still for ever.
    pub(super) fn end_with_parent(parent: u32) -> bool {
        let _ = prctl::set_pdeathsig(Signal::SIGKILL);
        std::os::unix::process::parent_id() == parent
    }

    /// Leaves this process one of its processors. Where the system does not allow it, the variables that pools of
    /// threads obey still say one.
    pub(super) fn take_one_processor() {
        let this = Pid::from_raw(0);
        let Ok(mine) = sched_getaffinity(this) else {
            return;
        };
        let first = (0..CpuSet::count()).find(|number| mine.is_set(*number).unwrap_or(false));
        let mut one = CpuSet::new();
        if let Some(first) = first
            && one.set(first).is_ok()
        {
            let _ = sched_setaffinity(this, &one);
        }
    }

    /// Lets the next program have the same addresses each time: some hash maps take their seed from them.
    pub(super) fn keep_addresses() {
        if let Ok(present) = personality::get() {
            let _ = personality::set(present | Persona::ADDR_NO_RANDOMIZE);
        }
    }

    /// Begins this program anew. Returns only if that fails.
    pub(super) fn begin_again(order: &Order) -> io::Error {
        let program = match std::env::current_exe() {
            Ok(program) => program,
            Err(error) => return error,
        };
        Command::new(program)
            .arg(super::super::COMMAND)
            .arg(order.path())
            .arg(TRACED)
            .exec()
    }

    /// How many threads there are.
    pub(super) fn threads() -> u32 {
        let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
        u32::try_from(threads).unwrap_or(u32::MAX)
    }
}

/// Where nothing of this can be asked.
#[cfg(not(target_os = "linux"))]
mod machine {
    use std::io;

    use super::Order;

    pub(super) fn end_with_parent(_parent: u32) -> bool {
        true
    }

    pub(super) fn take_one_processor() {}

    pub(super) fn keep_addresses() {}

    pub(super) fn begin_again(_order: &Order) -> io::Error {
        io::ErrorKind::Unsupported.into()
    }

    pub(super) fn threads() -> u32 {
        1
    }
}

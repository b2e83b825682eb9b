//! The one task that knows the state of every call: it decides, starts, and settles.

mod interrupt;
mod record;
mod settle;
mod start;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use mlops_core::Digest;
use mlops_store::{ArtifactReference, RunOutcome, RunRecord, StageOutcome, StageRecord};
use tokio::sync::mpsc;

use self::settle::Phase;
use self::start::{Parked, Running};
use super::attempt::{Failure, Finished};
use super::resource::ReadyQueue;
use super::slot::Slot;
use super::{RunRequest, RunResult};
use crate::PipelineError;
use crate::event::Event;
use crate::graph::Call;
use crate::plan::{Plan, PlannedCall, Resolver};
use crate::source::Sources;

/// Threads for the bodies of stages besides one for each core. Threads are made when they are needed; the room is for those
/// that a timeout left behind, and for stages that take no core.
const MORE_THREADS: usize = 512;

pub(super) fn run(request: &RunRequest) -> Result<RunResult, PipelineError> {
    let begun = Instant::now();
    let sources = request.sources();
    let resolver = request.resolver(&sources)?;
    let mut run = record::begin(request);
    request.store.begin_run(&run)?;
    let code = record::look_at_code(request, &run);
    let ended = drive(request, &sources, &resolver, &mut run);
    if let Some(code) = code {
        run.code = code.join();
    }
    run.seconds = begun.elapsed().as_secs_f64();
    run.ended = Some(request.clock.now());
    match ended {
        Ok(result) => {
            request.store.finish_run(&run)?;
            request.observer.observe(&Event::Finished { run: &run });
            Ok(RunResult { run, ..result })
        }
        Err(error) => {
            // Every run ends with a recorded outcome; if even that cannot be written, the first error matters more.
            run.outcome = Some(RunOutcome::Failed);
            run.reason = Some(super::in_full(&error));
            let _ = request.store.finish_run(&run);
            Err(error)
        }
    }
}

fn drive(
    request: &RunRequest,
    sources: &Sources,
    resolver: &Resolver<'_>,
    run: &mut RunRecord,
) -> Result<RunResult, PipelineError> {
    let plan = Plan::new(
        &request.pipeline,
        &request.profile,
        &request.graph,
        resolver,
    )?;
    request
        .observer
        .observe(&Event::Started { run, plan: &plan });
    let mut coordinator = Coordinator::new(request, sources, resolver, run.id);
    coordinator.begin(&plan)?;
    if coordinator.open > 0 {
        let cores = request.resources.cpus.ceil() as usize;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(cores.clamp(1, 64))
            .max_blocking_threads(cores.clamp(1, 1024) + MORE_THREADS)
            .enable_time()
            .enable_io()
            .build()
            .map_err(PipelineError::Runtime)?;
        if request.listen_to_signals {
            runtime.spawn(request.cancellation.clone().listen_to_signals());
        }
        let ended = runtime.block_on(async {
            let ended = coordinator.work().await;
            if ended.is_err() {
                // What still runs must not commit to a run that has failed. The first error matters more than a second.
                let _ = coordinator.abandon("the run failed").await;
            }
            ended
        });
        // A stage that ignores its timeout must not keep the program from ending.
        runtime.shutdown_background();
        ended?;
    }
    coordinator.write_batch()?;
    Ok(coordinator.conclude(plan, run))
}

struct Coordinator<'a> {
    request: &'a RunRequest,
    sources: &'a Sources,
    resolver: &'a Resolver<'a>,
    run: uuid::Uuid,
    longest_paths: Vec<u32>,
    phases: Vec<Phase>,
    keys: Vec<Option<Digest>>,
    errors: Vec<Option<String>>,
    outputs: Vec<Vec<ArtifactReference>>,
    slots: Vec<Vec<Arc<Slot>>>,
    /// How many of a call's dependencies are still open.
    waiting: Vec<usize>,
    /// How many of a call's dependents may still want its values.
    wanted_by: Vec<usize>,
    planned: BTreeMap<usize, PlannedCall>,
    ready: ReadyQueue,
    parked: Vec<Parked>,
    running: BTreeMap<usize, Running>,
    open: usize,
    /// Why nothing more is started, if so.
    stopping: Option<String>,
    /// Calls that the plan has decided about and that have yet to be told so, while the run begins.
    decided: BTreeSet<usize>,
    /// Calls whose kept result is known to be damaged, whatever its entry says.
    remake: BTreeSet<usize>,
    /// Whether a call failed because the store is not what was written.
    store_is_damaged: bool,
    batch: Vec<StageRecord>,
    to_settle: VecDeque<usize>,
    sender: mpsc::UnboundedSender<Finished>,
    receiver: mpsc::UnboundedReceiver<Finished>,
}

impl<'a> Coordinator<'a> {
    fn new(
        request: &'a RunRequest,
        sources: &'a Sources,
        resolver: &'a Resolver<'a>,
        run: uuid::Uuid,
    ) -> Self {
        let count = request.graph.len();
        let (sender, receiver) = mpsc::unbounded_channel();
        Self {
            request,
            sources,
            resolver,
            run,
            longest_paths: request.graph.longest_paths(),
            phases: vec![Phase::Open; count],
            keys: vec![None; count],
            errors: vec![None; count],
            outputs: vec![Vec::new(); count],
            slots: (0..count).map(|_| Vec::new()).collect(),
            waiting: vec![0; count],
            wanted_by: vec![0; count],
            planned: BTreeMap::new(),
            ready: ReadyQueue::new(request.resources.clone()),
            parked: Vec::new(),
            running: BTreeMap::new(),
            open: count,
            stopping: None,
            decided: BTreeSet::new(),
            remake: BTreeSet::new(),
            store_is_damaged: false,
            batch: Vec::new(),
            to_settle: VecDeque::new(),
            sender,
            receiver,
        }
    }

    fn call(&self, index: usize) -> &'a Call {
        self.request.graph.call(index)
    }

    /// Starts, waits, settles, until every call has ended.
    async fn work(&mut self) -> Result<(), PipelineError> {
        while self.open > 0 {
            let requests = self.obey()?;
            if self.request.cancellation.at_once() {
                return self.abandon("the run was cancelled at once").await;
            }
            self.look_at_parked()?;
            // Before anything is started: what another process has made may be all that the next calls waited for.
            self.settle_all()?;
            self.start_ready()?;
            self.write_batch()?;
            if self.open == 0 {
                break;
            }
            if self.running.is_empty() && self.parked.is_empty() {
                // A defect of ours. Waiting for ever would hide it.
                return self.abandon("the engine lost track of it").await;
            }
            let look_again = self.parked.iter().map(|parked| parked.look_again).min();
            tokio::select! {
                finished = self.receiver.recv() => {
                    if let Some(finished) = finished {
                        self.finished(finished)?;
                    }
                }
                () = until(look_again) => {}
                () = self.request.cancellation.more_than(requests) => {}
            }
            // Whatever else has ended meanwhile is settled in the same turn.
            while let Ok(finished) = self.receiver.try_recv() {
                self.finished(finished)?;
            }
            self.settle_all()?;
        }
        Ok(())
    }

    fn finished(&mut self, finished: Finished) -> Result<(), PipelineError> {
        let index = finished.call;
        let record = finished.record;
        self.running.remove(&index);
        self.ready.release(&self.call(index).stage.policy);
        match finished.result {
            Ok(done) => {
                let (seconds, attempts) = (record.seconds, record.attempts);
                self.outputs[index] = done.outputs;
                self.fill_slots(index, &done.live);
                drop(done.live);
                if let Some(message) = &done.warning {
                    self.request.observer.observe(&Event::Warning {
                        stage: Some(&self.call(index).name),
                        message,
                    });
                }
                let outcome = StageOutcome::Ran;
                self.say(index, outcome, seconds, attempts, Some(&done.playback));
                self.ended(index, outcome);
            }
            Err(Failure::DamagedInput(maker)) => self.make_again(index, maker)?,
            Err(Failure::Error {
                text,
                store_is_damaged,
            }) => {
                let outcome = record.outcome;
                self.store_is_damaged |= store_is_damaged;
                self.errors[index] = Some(text);
                let (seconds, attempts) = (record.seconds, record.attempts);
                self.say(index, outcome, seconds, attempts, Some(&record.playback));
                self.request.store.record_stages(&[record])?;
                self.ended(index, outcome);
                if outcome == StageOutcome::Failed && !self.request.keep_going {
                    let name = &self.call(index).name;
                    self.stop(format!(
                        "`{name}` failed, and the run stopped before this began"
                    ))?;
                }
            }
        }
        Ok(())
    }
}

/// Waits until a moment, or for ever: a timer that nobody needs would wake the runtime each time it is set.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

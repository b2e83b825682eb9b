//! The one task that knows the state of every call: it decides, starts, and settles.

mod interrupt;
mod record;
mod start;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mlops_core::Digest;
use mlops_store::{
    ArtifactReference, Entry, Playback, RunOutcome, RunRecord, StageOutcome, StageRecord,
};
use tokio::sync::mpsc;

use super::attempt::{Failure, Finished};
use super::resource::ReadyQueue;
use super::slot::Slot;
use super::{RunRequest, RunResult};
use crate::PipelineError;
use crate::event::{Event, StageFinished};
use crate::graph::Call;
use crate::plan::{Decision, Plan, PlannedCall, Resolver, Settled};
use crate::reason::{Reason, ReasonKind};
use crate::source::Sources;

pub(super) fn run(request: &RunRequest) -> Result<RunResult, PipelineError> {
    let begun = Instant::now();
    let sources = Sources::new(request.store.clone(), Arc::clone(&request.clock));
    let resolver = request.resolver(&sources)?;
    let mut run = record::begin(request);
    request.store.begin_run(&run)?;
    let code = record::look_at_code(request);
    let ended = drive(request, &sources, &resolver, &mut run);
    if let Some(code) = code {
        run.code = code.join().unwrap_or_default();
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
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads((request.resources.cpus.ceil() as usize).clamp(1, 64))
            .max_blocking_threads((request.resources.cpus.ceil() as usize).clamp(1, 1024) + 16)
            .enable_time()
            .enable_io()
            .build()
            .map_err(PipelineError::Runtime)?;
        if request.listen_to_signals {
            runtime.spawn(request.cancellation.clone().listen_to_signals());
        }
        let ended = runtime.block_on(coordinator.work());
        // A stage that ignores its timeout must not keep the program from ending.
        runtime.shutdown_background();
        ended?;
    }
    coordinator.write_batch()?;
    Ok(coordinator.conclude(plan, run))
}

use start::Parked;

/// What became of a call so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Ended(StageOutcome),
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
    running: usize,
    open: usize,
    stopping: bool,
    /// Calls whose kept result is known to be damaged, whatever its entry says.
    remake: BTreeSet<usize>,
    batch: Vec<StageRecord>,
    to_settle: VecDeque<usize>,
    sender: mpsc::UnboundedSender<Finished>,
    receiver: mpsc::UnboundedReceiver<Finished>,
}

impl Settled for Coordinator<'_> {
    fn decision(&self, call: usize) -> Decision {
        match self.phases[call] {
            Phase::Open => Decision::Depends,
            Phase::Ended(StageOutcome::Ran | StageOutcome::Reused) => Decision::Reuse,
            Phase::Ended(StageOutcome::Skipped) => Decision::Skip,
            Phase::Ended(_) => Decision::Blocked,
        }
    }

    fn output(&self, call: usize, output: usize) -> Option<Digest> {
        self.outputs[call].get(output).map(|output| output.digest)
    }

    fn flag(&self, call: usize, output: usize) -> Option<bool> {
        self.resolver.read_flag(&self.output(call, output)?)
    }
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
            running: 0,
            open: count,
            stopping: false,
            remake: BTreeSet::new(),
            batch: Vec::new(),
            to_settle: VecDeque::new(),
            sender,
            receiver,
        }
    }

    fn call(&self, index: usize) -> &'a Call {
        self.request.graph.call(index)
    }

    /// Settles all that the plan already knows.
    fn begin(&mut self, plan: &Plan) -> Result<(), PipelineError> {
        for index in 0..self.request.graph.len() {
            self.waiting[index] = self.request.graph.dependencies(index).len();
            self.wanted_by[index] = self.request.graph.dependents(index).len();
        }
        for planned in &plan.calls {
            if self.phases[planned.call] == Phase::Open && planned.decision != Decision::Depends {
                self.apply(planned)?;
                self.settle_all()?;
            }
        }
        self.write_batch()
    }

    /// Carries out a decision.
    fn apply(&mut self, planned: &PlannedCall) -> Result<(), PipelineError> {
        let index = planned.call;
        self.keys[index] = planned.key;
        match planned.decision {
            Decision::Reuse => match &planned.entry {
                Some(entry) => self.reuse(index, entry),
                None => self.end(index, StageOutcome::Blocked, &planned.reasons),
            },
            Decision::Skip => self.end(index, StageOutcome::Skipped, &planned.reasons),
            Decision::Blocked => self.end(index, StageOutcome::Blocked, &planned.reasons),
            Decision::Run if self.stopping => {
                self.end(index, StageOutcome::Cancelled, &planned.reasons);
            }
            Decision::Run => {
                let policy = &self.call(index).stage.policy;
                if let Some(lack) = self.request.resources.lacks(policy) {
                    let reason = Reason::new(ReasonKind::Blocked, lack);
                    self.end(index, StageOutcome::Blocked, &[reason]);
                } else {
                    self.ready.push(index, self.longest_paths[index], policy);
                    self.planned.insert(index, planned.clone());
                }
            }
            Decision::Depends => {}
        }
        Ok(())
    }

    fn reuse(&mut self, index: usize, entry: &Entry) {
        self.outputs[index].clone_from(&entry.outputs);
        self.fill_slots(index, &[]);
        let mut record = self.stage_record(index, StageOutcome::Reused);
        record.key = Some(entry.key);
        record.entry = Some(entry.id);
        record.reused_from = Some(entry.run);
        self.batch.push(record);
        self.say(index, StageOutcome::Reused, 0.0, 0, Some(&entry.playback));
        self.ended(index, StageOutcome::Reused);
    }

    fn end(&mut self, index: usize, outcome: StageOutcome, reasons: &[Reason]) {
        let text = reasons
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ");
        self.errors[index] = Some(text.clone());
        let mut record = self.stage_record(index, outcome);
        record.reasons = serde_json::to_value(reasons).unwrap_or_default();
        record.error = Some(text);
        self.batch.push(record);
        self.say(index, outcome, 0.0, 0, None);
        self.ended(index, outcome);
    }

    fn ended(&mut self, index: usize, outcome: StageOutcome) {
        self.phases[index] = Phase::Ended(outcome);
        self.open -= 1;
        self.to_settle.push_back(index);
    }

    /// Tells dependents that a call ended, decides about those that were waiting for it alone, and lets go of values that
    /// nobody wants any more.
    fn settle_all(&mut self) -> Result<(), PipelineError> {
        while let Some(index) = self.to_settle.pop_front() {
            for dependency in self.request.graph.dependencies(index) {
                self.wanted_by[dependency] = self.wanted_by[dependency].saturating_sub(1);
                if self.wanted_by[dependency] == 0 {
                    self.slots[dependency].clear();
                }
            }
            for dependent in self.request.graph.dependents(index) {
                self.waiting[dependent] = self.waiting[dependent].saturating_sub(1);
                // A call that is planned already is ready, parked or running: its input was made a second time.
                if self.waiting[dependent] == 0
                    && self.phases[dependent] == Phase::Open
                    && !self.planned.contains_key(&dependent)
                {
                    let planned = self.resolver.decide(dependent, self)?;
                    self.apply(&planned)?;
                }
            }
            if self.batch.len() >= 1000 {
                self.write_batch()?;
            }
        }
        Ok(())
    }

    /// Starts, waits, settles, until every call has ended.
    async fn work(&mut self) -> Result<(), PipelineError> {
        while self.open > 0 {
            if self.request.cancellation.requested() {
                self.stop()?;
            }
            if self.request.cancellation.at_once() {
                return self.abandon();
            }
            self.start_ready()?;
            self.look_at_parked()?;
            self.settle_all()?;
            self.write_batch()?;
            if self.open == 0 {
                break;
            }
            let pause = self
                .parked
                .iter()
                .map(|parked| parked.look_again)
                .min()
                .map_or(LONGEST_PAUSE, |at| {
                    at.saturating_duration_since(Instant::now())
                });
            tokio::select! {
                finished = self.receiver.recv() => {
                    if let Some(finished) = finished {
                        self.finished(finished)?;
                    }
                }
                () = tokio::time::sleep(pause) => {}
                () = self.request.cancellation.next() => {}
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
        self.running -= 1;
        self.ready.release(&self.call(index).stage.policy);
        match finished.result {
            Ok(done) => {
                let (seconds, attempts) = (record.seconds, record.attempts);
                self.outputs[index] = done.outputs;
                if self.wanted_by[index] > 0 {
                    self.fill_slots(index, &done.live);
                }
                drop(done.live);
                if let Some(message) = &done.warning {
                    self.request.observer.observe(&Event::Warning {
                        stage: Some(&self.call(index).name),
                        message,
                    });
                }
                self.say(
                    index,
                    StageOutcome::Ran,
                    seconds,
                    attempts,
                    Some(&done.playback),
                );
                self.ended(index, StageOutcome::Ran);
            }
            Err(Failure::DamagedInput(maker)) => self.make_again(index, maker)?,
            Err(Failure::Error(text)) => {
                let outcome = record.outcome;
                self.errors[index] = Some(text);
                self.say(
                    index,
                    outcome,
                    record.seconds,
                    record.attempts,
                    Some(&record.playback),
                );
                self.request.store.record_stages(&[record])?;
                self.ended(index, outcome);
                if outcome == StageOutcome::Failed && !self.request.keep_going {
                    self.stop()?;
                }
            }
        }
        Ok(())
    }

    fn write_batch(&mut self) -> Result<(), PipelineError> {
        if !self.batch.is_empty() {
            self.request.store.record_stages(&self.batch)?;
            self.batch.clear();
        }
        Ok(())
    }

    fn say(
        &self,
        index: usize,
        outcome: StageOutcome,
        seconds: f64,
        attempts: u32,
        playback: Option<&Playback>,
    ) {
        let call = self.call(index);
        self.request
            .observer
            .observe(&Event::StageFinished(StageFinished {
                call: index,
                stage: &call.name,
                path: call.stage.path,
                outcome,
                key: self.keys[index],
                seconds,
                attempts,
                outputs: &self.outputs[index],
                playback,
                error: self.errors[index].as_deref(),
            }));
    }
}

/// Without anything to look at, the coordinator still wakes now and then.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

//! Starting calls: leases, values, and the wait for what another process is making.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mlops_core::{Digest, Live};
use mlops_store::{Acquire, Entry, Lease, StageOutcome, StageRecord};

use super::super::attempt::start;
use super::super::fence::Fence;
use super::super::job::{Job, JobInput};
use super::super::slot::Slot;
use super::Coordinator;
use crate::PipelineError;
use crate::event::Event;
use crate::graph::{Call, CallInput};
use crate::plan::Settled;
use crate::reason::{Reason, ReasonKind};

/// The first and the longest pause between looks at a result that another process is making.
const FIRST_LOOK: Duration = Duration::from_millis(5);
const LONGEST_LOOK: Duration = Duration::from_millis(200);

/// A call whose result another process is making.
pub(super) struct Parked {
    pub(super) call: usize,
    pub(super) look_again: Instant,
    pause: Duration,
}

/// A call that was started: what it takes to stop it.
pub(super) struct Running {
    pub(super) fence: Arc<Fence>,
    pub(super) lease: Arc<Lease>,
    pub(super) record: StageRecord,
}

impl Coordinator<'_> {
    pub(super) fn start_ready(&mut self) -> Result<(), PipelineError> {
        while self.stopping.is_none()
            && let Some(index) = self.ready.pop()
        {
            self.start(index)?;
            self.settle_all()?;
        }
        Ok(())
    }

    /// Starts a call, unless another process holds its key.
    fn start(&mut self, index: usize) -> Result<(), PipelineError> {
        let call = self.call(index);
        let Some(planned) = self.planned.get(&index) else {
            return Ok(());
        };
        let (Some(key), Some(stage_key)) = (planned.key, planned.stage_key.as_deref()) else {
            return Ok(());
        };
        let mut record = self.stage_record(index, StageOutcome::Running);
        record.key = Some(key);
        record.reasons = serde_json::to_value(&planned.reasons).unwrap_or_default();
        record.started = Some(self.request.clock.now());
        let lease = match self.request.store.acquire_and_start(&key, &record)? {
            Acquire::Granted(lease) => lease,
            Acquire::Held(holder) => {
                self.ready.release(&call.stage.policy);
                self.request.observer.observe(&Event::Waiting {
                    stage: &call.name,
                    process: holder.process,
                    host: &holder.host,
                });
                self.parked.push(Parked {
                    call: index,
                    look_again: Instant::now() + FIRST_LOOK,
                    pause: FIRST_LOOK,
                });
                return Ok(());
            }
        };
        // Between the plan and the lease another process may have made it.
        if let Some(entry) = self.made_elsewhere(index, &key)? {
            drop(lease);
            self.ready.release(&call.stage.policy);
            self.reuse(index, &entry);
            return Ok(());
        }
        self.request.observer.observe(&Event::StageStarted {
            call: index,
            stage: &call.name,
            reasons: &planned.reasons,
        });
        let fence = Arc::new(Fence::default());
        let lease = Arc::new(lease);
        let running = Running {
            fence: Arc::clone(&fence),
            lease: Arc::clone(&lease),
            record: record.clone(),
        };
        let job = Job {
            graph: Arc::clone(&self.request.graph),
            call: index,
            key,
            stage_key: stage_key.clone(),
            reusable: call.stage.cache,
            level: self.request.level,
            lease,
            fence,
            inputs: call
                .inputs
                .iter()
                .map(|input| self.job_input(input))
                .collect(),
            sources: self.observed_sources(call),
            paranoid: self.request.paranoid,
            record,
            store: self.request.store.clone(),
            clock: Arc::clone(&self.request.clock),
            observer: Arc::clone(&self.request.observer),
            cancellation: self.request.cancellation.clone(),
        };
        self.running.insert(index, running);
        let sender = self.sender.clone();
        start(job, move |finished| {
            // The receiver outlives every job but those that were abandoned.
            let _ = sender.send(finished);
        });
        Ok(())
    }

    /// What another process has made meanwhile, where that is as good as running.
    fn made_elsewhere(&self, index: usize, key: &Digest) -> Result<Option<Entry>, PipelineError> {
        let must_run =
            |reason: &Reason| matches!(reason.kind, ReasonKind::Forced | ReasonKind::Undeclared);
        let planned = self.planned.get(&index);
        if self.remake.contains(&index)
            || planned.is_some_and(|planned| planned.reasons.iter().any(must_run))
        {
            return Ok(None);
        }
        let Some(entry) = self.request.store.lookup(key, self.request.level)? else {
            return Ok(None);
        };
        for output in &entry.outputs {
            if !self.request.store.has_artifact(&output.digest)? {
                return Ok(None);
            }
        }
        Ok((entry.outputs.len() == self.call(index).stage.outputs.len()).then_some(entry))
    }

    fn observed_sources(
        &self,
        call: &Call,
    ) -> Vec<(Arc<dyn mlops_core::Source>, crate::source::ObservedSource)> {
        call.sources()
            .into_iter()
            .filter_map(|source| {
                let observed = self.sources.observed(&*source)?;
                Some((source, observed))
            })
            .collect()
    }

    fn job_input(&self, input: &CallInput) -> JobInput {
        match input {
            CallInput::Output { call, output } => JobInput::Slot(self.slot(*call, *output)),
            CallInput::Parameter(parameter) => JobInput::Parameter(Arc::clone(&parameter.live)),
            CallInput::Many(items) => {
                JobInput::Many(items.iter().map(|item| self.job_input(item)).collect())
            }
        }
    }

    /// The place of an output's value; a new one if nobody was thought to want it any more.
    fn slot(&self, call: usize, output: usize) -> Arc<Slot> {
        if let Some(slot) = self.slots[call].get(output) {
            return Arc::clone(slot);
        }
        // A call is started only when all its inputs are known, so the fallbacks are never reached.
        let digest = self.output(call, output).unwrap_or(Digest::of(&[]));
        let artifacts = self.call(call).stage.outputs;
        let artifact = artifacts[output.min(artifacts.len() - 1)];
        Arc::new(Slot::new(call, digest, artifact, None))
    }

    /// Makes places for a call's values, if anybody will want them.
    pub(super) fn fill_slots(&mut self, index: usize, live: &[Live]) {
        if self.wanted_by[index] == 0 {
            return;
        }
        let artifacts = self.call(index).stage.outputs;
        self.slots[index] = self.outputs[index]
            .iter()
            .zip(artifacts)
            .enumerate()
            .map(|(output, (reference, artifact))| {
                let live = live.get(output).cloned();
                Arc::new(Slot::new(index, reference.digest, *artifact, live))
            })
            .collect();
    }

    /// Looks again at calls that another process is making.
    pub(super) fn look_at_parked(&mut self) -> Result<(), PipelineError> {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition(|parked| parked.look_again <= now);
        self.parked = later;
        for parked in due {
            let Some(key) = self.keys[parked.call] else {
                continue;
            };
            if let Some(entry) = self.made_elsewhere(parked.call, &key)? {
                self.reuse(parked.call, &entry);
                continue;
            }
            match self.request.store.acquire(&key)? {
                Acquire::Granted(lease) => {
                    drop(lease);
                    let policy = &self.call(parked.call).stage.policy;
                    let priority = self.longest_paths[parked.call];
                    self.ready.push(parked.call, priority, policy);
                }
                Acquire::Held(_) => {
                    let pause = (parked.pause * 2).min(LONGEST_LOOK);
                    self.parked.push(Parked {
                        call: parked.call,
                        look_again: now + pause,
                        pause,
                    });
                }
            }
        }
        Ok(())
    }
}

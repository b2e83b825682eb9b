//! What interrupts the usual course: a damaged input, a failure that ends the rest, a request to stop.

use super::Coordinator;
use super::settle::Phase;
use crate::PipelineError;
use crate::event::Event;
use crate::plan::Decision;
use crate::reason::{Reason, ReasonKind};

impl Coordinator<'_> {
    /// An input's kept bytes turned out damaged: its maker runs again, and the call that found out waits for it.
    pub(super) fn make_again(&mut self, index: usize, maker: usize) -> Result<(), PipelineError> {
        self.request.observer.observe(&Event::Warning {
            stage: Some(&self.call(maker).name),
            message: "its kept result is gone or damaged, so it is made again",
        });
        self.waiting[index] = 1;
        self.planned.remove(&index);
        self.keys[index] = None;
        if self.phases[maker] == Phase::Open {
            return Ok(());
        }
        self.phases[maker] = Phase::Open;
        self.open += 1;
        self.wanted_by[maker] = self.wanted_by[maker].max(1);
        // Its own inputs are wanted again, too.
        for dependency in self.request.graph.dependencies(maker) {
            self.wanted_by[dependency] += 1;
            if self.slots[dependency].is_empty() {
                self.fill_slots(dependency, &[]);
            }
        }
        let mut planned = self.resolver.decide(maker, self)?;
        if planned.decision == Decision::Reuse {
            // Its entry looks whole: the damage is in an item inside.
            planned.decision = Decision::Run;
            planned.entry = None;
            planned.reasons = vec![Reason::new(
                ReasonKind::Missing,
                "a part of its kept result is gone or damaged",
            )];
        }
        self.planned.remove(&maker);
        self.remake.insert(maker);
        self.apply(&planned)
    }

    /// Does what was asked of the run, and returns how often it was asked.
    pub(super) fn obey(&mut self) -> Result<u32, PipelineError> {
        let requests = self.request.cancellation.count();
        if requests > 0 {
            self.stop("the run was cancelled before this began".to_owned())?;
        }
        Ok(requests)
    }

    /// Starts nothing more: what is ready or waiting is cancelled, and what rests on it is blocked.
    pub(super) fn stop(&mut self, why: String) -> Result<(), PipelineError> {
        if self.stopping.is_some() {
            return Ok(());
        }
        self.stopping = Some(why.clone());
        let mut unstarted = self.ready.drain();
        unstarted.extend(self.parked.drain(..).map(|parked| parked.call));
        unstarted.sort_unstable();
        for index in unstarted {
            self.cancel(index, why.clone());
        }
        self.settle_all()
    }

    /// Waits for nothing but commits under way, which take no time: all else that is open is recorded as cancelled.
    pub(super) async fn abandon(&mut self, why: &str) -> Result<(), PipelineError> {
        let (stopped, committing): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(|(_, running)| running.fence.stop());
        self.running = committing.into_iter().collect();
        while !self.running.is_empty()
            && let Some(finished) = self.receiver.recv().await
        {
            // What was stopped may still say how it ended; that is not waited for, and does not count.
            if self.running.contains_key(&finished.call) {
                self.finished(finished)?;
            }
        }
        for (index, running) in stopped {
            // The thread may go on; nobody shall have to wait for it.
            running.lease.release();
            self.end_running(index, running.record, why);
        }
        for index in 0..self.phases.len() {
            if self.phases[index] == Phase::Open {
                self.cancel(index, why.to_owned());
            }
        }
        self.to_settle.clear();
        self.write_batch()
    }
}

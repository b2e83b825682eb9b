//! What interrupts the usual course: a damaged input, a failure that ends the rest, a request to stop.

use mlops_store::StageOutcome;

use super::{Coordinator, Phase};
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

    /// Starts nothing more: what is ready or waiting is cancelled, or blocked by what failed.
    pub(super) fn stop(&mut self) -> Result<(), PipelineError> {
        if self.stopping {
            return Ok(());
        }
        self.stopping = true;
        let mut unstarted = self.ready.drain();
        unstarted.extend(self.parked.drain(..).map(|parked| parked.call));
        unstarted.sort_unstable();
        for index in unstarted {
            let reason = Reason::new(ReasonKind::Blocked, "the run was stopped before it started");
            self.end(index, StageOutcome::Cancelled, &[reason]);
        }
        self.settle_all()
    }

    /// Waits for nothing: all that is open is recorded as cancelled.
    pub(super) fn abandon(&mut self) -> Result<(), PipelineError> {
        for index in 0..self.phases.len() {
            if self.phases[index] == Phase::Open {
                let reason = Reason::new(ReasonKind::Blocked, "the run was stopped at once");
                self.end(index, StageOutcome::Cancelled, &[reason]);
            }
        }
        self.to_settle.clear();
        self.write_batch()
    }
}

//! Settling calls: a decision is carried out, an end is recorded, and what waited for it is decided in turn.

use mlops_core::Digest;
use mlops_store::{Entry, Playback, StageOutcome};

use super::Coordinator;
use crate::PipelineError;
use crate::event::{Event, StageFinished};
use crate::plan::{Decision, Plan, PlannedCall, Settled};
use crate::reason::{Reason, ReasonKind};

/// Records are written so many at once: enough that the transaction costs little, few enough that lineage is told while the
/// rest is settled.
const BATCH: usize = 128;

/// What became of a call so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    Ended(StageOutcome),
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

    fn blocker(&self, call: usize) -> Option<String> {
        let name = &self.call(call).name;
        let said = self.errors[call].as_deref()?;
        match self.phases[call] {
            Phase::Ended(StageOutcome::Failed) => Some(format!("`{name}` failed")),
            // It was itself stopped or held up by another: that other one is what people look for.
            Phase::Ended(StageOutcome::Cancelled) => Some(said.to_owned()),
            Phase::Ended(StageOutcome::Blocked) if self.is_held_up(call) => Some(said.to_owned()),
            Phase::Ended(StageOutcome::Blocked) => Some(format!("`{name}` is blocked: {said}")),
            _ => None,
        }
    }
}

impl Coordinator<'_> {
    /// Settles all that the plan already knows.
    pub(super) fn begin(&mut self, plan: &Plan) -> Result<(), PipelineError> {
        let graph = &self.request.graph;
        for index in 0..graph.len() {
            self.waiting[index] = graph.dependencies(index).len();
            self.wanted_by[index] = graph.dependents(index).len();
        }
        // Each call is told once: by its own turn here, not by the end of what it waited for.
        let is_decided = |planned: &&PlannedCall| planned.decision != Decision::Depends;
        let decided = plan.calls.iter().filter(is_decided);
        self.decided = decided.clone().map(|planned| planned.call).collect();
        for planned in decided {
            self.decided.remove(&planned.call);
            self.apply(planned)?;
            self.settle_all()?;
        }
        self.write_batch()
    }

    /// Carries out a decision.
    pub(super) fn apply(&mut self, planned: &PlannedCall) -> Result<(), PipelineError> {
        let index = planned.call;
        self.keys[index] = planned.key;
        match planned.decision {
            Decision::Reuse => match &planned.entry {
                Some(entry) => self.reuse(index, entry),
                None => self.end(index, StageOutcome::Blocked, &planned.reasons),
            },
            Decision::Skip => self.end(index, StageOutcome::Skipped, &planned.reasons),
            Decision::Blocked => self.end(index, StageOutcome::Blocked, &planned.reasons),
            Decision::Run if let Some(why) = self.stopping.clone() => self.cancel(index, why),
            Decision::Run => {
                let policy = &self.call(index).stage.policy;
                self.ready.push(index, self.longest_paths[index], policy);
                self.planned.insert(index, planned.clone());
            }
            Decision::Depends => {}
        }
        Ok(())
    }

    pub(super) fn reuse(&mut self, index: usize, entry: &Entry) {
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

    /// Ends a call that never began.
    pub(super) fn cancel(&mut self, index: usize, why: String) {
        let reason = Reason::new(ReasonKind::Blocked, why);
        self.end(index, StageOutcome::Cancelled, &[reason]);
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

    pub(super) fn ended(&mut self, index: usize, outcome: StageOutcome) {
        self.phases[index] = Phase::Ended(outcome);
        self.planned.remove(&index);
        self.open -= 1;
        self.to_settle.push_back(index);
    }

    /// Tells dependents that a call ended, decides about those that were waiting for it alone, and lets go of values that
    /// nobody wants any more.
    pub(super) fn settle_all(&mut self) -> Result<(), PipelineError> {
        while let Some(index) = self.to_settle.pop_front() {
            for dependency in self.request.graph.dependencies(index) {
                self.wanted_by[dependency] = self.wanted_by[dependency].saturating_sub(1);
                if self.wanted_by[dependency] == 0 {
                    self.slots[dependency] = Vec::new();
                }
            }
            for dependent in self.request.graph.dependents(index) {
                self.waiting[dependent] = self.waiting[dependent].saturating_sub(1);
                // A call that is planned already is ready, parked or running: its input was made a second time.
                if self.waiting[dependent] == 0
                    && self.phases[dependent] == Phase::Open
                    && !self.planned.contains_key(&dependent)
                    && !self.decided.contains(&dependent)
                {
                    let planned = self.resolver.decide(dependent, self)?;
                    self.apply(&planned)?;
                }
            }
            if self.batch.len() >= BATCH {
                self.write_batch()?;
            }
        }
        Ok(())
    }

    pub(super) fn write_batch(&mut self) -> Result<(), PipelineError> {
        if !self.batch.is_empty() {
            self.request.store.record_stages(&self.batch)?;
            self.batch.clear();
        }
        Ok(())
    }

    /// Whether something that the call needs has no value and never will.
    fn is_held_up(&self, call: usize) -> bool {
        let needed = self.request.graph.dependencies(call);
        needed
            .into_iter()
            .any(|needed| self.decision(needed) == Decision::Blocked)
    }

    pub(super) fn say(
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

//! The records of a run: how it began, each stage, how it ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use mlops_core::Digest;
use mlops_store::{CodeState, Counts, RunOutcome, RunRecord, StageOutcome, StageRecord};

use super::super::{CallResult, RunRequest, RunResult, new_run_id};
use super::Coordinator;
use super::settle::Phase;
use crate::key::{TARGET, TOOLCHAIN};
use crate::plan::Plan;

/// The record of a run that begins.
pub(super) fn begin(request: &RunRequest) -> RunRecord {
    let started = request.clock.now();
    let mut environment = BTreeMap::from([
        ("toolchain".to_owned(), TOOLCHAIN.to_owned()),
        ("target".to_owned(), TARGET.to_owned()),
        (
            "cores".to_owned(),
            std::thread::available_parallelism()
                .map_or_else(|_| "unknown".to_owned(), |cores| cores.to_string()),
        ),
    ]);
    if let Some((_, call)) = request.graph.calls().next() {
        if let Some(lock) = call.stage.code.lock {
            environment.insert("Cargo.lock".to_owned(), lock.to_owned());
        }
        let files = Digest::of(call.stage.code.files.as_bytes());
        environment.insert("sources".to_owned(), files.hex());
    }
    for (name, digest) in &request.environment.variables {
        // The digest, not the value: a variable may hold a secret.
        let said = digest.map_or_else(|| "not set".to_owned(), |digest| digest.to_string());
        environment.insert(format!("variable {name}"), said);
    }
    RunRecord {
        id: new_run_id(started),
        pipeline: request.pipeline.clone(),
        profile: request.profile.clone(),
        level: request.level,
        started,
        ended: None,
        outcome: None,
        reason: None,
        parameters: request.parameters.clone(),
        settings: request.settings.clone(),
        from: request.from,
        forced: request.force.clone(),
        code: request.code.clone().unwrap_or_default(),
        environment,
        counts: Counts::default(),
        seconds: 0.0,
        outputs: Vec::new(),
        owner: request.store.owner_id(),
        process: std::process::id(),
        host: mlops_store::host_name(),
        user: mlops_store::user_name(),
    }
}

/// A look at git, which takes longer than a small pipeline and so happens beside it.
pub(super) struct CodeLook {
    thread: JoinHandle<CodeState>,
    is_over: Arc<AtomicBool>,
}

/// Looks at git, unless somebody did. A run that takes longer is recorded anew once git has answered, so that one that is
/// killed has its commit as well.
pub(super) fn look_at_code(request: &RunRequest, run: &RunRecord) -> Option<CodeLook> {
    if request.code.is_some() {
        return None;
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let (store, mut run, over) = (request.store.clone(), run.clone(), Arc::clone(&is_over));
    let look = move || {
        run.code = crate::code_state::code_state(None).unwrap_or_default();
        if !over.load(Ordering::SeqCst) {
            // The end of the run is recorded in any case, and only after this thread.
            let _ = store.begin_run(&run);
        }
        run.code
    };
    let thread = std::thread::Builder::new().name("code state".to_owned());
    Some(CodeLook {
        thread: thread.spawn(look).ok()?,
        is_over,
    })
}

impl CodeLook {
    /// Waits for git's answer.
    pub(super) fn join(self) -> CodeState {
        self.is_over.store(true, Ordering::SeqCst);
        self.thread.join().unwrap_or_default()
    }
}

impl Coordinator<'_> {
    pub(super) fn stage_record(&self, index: usize, outcome: StageOutcome) -> StageRecord {
        let call = self.call(index);
        let stage = call.stage;
        StageRecord {
            run: self.run,
            index: index as u64,
            path: stage.path.to_owned(),
            name: call.name.clone(),
            kind: stage.kind.as_str().to_owned(),
            owner: stage.owner.map(str::to_owned),
            description: stage.description.to_owned(),
            outcome,
            key: self.keys[index],
            entry: None,
            reasons: serde_json::Value::Null,
            started: None,
            ended: None,
            seconds: 0.0,
            attempts: 0,
            reused_from: None,
            resumed: None,
            error: None,
            source: stage.place(),
            inputs: Vec::new(),
            playback: Default::default(),
        }
    }

    /// Ends a call that was stopped while it ran; what it still does counts for nothing.
    pub(super) fn end_running(&mut self, index: usize, mut record: StageRecord, why: &str) {
        let now = self.request.clock.now();
        let began = record.started.unwrap_or(now);
        record.outcome = StageOutcome::Cancelled;
        record.error = Some(why.to_owned());
        record.ended = Some(now);
        record.seconds = now.duration_since(began).as_secs_f64().max(0.0);
        self.errors[index] = record.error.clone();
        self.say(index, record.outcome, record.seconds, 1, None);
        self.ended(index, record.outcome);
        self.batch.push(record);
    }

    /// Counts, names the results, and settles the outcome.
    pub(super) fn conclude(self, plan: Plan, run: &mut RunRecord) -> RunResult {
        let mut counts = Counts::default();
        let mut calls = Vec::with_capacity(self.phases.len());
        for (index, phase) in self.phases.iter().enumerate() {
            let outcome = match phase {
                Phase::Ended(outcome) => *outcome,
                Phase::Open => StageOutcome::Cancelled,
            };
            match outcome {
                StageOutcome::Ran => counts.ran += 1,
                StageOutcome::Reused => counts.reused += 1,
                StageOutcome::Failed => counts.failed += 1,
                StageOutcome::Blocked => counts.blocked += 1,
                StageOutcome::Skipped => counts.skipped += 1,
                _ => counts.cancelled += 1,
            }
            calls.push(CallResult {
                stage: self.call(index).name.clone(),
                outcome,
                key: self.keys[index],
                error: self.errors[index].clone(),
            });
        }
        let outputs: Vec<_> = self
            .request
            .graph
            .outputs()
            .iter()
            .filter_map(|output| {
                let reference = self.outputs[output.call].get(output.output)?;
                Some((output.name.clone(), reference.clone()))
            })
            .collect();
        run.counts = counts;
        run.outputs = outputs
            .iter()
            .map(|(name, reference)| (name.clone(), vec![reference.digest]))
            .collect();
        // Under --only, what was left out is no failure: what was chosen decides.
        let names = self.request.only.iter();
        let chosen: BTreeSet<usize> = names
            .filter_map(|name| self.request.graph.find(name).ok())
            .flatten()
            .collect();
        let chosen = |index: &usize| self.request.only.is_empty() || chosen.contains(index);
        let bad = (0..calls.len()).filter(chosen).any(|index| {
            matches!(
                calls[index].outcome,
                StageOutcome::Failed | StageOutcome::Blocked | StageOutcome::Cancelled
            )
        });
        let unfinished = counts.cancelled + counts.blocked > 0;
        let outcome = if counts.failed > 0 {
            RunOutcome::Failed
        } else if self.request.cancellation.requested() && unfinished {
            RunOutcome::Cancelled
        } else if bad {
            RunOutcome::Failed
        } else {
            RunOutcome::Succeeded
        };
        run.outcome = Some(outcome);
        run.reason = calls
            .iter()
            .find(|call| matches!(call.outcome, StageOutcome::Failed))
            .or_else(|| {
                calls
                    .iter()
                    .find(|call| matches!(call.outcome, StageOutcome::Blocked))
            })
            // Nobody asked for it: whatever cancelled it is a defect, and a run with a hole is no success.
            .or_else(|| {
                calls
                    .iter()
                    .find(|call| matches!(call.outcome, StageOutcome::Cancelled))
            })
            .filter(|_| outcome == RunOutcome::Failed)
            .map(|call| {
                let error = call.error.as_deref().unwrap_or("no cause was recorded");
                format!("{}: {error}", call.stage)
            });
        RunResult {
            run: run.clone(),
            plan,
            calls,
            outputs,
            store_is_damaged: self.store_is_damaged,
        }
    }
}

//! The records of a run: how it began, each stage, how it ended.

use std::collections::BTreeMap;
use std::thread::JoinHandle;

use mlops_store::{CodeState, Counts, RunOutcome, RunRecord, StageOutcome, StageRecord};

use super::super::{CallResult, RunRequest, RunResult, new_run_id};
use super::{Coordinator, Phase};
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
        environment.insert("sources".to_owned(), call.stage.code.sources.to_owned());
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
        host: crate::code_state::host_name(),
        user: crate::code_state::user_name(),
    }
}

/// Looks at git meanwhile, unless somebody did: two processes cost more than a small pipeline.
pub(super) fn look_at_code(request: &RunRequest) -> Option<JoinHandle<CodeState>> {
    if request.code.is_some() {
        return None;
    }
    std::thread::Builder::new()
        .name("code state".to_owned())
        .spawn(|| crate::code_state::code_state(None).unwrap_or_default())
        .ok()
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
            playback: Default::default(),
        }
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
        let chosen = |index: &usize| {
            self.request.only.is_empty()
                || self.request.only.iter().any(|name| {
                    self.request
                        .graph
                        .find(name)
                        .is_ok_and(|found| found.contains(index))
                })
        };
        let bad = (0..calls.len()).filter(chosen).any(|index| {
            matches!(
                calls[index].outcome,
                StageOutcome::Failed | StageOutcome::Blocked
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
        }
    }
}

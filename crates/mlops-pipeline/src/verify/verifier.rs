//! Runs kept calls again, compares, and looks for the cause of what differs.

use std::path::PathBuf;
use std::time::Duration;

use mlops_core::Digest;
use mlops_store::{ArtifactReference, Store, StoreError, StoredArtifact};

use super::VerifyError;
use super::attempt::{Attempt, Operation};
use super::candidate::{Candidate, Candidates, LeftOut, Selection, candidates};
use super::cause::{Cause, causes_in};
use super::environment;
use super::experiment::{Experiment, experiment};
use super::order::{Answer, Impossible};
use super::rerun::{Conditions, Rerun, Runner};
use super::verdict::{Difference, Verdict, Version, Whose, beside, differences};
use crate::engine::RunRequest;

/// A run that takes longer than this is not made ten times over to find out why it differs, unless its stage was named.
const LONGEST_EXPERIMENT: f64 = 20.0;
/// How much longer than the first run one of an experiment may take, which is slower because each call is looked at.
const EXPERIMENT_FACTOR: f64 = 20.0;
const EXPERIMENT_AT_LEAST: Duration = Duration::from_secs(10);

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Of which calls.
    pub selection: Selection,
    /// Whether each is run twice afresh, and the two are compared with each other, too.
    pub twice: bool,
    /// Whether each is shut in, and what it tries beyond its declarations is named.
    pub hermetic: bool,
}

/// Runs kept calls again elsewhere, and compares. Nothing of it enters the store.
pub struct Verifier<'a> {
    request: &'a RunRequest,
    options: VerifyOptions,
    runner: Runner<'a>,
    candidates: Vec<Candidate>,
    left_out: Vec<LeftOut>,
}

impl<'a> Verifier<'a> {
    /// Plans, and settles what is run again. `program` is what is started for each run, with `wiring` in its order.
    ///
    /// # Errors
    /// There is no such stage, the store failed, or no scratch folder can be made.
    pub fn new(
        request: &'a RunRequest,
        options: VerifyOptions,
        program: PathBuf,
        wiring: serde_json::Value,
    ) -> Result<Self, VerifyError> {
        let Candidates {
            found,
            left_out,
            began,
        } = candidates(request, &options.selection)?;
        Ok(Self {
            request,
            options,
            runner: Runner::new(request, program, wiring, began)?,
            candidates: found,
            left_out,
        })
    }

    /// What is run again.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// What is not, and why.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Reads one of two results that differ.
    ///
    /// # Errors
    /// It is not there, or damaged.
    pub fn read(&self, result: &(Whose, ArtifactReference)) -> Result<StoredArtifact, StoreError> {
        self.store_of(result.0).read_artifact(&result.1.digest)
    }

    fn store_of(&self, whose: Whose) -> &Store {
        match whose {
            Whose::Kept => &self.request.store,
            _ => &self.runner.scratch,
        }
    }

    /// Runs a candidate again, and compares.
    ///
    /// # Errors
    /// It cannot be run at all; that it fails, or gives something else, is part of the verdict.
    pub fn verify(&mut self, number: usize) -> Result<Verdict, VerifyError> {
        let candidate = self.candidates[number].clone();
        let stage = self.request.graph.call(candidate.call).stage;
        let mut verdict = Verdict::new(&candidate.stage, stage, candidate.key);
        let mut versions: Vec<Version> = Vec::new();
        if let Some(entry) = &candidate.entry {
            versions.push((Whose::Kept, entry.outputs.clone()));
        }
        self.run_all(&candidate, &mut verdict, &mut versions)?;
        verdict.differences = differences(&versions);
        if self.options.hermetic {
            self.look_for_variables(&candidate, &mut verdict)?;
        }
        verdict.judge();
        if verdict.needs_a_cause() {
            verdict.in_code = causes_in(stage.code.foreign);
            verdict.experiment = Some(self.experiment(&candidate, &mut verdict)?);
        }
        Ok(verdict)
    }

    /// Makes the runs that are asked for, up to the first that makes nothing.
    fn run_all(
        &mut self,
        candidate: &Candidate,
        verdict: &mut Verdict,
        versions: &mut Vec<Version>,
    ) -> Result<(), VerifyError> {
        let first = match self.options.hermetic {
            true => Conditions::hermetic(),
            false => Conditions::usual(),
        };
        let rerun = self.run(candidate, &first, verdict)?;
        verdict.seconds = rerun.answer.seconds;
        verdict.asked_time = rerun.answer.asked_time;
        verdict.refused_connections = rerun.answer.refuses_connections;
        verdict.attempts.clone_from(&rerun.attempts);
        if let (Some(entry), None) = (&candidate.entry, failure(&rerun.answer)) {
            let kept = (&entry.playback.metrics, &entry.playback.notes);
            let made = (&rerun.answer.metrics, &rerun.answer.notes);
            verdict.beside = beside(kept, made);
        }
        if !take(rerun.answer, Whose::Run(1), verdict, versions) {
            return Ok(());
        }
        if self.options.twice || candidate.entry.is_none() {
            let again = self.run(candidate, &Conditions::usual(), verdict)?;
            if !take(again.answer, Whose::Run(2), verdict, versions) {
                return Ok(());
            }
        }
        // One that has threads may give the same on this machine for ever, and something else on the next.
        let has_threads = rerun.threads != Some(false);
        if !self.options.hermetic && has_threads && differences(versions).is_empty() {
            let other = self.run(candidate, &Conditions::other_threads(), verdict)?;
            take(other.answer, Whose::OtherThreads, verdict, versions);
        }
        Ok(())
    }

    fn run(
        &mut self,
        candidate: &Candidate,
        conditions: &Conditions,
        verdict: &mut Verdict,
    ) -> Result<Rerun, VerifyError> {
        verdict.runs += 1;
        self.runner.run(candidate, conditions)
    }

    /// Whether it is the missing part of its environment that makes a stage fail, or give something else, when it is shut in.
    fn look_for_variables(
        &mut self,
        candidate: &Candidate,
        verdict: &mut Verdict,
    ) -> Result<(), VerifyError> {
        let is_refused = verdict.attempts.iter().any(|attempt| attempt.refused);
        let is_as_usual = verdict.error.is_none() && verdict.differences.is_empty();
        if is_refused || is_as_usual {
            return Ok(());
        }
        let usual = self.run(candidate, &Conditions::usual(), verdict)?.answer;
        let expected = match &candidate.entry {
            Some(entry) => digests(&entry.outputs),
            None => digests(&usual.outputs),
        };
        if failure(&usual).is_some() || digests(&usual.outputs) != expected {
            // It differs, or fails, with all of its environment as well.
            return Ok(());
        }
        let names = self.runner.other_variables();
        let needed = environment::needed(&names, |let_in| {
            let conditions = Conditions {
                variables: let_in.to_vec(),
                ..Conditions::hermetic()
            };
            let answer = self.run(candidate, &conditions, verdict)?.answer;
            Ok::<_, VerifyError>(failure(&answer).is_none() && digests(&answer.outputs) == expected)
        })?;
        verdict
            .attempts
            .extend(needed.into_iter().map(|name| Attempt {
                operation: Operation::Variable,
                what: name,
                refused: true,
                missing: false,
                times: 1,
            }));
        Ok(())
    }

    /// Finds out why, if that does not take too long.
    fn experiment(
        &mut self,
        candidate: &Candidate,
        verdict: &mut Verdict,
    ) -> Result<Experiment, VerifyError> {
        let is_named = self.options.selection.stage.is_some();
        if verdict.seconds > LONGEST_EXPERIMENT && !is_named {
            let why = format!(
                "one run takes {:.0} s, and ten are needed; `verify {}` makes them",
                verdict.seconds, candidate.stage
            );
            return Ok(Experiment::NotMade(why));
        }
        let limit = Duration::from_secs_f64(verdict.seconds * EXPERIMENT_FACTOR);
        let made = experiment(|still| {
            let conditions = Conditions {
                still: still.clone(),
                limit: Some(limit + EXPERIMENT_AT_LEAST),
                ..Conditions::default()
            };
            let answer = self.run(candidate, &conditions, verdict)?.answer;
            Ok(match failure(&answer) {
                Some(why) => Err(why),
                None => Ok(digests(&answer.outputs)),
            })
        });
        let by_threads = |difference: &Difference| difference.other.0 == Whose::OtherThreads;
        match made {
            // Without tracing nothing else can be held still; what differs is said all the same.
            Err(VerifyError::NoTrace { .. }) if verdict.differences.iter().all(by_threads) => {
                Ok(Experiment::Found(vec![Cause::Threads]))
            }
            Err(VerifyError::NoTrace { why }) => {
                Ok(Experiment::NotMade(format!("it cannot be traced: {why}")))
            }
            made => made,
        }
    }
}

fn digests(outputs: &[ArtifactReference]) -> Vec<Digest> {
    outputs.iter().map(|output| output.digest).collect()
}

/// Why an answer holds no result, if so.
fn failure(answer: &Answer) -> Option<String> {
    match &answer.impossible {
        Some(Impossible::Inputs(why)) => Some(format!("its inputs cannot be had: {why}")),
        _ => answer.error.clone(),
    }
}

/// Takes what a run made; whether it made something.
fn take(answer: Answer, whose: Whose, verdict: &mut Verdict, versions: &mut Vec<Version>) -> bool {
    if let Some(why) = failure(&answer) {
        verdict.error = Some(why);
        return false;
    }
    versions.push((whose, answer.outputs));
    true
}

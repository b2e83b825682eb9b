//! What a verification says: for people a block for each stage, for programs an object for each thing.

use mlops_pipeline::verify::{
    Attempt, CauseInCode, Difference, Experiment, LeftOut, Verdict, VerifyOutcome, Whose,
};
use serde_json::{Value, json};

use crate::cli::tell;
use crate::failure::Failure;
use crate::report::{duration, style};

/// Names in the code that are shown.
const SHOWN_HINTS: usize = 6;

/// Says verdicts as they come, and counts them.
pub(super) struct Said {
    json: bool,
    hermetic: bool,
    outcomes: Vec<VerifyOutcome>,
    /// Whether a kernel did not refuse connections: said once.
    open_network: bool,
}

impl Said {
    pub(super) fn new(json: bool, hermetic: bool) -> Self {
        Self {
            json,
            hermetic,
            outcomes: Vec::new(),
            open_network: false,
        }
    }

    /// How the verdicts were.
    pub(super) fn verdicts(&self) -> &[VerifyOutcome] {
        &self.outcomes
    }

    /// One verdict; `places` says where each of its differences begins.
    pub(super) fn verdict(&mut self, verdict: &Verdict, places: &[String]) -> Result<(), Failure> {
        self.outcomes.push(verdict.outcome);
        self.open_network |= verdict.refused_connections == Some(false);
        if self.json {
            for attempt in &verdict.attempts {
                tell::json_line(&attempt_line(verdict, attempt))?;
            }
            return Ok(tell::json_line(&line(verdict, places))?);
        }
        let word = format!("{:10}", verdict.outcome.as_str());
        let word = match verdict.outcome {
            VerifyOutcome::Same => style::good(&word),
            VerifyOutcome::Declared => style::warn(&word),
            _ => style::bad(&word),
        };
        let took = format!("{} × {}", verdict.runs, duration(verdict.seconds));
        let mut text = format!("{word}  {}  {}\n", verdict.stage, style::dim(&took));
        for detail in details(verdict, places) {
            text.push_str(&format!(
                "            {}\n",
                detail.replace('\n', "\n              ")
            ));
        }
        tell::text(&text)
    }

    /// What was not run, and why.
    pub(super) fn left_out(&self, left_out: &[LeftOut]) -> Result<(), Failure> {
        for LeftOut { stage, why } in left_out {
            if self.json {
                tell::json_line(&json!({ "event": "left_out", "stage": stage, "why": why }))?;
            } else {
                let word = style::dim(&format!("{:10}", "left out"));
                tell::text(&format!("{word}  {stage}  {}\n", style::dim(why)))?;
            }
        }
        Ok(())
    }

    /// The last line.
    pub(super) fn end(&self) -> Result<(), Failure> {
        let count = |outcome| self.outcomes.iter().filter(|one| **one == outcome).count();
        let counted = [
            (VerifyOutcome::Same, "same"),
            (VerifyOutcome::Differs, "not deterministic"),
            (VerifyOutcome::Declared, "declared not deterministic"),
            (VerifyOutcome::Undeclared, "with undeclared inputs"),
            (VerifyOutcome::Failed, "failed"),
        ]
        .map(|(outcome, words)| (outcome.as_str(), count(outcome), words));
        if self.json {
            let mut line = json!({
                "event": "verified",
                "hermetic": self.hermetic,
                "stages": self.outcomes.len(),
            });
            if let Value::Object(fields) = &mut line {
                let counts = counted
                    .iter()
                    .map(|(word, count, _)| ((*word).to_owned(), Value::from(*count)));
                fields.extend(counts);
            }
            return Ok(tell::json_line(&line)?);
        }
        let parts: Vec<String> = counted
            .iter()
            .filter(|(_, count, _)| *count > 0)
            .map(|(_, count, words)| format!("{count} {words}"))
            .collect();
        let mut text = format!(
            "\n{} {}\n",
            style::strong(&format!("{} verified:", stages(self.outcomes.len()))),
            parts.join(", ")
        );
        if self.open_network {
            text.push_str(
                "this kernel refuses files only: connections were named, and let through\n",
            );
        }
        tell::text(&text)
    }
}

fn stages(count: usize) -> String {
    match count {
        1 => "1 stage".to_owned(),
        count => format!("{count} stages"),
    }
}

/// All that is said below a verdict, a line each.
fn details(verdict: &Verdict, places: &[String]) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(error) = &verdict.error {
        details.push(format!("it failed: {error}"));
    }
    for attempt in &verdict.attempts {
        details.push(format!("undeclared: {attempt}"));
    }
    details.extend(advice_on_attempts(verdict));
    for (difference, place) in verdict.differences.iter().zip(places) {
        details.push(format!(
            "output {}, {} and {}: {place}",
            difference.output,
            whose(difference.one.0),
            whose(difference.other.0)
        ));
    }
    if let Some(reason) = &verdict.declared {
        let word = match verdict.differences.is_empty() {
            true => "declared not deterministic, and the same this time",
            false => "declared not deterministic",
        };
        details.push(format!("{word}: {reason}"));
    }
    match &verdict.experiment {
        Some(Experiment::Found(causes)) if !causes.is_empty() => {
            for cause in causes {
                details.push(format!("because of {cause}: {}", cause.advice()));
            }
        }
        Some(Experiment::Found(_)) => details.push(
            "no cause was found: in the experiment it gave the same whatever was let go".to_owned(),
        ),
        Some(Experiment::None) => details.push(
            "none of the usual causes: it differs although hash seeds, random numbers, the clock and the number of threads are held still"
                .to_owned(),
        ),
        Some(Experiment::NotMade(why)) => {
            details.push(format!("the cause was not looked for: {why}"));
        }
        _ => {}
    }
    for hint in hints(verdict) {
        details.push(format!(
            "in its code: {} in {} ({})",
            hint.name, hint.by, hint.at
        ));
    }
    if verdict.asked_time && !verdict.differences.is_empty() {
        details.push("it asks for the present moment with `cx.now()`".to_owned());
    }
    for beside in &verdict.beside {
        details.push(format!("beside its outputs: {beside}"));
    }
    details
}

/// Names in the code that hint at what the experiment found; at anything, if it found nothing.
fn hints(verdict: &Verdict) -> impl Iterator<Item = &CauseInCode> {
    let found = match &verdict.experiment {
        Some(Experiment::Found(causes)) => causes.as_slice(),
        _ => &[],
    };
    let fits = |hint: &&CauseInCode| found.is_empty() || found.contains(&hint.cause);
    verdict.in_code.iter().filter(fits).take(SHOWN_HINTS)
}

/// What to do about attempts, each advice once.
fn advice_on_attempts(verdict: &Verdict) -> Vec<String> {
    let mut advice: Vec<&str> = Vec::new();
    for attempt in &verdict.attempts {
        let next = attempt.operation.advice();
        if !advice.contains(&next) {
            advice.push(next);
        }
    }
    advice
        .into_iter()
        .map(|next| format!("help: {next}"))
        .collect()
}

fn whose(whose: Whose) -> String {
    match whose {
        Whose::Kept => "what is kept".to_owned(),
        Whose::Run(number) => format!("run {number}"),
        _ => "a run with another number of threads".to_owned(),
    }
}

fn word_of(whose: Whose) -> String {
    match whose {
        Whose::Kept => "kept".to_owned(),
        Whose::Run(number) => format!("run {number}"),
        _ => "other threads".to_owned(),
    }
}

fn attempt_line(verdict: &Verdict, attempt: &Attempt) -> Value {
    json!({
        "event": "attempt",
        "stage": verdict.stage,
        "operation": attempt.operation,
        "what": attempt.what,
        "refused": attempt.refused,
        "missing": attempt.missing,
        "times": attempt.times,
    })
}

fn line(verdict: &Verdict, places: &[String]) -> Value {
    let differences =
        verdict
            .differences
            .iter()
            .zip(places)
            .map(|(Difference { output, one, other }, place)| {
                json!({
                    "output": output,
                    "one": { "whose": word_of(one.0), "digest": one.1.digest },
                    "other": { "whose": word_of(other.0), "digest": other.1.digest },
                    "first": place,
                })
            });
    let (causes, not_found) = match &verdict.experiment {
        Some(Experiment::Found(causes)) => (json!(causes), Value::Null),
        Some(Experiment::None) => (json!([]), "none of the usual causes".into()),
        Some(Experiment::NotMade(why)) => (json!([]), why.clone().into()),
        _ => (Value::Null, Value::Null),
    };
    json!({
        "event": "verify",
        "stage": verdict.stage,
        "path": verdict.path,
        "outcome": verdict.outcome.as_str(),
        "key": verdict.key,
        "differences": differences.collect::<Vec<_>>(),
        "causes": causes,
        "causes_not_found": not_found,
        "in_code": verdict.in_code,
        "asked_time": verdict.asked_time,
        "beside": verdict.beside,
        "declared": verdict.declared,
        "attempts": verdict.attempts.len(),
        "refused_connections": verdict.refused_connections,
        "error": verdict.error,
        "runs": verdict.runs,
        "seconds": verdict.seconds,
    })
}

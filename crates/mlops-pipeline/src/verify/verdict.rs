//! The verdict on one call: the same as what is kept, or not, where, and why.

use mlops_core::{Digest, Stage};
use mlops_store::{ArtifactReference, Metric};

use super::attempt::{Attempt, Operation};
use super::cause::CauseInCode;
use super::experiment::Experiment;

/// How a verification of one call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyOutcome {
    /// All bytes are the same, and nothing undeclared was tried.
    Same,
    /// Bytes differ.
    Differs,
    /// Bytes differ, and the stage says that they do.
    Declared,
    /// Something was tried that the stage does not declare.
    Undeclared,
    /// The stage failed.
    Failed,
}

impl VerifyOutcome {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::Declared => "declared",
            Self::Undeclared => "undeclared",
            Self::Failed => "failed",
        }
    }

    /// Whether it is as it should be.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Same | Self::Declared)
    }
}

/// Which of several results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whose {
    /// What is kept.
    Kept,
    /// What this run made, from 1.
    Run(u32),
    /// What the run on one processor, or with another number of threads, made.
    OtherThreads,
}

/// Two results that should be equal and are not.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Which of the stage's outputs.
    pub output: usize,
    /// The one.
    pub one: (Whose, ArtifactReference),
    /// The other.
    pub other: (Whose, ArtifactReference),
}

/// The verdict on one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Its short name.
    pub stage: String,
    /// Its whole path.
    pub path: String,
    /// Its key.
    pub key: Digest,
    /// How it ended.
    pub outcome: VerifyOutcome,
    /// Why the stage says that its result differs.
    pub declared: Option<String>,
    /// The first difference of each output.
    pub differences: Vec<Difference>,
    /// Metrics and notes that differ: for the reader, who knows which of them measure time.
    pub beside: Vec<String>,
    /// Causes by experiment.
    pub experiment: Option<Experiment>,
    /// Names in the stage's code that hint at a cause.
    pub in_code: Vec<CauseInCode>,
    /// Whether it asked for the present moment by `cx.now()`.
    pub asked_time: bool,
    /// What it tried that it does not declare.
    pub attempts: Vec<Attempt>,
    /// Whether the kernel refused connections as well as files, if the stage was shut in.
    pub refused_connections: Option<bool>,
    /// Why the stage failed.
    pub error: Option<String>,
    /// How often it ran.
    pub runs: u32,
    /// How long the first run took.
    pub seconds: f64,
}

impl Verdict {
    /// Nothing is known yet.
    pub(super) fn new(name: &str, stage: &Stage, key: Digest) -> Self {
        Self {
            stage: name.to_owned(),
            path: stage.path.to_owned(),
            key,
            outcome: VerifyOutcome::Same,
            declared: stage.not_deterministic.map(str::to_owned),
            differences: Vec::new(),
            beside: Vec::new(),
            experiment: None,
            in_code: Vec::new(),
            asked_time: false,
            attempts: Vec::new(),
            refused_connections: None,
            error: None,
            runs: 0,
            seconds: 0.0,
        }
    }

    /// Settles the outcome from what was found.
    pub(super) fn judge(&mut self) {
        if self.declared.is_some() {
            // It says that its result differs each time: that it reads a clock, or draws numbers, is no news.
            self.attempts.retain(|attempt| {
                !matches!(attempt.operation, Operation::Clock | Operation::Random)
            });
        }
        self.outcome = if !self.attempts.is_empty() {
            // A stage that was refused something usually fails, or gives something else: that is why, and comes first.
            VerifyOutcome::Undeclared
        } else if self.error.is_some() {
            VerifyOutcome::Failed
        } else if self.differences.is_empty() {
            VerifyOutcome::Same
        } else if self.declared.is_some() {
            VerifyOutcome::Declared
        } else {
            VerifyOutcome::Differs
        };
    }

    /// Whether it differs, and nobody has said why.
    pub(super) fn needs_a_cause(&self) -> bool {
        let is_shut_out = self.attempts.iter().any(|attempt| attempt.refused);
        !self.differences.is_empty()
            && self.declared.is_none()
            && self.error.is_none()
            && !is_shut_out
    }
}

/// One result, and whose it is.
pub(super) type Version = (Whose, Vec<ArtifactReference>);

/// For each output the first two results that differ.
pub(super) fn differences(versions: &[Version]) -> Vec<Difference> {
    let Some(((first, expected), others)) = versions.split_first() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (output, one) in expected.iter().enumerate() {
        let other = others.iter().find_map(|(whose, made)| {
            let made = made.get(output)?;
            (made.digest != one.digest).then(|| (*whose, made.clone()))
        });
        found.extend(other.map(|other| Difference {
            output,
            one: (*first, one.clone()),
            other,
        }));
    }
    found
}

pub(super) type GivenOut<'a> = (&'a Vec<Metric>, &'a Vec<String>);

/// Metrics and notes that differ, in words.
pub(super) fn beside(kept: GivenOut<'_>, made: GivenOut<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let place = |metric: &Metric| match metric.step {
        Some(step) => format!("metric {} at step {step}", metric.name),
        None => format!("metric {}", metric.name),
    };
    if kept.0.len() != made.0.len() {
        found.push(format!("{} metrics, now {}", kept.0.len(), made.0.len()));
    }
    for (old, new) in kept.0.iter().zip(made.0) {
        if (&old.name, old.step) != (&new.name, new.step) {
            found.push(format!("{}, now {}", place(old), place(new)));
        } else if old.value.to_bits() != new.value.to_bits() {
            found.push(format!("{}: {} → {}", place(old), old.value, new.value));
        }
    }
    if kept.1 != made.1 {
        found.push("the notes".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mlops_core::Description;

    use super::*;

    fn version(whose: Whose, contents: &[&str]) -> Version {
        let outputs = contents.iter().map(|content| ArtifactReference {
            digest: Digest::of(content.as_bytes()),
            size: 1,
            media_type: "text/plain".to_owned(),
            description: Description::default(),
        });
        (whose, outputs.collect())
    }

    #[test]
    fn the_first_result_that_differs_is_named_for_each_output() {
        let versions = [
            version(Whose::Kept, &["a", "b", "c"]),
            version(Whose::Run(1), &["a", "b", "x"]),
            version(Whose::Run(2), &["a", "y", "c"]),
        ];
        let found = differences(&versions);
        let said: Vec<_> = found
            .iter()
            .map(|found| (found.output, found.one.0, found.other.0))
            .collect();
        assert_eq!(
            said,
            [
                (1, Whose::Kept, Whose::Run(2)),
                (2, Whose::Kept, Whose::Run(1))
            ]
        );
        assert!(differences(&versions[..1]).is_empty());
        assert!(differences(&[]).is_empty());
    }

    #[test]
    fn metrics_and_notes_that_differ_are_named_whatever_their_times() {
        let metric = |name: &str, value, second| Metric {
            name: name.to_owned(),
            value,
            step: None,
            at: Timestamp::from_second(second).unwrap(),
        };
        let old = vec![metric("auc", 0.5, 1), metric("seconds", 1.0, 1)];
        let new = vec![metric("auc", 0.5, 2), metric("seconds", 2.0, 2)];
        let notes = vec!["done".to_owned()];
        assert_eq!(
            beside((&old, &notes), (&new, &Vec::new())),
            ["metric seconds: 1 → 2", "the notes"]
        );
        let fewer = vec![metric("loss", 0.5, 1)];
        assert_eq!(
            beside((&old, &notes), (&fewer, &notes)),
            ["2 metrics, now 1", "metric auc, now metric loss"]
        );
        assert!(beside((&old, &notes), (&old, &notes)).is_empty());
    }
}

//! Verdicts: what a contract found in a table, with its evidence.

use std::fmt;

use mlops_core::{Assertion, StageReport};
use serde::{Deserialize, Serialize};

use super::change::{ChangeKind, SchemaChange};
use super::clause::Severity;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The rule is kept.
    Pass,
    /// The rule is broken.
    Fail,
    /// There was nothing to judge: neither kept nor broken.
    NoEvidence,
}

impl Verdict {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NoEvidence => "no evidence",
        }
    }
}

/// Why there is no evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoEvidence {
    /// The table has no rows.
    EmptyTable,
    /// The condition leaves no rows.
    NothingLeft,
    /// The column has no value in any row.
    AllNull,
    /// There are too few values for what is asked.
    TooFew,
    /// A column does not exist.
    MissingColumn,
    /// The other table was not given, or lacks the column.
    MissingReference,
    /// The column is of a kind that the rule says nothing about.
    WrongKind,
    /// There are more different values than can be counted in bounded memory.
    TooMany,
    /// All values are alike, so that none stands out.
    AllAlike,
}

impl NoEvidence {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::EmptyTable => "the table is empty",
            Self::NothingLeft => "the condition leaves no row",
            Self::AllNull => "there is no value in any row",
            Self::TooFew => "there are too few values",
            Self::MissingColumn => "there is no such column",
            Self::MissingReference => "the other table, or its column, was not given",
            Self::WrongKind => "the rule says nothing about this kind of column",
            Self::TooMany => "there are too many different values",
            Self::AllAlike => "all values are alike",
        }
    }
}

/// A value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The row, counted from 0, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<u64>,
    /// The value; the values of several columns are joined by commas.
    pub value: String,
}

/// One verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The name of the clause, or of its rule.
    pub name: String,
    /// The kind of the rule.
    pub rule: String,
    /// The columns that it speaks of.
    pub columns: Vec<String>,
    /// What was stated.
    pub expected: String,
    /// What follows when it is broken.
    pub severity: Severity,
    /// What was found.
    pub verdict: Verdict,
    /// Why there is no evidence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<NoEvidence>,
    /// The contract allows by name what was found.
    pub allowed: bool,
    /// The rows that were judged.
    pub rows: u64,
    /// The rows that break the rule, where rows can.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub broken: Option<u64>,
    /// The share of rows that must keep the rule.
    pub mostly: f64,
    /// What was computed, for a rule on the whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub observed: Option<String>,
    /// For a rule on a distribution: how probable a difference at least as large is if nothing changed, adjusted for all such
    /// rules of the contract.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p_value: Option<f64>,
    /// Some of what breaks the rule.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub examples: Vec<Example>,
}

impl Check {
    /// Whether this alone is a reason to refuse the data.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Critical && self.verdict != Verdict::Pass && !self.allowed
    }

    /// What it speaks of: `column rule`.
    pub fn subject(&self) -> String {
        match self.columns.as_slice() {
            [] => self.name.clone(),
            columns => format!("{} {}", columns.join(", "), self.name),
        }
    }

    /// The evidence in one line.
    pub fn evidence(&self) -> String {
        let mut text = match (self.verdict, self.reason) {
            (Verdict::NoEvidence, Some(reason)) => reason.words().to_owned(),
            _ => match (self.broken, &self.observed) {
                (Some(0), _) => format!("{} rows", self.rows),
                (Some(broken), _) => format!("{broken} of {} rows", self.rows),
                (None, Some(observed)) => match self.p_value {
                    Some(p_value) if p_value < 1e-4 => format!("{observed}, p < 0.0001"),
                    Some(p_value) => format!("{observed}, p = {p_value:.4}"),
                    None => observed.clone(),
                },
                (None, None) => String::new(),
            },
        };
        if self.allowed {
            text.push_str(", which is allowed");
        }
        if !self.examples.is_empty() {
            let shown = self
                .examples
                .iter()
                .take(3)
                .map(|example| match example.row {
                    Some(row) => format!("`{}` in row {row}", example.value),
                    None => format!("`{}`", example.value),
                });
            text.push_str(": ");
            text.push_str(&shown.collect::<Vec<_>>().join(", "));
        }
        text
    }
}

/// What a contract found in a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The contract's name.
    pub contract: String,
    /// The table, or the file that it came from.
    pub location: String,
    /// How many rows there were.
    pub rows: u64,
    /// One verdict for each clause, in their order.
    pub checks: Vec<Check>,
    /// How the columns differ from those that are declared.
    pub changes: Vec<SchemaChange>,
}

impl Report {
    /// Whether nothing stands against using the data.
    pub fn passes(&self) -> bool {
        !self.checks.iter().any(Check::blocks) && self.changes.iter().all(|change| change.allowed)
    }

    /// How many checks have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks
            .iter()
            .filter(|check| check.verdict == verdict)
            .count()
    }

    /// The checks that are a reason to refuse the data.
    pub fn blocking(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.blocks())
    }

    /// What is not as it should be, whatever follows from it.
    pub fn notable(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|check| check.verdict != Verdict::Pass)
    }

    /// The changes of the columns, each with whether it is allowed; columns that were merely added in one line.
    pub fn changes_in_words(&self) -> Vec<(bool, String)> {
        let is_added = |change: &&SchemaChange| change.kind == ChangeKind::Added && change.allowed;
        let added: Vec<&SchemaChange> = self.changes.iter().filter(is_added).collect();
        let others = self
            .changes
            .iter()
            .filter(|change| added.len() < 3 || !is_added(change));
        let mut words: Vec<_> = others
            .map(|change| (change.allowed, change.to_string()))
            .collect();
        if added.len() >= 3 {
            let names: Vec<String> = added
                .iter()
                .map(|change| format!("`{}`", change.column))
                .collect();
            words.push((
                true,
                format!("{} columns were added: {}", added.len(), names.join(", ")),
            ));
        }
        words
    }

    /// What is kept with a run.
    pub(crate) fn for_stage(&self) -> StageReport {
        let assertion = |check: &Check| Assertion {
            rule: check.rule.clone(),
            name: (check.name != check.rule).then(|| check.name.clone()),
            columns: check.columns.clone(),
            verdict: check.verdict.name().replace(' ', "_"),
            severity: check.severity.name().to_owned(),
            expected: check.expected.clone(),
            found: check.evidence(),
        };
        StageReport {
            name: self.contract.clone(),
            passed: self.passes(),
            rows: Some(self.rows),
            text: self.to_string(),
            assertions: self.checks.iter().map(assertion).collect(),
        }
    }

    /// The last line: what came of it.
    pub fn summary(&self) -> String {
        let refused = self.changes.iter().filter(|change| !change.allowed).count();
        let blocking = self.blocking().count();
        let mut parts = Vec::new();
        for verdict in [Verdict::Pass, Verdict::Fail, Verdict::NoEvidence] {
            let count = self.count(verdict);
            if count > 0 || verdict == Verdict::Pass {
                parts.push(format!("{count} {}", verdict.name()));
            }
        }
        if refused > 0 {
            parts.push(format!(
                "{refused} change{} of the columns",
                if refused == 1 { "" } else { "s" }
            ));
        }
        let outcome = match blocking + refused {
            0 => "fit to use",
            _ => "refused",
        };
        format!(
            "{outcome}: {} in {} rows of {}",
            parts.join(", "),
            self.rows,
            self.location
        )
    }
}

/// What is not as it should be, a line each.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (allowed, change) in self.changes_in_words() {
            let word = if allowed { "allowed" } else { "refused" };
            writeln!(formatter, "{word}: {change}")?;
        }
        for check in self.notable() {
            let (word, subject) = (check.verdict.name(), check.subject());
            write!(formatter, "{word} ({}): {subject}", check.severity.name())?;
            if !check.expected.is_empty() {
                write!(formatter, " {}", check.expected)?;
            }
            writeln!(formatter, " — {}", check.evidence())?;
        }
        formatter.write_str(&self.summary())
    }
}

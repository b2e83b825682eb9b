//! Verdicts on leaks, with their evidence.

use std::fmt;

use mlops_core::{Assertion, StageReport};
use serde::{Deserialize, Serialize};

use crate::contract::Verdict;

/// What leaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeakKind {
    /// Rows of the second part are in the first.
    SameRows,
    /// Rows of the second part are in the first but for rounding.
    NearRows,
    /// A group is in both.
    SameGroups,
    /// The second part is not later than the first.
    TimeOverlap,
    /// A column is the label in disguise.
    LabelInDisguise,
}

impl LeakKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::SameRows,
        Self::NearRows,
        Self::SameGroups,
        Self::TimeOverlap,
        Self::LabelInDisguise,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::SameRows => "same_rows",
            Self::NearRows => "near_rows",
            Self::SameGroups => "same_groups",
            Self::TimeOverlap => "time_overlap",
            Self::LabelInDisguise => "label_in_disguise",
        }
    }
}

/// One verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeakCheck {
    /// What was looked for.
    pub kind: LeakKind,
    /// In which columns; none where it is all of them.
    pub columns: Vec<String>,
    /// What was found.
    pub verdict: Verdict,
    /// That there is no evidence was allowed by name.
    pub allowed: bool,
    /// How many rows, groups or columns leak.
    pub found: u64,
    /// Of how many that were looked at.
    pub of: u64,
    /// What was found, in words.
    pub evidence: String,
    /// Some of the rows of the second part that leak, counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
}

impl LeakCheck {
    /// Whether this alone is a reason to refuse the parts.
    pub fn blocks(&self) -> bool {
        self.verdict != Verdict::Pass && !self.allowed
    }

    pub(super) fn no_evidence(kind: LeakKind, columns: Vec<String>, why: &str) -> Self {
        Self {
            kind,
            columns,
            verdict: Verdict::NoEvidence,
            allowed: false,
            found: 0,
            of: 0,
            evidence: why.to_owned(),
            rows: Vec::new(),
        }
    }
}

/// What was found between two parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeakageReport {
    /// What the parts are called.
    pub parts: [String; 2],
    /// Their rows.
    pub rows: [u64; 2],
    /// One verdict for each thing that was looked for; one for each column that is the label in disguise.
    pub checks: Vec<LeakCheck>,
}

impl LeakageReport {
    /// Whether nothing stands against judging by the second part what was made of the first.
    pub fn passes(&self) -> bool {
        !self.checks.iter().any(LeakCheck::blocks)
    }

    /// The first verdict of a kind.
    pub fn check(&self, kind: LeakKind) -> Option<&LeakCheck> {
        self.checks.iter().find(|check| check.kind == kind)
    }

    /// The last line: what came of it.
    pub fn summary(&self) -> String {
        let [first, second] = &self.parts;
        let found = self.checks.iter().filter(|check| check.blocks()).count();
        match found {
            0 => format!("nothing leaks from {first} into {second}"),
            1 => format!("refused: 1 check of {first} and {second}"),
            more => format!("refused: {more} checks of {first} and {second}"),
        }
    }

    /// What is kept with a run.
    pub(super) fn for_stage(&self) -> StageReport {
        let assertion = |check: &LeakCheck| Assertion {
            rule: check.kind.name().to_owned(),
            name: None,
            columns: check.columns.clone(),
            verdict: check.verdict.name().replace(' ', "_"),
            severity: "critical".to_owned(),
            expected: "no leak".to_owned(),
            found: check.evidence.clone(),
        };
        StageReport {
            name: format!("leakage, {} to {}", self.parts[0], self.parts[1]),
            passed: self.passes(),
            rows: Some(self.rows.iter().sum()),
            text: self.to_string(),
            assertions: self.checks.iter().map(assertion).collect(),
        }
    }
}

/// What is not as it should be, a line each, and a last line that sums up.
impl fmt::Display for LeakageReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let notable = self.checks.iter();
        for check in notable.filter(|check| check.verdict != Verdict::Pass) {
            let (verdict, kind) = (check.verdict.name(), check.kind.name());
            write!(formatter, "{verdict}: {kind}")?;
            if let [column] = check.columns.as_slice() {
                write!(formatter, " {column}")?;
            }
            writeln!(formatter, " — {}", check.evidence)?;
        }
        formatter.write_str(&self.summary())
    }
}

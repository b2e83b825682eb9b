//! What is recorded of a split: enough to make it again, and to know which rows judged a model.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use mlops_core::Digest;
use serde::{Deserialize, Serialize};

use crate::DataError;

/// What a part of the data is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// What a model is fitted on.
    Training,
    /// What choices are made on: settings, thresholds, when to stop.
    Validation,
    /// What judges the model in the end.
    Test,
    /// What later data are compared with.
    Reference,
}

impl Role {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Training,
        Self::Validation,
        Self::Test,
        Self::Reference,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Validation => "validation",
            Self::Test => "test",
            Self::Reference => "reference",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let found = Self::ALL.iter().copied().find(|role| role.name() == text);
        found.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|role| role.name()).collect();
            DataError::UnusableSplit {
                problem: format!("there is no role `{text}`"),
                help: format!("roles are {}", names.join(", ")),
            }
        })
    }
}

/// How rows are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// By the row itself: rows that are equal stay together.
    Fraction,
    /// By time: every row of a part is later than every row of the one before.
    Time {
        /// The column of the time.
        column: String,
    },
    /// By a value: rows that share it stay together.
    Group {
        /// The column of the groups.
        column: String,
    },
    /// By chance within each value, so that each part has the same shares of them.
    Stratified {
        /// The column of the strata, often the label.
        column: String,
    },
}

impl Method {
    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fraction => "fraction",
            Self::Time { .. } => "time",
            Self::Group { .. } => "group",
            Self::Stratified { .. } => "stratified",
        }
    }

    /// The column that it looks at, unless it is all of them.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Fraction => None,
            Self::Time { column } | Self::Group { column } | Self::Stratified { column } => {
                Some(column)
            }
        }
    }
}

/// How much of a table a part was to get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// This share of the rows.
    Share(f64),
    /// What lies before this moment, and not in an earlier part.
    Until(String),
    /// What the others leave.
    Rest,
}

/// From when to when the rows of a table are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The column of the time.
    pub column: String,
    /// The earliest, as people write it.
    pub from: String,
    /// The latest.
    pub to: String,
}

impl fmt::Display for TimeRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} to {}", self.from, self.to)
    }
}

/// What is recorded of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartRecord {
    /// What it is for.
    pub role: Role,
    /// What it was to get.
    pub extent: Extent,
    /// The rows that it has.
    pub rows: u64,
    /// The digest of its table, by which the store knows it.
    pub digest: Digest,
    /// From when to when its rows are, where a column of time was named.
    pub times: Option<TimeRange>,
    /// How many groups it has, in a split by group.
    pub groups: Option<u64>,
    /// Its rows by stratum, in a stratified split.
    pub strata: BTreeMap<String, u64>,
}

/// What is recorded of a split: the method, the table and the parts, these by their digests.
///
/// It is an artifact: a stage that splits gives it out beside the parts, and whoever trains keeps it with the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitRecord {
    /// How rows were told apart.
    pub method: Method,
    /// What chance was drawn from; nothing where there was none.
    pub seed: Option<u64>,
    /// Whether each row or group was decided by itself, so that others can be added.
    pub lasting: bool,
    /// The digest of the table that was split.
    pub table: Digest,
    /// Its rows.
    pub rows: u64,
    /// The parts, in the order in which they were named.
    pub parts: Vec<PartRecord>,
}

impl SplitRecord {
    /// The part with this role.
    pub fn part(&self, role: Role) -> Option<&PartRecord> {
        self.parts.iter().find(|part| part.role == role)
    }

    /// Whether the table of this digest is one of the parts, and for what.
    pub fn role_of(&self, digest: &Digest) -> Option<Role> {
        let part = self.parts.iter().find(|part| part.digest == *digest)?;
        Some(part.role)
    }
}

/// The split in one sentence.
impl fmt::Display for SplitRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} rows split by {}",
            self.rows,
            self.method.name()
        )?;
        if let Some(column) = self.method.column() {
            write!(formatter, " of `{column}`")?;
        }
        if let Some(seed) = self.seed {
            write!(formatter, ", seed {seed}")?;
        }
        for (place, part) in self.parts.iter().enumerate() {
            let before = if place == 0 { ": " } else { ", " };
            write!(formatter, "{before}{} {}", part.rows, part.role)?;
        }
        Ok(())
    }
}

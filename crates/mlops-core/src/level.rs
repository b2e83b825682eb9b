//! How far a result may be trusted: the level of the profile under which it was made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The trust level of a profile, from lax to strict.
///
/// A look-up under a level sees only what was made under that level or a stricter one: production never reuses an
/// experiment's result, an experiment may reuse production's.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Fast and local: dirty tree and overrides allowed.
    #[default]
    Experiment,
    /// The release candidate's checks.
    Staging,
    /// Clean commit, pinned sources, nothing overridden.
    Production,
}

impl Level {
    /// All levels, from lax to strict.
    pub const ALL: [Self; 3] = [Self::Experiment, Self::Staging, Self::Production];

    /// The name as it is written in `mlops.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Experiment => "experiment",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// A number that grows with strictness, for storage.
    pub const fn rank(self) -> i64 {
        self as i64
    }

    /// The level of a stored rank.
    pub fn from_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.rank() == rank)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| {
                format!("`{text}` is no level: expected experiment, staging or production")
            })
    }
}

//! Whether what a program defines is what is declared.

use std::fmt;

use super::{Lock, Locked};
use crate::{Definition, VersionDifference};

/// A feature of the program, held against the lock.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The feature.
    pub definition: &'static Definition,
    /// Whether its version is declared.
    pub state: LockState,
    /// What differs from the declared version.
    pub differences: Vec<VersionDifference>,
    /// What the lock says of it that is no longer so, and changes no value: `owner`, `description`.
    pub stale: Vec<&'static str>,
}

/// Whether a version is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockState {
    /// It is the declared one.
    Locked,
    /// The feature is not declared.
    New,
    /// Another version is declared.
    Changed,
    /// It was declared once, and another version after it.
    Earlier,
}

impl LockState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Earlier => "earlier",
        }
    }
}

impl Checked {
    /// Whether the version is the declared one.
    pub fn passes(&self) -> bool {
        self.state == LockState::Locked
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Definition { name, .. } = self.definition;
        let found: Vec<String> = self.differences.iter().map(ToString::to_string).collect();
        let found = found.join(", ");
        match self.state {
            LockState::Locked if self.stale.is_empty() => write!(f, "`{name}` is locked"),
            LockState::Locked => write!(
                f,
                "`{name}` is locked; the lock has another {}",
                self.stale.join(" and ")
            ),
            LockState::New => write!(f, "`{name}` is not locked ({})", self.definition.place()),
            LockState::Changed => write!(f, "`{name}` changed: {found}"),
            LockState::Earlier => write!(f, "`{name}` is an earlier version again: {found}"),
        }
    }
}

impl Lock {
    /// Holds definitions against the lock.
    pub fn check(
        &self,
        definitions: impl IntoIterator<Item = &'static Definition>,
    ) -> Vec<Checked> {
        definitions
            .into_iter()
            .map(|definition| {
                let now = Locked::of(definition);
                let Some(present) = self.present(definition.name) else {
                    return Checked {
                        definition,
                        state: LockState::New,
                        differences: Vec::new(),
                        stale: Vec::new(),
                    };
                };
                let state = if present.version == now.version {
                    LockState::Locked
                } else if self
                    .versions(definition.name)
                    .any(|one| one.version == now.version)
                {
                    LockState::Earlier
                } else {
                    LockState::Changed
                };
                Checked {
                    definition,
                    state,
                    differences: present.differences(&now),
                    stale: stale(present, &now),
                }
            })
            .collect()
    }
}

fn stale(present: &Locked, now: &Locked) -> Vec<&'static str> {
    [
        ("owner", present.owner != now.owner),
        ("description", present.description != now.description),
        (
            "deprecation",
            (&present.deprecated, &present.instead) != (&now.deprecated, &now.instead),
        ),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name)
    .collect()
}

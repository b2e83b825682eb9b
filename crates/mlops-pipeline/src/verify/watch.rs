//! How closely a program is looked at while it runs, and what was seen.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::allowed::Allowed;
use super::attempt::Attempt;
use super::cause::Cause;

/// The moment at which clocks stand that are held still, in seconds: 2001-02-03 04:05:06 UTC, a year, a month, a day and an hour
/// that no present run shares with it.
pub(super) const STILL_SINCE: u32 = 981_173_106;

/// What is looked at.
pub(super) struct Watch<'a> {
    /// The process looks at this path when the stage begins, …
    pub(super) begin: PathBuf,
    /// … and at this one when it has ended.
    pub(super) end: PathBuf,
    pub(super) depth: Depth<'a>,
    /// How long the program may take.
    pub(super) limit: Option<Duration>,
}

/// How closely it is looked at.
pub(super) enum Depth<'a> {
    /// Whether it starts threads; costs nothing else.
    Threads,
    /// Every system call.
    Calls {
        /// What the stage may touch; if nothing is said, nothing is named.
        allowed: Option<&'a Allowed>,
        /// What shall be the same each time.
        still: &'a BTreeSet<Cause>,
    },
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) ended: Ended,
    /// Threads that were started: since the program began, or with [`Depth::Calls`] since the stage did.
    pub(super) threads: u32,
    pub(super) attempts: Vec<Attempt>,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    Exited(i32),
    /// By this signal.
    Killed(String),
    OutOfTime,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "its process ended with code {code}"),
            Self::Killed(signal) => write!(f, "its process was ended by {signal}"),
            Self::OutOfTime => f.write_str("its process took too long"),
        }
    }
}

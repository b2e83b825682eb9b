//! What a stage tried to do with the world outside, in words: read this file, connect to that address.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// To open a file for reading.
    Read,
    /// To list a folder.
    List,
    /// To learn whether something is there, its size, its times, where a link leads.
    Look,
    /// To make or change something.
    Write,
    /// To remove something.
    Remove,
    /// To run a program.
    Execute,
    /// To connect to an address.
    Connect,
    /// To take an address for others to connect to.
    Listen,
    /// To send to an address without a connection.
    Send,
    /// To draw random numbers that are not seeded.
    Random,
    /// To read the wall clock.
    Clock,
    /// To ask the machine for its name.
    Machine,
    /// To look at an environment variable.
    Variable,
    /// To open a ring through which further operations go unseen.
    Ring,
}

impl Operation {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Look => "look at",
            Self::Write => "write",
            Self::Remove => "remove",
            Self::Execute => "execute",
            Self::Connect => "connect",
            Self::Listen => "listen",
            Self::Send => "send",
            Self::Random => "draw",
            Self::Clock => "read",
            Self::Machine => "ask for",
            Self::Variable => "use variable",
            Self::Ring => "open",
        }
    }

    /// What to do about it, as far as that can be said without knowing the stage.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Read | Self::List | Self::Look => {
                "give the stage what it reads as a typed source, such as `File` or `Folder`"
            }
            Self::Write | Self::Remove => {
                "return what it makes, or write it to the folder of `cx.scratch()`"
            }
            Self::Connect | Self::Listen | Self::Send => {
                "let a stage of kind ingest bring the data in, or deploy bring it out"
            }
            Self::Execute => "what another program reads cannot be seen: declare it, or do without",
            Self::Random => "seed it with `cx.seed()`, which is the same for the same inputs",
            Self::Clock => "take the moment as a parameter; for records there is `cx.now()`",
            Self::Machine => "take it as a parameter",
            Self::Variable => {
                "take it as a parameter, or declare it for all stages in mlops.toml: `environment = [\"…\"]`"
            }
            Self::Ring => "switch io_uring off: what goes through it is refused, and not named",
        }
    }
}

/// One thing that was tried, however often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// What was tried.
    pub operation: Operation,
    /// With what: a path, an address and port.
    pub what: String,
    /// Whether the kernel refused it.
    pub refused: bool,
    /// Whether there was nothing of that name.
    pub missing: bool,
    /// How often.
    pub times: u32,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operation.as_str(), self.what)?;
        match (self.missing, self.refused) {
            // It was not there, because nobody declared it.
            _ if self.operation == Operation::Variable => {}
            (true, _) => f.write_str(" (not there)")?,
            (false, true) => f.write_str(" (refused)")?,
            (false, false) => {}
        }
        match self.times {
            0 | 1 => Ok(()),
            times => write!(f, ", {times} times"),
        }
    }
}

/// How a system call ended that was worth a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Done,
    Refused,
    Missing,
}

/// Attempts as they come in, each once.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    places: BTreeMap<(Operation, String), usize>,
    found: Vec<Attempt>,
}

impl Attempts {
    pub(super) fn add(&mut self, operation: Operation, what: String, ending: Ending) {
        let next = self.found.len();
        let place = *self.places.entry((operation, what.clone())).or_insert(next);
        if place == next {
            self.found.push(Attempt {
                operation,
                what,
                refused: false,
                missing: true,
                times: 0,
            });
        }
        let attempt = &mut self.found[place];
        attempt.refused |= ending == Ending::Refused;
        attempt.missing &= ending == Ending::Missing;
        attempt.times = attempt.times.saturating_add(1);
    }

    /// All, in the order in which they were first made.
    ///
    /// A program that is named without its folder is looked for along `PATH`, one attempt for each folder: those are one
    /// attempt, at the first place where it is.
    pub(super) fn into_list(self) -> Vec<Attempt> {
        let name = |attempt: &Attempt| {
            let name = Path::new(&attempt.what).file_name();
            name.map(std::ffi::OsStr::to_owned)
        };
        let mut list: Vec<Attempt> = Vec::with_capacity(self.found.len());
        for attempt in self.found {
            let same = |other: &&mut Attempt| {
                attempt.operation == Operation::Execute
                    && other.operation == Operation::Execute
                    && name(other) == name(&attempt)
            };
            match list.iter_mut().find(same) {
                Some(other) if other.missing && !attempt.missing => *other = attempt,
                Some(_) => {}
                None => list.push(attempt),
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(attempts: Attempts) -> Vec<String> {
        let list = attempts.into_list();
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_tried_again_is_one_attempt_and_one_that_succeeded_once_is_there() {
        let mut attempts = Attempts::default();
        attempts.add(Operation::Read, "/a".to_owned(), Ending::Missing);
        attempts.add(Operation::Read, "/b".to_owned(), Ending::Missing);
        attempts.add(Operation::Read, "/a".to_owned(), Ending::Done);
        attempts.add(
            Operation::Connect,
            "127.0.0.1:80".to_owned(),
            Ending::Refused,
        );
        assert_eq!(
            listed(attempts),
            [
                "read /a, 2 times",
                "read /b (not there)",
                "connect 127.0.0.1:80 (refused)"
            ]
        );
    }

    #[test]
    fn a_search_along_path_is_one_attempt() {
        let search = |found: Option<&str>| {
            let mut attempts = Attempts::default();
            for folder in ["/usr/local/bin", "/usr/bin", "/bin"] {
                let ending = match found {
                    Some(there) if folder.ends_with(there) => Ending::Refused,
                    _ => Ending::Missing,
                };
                attempts.add(Operation::Execute, format!("{folder}/ls"), ending);
            }
            attempts.add(Operation::Execute, "/bin/date".to_owned(), Ending::Done);
            listed(attempts)
        };
        assert_eq!(
            search(Some("/bin")),
            ["execute /usr/local/bin/ls (refused)", "execute /bin/date"]
        );
        assert_eq!(
            search(Some("/usr/bin")),
            ["execute /usr/bin/ls (refused)", "execute /bin/date"]
        );
        assert_eq!(
            search(None),
            ["execute /usr/local/bin/ls (not there)", "execute /bin/date"]
        );
    }
}

//! What a stage reads from outside the store, declared so that its content is in the key.
//!
//! A typed source such as `File` is handed to a stage as a parameter. While the parameter is turned into bytes, each source
//! inside it announces itself with [`note_source`], however deeply it is nested in the user's own types; so a source that
//! hides in a configuration struct is found as surely as one that is a parameter of its own.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Digest;

/// The media type of a parameter that is exactly one source: only its content and form enter the key, not its location.
pub const SOURCE_MEDIA_TYPE: &str = "application/vnd.mlops.source+msgpack";

/// Something outside the store that a stage reads.
pub trait Source: fmt::Debug + Send + Sync {
    /// `file`, `folder`, …
    fn kind(&self) -> &'static str;

    /// Where it is, for people and for lineage: an absolute path, a URL without its credentials.
    fn location(&self) -> String;

    /// What a stage can see of it besides the content, such as a file name's extension. Part of the key.
    fn form(&self) -> String;

    /// Its cheap state: one `stat`, no read.
    ///
    /// # Errors
    /// The source is missing or cannot be looked at.
    fn state(&self) -> Result<SourceState, SourceError>;

    /// The digest of its content: reads all of it.
    ///
    /// # Errors
    /// The source is missing or cannot be read.
    fn digest(&self) -> Result<Digest, SourceError>;

    /// The digest that the content must have.
    fn pinned(&self) -> Option<Digest>;

    /// The age at which the content is too old to be used.
    fn stale_after(&self) -> Option<SignedDuration>;

    /// The digest of its content, by way of `digest_of` for each source that it consists of, as a folder consists of files:
    /// who asks may know what most of them hold. And, where the two come in one answer, the state that this very content had:
    /// a source whose state and content are two questions to somebody else may get answers about two contents.
    ///
    /// # Errors
    /// As [`digest`](Self::digest).
    fn content(
        &self,
        _digest_of: &mut dyn FnMut(&dyn Source) -> Result<Digest, SourceError>,
    ) -> Result<(Digest, Option<SourceState>), SourceError> {
        Ok((self.digest()?, None))
    }

    /// Says when the run began that looks at it: the clock answers by it, so that all stages of a run see one time.
    fn run_began(&self, _at: Timestamp) {}

    /// Says that the run is over, so that nothing that was held for it is given to anybody else.
    fn run_ended(&self) {}

    /// The digest of each content that was read through it, if it watches its readers; else only its state can tell whether
    /// they read what was looked at.
    fn readings(&self) -> Option<Vec<Digest>> {
        None
    }

    /// Its content in a few words, for records; none where it is long, or perhaps a secret.
    fn shown(&self) -> Option<String> {
        None
    }

    /// Whether it can be forgotten until it is too old, so that production wants it pinned or bounded by a time.
    fn grows_old(&self) -> bool {
        true
    }
}

/// The cheap state of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// Size, times and identity, in a form that is only compared.
    pub fingerprint: String,
    /// Size in bytes.
    pub size: u64,
    /// When the content was last changed.
    pub modified: Option<Timestamp>,
    /// What an equal fingerprint proves later.
    pub trust: Trust,
}

/// Whether an equal fingerprint means equal content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// It says nothing.
    Never,
    /// If it was first seen well after this moment, when anything about the source was changed last: a clock that ticks
    /// coarsely may not tell two changes at that moment apart.
    Since(Timestamp),
    /// It names the content.
    Always,
}

impl Trust {
    /// Changes that are nearer to each other than this may bear the same time: FAT counts in steps of two seconds.
    const COARSEST_TICK: SignedDuration = SignedDuration::from_secs(2);

    /// Whether a fingerprint that was seen at `moment` means equal content wherever it is seen again.
    pub fn is_settled(self, moment: Timestamp) -> bool {
        match self {
            Self::Never => false,
            Self::Since(changed) => moment.duration_since(changed) > Self::COARSEST_TICK,
            Self::Always => true,
        }
    }
}

/// A source that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It is not there.
    #[error("the {kind} `{location}` does not exist")]
    Missing {
        /// `file`, `folder`, …
        kind: &'static str,
        /// Where it should be.
        location: String,
    },
    /// It cannot be read.
    #[error("the {kind} `{location}` cannot be read: {cause}")]
    Unreadable {
        /// `file`, `folder`, …
        kind: &'static str,
        /// Where it is.
        location: String,
        /// The cause.
        cause: std::io::Error,
    },
    /// Its content is not what was pinned.
    #[error("the {kind} `{location}` is not the pinned one: expected {expected}, found {found}")]
    NotPinned {
        /// `file`, `folder`, …
        kind: &'static str,
        /// Where it is.
        location: String,
        /// The digest that was pinned.
        expected: Digest,
        /// The digest of the content.
        found: Digest,
    },
    /// It is older than allowed.
    #[error("the {kind} `{location}` is stale: last changed {modified}, allowed age {allowed:#}")]
    Stale {
        /// `file`, `folder`, …
        kind: &'static str,
        /// Where it is.
        location: String,
        /// When it was last changed.
        modified: Timestamp,
        /// The age that is allowed.
        allowed: SignedDuration,
    },
    /// Its age is limited, and it says nothing of its age.
    #[error("the {kind} `{location}` says nothing of its age, which may not be above {allowed:#}")]
    AgeUnknown {
        /// `file`, `folder`, …
        kind: &'static str,
        /// Where it is.
        location: String,
        /// The age that is allowed.
        allowed: SignedDuration,
    },
    /// A pattern that no file has.
    #[error("the glob `{location}` matches no file")]
    NothingMatches {
        /// The pattern.
        location: String,
    },
    /// An environment variable without a value.
    #[error("the environment variable `{name}` is not set")]
    NotSet {
        /// Its name.
        name: String,
    },
}

thread_local! {
    static NOTED: RefCell<Option<Vec<Arc<dyn Source>>>> = const { RefCell::new(None) };
}

/// Announces a source while a parameter is turned into bytes; does nothing at other times.
pub fn note_source(source: Arc<dyn Source>) {
    NOTED.with_borrow_mut(|noted| {
        if let Some(noted) = noted {
            noted.push(source);
        }
    });
}

/// Runs `encode` and returns the sources that announced themselves meanwhile.
pub fn collect_sources<R>(encode: impl FnOnce() -> R) -> (R, Vec<Arc<dyn Source>>) {
    struct Restore(Option<Vec<Arc<dyn Source>>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            NOTED.set(self.0.take());
        }
    }
    let _restore = Restore(NOTED.replace(Some(Vec::new())));
    let result = encode();
    let noted = NOTED.replace(None).unwrap_or_default();
    (result, noted)
}

//! Observes sources: cheap state first, content when in doubt, pins and ages enforced.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use mlops_core::{Clock, Digest, Source, SourceError, SourceState};
use mlops_store::{KnownSource, Store};

/// What is smaller is read sooner than it is remembered.
const WORTH_REMEMBERING: u64 = 1 << 20;

/// A source as it was when the run looked at it.
#[derive(Debug, Clone)]
pub struct ObservedSource {
    /// `file`, `folder`, …
    pub kind: &'static str,
    /// Where it is.
    pub location: String,
    /// Its cheap state, from before its content was read.
    pub state: SourceState,
    /// The digest of its content.
    pub digest: Digest,
    /// Whether its state, seen again, means that its content is the same.
    pub settled: bool,
}

/// The sources of one run, each observed once.
#[derive(Debug)]
pub struct Sources {
    store: Store,
    clock: Arc<dyn Clock>,
    began: Timestamp,
    paranoid: bool,
    /// By kind and location: an environment variable may be called as a file is.
    observed: Mutex<BTreeMap<(&'static str, String), ObservedSource>>,
}

impl Sources {
    /// Nothing observed yet.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            began: clock.now(),
            clock,
            paranoid: false,
            observed: Mutex::default(),
        }
    }

    /// The moment at which sources are taken to have been looked at.
    pub(crate) fn began(&self) -> Timestamp {
        self.began
    }

    /// Reads the content of each source, whatever its cheap state says.
    #[must_use]
    pub fn paranoid(mut self, paranoid: bool) -> Self {
        self.paranoid = paranoid;
        self
    }

    /// What was observed of this source, if anything.
    pub fn observed(&self, source: &dyn Source) -> Option<ObservedSource> {
        self.observed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&(source.kind(), source.location()))
            .cloned()
    }

    /// Observes a source, or returns what this run has observed already; enforces its pin and its age.
    ///
    /// # Errors
    /// The source is missing, unreadable, not the pinned one, or stale.
    pub fn observe(&self, source: &dyn Source) -> Result<ObservedSource, SourceError> {
        source.run_began(self.began);
        let location = source.location();
        let observed = match self.observed(source) {
            Some(observed) => observed,
            None => {
                let observed = self.look(source, &location)?;
                self.observed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert((source.kind(), location.clone()), observed.clone());
                observed
            }
        };
        if let Some(expected) = source.pinned()
            && expected != observed.digest
        {
            return Err(SourceError::NotPinned {
                kind: source.kind(),
                location,
                expected,
                found: observed.digest,
            });
        }
        if let Some(allowed) = source.stale_after() {
            let kind = source.kind();
            let Some(modified) = observed.state.modified else {
                return Err(SourceError::AgeUnknown {
                    kind,
                    location,
                    allowed,
                });
            };
            if self.clock.now().duration_since(modified) > allowed {
                return Err(SourceError::Stale {
                    kind,
                    location,
                    modified,
                    allowed,
                });
            }
        }
        Ok(observed)
    }

    fn look(&self, source: &dyn Source, location: &str) -> Result<ObservedSource, SourceError> {
        let state = source.state()?;
        let observed = |state, digest, settled| ObservedSource {
            kind: source.kind(),
            location: location.to_owned(),
            state,
            digest,
            settled,
        };
        if !self.paranoid
            // A store that cannot remember only costs a read.
            && let Ok(Some(known)) = self.store.known_source(location)
            && known.fingerprint == state.fingerprint
            && state.trust.is_settled(known.observed)
        {
            return Ok(observed(state, known.digest, true));
        }
        let at = self.clock.now();
        let (digest, of_content) = self.content(source)?;
        let state = of_content.unwrap_or(state);
        let known = KnownSource {
            fingerprint: state.fingerprint.clone(),
            size: state.size,
            modified: state.modified,
            digest,
            observed: at,
        };
        let _ = self.store.remember_source(location, &known);
        let settled = state.trust.is_settled(at);
        Ok(observed(state, digest, settled))
    }

    /// Reads the content. Of a folder only those large files are read that are not what they were.
    pub(crate) fn content(
        &self,
        source: &dyn Source,
    ) -> Result<(Digest, Option<SourceState>), SourceError> {
        source.content(&mut |part| {
            if self.paranoid || part.state()?.size < WORTH_REMEMBERING {
                return part.digest();
            }
            Ok(self.look(part, &part.location())?.digest)
        })
    }
}

//! Observes sources: cheap state first, content when in doubt, pins and ages enforced.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use mlops_core::{Clock, Digest, Source, SourceError, SourceState};
use mlops_store::{KnownSource, Store};

/// A file that was changed less than this before it was observed may change again within the same tick of its clock, so
/// that its times say nothing; its content is read again next time.
const UNHURRIED: SignedDuration = SignedDuration::from_secs(2);

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
}

/// The sources of one run, each observed once.
#[derive(Debug)]
pub struct Sources {
    store: Store,
    clock: Arc<dyn Clock>,
    /// By kind and location: an environment variable may be called as a file is.
    observed: Mutex<BTreeMap<(&'static str, String), ObservedSource>>,
}

impl Sources {
    /// Nothing observed yet.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            observed: Mutex::default(),
        }
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
        if let (Some(allowed), Some(modified)) = (source.stale_after(), observed.state.modified)
            && self.clock.now().duration_since(modified) > allowed
        {
            return Err(SourceError::Stale {
                kind: source.kind(),
                location,
                modified,
                allowed,
            });
        }
        Ok(observed)
    }

    fn look(&self, source: &dyn Source, location: &str) -> Result<ObservedSource, SourceError> {
        let state = source.state()?;
        // A store that cannot remember only costs a read.
        let known = self.store.known_source(location).ok().flatten();
        let digest = match known {
            Some(known) if known.state == state && unhurried(&known) => known.digest,
            _ => {
                let observed = self.clock.now();
                let digest = source.digest()?;
                let known = KnownSource {
                    state: state.clone(),
                    digest,
                    observed,
                };
                let _ = self.store.remember_source(location, &known);
                digest
            }
        };
        Ok(ObservedSource {
            kind: source.kind(),
            location: location.to_owned(),
            state,
            digest,
        })
    }
}

fn unhurried(known: &KnownSource) -> bool {
    let modified = known.state.modified.unwrap_or(Timestamp::MAX);
    known.observed.duration_since(modified) > UNHURRIED
}

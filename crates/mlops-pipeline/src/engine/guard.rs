//! Watches the sources of a stage: whether what it read is what was looked at before.

use std::sync::Arc;

use mlops_core::Source;

use crate::source::{ObservedSource, Sources};

/// The sources of one attempt, from its beginning on.
pub(super) struct Guard {
    watched: Vec<Watched>,
    paranoid: bool,
    /// To look again.
    sources: Sources,
}

struct Watched {
    source: Arc<dyn Source>,
    before: ObservedSource,
    /// How often it was read through by others, before this attempt.
    read_before: usize,
}

impl Guard {
    pub(super) fn begin(
        watched: &[(Arc<dyn Source>, ObservedSource)],
        paranoid: bool,
        sources: Sources,
    ) -> Self {
        let watched = watched.iter().map(|(source, before)| Watched {
            source: Arc::clone(source),
            before: before.clone(),
            read_before: source.readings().map_or(0, |readings| readings.len()),
        });
        Self {
            watched: watched.collect(),
            paranoid,
            sources: sources.paranoid(paranoid),
        }
    }

    /// The first source that is not what it was, if one is not: what the attempt made may then be made of anything.
    pub(super) fn changed(&self) -> Option<&ObservedSource> {
        let changed = |watched: &&Watched| !watched.is_same(self.paranoid, &self.sources);
        Some(&self.watched.iter().find(changed)?.before)
    }
}

impl Watched {
    fn is_same(&self, paranoid: bool, sources: &Sources) -> bool {
        // What was read says more than what is there now.
        if let Some(readings) = self.source.readings() {
            let of_attempt = readings.get(self.read_before..).unwrap_or_default();
            return of_attempt
                .iter()
                .all(|digest| *digest == self.before.digest);
        }
        let same_state = self
            .source
            .state()
            .is_ok_and(|after| after.fingerprint == self.before.state.fingerprint);
        // A file that was written a moment before it was looked at may have been written again within the same tick.
        let is_proof = self.before.settled && !paranoid;
        let same_content = || {
            let content = sources.content(&*self.source);
            content.is_ok_and(|(digest, _)| digest == self.before.digest)
        };
        same_state && (is_proof || same_content())
    }
}

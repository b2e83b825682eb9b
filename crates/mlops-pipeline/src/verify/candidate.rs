//! Which calls of a pipeline can be run again: those whose result is kept, and whose inputs are what they were.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mlops_core::{Digest, StageKind};
use mlops_store::Entry;

use super::VerifyError;
use crate::engine::RunRequest;
use crate::plan::{Decision, PlannedCall};
use crate::walk::Walk;

/// A call that can be run again.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The call's number in the graph.
    pub call: usize,
    /// Its short name.
    pub stage: String,
    /// Its key.
    pub key: Digest,
    /// What is kept under this key; nothing if the call is only compared with itself.
    pub entry: Option<Entry>,
    /// What the calls made that it needs.
    pub(super) made: BTreeMap<usize, Vec<Digest>>,
}

/// A call that is left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its short name.
    pub stage: String,
    /// Why.
    pub why: String,
}

/// Which calls are asked about.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only the calls of this stage.
    pub stage: Option<String>,
    /// At most so many, chosen evenly over the pipeline.
    pub sample: Option<usize>,
    /// Also those of which nothing is kept, if their inputs are there.
    pub without_result: bool,
}

/// What can be run again, and what cannot.
pub(super) struct Candidates {
    pub(super) found: Vec<Candidate>,
    pub(super) left_out: Vec<LeftOut>,
    /// When the sources were looked at: a clock among them has to say the same again.
    pub(super) began: Timestamp,
}

/// What can be run again, and what is left out.
pub(super) fn candidates(
    request: &RunRequest,
    selection: &Selection,
) -> Result<Candidates, VerifyError> {
    let graph = &request.graph;
    let wanted = match &selection.stage {
        Some(name) => Some(graph.find(name)?),
        None => None,
    };
    let sources = request.sources();
    let resolver = request.resolver(&sources)?;
    let mut walk = Walk::new(&resolver);
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for index in 0..graph.len() {
        let mut planned = walk.decide(index)?;
        if planned.decision == Decision::Run
            && let Some(key) = planned.key
            && let Some(entry) = made_under(request, &planned, &key)?
        {
            // It is never reused, but what it made under this very key is there: enough to compare, and to go on below it.
            planned.decision = Decision::Reuse;
            planned.entry = Some(Box::new(entry));
        }
        let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(&index));
        if is_wanted {
            match why_not(request, selection, &planned) {
                Some(why) => left_out.push(LeftOut {
                    stage: planned.stage.clone(),
                    why,
                }),
                None => found.extend(candidate(request, &walk, &planned)),
            }
        }
        walk.settle(planned);
    }
    request.let_go_of_sources();
    Ok(Candidates {
        found: sampled(found, selection.sample),
        left_out,
        began: sources.began(),
    })
}

/// Why a call is left out, if so.
fn why_not(request: &RunRequest, selection: &Selection, planned: &PlannedCall) -> Option<String> {
    let stage = request.graph.call(planned.call).stage;
    if stage.kind == StageKind::Deploy && selection.stage.is_none() {
        return Some(
            "it changes the world outside, so it runs again only when it is named".to_owned(),
        );
    }
    match planned.decision {
        Decision::Reuse => None,
        Decision::Run if selection.without_result => None,
        Decision::Run => Some("nothing is kept of it under its present key".to_owned()),
        _ => {
            let reasons = planned.reasons.iter().map(ToString::to_string);
            Some(reasons.collect::<Vec<_>>().join("; "))
        }
    }
}

/// An entry of this very key that is whole, although it is not reused.
fn made_under(
    request: &RunRequest,
    planned: &PlannedCall,
    key: &Digest,
) -> Result<Option<Entry>, VerifyError> {
    let store = &request.store;
    let found = store.newest_entry(&planned.path, |entry| {
        entry.key == *key && entry.level >= request.level
    })?;
    let Some(entry) = found else {
        return Ok(None);
    };
    for output in &entry.outputs {
        if !store.has_artifact(&output.digest)? {
            return Ok(None);
        }
    }
    Ok(Some(entry))
}

/// Evenly over all, always the same.
fn sampled<T>(all: Vec<T>, sample: Option<usize>) -> Vec<T> {
    let count = all.len();
    match sample {
        Some(sample) if sample < count => {
            let chosen: Vec<usize> = (0..sample)
                .map(|number| (2 * number + 1) * count / (2 * sample))
                .collect();
            let numbered = all.into_iter().enumerate();
            numbered
                .filter(|(number, _)| chosen.contains(number))
                .map(|(_, item)| item)
                .collect()
        }
        _ => all,
    }
}

/// The candidate that a planned call is, once all that it needs is known.
fn candidate(request: &RunRequest, walk: &Walk<'_>, planned: &PlannedCall) -> Option<Candidate> {
    let mut made = BTreeMap::new();
    for needed in request.graph.dependencies(planned.call) {
        let entry = walk.call(needed)?.entry.as_ref()?;
        let digests = entry.outputs.iter().map(|output| output.digest);
        made.insert(needed, digests.collect());
    }
    Some(Candidate {
        call: planned.call,
        stage: planned.stage.clone(),
        key: planned.key?,
        entry: planned.entry.as_deref().cloned(),
        made,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_evenly_and_is_the_same_each_time() {
        let of = |count: usize, sample| sampled((0..count).collect::<Vec<_>>(), sample);
        assert_eq!(of(10, None).len(), 10);
        assert_eq!(of(10, Some(20)).len(), 10);
        assert_eq!(of(10, Some(2)), [2, 7]);
        assert_eq!(of(10, Some(1)), [5]);
        assert_eq!(of(7, Some(3)), [1, 3, 5]);
        assert!(of(7, Some(0)).is_empty());
        for sample in 1..50 {
            assert_eq!(of(50, Some(sample)).len(), sample);
        }
    }
}

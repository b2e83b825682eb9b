//! Where the way begins, and the runs and sources of what lies on it.

use std::collections::{BTreeSet, HashSet};

use mlops_core::Digest;
use mlops_store::{InputKind, LineageEntry, Store, StoreError};
use uuid::Uuid;

use super::{
    Direction, LineageAnswer, LineageTarget, TraceError, TracedRun, TracedRunRecord, TracedSource,
};
use crate::lineage::records::present;

pub(super) fn walk(
    store: &Store,
    target: &LineageTarget,
    direction: Direction,
) -> Result<LineageAnswer, TraceError> {
    let start = Start::of(store, target, direction)?;
    let graph = match direction {
        Direction::Up => store.lineage_up(&start.digests, start.within)?,
        Direction::Down => store.lineage_down(&start.digests)?,
    };
    if graph.entries.is_empty()
        && let (LineageTarget::Digests { .. }, Some(digest)) = (target, start.digests.first())
    {
        let mut is_known = false;
        for digest in &start.digests {
            is_known = is_known
                || store.has_artifact(digest)?
                || !store.entries_producing(digest)?.is_empty()
                || !store.entries_consuming(digest)?.is_empty();
        }
        if !is_known {
            return Err(TraceError::UnknownDigest { digest: *digest });
        }
    }
    Ok(LineageAnswer {
        direction,
        targets: start.digests,
        runs: runs_of(store, &graph.entries)?,
        sources: sources_of(&graph.entries),
        entries: graph.entries,
        parts: graph.parts,
    })
}

/// Where the way begins.
struct Start {
    digests: Vec<Digest>,
    /// The run whose entries count; all do, if nothing is said.
    within: Option<Uuid>,
}

impl Start {
    fn of(store: &Store, target: &LineageTarget, direction: Direction) -> Result<Self, TraceError> {
        match target {
            LineageTarget::Digests { digests, run } => Ok(Self {
                digests: unique(digests.iter().copied()),
                within: run.filter(|_| direction == Direction::Up),
            }),
            LineageTarget::Run(id) => {
                let run = store.run(*id)?;
                let results = run.outputs.into_iter().flat_map(|(_, digests)| digests);
                let mut digests = match direction {
                    Direction::Up => unique(results),
                    Direction::Down => Vec::new(),
                };
                if digests.is_empty() {
                    // A run that failed has no results, but what it made on the way has an origin, too.
                    let mut made = Vec::new();
                    let mut ids = store.entries_of_run(*id)?;
                    ids.sort_unstable();
                    ids.dedup();
                    for id in ids {
                        if let Some(entry) = present(store.entry(id))? {
                            made.extend(entry.outputs.into_iter().map(|output| output.digest));
                        }
                    }
                    digests = unique(made.into_iter());
                }
                Ok(Self {
                    digests,
                    within: (direction == Direction::Up).then_some(*id),
                })
            }
            LineageTarget::Source(location) => {
                let known = store.known_source(location)?;
                let known = known.ok_or_else(|| TraceError::UnknownSource {
                    location: location.clone(),
                })?;
                Ok(Self {
                    digests: vec![known.digest],
                    within: None,
                })
            }
        }
    }
}

/// Each once, in the order in which they came.
fn unique(digests: impl Iterator<Item = Digest>) -> Vec<Digest> {
    let mut seen = HashSet::new();
    digests.filter(|digest| seen.insert(*digest)).collect()
}

fn runs_of(store: &Store, entries: &[LineageEntry]) -> Result<Vec<TracedRun>, StoreError> {
    let ids: BTreeSet<Uuid> = entries.iter().map(|entry| entry.run).collect();
    ids.into_iter()
        .map(|run| {
            let record = present(store.run(run))?.map(|record| TracedRunRecord {
                pipeline: record.pipeline,
                profile: record.profile,
                level: record.level,
                started: record.started,
                outcome: record.outcome,
                user: record.user,
                code: record.code,
                parameters: record.parameters,
            });
            Ok(TracedRun { run, record })
        })
        .collect()
}

fn sources_of(entries: &[LineageEntry]) -> Vec<TracedSource> {
    let sources: BTreeSet<TracedSource> = entries
        .iter()
        .flat_map(|entry| &entry.inputs)
        .filter(|input| input.kind == InputKind::Source)
        .map(|input| TracedSource {
            kind: input.name.to_string(),
            location: input.location.clone().unwrap_or_default(),
            digest: input.digest,
        })
        .collect();
    sources.into_iter().collect()
}

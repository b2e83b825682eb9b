//! The way through what the store found, breadth first, and the records of what lies on it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use mlops_core::Digest;
use mlops_store::{InputKind, LineageEntry, LineageGraph, LineageRecord, Store, StoreError};
use uuid::Uuid;

use super::{
    Direction, LineageAnswer, LineageTarget, TraceError, TracedEntry, TracedInput, TracedOutput,
    TracedRun, TracedRunRecord, TracedSource,
};
use crate::lineage::records::present;

pub(super) fn walk(
    store: &Store,
    target: &LineageTarget,
    direction: Direction,
) -> Result<LineageAnswer, TraceError> {
    let start = Start::of(store, target, direction)?;
    let graph = match direction {
        Direction::Up => store.lineage_up(&start.digests)?,
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
    let mut found = Found::new(&graph, start.only);
    let distances = found.distances(&start.digests, direction);
    let ids: Vec<i64> = distances.iter().map(|(entry, _)| entry.id).collect();
    let records = store.lineage_records(&ids)?;
    let entries: Vec<TracedEntry> = distances
        .into_iter()
        .zip(records)
        .map(|((entry, distance), record)| found.traced(entry, distance, record))
        .collect();
    let runs = runs_of(store, &entries)?;
    let sources = sources_of(&entries);
    Ok(LineageAnswer {
        direction,
        targets: start.digests,
        entries,
        runs,
        sources,
        parts: found.parts,
    })
}

/// Where the way begins.
struct Start {
    digests: Vec<Digest>,
    /// The entries that count; all, if nothing is said.
    only: Option<HashSet<i64>>,
}

impl Start {
    fn of(store: &Store, target: &LineageTarget, direction: Direction) -> Result<Self, TraceError> {
        match target {
            LineageTarget::Digests { digests, run } => Ok(Self {
                digests: unique(digests.iter().copied()),
                only: match (run, direction) {
                    (Some(run), Direction::Up) => Some(entries_of(store, *run)?),
                    _ => None,
                },
            }),
            LineageTarget::Run(id) => {
                let run = store.run(*id)?;
                let entries = entries_of(store, *id)?;
                let results = run.outputs.into_iter().flat_map(|(_, digests)| digests);
                let mut digests = match direction {
                    Direction::Up => unique(results),
                    Direction::Down => Vec::new(),
                };
                if digests.is_empty() {
                    // A run that failed has no results, but what it made on the way has an origin, too.
                    let mut made = Vec::new();
                    let mut ids: Vec<_> = entries.iter().copied().collect();
                    ids.sort_unstable();
                    for id in ids {
                        if let Some(entry) = present(store.entry(id))? {
                            made.extend(entry.outputs.into_iter().map(|output| output.digest));
                        }
                    }
                    digests = unique(made.into_iter());
                }
                Ok(Self {
                    digests,
                    only: (direction == Direction::Up).then_some(entries),
                })
            }
            LineageTarget::Source(location) => {
                let known = store.known_source(location)?;
                let known = known.ok_or_else(|| TraceError::UnknownSource {
                    location: location.clone(),
                })?;
                Ok(Self {
                    digests: vec![known.digest],
                    only: None,
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

/// What a run made or reused.
fn entries_of(store: &Store, run: Uuid) -> Result<HashSet<i64>, StoreError> {
    Ok(store.entries_of_run(run)?.into_iter().collect())
}

/// The store's answer, by what is looked up.
struct Found<'a> {
    entries: BTreeMap<i64, &'a LineageEntry>,
    inputs: HashMap<i64, Vec<TracedInput>>,
    outputs: HashMap<i64, Vec<TracedOutput>>,
    makers: HashMap<Digest, Vec<i64>>,
    readers: HashMap<Digest, Vec<i64>>,
    /// The parts of a whole.
    parts: BTreeMap<Digest, BTreeSet<Digest>>,
    /// The wholes that a part is in.
    wholes: HashMap<Digest, Vec<Digest>>,
}

impl<'a> Found<'a> {
    fn new(graph: &'a LineageGraph, only: Option<HashSet<i64>>) -> Self {
        let counts = |id: &i64| only.as_ref().is_none_or(|only| only.contains(id));
        let mut found = Self {
            entries: BTreeMap::new(),
            inputs: HashMap::new(),
            outputs: HashMap::new(),
            makers: HashMap::new(),
            readers: HashMap::new(),
            parts: BTreeMap::new(),
            wholes: HashMap::new(),
        };
        for entry in graph.entries.iter().filter(|entry| counts(&entry.id)) {
            found.entries.insert(entry.id, entry);
        }
        for input in graph.inputs.iter().filter(|input| counts(&input.entry)) {
            if let Some(digest) = input.digest {
                found.readers.entry(digest).or_default().push(input.entry);
            }
            found
                .inputs
                .entry(input.entry)
                .or_default()
                .push(TracedInput {
                    name: input.name.clone(),
                    kind: word(input.kind),
                    digest: input.digest,
                    location: input.location.clone(),
                    value: None,
                });
        }
        for output in graph.outputs.iter().filter(|output| counts(&output.entry)) {
            let makers = found.makers.entry(output.digest).or_default();
            makers.push(output.entry);
            found
                .outputs
                .entry(output.entry)
                .or_default()
                .push(TracedOutput {
                    digest: output.digest,
                    size: None,
                    rows: None,
                });
        }
        for item in &graph.items {
            found
                .parts
                .entry(item.holder)
                .or_default()
                .insert(item.item);
            found.wholes.entry(item.item).or_default().push(item.holder);
        }
        found
    }

    /// The entries on the way and how far each is, nearest first.
    fn distances(&self, start: &[Digest], direction: Direction) -> Vec<(&'a LineageEntry, usize)> {
        let mut waiting: VecDeque<(Digest, usize)> =
            start.iter().map(|digest| (*digest, 0)).collect();
        let mut seen: HashSet<Digest> = start.iter().copied().collect();
        let mut reached: HashSet<i64> = HashSet::new();
        let mut way = Vec::new();
        while let Some((digest, distance)) = waiting.pop_front() {
            let (entries, beside): (_, Vec<Digest>) = match direction {
                Direction::Up => (
                    self.makers.get(&digest),
                    self.wholes.get(&digest).cloned().unwrap_or_default(),
                ),
                Direction::Down => (
                    self.readers.get(&digest),
                    self.parts
                        .get(&digest)
                        .into_iter()
                        .flatten()
                        .copied()
                        .collect(),
                ),
            };
            let mut next = beside;
            for id in entries.into_iter().flatten() {
                let Some(entry) = self.entries.get(id).filter(|_| reached.insert(*id)) else {
                    continue;
                };
                way.push((*entry, distance));
                match direction {
                    Direction::Up => next.extend(
                        self.inputs
                            .get(id)
                            .into_iter()
                            .flatten()
                            .filter(|input| input.kind == word(InputKind::Artifact))
                            .filter_map(|input| input.digest),
                    ),
                    Direction::Down => next.extend(
                        self.outputs
                            .get(id)
                            .into_iter()
                            .flatten()
                            .map(|output| output.digest),
                    ),
                }
            }
            for digest in next {
                if seen.insert(digest) {
                    waiting.push_back((digest, distance + 1));
                }
            }
        }
        way
    }

    /// The whole record of an entry, or what the edges say of it.
    fn traced(
        &mut self,
        entry: &LineageEntry,
        distance: usize,
        record: Option<LineageRecord>,
    ) -> TracedEntry {
        let mut traced = TracedEntry {
            id: entry.id,
            stage: entry.stage.clone(),
            key: entry.key,
            level: entry.level,
            run: entry.run,
            made: None,
            distance,
            inputs: self.inputs.remove(&entry.id).unwrap_or_default(),
            outputs: self.outputs.remove(&entry.id).unwrap_or_default(),
            whole: false,
        };
        if let Some(record) = record {
            traced.whole = true;
            traced.made = Some(record.made);
            traced.inputs = record
                .inputs
                .into_iter()
                .map(|input| TracedInput {
                    name: input.name,
                    kind: word(input.kind),
                    digest: input.digest,
                    location: input.location,
                    value: input.value,
                })
                .collect();
            traced.outputs = record
                .outputs
                .into_iter()
                .map(|output| TracedOutput {
                    digest: output.digest,
                    size: Some(output.size),
                    rows: output.description.rows,
                })
                .collect();
        }
        traced
    }
}

/// The word for a kind of input.
fn word(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Artifact => "artifact",
        InputKind::Source => "source",
        _ => "parameter",
    }
}

fn runs_of(store: &Store, entries: &[TracedEntry]) -> Result<Vec<TracedRun>, StoreError> {
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

fn sources_of(entries: &[TracedEntry]) -> Vec<TracedSource> {
    let sources: BTreeSet<TracedSource> = entries
        .iter()
        .flat_map(|entry| &entry.inputs)
        .filter(|input| input.kind == word(InputKind::Source))
        .map(|input| TracedSource {
            kind: input.name.clone(),
            location: input.location.clone().unwrap_or_default(),
            digest: input.digest,
        })
        .collect();
    sources.into_iter().collect()
}

//! Lineage: which entries an artifact rests on, and which rest on it.
//!
//! The walk goes breadth first over prepared statements, one for each kind of edge; what was seen is not walked again, so a
//! diamond costs its edges and not its paths.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement};
use serde::Deserialize;
use uuid::Uuid;

use crate::row::{ARTIFACT_ITEM, ENTRY, ENTRY_INPUT, ENTRY_OUTPUT, STAGE, digest_of, uuid_of};
use crate::store::Inner;
use crate::{ArtifactReference, InputKind, InputRecord, Store, StoreError};

/// Entries and artifacts, and how they hang together: only what lies on the way, not what else an entry took in or gave out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LineageGraph {
    /// The entries, by number.
    pub entries: Vec<LineageEntry>,
    /// What the entries took in, as far as it lies on the way; a source has its location.
    pub inputs: Vec<LineageInput>,
    /// What the entries gave out, as far as it lies on the way.
    pub outputs: Vec<LineageOutput>,
    /// Which artifacts on the way are made of which.
    pub items: Vec<LineageItem>,
}

/// A cache entry, as lineage shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct LineageEntry {
    /// The entry's number.
    pub id: i64,
    /// The stage's path.
    pub stage: String,
    /// The key.
    pub key: Digest,
    /// The run that made it.
    pub run: Uuid,
    /// The level under which it was made.
    pub level: Level,
}

/// That an entry took something in.
#[derive(Debug, Clone, PartialEq)]
pub struct LineageInput {
    /// The entry.
    pub entry: i64,
    /// The parameter's name.
    pub name: String,
    /// What kind of thing it was.
    pub kind: InputKind,
    /// The digest of the content.
    pub digest: Option<Digest>,
    /// Where a source was.
    pub location: Option<String>,
}

/// That an entry gave something out.
#[derive(Debug, Clone, PartialEq)]
pub struct LineageOutput {
    /// The entry.
    pub entry: i64,
    /// The place in the stage's result.
    pub position: u64,
    /// The digest of the artifact.
    pub digest: Digest,
}

/// That an artifact is made of another.
#[derive(Debug, Clone, PartialEq)]
pub struct LineageItem {
    /// The whole.
    pub holder: Digest,
    /// The part.
    pub item: Digest,
}

/// What the record of an entry tells beyond its edges: values, sizes, descriptions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LineageRecord {
    /// When it was made.
    pub made: Timestamp,
    /// The inputs.
    #[serde(default)]
    pub inputs: Vec<InputRecord>,
    /// The outputs.
    #[serde(default)]
    pub outputs: Vec<ArtifactReference>,
}

/// Which way to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Store {
    /// All that these artifacts rest on, back to the sources.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn lineage_up(&self, digests: &[Digest]) -> Result<LineageGraph, StoreError> {
        self.walk(digests, Direction::Up)
    }

    /// All that rests on these artifacts or sources.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn lineage_down(&self, digests: &[Digest]) -> Result<LineageGraph, StoreError> {
        self.walk(digests, Direction::Down)
    }

    /// The entries that gave this artifact out, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn entries_producing(&self, digest: &Digest) -> Result<Vec<LineageEntry>, StoreError> {
        self.entries_beside("SELECT entry FROM entry_output WHERE digest = ?1", digest)
    }

    /// The entries that took this artifact or source in, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn entries_consuming(&self, digest: &Digest) -> Result<Vec<LineageEntry>, StoreError> {
        self.entries_beside("SELECT entry FROM entry_input WHERE digest = ?1", digest)
    }

    /// The records of these entries, in their order; none where one is gone or not what was written.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn lineage_records(
        &self,
        entries: &[i64],
    ) -> Result<Vec<Option<LineageRecord>>, StoreError> {
        self.inner.read_long("read lineage", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, key, level, reusable, stage, call, run, made_at, body_digest, checksum, body
                 FROM entry WHERE id = ?1",
            )?;
            let mut records = Vec::with_capacity(entries.len());
            for id in entries {
                let mut rows = statement.query([id])?;
                let Some(row) = rows.next()? else {
                    records.push(None);
                    continue;
                };
                let body = ENTRY.body(row)?;
                let record = body.and_then(|body| serde_json::from_str(body).ok());
                if record.is_none() {
                    self.inner.count_damaged_entry(*id);
                }
                records.push(record);
            }
            Ok(records)
        })
    }

    /// The entries that the stages of a run made or reused.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn entries_of_run(&self, run: Uuid) -> Result<Vec<i64>, StoreError> {
        /// All of a stage's record that is asked for here.
        #[derive(Deserialize)]
        struct Made {
            entry: Option<i64>,
        }
        self.inner.read_long("read lineage", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT run, position, path, outcome, body_digest, checksum, body FROM stage WHERE run = ?1",
            )?;
            let mut rows = statement.query([run.as_bytes()])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                let body = STAGE.body(row)?;
                match body.and_then(|body| serde_json::from_str::<Made>(body).ok()) {
                    Some(made) => entries.extend(made.entry),
                    None => self.inner.count_damage(),
                }
            }
            Ok(entries)
        })
    }

    fn entries_beside(
        &self,
        edges: &'static str,
        digest: &Digest,
    ) -> Result<Vec<LineageEntry>, StoreError> {
        self.inner.read("read lineage", |connection| {
            let ids = connection
                .prepare_cached(edges)?
                .query_map([digest.as_bytes()], |row| row.get(0))?
                .collect::<rusqlite::Result<BTreeSet<i64>>>()?;
            let mut entries = Vec::with_capacity(ids.len());
            let mut statement = connection.prepare_cached(SELECT_ENTRY)?;
            for id in ids {
                entries.extend(entry(&self.inner, &mut statement, id)?);
            }
            Ok(entries)
        })
    }

    fn walk(&self, digests: &[Digest], direction: Direction) -> Result<LineageGraph, StoreError> {
        self.inner.read_long("read lineage", |connection| {
            let mut walk = Walk {
                store: &self.inner,
                graph: LineageGraph::default(),
                waiting: Vec::new(),
                seen: HashSet::new(),
                entries: HashSet::new(),
            };
            digests.iter().for_each(|digest| walk.reach(*digest));
            walk.run(connection, direction)?;
            let mut graph = walk.graph;
            graph.entries.sort_by_key(|entry| entry.id);
            Ok(graph)
        })
    }
}

struct Walk<'a> {
    store: &'a Inner,
    graph: LineageGraph,
    waiting: Vec<Digest>,
    seen: HashSet<Digest>,
    entries: HashSet<i64>,
}

impl Walk<'_> {
    fn reach(&mut self, digest: Digest) {
        if self.seen.insert(digest) {
            self.waiting.push(digest);
        }
    }

    fn run(&mut self, connection: &Connection, direction: Direction) -> rusqlite::Result<()> {
        // `near` are the edges by which an artifact leads to entries, `far` those by which an entry leads on.
        let (items, near, far) = match direction {
            Direction::Up => (
                "SELECT holder, item, checksum FROM artifact_item WHERE item = ?1",
                "SELECT entry, position, digest, checksum FROM entry_output WHERE digest = ?1",
                "SELECT entry, position, name, kind, digest, location, checksum FROM entry_input WHERE entry = ?1",
            ),
            Direction::Down => (
                "SELECT holder, item, checksum FROM artifact_item WHERE holder = ?1",
                "SELECT entry, position, name, kind, digest, location, checksum FROM entry_input WHERE digest = ?1",
                "SELECT entry, position, digest, checksum FROM entry_output WHERE entry = ?1",
            ),
        };
        let mut items = connection.prepare_cached(items)?;
        let mut near = connection.prepare_cached(near)?;
        let mut far = connection.prepare_cached(far)?;
        let mut entries = connection.prepare_cached(SELECT_ENTRY)?;
        // Most stores hold no lists: then asking for each artifact's parts would be a fifth of the walk.
        let has_items: bool =
            connection.query_row("SELECT EXISTS (SELECT 1 FROM artifact_item)", [], |row| {
                row.get(0)
            })?;
        while let Some(digest) = self.waiting.pop() {
            if has_items {
                let mut rows = items.query([digest.as_bytes()])?;
                while let Some(row) = rows.next()? {
                    if let Some(next) = self.add_item(row, direction)? {
                        self.reach(next);
                    }
                }
            }
            let mut rows = near.query([digest.as_bytes()])?;
            while let Some(row) = rows.next()? {
                self.add_edge(row, direction == Direction::Down)?;
                let id: i64 = row.get(0)?;
                if !self.entries.insert(id) {
                    continue;
                }
                let Some(entry) = entry(self.store, &mut entries, id)? else {
                    continue;
                };
                self.graph.entries.push(entry);
                let mut rows = far.query([id])?;
                while let Some(row) = rows.next()? {
                    if let Some(next) = self.add_edge(row, direction == Direction::Up)? {
                        self.reach(next);
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds that an artifact is made of another, and returns the other.
    fn add_item(
        &mut self,
        row: &Row<'_>,
        direction: Direction,
    ) -> rusqlite::Result<Option<Digest>> {
        let parts = (digest_of(row.get_ref(0)?), digest_of(row.get_ref(1)?));
        let (Some(holder), Some(item), true) = (parts.0, parts.1, ARTIFACT_ITEM.is_whole(row)?)
        else {
            self.store.count_damage();
            return Ok(None);
        };
        self.graph.items.push(LineageItem { holder, item });
        Ok(Some(match direction {
            Direction::Up => holder,
            Direction::Down => item,
        }))
    }

    /// Adds an edge, and returns the artifact at its end.
    fn add_edge(&mut self, row: &Row<'_>, is_input: bool) -> rusqlite::Result<Option<Digest>> {
        let added = if is_input {
            self.add_input(row)?
        } else {
            self.add_output(row)?
        };
        if added.is_none() {
            self.store.count_damage();
        }
        Ok(added.flatten())
    }

    /// `None` when the row is not what was written, `Some(None)` when the edge leads to no other stage's output.
    fn add_input(&mut self, row: &Row<'_>) -> rusqlite::Result<Option<Option<Digest>>> {
        let kind = row.get_ref(3)?.as_str().ok().and_then(InputKind::of);
        let (Some(kind), true) = (kind, ENTRY_INPUT.is_whole(row)?) else {
            return Ok(None);
        };
        let digest = digest_of(row.get_ref(4)?);
        self.graph.inputs.push(LineageInput {
            entry: row.get(0)?,
            name: row.get(2)?,
            kind,
            digest,
            location: row.get(5)?,
        });
        Ok(Some(digest.filter(|_| kind == InputKind::Artifact)))
    }

    fn add_output(&mut self, row: &Row<'_>) -> rusqlite::Result<Option<Option<Digest>>> {
        let (Some(digest), true) = (digest_of(row.get_ref(2)?), ENTRY_OUTPUT.is_whole(row)?) else {
            return Ok(None);
        };
        self.graph.outputs.push(LineageOutput {
            entry: row.get(0)?,
            position: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
            digest,
        });
        Ok(Some(Some(digest)))
    }
}

/// The head of an entry; its body is not read.
const SELECT_ENTRY: &str = "SELECT id, key, level, reusable, stage, call, run, made_at, body_digest, checksum FROM entry WHERE id = ?1";

fn entry(
    store: &Inner,
    statement: &mut Statement<'_>,
    id: i64,
) -> rusqlite::Result<Option<LineageEntry>> {
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let found = match (
        digest_of(row.get_ref(1)?),
        row.get_ref(2)?,
        uuid_of(row.get_ref(6)?),
    ) {
        (Some(key), ValueRef::Integer(rank), Some(run)) if ENTRY.is_whole(row)? => {
            Level::from_rank(rank).map(|level| (key, level, run))
        }
        _ => None,
    };
    let Some((key, level, run)) = found else {
        store.count_damage();
        return Ok(None);
    };
    Ok(Some(LineageEntry {
        id,
        stage: row.get(4)?,
        key,
        run,
        level,
    }))
}

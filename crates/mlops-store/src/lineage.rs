//! Lineage: which entries an artifact rests on, and which rest on it.
//!
//! The walk goes breadth first. An index leads from a digest to the entries that gave it out or took it in; where an entry
//! leads on stands in its record, which is read once. What was seen is not walked again, so a diamond costs its edges and not
//! its paths.

mod read;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use rusqlite::{Connection, Row};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use self::read::EntryReader;
use crate::beside::Beside;
use crate::row::{ARTIFACT_ITEM, STAGE, digest_of};
use crate::store::Inner;
use crate::{Accepted, InputKind, Store, StoreError};

/// What lies on the way from artifacts up to their sources, or down to what rests on them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LineageGraph {
    /// The entries, nearest first.
    pub entries: Vec<LineageEntry>,
    /// Artifacts that are made of others: the whole, and its parts.
    pub parts: BTreeMap<Digest, BTreeSet<Digest>>,
}

/// A stage call that made something, as lineage shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineageEntry {
    /// The entry's number.
    pub id: i64,
    /// The stage's path.
    pub stage: Arc<str>,
    /// The key of the call.
    pub key: Digest,
    /// The level under which it was made.
    pub level: Level,
    /// The run that made it.
    pub run: Uuid,
    /// When it was made.
    pub made: Timestamp,
    /// How many steps it is away from what was asked about.
    pub distance: usize,
    /// What it took in.
    pub inputs: Vec<LineageInput>,
    /// What it gave out.
    pub outputs: Vec<LineageOutput>,
    /// Whether it was made by other code than its key names, and who said that this alters nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// Whether the whole record could be read; if not, values, sizes and rows are missing.
    pub whole: bool,
}

/// One thing that a stage call took in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineageInput {
    /// The parameter's name; for a source its kind.
    pub name: Arc<str>,
    /// What kind of thing it was.
    pub kind: InputKind,
    /// The digest of the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Where a source was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The value of a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// One thing that a stage call gave out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineageOutput {
    /// The digest of the bytes.
    pub digest: Digest,
    /// How many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Rows of a table, items of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

/// Which way to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Store {
    /// All that these artifacts rest on, back to the sources; with `within`, as if there were no other entries than those that
    /// this run made or reused.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn lineage_up(
        &self,
        digests: &[Digest],
        within: Option<Uuid>,
    ) -> Result<LineageGraph, StoreError> {
        self.walk(digests, Direction::Up, within)
    }

    /// All that rests on these artifacts or sources.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn lineage_down(&self, digests: &[Digest]) -> Result<LineageGraph, StoreError> {
        self.walk(digests, Direction::Down, None)
    }

    /// The numbers of the entries that gave this artifact out, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn entries_producing(&self, digest: &Digest) -> Result<Vec<i64>, StoreError> {
        self.entries_beside(PRODUCING, digest)
    }

    /// The numbers of the entries that took this artifact or source in, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn entries_consuming(&self, digest: &Digest) -> Result<Vec<i64>, StoreError> {
        self.entries_beside(CONSUMING, digest)
    }

    /// The entries that the stages of a run made or reused.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn entries_of_run(&self, run: Uuid) -> Result<Vec<i64>, StoreError> {
        self.inner.read_long("read lineage", |connection| {
            Ok(entries_of_run(&self.inner, connection, run)?)
        })
    }

    fn entries_beside(&self, edges: &'static str, digest: &Digest) -> Result<Vec<i64>, StoreError> {
        self.inner.read("read lineage", |connection| {
            let mut statement = connection.prepare_cached(edges)?;
            let ids = statement.query_map([digest.as_bytes()], |row| row.get(0))?;
            let mut ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
            // A call may have taken the same thing in twice.
            ids.dedup();
            Ok(ids)
        })
    }

    fn walk(
        &self,
        digests: &[Digest],
        direction: Direction,
        within: Option<Uuid>,
    ) -> Result<LineageGraph, StoreError> {
        self.inner.read_long("read lineage", |connection| {
            let mut walk = Walk::new(&self.inner, direction, within);
            digests.iter().for_each(|digest| walk.reach(*digest, 0));
            let mut beside = Beside::default();
            walk.run(connection, Some(&mut beside))?;
            if beside.all_hold() {
                return Ok(walk.graph);
            }
            let mut walk = Walk::new(&self.inner, direction, within);
            digests.iter().for_each(|digest| walk.reach(*digest, 0));
            walk.run(connection, None)?;
            Ok(walk.graph)
        })
    }
}

/// From a digest to entries; the index alone answers, and the entry's record confirms.
const PRODUCING: &str = "SELECT entry FROM entry_output WHERE digest = ?1 ORDER BY entry";
const CONSUMING: &str = "SELECT entry FROM entry_input WHERE digest = ?1 ORDER BY entry";

/// The same with the count of the edges, and whether that is whole; a row without an entry where there are none.
const PRODUCING_AND_COUNT: &str = "SELECT up, up + 1000 * down = proof, entry FROM edge_count
    LEFT JOIN entry_output ON entry_output.digest = edge_count.digest WHERE edge_count.digest = ?1 ORDER BY entry";
const CONSUMING_AND_COUNT: &str = "SELECT down, up + 1000 * down = proof, entry FROM edge_count
    LEFT JOIN entry_input ON entry_input.digest = edge_count.digest WHERE edge_count.digest = ?1 ORDER BY entry";

fn entries_of_run(store: &Inner, connection: &Connection, run: Uuid) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT run, position, path, outcome, entry, body_digest, checksum FROM stage WHERE run = ?1",
    )?;
    let mut entries = Vec::new();
    let mut beside = Beside::default();
    let mut rows = statement.query([run.as_bytes()])?;
    while let Some(row) = rows.next()? {
        beside.verify_head(&STAGE, row)?;
        entries.extend(row.get::<_, Option<i64>>(4).unwrap_or_default());
    }
    drop(rows);
    if beside.all_hold() {
        return Ok(entries);
    }
    entries.clear();
    let mut rows = statement.query([run.as_bytes()])?;
    while let Some(row) = rows.next()? {
        if STAGE.is_whole(row)? {
            entries.extend(row.get::<_, Option<i64>>(4)?);
        } else {
            store.count_damage();
        }
    }
    Ok(entries)
}

/// A run whose entries alone count.
struct Within {
    run: Uuid,
    /// What it made or reused, once there is an entry that it did not make.
    reused: Option<HashSet<i64>>,
}

impl Within {
    fn has(
        &mut self,
        store: &Inner,
        connection: &Connection,
        entry: &LineageEntry,
    ) -> rusqlite::Result<bool> {
        if entry.run == self.run {
            return Ok(true);
        }
        let reused = match &mut self.reused {
            Some(reused) => reused,
            unknown => {
                let entries = entries_of_run(store, connection, self.run)?;
                unknown.insert(entries.into_iter().collect())
            }
        };
        Ok(reused.contains(&entry.id))
    }
}

struct Walk<'a> {
    store: &'a Inner,
    direction: Direction,
    within: Option<Within>,
    graph: LineageGraph,
    waiting: VecDeque<(Digest, usize)>,
    seen: HashSet<Digest>,
    entries: HashSet<i64>,
}

impl<'a> Walk<'a> {
    fn new(store: &'a Inner, direction: Direction, within: Option<Uuid>) -> Self {
        Self {
            store,
            direction,
            within: within.map(|run| Within { run, reused: None }),
            graph: LineageGraph::default(),
            waiting: VecDeque::new(),
            seen: HashSet::new(),
            entries: HashSet::new(),
        }
    }

    fn reach(&mut self, digest: Digest, distance: usize) {
        if self.seen.insert(digest) {
            self.waiting.push_back((digest, distance));
        }
    }

    /// Walks to the end. With `beside`, what is found counts only if all rows turn out to be whole.
    fn run(
        &mut self,
        connection: &Connection,
        beside: Option<&mut Beside>,
    ) -> rusqlite::Result<()> {
        let (items, edges, edges_and_count) = match self.direction {
            Direction::Up => (
                "SELECT holder, item, checksum FROM artifact_item WHERE item = ?1",
                PRODUCING,
                PRODUCING_AND_COUNT,
            ),
            Direction::Down => (
                "SELECT holder, item, checksum FROM artifact_item WHERE holder = ?1",
                CONSUMING,
                CONSUMING_AND_COUNT,
            ),
        };
        let mut items = connection.prepare_cached(items)?;
        let mut edges = connection.prepare_cached(edges)?;
        let mut edges_and_count = connection.prepare_cached(edges_and_count)?;
        let mut reader = EntryReader::new(self.store, connection, beside)?;
        // Most stores hold no lists: then asking for each artifact's parts would be a fifth of the walk.
        let has_items: bool =
            connection.query_row("SELECT EXISTS (SELECT 1 FROM artifact_item)", [], |row| {
                row.get(0)
            })?;
        while let Some((digest, distance)) = self.waiting.pop_front() {
            let mut found = 0;
            if has_items {
                let mut rows = items.query([digest.as_bytes()])?;
                while let Some(row) = rows.next()? {
                    found += 1;
                    if let Some(next) = self.add_item(row)? {
                        self.reach(next, distance + 1);
                    }
                }
            }
            // An index that has lost an edge says nothing of it, so edges are counted where they are written.
            let mut counted = None;
            let mut rows = edges_and_count.query([digest.as_bytes()])?;
            while let Some(row) = rows.next()? {
                counted = Some((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?));
                if let Some(entry) = row.get(2)? {
                    found += 1;
                    self.visit(connection, &mut reader, entry, &digest, distance)?;
                }
            }
            if counted.is_none() {
                let mut rows = edges.query([digest.as_bytes()])?;
                while let Some(row) = rows.next()? {
                    found += 1;
                    self.visit(connection, &mut reader, row.get(0)?, &digest, distance)?;
                }
            }
            let (counted, is_proved) = counted.unwrap_or((0, true));
            if counted != found || !is_proved {
                self.store.count_damage();
            }
        }
        Ok(())
    }

    /// Adds an entry that an edge from this digest leads to.
    fn visit(
        &mut self,
        connection: &Connection,
        reader: &mut EntryReader<'_>,
        id: i64,
        digest: &Digest,
        distance: usize,
    ) -> rusqlite::Result<()> {
        if self.entries.contains(&id) {
            return Ok(());
        }
        let Some(entry) = reader.read(id, distance)? else {
            return Ok(());
        };
        if let Some(within) = &mut self.within
            && !within.has(self.store, connection, &entry)?
        {
            return Ok(());
        }
        let given = || entry.outputs.iter().map(|output| output.digest);
        let is_edge = match self.direction {
            Direction::Up => given().any(|other| other == *digest),
            Direction::Down => entry
                .inputs
                .iter()
                .any(|input| input.digest.as_ref() == Some(digest)),
        };
        if !is_edge {
            self.store.count_damage();
            return Ok(());
        }
        match self.direction {
            Direction::Up => {
                let artifacts = entry
                    .inputs
                    .iter()
                    .filter(|input| input.kind == InputKind::Artifact);
                for next in artifacts.filter_map(|input| input.digest) {
                    self.reach(next, distance + 1);
                }
            }
            Direction::Down => given().for_each(|next| self.reach(next, distance + 1)),
        }
        self.entries.insert(id);
        self.graph.entries.push(entry);
        Ok(())
    }

    /// Adds that an artifact is made of another, and returns the other.
    fn add_item(&mut self, row: &Row<'_>) -> rusqlite::Result<Option<Digest>> {
        let parts = (digest_of(row.get_ref(0)?), digest_of(row.get_ref(1)?));
        let (Some(holder), Some(item), true) = (parts.0, parts.1, ARTIFACT_ITEM.is_whole(row)?)
        else {
            self.store.count_damage();
            return Ok(None);
        };
        self.graph.parts.entry(holder).or_default().insert(item);
        Ok(Some(match self.direction {
            Direction::Up => holder,
            Direction::Down => item,
        }))
    }
}

//! Lineage: which entries an artifact rests on, and which rest on it.
//!
//! The walk goes breadth first over prepared statements, one for each kind of edge; what was seen is not walked again, so a
//! diamond costs its edges and not its paths.

use std::collections::{BTreeSet, HashSet};

use mlops_core::{Digest, Level};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use uuid::Uuid;

use crate::row::{ARTIFACT_ITEM, ENTRY, ENTRY_INPUT, ENTRY_OUTPUT, digest_of, uuid_of};
use crate::store::Inner;
use crate::{InputKind, Store, StoreError};

/// Entries and artifacts, and how they hang together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LineageGraph {
    /// The entries, by number.
    pub entries: Vec<LineageEntry>,
    /// What the entries took in; a source has its location.
    pub inputs: Vec<LineageInput>,
    /// What the entries gave out.
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
            for id in ids {
                entries.extend(entry(&self.inner, connection, id)?);
            }
            Ok(entries)
        })
    }

    fn walk(&self, digests: &[Digest], direction: Direction) -> Result<LineageGraph, StoreError> {
        // A walk may take long, and look-ups must not wait for it. One transaction: the graph is of one moment.
        let connection = self.inner.another_reader()?;
        let transaction = connection.unchecked_transaction()?;
        let mut walk = Walk {
            store: &self.inner,
            connection: &transaction,
            graph: LineageGraph::default(),
            waiting: Vec::new(),
            seen: HashSet::new(),
            entries: HashSet::new(),
        };
        digests.iter().for_each(|digest| walk.reach(*digest));
        walk.run(direction)
            .map_err(|error| StoreError::from(error).named("read lineage"))?;
        let mut graph = walk.graph;
        graph.entries.sort_by_key(|entry| entry.id);
        Ok(graph)
    }
}

struct Walk<'a> {
    store: &'a Inner,
    connection: &'a Connection,
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

    fn run(&mut self, direction: Direction) -> rusqlite::Result<()> {
        let (edges, whole_or_part) = match direction {
            Direction::Up => (
                "SELECT entry FROM entry_output WHERE digest = ?1",
                "SELECT holder, item, checksum FROM artifact_item WHERE item = ?1",
            ),
            Direction::Down => (
                "SELECT entry FROM entry_input WHERE digest = ?1",
                "SELECT holder, item, checksum FROM artifact_item WHERE holder = ?1",
            ),
        };
        let connection = self.connection;
        let mut edges = connection.prepare(edges)?;
        let mut whole_or_part = connection.prepare(whole_or_part)?;
        while let Some(digest) = self.waiting.pop() {
            let mut rows = whole_or_part.query([digest.as_bytes()])?;
            while let Some(row) = rows.next()? {
                match (digest_of(row.get_ref(0)?), digest_of(row.get_ref(1)?)) {
                    (Some(holder), Some(item)) if ARTIFACT_ITEM.is_whole(row)? => {
                        self.graph.items.push(LineageItem { holder, item });
                        self.reach(if direction == Direction::Up {
                            holder
                        } else {
                            item
                        });
                    }
                    _ => self.store.count_damage(),
                }
            }
            let mut rows = edges.query([digest.as_bytes()])?;
            while let Some(row) = rows.next()? {
                let id = row.get(0)?;
                if self.entries.insert(id) {
                    self.enter(id, direction)?;
                }
            }
        }
        Ok(())
    }

    /// Adds an entry with all its edges, and goes on from those that lead further.
    fn enter(&mut self, id: i64, direction: Direction) -> rusqlite::Result<()> {
        let Some(entry) = entry(self.store, self.connection, id)? else {
            return Ok(());
        };
        self.graph.entries.push(entry);
        let connection = self.connection;
        let mut statement = connection.prepare_cached(
            "SELECT entry, position, name, kind, digest, location, checksum FROM entry_input WHERE entry = ?1",
        )?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let kind = row.get_ref(3)?.as_str().ok().and_then(InputKind::of);
            let Some(kind) = kind.filter(|_| ENTRY_INPUT.is_whole(row).unwrap_or(false)) else {
                self.store.count_damage();
                continue;
            };
            let digest = digest_of(row.get_ref(4)?);
            if direction == Direction::Up
                && kind == InputKind::Artifact
                && let Some(digest) = digest
            {
                self.reach(digest);
            }
            self.graph.inputs.push(LineageInput {
                entry: id,
                name: row.get(2)?,
                kind,
                digest,
                location: row.get(5)?,
            });
        }
        let mut statement = connection.prepare_cached(
            "SELECT entry, position, digest, checksum FROM entry_output WHERE entry = ?1",
        )?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let digest = digest_of(row.get_ref(2)?);
            let Some(digest) = digest.filter(|_| ENTRY_OUTPUT.is_whole(row).unwrap_or(false))
            else {
                self.store.count_damage();
                continue;
            };
            if direction == Direction::Down {
                self.reach(digest);
            }
            self.graph.outputs.push(LineageOutput {
                entry: id,
                position: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
                digest,
            });
        }
        Ok(())
    }
}

/// The head of an entry; its body is not read.
fn entry(
    store: &Inner,
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<Option<LineageEntry>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, key, level, reusable, stage, call, run, made_at, body_digest, checksum FROM entry WHERE id = ?1",
    )?;
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

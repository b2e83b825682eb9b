//! Reads entries for lineage, and what can still be said of damaged ones.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use mlops_core::Digest;
use rusqlite::{CachedStatement, Connection, Row};
use serde::Deserialize;
use serde_json::Value;

use super::{LineageEntry, LineageInput, LineageOutput};
use crate::beside::Beside;
use crate::entries::head_of;
use crate::row::{ENTRY, ENTRY_INPUT, ENTRY_OUTPUT, digest_of};
use crate::store::Inner;
use crate::{Accepted, InputKind};

/// What the record of an entry tells beyond its head, as far as lineage shows it.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(default, borrow)]
    inputs: Vec<RecordedInput<'a>>,
    #[serde(default)]
    outputs: Vec<RecordedOutput>,
    #[serde(default)]
    accepted: Option<Accepted>,
}

#[derive(Deserialize)]
struct RecordedInput<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    kind: InputKind,
    #[serde(default)]
    digest: Option<Digest>,
    #[serde(default)]
    location: Option<String>,
    #[serde(default)]
    value: Option<Value>,
}

#[derive(Deserialize)]
struct RecordedOutput {
    digest: Digest,
    size: u64,
    #[serde(default)]
    description: RecordedDescription,
}

#[derive(Default, Deserialize)]
struct RecordedDescription {
    #[serde(default)]
    rows: Option<u64>,
}

const SELECT_ENTRY: &str = "SELECT id, key, level, reusable, stage, call, run, made_at, body_digest, checksum, body FROM entry WHERE id = ?1";

pub(super) struct EntryReader<'c> {
    store: &'c Inner,
    connection: &'c Connection,
    /// Where rows are verified, if not here.
    beside: Option<&'c mut Beside>,
    statement: CachedStatement<'c>,
    /// Names of stages and parameters: there are few, and each is told again and again.
    names: HashSet<Arc<str>>,
}

impl<'c> EntryReader<'c> {
    pub(super) fn new(
        store: &'c Inner,
        connection: &'c Connection,
        beside: Option<&'c mut Beside>,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            store,
            connection,
            beside,
            statement: connection.prepare_cached(SELECT_ENTRY)?,
            names: HashSet::new(),
        })
    }

    pub(super) fn read(
        &mut self,
        id: i64,
        distance: usize,
    ) -> rusqlite::Result<Option<LineageEntry>> {
        let mut rows = self.statement.query([id])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let body = match &mut self.beside {
            Some(beside) => {
                beside.verify(&ENTRY, row)?;
                row.get_ref(ENTRY.long_index())?.as_str().ok()
            }
            None => ENTRY.body(row)?,
        };
        let record: Option<Record<'_>> = body.and_then(|body| serde_json::from_str(body).ok());
        // A whole body was compared with a whole head.
        let is_head_whole = record.is_some() || ENTRY.is_whole(row)?;
        let head = if is_head_whole { head_of(row)? } else { None };
        let Some((key, level, run, made)) = head else {
            self.store.count_damage();
            return Ok(None);
        };
        let mut entry = LineageEntry {
            id,
            stage: shared(&mut self.names, row.get_ref(4)?.as_str()?),
            key,
            level,
            run,
            made,
            distance,
            inputs: Vec::new(),
            outputs: Vec::new(),
            accepted: None,
            whole: record.is_some(),
        };
        match record {
            Some(record) => {
                let inputs = record.inputs.into_iter();
                entry.inputs = inputs
                    .map(|input| LineageInput {
                        name: shared(&mut self.names, &input.name),
                        kind: input.kind,
                        digest: input.digest,
                        location: input.location,
                        value: input.value,
                    })
                    .collect();
                entry.accepted = record.accepted;
                entry.outputs = record
                    .outputs
                    .into_iter()
                    .map(RecordedOutput::shown)
                    .collect();
            }
            None => {
                self.store.count_damaged_entry(id);
                entry.inputs = edges_of(self.store, self.connection, INPUTS, id, input_of)?;
                entry.outputs = edges_of(self.store, self.connection, OUTPUTS, id, output_of)?;
            }
        }
        Ok(Some(entry))
    }
}

fn shared(names: &mut HashSet<Arc<str>>, name: &str) -> Arc<str> {
    if let Some(known) = names.get(name) {
        return Arc::clone(known);
    }
    let name: Arc<str> = name.into();
    names.insert(Arc::clone(&name));
    name
}

impl RecordedOutput {
    fn shown(self) -> LineageOutput {
        LineageOutput {
            digest: self.digest,
            size: Some(self.size),
            rows: self.description.rows,
        }
    }
}

const INPUTS: &str = "SELECT entry, position, name, kind, digest, location, checksum FROM entry_input WHERE entry = ?1";
const OUTPUTS: &str = "SELECT entry, position, digest, checksum FROM entry_output WHERE entry = ?1";

/// What the edges of an entry say when its record is damaged.
fn edges_of<T>(
    store: &Inner,
    connection: &Connection,
    edges: &'static str,
    id: i64,
    read: fn(&Row<'_>) -> rusqlite::Result<Option<T>>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare_cached(edges)?;
    let mut rows = statement.query([id])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        match read(row)? {
            Some(edge) => found.push(edge),
            None => store.count_damage(),
        }
    }
    Ok(found)
}

/// `None` when the row is not what was written.
fn input_of(row: &Row<'_>) -> rusqlite::Result<Option<LineageInput>> {
    let kind = row.get_ref(3)?.as_str().ok().and_then(InputKind::of);
    let (Some(kind), true) = (kind, ENTRY_INPUT.is_whole(row)?) else {
        return Ok(None);
    };
    Ok(Some(LineageInput {
        name: row.get_ref(2)?.as_str()?.into(),
        kind,
        digest: digest_of(row.get_ref(4)?),
        location: row.get(5)?,
        value: None,
    }))
}

/// `None` when the row is not what was written.
fn output_of(row: &Row<'_>) -> rusqlite::Result<Option<LineageOutput>> {
    let (Some(digest), true) = (digest_of(row.get_ref(2)?), ENTRY_OUTPUT.is_whole(row)?) else {
        return Ok(None);
    };
    Ok(Some(LineageOutput {
        digest,
        size: None,
        rows: None,
    }))
}

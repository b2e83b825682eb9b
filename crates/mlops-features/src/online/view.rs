//! A view: the events of one kind as the store knows them.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use jiff::SignedDuration;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use super::OnlineError;
use super::encoding::FeatureKind;
use super::write::checksum_of_view;
use crate::point_in_time::{Events, KeyKind, check_time_to_live};

/// Events of one kind in the store: their columns and what those hold. It is made by the first write.
#[derive(Debug, Clone)]
pub struct View {
    pub(super) id: i64,
    pub(super) definition: Definition,
}

/// What stands in the database of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) keys: Vec<Key>,
    pub(super) event_time: String,
    pub(super) created_time: Option<String>,
    pub(super) features: Vec<Feature>,
    /// In nanoseconds.
    pub(super) ttl: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) kind: KeyKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Feature {
    pub(super) name: String,
    pub(super) kind: FeatureKind,
}

impl View {
    /// The name.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// The columns by which its entity is known.
    pub fn keys(&self) -> Vec<&str> {
        self.definition
            .keys
            .iter()
            .map(|key| key.name.as_str())
            .collect()
    }

    /// A column of one of its keys, from what people type.
    ///
    /// # Errors
    /// A text is none of the key's kind.
    pub fn typed_keys(&self, key: &str, texts: &[&str]) -> Result<Option<ArrayRef>, OnlineError> {
        let Some(known) = self.definition.keys.iter().find(|known| known.name == key) else {
            return Ok(None);
        };
        let column = known
            .kind
            .typed(texts)
            .map_err(|text| OnlineError::KeyText {
                view: self.definition.name.clone(),
                key: key.to_owned(),
                text: text.to_owned(),
                kind: known.kind.plural(),
            });
        column.map(Some)
    }

    /// Its features.
    pub fn features(&self) -> Vec<&str> {
        self.definition
            .features
            .iter()
            .map(|feature| feature.name.as_str())
            .collect()
    }

    /// The events of which it is made.
    pub fn events(&self) -> Events {
        let definition = &self.definition;
        let events = Events::new(&definition.name, self.keys(), &definition.event_time)
            .values(self.features());
        let events = match &definition.created_time {
            Some(column) => events.created(column),
            None => events,
        };
        match definition.ttl {
            Some(ttl) => events.ttl(SignedDuration::from_nanos(ttl)),
            None => events,
        }
    }
}

impl Definition {
    /// The view that these events make, if their columns are of these types.
    pub(super) fn of(
        events: &Events,
        schema: &Schema,
        known: Option<&Self>,
    ) -> Result<Self, OnlineError> {
        let data_type = |name: &str| -> Result<&DataType, OnlineError> {
            Ok(schema.field_with_name(name)?.data_type())
        };
        let keys = events.keys.iter().map(|name| {
            let kind = KeyKind::of(name, data_type(name)?)?;
            Ok(Key {
                name: name.clone(),
                kind,
            })
        });
        let features = events.values.iter().map(|name| {
            let kind = match (data_type(name)?, known) {
                // What a column of nothing but nulls is, only others know.
                (DataType::Null, Some(known)) => known.kind_of(name),
                _ => None,
            };
            let kind = kind.map_or_else(|| FeatureKind::of(name, data_type(name)?), Ok)?;
            Ok(Feature {
                name: name.clone(),
                kind,
            })
        });
        let ttl = events
            .ttl
            .map(|ttl| i64::try_from(ttl.as_nanos()).unwrap_or(i64::MAX));
        Ok(Self {
            name: events.name.clone(),
            keys: keys.collect::<Result<_, OnlineError>>()?,
            event_time: events.event_time.clone(),
            created_time: events.created_time.clone(),
            features: features.collect::<Result<_, OnlineError>>()?,
            ttl,
        })
    }

    /// The same definition with the kinds that are known already, where what is given fits them.
    fn with_known_types(mut self, known: &Self) -> Self {
        for (key, known) in self.keys.iter_mut().zip(&known.keys) {
            // Whole numbers are the same numbers, with a sign or without.
            let whole = |kind| matches!(kind, KeyKind::Signed | KeyKind::Unsigned);
            if key.name == known.name && whole(key.kind) && whole(known.kind) {
                key.kind = known.kind;
            }
        }
        for (feature, known) in self.features.iter_mut().zip(&known.features) {
            // A file of comma-separated values whose numbers are all whole is a column of integers.
            let widened = feature.kind == FeatureKind::Integer && known.kind == FeatureKind::Number;
            if feature.name == known.name && widened {
                feature.kind = known.kind;
            }
        }
        self
    }

    fn kind_of(&self, name: &str) -> Option<FeatureKind> {
        let found = self.features.iter().find(|feature| feature.name == name);
        found.map(|feature| feature.kind)
    }

    fn difference(&self, other: &Self) -> Option<String> {
        let list = |definition: &Self| {
            let keys = definition
                .keys
                .iter()
                .map(|key| format!("{}: {:?}", key.name, key.kind));
            let features = definition.features.iter();
            let features = features.map(|feature| format!("{}: {:?}", feature.name, feature.kind));
            keys.chain(features)
                .collect::<Vec<_>>()
                .join(", ")
                .to_lowercase()
        };
        if self.keys != other.keys || self.features != other.features {
            return Some(format!("{}, not {}", list(self), list(other)));
        }
        let times = |definition: &Self| {
            (
                definition.event_time.clone(),
                definition.created_time.clone(),
            )
        };
        (times(self) != times(other)).then(|| "its times are in other columns".to_owned())
    }
}

/// Finds the view of some events, or makes it; a new time to live is taken over. Within a transaction of the caller's.
pub(super) fn register(
    connection: &Connection,
    events: &Events,
    schema: &Schema,
) -> Result<View, OnlineError> {
    let found = find(connection, &events.name)?;
    let mut wanted = Definition::of(events, schema, found.as_ref().map(|view| &view.definition))?;
    check_time_to_live(events)?;
    let Some(found) = found else {
        if wanted.name.is_empty() || wanted.name.contains(':') {
            return Err(OnlineError::ViewName { name: wanted.name });
        }
        let text = text(&wanted)?;
        connection.execute(
            "INSERT INTO view (name, definition, checksum) VALUES (?1, ?2, ?3)",
            (&wanted.name, &text, checksum_of_view(&wanted.name, &text)),
        )?;
        return Ok(View {
            id: connection.last_insert_rowid(),
            definition: wanted,
        });
    };
    // Who writes without a time to live says nothing of it.
    wanted.ttl = wanted.ttl.or(found.definition.ttl);
    let wanted = wanted.with_known_types(&found.definition);
    if let Some(problem) = found.definition.difference(&wanted) {
        return Err(OnlineError::ChangedView {
            name: wanted.name,
            problem,
        });
    }
    if wanted != found.definition {
        let text = text(&wanted)?;
        connection.execute(
            "UPDATE view SET definition = ?2, checksum = ?3 WHERE id = ?1",
            (found.id, &text, checksum_of_view(&wanted.name, &text)),
        )?;
    }
    Ok(View {
        id: found.id,
        definition: wanted,
    })
}

/// Refuses to write under a view that was forgotten meanwhile. Within a transaction of the caller's.
pub(super) fn check_is_there(connection: &Connection, view: &View) -> Result<(), OnlineError> {
    match id(connection, view.name())? {
        Some(id) if id == view.id => Ok(()),
        _ => Err(OnlineError::ForgottenView {
            view: view.name().to_owned(),
        }),
    }
}

const VIEWS: &str = "SELECT id, name, definition, checksum FROM view";

pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<View>, OnlineError> {
    let mut statement = connection.prepare_cached(&format!("{VIEWS} WHERE name = ?1"))?;
    let mut rows = statement.query([name])?;
    rows.next()?.map(view).transpose()
}

pub(super) fn all(connection: &Connection) -> Result<Vec<View>, OnlineError> {
    let mut statement = connection.prepare_cached(&format!("{VIEWS} ORDER BY name"))?;
    let mut rows = statement.query([])?;
    let mut views = Vec::new();
    while let Some(row) = rows.next()? {
        views.push(view(row)?);
    }
    Ok(views)
}

/// The number of a view.
pub(super) fn id(connection: &Connection, name: &str) -> Result<Option<i64>, OnlineError> {
    let mut statement = connection.prepare_cached("SELECT id FROM view WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// The names of all views.
pub(super) fn names(connection: &Connection) -> Result<Vec<String>, OnlineError> {
    let mut statement = connection.prepare_cached("SELECT name FROM view ORDER BY name")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn text(definition: &Definition) -> Result<String, OnlineError> {
    serde_json::to_string(definition).map_err(|_| OnlineError::DamagedView {
        view: definition.name.clone(),
    })
}

fn view(row: &rusqlite::Row<'_>) -> Result<View, OnlineError> {
    let (name, text): (String, String) = (row.get(1)?, row.get(2)?);
    let is_whole = row.get::<_, i64>(3)? == checksum_of_view(&name, &text);
    match serde_json::from_str(&text) {
        Ok(definition) if is_whole => Ok(View {
            id: row.get(0)?,
            definition,
        }),
        _ => Err(OnlineError::DamagedView { view: name }),
    }
}

/// A column of a batch.
pub(super) fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef, OnlineError> {
    Ok(Arc::clone(batch.column(batch.schema_ref().index_of(name)?)))
}

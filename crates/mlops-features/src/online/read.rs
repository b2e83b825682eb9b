//! Looks up features of many entities at once, as of one moment and one state of the store.

use std::collections::BTreeMap;

use arrow_array::ArrayRef;
use mlops_data::Table;
use rusqlite::Connection;

use super::OnlineError;
use super::answer::{Answer, Cell, Status, ValueOf};
use super::encoding::{self, FeatureKind, moment};
use super::rows::Saying;
use super::store::{OnlineStore, known_view};
use super::view::View;
use super::write::checksum;
use crate::point_in_time::{KeyColumns, PointInTimeError};

const LATEST: &str = "SELECT event_time, created_time, features, checksum FROM latest WHERE view = ?1 AND entity = ?2";
const PENDING: &str = "SELECT event_time, created_time, features, checksum FROM pending
    WHERE view = ?1 AND entity = ?2 AND known <= ?3 ORDER BY event_time DESC, created_time DESC, features DESC LIMIT 1";

impl OnlineStore {
    /// The features `view:feature` of these entities, whose keys are columns named as in the views.
    ///
    /// All of them are of one state of the store: of an event that is being written, either everything is seen or nothing.
    ///
    /// # Errors
    /// There is no such view or feature, a key is missing or of another kind, a row is damaged, or the database fails.
    pub fn get(&self, features: &[&str], entities: &Table) -> Result<Answer, OnlineError> {
        let now = self.now();
        let features = self.with_reader(|connection| {
            // One transaction, one state.
            connection.prepare_cached("BEGIN")?.execute([])?;
            let found = look(connection, features, entities, now);
            connection.prepare_cached("COMMIT")?.execute([])?;
            found
        })?;
        Ok(Answer {
            asked_at: moment(now),
            features,
        })
    }

    /// Drops the rows of a view that are not what was written.
    pub(super) fn drop_damaged(&self, view: &View) -> Result<(), OnlineError> {
        super::write::whole(&mut self.writer(), |transaction| {
            for table in ["latest", "pending"] {
                let mut damaged: Vec<(Vec<u8>, Saying)> = Vec::new();
                let mut statement = transaction.prepare(&format!(
                    "SELECT event_time, created_time, features, checksum, entity FROM {table} WHERE view = ?1"
                ))?;
                let mut rows = statement.query([view.id])?;
                while let Some(row) = rows.next()? {
                    let entity: Vec<u8> = row.get(4)?;
                    let (saying, found) = saying(row)?;
                    if checksum(view.id, &entity, &saying) != found {
                        damaged.push((entity, saying));
                    }
                }
                // This row and no other: of events that are still to come an entity has several.
                for (entity, saying) in damaged {
                    transaction.execute(
                        &format!(
                            "DELETE FROM {table} WHERE view = ?1 AND entity = ?2
                             AND event_time = ?3 AND created_time = ?4 AND features = ?5"
                        ),
                        (
                            view.id,
                            entity,
                            saying.event_time,
                            saying.created_time,
                            saying.features,
                        ),
                    )?;
                }
            }
            Ok(())
        })
    }
}

fn look(
    connection: &Connection,
    features: &[&str],
    entities: &Table,
    now: i64,
) -> Result<Vec<ValueOf>, OnlineError> {
    let mut asked: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    for (place, name) in features.iter().enumerate() {
        let (view, feature) = name
            .split_once(':')
            .ok_or_else(|| OnlineError::FeatureName {
                name: (*name).to_owned(),
            })?;
        asked.entry(view).or_default().push((place, feature));
    }
    let mut found: Vec<Option<ValueOf>> = vec![None; features.len()];
    for (name, features) in asked {
        let view = known_view(connection, name)?;
        let columns = look_into(connection, &view, &features, entities, now)?;
        for ((place, _), column) in features.into_iter().zip(columns) {
            found[place] = Some(column);
        }
    }
    Ok(found.into_iter().flatten().collect())
}

fn look_into(
    connection: &Connection,
    view: &View,
    features: &[(usize, &str)],
    entities: &Table,
    now: i64,
) -> Result<Vec<ValueOf>, OnlineError> {
    let places = features.iter().map(|(_, name)| view.place(name));
    let places = places.collect::<Result<Vec<_>, _>>()?;
    let kinds: Vec<FeatureKind> = view
        .definition
        .features
        .iter()
        .map(|feature| feature.kind)
        .collect();
    let entity_keys = keys(view, entities)?;
    let mut latest = connection.prepare_cached(LATEST)?;
    let mut waiting = connection.prepare_cached(PENDING)?;
    let mut is_waiting =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM pending WHERE known <= ?1)")?;
    let is_waiting: bool = is_waiting.query_row([now], |row| row.get(0))?;
    let mut columns: Vec<ValueOf> = features
        .iter()
        .map(|(_, name)| ValueOf {
            view: view.definition.name.clone(),
            feature: (*name).to_owned(),
            cells: Vec::with_capacity(entities.rows()),
        })
        .collect();
    let damaged = || OnlineError::Damaged {
        view: view.definition.name.clone(),
    };
    let mut entity = Vec::new();
    for row in 0..entities.rows() {
        let mut newest = None;
        if !entity_keys.is_null(row) {
            entity_keys.write(row, &mut entity);
            let mut rows = latest.query((view.id, &entity))?;
            newest = rows.next()?.map(saying).transpose()?;
            if is_waiting {
                let mut rows = waiting.query((view.id, &entity, now))?;
                // By the order of what they say; the checksums follow.
                newest = newest.max(rows.next()?.map(saying).transpose()?);
            }
        }
        let Some((newest, found)) = newest else {
            for column in &mut columns {
                column.cells.push(Cell {
                    value: None,
                    status: Status::NotFound,
                    event_time: None,
                });
            }
            continue;
        };
        if checksum(view.id, &entity, &newest) != found {
            return Err(damaged());
        }
        let age = i128::from(now) - i128::from(newest.event_time);
        let is_old = view.definition.ttl.is_some_and(|ttl| age > i128::from(ttl));
        let mut values = encoding::read(&newest.features, &kinds).ok_or_else(damaged)?;
        for (column, place) in columns.iter_mut().zip(&places) {
            let value = if is_old { None } else { values[*place].clone() };
            let status = match &value {
                _ if is_old => Status::TooOld,
                Some(_) => Status::Present,
                None => Status::Null,
            };
            column.cells.push(Cell {
                value,
                status,
                event_time: Some(moment(newest.event_time)),
            });
        }
        values.clear();
    }
    Ok(columns)
}

fn saying(row: &rusqlite::Row<'_>) -> Result<(Saying, i64), rusqlite::Error> {
    let saying = Saying {
        event_time: row.get(0)?,
        created_time: row.get(1)?,
        features: row.get(2)?,
    };
    Ok((saying, row.get(3)?))
}

/// The keys of the entities that are asked for.
fn keys(view: &View, entities: &Table) -> Result<KeyColumns, OnlineError> {
    let mut arrays: Vec<ArrayRef> = Vec::new();
    let mut kinds = Vec::new();
    for key in &view.definition.keys {
        let array = entities.column(&key.name)?;
        let data_type = array.data_type();
        if *data_type != arrow_schema::DataType::Null && !key.kind.accepts(data_type) {
            return Err(PointInTimeError::KeyMismatch {
                name: view.definition.name.clone(),
                rows: format!("{}: {data_type}", key.name),
                events: format!("{}: {:?}", key.name, key.kind).to_lowercase(),
            }
            .into());
        }
        arrays.push(array);
        kinds.push(key.kind);
    }
    Ok(KeyColumns::of(&arrays, &kinds)?)
}

impl View {
    /// The place of a feature.
    fn place(&self, name: &str) -> Result<usize, OnlineError> {
        let mut features = self.definition.features.iter();
        features
            .position(|feature| feature.name == name)
            .ok_or_else(|| OnlineError::UnknownFeature {
                view: self.definition.name.clone(),
                name: name.to_owned(),
                candidates: self.features().into_iter().map(str::to_owned).collect(),
            })
    }
}

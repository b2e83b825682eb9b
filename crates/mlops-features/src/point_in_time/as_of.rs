//! What was known of every entity at one moment.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, UInt32Array};
use arrow_schema::{DataType, Schema};
use arrow_select::take::take;
use jiff::Timestamp;
use mlops_data::{DataError, Table};

use super::PointInTimeError;
use super::events::Events;
use super::join::PointInTime;
use super::keys::{KeyColumns, KeyKind, KeyMap};
use super::source::EventSource;
use super::times::Resolution;

impl Events {
    /// The newest event of every entity as it was known at a moment: keys, values, and the event time in a column of its name.
    /// Entities come in the order of their keys; one whose newest event has expired has nulls, one of which nothing was known is
    /// not there.
    ///
    /// # Errors
    /// As [`PointInTime::join`].
    pub fn as_of(
        &self,
        source: impl Into<EventSource>,
        moment: Timestamp,
    ) -> Result<Table, PointInTimeError> {
        let source = source.into();
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let entities = entities(self, &source, &keys, moment)?;
        // The name of the moment must not be that of a column.
        let mut asked_at = "asked at".to_owned();
        while keys.contains(&asked_at.as_str()) || self.values.contains(&asked_at) {
            asked_at.push('_');
        }
        let moments = moments(self, &source, moment, entities.rows())?;
        let events = Self {
            on: None,
            event_time_as: Some(self.event_time.clone()),
            ..self.clone()
        };
        let joined = PointInTime::new(&asked_at)
            .latest(&events, source)
            .join(&entities.with_column(&asked_at, moments)?)?;
        Ok(joined.without(&[&asked_at])?)
    }
}

/// The moment, as often as there are entities, in days if the events count in days.
fn moments(
    events: &Events,
    source: &EventSource,
    moment: Timestamp,
    entities: usize,
) -> Result<ArrayRef, PointInTimeError> {
    let schema = source.schema(&events.columns(&[]))?;
    let resolution = resolution(events, &schema)?;
    let moments = resolution.column(vec![resolution.moment(moment); entities].into())?;
    Ok(
        match schema.field_with_name(&events.event_time)?.data_type() {
            DataType::Date32 => {
                let days = moment.as_second().div_euclid(86_400);
                let days = i32::try_from(days).unwrap_or(i32::MAX);
                Arc::new(Date32Array::from(vec![days; entities]))
            }
            _ => moments,
        },
    )
}

pub(super) fn resolution(events: &Events, schema: &Schema) -> Result<Resolution, PointInTimeError> {
    let times = std::iter::once(&events.event_time).chain(events.created_time.as_ref());
    let types = times.map(|name| Ok((name.as_str(), schema.field_with_name(name)?.data_type())));
    Resolution::of(types.collect::<Result<Vec<_>, PointInTimeError>>()?)
}

/// The keys of all entities of which something was known, in their order.
fn entities(
    events: &Events,
    source: &EventSource,
    keys: &[&str],
    moment: Timestamp,
) -> Result<Table, PointInTimeError> {
    let columns = events.columns(&[]);
    let batches = source.open(&columns)?;
    let schema = Arc::clone(batches.schema());
    let mut kinds = Vec::new();
    for key in keys {
        let field = (*key, schema.field_with_name(key)?.data_type());
        kinds.push(KeyKind::of_both(&events.name, field, field)?);
    }
    let mut times = vec![events.event_time.as_str()];
    times.extend(events.created_time.as_deref());
    let resolution = resolution(events, &schema)?;
    let horizon = resolution.moment(moment);
    let mut map = KeyMap::new(&kinds);
    let mut found: Vec<Vec<ArrayRef>> = vec![Vec::new(); keys.len()];
    for batch in batches {
        let batch = batch?;
        let column = |name: &str| -> Result<ArrayRef, PointInTimeError> {
            Ok(ArrayRef::clone(
                batch.column(batch.schema_ref().index_of(name)?),
            ))
        };
        let arrays = keys
            .iter()
            .map(|key| column(key))
            .collect::<Result<Vec<_>, _>>()?;
        let mut known = vec![true; batch.num_rows()];
        for name in &times {
            let (times, _) = resolution.times(name, &column(name)?)?;
            for (known, time) in known.iter_mut().zip(times.iter()) {
                *known &= *time <= horizon;
            }
        }
        let known: Vec<u32> = (0..batch.num_rows() as u32)
            .filter(|row| known[*row as usize])
            .collect();
        let known = UInt32Array::from(known);
        let arrays = arrays.iter().map(|array| take(array, &known, None));
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        let before = map.len() as u32;
        let numbers = map.number(&KeyColumns::of(&arrays, &kinds)?, known.len());
        let mut next = before;
        let mut rows = Vec::new();
        for (row, number) in numbers.into_iter().enumerate() {
            // A number that is given for the first time is the next one.
            if number == next {
                rows.push(row as u32);
                next += 1;
            }
        }
        let rows = UInt32Array::from(rows);
        for (found, array) in found.iter_mut().zip(&arrays) {
            found.push(take(array, &rows, None)?);
        }
    }
    let mut columns = Vec::new();
    for (key, parts) in keys.iter().zip(&found) {
        let parts: Vec<_> = parts.iter().map(|part| &**part).collect();
        let field = schema.field_with_name(key)?;
        let column = match parts.as_slice() {
            [] => arrow_array::new_empty_array(field.data_type()),
            parts => arrow_select::concat::concat(parts)?,
        };
        columns.push((*key, column));
    }
    let sorting: Vec<_> = columns
        .iter()
        .map(|(_, values)| arrow_ord::sort::SortColumn {
            values: ArrayRef::clone(values),
            options: None,
        })
        .collect();
    let order = arrow_ord::sort::lexsort_to_indices(&sorting, None).map_err(DataError::from)?;
    for (_, column) in &mut columns {
        *column = take(column, &order, None)?;
    }
    Ok(Table::from_columns(columns)?)
}

//! A table of events, sorted by entity and time, and the windows that rows have into it.

use std::collections::HashMap;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit};
use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, SERDE_MEDIA_TYPE, read_serde,
    write_serde,
};
use mlops_data::{DataError, Table};
use serde::{Deserialize, Serialize};

use super::sliding::microseconds;
use super::{Window, WindowValue};
use crate::FeatureError;
use crate::definition::{integers, texts};

/// By which columns events are known: the key of their entity, when they happened, and when they became known.
///
/// ```
/// use mlops_features::EventColumns;
/// let columns = EventColumns::new("customer", "paid_at").created("booked_at").rows("customer", "asked_at");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventColumns {
    key: String,
    time: String,
    created: Option<String>,
    rows: Option<(String, String)>,
}

impl EventColumns {
    /// The columns of the entity's key and of the event's time, in the events and in the rows that ask.
    pub fn new(key: impl Into<String>, time: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            time: time.into(),
            created: None,
            rows: None,
        }
    }

    /// The column of when an event became known. Without it, an event is known when it happens.
    #[must_use]
    pub fn created(mut self, column: impl Into<String>) -> Self {
        self.created = Some(column.into());
        self
    }

    /// The columns of the key and of the moment in the rows that ask, where they have other names.
    #[must_use]
    pub fn rows(mut self, key: impl Into<String>, moment: impl Into<String>) -> Self {
        self.rows = Some((key.into(), moment.into()));
        self
    }

    pub(crate) fn of_rows(&self) -> (&str, &str) {
        match &self.rows {
            Some((key, moment)) => (key, moment),
            None => (&self.key, &self.time),
        }
    }
}

impl Artifact for EventColumns {
    const MEDIA_TYPE: &'static str = SERDE_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        write_serde(self, output)
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        read_serde(input)
    }

    fn duplicate(&self) -> Result<Self, ArtifactError> {
        Ok(self.clone())
    }
}

/// The key of an entity: numbers and texts, which never meet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Integer(i64),
    Text(String),
}

/// A column of keys.
enum Keys {
    Integers(Int64Array),
    Texts(StringArray),
}

impl Keys {
    fn of(table: &Table, name: &str) -> Result<Self, FeatureError> {
        let column = table.column(name)?;
        if column.data_type().is_integer()
            && let Some(keys) = integers(&column)
        {
            return Ok(Self::Integers(keys));
        }
        match texts(&column) {
            Some(keys) => Ok(Self::Texts(keys)),
            None => Err(DataError::ColumnType {
                name: name.to_owned(),
                found: column.data_type().to_string(),
                expected: "a text or an integer, which names an entity",
            }
            .into()),
        }
    }

    fn at(&self, row: usize) -> Option<Key> {
        match self {
            Self::Integers(keys) => keys.is_valid(row).then(|| Key::Integer(keys.value(row))),
            Self::Texts(keys) => keys
                .is_valid(row)
                .then(|| Key::Text(keys.value(row).to_owned())),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Integers(_) => "integers",
            Self::Texts(_) => "texts",
        }
    }
}

/// Events by entity and time.
pub(crate) struct EventIndex {
    keys: Keys,
    by_key: HashMap<Key, Vec<IndexedEvent>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct IndexedEvent {
    at: i64,
    created: i64,
    row: u32,
}

impl EventIndex {
    pub(crate) fn new(events: &Table, columns: &EventColumns) -> Result<Self, FeatureError> {
        let keys = Keys::of(events, &columns.key)?;
        let times = times(events, &columns.time)?;
        let created = columns
            .created
            .as_deref()
            .map(|name| self::times(events, name));
        let created = created.transpose()?;
        let mut by_key: HashMap<Key, Vec<IndexedEvent>> = HashMap::new();
        for row in 0..events.rows() {
            let (Some(key), true) = (keys.at(row), times.is_valid(row)) else {
                continue;
            };
            let at = times.value(row);
            let created = match &created {
                // When it became known is not known: no moment is sure to be after it.
                Some(created) if created.is_null(row) => continue,
                Some(created) => created.value(row),
                None => at,
            };
            // A table of more rows than that does not fit into memory.
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            let event = IndexedEvent { at, created, row };
            by_key.entry(key).or_default().push(event);
        }
        for events in by_key.values_mut() {
            events.sort_unstable();
        }
        Ok(Self { keys, by_key })
    }

    /// The windows of these rows that reach back so far.
    pub(crate) fn windows(
        &self,
        rows: &Table,
        columns: &EventColumns,
        over: Duration,
    ) -> Result<Windows, FeatureError> {
        let (key, moment) = columns.of_rows();
        let keys = Keys::of(rows, key)?;
        if keys.name() != self.keys.name() && !rows.is_empty() {
            return Err(DataError::ColumnType {
                name: key.to_owned(),
                found: keys.name().to_owned(),
                expected: match self.keys {
                    Keys::Integers(_) => "integers, as the key of the events",
                    Keys::Texts(_) => "texts, as the key of the events",
                },
            }
            .into());
        }
        let moments = times(rows, moment)?;
        let over = microseconds(over);
        let windows = (0..rows.rows()).map(|row| {
            let events = keys.at(row).and_then(|key| self.by_key.get(&key));
            let (Some(events), true) = (events, moments.is_valid(row)) else {
                return Vec::new();
            };
            let moment = moments.value(row);
            let from = events.partition_point(|event| event.at <= moment.saturating_sub(over));
            let to = events.partition_point(|event| event.at <= moment);
            let within = events.get(from..to).unwrap_or_default().iter();
            within
                .filter(|event| event.created <= moment)
                .copied()
                .collect()
        });
        Ok(Windows(windows.collect()))
    }
}

/// For each row, the events that it sees, in the order of time.
#[derive(Debug)]
pub(crate) struct Windows(Vec<Vec<IndexedEvent>>);

impl Windows {
    pub(crate) fn at<T: WindowValue>(&self, row: usize, values: &[Option<T>]) -> Window<T> {
        let events = self.0.get(row).map(Vec::as_slice).unwrap_or_default();
        let mut seen: Vec<(IndexedEvent, &T)> = events
            .iter()
            .filter_map(|event| Some((*event, values.get(event.row as usize)?.as_ref()?)))
            .collect();
        // Of what happened and became known at the same moments the value decides, not the place in the table.
        seen.sort_by(|(one, first), (two, second)| {
            (one.at, one.created)
                .cmp(&(two.at, two.created))
                .then_with(|| first.compared(second))
        });
        Window {
            values: seen.into_iter().map(|(_, value)| value.clone()).collect(),
        }
    }
}

/// A column of times in microseconds; a day is its beginning.
fn times(table: &Table, name: &str) -> Result<TimestampMicrosecondArray, FeatureError> {
    let column: ArrayRef = table.column(name)?;
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let fits = matches!(
        column.data_type(),
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Null
    );
    let column = if fits {
        cast(&column, &wanted).map_err(DataError::from)?
    } else {
        return Err(DataError::ColumnType {
            name: name.to_owned(),
            found: column.data_type().to_string(),
            expected: "a time",
        }
        .into());
    };
    Ok(column.as_primitive::<TimestampMicrosecondType>().clone())
}

//! By which columns events are known, and the windows that rows have into a table of them.

use std::sync::Arc;

use arrow_array::ArrayRef;
use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, SERDE_MEDIA_TYPE, read_serde,
    write_serde,
};
use serde::{Deserialize, Serialize};

use super::{Window, WindowValue};
use crate::point_in_time::{EventIndex, Events, PointInTimeError};

/// By which columns events are known: the key of their entity, when they happened, and when they became known.
///
/// These are the [`Events`] of a join, and the moment at which a row asks; what a row sees is what a join gives it.
///
/// ```
/// use mlops_features::EventColumns;
/// let columns = EventColumns::new("customer", "paid_at").created("booked_at").rows("customer", "asked_at");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct EventColumns {
    events: Events,
    moment: String,
}

impl EventColumns {
    /// The columns of the entity's key and of the event's time, in the events and in the rows that ask.
    pub fn new(key: impl Into<String>, time: impl Into<String>) -> Self {
        let moment = time.into();
        Self {
            events: Events::new("events", [key], &moment),
            moment,
        }
    }

    /// The columns of these events, which rows ask about at the moment in that column. Their values decide between events of the
    /// same two times; a prefix and a time to live say nothing of windows.
    pub fn of(events: Events, moment: impl Into<String>) -> Self {
        Self {
            events,
            moment: moment.into(),
        }
    }

    /// The column of when an event became known. Without it, an event is known when it happens.
    #[must_use]
    pub fn created(mut self, column: impl Into<String>) -> Self {
        self.events = self.events.created(column);
        self
    }

    /// The columns of the key and of the moment in the rows that ask, where they have other names.
    #[must_use]
    pub fn rows(mut self, key: impl Into<String>, moment: impl Into<String>) -> Self {
        self.events = self.events.on([key]);
        self.moment = moment.into();
        self
    }

    /// The events.
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// The column of the moment in the rows that ask.
    pub fn moment(&self) -> &str {
        &self.moment
    }
}

/// The columns as they stand in the key of a stage: those that decide what a window holds.
#[derive(Serialize, Deserialize)]
struct Written {
    keys: Vec<String>,
    time: String,
    created: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
    rows: Vec<String>,
    moment: String,
}

impl From<EventColumns> for Written {
    fn from(columns: EventColumns) -> Self {
        let EventColumns { events, moment } = columns;
        Self {
            rows: events.keys_of_rows().to_vec(),
            keys: events.keys,
            time: events.event_time,
            created: events.created_time,
            values: events.values,
            moment,
        }
    }
}

impl From<Written> for EventColumns {
    fn from(written: Written) -> Self {
        let events = Events::new("events", written.keys, written.time)
            .values(written.values)
            .on(written.rows);
        let events = match written.created {
            Some(column) => events.created(column),
            None => events,
        };
        Self {
            events,
            moment: written.moment,
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

/// Windows over one column of events.
#[derive(Debug)]
pub struct WindowColumn<T> {
    index: Arc<EventIndex>,
    length: i64,
    /// In the order of the index.
    values: Vec<Option<T>>,
}

impl<T: WindowValue> WindowColumn<T> {
    /// The windows of this length into a column that holds these values.
    pub(crate) fn of(
        index: Arc<EventIndex>,
        length: i64,
        column: &ArrayRef,
        values: &[Option<T>],
    ) -> Result<Self, PointInTimeError> {
        let rows = index.ordered_by(column)?.into_iter();
        Ok(Self {
            values: rows.map(|row| values.get(row).cloned().flatten()).collect(),
            index,
            length,
        })
    }

    /// The window of one row.
    pub fn at(&self, row: usize) -> Window<T> {
        let seen = self.index.window(row, self.length);
        Window {
            values: seen
                .filter_map(|place| self.values.get(place).cloned().flatten())
                .collect(),
        }
    }
}

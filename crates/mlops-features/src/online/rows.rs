//! Events as they are written: the entity and the features as bytes, the times in nanoseconds.

use std::collections::HashMap;

use arrow_array::{Array, Int64Array, RecordBatch};
use arrow_buffer::{NullBuffer, ScalarBuffer};

use super::OnlineError;
use super::encoding::{self, FeatureColumn};
use super::view::{Definition, column};
use crate::point_in_time::{KeyColumns, PointInTimeError, Resolution};

/// What an event says, and when: in the order in which events win.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Saying {
    pub(super) event_time: i64,
    pub(super) created_time: i64,
    pub(super) features: Vec<u8>,
}

/// Events that are to be written: of those that are known, the newest of each entity; and all that are still to come.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) newest: HashMap<Vec<u8>, Saying>,
    pub(super) pending: Vec<(Vec<u8>, Saying)>,
    /// How many events there were, and how many of them are about nobody.
    pub(super) seen: u64,
    pub(super) of_nobody: u64,
}

/// What becomes of a moment of creation that is missing.
#[derive(Debug, Clone, Copy)]
pub(super) enum MissingCreated {
    Refuse,
    /// The event is known when it happens: the same whenever it is written, so that a write may be repeated.
    WhenItHappened,
}

impl Rows {
    /// Takes the events of a batch, of which those after `now` are still to come.
    pub(super) fn add(
        &mut self,
        definition: &Definition,
        batch: &RecordBatch,
        now: i64,
        missing: MissingCreated,
    ) -> Result<(), OnlineError> {
        let arrays = definition.keys.iter().map(|key| column(batch, &key.name));
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        let kinds: Vec<_> = definition.keys.iter().map(|key| key.kind).collect();
        let keys = KeyColumns::of(&arrays, &kinds)?;
        let nulls = arrays.iter().fold(None, |nulls, array| {
            NullBuffer::union(nulls.as_ref(), array.logical_nulls().as_ref())
        });
        let event_times = times(definition, batch, &definition.event_time, None)?;
        let created_times = match &definition.created_time {
            Some(name) => {
                let instead = match missing {
                    MissingCreated::Refuse => None,
                    MissingCreated::WhenItHappened => Some(&event_times),
                };
                times(definition, batch, name, instead)?
            }
            None => event_times.clone(),
        };
        let features = definition.features.iter().map(|feature| {
            FeatureColumn::of(&feature.name, &column(batch, &feature.name)?, feature.kind)
        });
        let features = features.collect::<Result<Vec<_>, _>>()?;
        let mut entity = Vec::new();
        for row in 0..batch.num_rows() {
            self.seen += 1;
            if keys.is_null(row) {
                // A key that is there and is none of this kind is somebody's: to leave it out would lose the event.
                if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                    return Err(OnlineError::KeyRange {
                        view: definition.name.clone(),
                    });
                }
                self.of_nobody += 1;
                continue;
            }
            keys.write(row, &mut entity);
            let (event_time, created_time) = (event_times[row], created_times[row]);
            let saying = || Saying {
                event_time,
                created_time,
                features: encoding::write(&features, row),
            };
            if event_time.max(created_time) > now {
                self.pending.push((entity.clone(), saying()));
            } else if let Some(newest) = self.newest.get_mut(&entity) {
                // Most events are older than one that is known: their features need not be written.
                if (event_time, created_time) >= (newest.event_time, newest.created_time) {
                    let saying = saying();
                    if saying > *newest {
                        *newest = saying;
                    }
                }
            } else {
                self.newest.insert(entity.clone(), saying());
            }
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.newest.len() + self.pending.len()
    }
}

/// The times of a column; where one is missing, `instead`, or a refusal.
fn times(
    definition: &Definition,
    batch: &RecordBatch,
    name: &str,
    instead: Option<&ScalarBuffer<i64>>,
) -> Result<ScalarBuffer<i64>, OnlineError> {
    let array = column(batch, name)?;
    if let (Some(instead), arrow_schema::DataType::Null) = (instead, array.data_type()) {
        return Ok(instead.clone());
    }
    let (times, nulls) = Resolution::Nanosecond.times(name, &array)?;
    match (nulls, instead) {
        (None, _) => Ok(times),
        (nulls @ Some(_), Some(instead)) => {
            let times = Int64Array::new(times, nulls);
            let pairs = times.iter().zip(instead);
            Ok(pairs
                .map(|(time, instead)| time.unwrap_or(*instead))
                .collect())
        }
        (Some(_), None) => Err(PointInTimeError::TimeMissing {
            name: definition.name.clone(),
            column: name.to_owned(),
        }
        .into()),
    }
}

//! Events of a batch that some row could see, and the rows of batches that are worth keeping.

use std::cmp::Ordering;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::ScalarBuffer;
use arrow_ord::ord::make_comparator;
use arrow_schema::SortOptions;
use jiff::Timestamp;

use super::PointInTimeError;
use super::events::Events;
use super::keys::UNKNOWN;
use super::spine::Spine;

/// How values are compared that decide between events of the same times.
pub(crate) const VALUES_ASCEND: SortOptions = SortOptions {
    descending: false,
    nulls_first: true,
};

/// The times and entities of a batch of events.
pub(crate) struct Seen<'a> {
    spine: &'a Spine,
    numbers: Vec<u32>,
    event_times: ScalarBuffer<i64>,
    created_times: Option<ScalarBuffer<i64>>,
    /// Nothing that became known later is seen.
    horizon: i64,
}

/// An event that could be seen: its times, and the first slot that sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visible {
    pub(crate) row: usize,
    pub(crate) event_time: i64,
    pub(crate) created_time: i64,
    /// The first slot whose moment is not before it was known.
    pub(crate) slot: usize,
}

impl<'a> Seen<'a> {
    pub(crate) fn of(
        spine: &'a Spine,
        events: &Events,
        as_of: Option<Timestamp>,
        batch: &RecordBatch,
    ) -> Result<Self, PointInTimeError> {
        let column = |name: &str| -> Result<ArrayRef, PointInTimeError> {
            Ok(ArrayRef::clone(
                batch.column(batch.schema_ref().index_of(name)?),
            ))
        };
        let keys = events.keys.iter().map(|key| column(key));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let numbers = spine.find(&keys, batch.num_rows())?;
        let times = |name: &str| {
            let (times, nulls) = spine.resolution.times(name, &column(name)?)?;
            match nulls {
                None => Ok(times),
                Some(_) => Err(PointInTimeError::TimeMissing {
                    name: events.name.clone(),
                    column: name.to_owned(),
                }),
            }
        };
        Ok(Self {
            spine,
            numbers,
            event_times: times(&events.event_time)?,
            created_times: events.created_time.as_deref().map(times).transpose()?,
            horizon: as_of.map_or(i64::MAX, |moment| spine.resolution.moment(moment)),
        })
    }

    /// Shows the events that some slot sees, if they stayed forever.
    #[inline]
    pub(crate) fn each(
        &self,
        mut show: impl FnMut(Visible) -> Result<(), PointInTimeError>,
    ) -> Result<(), PointInTimeError> {
        for (row, number) in self.numbers.iter().enumerate() {
            if *number == UNKNOWN {
                continue;
            }
            let event_time = self.event_times[row];
            let created_time = match &self.created_times {
                Some(times) => times[row],
                None => event_time,
            };
            let known = event_time.max(created_time);
            if known > self.horizon {
                continue;
            }
            let slots = self.spine.of_entity(*number);
            let slot = self.spine.first_at(slots, known);
            if slot < slots.1 {
                show(Visible {
                    row,
                    event_time,
                    created_time,
                    slot,
                })?;
            }
        }
        Ok(())
    }
}

/// Compares rows of two batches of values, column by column; null is the least.
pub(crate) fn compare_values(
    one: &[ArrayRef],
    row: usize,
    two: &[ArrayRef],
    other: usize,
) -> Result<Ordering, PointInTimeError> {
    for (one, two) in one.iter().zip(two) {
        let order = make_comparator(one, two, VALUES_ASCEND)?(row, other);
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

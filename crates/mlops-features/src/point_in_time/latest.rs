//! For each row that asks, the newest event that it may see: one pass over the events in any order, and memory for the rows only.
//!
//! An event is seen by the slots of its entity from the first one that is not before it was known. So it is enough to remember,
//! at that slot, the newest such event; when all events have been seen, the newest at a slot is the newest of what stands there
//! and of what the slot before it has. Nothing is sorted, and nothing set aside on disk. That an event has expired can be asked
//! at the end: if the newest one has, all others have.

use std::cmp::Ordering;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, new_null_array};
use arrow_select::interleave::interleave;
use arrow_select::take::take;
use jiff::Timestamp;

use super::PointInTimeError;
use super::candidates::{Seen, compare_values};
use super::events::Events;
use super::source::EventSource;
use super::spine::Spine;

/// An event that is the newest so far: its times, and where its values are kept.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    event_time: i64,
    created_time: i64,
    batch: u32,
    row: u32,
}

const NONE: u32 = u32::MAX;

const NOBODY: Candidate = Candidate {
    event_time: i64::MIN,
    created_time: i64::MIN,
    batch: NONE,
    row: 0,
};

/// The newest event of each slot, and the values that those have.
struct Newest {
    slots: Vec<Candidate>,
    kept: Vec<Vec<ArrayRef>>,
    kept_rows: usize,
}

impl Newest {
    fn new(slots: usize) -> Self {
        Self {
            slots: vec![NOBODY; slots],
            kept: Vec::new(),
            kept_rows: 0,
        }
    }

    fn compare(
        kept: &[Vec<ArrayRef>],
        one: &Candidate,
        two: &Candidate,
    ) -> Result<Ordering, PointInTimeError> {
        if one.batch == NONE || two.batch == NONE {
            // Nobody is older than anybody.
            return Ok((one.batch != NONE).cmp(&(two.batch != NONE)));
        }
        let times = (one.event_time, one.created_time).cmp(&(two.event_time, two.created_time));
        if times.is_ne() {
            return Ok(times);
        }
        let (values, others) = (&kept[one.batch as usize], &kept[two.batch as usize]);
        compare_values(values, one.row as usize, others, two.row as usize)
    }

    /// Takes the events of a batch that are newer than those that are known; `values` are its columns of values.
    fn see(
        &mut self,
        seen: &Seen<'_>,
        values: &[ArrayRef],
        ttl: Option<i64>,
        moments: &[i64],
    ) -> Result<(), PointInTimeError> {
        let batch = self.kept.len() as u32;
        self.kept.push(values.to_vec());
        let (slots, kept) = (&mut self.slots, &self.kept);
        let mut touched: Vec<u32> = Vec::new();
        seen.each(|event| {
            // What has expired when it is first seen is never used.
            if is_expired(event.event_time, moments[event.slot], ttl) {
                return Ok(());
            }
            let candidate = Candidate {
                event_time: event.event_time,
                created_time: event.created_time,
                batch,
                row: event.row as u32,
            };
            let newest = &mut slots[event.slot];
            if Self::compare(kept, newest, &candidate)?.is_lt() {
                *newest = candidate;
                touched.push(event.slot as u32);
            }
            Ok(())
        })?;
        // Of the batch only what won is kept.
        let mut rows: Vec<u32> = Vec::with_capacity(touched.len());
        touched.sort_unstable();
        touched.dedup();
        for slot in touched {
            let candidate = &mut self.slots[slot as usize];
            rows.push(candidate.row);
            candidate.row = rows.len() as u32 - 1;
        }
        self.kept.pop();
        if rows.is_empty() {
            return Ok(());
        }
        self.kept_rows += rows.len();
        let rows = arrow_array::UInt32Array::from(rows);
        let won = values.iter().map(|values| take(values, &rows, None));
        self.kept.push(won.collect::<Result<_, _>>()?);
        if self.kept_rows > 4 * self.slots.len() + (1 << 16) || self.kept.len() > 4096 {
            self.compact()?;
        }
        Ok(())
    }

    /// Drops the values of those that have been overtaken.
    fn compact(&mut self) -> Result<(), PointInTimeError> {
        let mut places = Vec::new();
        for candidate in self.slots.iter_mut().filter(|slot| slot.batch != NONE) {
            places.push((candidate.batch as usize, candidate.row as usize));
            candidate.batch = 0;
            candidate.row = places.len() as u32 - 1;
        }
        self.kept_rows = places.len();
        self.kept = vec![gathered(&self.kept, &places)?];
        Ok(())
    }

    /// Takes what another worker has found.
    fn merge(&mut self, other: Self) -> Result<(), PointInTimeError> {
        let offset = self.kept.len() as u32;
        self.kept.extend(other.kept);
        for (slot, mut candidate) in self.slots.iter_mut().zip(other.slots) {
            if candidate.batch == NONE {
                continue;
            }
            candidate.batch += offset;
            if Self::compare(&self.kept, slot, &candidate)?.is_lt() {
                *slot = candidate;
            }
        }
        Ok(())
    }

    /// Gives each slot the newest event of those that it sees: its own, or that of the slot before.
    fn spread(&mut self, spine: &Spine) -> Result<(), PointInTimeError> {
        for (start, end) in spine.entities() {
            for slot in start + 1..end.max(start + 1) {
                let before = self.slots[slot - 1];
                if Self::compare(&self.kept, &self.slots[slot], &before)?.is_lt() {
                    self.slots[slot] = before;
                }
            }
        }
        Ok(())
    }
}

/// Rows of several batches as columns.
fn gathered(
    batches: &[Vec<ArrayRef>],
    places: &[(usize, usize)],
) -> Result<Vec<ArrayRef>, PointInTimeError> {
    let columns = batches.first().map_or(0, Vec::len);
    let columns = (0..columns).map(|column| {
        let parts: Vec<&dyn Array> = batches.iter().map(|batch| &*batch[column]).collect();
        interleave(&parts, places)
    });
    Ok(columns.collect::<Result<_, _>>()?)
}

fn is_expired(event_time: i64, moment: i64, ttl: Option<i64>) -> bool {
    // The moment is not before the event; a difference beyond 64 bits is older than any time to live.
    ttl.is_some_and(|ttl| moment.checked_sub(event_time).is_none_or(|age| age > ttl))
}

/// The values of the newest event of each row, in the order of the rows; and its event time, where it was asked for.
pub(crate) fn latest(
    spine: &Spine,
    events: &Events,
    source: &EventSource,
    as_of: Option<Timestamp>,
    rows: usize,
) -> Result<Vec<(String, ArrayRef)>, PointInTimeError> {
    let values: Vec<&str> = events.values.iter().map(String::as_str).collect();
    let batches = source.open(&events.columns(&values))?;
    let schema = std::sync::Arc::clone(batches.schema());
    let places = values.iter().map(|name| schema.index_of(name));
    let places = places.collect::<Result<Vec<_>, _>>()?;
    let of_values = |batch: &RecordBatch| -> Vec<ArrayRef> {
        let columns = places
            .iter()
            .map(|place| ArrayRef::clone(batch.column(*place)));
        columns.collect()
    };
    let ttl = events.ttl.map(|ttl| spine.resolution.duration(ttl));
    let found = batches.on_all_cores(
        || Newest::new(spine.slots()),
        |newest, batch| {
            let seen = Seen::of(spine, events, as_of, &batch)?;
            newest.see(&seen, &of_values(&batch), ttl, &spine.moments)
        },
    )?;
    let mut found = found.into_iter();
    let mut newest = found.next().unwrap_or_else(|| Newest::new(spine.slots()));
    for other in found {
        newest.merge(other)?;
    }
    newest.spread(spine)?;

    let mut winners = vec![None; rows];
    for (slot, candidate) in newest.slots.iter().enumerate() {
        let alive = !is_expired(candidate.event_time, spine.moments[slot], ttl);
        if candidate.batch != NONE && alive {
            winners[spine.rows[slot] as usize] = Some(*candidate);
        }
    }
    let mut columns = Vec::with_capacity(values.len() + 1);
    for (column, (name, place)) in values.iter().zip(&places).enumerate() {
        let data_type = schema.field(*place).data_type();
        // The first part is the null of those that have no event.
        let null = new_null_array(data_type, 1);
        let mut parts: Vec<&dyn Array> = vec![&*null];
        parts.extend(newest.kept.iter().map(|batch| &*batch[column]));
        let of_rows = winners.iter().map(|winner| match winner {
            Some(winner) => (winner.batch as usize + 1, winner.row as usize),
            None => (0, 0),
        });
        let of_rows: Vec<_> = of_rows.collect();
        columns.push((
            format!("{}{name}", events.prefix),
            interleave(&parts, &of_rows)?,
        ));
    }
    if let Some(name) = &events.event_time_as {
        let times = winners
            .iter()
            .map(|winner| winner.map(|winner| winner.event_time));
        let times: Int64Array = times.collect();
        columns.push((name.clone(), spine.resolution.column(times)?));
    }
    Ok(columns)
}

//! The events of a table entity by entity, the oldest first, and which of them each row sees in its window.
//!
//! It is for functions that want the events themselves. What a window holds is decided where aggregates decide it: the same rows,
//! keys and times, and one test of what is within.

use std::cmp::Ordering;
use std::ops::Range;

use arrow_array::ArrayRef;
use arrow_ord::ord::{DynComparator, make_comparator};
use jiff::{SignedDuration, Timestamp};
use mlops_data::Table;

use super::PointInTimeError;
use super::as_of::resolution;
use super::candidates::{Seen, VALUES_ASCEND};
use super::events::Events;
use super::join::check;
use super::source::EventSource;
use super::spine::Spine;
use super::times::Resolution;
use super::windows::is_within;

/// The events that some row sees, and what each row asks of them.
#[derive(Debug)]
pub(crate) struct EventIndex {
    resolution: Resolution,
    events: Vec<Indexed>,
    /// Events of one entity that neither their times nor their values tell apart.
    ties: Vec<Range<usize>>,
    /// Of a row without a key or a moment it is not known what it asks.
    rows: Vec<Option<Asked>>,
}

/// An event and where it stands in its table.
#[derive(Debug, Clone, Copy)]
struct Indexed {
    event_time: i64,
    created_time: i64,
    slot: usize,
    row: usize,
}

/// The moment of a row, and from where to where the events of its entity stand.
#[derive(Debug, Clone, Copy)]
struct Asked {
    moment: i64,
    from: usize,
    to: usize,
}

impl EventIndex {
    /// What these rows, which ask at the moment in that column, see of the events.
    pub(crate) fn of(
        rows: &Table,
        moment: &str,
        events: &Events,
        table: &Table,
    ) -> Result<Self, PointInTimeError> {
        check(events, rows)?;
        let source = EventSource::from(table);
        let values: Vec<&str> = events.values.iter().map(String::as_str).collect();
        let columns = events.columns(&values);
        let schema = source.schema(&columns)?;
        let spine = Spine::of(rows, moment, events, &schema)?;
        let mut found = Vec::new();
        let mut before = 0;
        for batch in source.open(&columns)? {
            let batch = batch?;
            Seen::of(&spine, events, None, &batch)?.each(|event| {
                found.push(Indexed {
                    event_time: event.event_time,
                    created_time: event.created_time,
                    slot: event.slot,
                    row: before + event.row,
                });
                Ok(())
            })?;
            before += batch.num_rows();
        }
        let by_values = values
            .iter()
            .map(|name| comparator(&table.column(name)?))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self::sorted(&spine, rows.rows(), found, &by_values))
    }

    fn sorted(
        spine: &Spine,
        rows: usize,
        mut events: Vec<Indexed>,
        by_values: &[DynComparator],
    ) -> Self {
        let order = |one: &Indexed, two: &Indexed| {
            let times = |event: &Indexed| (event.event_time, event.created_time);
            let mut values = by_values.iter().map(|compare| compare(one.row, two.row));
            let mut by_values = || values.find(|order| order.is_ne());
            times(one)
                .cmp(&times(two))
                .then_with(|| by_values().unwrap_or(Ordering::Equal))
        };
        events.sort_unstable_by_key(|event| event.slot);
        let mut ties = Vec::new();
        let mut asked = vec![None; rows];
        let mut from = 0;
        for (start, end) in spine.entities() {
            let to = from + events[from..].partition_point(|event| event.slot < end);
            events[from..to].sort_unstable_by(order);
            let mut place = from;
            for run in events[from..to].chunk_by(|one, two| order(one, two).is_eq()) {
                if run.len() > 1 {
                    ties.push(place..place + run.len());
                }
                place += run.len();
            }
            for slot in start..end {
                let moment = spine.moments[slot];
                asked[spine.rows[slot] as usize] = Some(Asked { moment, from, to });
            }
            from = to;
        }
        Self {
            resolution: spine.resolution,
            events,
            ties,
            rows: asked,
        }
    }

    /// Whether a row has a key and a moment.
    pub(crate) fn asks(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(Option::is_some)
    }

    /// A length of windows in the unit of the times.
    pub(crate) fn length(&self, over: SignedDuration) -> i64 {
        self.resolution.length(over)
    }

    /// The rows of the events in the order of the index, where events of the same two times and values stand in the order of this
    /// column: so that no place in a table decides which is the last.
    pub(crate) fn ordered_by(&self, column: &ArrayRef) -> Result<Vec<usize>, PointInTimeError> {
        let compare = comparator(column)?;
        let mut rows: Vec<usize> = self.events.iter().map(|event| event.row).collect();
        for tie in &self.ties {
            rows[tie.clone()].sort_by(|one, two| compare(*one, *two));
        }
        Ok(rows)
    }

    /// The places of the events that a row sees in a window of this length, the oldest first.
    pub(crate) fn window(&self, row: usize, length: i64) -> impl Iterator<Item = usize> {
        let asked = self.rows.get(row).copied().flatten();
        let (moment, range) = asked.map_or((i64::MIN, 0..0), |asked| {
            (asked.moment, self.within(&asked, length))
        });
        range.filter(move |place| self.events[*place].created_time <= moment)
    }

    fn within(&self, asked: &Asked, length: i64) -> Range<usize> {
        let events = &self.events[asked.from..asked.to];
        let to = events.partition_point(|event| event.event_time <= asked.moment);
        let is_old = |event: &Indexed| !is_within(event.event_time, asked.moment, length);
        let from = events[..to].partition_point(is_old);
        asked.from + from..asked.from + to
    }
}

/// The moment as a column of one row, counted as the events count: what is finer than their times decides nothing.
pub(crate) fn moment_of_one(
    moment: Timestamp,
    events: &Events,
    table: &Table,
) -> Result<ArrayRef, PointInTimeError> {
    let schema = EventSource::from(table).schema(&events.columns(&[]))?;
    let resolution = resolution(events, &schema)?;
    resolution.column(vec![resolution.moment(moment)].into())
}

fn comparator(column: &ArrayRef) -> Result<DynComparator, PointInTimeError> {
    Ok(make_comparator(column, column, VALUES_ASCEND)?)
}

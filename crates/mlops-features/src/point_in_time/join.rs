//! The join: rows that ask, and what was known to them.

use arrow_array::ArrayRef;
use jiff::{SignedDuration, Timestamp};
use mlops_data::{Batches, DataError, Table};

use super::PointInTimeError;
use super::aggregate::Aggregate;
use super::events::Events;
use super::latest::latest;
use super::source::EventSource;
use super::spine::Spine;
use super::windows::aggregates;

/// Events that each worker keeps in memory for windows before it sets them aside: some hundred megabytes.
const BUDGET: usize = 1 << 21;

/// A join of rows that ask with events, as of each row's moment.
#[derive(Debug, Clone)]
pub struct PointInTime {
    moment: String,
    parts: Vec<Part>,
    as_of: Option<Timestamp>,
    budget: usize,
}

#[derive(Debug, Clone)]
struct Part {
    events: Events,
    source: EventSource,
    /// None asks for the newest event.
    aggregates: Option<Vec<Aggregate>>,
}

impl PointInTime {
    /// A join of rows that ask at the moment in this column.
    pub fn new(moment: impl Into<String>) -> Self {
        Self {
            moment: moment.into(),
            parts: Vec::new(),
            as_of: None,
            budget: BUDGET,
        }
    }

    /// Adds the values of the newest event.
    #[must_use]
    pub fn latest(mut self, events: &Events, source: impl Into<EventSource>) -> Self {
        self.parts.push(Part {
            events: events.clone(),
            source: source.into(),
            aggregates: None,
        });
        self
    }

    /// Adds aggregates of the events in windows that end at the row's moment.
    #[must_use]
    pub fn aggregates(
        mut self,
        events: &Events,
        source: impl Into<EventSource>,
        aggregates: impl IntoIterator<Item = Aggregate>,
    ) -> Self {
        self.parts.push(Part {
            events: events.clone(),
            source: source.into(),
            aggregates: Some(aggregates.into_iter().collect()),
        });
        self
    }

    /// Joins as it would have been on that day: nothing that became known later is used.
    #[must_use]
    pub fn as_of(mut self, moment: Timestamp) -> Self {
        self.as_of = Some(moment);
        self
    }

    /// How many events of windows each worker keeps in memory before it sets them aside on disk.
    #[must_use]
    pub fn events_in_memory(mut self, events: usize) -> Self {
        self.budget = events;
        self
    }

    /// The rows with what was known to them: as many, in the same order, their own columns first.
    ///
    /// # Errors
    /// A column is missing or of a type that is not a key, a time or fit for the aggregate; an event does not say when it was; two
    /// columns of the result would have one name; events cannot be read.
    pub fn join(&self, rows: &Table) -> Result<Table, PointInTimeError> {
        let mut joined = rows.clone();
        for part in &self.parts {
            for (name, column) in self.columns(part, rows)? {
                if joined.columns().contains(&name.as_str()) {
                    return Err(PointInTimeError::SameName { column: name });
                }
                joined = joined.with_column(&name, column)?;
            }
        }
        Ok(joined)
    }

    /// Joins rows of which not all fit into memory: so many at a time, each time with one pass over the events; `take` gets the
    /// results in the order of the rows.
    ///
    /// # Errors
    /// As [`join`](Self::join), or `take` fails.
    pub fn join_in_parts<E: From<PointInTimeError>>(
        &self,
        rows: Batches,
        at_a_time: usize,
        mut take: impl FnMut(Table) -> Result<(), E>,
    ) -> Result<(), E> {
        let schema = arrow_schema::SchemaRef::clone(rows.schema());
        let table = |batches: &mut Vec<_>| {
            Table::from_batches(arrow_schema::SchemaRef::clone(&schema), batches.drain(..))
                .map_err(PointInTimeError::from)
        };
        let (mut held, mut count, mut any) = (Vec::new(), 0, false);
        for batch in rows {
            let batch = batch.map_err(PointInTimeError::from)?;
            count += batch.num_rows();
            held.push(batch);
            if count >= at_a_time {
                take(self.join(&table(&mut held)?)?)?;
                (count, any) = (0, true);
            }
        }
        if count > 0 || !any {
            take(self.join(&table(&mut held)?)?)?;
        }
        Ok(())
    }

    fn columns(
        &self,
        part: &Part,
        rows: &Table,
    ) -> Result<Vec<(String, ArrayRef)>, PointInTimeError> {
        let Part { events, source, .. } = part;
        check(events, rows)?;
        let schema = source.schema(&events.columns(&[]))?;
        let spine = Spine::of(rows, &self.moment, events, &schema)?;
        match &part.aggregates {
            None => latest(&spine, events, source, self.as_of, rows.rows()),
            Some(asked) => aggregates(
                &spine,
                events,
                source,
                asked,
                self.as_of,
                rows.rows(),
                self.budget,
            ),
        }
    }
}

/// Refuses what cannot be asked: events that live for less than nothing, or more rows than are counted.
pub(super) fn check(events: &Events, rows: &Table) -> Result<(), PointInTimeError> {
    check_time_to_live(events)?;
    if u32::try_from(rows.rows()).is_err() {
        let problem = "more than 4 billion rows at a time; use `join_in_parts`".to_owned();
        return Err(DataError::SchemaMismatch { problem }.into());
    }
    Ok(())
}

/// Refuses events that live for less than nothing.
pub(crate) fn check_time_to_live(events: &Events) -> Result<(), PointInTimeError> {
    match events.ttl.filter(SignedDuration::is_negative) {
        None => Ok(()),
        Some(ttl) => Err(PointInTimeError::Duration {
            what: format!("the time to live of `{}`", events.name),
            found: format!("{ttl:#}"),
        }),
    }
}

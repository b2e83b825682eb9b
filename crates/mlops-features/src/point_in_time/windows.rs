//! For each row that asks, aggregates of the events in windows that end at its moment.
//!
//! One pass over the events keeps those that lie in the window of some row. They are then taken entity by entity: as the moments
//! of an entity's rows go on, events enter the window when they have become known and leave it by their age. Where more events
//! are kept than memory should hold, they are set aside on disk, in parts that each hold whole entities.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::concat::{concat, concat_batches};
use arrow_select::take::{take, take_record_batch};
use jiff::Timestamp;

use super::PointInTimeError;
use super::aggregate::{Aggregate, Function};
use super::candidates::Seen;
use super::events::Events;
use super::source::EventSource;
use super::spill::Spill;
use super::spine::Spine;
use super::sweep::{Kept, sweep};

/// The columns of kept events before those of their values.
const TIMES: usize = 3;

/// What is asked of the events, and how what is kept of them is laid out.
struct Question<'a> {
    spine: &'a Spine,
    events: &'a Events,
    as_of: Option<Timestamp>,
    aggregates: &'a [Aggregate],
    /// The columns of values that are kept.
    values: Vec<&'a str>,
    /// Those by which events of the same times are told apart.
    ties: usize,
    schema: SchemaRef,
    /// The longest window.
    longest: i64,
    /// Where entities are cut into parts: first slots, ascending from 0.
    parts: Vec<usize>,
    budget: usize,
}

/// The events that a worker has kept.
struct Held {
    batches: Vec<RecordBatch>,
    rows: usize,
    spill: Option<Spill>,
}

/// The aggregates of each row, in the order of the rows.
pub(super) fn aggregates(
    spine: &Spine,
    events: &Events,
    source: &EventSource,
    aggregates: &[Aggregate],
    as_of: Option<Timestamp>,
    rows: usize,
    budget: usize,
) -> Result<Vec<(String, ArrayRef)>, PointInTimeError> {
    let question = Question::of(spine, events, source, aggregates, as_of, budget)?;
    let held = source
        .open(&events.columns(&question.values))?
        .on_all_cores(
            || Held {
                batches: Vec::new(),
                rows: 0,
                spill: None,
            },
            |held, batch| question.keep(held, &batch),
        )?;
    let found = question.answer(held)?;
    // From the order of slots to that of rows; a row without a slot has nothing.
    let mut slots = vec![None; rows];
    for (slot, row) in spine.rows.iter().enumerate() {
        slots[*row as usize] = Some(slot as u32);
    }
    let slots = UInt32Array::from(slots);
    let columns = aggregates.iter().zip(found).map(|(aggregate, column)| {
        let name = format!("{}{}", events.prefix, aggregate.name());
        Ok((name, take(&column, &slots, None)?))
    });
    columns.collect()
}

impl<'a> Question<'a> {
    fn of(
        spine: &'a Spine,
        events: &'a Events,
        source: &EventSource,
        aggregates: &'a [Aggregate],
        as_of: Option<Timestamp>,
        budget: usize,
    ) -> Result<Self, PointInTimeError> {
        let mut values: Vec<&str> = Vec::new();
        if aggregates
            .iter()
            .any(|aggregate| aggregate.function == Function::Last)
        {
            values.extend(events.values.iter().map(String::as_str));
        }
        let ties = values.len();
        for column in aggregates
            .iter()
            .filter_map(|aggregate| aggregate.column.as_deref())
        {
            if !values.contains(&column) {
                values.push(column);
            }
        }
        let found = source.schema(&values)?;
        for aggregate in aggregates {
            let field = aggregate
                .column
                .as_deref()
                .map(|column| found.field_with_name(column));
            aggregate.check(field.transpose()?.map(Field::data_type))?;
        }
        let mut fields = vec![
            Field::new("slot", DataType::UInt32, false),
            Field::new("event time", DataType::Int64, false),
            Field::new("created time", DataType::Int64, false),
        ];
        // Names are places: a value may be named like a time.
        let types = found.fields().iter().enumerate();
        fields.extend(
            types.map(|(place, field)| {
                Field::new(place.to_string(), field.data_type().clone(), true)
            }),
        );
        let longest = aggregates.iter().map(|aggregate| aggregate.over).max();
        Ok(Self {
            spine,
            events,
            as_of,
            aggregates,
            values,
            ties,
            schema: Arc::new(Schema::new(fields)),
            longest: spine.resolution.length(longest.unwrap_or_default()),
            parts: parts(spine),
            budget,
        })
    }

    /// Keeps the events of a batch that lie in a window.
    fn keep(&self, held: &mut Held, batch: &RecordBatch) -> Result<(), PointInTimeError> {
        let seen = Seen::of(self.spine, self.events, self.as_of, batch)?;
        let (mut slots, mut rows) = (Vec::new(), Vec::new());
        let (mut event_times, mut created_times) = (Vec::new(), Vec::new());
        seen.each(|event| {
            if is_within(
                event.event_time,
                self.spine.moments[event.slot],
                self.longest,
            ) {
                slots.push(event.slot as u32);
                rows.push(event.row as u32);
                event_times.push(event.event_time);
                created_times.push(event.created_time);
            }
            Ok(())
        })?;
        if rows.is_empty() {
            return Ok(());
        }
        held.rows += rows.len();
        let rows = UInt32Array::from(rows);
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from(slots)),
            Arc::new(Int64Array::from(event_times)),
            Arc::new(Int64Array::from(created_times)),
        ];
        for column in &self.values {
            let place = batch.schema_ref().index_of(column)?;
            columns.push(take(batch.column(place), &rows, None)?);
        }
        held.batches
            .push(RecordBatch::try_new(Arc::clone(&self.schema), columns)?);
        if held.rows > self.budget {
            self.set_aside(held)?;
        }
        Ok(())
    }

    /// Writes what is held to disk, each event to the part of its entity.
    fn set_aside(&self, held: &mut Held) -> Result<(), PointInTimeError> {
        if held.rows == 0 {
            return Ok(());
        }
        let batch = concat_batches(&self.schema, &std::mem::take(&mut held.batches))?;
        held.rows = 0;
        let kept = Kept::of(&batch);
        let mut of_parts = vec![Vec::new(); self.parts.len()];
        for (row, slot) in kept.slots.iter().enumerate() {
            let part = self.parts.partition_point(|first| *first <= *slot as usize) - 1;
            of_parts[part].push(row as u32);
        }
        let spill = match &mut held.spill {
            Some(spill) => spill,
            none => none.insert(Spill::new(&self.schema, self.parts.len())),
        };
        for (part, rows) in of_parts.into_iter().enumerate() {
            if !rows.is_empty() {
                spill.write(part, &take_record_batch(&batch, &UInt32Array::from(rows))?)?;
            }
        }
        Ok(())
    }

    /// The aggregates of all slots, in their order.
    fn answer(&self, mut held: Vec<Held>) -> Result<Vec<ArrayRef>, PointInTimeError> {
        if held.iter().all(|held| held.spill.is_none()) {
            let batches: Vec<_> = held.into_iter().flat_map(|held| held.batches).collect();
            return self.answer_part(0..self.spine.slots(), &batches);
        }
        for held in &mut held {
            self.set_aside(held)?;
        }
        let mut spills: Vec<_> = held.into_iter().filter_map(|held| held.spill).collect();
        let mut found: Vec<Vec<ArrayRef>> = vec![Vec::new(); self.aggregates.len()];
        for part in 0..self.parts.len() {
            let end = self
                .parts
                .get(part + 1)
                .copied()
                .unwrap_or(self.spine.slots());
            let mut batches = Vec::new();
            for spill in &mut spills {
                batches.extend(spill.read(part)?);
            }
            let columns = self.answer_part(self.parts[part]..end, &batches)?;
            for (found, column) in found.iter_mut().zip(columns) {
                found.push(column);
            }
        }
        let columns = found.iter().map(|parts| {
            let parts: Vec<_> = parts.iter().map(|part| &**part).collect();
            concat(&parts)
        });
        Ok(columns.collect::<Result<_, _>>()?)
    }

    fn answer_part(
        &self,
        slots: Range<usize>,
        batches: &[RecordBatch],
    ) -> Result<Vec<ArrayRef>, PointInTimeError> {
        let batch = concat_batches(&self.schema, batches)?;
        let kept = Kept::of(&batch);
        let values = &batch.columns()[TIMES..];
        let column = |aggregate: &Aggregate| {
            let column = aggregate.column.as_deref()?;
            let place = self.values.iter().position(|value| *value == column)?;
            Some(ArrayRef::clone(&values[place]))
        };
        let asked = self
            .aggregates
            .iter()
            .map(|aggregate| (aggregate, column(aggregate)));
        sweep(self.spine, slots, &kept, &values[..self.ties], asked)
    }
}

/// Whether an event is in a window that ends at a moment, the one that far before not included.
#[inline]
pub(super) fn is_within(event_time: i64, moment: i64, over: i64) -> bool {
    moment.checked_sub(event_time).is_some_and(|age| age < over)
}

/// First slots of parts of about the same size, of which each holds whole entities.
fn parts(spine: &Spine) -> Vec<usize> {
    const PARTS: usize = 64;
    let size = spine.slots() / PARTS + 1;
    let mut parts = vec![0];
    for (start, end) in spine.entities() {
        if end > start && start >= parts.last().copied().unwrap_or_default() + size {
            parts.push(start);
        }
    }
    parts
}

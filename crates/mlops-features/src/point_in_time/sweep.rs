//! Goes through the moments of each entity while events enter and leave its windows.

mod state;

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type};
use arrow_array::{ArrayRef, RecordBatch};

use self::state::State;
use super::PointInTimeError;
use super::aggregate::Aggregate;
use super::spine::Spine;
use super::windows::is_within;

/// The times of kept events, and the first slot that sees each.
pub(super) struct Kept<'a> {
    pub(super) slots: &'a [u32],
    pub(super) event_times: &'a [i64],
    pub(super) created_times: &'a [i64],
}

impl<'a> Kept<'a> {
    /// The first three columns of a batch of kept events.
    pub(super) fn of(batch: &'a RecordBatch) -> Self {
        Self {
            slots: batch.column(0).as_primitive::<UInt32Type>().values(),
            event_times: batch.column(1).as_primitive::<Int64Type>().values(),
            created_times: batch.column(2).as_primitive::<Int64Type>().values(),
        }
    }
}

/// The aggregates of these slots, a column for each; `ties` are the values by which events of the same times are told apart.
pub(super) fn sweep<'a>(
    spine: &Spine,
    slots: Range<usize>,
    kept: &Kept<'_>,
    ties: &[ArrayRef],
    asked: impl Iterator<Item = (&'a Aggregate, Option<ArrayRef>)>,
) -> Result<Vec<ArrayRef>, PointInTimeError> {
    let mut states = Vec::new();
    for (aggregate, column) in asked {
        let over = spine.resolution.length(aggregate.over);
        states.push((over, State::of(aggregate, column, slots.len())?));
    }
    let mut lengths: Vec<i64> = states.iter().map(|(over, _)| *over).collect();
    lengths.sort_unstable();
    lengths.dedup();

    let mut entering: Vec<u32> = (0..kept.slots.len() as u32).collect();
    entering.sort_unstable_by_key(|row| kept.slots[*row as usize]);
    let mut next = 0;
    for (start, end) in spine.entities() {
        if start == end || start < slots.start || start >= slots.end {
            continue;
        }
        let count =
            entering[next..].partition_point(|row| (kept.slots[*row as usize] as usize) < end);
        let entering = &entering[next..next + count];
        next += count;
        let mut leaving = entering.to_vec();
        leaving.sort_unstable_by_key(|row| kept.event_times[*row as usize]);
        for over in &lengths {
            let mut states: Vec<_> = states
                .iter_mut()
                .filter_map(|(length, state)| (length == over).then_some(state))
                .collect();
            let entity = Entity {
                spine,
                kept,
                ties,
                over: *over,
                entering,
                leaving: &leaving,
            };
            entity.sweep(start..end, &mut states)?;
        }
    }
    states
        .into_iter()
        .map(|(_, state)| state.finish())
        .collect()
}

/// The events of an entity, in the order in which they become known and in that in which they happened.
struct Entity<'a> {
    spine: &'a Spine,
    kept: &'a Kept<'a>,
    ties: &'a [ArrayRef],
    over: i64,
    entering: &'a [u32],
    leaving: &'a [u32],
}

impl Entity<'_> {
    fn sweep(
        &self,
        slots: Range<usize>,
        states: &mut [&mut State],
    ) -> Result<(), PointInTimeError> {
        let kept = self.kept;
        // An event that is too old when it becomes known never enters.
        let enters = |row: usize| {
            let moment = self.spine.moments[kept.slots[row] as usize];
            is_within(kept.event_times[row], moment, self.over)
        };
        let (mut entering, mut leaving) = (
            self.entering.iter().peekable(),
            self.leaving.iter().peekable(),
        );
        for slot in slots {
            let moment = self.spine.moments[slot];
            while let Some(row) = leaving.next_if(|row| !self.is_young(**row, moment)) {
                let row = *row as usize;
                // One that is known only now, or later, was never in.
                if (kept.slots[row] as usize) < slot && enters(row) {
                    states.iter_mut().for_each(|state| state.remove(row));
                }
            }
            while let Some(row) =
                entering.next_if(|row| kept.slots[**row as usize] as usize == slot)
            {
                let row = *row as usize;
                if enters(row) {
                    for state in states.iter_mut() {
                        state.add(row, kept, self.ties)?;
                    }
                }
            }
            for state in states.iter_mut() {
                state.tell(|event_time| is_within(event_time, moment, self.over));
            }
        }
        // Whoever is still in leaves, so that the next entity begins with nothing.
        for row in leaving {
            let row = *row as usize;
            if enters(row) {
                states.iter_mut().for_each(|state| state.remove(row));
            }
        }
        states.iter_mut().for_each(|state| state.forget());
        Ok(())
    }

    /// Whether an event is not too old at a moment; one of the future is young.
    fn is_young(&self, row: u32, moment: i64) -> bool {
        let event_time = self.kept.event_times[row as usize];
        event_time > moment || is_within(event_time, moment, self.over)
    }
}

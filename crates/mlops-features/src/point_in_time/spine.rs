//! The rows that ask, in the order of entity and moment.

use arrow_schema::DataType;
use mlops_data::Table;

use super::PointInTimeError;
use super::events::Events;
use super::keys::{KeyColumns, KeyKind, KeyMap, UNKNOWN};
use super::times::Resolution;

/// The rows that ask, sorted by entity and moment. A place in this order is a *slot*; rows without a key or a moment have none.
pub(crate) struct Spine {
    kinds: Vec<KeyKind>,
    pub(crate) keys: KeyMap,
    pub(crate) resolution: Resolution,
    /// Where the slots of an entity begin, and at last where they end.
    starts: Vec<u32>,
    /// The moment of each slot.
    pub(crate) moments: Vec<i64>,
    /// The row of each slot.
    pub(crate) rows: Vec<u32>,
}

impl Spine {
    /// The order of these rows for questions about these events, whose columns have the types `events_schema`.
    pub(crate) fn of(
        rows: &Table,
        moment: &str,
        events: &Events,
        events_schema: &arrow_schema::Schema,
    ) -> Result<Self, PointInTimeError> {
        let names = events.keys_of_rows();
        if names.len() != events.keys.len() {
            return Err(PointInTimeError::KeyCount {
                name: events.name.clone(),
                rows: names.len(),
                events: events.keys.len(),
            });
        }
        let moments = rows.column(moment)?;
        let mut arrays = Vec::with_capacity(names.len());
        let mut kinds = Vec::with_capacity(names.len());
        for (name, key) in names.iter().zip(&events.keys) {
            let array = rows.column(name)?;
            let event_type = events_schema.field_with_name(key)?.data_type();
            let row = (name.as_str(), array.data_type());
            kinds.push(KeyKind::of_both(&events.name, row, (key, event_type))?);
            arrays.push(array);
        }
        let time = |column| -> Result<(&str, &DataType), PointInTimeError> {
            Ok((column, events_schema.field_with_name(column)?.data_type()))
        };
        let mut times = vec![(moment, moments.data_type()), time(&events.event_time)?];
        if let Some(column) = &events.created_time {
            times.push(time(column)?);
        }
        let resolution = Resolution::of(times)?;
        let mut keys = KeyMap::new(&kinds);
        let mut numbers = keys.number(&KeyColumns::of(&arrays, &kinds)?, rows.rows());
        let (moments, nulls) = resolution.times(moment, &moments)?;
        if let Some(nulls) = nulls {
            for (number, valid) in numbers.iter_mut().zip(&nulls) {
                if !valid {
                    *number = UNKNOWN;
                }
            }
        }
        Ok(Self::sorted(kinds, keys, resolution, &numbers, &moments))
    }

    /// Counts the rows of each entity, puts them there, then sorts the few moments of each.
    fn sorted(
        kinds: Vec<KeyKind>,
        keys: KeyMap,
        resolution: Resolution,
        numbers: &[u32],
        moments: &[i64],
    ) -> Self {
        let mut starts = vec![0_u32; keys.len() + 1];
        let known = || numbers.iter().filter(|number| **number != UNKNOWN);
        for number in known() {
            starts[*number as usize + 1] += 1;
        }
        for entity in 0..keys.len() {
            starts[entity + 1] += starts[entity];
        }
        let mut next = starts.clone();
        let mut slots = vec![(0_i64, 0_u32); known().count()];
        for (row, number) in numbers.iter().enumerate() {
            if *number != UNKNOWN {
                let slot = &mut next[*number as usize];
                slots[*slot as usize] = (moments[row], row as u32);
                *slot += 1;
            }
        }
        for entity in starts.windows(2) {
            slots[entity[0] as usize..entity[1] as usize].sort_unstable();
        }
        let (moments, rows) = slots.into_iter().unzip();
        Self {
            kinds,
            keys,
            resolution,
            starts,
            moments,
            rows,
        }
    }

    /// How many rows have an entity and a moment.
    pub(crate) fn slots(&self) -> usize {
        self.rows.len()
    }

    /// The slots of each entity, from and to.
    pub(crate) fn entities(&self) -> impl Iterator<Item = (usize, usize)> {
        let pairs = self.starts.windows(2);
        pairs.map(|pair| (pair[0] as usize, pair[1] as usize))
    }

    /// The slots of an entity.
    #[inline]
    pub(crate) fn of_entity(&self, number: u32) -> (usize, usize) {
        let number = number as usize;
        (
            self.starts[number] as usize,
            self.starts[number + 1] as usize,
        )
    }

    /// The first of these slots whose moment is `time` or later.
    #[inline]
    pub(crate) fn first_at(&self, (start, end): (usize, usize), time: i64) -> usize {
        start + self.moments[start..end].partition_point(|moment| *moment < time)
    }

    /// The entities of some events, as numbers.
    pub(crate) fn find(
        &self,
        arrays: &[arrow_array::ArrayRef],
        rows: usize,
    ) -> Result<Vec<u32>, PointInTimeError> {
        Ok(self.keys.find(&KeyColumns::of(arrays, &self.kinds)?, rows))
    }
}

//! Random rows and events, small and full of coincidences, and the same as tables of many types.

use std::sync::Arc;

use mlops_data::Table;
use mlops_data::arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use mlops_data::arrow::cast::cast;
use mlops_data::arrow::schema::{DataType, TimeUnit};

/// The numbers of SplitMix64: the same ones on every machine.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: i64) -> i64 {
        (self.next() % limit as u64) as i64
    }

    pub(crate) fn once_in(&mut self, times: i64) -> bool {
        self.below(times) == 0
    }
}

/// Microseconds, few of them, so that ties and edges are the rule; far from 1970 on both sides.
pub(crate) type Time = i64;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(crate) key: Option<i64>,
    pub(crate) event: Time,
    pub(crate) created: Time,
    pub(crate) first: Option<i64>,
    pub(crate) second: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) key: Option<i64>,
    pub(crate) moment: Option<Time>,
}

/// A world of rows and events, and how it is written down.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) rows: Vec<Row>,
    pub(crate) events: Vec<Event>,
    pub(crate) ttl: Option<i64>,
    pub(crate) with_created: bool,
    pub(crate) as_of: Option<Time>,
    pub(crate) keys: Keys,
    unit: TimeUnit,
    step: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Keys {
    Integers,
    /// 32 bits on one side, 64 bits without a sign on the other.
    Mixed,
    Texts,
    Two,
}

impl World {
    pub(crate) fn random(chance: &mut Chance) -> Self {
        let entities = 1 + chance.below(6);
        let span = 4 + chance.below(30);
        let (unit, step) = [
            (TimeUnit::Microsecond, 1),
            (TimeUnit::Nanosecond, 1),
            (TimeUnit::Millisecond, 1_000),
            (TimeUnit::Second, 1_000_000),
        ][chance.below(4) as usize];
        let start = [0, -7, 1_700_000_000_000_000, -900_000_000_000_000][chance.below(4) as usize];
        let start = start / step * step;
        let time = |chance: &mut Chance| start + chance.below(span) * step;
        let key = |chance: &mut Chance| (!chance.once_in(15)).then(|| chance.below(entities));
        let count = chance.below(45);
        let mut events: Vec<Event> = (0..count)
            .map(|_| {
                let event = time(chance);
                // Mostly known at once, some late, some known before they happen (plans), some backfilled at the end.
                let created = match chance.below(6) {
                    0 => event + chance.below(span) * step,
                    1 => event - chance.below(5) * step,
                    2 => start + span * step,
                    _ => event,
                };
                Event {
                    key: key(chance),
                    event,
                    created,
                    first: (!chance.once_in(6)).then(|| chance.below(4)),
                    second: (!chance.once_in(6)).then(|| value(chance)),
                }
            })
            .collect();
        // The same event again, as retries bring it, and the same but for its values.
        for _ in 0..chance.below(5) {
            if !events.is_empty() {
                let mut again = events[chance.below(events.len() as i64) as usize];
                if chance.once_in(2) {
                    again.second = Some(value(chance));
                }
                events.push(again);
            }
        }
        let rows = (0..30 + chance.below(30))
            .map(|_| Row {
                // One entity of which nothing was ever heard.
                key: if chance.once_in(10) {
                    Some(entities)
                } else {
                    key(chance)
                },
                moment: (!chance.once_in(20)).then(|| time(chance) + step),
            })
            .collect();
        Self {
            rows,
            events,
            ttl: (!chance.once_in(3)).then(|| chance.below(span) * step),
            with_created: !chance.once_in(3),
            as_of: chance.once_in(4).then(|| time(chance)),
            keys: [Keys::Integers, Keys::Mixed, Keys::Texts, Keys::Two][chance.below(4) as usize],
            unit,
            step,
        }
    }

    pub(crate) fn step(&self) -> i64 {
        self.step
    }

    pub(crate) fn key_names(&self) -> Vec<&'static str> {
        match self.keys {
            Keys::Two => vec!["key", "region"],
            _ => vec!["key"],
        }
    }

    /// When an event became known.
    pub(crate) fn known(&self, event: &Event) -> Time {
        if self.with_created {
            event.event.max(event.created)
        } else {
            event.event
        }
    }

    /// Whether a row may see an event, whatever its age.
    pub(crate) fn sees(&self, row: &Row, event: &Event) -> bool {
        let known = self.known(event);
        row.key.is_some()
            && row.key == event.key
            && row.moment.is_some_and(|moment| known <= moment)
            && self.as_of.is_none_or(|horizon| known <= horizon)
    }

    /// Whether `one` is newer than `two`.
    pub(crate) fn order(&self, one: &Event, two: &Event) -> std::cmp::Ordering {
        let created = |event: &Event| if self.with_created { event.created } else { 0 };
        (one.event, created(one), one.first)
            .cmp(&(two.event, created(two), two.first))
            .then_with(|| match (one.second, two.second) {
                (Some(one), Some(two)) => one.total_cmp(&two),
                (one, two) => one.is_some().cmp(&two.is_some()),
            })
    }

    fn times(&self, times: impl Iterator<Item = Option<Time>>) -> ArrayRef {
        let times: TimestampMicrosecondArray = times.collect();
        cast(&times, &DataType::Timestamp(self.unit, None)).unwrap()
    }

    fn keys(&self, keys: &[Option<i64>], of_events: bool) -> Vec<(&'static str, ArrayRef)> {
        let whole = keys.iter().copied();
        let column: ArrayRef = match (self.keys, of_events) {
            (Keys::Integers, _) => Arc::new(whole.collect::<Int64Array>()),
            (Keys::Mixed, true) => Arc::new(
                whole
                    .map(|key| key.map(|key| key as u64))
                    .collect::<UInt64Array>(),
            ),
            (Keys::Mixed, false) => Arc::new(
                whole
                    .map(|key| key.map(|key| key as i32))
                    .collect::<Int32Array>(),
            ),
            (Keys::Texts, _) => {
                let texts = whole.map(|key| key.map(|key| "k".repeat(key as usize)));
                let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
                if of_events {
                    cast(&texts, &DataType::Utf8View).unwrap()
                } else {
                    texts
                }
            }
            // Half of the key in each column.
            (Keys::Two, _) => Arc::new(
                whole
                    .map(|key| key.map(|key| key / 2))
                    .collect::<Int64Array>(),
            ),
        };
        let mut columns = vec![("key", column)];
        if self.keys == Keys::Two {
            let halves = keys
                .iter()
                .map(|key| key.map(|key| ["north", "south"][key as usize % 2]));
            columns.push(("region", Arc::new(halves.collect::<StringArray>())));
        }
        columns
    }

    pub(crate) fn table_of_rows(&self) -> Table {
        let keys: Vec<_> = self.rows.iter().map(|row| row.key).collect();
        let mut columns = self.keys(&keys, false);
        columns.push(("moment", self.times(self.rows.iter().map(|row| row.moment))));
        let labels: Int64Array = (0..self.rows.len() as i64).map(Some).collect();
        columns.push(("label", Arc::new(labels)));
        Table::from_columns(columns).unwrap()
    }

    pub(crate) fn table_of_events(&self) -> Table {
        let keys: Vec<_> = self.events.iter().map(|event| event.key).collect();
        let mut columns = self.keys(&keys, true);
        columns.push((
            "event",
            self.times(self.events.iter().map(|event| Some(event.event))),
        ));
        columns.push((
            "created",
            self.times(self.events.iter().map(|event| Some(event.created))),
        ));
        let firsts: Int64Array = self.events.iter().map(|event| event.first).collect();
        columns.push(("first", Arc::new(firsts)));
        let seconds: Float64Array = self.events.iter().map(|event| event.second).collect();
        columns.push(("second", Arc::new(seconds)));
        Table::from_columns(columns).unwrap()
    }
}

/// Multiples of 2^-20 from very small to very large, so that rounding between them would show.
fn value(chance: &mut Chance) -> f64 {
    let size = [1.0, 1024.0, 1e15, -1e15, 2f64.powi(-20), -0.0][chance.below(6) as usize];
    chance.below(5) as f64 * size
}

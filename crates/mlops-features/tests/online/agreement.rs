//! A hundred thousand random writes, in any order, repeated, interrupted: the store and the join agree after each.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mlops_core::Clock;
use mlops_data::Table;
use mlops_data::arrow::array::{ArrayRef, Float64Array, Int64Array, TimestampMicrosecondArray};
use mlops_features::online::{OnlineStore, Status};
use mlops_features::point_in_time::{Events, PointInTime};

use super::Shop;

#[path = "../point_in_time/cases.rs"]
#[expect(dead_code, reason = "only chance is used")]
mod cases;

use cases::Chance;

const START: i64 = 1_770_000_000_000_000;
const ENTITIES: i64 = 12;

#[derive(Debug, Clone, Copy)]
struct Event {
    key: Option<i64>,
    event: i64,
    created: i64,
    whole: Option<i64>,
    number: Option<f64>,
}

fn table(events: &[Event]) -> Table {
    let times = |time: fn(&Event) -> i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(
            events.iter().map(time),
        ))
    };
    Table::from_columns([
        (
            "key",
            Arc::new(events.iter().map(|event| event.key).collect::<Int64Array>()) as ArrayRef,
        ),
        ("event", times(|event| event.event)),
        ("created", times(|event| event.created)),
        (
            "whole",
            Arc::new(
                events
                    .iter()
                    .map(|event| event.whole)
                    .collect::<Int64Array>(),
            ),
        ),
        (
            "number",
            Arc::new(
                events
                    .iter()
                    .map(|event| event.number)
                    .collect::<Float64Array>(),
            ),
        ),
    ])
    .unwrap()
}

/// Around the present, mostly of the past: a few microseconds decide.
fn event(chance: &mut Chance, now: i64) -> Event {
    let event = now - 20 + chance.below(26);
    let created = match chance.below(4) {
        0 => event + chance.below(25),
        1 => event - chance.below(10),
        _ => event,
    };
    Event {
        key: (!chance.once_in(20)).then(|| chance.below(ENTITIES)),
        event,
        created,
        whole: (!chance.once_in(5)).then(|| chance.below(3)),
        number: (!chance.once_in(5))
            .then(|| [-0.0, 0.0, f64::NAN, 1.5, -3.0][chance.below(5) as usize]),
    }
}

fn keys() -> Table {
    // One that is never written, and nobody.
    let keys: Int64Array = (0..=ENTITIES).map(Some).chain([None]).collect();
    Table::from_columns([("key", Arc::new(keys) as ArrayRef)]).unwrap()
}

/// What the join says of all that was written, asked at this moment.
fn offline(
    events: &Events,
    written: &[Event],
    now: Timestamp,
) -> (Vec<Option<i64>>, Vec<Option<f64>>) {
    let keys = keys();
    let moments = vec![now.as_microsecond(); keys.rows()];
    let rows = keys
        .with_column("now", Arc::new(TimestampMicrosecondArray::from(moments)))
        .unwrap();
    let joined = PointInTime::new("now")
        .latest(events, table(written))
        .join(&rows)
        .unwrap();
    (
        joined.integers("whole").unwrap(),
        joined.numbers("number").unwrap(),
    )
}

fn online(store: &OnlineStore) -> (Vec<Option<i64>>, Vec<Option<f64>>) {
    let answer = store
        .get(&["events:whole", "events:number"], &keys())
        .unwrap();
    for feature in &answer.features {
        for cell in &feature.cells {
            assert_eq!(
                cell.value.is_some(),
                cell.status == Status::Present,
                "{cell:?}"
            );
        }
    }
    let whole = answer
        .numbers("whole")
        .unwrap()
        .into_iter()
        .map(|value| value.map(|value| value as i64));
    (whole.collect(), answer.numbers("number").unwrap())
}

fn bits(values: &[Option<f64>]) -> Vec<Option<u64>> {
    values.iter().map(|value| value.map(f64::to_bits)).collect()
}

#[test]
fn online_is_offline_as_of_now_after_any_order_of_writes_retries_crashes_and_rematerialisations() {
    const WORLDS: u64 = 40;
    const STEPS: usize = 250;
    let mut writes = 0;
    for seed in 0..WORLDS {
        let mut chance = Chance(seed ^ 0xfeed);
        let mut shop = Shop::at("2026-02-02T02:40:00Z");
        assert_eq!(shop.clock.now().as_microsecond(), START);
        let mut events = Events::new("events", ["key"], "event")
            .created("created")
            .values(["whole", "number"]);
        if !chance.once_in(3) {
            events = events.ttl(SignedDuration::from_micros(chance.below(25)));
        }
        let mut written: Vec<Event> = Vec::new();
        // Until something is written there is no view to be asked.
        shop.store.push(&events, &table(&[])).unwrap();
        for step in 0..STEPS {
            let now = shop.clock.now().as_microsecond();
            let fresh: Vec<_> = (0..1 + chance.below(18))
                .map(|_| event(&mut chance, now))
                .collect();
            writes += fresh.len();
            match chance.below(8) {
                0..3 => {
                    shop.store.push(&events, &table(&fresh)).unwrap();
                    written.extend(&fresh);
                }
                3 => {
                    // A retry, after the answer to the first was lost; in another order.
                    shop.store.push(&events, &table(&fresh)).unwrap();
                    written.extend(&fresh);
                    let reversed: Vec<_> = fresh.iter().rev().copied().collect();
                    shop.store.push(&events, &table(&reversed)).unwrap();
                }
                4 => {
                    // Everything again, old and new, from a batch source.
                    written.extend(&fresh);
                    let mut all = written.clone();
                    for place in 1..all.len() {
                        all.swap(place, chance.below(place as i64 + 1) as usize);
                    }
                    writes += all.len();
                    shop.store.materialize(&events, table(&all)).unwrap();
                }
                5 => {
                    // A materialisation that died half-way: what it had written is a part of the events.
                    let half = fresh.len() / 2;
                    shop.store
                        .materialize(&events, table(&fresh[..half]))
                        .unwrap();
                    written.extend(&fresh[..half]);
                    shop.store = shop.again();
                }
                6 => {
                    // A push that fails as a whole: its last row is refused.
                    let broken = table(&fresh).without(&["event"]).unwrap();
                    let times = (0..fresh.len()).map(|row| (row + 1 < fresh.len()).then_some(now));
                    let times: TimestampMicrosecondArray = times.collect();
                    let broken = broken.with_column("event", Arc::new(times)).unwrap();
                    shop.store.push(&events, &broken).unwrap_err();
                }
                _ => {
                    // Somebody else writes the same file.
                    shop.again().push(&events, &table(&fresh)).unwrap();
                    written.extend(&fresh);
                }
            }
            shop.clock
                .advance(SignedDuration::from_micros(chance.below(6)));
            let (whole, number) = online(&shop.store);
            let (expected_whole, expected_number) = offline(&events, &written, shop.clock.now());
            assert_eq!(whole, expected_whole, "world {seed}, step {step}");
            assert_eq!(
                bits(&number),
                bits(&expected_number),
                "world {seed}, step {step}"
            );
        }
    }
    assert!(writes > 100_000, "{writes}");
}

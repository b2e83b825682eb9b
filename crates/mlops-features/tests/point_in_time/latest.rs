//! The newest event: a hundred thousand rows, each against all events.

use jiff::{SignedDuration, Timestamp};
use mlops_data::Table;
use mlops_features::point_in_time::{EventSource, Events, PointInTime};

use super::cases::{Chance, Event, Row, World};

const WORLDS: u64 = 2_300;

/// What a reader of the rules gives a row.
fn by_hand<'a>(world: &'a World, row: &Row) -> Option<&'a Event> {
    let seen = world.events.iter().filter(|event| world.sees(row, event));
    let newest = seen.max_by(|one, two| world.order(one, two))?;
    let age = row.moment? - newest.event;
    world.ttl.is_none_or(|ttl| age <= ttl).then_some(newest)
}

pub(crate) fn events_of(world: &World) -> Events {
    let mut events = Events::new("events", world.key_names(), "event").values(["first", "second"]);
    if world.with_created {
        events = events.created("created");
    }
    if let Some(ttl) = world.ttl {
        events = events.ttl(SignedDuration::from_micros(ttl));
    }
    events
}

fn joined(world: &World, source: impl Into<EventSource>) -> Table {
    let mut join = PointInTime::new("moment").latest(&events_of(world).event_time_as("at"), source);
    if let Some(moment) = world.as_of {
        join = join.as_of(Timestamp::from_microsecond(moment).unwrap());
    }
    join.join(&world.table_of_rows()).unwrap()
}

#[test]
fn no_row_is_lost_none_is_moved_and_each_has_the_newest_event_that_was_known() {
    let (mut rows, mut found, mut tied, mut expired, mut late) = (0, 0, 0, 0, 0);
    for seed in 0..WORLDS {
        let world = World::random(&mut Chance(seed));
        let table = joined(&world, world.table_of_events());
        let labels: Vec<_> = (0..world.rows.len() as i64).map(Some).collect();
        assert_eq!(table.integers("label").unwrap(), labels, "world {seed}");
        let (firsts, seconds) = (
            table.integers("first").unwrap(),
            table.numbers("second").unwrap(),
        );
        let times = table.column("at").unwrap();
        for (place, row) in world.rows.iter().enumerate() {
            let expected = by_hand(&world, row);
            let values = (firsts[place], seconds[place].map(f64::to_bits));
            let known = expected.map(|event| (event.first, event.second.map(f64::to_bits)));
            assert_eq!(
                values,
                known.unwrap_or_default(),
                "world {seed}, row {place}: {row:?} of {world:?}"
            );
            assert_eq!(
                mlops_data::arrow::array::Array::is_valid(&times, place),
                expected.is_some(),
                "world {seed}, row {place}"
            );
            // What the cases are made of: the test says nothing if they hold nothing.
            rows += 1;
            found += u32::from(expected.is_some());
            let seen: Vec<_> = world
                .events
                .iter()
                .filter(|event| world.sees(row, event))
                .collect();
            tied += u32::from(expected.is_some_and(|newest| {
                seen.iter()
                    .filter(|event| event.event == newest.event)
                    .count()
                    > 1
            }));
            expired += u32::from(expected.is_none() && !seen.is_empty());
            late += u32::from(world.events.iter().any(|event| {
                event.key == row.key
                    && row.moment.is_some_and(|moment| event.event <= moment)
                    && !world.sees(row, event)
            }));
        }
    }
    assert!(rows >= 100_000, "{rows}");
    for (what, count) in [
        ("found", found),
        ("tied", tied),
        ("expired", expired),
        ("late", late),
    ] {
        assert!(count > 5_000, "{what}: {count} of {rows}");
    }
}

#[test]
fn the_order_of_the_events_and_the_cut_into_batches_do_not_matter() {
    for seed in 0..300 {
        let mut chance = Chance(seed);
        let mut world = World::random(&mut chance);
        let expected = joined(&world, world.table_of_events());
        for place in 1..world.events.len() {
            world
                .events
                .swap(place, chance.below(place as i64 + 1) as usize);
        }
        let events = world.table_of_events();
        let cut = chance.below(events.rows() as i64 + 1) as usize;
        let batches = events.batches().iter().flat_map(|batch| {
            [
                batch.slice(0, cut),
                batch.slice(cut, batch.num_rows() - cut),
            ]
        });
        let events = Table::from_batches(events.schema().clone(), batches).unwrap();
        assert_eq!(joined(&world, events), expected, "world {seed}");
    }
}

#[test]
fn the_state_of_all_entities_at_a_past_moment_is_what_each_would_have_been_told() {
    for seed in 0..500 {
        let mut chance = Chance(seed);
        let mut world = World::random(&mut chance);
        world.as_of = None;
        let moment = world
            .rows
            .iter()
            .find_map(|row| row.moment)
            .unwrap_or_default();
        let events = events_of(&world);
        let state = events
            .as_of(
                world.table_of_events(),
                Timestamp::from_microsecond(moment).unwrap(),
            )
            .unwrap();
        let mut keys: Vec<i64> = world
            .events
            .iter()
            .filter(|event| world.known(event) <= moment)
            .filter_map(|event| event.key)
            .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(state.rows(), keys.len(), "world {seed}");
        let expected: Vec<_> = keys
            .iter()
            .map(|key| {
                let row = Row {
                    key: Some(*key),
                    moment: Some(moment),
                };
                by_hand(&world, &row).and_then(|event| event.first)
            })
            .collect();
        assert_eq!(state.integers("first").unwrap(), expected, "world {seed}");
    }
}

#[test]
fn rows_that_are_taken_a_few_at_a_time_give_the_same_table() {
    for seed in 0..100 {
        let world = World::random(&mut Chance(seed));
        let events = world.table_of_events();
        let rows = world.table_of_rows();
        let join = PointInTime::new("moment").latest(&events_of(&world), &events);
        let mut parts = Vec::new();
        let small = mlops_data::Batches::of(
            &Table::from_batches(
                rows.schema().clone(),
                (0..rows.rows()).map(|row| rows.batches()[0].slice(row, 1)),
            )
            .unwrap(),
        );
        join.join_in_parts(small, 7, |part| {
            parts.extend(part.batches().to_vec());
            Ok::<_, mlops_features::point_in_time::PointInTimeError>(())
        })
        .unwrap();
        let whole = join.join(&rows).unwrap();
        assert_eq!(
            Table::from_batches(whole.schema().clone(), parts).unwrap(),
            whole,
            "world {seed}"
        );
    }
}

//! Aggregates over windows: a hundred thousand rows, each against all events.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use mlops_data::Table;
use mlops_features::point_in_time::{Aggregate, PointInTime};

use super::cases::{Chance, Event, Row, World};
use super::latest::events_of;

const WORLDS: u64 = 2_300;

/// The events in the window of a row: it ends with the moment, which belongs to it, and begins after the one that far before.
fn inside<'a>(world: &'a World, row: &Row, over: i64) -> Vec<&'a Event> {
    let Some(moment) = row.moment else {
        return Vec::new();
    };
    let seen = world.events.iter().filter(|event| world.sees(row, event));
    seen.filter(|event| moment - over < event.event).collect()
}

/// All values are multiples of 2^-20, so sums of them are integers.
fn exact_sum(values: &[f64]) -> f64 {
    let unit = 2f64.powi(20);
    let sum: i128 = values.iter().map(|value| (value * unit) as i128).sum();
    sum as f64 / unit
}

fn aggregates(short: SignedDuration, long: SignedDuration) -> Vec<Aggregate> {
    vec![
        Aggregate::count(short).named("count"),
        Aggregate::new(
            mlops_features::point_in_time::Function::Count,
            "second",
            long,
        )
        .named("values"),
        Aggregate::sum("second", short).named("sum"),
        Aggregate::sum("second", long).named("long_sum"),
        Aggregate::mean("second", short).named("mean"),
        Aggregate::min("second", short).named("min"),
        Aggregate::max("second", long).named("max"),
        Aggregate::last("second", short).named("last"),
        Aggregate::distinct("second", short).named("distinct"),
        Aggregate::standard_deviation("first", long).named("std"),
        Aggregate::sum("first", long).named("whole_sum"),
    ]
}

fn joined(world: &World, short: i64, long: i64, in_memory: usize, events: &Table) -> Table {
    let asked = aggregates(
        SignedDuration::from_micros(short),
        SignedDuration::from_micros(long),
    );
    let mut join = PointInTime::new("moment")
        .aggregates(&events_of(world), events, asked)
        .events_in_memory(in_memory);
    if let Some(moment) = world.as_of {
        join = join.as_of(Timestamp::from_microsecond(moment).unwrap());
    }
    join.join(&world.table_of_rows()).unwrap()
}

#[test]
fn each_row_has_the_aggregates_of_what_was_known_in_its_window_to_the_microsecond() {
    let (mut rows, mut edges, mut late, mut several) = (0, 0, 0, 0);
    for seed in 0..WORLDS {
        let mut chance = Chance(seed ^ 0x5eed);
        let world = World::random(&mut chance);
        let short = (1 + chance.below(10)) * world.step();
        let long = short + chance.below(20) * world.step();
        // Every fourth world goes by way of the disk.
        let in_memory = if seed % 4 == 0 { 3 } else { 1 << 20 };
        let table = joined(&world, short, long, in_memory, &world.table_of_events());
        let numbers = |name| table.numbers(name).unwrap();
        let columns: Vec<_> = [
            "count",
            "values",
            "sum",
            "long_sum",
            "mean",
            "min",
            "max",
            "last",
            "distinct",
            "std",
            "whole_sum",
        ]
        .map(numbers)
        .into();
        for (place, row) in world.rows.iter().enumerate() {
            let context =
                || format!("world {seed}, row {place}: {row:?}, {short} and {long}, of {world:?}");
            let found: Vec<_> = columns.iter().map(|column| column[place]).collect();
            rows += 1;
            if row.key.is_none() || row.moment.is_none() {
                assert!(found.iter().all(Option::is_none), "{}", context());
                continue;
            }
            let (near, far) = (inside(&world, row, short), inside(&world, row, long));
            let seconds: Vec<f64> = near.iter().filter_map(|event| event.second).collect();
            let far_seconds: Vec<f64> = far.iter().filter_map(|event| event.second).collect();
            let firsts: Vec<f64> = far
                .iter()
                .filter_map(|event| event.first)
                .map(|first| first as f64)
                .collect();
            let count = seconds.len() as f64;
            let extreme = |values: &[f64], greatest: bool| {
                let order = |a: &&f64, b: &&f64| a.total_cmp(b);
                if greatest {
                    values.iter().max_by(order)
                } else {
                    values.iter().min_by(order)
                }
                .copied()
            };
            let last = near.iter().filter(|event| event.second.is_some());
            let last = last.max_by(|one, two| world.order(one, two));
            let different: BTreeSet<u64> = seconds
                .iter()
                .map(|value| (value + 0.0).to_bits())
                .collect();
            let mean = firsts.iter().sum::<f64>() / firsts.len() as f64;
            let squares: f64 = firsts.iter().map(|first| (first - mean).powi(2)).sum();
            let expected = [
                Some(near.len() as f64),
                Some(far_seconds.len() as f64),
                Some(exact_sum(&seconds)),
                Some(exact_sum(&far_seconds)),
                (count > 0.0).then(|| exact_sum(&seconds) / count),
                extreme(&seconds, false),
                extreme(&far_seconds, true),
                last.and_then(|event| event.second),
                Some(different.len() as f64),
                (firsts.len() > 1).then(|| (squares / (firsts.len() as f64 - 1.0)).sqrt()),
                Some(firsts.iter().sum::<f64>() + 0.0),
            ];
            for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
                let same = match (found, expected) {
                    // By hand it is not exact.
                    (Some(found), Some(expected)) if place == 9 => (found - expected).abs() < 1e-9,
                    (found, expected) => found.map(f64::to_bits) == expected.map(f64::to_bits),
                };
                assert!(
                    same,
                    "aggregate {place}: {found:?}, not {expected:?}; {}",
                    context()
                );
            }
            let moment = row.moment.unwrap_or_default();
            edges += u32::from(world.events.iter().any(|event| {
                world.sees(row, event) && (event.event == moment - short || event.event == moment)
            }));
            late += u32::from(near.iter().any(|event| world.known(event) > event.event));
            several += u32::from(near.len() > 1);
        }
    }
    assert!(rows >= 100_000, "{rows}");
    for (what, count) in [("edges", edges), ("late", late), ("several", several)] {
        assert!(count > 3_000, "{what}: {count} of {rows}");
    }
}

#[test]
fn what_goes_by_way_of_the_disk_is_the_same_to_the_last_bit() {
    for seed in 0..200 {
        let mut chance = Chance(seed);
        let world = World::random(&mut chance);
        let events = world.table_of_events();
        let (short, long) = (3 * world.step(), 9 * world.step());
        let whole = joined(&world, short, long, usize::MAX, &events);
        for in_memory in [0, 1, 5] {
            assert_eq!(
                joined(&world, short, long, in_memory, &events),
                whole,
                "world {seed}"
            );
        }
    }
}

#[test]
fn what_left_the_window_leaves_nothing_behind() {
    // Adding 1e300 and taking it back costs a running sum in floating point all its digits.
    let rows = mlops_data::Table::from_csv_str(
        "key,moment\na,2026-01-01T00:00:00.5\na,2026-01-01T00:00:01.5\na,2026-01-01T00:00:02.5\n",
        &mlops_data::CsvOptions::new(),
    )
    .unwrap();
    let events = mlops_data::Table::from_csv_str(
        "key,event,second\na,2026-01-01T00:00:00,1e300\na,2026-01-01T00:00:01,0.1\na,2026-01-01T00:00:02,0.2\n",
        &mlops_data::CsvOptions::new(),
    ).unwrap();
    let second = SignedDuration::from_secs(1);
    let table = PointInTime::new("moment")
        .aggregates(
            &mlops_features::point_in_time::Events::new("events", ["key"], "event"),
            &events,
            [
                Aggregate::sum("second", second),
                Aggregate::standard_deviation("second", second * 2),
            ],
        )
        .join(&rows)
        .unwrap();
    assert_eq!(
        table.numbers("second_sum_1s").unwrap(),
        [Some(1e300), Some(0.1), Some(0.2)]
    );
    let spread = table.numbers("second_std_2s").unwrap()[2].unwrap();
    assert!((spread - 0.1 / 2f64.sqrt()).abs() < 1e-16, "{spread}");
}

//! More events than memory: what is held grows with the rows that ask, not with the events.
//!
//! `MLOPS_GROWTH_ROWS` says how many events (ten million); run by `just growth`.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]
#![expect(clippy::disallowed_methods, reason = "tests make files of their own")]

use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;
use mlops_data::arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, TimestampMicrosecondArray,
};
use mlops_data::{File, Table};
use mlops_features::point_in_time::{Aggregate, Events, PointInTime};
use parquet::arrow::ArrowWriter;

/// Events of one row group.
const GROUP: i64 = 1_000_000;
const ENTITIES: i64 = 100_000;
const ROWS: i64 = 200_000;
const YEAR: i64 = 365 * 86_400 * 1_000_000;

fn mixed(number: i64) -> i64 {
    let mixed = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 1) as i64
}

/// Events of all entities at moments of a year, in no order.
fn group(first: i64, rows: i64) -> RecordBatch {
    let numbers = first..first + rows;
    let times = |offset: i64| -> ArrayRef {
        let times = numbers
            .clone()
            .map(|row| mixed(row) % YEAR + (mixed(row) % 7 % 2) * offset);
        Arc::new(TimestampMicrosecondArray::from_iter_values(times))
    };
    let keys = numbers.clone().map(|row| mixed(row ^ 0x5eed) % ENTITIES);
    let amounts = numbers.clone().map(|row| (mixed(row) % 1000) as f64 / 8.0);
    RecordBatch::try_from_iter([
        (
            "key",
            Arc::new(Int64Array::from_iter_values(keys)) as ArrayRef,
        ),
        ("event", times(0)),
        ("created", times(3_600_000_000)),
        (
            "amount",
            Arc::new(Float64Array::from_iter_values(amounts)) as ArrayRef,
        ),
    ])
    .unwrap()
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

#[test]
#[ignore = "minutes: `just growth`"]
fn memory_does_not_grow_with_the_events() {
    let events = std::env::var("MLOPS_GROWTH_ROWS")
        .ok()
        .and_then(|rows| rows.parse().ok());
    let events: i64 = events.unwrap_or(10_000_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.parquet");
    let mut writer = ArrowWriter::try_new(
        std::fs::File::create(&path).unwrap(),
        group(0, 1).schema(),
        None,
    )
    .unwrap();
    for first in (0..events).step_by(GROUP as usize) {
        writer.write(&group(first, GROUP)).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    println!("written: {} MB held at most", peak_mb());

    let asking = (0..ROWS).map(|row| (mixed(row ^ 0xabc) % ENTITIES, mixed(row ^ 0xdef) % YEAR));
    let (keys, moments): (Vec<_>, Vec<_>) = asking.unzip();
    let rows = Table::from_columns([
        ("key", Arc::new(Int64Array::from(keys.clone())) as ArrayRef),
        (
            "moment",
            Arc::new(TimestampMicrosecondArray::from(moments.clone())) as ArrayRef,
        ),
    ])
    .unwrap();
    let what = Events::new("events", ["key"], "event")
        .created("created")
        .values(["amount"]);
    let begun = Instant::now();
    let joined = PointInTime::new("moment")
        .latest(&what.event_time_as("at"), File::new(&path))
        .join(&rows)
        .unwrap();
    let latest = peak_mb();
    println!(
        "{events} events, the newest: {latest} MB, {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(joined.rows() as i64, ROWS);
    assert!(latest < 500, "{latest} MB");

    let what = Events::new("events", ["key"], "event").created("created");
    let week = SignedDuration::from_hours(24 * 7);
    let begun = Instant::now();
    let windows = PointInTime::new("moment")
        .aggregates(
            &what,
            File::new(&path),
            [Aggregate::sum("amount", week), Aggregate::count(week)],
        )
        .join(&rows)
        .unwrap();
    let peak = peak_mb();
    println!(
        "{events} events, a week's sum and count: {peak} MB, {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    assert!(peak < 800, "{peak} MB");

    // Some of the rows by hand: the events are made again, a group at a time.
    let sampled: Vec<usize> = (0..ROWS as usize).step_by(ROWS as usize / 20).collect();
    let (sums, counts) = (
        windows.numbers("amount_sum_7d").unwrap(),
        windows.integers("count_7d").unwrap(),
    );
    let amounts = joined.numbers("amount").unwrap();
    for row in sampled {
        let (mut sum, mut count, mut newest) = (0.0, 0, None);
        for number in (0..events).filter(|number| mixed(number ^ 0x5eed) % ENTITIES == keys[row]) {
            let event = mixed(number) % YEAR;
            let created = event + (mixed(number) % 7 % 2) * 3_600_000_000;
            let amount = (mixed(number) % 1000) as f64 / 8.0;
            if event.max(created) <= moments[row] {
                newest = newest.max(Some((event, created, (amount * 8.0) as i64)));
                if moments[row] - event < 7 * 86_400_000_000 {
                    (sum, count) = (sum + amount, count + 1);
                }
            }
        }
        assert_eq!(
            amounts[row],
            newest.map(|(_, _, amount)| amount as f64 / 8.0),
            "row {row}"
        );
        assert_eq!(
            (sums[row], counts[row]),
            (Some(sum), Some(count)),
            "row {row}"
        );
    }
}

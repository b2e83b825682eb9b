//! The online store: a million events brought in, and 100 entities read at once by 1, 8 and 64 readers while it is written.
//!
//! `cargo bench -p mlops-features --bench online [-- SECONDS]` prints one JSON line for each measure. Readers come as requests
//! come, each at its own pace, about a thousand reads a second together: 64 that never pause would measure how two cores are
//! shared, not the store. A reader's time is that of the read alone.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mlops_data::Table;
use mlops_data::arrow::array::{ArrayRef, Float64Array, Int64Array, TimestampMicrosecondArray};
use mlops_features::online::OnlineStore;
use mlops_features::point_in_time::Events;
use serde_json::json;

const EVENTS: i64 = 1_000_000;
const ENTITIES: i64 = 200_000;
const START: i64 = 1_700_000_000_000_000;
const READS_A_SECOND: u64 = 1_000;

fn mixed(number: i64) -> i64 {
    let mixed = number.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 1).cast_signed()
}

fn table(first: i64, rows: i64) -> Result<Table, Box<dyn std::error::Error>> {
    let numbers = first..first + rows;
    let keys = Int64Array::from_iter_values(numbers.clone().map(|row| mixed(row) % ENTITIES));
    let times = numbers
        .clone()
        .map(|row| START + mixed(row ^ 0x5eed) % 1_000_000_000);
    let values = |salt: i64| -> ArrayRef {
        let values = numbers.clone().map(|row| mixed(row ^ salt) as f64 / 1e3);
        Arc::new(Float64Array::from_iter_values(values))
    };
    Ok(Table::from_columns([
        ("key", Arc::new(keys) as ArrayRef),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from_iter_values(times)),
        ),
        ("f1", values(1)),
        ("f2", values(2)),
        ("f3", values(3)),
        ("f4", values(4)),
    ])?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    let seconds: u64 = arguments.next().map_or(Ok(5), |seconds| seconds.parse())?;
    let folder = tempfile::tempdir()?;
    let store = OnlineStore::open(folder.path().join("online.db"))?;
    let events = Events::new("events", ["key"], "at").values(["f1", "f2", "f3", "f4"]);
    let all = table(0, EVENTS)?;
    for again in [false, true] {
        let begun = Instant::now();
        let written = store.materialize(&events, &all)?;
        let line = json!({
            "bench": "materialize", "tool": "mlops", "events": EVENTS, "entities": ENTITIES, "again": again,
            "seconds": begun.elapsed().as_secs_f64(), "newer": written.newer,
        });
        writeln!(std::io::stdout(), "{line}")?;
    }
    for readers in [1, 8, 64] {
        measure(&store, &events, readers, seconds)?;
    }
    Ok(())
}

fn measure(
    store: &OnlineStore,
    events: &Events,
    readers: u64,
    seconds: u64,
) -> Result<(), Box<dyn std::error::Error>> {
    let stopped = AtomicBool::new(false);
    let pushed = AtomicU64::new(0);
    let fail = |error: &dyn std::fmt::Display| -> String { error.to_string() };
    let mut took: Vec<Duration> = Vec::new();
    std::thread::scope(|scope| -> Result<(), String> {
        let writer = scope.spawn(|| -> Result<(), String> {
            let mut first = EVENTS;
            while !stopped.load(Ordering::Relaxed) {
                let rows = table(first, 100).map_err(|error| fail(&error))?;
                store.push(events, &rows).map_err(|error| fail(&error))?;
                pushed.fetch_add(100, Ordering::Relaxed);
                first += 100;
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(())
        });
        let pace = Duration::from_micros(1_000_000 * readers / READS_A_SECOND);
        let begun = Instant::now();
        let handles: Vec<_> = (0..readers)
            .map(|reader| {
                scope.spawn(move || -> Result<Vec<Duration>, String> {
                    let mut took = Vec::new();
                    let mut due = begun + pace * (reader as u32) / (readers as u32);
                    let mut number = reader as i64 * 1_000_003;
                    while begun.elapsed() < Duration::from_secs(seconds) {
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        let keys = (0..100).map(|key| mixed(number + key) % ENTITIES);
                        let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(keys));
                        let keys = Table::from_columns([("key", keys)])
                            .map_err(|error| error.to_string())?;
                        let asked = Instant::now();
                        let features = ["events:f1", "events:f2", "events:f3", "events:f4"];
                        let answer = store
                            .get(&features, &keys)
                            .map_err(|error| error.to_string())?;
                        if answer.features.len() != 4 {
                            return Err("features are missing".to_owned());
                        }
                        took.push(asked.elapsed());
                        number += 100;
                        due += pace;
                    }
                    Ok(took)
                })
            })
            .collect();
        for handle in handles {
            took.extend(
                handle
                    .join()
                    .map_err(|_| "a reader panicked".to_owned())??,
            );
        }
        stopped.store(true, Ordering::Relaxed);
        writer
            .join()
            .map_err(|_| "the writer panicked".to_owned())?
    })?;
    took.sort_unstable();
    let at = |share: f64| {
        let place = (took.len() as f64 * share) as usize;
        took.get(place.min(took.len() - 1))
            .map(|took| took.as_secs_f64() * 1e3)
    };
    let line = json!({
        "bench": "look_up", "tool": "mlops", "entities": 100, "features": 4, "readers": readers, "reads": took.len(),
        "reads_per_second": took.len() as u64 / seconds, "pushed_meanwhile": pushed.load(Ordering::Relaxed),
        "p50_ms": at(0.5), "p99_ms": at(0.99), "p999_ms": at(0.999),
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

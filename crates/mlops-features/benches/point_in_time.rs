//! The join beside the peers of `bench/operations/point_in_time.py`, on the same files: one JSON line.
//!
//! `cargo bench -p mlops-features --bench point_in_time -- DATA [REPEAT]`, DATA being what `make_data.py` wrote. Without DATA
//! nothing is measured. What was joined is compared with every feature row of the same key for the sampled keys, and with the
//! rule that nothing is known before it was created for all.

use std::collections::HashMap;
use std::io::Write;
use std::time::Instant;

use jiff::SignedDuration;
use mlops_data::arrow::array::Array;
use mlops_data::arrow::array::cast::AsArray;
use mlops_data::arrow::array::types::Int64Type;
use mlops_data::arrow::cast::cast;
use mlops_data::arrow::schema::{DataType, TimeUnit};
use mlops_data::{File, Table};
use mlops_features::point_in_time::{Events, PointInTime};
use serde_json::json;

const VALUES: [&str; 5] = ["value_id", "f1", "f2", "f3", "f4"];
const TTL_DAYS: i64 = 5;
const SAMPLED_KEYS: i64 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    let Some(data) = arguments.next() else {
        return Ok(());
    };
    let repeat: usize = arguments.next().map_or(Ok(3), |count| count.parse())?;
    let file = |name: &str| File::new(format!("{data}/{name}.parquet"));
    let (entities, features) = (file("entities"), file("features"));
    let events = Events::new("features", ["key"], "event_time")
        .created("created_time")
        .values(VALUES)
        .ttl(SignedDuration::from_hours(24 * TTL_DAYS));
    let mut seconds = Vec::with_capacity(repeat);
    let mut joined = None;
    for _ in 0..repeat.max(1) {
        let start = Instant::now();
        let rows = Table::read(&entities)?;
        let table = PointInTime::new("entity_time")
            .latest(&events, &features)
            .join(&rows)?;
        seconds.push(start.elapsed().as_secs_f64());
        joined = Some(table);
    }
    seconds.sort_by(f64::total_cmp);
    let peak = peak_mb();
    let Some(joined) = joined else { return Ok(()) };
    let line = json!({
        "bench": "point_in_time",
        "tool": "mlops",
        "version": env!("CARGO_PKG_VERSION"),
        "params": { "way": "bitemporal", "entities": joined.rows(), "ttl_days": TTL_DAYS, "repeat": repeat },
        "seconds": seconds[seconds.len() / 2],
        "fastest": seconds[0],
        "peak_mb": peak,
        "result": verdict(&Table::read(&entities)?, &Table::read(&features)?, &joined)?,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// Microseconds of a column of moments.
fn times(table: &Table, name: &str) -> Result<Vec<i64>, Box<dyn std::error::Error>> {
    let column = cast(
        &table.column(name)?,
        &DataType::Timestamp(TimeUnit::Nanosecond, None),
    )?;
    Ok(cast(&column, &DataType::Int64)?
        .as_primitive::<Int64Type>()
        .values()
        .to_vec())
}

fn whole(table: &Table, name: &str) -> Result<Vec<i64>, Box<dyn std::error::Error>> {
    Ok(table
        .integers(name)?
        .into_iter()
        .map(Option::unwrap_or_default)
        .collect())
}

fn verdict(
    entities: &Table,
    features: &Table,
    joined: &Table,
) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let found = joined.integers("value_id")?;
    let moments = times(joined, "entity_time")?;
    let keys = whole(joined, "key")?;
    let (event, created) = (
        times(features, "event_time")?,
        times(features, "created_time")?,
    );
    let (of, identifiers) = (whole(features, "key")?, whole(features, "value_id")?);
    let place: HashMap<i64, usize> = identifiers.iter().copied().zip(0..).collect();
    let mut leaked = 0;
    for (row, identifier) in found.iter().enumerate() {
        let feature = identifier.and_then(|identifier| place.get(&identifier));
        leaked += usize::from(feature.is_some_and(|feature| created[*feature] > moments[row]));
    }
    let sample: Vec<usize> = (0..of.len())
        .filter(|feature| of[*feature] < SAMPLED_KEYS)
        .collect();
    let ttl = TTL_DAYS * 86_400_000_000_000;
    let (mut sampled, mut differ) = (0, 0);
    for row in (0..keys.len()).filter(|row| keys[*row] < SAMPLED_KEYS) {
        let moment = moments[row];
        let good = sample.iter().filter(|feature| {
            let feature = **feature;
            of[feature] == keys[row]
                && (moment - ttl..=moment).contains(&event[feature])
                && created[feature] <= moment
        });
        let newest = good.max_by_key(|feature| (event[**feature], created[**feature]));
        sampled += 1;
        differ += usize::from(newest.map(|feature| identifiers[*feature]) != found[row]);
    }
    let same_order =
        entities.column("entity_id")?.to_data() == joined.column("entity_id")?.to_data();
    Ok(json!({
        "rows_in": entities.rows(),
        "rows_out": joined.rows(),
        "same_order": same_order,
        "values": found.iter().flatten().count(),
        "leaked": leaked,
        "sample": { "entities": sampled, "differ_from_truth": differ },
    }))
}

/// The most memory that the process held at one time, as Linux counts it.
#[expect(
    clippy::disallowed_methods,
    reason = "the kernel's own file on this process"
)]
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}

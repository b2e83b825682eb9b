//! 32 checks on a million orders from Parquet: time, memory, and whether each of them finds what was planted.
//!
//! `cargo bench -p mlops-data --bench validate -- DATA`, where `make_data.py` of the reference material wrote `DATA`. It
//! prints the line that the peers print, so that one run shows them side by side.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench reads files and says what it found"
)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mlops_data::contract::{Check, Verdict};
use mlops_data::{Contract, File};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

const CONTRACT: &str = "
[columns.order_id]
unique = true
[columns.customer_id]
[columns.email]
matches = '^[a-z0-9]+@[a-z0-9]+\\.[a-z]+$'
length = { min = 6, max = 64 }
[columns.country]
one_of = ['AT', 'BR', 'CH', 'DE', 'FR', 'IN', 'JP', 'US']
distinct_count = 8
[columns.status]
one_of = ['cart', 'paid', 'sent', 'done']
[columns.quantity]
range = { min = 1, max = 20 }
mean = { min = 10, max = 11 }
[columns.unit_price]
range = { min = 0, max = 100000 }
z_score = 10
mean = { min = 10, max = 100 }
median = { min = 10, max = 40 }
[columns.discount]
range = { min = 0, max = 1 }
[columns.total]
range = { min = 0 }
[columns.created_at]
range = { min = '2020-01-01' }
maximum = { min = '2026-06-29', max = '2026-06-30' }
[columns.updated_at]
[columns.is_gift]
[table]
row_count = ROWS
columns = { names = ['order_id', 'customer_id', 'email', 'country', 'status', 'quantity', 'unit_price', 'discount', 'total', 'created_at', 'updated_at', 'is_gift'], ordered = true }
unique_together = { columns = ['order_id', 'created_at', 'total'] }
compare = { columns = ['updated_at', 'created_at'], is = '>=' }
";

fn main() {
    let Some(folder) = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"))
    else {
        return println!(
            "{}",
            json!({ "bench": "validate", "skipped": "no folder of data was given" })
        );
    };
    let folder = PathBuf::from(folder);
    let known: Value =
        serde_json::from_slice(&std::fs::read(folder.join("planted.json")).unwrap()).unwrap();
    let rows = known["files"]["orders"]["rows"].as_u64().unwrap();
    let planted = &known["planted"]["orders"];
    let contract = Contract::from_toml_str(&CONTRACT.replace("ROWS", &rows.to_string())).unwrap();
    let source = std::env::var("MLOPS_BENCH_SOURCE").unwrap_or_else(|_| "parquet".to_owned());
    let file = File::new(folder.join(format!("orders.{source}")));
    let mut seconds = Vec::new();
    let used = processor_seconds();
    let mut report = None;
    for _ in 0..5 {
        let start = Instant::now();
        report = Some(contract.report_file(&file).unwrap());
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let report = report.unwrap();
    let wrong: Vec<String> = report
        .checks
        .iter()
        .filter(|check| found(check) != expected(check, planted))
        .map(|check| {
            format!(
                "{}: {} for {}",
                check.subject(),
                found(check),
                expected(check, planted)
            )
        })
        .collect();
    let used = (processor_seconds() - used) / seconds.len() as f64;
    let peak = peak_megabytes();
    let bare = (source == "parquet").then(|| bare_pass(file.path()));
    let line = json!({
        "bench": "validate",
        "tool": "mlops",
        "version": env!("CARGO_PKG_VERSION"),
        "params": { "rows": rows, "columns": 12, "checks": report.checks.len(), "source": source },
        "seconds": seconds[seconds.len() / 2],
        "peak_mb": peak,
        "result": { "cpu_seconds": used, "bare_pass_seconds": bare, "right": report.checks.len() - wrong.len(), "wrong": wrong },
    });
    println!("{line}");
}

/// The bound: every column read once on every core, and nothing done with it.
fn bare_pass(path: &Path) -> f64 {
    let open = || ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap());
    let mut seconds: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            let groups = open().unwrap().metadata().num_row_groups();
            let next = AtomicUsize::new(0);
            let work = || {
                loop {
                    let group = next.fetch_add(1, Ordering::Relaxed);
                    if group >= groups {
                        return;
                    }
                    let reader = open().unwrap().with_row_groups(vec![group]);
                    let batches = reader.with_batch_size(16_384).build().unwrap();
                    batches.for_each(|batch| drop(std::hint::black_box(batch.unwrap())));
                }
            };
            std::thread::scope(|scope| {
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                (0..cores).for_each(|_| drop(scope.spawn(work)));
            });
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Rows that break the check, or 1 if it is broken as a whole.
fn found(check: &Check) -> u64 {
    check
        .broken
        .unwrap_or(u64::from(check.verdict != Verdict::Pass))
}

fn expected(check: &Check, planted: &Value) -> u64 {
    let count = |name: &str| planted[name].as_u64().unwrap_or(0);
    let column = check.columns.first().map_or("", String::as_str);
    match (check.rule.as_str(), column) {
        ("not_null", column) => count(&format!("null_{column}")),
        ("unique", _) => 2 * (count("duplicate_order_id") + count("duplicate_row")),
        ("unique_together", _) => 2 * count("duplicate_row"),
        ("matches", _) => count("bad_email"),
        ("length", _) => count("long_email"),
        ("one_of", "country") => count("bad_country"),
        ("one_of", _) => count("bad_status"),
        ("range", "quantity") => count("bad_quantity"),
        ("range", "unit_price") => count("negative_price") + count("outlier_price"),
        ("range", "discount") => count("bad_discount"),
        ("range", "total") => {
            count("bad_quantity") + count("negative_price") + count("bad_discount")
        }
        ("range", _) => count("stale_created_at"),
        ("z_score", _) => count("outlier_price"),
        ("mean", "unit_price") | ("distinct_count", _) => 1,
        ("compare", _) => count("updated_before_created"),
        _ => 0,
    }
}

/// Of all threads, in hundredths: steadier than the clock on a machine with other work.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = after.split(' ').skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

#[cfg(target_os = "linux")]
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

#[cfg(not(target_os = "linux"))]
fn peak_megabytes() -> u64 {
    0
}

//! A report of change over two Parquet files, as the peers of `bench/operations/drift.py` are measured: one JSON line.
//!
//! `cargo bench -p mlops-data --bench drift -- DATA [REPEAT]`, DATA being what `make_data.py` wrote. Without DATA nothing is
//! measured: the files are half a gigabyte.

use std::io::Write;
use std::time::Instant;

use mlops_data::File;
use mlops_data::change::{TableChange, Verdict};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    let Some(data) = arguments.next() else {
        return Ok(());
    };
    let repeat: usize = arguments.next().map_or(Ok(3), |count| count.parse())?;
    let file = |name: &str| File::new(format!("{data}/{name}.parquet"));
    let mut seconds = Vec::with_capacity(repeat);
    let mut change = None;
    for _ in 0..repeat.max(1) {
        let start = Instant::now();
        change = Some(TableChange::between_files(
            &file("reference"),
            &file("current"),
        )?);
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let Some(change) = change else { return Ok(()) };
    let flagged: Vec<_> = change
        .with_verdict(Verdict::Drift)
        .map(|column| &column.column)
        .collect();
    let line = json!({
        "bench": "drift",
        "tool": "mlops",
        "version": env!("CARGO_PKG_VERSION"),
        "params": { "rows": change.rows[0], "columns": change.columns.len(), "repeat": repeat },
        "seconds": seconds[seconds.len() / 2],
        "peak_mb": peak_mb(),
        "result": { "flagged": flagged, "columns": change.to_json_lines() },
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
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

//! A file larger than what is held of it: memory does not grow with the rows, and unique keys beyond 256 MB go to disk.
//!
//! `MLOPS_GROWTH_ROWS` says how many rows (ten million); run by `just growth`.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]
#![expect(clippy::disallowed_methods, reason = "tests make files of their own")]

mod memory;

use std::sync::Arc;
use std::time::Instant;

use memory::peak;
use mlops_data::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use mlops_data::{Contract, File, TableProfile};
use parquet::arrow::ArrowWriter;

/// Rows of one row group.
const GROUP: i64 = 1_000_000;

/// Identifiers that are all different and in no order, and a measure.
fn group(first: i64) -> RecordBatch {
    let ids = (first..first + GROUP).map(|row| row.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64));
    let measures = (0..GROUP).map(|row| (row % 1009) as f64 / 7.0);
    RecordBatch::try_from_iter([
        (
            "id",
            Arc::new(Int64Array::from_iter_values(ids)) as ArrayRef,
        ),
        (
            "x",
            Arc::new(Float64Array::from_iter_values(measures)) as ArrayRef,
        ),
    ])
    .unwrap()
}

#[test]
#[ignore = "minutes: `just growth`"]
fn memory_is_bounded_however_many_rows_there_are() {
    let rows = std::env::var("MLOPS_GROWTH_ROWS")
        .ok()
        .and_then(|rows| rows.parse().ok());
    let rows: i64 = rows.unwrap_or(10_000_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    let output = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(output, group(0).schema(), None).unwrap();
    for first in (0..rows).step_by(GROUP as usize) {
        writer.write(&group(first)).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    let file = File::new(&path);
    let megabytes = |bytes: u64| bytes >> 20;
    let measured = |name: &str, work: &dyn Fn()| {
        let begun = Instant::now();
        let (_, peak) = peak(work);
        let peak = megabytes(peak);
        let took = begun.elapsed().as_secs_f64();
        println!("{rows} rows, {name}: {peak} MB, {took:.1} s");
        peak
    };
    let profile = measured("profile", &|| {
        assert_eq!(TableProfile::of_file(&file).unwrap().rows, rows as u64);
    });
    let ranges = measured("range and mean", &|| {
        let text = "[columns.x]\nrange = { min = 0, max = 145 }\nmean = { min = 1, max = 100 }";
        let report = Contract::from_toml_str(text)
            .unwrap()
            .report_file(&file)
            .unwrap();
        assert!(report.passes(), "{report}");
    });
    let unique = measured("exact uniqueness", &|| {
        let contract = Contract::from_toml_str("[columns.id]\nunique = true").unwrap();
        let report = contract.report_file(&file).unwrap();
        assert!(report.passes(), "{report}");
    });
    assert!(
        profile < 300 && ranges < 150 && unique < 1100,
        "{profile} {ranges} {unique}"
    );
}

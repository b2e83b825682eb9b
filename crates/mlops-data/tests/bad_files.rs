//! Claims about files that are damaged, of the wrong kind or made to hurt: an error that says where, no panic, bounded memory.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]
#![expect(
    clippy::print_stdout,
    reason = "the memory and the cases are the finding"
)]
#![expect(clippy::disallowed_methods, reason = "tests make files of their own")]

#[path = "bad_files/bombs.rs"]
mod bombs;
mod memory;
#[path = "bad_files/mutations.rs"]
mod mutations;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Int32Array, ListArray, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use mlops_data::{Batches, DataError, File, Table, table};

/// Memory is measured for the whole process, so only one test may run at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a file at once and in batches.
fn both(path: &Path) -> [Result<usize, DataError>; 2] {
    let file = File::new(path);
    let at_once = Table::read(&file).map(|table| table.rows());
    let in_batches = Batches::read(&file).and_then(|batches| {
        let rows = batches.map(|batch| Ok(batch?.num_rows()));
        rows.sum()
    });
    [at_once, in_batches]
}

/// The message with its causes, and the help.
fn told(error: &DataError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text += &format!(": {next}");
        cause = next.source();
    }
    text + &error
        .help()
        .map(|help| format!("; {help}"))
        .unwrap_or_default()
}

/// Both ways of reading refuse the content, with these words.
fn refused(name: &str, content: impl AsRef<[u8]>, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    for found in both(&path) {
        let text = told(&found.unwrap_err());
        for word in words {
            assert!(text.contains(word), "{name}: `{word}` is not in `{text}`");
        }
    }
}

fn sample(rows: i64) -> Table {
    let ids: Vec<i64> = (0..rows).collect();
    let names: Vec<String> = ids.iter().map(|id| format!("name {}", id % 13)).collect();
    let shares: Vec<Option<f64>> = ids.iter().map(|id| (id % 5 > 0).then_some(0.5)).collect();
    table! { "id" => ids, "name" => names, "share" => shares }
}

fn parquet(table: &Table) -> Vec<u8> {
    let mut bytes = Vec::new();
    table.write_parquet(&mut bytes).unwrap();
    bytes
}

#[test]
fn another_encoding_is_named_with_its_line() {
    let _alone = alone();
    let text = "name,city\nJosé,Köln\n";
    let utf_16 = |mark: bool, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(order)
            .collect()
    };
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let words = ["line 1", "UTF-16", "convert"];
        refused("a.csv", utf_16(true, order), &words);
        refused("a.csv", utf_16(false, order), &words);
    }
    let latin_1: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    refused(
        "a.csv",
        latin_1,
        &["line 2: cell 1 is not UTF-8: byte 0xe9", "convert"],
    );
}

#[test]
fn nothing_a_folder_and_a_file_of_another_kind_are_refused() {
    let _alone = alone();
    for name in ["a.csv", "a.tsv", "a.parquet", "a.arrow", "a.arrows"] {
        refused(name, "", &[name]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        for found in both(&path) {
            assert_eq!(found.unwrap_err().code(), "data::source_unusable");
        }
    }
    let table = sample(100);
    refused(
        "a.parquet",
        table.to_ipc().unwrap(),
        &["no readable Parquet file", "extension"],
    );
    refused(
        "a.arrow",
        parquet(&table),
        &["no readable Arrow file", "extension"],
    );
    refused("a.arrow", "id,name\n1,a\n", &["no readable Arrow file"]);
    refused("a.csv", parquet(&table), &["line 1", "no text"]);
    refused("a.csv", table.to_ipc().unwrap(), &["line 1", "no text"]);
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    for text in ["id,name", "id,name\n", "\u{feff}id,name\r\n\r\n"] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(both(&path).map(Result::unwrap), [0, 0], "{text:?}");
    }
    let empty = sample(3).slice(0, 0);
    for (name, bytes) in [
        ("a.parquet", parquet(&empty)),
        ("a.arrow", empty.to_ipc().unwrap()),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(both(&path).map(Result::unwrap), [0, 0], "{name}");
    }
}

#[test]
fn a_cut_file_is_refused_at_every_length() {
    let _alone = alone();
    let table = sample(50);
    for (name, bytes) in [
        ("a.parquet", parquet(&table)),
        ("a.arrow", table.to_ipc().unwrap()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            for found in both(&path) {
                assert!(found.is_err(), "{name} cut at {length}");
            }
        }
    }
}

#[test]
fn a_cut_stream_is_refused_unless_it_is_cut_between_two_messages() {
    let _alone = alone();
    let batches: Vec<RecordBatch> = [sample(50), sample(30)]
        .iter()
        .flat_map(|table| table.batches().to_vec())
        .collect();
    let mut bytes = Vec::new();
    let mut ends = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &batches[0].schema()).unwrap();
    ends.push(writer.get_ref().len());
    for batch in &batches {
        writer.write(batch).unwrap();
        ends.push(writer.get_ref().len());
    }
    writer.finish().unwrap();
    drop(writer);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.arrows");
    for length in 0..=bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        // A stream may end without a mark: what came before is whole. Of the mark itself a half is damage.
        let whole = match length {
            length if length == bytes.len() => Some(2),
            length => ends.iter().position(|end| *end == length),
        };
        for found in both(&path) {
            match whole {
                Some(batches) => assert_eq!(found.unwrap(), [0, 50, 80][batches], "{length}"),
                None => assert!(found.is_err(), "cut at {length}"),
            }
        }
    }
}

#[test]
fn a_number_that_overflows_and_a_second_date_format_make_text_and_no_wrong_value() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let text = "n,x,day\n1,1e308,2024-01-31\n9223372036854775808,1e309,31.01.2024\n";
    std::fs::write(&path, text).unwrap();
    let table = Table::read(&File::new(&path)).unwrap();
    assert_eq!(
        table.texts("n").unwrap()[1].as_deref(),
        Some("9223372036854775808")
    );
    assert_eq!(
        table.texts("day").unwrap()[1].as_deref(),
        Some("31.01.2024")
    );
    // As a number it would be infinite, which nobody wrote.
    assert_eq!(table.texts("x").unwrap()[1].as_deref(), Some("1e309"));
    assert_eq!(both(&path).map(Result::unwrap), [2, 2]);
}

#[test]
fn lists_over_many_pages_are_read_as_they_were_written() {
    let _alone = alone();
    // In a column of lists the reader looks ahead at the header of the next page.
    let rows = (0..60_000_i32).map(|row| Some((0..row % 5).map(move |item| Some(row ^ item))));
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(rows);
    let numbers = Int32Array::from_iter_values(0..60_000);
    let columns: [(_, ArrayRef); 2] = [("lists", Arc::new(lists)), ("numbers", Arc::new(numbers))];
    let table = Table::try_from(RecordBatch::try_from_iter(columns).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    for rows_of_page in [1_000, 20_000] {
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
            let properties = WriterProperties::builder()
                .set_data_page_row_count_limit(rows_of_page)
                .set_compression(compression)
                .build();
            let file = std::fs::File::create(&path).unwrap();
            let mut writer =
                ArrowWriter::try_new(file, table.schema().clone(), Some(properties)).unwrap();
            for batch in table.batches() {
                writer.write(batch).unwrap();
            }
            writer.close().unwrap();
            assert_eq!(Table::read(&File::new(&path)).unwrap(), table);
            for found in both(&path) {
                assert_eq!(found.unwrap(), 60_000);
            }
        }
    }
}

//! Small files that claim much, and large ones without an end.

use std::io::Write;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use mlops_data::arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, Int64Array, NullArray, RecordBatch, RunArray,
    StringArray,
};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::writer::SerializedFileWriter;

use super::memory::peak;
use super::{alone, both, parquet, refused, told};
use mlops_data::{Batches, File, Table, table};

const MEGABYTE: u64 = 1 << 20;

fn refused_within(megabytes: u64, name: &str, content: impl AsRef<[u8]>, words: &[&str]) {
    let (peak, _) = peak(|| refused(name, content, words));
    let peak = peak / MEGABYTE;
    println!("{name}, {words:?}: {peak} MB");
    assert!(peak <= megabytes, "{peak} MB, {words:?}");
}

fn batch(column: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([("x", column)]).unwrap()
}

fn zeros(rows: usize) -> RecordBatch {
    batch(Arc::new(Int64Array::from(vec![0; rows])))
}

/// The bytes with one text replaced, wherever it stands.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = (0..=bytes.len() - old.len())
        .filter(|place| bytes[*place..].starts_with(old))
        .collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + old.len()].copy_from_slice(new);
    }
    bytes
}

#[test]
fn a_page_that_claims_two_gigabytes_is_refused_before_it_is_unpacked() {
    let _alone = alone();
    let bytes = parquet(&table! { "x" => (0..1000_i64).collect::<Vec<_>>() });
    // The header of the first page: its kind and its two sizes, which are varints.
    let varint =
        |start: usize| start + bytes[start..].iter().position(|byte| *byte < 0x80).unwrap();
    assert_eq!((bytes[4], bytes[6]), (0x15, 0x15));
    let unpacked_end = varint(7);
    let packed_end = varint(unpacked_end + 2);
    let mut packed = 0_u64;
    for (index, byte) in bytes[unpacked_end + 2..=packed_end].iter().enumerate() {
        packed |= u64::from(byte & 0x7f) << (7 * index);
    }
    let mut bomb = bytes[..7].to_vec();
    bomb.extend([0xfc, 0xff, 0xff, 0xff, 0x0f, 0x15]); // 2^31 - 2, in zigzag
    // The page gives up the bytes that its header took, so that the chunk ends where the footer says.
    let mut rest = packed - 2 * 8;
    while rest >= 0x80 {
        bomb.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bomb.push(rest as u8);
    bomb.extend(&bytes[packed_end + 1..]);
    let words = [
        "row group 0",
        "claims 2147483646 bytes, unpacked",
        "fetch or write",
    ];
    refused_within(200, "a.parquet", bomb, &words);
}

/// A file of so many equal row groups of a million zeros.
fn repeated(groups: usize) -> Vec<u8> {
    let table = Table::try_from(zeros(1_000_000)).unwrap();
    let one = bytes::Bytes::from(parquet(&table));
    let options = ArrowReaderOptions::new();
    let metadata = ArrowReaderMetadata::load(&one, options).unwrap();
    let schema = metadata.parquet_schema().root_schema_ptr();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Default::default()).unwrap();
    let column = metadata.metadata().row_group(0).column(0);
    for _ in 0..groups {
        let mut group = writer.next_row_group().unwrap();
        let close = ColumnCloseResult {
            bytes_written: column.compressed_size() as u64,
            rows_written: 1_000_000,
            metadata: column.clone(),
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        group.append_column(&one, close).unwrap();
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn a_billion_equal_values_are_no_table_and_are_read_in_batches() {
    let _alone = alone();
    let bytes = repeated(1000);
    let size = bytes.len();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, bytes).unwrap();
    let file = File::new(&path);
    let (peak, _) = peak(|| {
        let error = Table::read(&file).unwrap_err();
        assert_eq!(error.code(), "data::too_large");
        assert!(
            told(&error).contains("unpack to 8000000000 or more"),
            "{error}"
        );
        assert!(told(&error).contains("read them in batches"));
        let batches = Batches::read(&file).unwrap().take(200);
        let rows: usize = batches.map(|batch| batch.unwrap().num_rows()).sum();
        assert!(rows > 2_000_000, "{rows}");
    });
    println!("a billion zeros in {size} bytes: {} MB", peak / MEGABYTE);
    assert!(peak < 100 * MEGABYTE, "{peak}");
}

#[test]
fn rows_that_a_footer_promises_and_no_page_holds_are_missed() {
    let _alone = alone();
    let varint = |value: i64| {
        let mut rest = (value << 1) as u64;
        let mut bytes = Vec::new();
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    };
    let bytes = repeated(1);
    // In the footer alone: the page still holds a million.
    let (pages, footer) = bytes.split_at(bytes.len() - 200);
    let bent = replaced(footer, &varint(1_000_000), &varint(1_000_007));
    let words = ["row group 0", "it has 1000000 rows and claims 1000007"];
    refused("a.parquet", [pages, &bent].concat(), &words);
}

#[test]
fn a_buffer_that_claims_a_terabyte_is_refused_before_it_is_unpacked() {
    let _alone = alone();
    let batch = zeros(1_000_000);
    let options = IpcWriteOptions::default()
        .try_with_compression(Some(CompressionType::LZ4_FRAME))
        .unwrap();
    let mut writer =
        FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options.clone()).unwrap();
    writer.write(&batch).unwrap();
    let file = writer.into_inner().unwrap();
    let mut writer =
        StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    let stream = writer.into_inner().unwrap();
    for claimed in [1_u64 << 40, 3 << 30, 1 << 62] {
        for bytes in [&file, &stream] {
            let bomb = replaced(bytes, &8_000_000_u64.to_le_bytes(), &claimed.to_le_bytes());
            let words = [format!("claims {claimed}, unpacked")];
            refused_within(100, "a.arrow", bomb, &[&words[0]]);
        }
    }
}

#[test]
fn a_body_or_a_number_of_rows_beyond_the_file_is_refused() {
    let _alone = alone();
    // In one batch, also where a table is written in its canonical form.
    let batch = zeros(50_000);
    for as_stream in [false, true] {
        let bytes = if as_stream {
            let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.into_inner().unwrap()
        } else {
            Table::try_from(batch.clone()).unwrap().to_ipc().unwrap()
        };
        // The lengths of the body and of its one buffer, and of the rows.
        for old in [400_000_u64, 50_000] {
            for claimed in [1_u64 << 46, 1 << 62, u64::MAX] {
                let bomb = replaced(&bytes, &old.to_le_bytes(), &claimed.to_le_bytes());
                refused_within(100, "a.arrow", bomb, &["a.arrow"]);
            }
        }
    }
    let nothing =
        RecordBatch::try_from_iter([("x", Arc::new(NullArray::new(1 << 40)) as ArrayRef)]).unwrap();
    let mut writer = FileWriter::try_new(Vec::new(), &nothing.schema()).unwrap();
    writer.write(&nothing).unwrap();
    let bytes = writer.into_inner().unwrap();
    refused_within(100, "a.arrow", bytes, &["claims 1099511627776 rows"]);
}

fn arrow_file(column: ArrayRef) -> Vec<u8> {
    let batch = batch(column);
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_long_text_that_every_row_names_is_not_written_into_every_row() {
    let _alone = alone();
    let text: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(1 << 20)]));
    let names = Int32Array::from(vec![0; 100_000]);
    let bytes = arrow_file(Arc::new(DictionaryArray::new(names, text)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.arrow");
    std::fs::write(&path, bytes).unwrap();
    let (peak, _) = peak(|| {
        for found in both(&path) {
            let error = found.unwrap_err();
            assert_eq!(error.code(), "data::too_large", "{}", told(&error));
            assert!(told(&error).contains("column `x`"), "{}", told(&error));
        }
    });
    assert!(peak < 100 * MEGABYTE, "{peak}");
}

#[test]
fn runs_of_equal_values_and_rows_without_any_are_read_in_batches_however_many_they_are() {
    let _alone = alone();
    let rows = 300_000_000;
    let run =
        RunArray::<Int32Type>::try_new(&Int32Array::from(vec![rows]), &Int64Array::from(vec![7]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.arrow");
    std::fs::write(&path, arrow_file(Arc::new(run.unwrap()))).unwrap();
    let (peak, _) = peak(|| {
        let [at_once, in_batches] = both(&path);
        assert_eq!(at_once.unwrap_err().code(), "data::too_large");
        assert_eq!(in_batches.unwrap(), rows as usize);
    });
    assert!(peak < 100 * MEGABYTE, "{peak}");
    let nothing = arrow_file(Arc::new(NullArray::new(20_000_000)));
    std::fs::write(&path, nothing).unwrap();
    assert_eq!(both(&path).map(Result::unwrap), [20_000_000; 2]);
}

#[test]
fn a_quote_or_a_line_without_end_stops_at_a_bound_and_names_where_it_began() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let endless = "line 3: a row of more than 67108864 bytes begins here";
    for (start, filling, size, words) in [
        ("a,b\n1,2\n3,\"", "4,5 \n", 150_000_000, endless),
        ("a,b\n1,2\n", "0123456789", 150_000_000, endless),
        (
            "a,b\n",
            ",,,,,,,,,,",
            20_000_000,
            "line 2: more than 1048576 cells",
        ),
        (
            "",
            ",,,,,,,,,,",
            20_000_000,
            "line 1: more than 1048576 cells",
        ),
    ] {
        let path = folder.path().join("a.csv");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(start.as_bytes()).unwrap();
        let block = filling.repeat(100_000);
        for _ in 0..size / block.len() {
            file.write_all(block.as_bytes()).unwrap();
        }
        drop(file);
        let (peak, _) = peak(|| {
            for found in both(&path) {
                let text = told(&found.unwrap_err());
                assert!(text.contains(words), "{text}");
            }
        });
        println!("{words}: {} MB", peak / MEGABYTE);
        assert!(peak < 400 * MEGABYTE, "{words}: {peak}");
    }
}

//! Claims about the identity of tables: it is their content, and it comes back to the bit.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryViewBuilder, FixedSizeListBuilder, Float64Builder, Int64Builder, LargeListBuilder,
    ListBuilder, MapBuilder, StringBuilder, StringViewBuilder,
};
use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Float64Array, Int64Array, LargeStringArray, ListArray, NullArray,
    RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema};
use mlops_core::{Artifact, Digest, MemoryOutput};
use proptest::prelude::*;

use crate::{Table, table};

/// One row of everything; `None` makes every column null.
type Row = Option<(i64, u64, String, bool, Vec<Option<i64>>)>;

/// A table of every kind of column that a table holds.
fn everything(rows: &[Row]) -> Table {
    let get = |row: &Row| row.clone();
    let ints = rows.iter().map(|row| get(row).map(|row| row.0));
    let floats = rows
        .iter()
        .map(|row| get(row).map(|row| f64::from_bits(row.1)));
    let texts: Vec<Option<String>> = rows.iter().map(|row| get(row).map(|row| row.2)).collect();
    let bools: Vec<Option<bool>> = rows.iter().map(|row| get(row).map(|row| row.3)).collect();
    let lists: Vec<_> = rows.iter().map(|row| get(row).map(|row| row.4)).collect();

    let mut list = ListBuilder::new(Int64Builder::new());
    let mut large_list = LargeListBuilder::new(StringBuilder::new());
    let mut fixed = FixedSizeListBuilder::new(Float64Builder::new(), 2);
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    let mut view = StringViewBuilder::new();
    let mut binary_view = BinaryViewBuilder::new();
    for (items, text) in lists.iter().zip(&texts) {
        list.append_option(items.clone());
        for item in items.iter().flatten() {
            large_list
                .values()
                .append_option(item.map(|item| item.to_string()));
            map.keys().append_value("key");
            map.values().append_option(*item);
        }
        large_list.append(items.is_some());
        map.append(items.is_some()).unwrap();
        for item in 0..2 {
            let items = items.as_deref().unwrap_or(&[]);
            let number = items.get(item).copied().flatten().map(|item| item as f64);
            fixed.values().append_option(number);
        }
        fixed.append(items.is_some());
        view.append_option(text.as_deref());
        binary_view.append_option(text.as_deref());
    }
    let small = |text: &Option<String>| {
        text.as_ref()
            .map(|text| if text.len() > 2 { "long" } else { "short" })
    };
    let words: DictionaryArray<Int8Type> = texts.iter().map(small).collect();
    let nulls: NullBuffer = bools.iter().map(Option::is_some).collect();
    let inner: ArrayRef = Arc::new(Int64Array::from_iter(ints.clone()));
    let fields = vec![
        Field::new("a", DataType::Int64, true),
        Field::new("b", DataType::Utf8, true),
    ];
    let texts_array: ArrayRef = Arc::new(StringArray::from_iter(texts.iter()));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("int", Arc::clone(&inner)),
        ("float", Arc::new(Float64Array::from_iter(floats))),
        ("text", Arc::clone(&texts_array)),
        ("large", Arc::new(LargeStringArray::from_iter(texts.iter()))),
        ("binary", Arc::new(BinaryArray::from_iter(texts.iter()))),
        ("view", Arc::new(view.finish())),
        ("binary view", Arc::new(binary_view.finish())),
        ("bool", Arc::new(BooleanArray::from_iter(bools.iter()))),
        ("word", Arc::new(words)),
        ("null", Arc::new(NullArray::new(rows.len()))),
        ("list", Arc::new(list.finish())),
        ("large list", Arc::new(large_list.finish())),
        ("fixed list", Arc::new(fixed.finish())),
        ("map", Arc::new(map.finish())),
        (
            "struct",
            Arc::new(StructArray::new(
                fields.into(),
                vec![Arc::clone(&inner), texts_array],
                Some(nulls),
            )),
        ),
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from_iter(ints.clone()).with_timezone("UTC")),
        ),
        (
            "decimal",
            Arc::new(
                ints.map(|int| int.map(i128::from))
                    .collect::<Decimal128Array>(),
            ),
        ),
        (
            "fixed binary",
            Arc::new(
                FixedSizeBinaryArray::try_from_sparse_iter_with_size(
                    bools
                        .iter()
                        .map(|value| value.map(|value| [u8::from(value), 7])),
                    2,
                )
                .unwrap(),
            ),
        ),
    ];
    Table::from_columns(columns).unwrap()
}

fn row() -> impl Strategy<Value = Row> {
    let items = proptest::collection::vec(proptest::option::of(any::<i64>()), 0..4);
    let row = (
        any::<i64>(),
        any::<u64>(),
        "\\PC{0,20}",
        any::<bool>(),
        items,
    );
    proptest::option::weighted(0.8, row)
}

fn back(table: &Table) -> Table {
    let mut output = MemoryOutput::default();
    table.write(&mut output).unwrap();
    <Table as Artifact>::read(&output.into_input()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_rows_give_the_same_bytes_however_they_were_made(
        rows in proptest::collection::vec(row(), 0..40),
        others in proptest::collection::vec(row(), 1..10),
        chunk in 1usize..9,
    ) {
        let built = everything(&rows);
        let bytes = built.to_ipc().unwrap();

        let parts: Vec<Table> = rows.chunks(chunk).map(everything).collect();
        let chunked = if parts.is_empty() { built.clone() } else { Table::concat(&parts).unwrap() };
        prop_assert_eq!(&chunked.to_ipc().unwrap(), &bytes);
        prop_assert!(chunked == built);

        // Between other rows, then cut out, filtered out and taken out.
        let other = everything(&others);
        let between = everything(&[others.clone(), rows.clone(), others].concat());
        let range = other.rows()..other.rows() + rows.len();
        let sliced = between.slice(range.start, rows.len());
        prop_assert_eq!(&sliced.to_ipc().unwrap(), &bytes);
        let filtered = between.filter_rows(|row| range.contains(&row)).unwrap();
        prop_assert_eq!(&filtered.to_ipc().unwrap(), &bytes);
        let taken = between.take(&range.collect::<Vec<_>>()).unwrap();
        prop_assert_eq!(&taken.to_ipc().unwrap(), &bytes);

        let read = back(&sliced);
        prop_assert!(read == built);
        prop_assert_eq!(&read.to_ipc().unwrap(), &bytes);
    }

    #[test]
    fn a_damaged_file_is_an_error_or_another_table_and_never_a_crash(
        rows in proptest::collection::vec(row(), 1..5),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = everything(&rows).to_ipc().unwrap();
        let _ = Table::from_ipc(bytes[..cut.index(bytes.len())].to_vec());
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(table) = Table::from_ipc(bytes) {
            let _ = table.to_string();
            let _ = table.to_ipc();
        }
    }
}

#[test]
fn what_lies_under_a_null_or_after_the_end_does_not_count() {
    let nulls = || Some(NullBuffer::from(vec![true, false, true]));
    let texts = |under: &str| {
        let lengths = [1, under.len(), 1];
        let values = Buffer::from(format!("a{under}b").into_bytes());
        StringArray::new(OffsetBuffer::from_lengths(lengths), values, nulls())
    };
    let lists = |under: usize| {
        let items =
            Int64Array::from_iter_values((0..2 + under as i64).map(|i| if i == 0 { 7 } else { 8 }));
        let field = Arc::new(Field::new_list_field(DataType::Int64, true));
        ListArray::new(
            field,
            OffsetBuffer::from_lengths([1, under, 1]),
            Arc::new(items),
            nulls(),
        )
    };
    let structs = |under: i64| {
        let inner: ArrayRef = Arc::new(Int64Array::from(vec![1, under, 3]));
        StructArray::new(
            vec![Field::new("a", DataType::Int64, false)].into(),
            vec![inner],
            nulls(),
        )
    };
    let one: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::new(vec![1, 99, 3].into(), nulls())),
        Arc::new(BooleanArray::new(
            BooleanBuffer::new(Buffer::from([0b1111_1111u8]), 0, 3),
            nulls(),
        )),
        Arc::new(texts("hidden")),
        Arc::new(lists(4)),
        Arc::new(structs(5)),
        Arc::new(Int64Array::new(
            vec![1, 2, 3].into(),
            Some(NullBuffer::new_valid(3)),
        )),
    ];
    let two: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::new(vec![1, 0, 3].into(), nulls())),
        Arc::new(BooleanArray::new(
            BooleanBuffer::new(Buffer::from([0b0000_1010u8]), 1, 3),
            nulls(),
        )),
        Arc::new(texts("")),
        Arc::new(lists(0)),
        Arc::new(structs(0)),
        Arc::new(Int64Array::from(vec![1, 2, 3])),
    ];
    for (one, two) in one.into_iter().zip(two) {
        let (one, two) = (table! { "x" => one }, table! { "x" => two });
        assert_eq!(one.to_ipc().unwrap(), two.to_ipc().unwrap());
        assert_eq!(one, two);
        assert_eq!(back(&one), one);
    }
}

#[test]
fn large_tables_are_cut_at_the_same_rows() {
    let rows = 3 * super::BATCH_ROWS / 2;
    let table = table! { "n" => (0..rows as i64).collect::<Vec<_>>(), "s" => vec!["x"; rows] };
    let parts: Vec<Table> = (0..10)
        .map(|part| table.slice(part * 10_000, 10_000))
        .collect();
    let parts = Table::concat(&parts).unwrap();
    assert_eq!(parts.batches().len(), 10);
    assert_eq!(parts, table);
    let read = back(&parts);
    let lengths: Vec<_> = read.batches().iter().map(RecordBatch::num_rows).collect();
    assert_eq!(lengths, [super::BATCH_ROWS, rows - super::BATCH_ROWS]);
    assert_eq!(read.to_ipc().unwrap(), table.to_ipc().unwrap());
}

#[test]
fn floats_come_back_to_the_bit() {
    let bits = [
        f64::NAN.to_bits(),
        0x7ff8_0000_dead_beef,
        0xfff0_0000_0000_0001,
        (-0.0f64).to_bits(),
    ];
    let table = table! { "x" => bits.map(f64::from_bits) };
    let read = back(&table).numbers("x").unwrap();
    assert_eq!(
        read.into_iter()
            .map(|x| x.unwrap().to_bits())
            .collect::<Vec<_>>(),
        bits
    );
}

#[test]
fn metadata_of_extension_types_is_kept_in_one_order() {
    let field = || {
        let metadata = [("name", "uuid"), ("metadata", "b"), ("x", "c"), ("y", "d")]
            .map(|(key, value)| (format!("ARROW:extension:{key}"), value.to_owned()));
        Field::new("id", DataType::FixedSizeBinary(2), true).with_metadata(metadata.into())
    };
    let bytes = || {
        let column = FixedSizeBinaryArray::try_from_iter([[1u8, 2]].into_iter()).unwrap();
        let schema = Arc::new(Schema::new(vec![field()]));
        let batch = RecordBatch::try_new(schema, vec![Arc::new(column)]).unwrap();
        Table::try_from(batch).unwrap().to_ipc().unwrap()
    };
    let first = bytes();
    // Each hash map has its own random order.
    assert!((0..20).all(|_| bytes() == first));
    assert_eq!(Table::from_ipc(first).unwrap().schema().field(0), &field());
}

#[test]
fn the_bytes_of_a_table_are_pinned() {
    // When this fails after an upgrade of Arrow, every table in every store would get a new digest: say so in the change log.
    let table = everything(&[
        Some((1, 2, "text".to_owned(), true, vec![Some(1), None])),
        None,
        Some((
            -1,
            u64::MAX,
            "a text of more than twelve bytes".to_owned(),
            false,
            vec![],
        )),
    ]);
    assert_eq!(Digest::of(&table.to_ipc().unwrap()).short(), "d27a1393fd7a");
}

#[test]
fn a_stored_table_is_read_without_a_copy_and_a_misaligned_one_all_the_same() {
    let table = table! { "n" => (0..1000).collect::<Vec<i64>>(), "s" => vec!["some text"; 1000] };
    let bytes = bytes::Bytes::from(table.to_ipc().unwrap());
    // A map starts at a page; a vector starts where the allocator likes.
    let aligned = bytes.as_ptr().align_offset(8) == 0;
    let range = bytes.as_ptr_range();
    let read = Table::from_ipc(bytes.clone()).unwrap();
    let data = read.batches()[0].column(0).to_data();
    assert_eq!(range.contains(&data.buffers()[0].as_ptr()), aligned);

    let mut shifted = vec![0];
    shifted.extend_from_slice(&bytes);
    let shifted = bytes::Bytes::from(shifted).slice(1..);
    assert_eq!(Table::from_ipc(shifted).unwrap(), table);
}

#[test]
fn a_table_is_described_by_its_rows_and_columns() {
    let description = table! { "n" => [1, 2], "s" => ["a", "b"] }.describe();
    assert_eq!(description.rows, Some(2));
    let columns: Vec<_> = description
        .columns
        .iter()
        .map(|c| (c.name.as_str(), c.data_type.as_str()))
        .collect();
    assert_eq!(columns, [("n", "Int64"), ("s", "Utf8")]);
}

#[test]
fn tables_without_rows_or_columns_come_back() {
    let none = everything(&[]);
    assert_eq!(back(&none), none);
    assert_eq!(back(&none).schema(), none.schema());
    let columnless = table! { "n" => [1, 2] }.select(&[]).unwrap();
    assert_eq!(back(&columnless).rows(), 2);
    assert_eq!(back(&table! {}), table! {});
}

#[test]
fn what_is_no_arrow_file_is_an_error() {
    for bytes in [
        &b""[..],
        b"ARROW1",
        b"ARROW1\0\0",
        b"a,b\n1,2\n",
        b"ARROW1\0\0\xff\xff\xff\x7fARROW1",
    ] {
        let error = Table::from_ipc(bytes.to_vec()).unwrap_err();
        assert_eq!(error.code(), "data::unreadable_table", "{error}");
    }
}

#[test]
fn streams_and_compressed_files_of_others_are_read() {
    let table = everything(&[Some((1, 2, "x".to_owned(), true, vec![Some(1)])), None]);
    let mut stream = Vec::new();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut stream, table.schema()).unwrap();
    table
        .batches()
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    assert_eq!(Table::from_ipc(stream).unwrap(), table);

    let compressed = arrow_ipc::writer::IpcWriteOptions::default()
        .try_with_compression(Some(arrow_ipc::CompressionType::LZ4_FRAME))
        .unwrap();
    let mut file = Vec::new();
    let mut writer =
        arrow_ipc::writer::FileWriter::try_new_with_options(&mut file, table.schema(), compressed)
            .unwrap();
    table
        .batches()
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    assert_eq!(Table::from_ipc(file).unwrap(), table);
}

#[test]
fn parquet_gives_the_rows_back() {
    let table = everything(&[
        Some((1, 2, "x".to_owned(), true, vec![Some(1), None])),
        None,
        Some((3, f64::NAN.to_bits(), String::new(), false, vec![])),
    ]);
    let mut bytes = Vec::new();
    table.write_parquet(&mut bytes).unwrap();
    assert_eq!(Table::from_parquet(bytes).unwrap(), table);
    let mut empty = Vec::new();
    table.slice(0, 0).write_parquet(&mut empty).unwrap();
    assert_eq!(Table::from_parquet(empty).unwrap(), table.slice(0, 0));
    assert_eq!(
        Table::from_parquet(&b"PAR1"[..]).unwrap_err().code(),
        "data::unreadable_table"
    );
    assert_eq!(
        Table::from_parquet(&b""[..]).unwrap_err().code(),
        "data::unreadable_table"
    );
}

#[test]
fn a_file_compressed_with_zstd_is_read_or_says_what_is_missing() {
    for name in ["zstd.parquet", "zstd.arrow"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/files")
            .join(name);
        let read = Table::read(&crate::File::new(path));
        if cfg!(feature = "zstd") {
            assert_eq!(read.unwrap().integers("n").unwrap()[0], Some(1));
        } else {
            let error = read.unwrap_err();
            assert_eq!(error.code(), "data::codec_not_built_in", "{error:?}");
            assert_eq!(error.help().unwrap(), "build with the feature `zstd`");
        }
    }
}

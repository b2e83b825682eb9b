//! Claims about the Arrow C stream interface: run with `--features ffi`.
#![cfg(feature = "ffi")]

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int64Array, ListArray, RecordBatch, RecordBatchIterator,
};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use mlops_data::arrow::array::ffi_stream::FFI_ArrowArrayStream;
use mlops_data::{Table, table};

#[test]
fn a_table_survives_the_way_through_c_whatever_its_columns_and_batches() {
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
    ]));
    let table = table! {
        "i" => [Some(1), None, Some(i64::MIN)],
        "f" => [f64::NAN, -0.0, 1e300],
        "s" => [Some("ü"), None, Some("")],
        "b" => [Some(true), None, Some(false)],
        "d" => [jiff::civil::date(2024, 2, 29), jiff::civil::date(1900, 1, 1), jiff::civil::date(1970, 1, 1)],
        "t" => [Some(jiff::Timestamp::UNIX_EPOCH), None, Some(jiff::Timestamp::MAX)],
        "l" => list,
        "n" => [None::<i64>, None, None],
    };
    let cut = Table::concat(&[table.slice(0, 1), table.slice(1, 2)]).unwrap();
    for table in [&table, &cut, &table.slice(1, 1), &table.slice(0, 0)] {
        let back = Table::from_stream(table.to_stream()).unwrap();
        assert_eq!(&back, table);
        assert_eq!(back.to_ipc().unwrap(), table.to_ipc().unwrap());
    }
}

#[test]
fn values_live_as_long_as_whoever_took_them() {
    let stream = {
        let table = table! { "x" => (0..10_000).collect::<Vec<_>>() };
        table.to_stream()
    };
    let back = Table::from_stream(stream).unwrap();
    let moved = std::thread::spawn(move || back.integers("x").unwrap().len());
    assert_eq!(moved.join().unwrap(), 10_000);
    // One that nobody takes is released when it is dropped.
    drop(table! { "x" => [1] }.to_stream());
}

#[test]
fn what_another_library_stores_in_its_own_way_becomes_plain() {
    let words: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    let schema = Arc::new(Schema::new(vec![Field::new(
        "word",
        words.data_type().clone(),
        true,
    )]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(words)]).unwrap();
    let reader = RecordBatchIterator::new([Ok(batch)], schema);
    let table = Table::from_stream(FFI_ArrowArrayStream::new(Box::new(reader))).unwrap();
    assert_eq!(table, table! { "word" => ["a", "b", "a"] });
}

#[test]
fn a_stream_that_was_released_or_fails_is_an_error() {
    let error = Table::from_stream(FFI_ArrowArrayStream::empty()).unwrap_err();
    assert_eq!(error.code(), "data::unreadable_table", "{error}");
    let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::Int64, true)]));
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column]).unwrap();
    let broken = Err(ArrowError::ComputeError(
        "the other side gave up".to_owned(),
    ));
    let reader = RecordBatchIterator::new([Ok(batch), broken], schema);
    let error = Table::from_stream(FFI_ArrowArrayStream::new(Box::new(reader))).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("the other side gave up"), "{cause}");
}

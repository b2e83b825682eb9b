//! Claims about tables.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array,
    RecordBatch, UInt64Array,
};
use arrow_schema::{DataType, Field, Schema};

use crate::{DataError, Table, table};

fn chunked(table: &Table, rows: usize) -> Table {
    let parts = (0..table.rows().div_ceil(rows)).map(|part| table.slice(part * rows, rows));
    Table::concat(&parts.collect::<Vec<_>>()).unwrap()
}

fn letters() -> Table {
    table! {
        "id" => [1, 2, 3, 4, 5],
        "group" => [Some("b"), None, Some("a"), Some("b"), Some("a")],
        "x" => [1.5, f64::NAN, -0.0, 0.0, 2.0],
        "flag" => [true, false, true, true, false],
    }
}

#[test]
fn literals_without_suffix_are_64_bits_wide() {
    let table = table! {
        "i" => [1, 2],
        "u" => vec![1u32, 2],
        "f" => &[1.0f32, 2.0][..],
        "s" => ["a".to_owned(), "b".to_owned()],
        "n" => [None, Some(1)],
        "d" => [jiff::civil::date(1970, 1, 2), jiff::civil::date(1969, 12, 31)],
        "t" => [Some(jiff::Timestamp::UNIX_EPOCH), None],
        "a" => Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef,
    };
    let types: Vec<String> = table
        .schema()
        .fields()
        .iter()
        .map(|field| field.data_type().to_string())
        .collect();
    assert_eq!(
        types,
        [
            "Int64",
            "UInt32",
            "Float32",
            "Utf8",
            "Int64",
            "Date32",
            "Timestamp(µs, \"UTC\")",
            "Int32"
        ]
    );
    assert!(table.to_string().contains("1970-01-02") && table.to_string().contains("1969-12-31"));
    assert_eq!(table! {}.rows(), 0);
}

#[test]
#[should_panic(expected = "column `b` has 1 rows, the table has 2")]
fn columns_of_different_lengths_are_a_mistake_in_the_test() {
    let _ = table! { "a" => [1, 2], "b" => [1] };
}

#[test]
fn an_unknown_column_names_the_others_and_the_nearest() {
    let error = letters().column("grup").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no column `grup` among `id`, `group`, `x`, `flag`"
    );
    assert_eq!(error.help().unwrap(), "did you mean `group`?");
    assert_eq!(error.code(), "data::unknown_column");
}

#[test]
fn values_are_read_by_type_and_refused_by_type() {
    let table = letters();
    assert_eq!(table.numbers("id").unwrap()[4], Some(5.0));
    assert_eq!(table.numbers("flag").unwrap()[1], Some(0.0));
    assert_eq!(table.integers("flag").unwrap()[0], Some(1));
    assert_eq!(table.booleans("flag").unwrap()[2], Some(true));
    assert_eq!(
        table.texts("group").unwrap()[..2],
        [Some("b".to_owned()), None]
    );
    for error in [
        table.numbers("group").unwrap_err(),
        table.integers("x").unwrap_err(),
        table.texts("id").unwrap_err(),
        table.booleans("id").unwrap_err(),
    ] {
        assert_eq!(error.code(), "data::column_type");
    }
    let large = table! { "u" => [1, u64::MAX] };
    assert_eq!(
        large.integers("u").unwrap_err().to_string(),
        "column `u`, row 1: the value is larger than 9223372036854775807"
    );
    let unknown = table
        .with_column("nothing", Arc::new(arrow_array::NullArray::new(5)))
        .unwrap();
    assert_eq!(unknown.numbers("nothing").unwrap(), [None; 5]);
    assert_eq!(unknown.texts("nothing").unwrap(), vec![None; 5]);
    assert_eq!(unknown.booleans("nothing").unwrap(), [None; 5]);
}

#[test]
fn columns_are_chosen_dropped_added_and_renamed() {
    let table = chunked(&letters(), 2);
    assert_eq!(table.batches().len(), 3);
    assert_eq!(table.select(&["x", "id"]).unwrap().columns(), ["x", "id"]);
    assert_eq!(
        table.without(&["x", "flag"]).unwrap().columns(),
        ["id", "group"]
    );
    assert!(table.select(&["x", "x"]).is_err());
    assert!(table.without(&["y"]).is_err());
    assert_eq!(table.select(&[]).unwrap().rows(), 5);
    assert_eq!(table.select(&[]).unwrap().take(&[0, 4]).unwrap().rows(), 2);

    let wider = table
        .with_numbers("y", vec![Some(1.0), None, None, None, Some(5.0)])
        .unwrap();
    assert_eq!(wider.columns(), ["id", "group", "x", "flag", "y"]);
    assert_eq!(wider.slice(4, 1).numbers("y").unwrap(), [Some(5.0)]);
    let replaced = wider
        .with_texts("id", vec![Some("a".to_owned()); 5])
        .unwrap();
    assert_eq!(replaced.columns(), wider.columns());
    assert_eq!(
        table.with_numbers("y", vec![]).unwrap_err().to_string(),
        "column `y` has 0 rows, the table has 5"
    );
    assert_eq!(
        table! {}.with_integers("a", vec![Some(1)]).unwrap(),
        table! { "a" => [1] }
    );

    assert_eq!(
        table.rename("x", "y").unwrap().columns(),
        ["id", "group", "y", "flag"]
    );
    assert_eq!(
        table.rename("x", "id").unwrap_err().code(),
        "data::duplicate_column"
    );
}

#[test]
fn rows_are_filtered_taken_and_cut_across_batches() {
    let whole = letters();
    for table in [whole.clone(), chunked(&whole, 2), chunked(&whole, 1)] {
        let kept = table.filter_rows(|row| row % 2 == 0).unwrap();
        assert_eq!(kept, whole.take(&[0, 2, 4]).unwrap());
        assert_eq!(
            table.take(&[4, 0, 0]).unwrap().integers("id").unwrap(),
            [Some(5), Some(1), Some(1)]
        );
        assert_eq!(table.slice(1, 3), whole.take(&[1, 2, 3]).unwrap());
        assert_eq!(table.slice(3, 100).rows(), 2);
        assert_eq!(table.slice(100, 1).rows(), 0);
        assert_eq!(
            table.take(&[5]).unwrap_err().code(),
            "data::row_out_of_range"
        );
        assert_eq!(table.take(&[]).unwrap(), whole.slice(0, 0));
    }
    let mask = BooleanArray::from(vec![Some(true), None, Some(false), None, Some(true)]);
    assert_eq!(whole.filter(&mask).unwrap(), whole.take(&[0, 4]).unwrap());
    assert!(whole.filter(&BooleanArray::from(vec![true])).is_err());
}

#[test]
fn a_sort_is_stable_and_puts_nulls_last_both_ways() {
    let table = chunked(&letters(), 2);
    let ids = |table: &Table| {
        table
            .integers("id")
            .unwrap()
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&table.sort(&["group"]).unwrap()), [3, 5, 1, 4, 2]);
    assert_eq!(
        ids(&table.sort_descending(&["group"]).unwrap()),
        [1, 4, 3, 5, 2]
    );
    assert_eq!(ids(&table.sort(&["group", "x"]).unwrap()), [3, 5, 4, 1, 2]);
    assert_eq!(ids(&table.sort(&["x"]).unwrap()), [3, 4, 1, 5, 2]);
    assert!(table.sort(&["nope"]).is_err());
    assert_eq!(table.sort(&[]).unwrap(), table);
}

#[test]
fn tables_are_put_together_when_their_columns_match() {
    let table = letters();
    let twice = Table::concat(&[table.clone(), table.clone()]).unwrap();
    assert_eq!(twice.rows(), 10);
    assert_eq!(twice.slice(5, 5), table);
    assert!(Table::concat(&[]).unwrap().columns().is_empty());

    let error = Table::concat(&[table.clone(), table.rename("x", "y").unwrap()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the columns do not match: column 3 is `y`, not `x`"
    );
    assert!(Table::concat(&[table.clone(), table.without(&["x"]).unwrap()]).is_err());
    assert!(Table::concat(&[table.without(&["flag"]).unwrap(), table]).is_err());

    let unknown = table! { "a" => Arc::new(arrow_array::NullArray::new(1)) as ArrayRef };
    let known = table! { "a" => ["x"] };
    let expected = table! { "a" => [None, Some("x")] };
    assert_eq!(
        Table::concat(&[unknown.clone(), known.clone()]).unwrap(),
        expected
    );
    let back = Table::concat(&[known, unknown]).unwrap();
    assert_eq!(back.texts("a").unwrap(), [Some("x".to_owned()), None]);
}

#[test]
fn equality_is_by_bits_and_not_by_batches() {
    let one = table! { "x" => [f64::NAN, 0.0] };
    assert_eq!(one, table! { "x" => [f64::NAN, 0.0] });
    assert_ne!(one, table! { "x" => [f64::NAN, -0.0] });
    assert_ne!(
        one,
        table! { "x" => [f64::from_bits(0x7ff8_0000_dead_beef), 0.0] }
    );
    assert_ne!(one, table! { "y" => [f64::NAN, 0.0] });
    assert_ne!(one, table! { "x" => [f64::NAN, 0.0, 1.0] });
    assert_eq!(chunked(&letters(), 2), letters());
}

#[test]
fn a_table_holds_values_and_not_how_they_were_stored() {
    let words: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    let table = table! { "w" => Arc::new(words) as ArrayRef };
    assert_eq!(table, table! { "w" => ["a", "b", "a"] });

    let noted = Field::new("w", DataType::Utf8, true)
        .with_metadata([("PARQUET:field_id".to_owned(), "1".to_owned())].into());
    let schema =
        Schema::new_with_metadata(vec![noted], [("pandas".to_owned(), "{}".to_owned())].into());
    let batch = RecordBatch::try_new(Arc::new(schema), vec![table.column("w").unwrap()]).unwrap();
    assert_eq!(Table::try_from(batch).unwrap(), table);

    let field = Field::new("w", DataType::Int64, false);
    let twice = Schema::new(vec![field.clone(), field]);
    assert_eq!(
        Table::empty(Arc::new(twice)).unwrap_err().code(),
        "data::duplicate_column"
    );
    let union = DataType::Union(
        [(0i8, Arc::new(Field::new("a", DataType::Int64, true)))]
            .into_iter()
            .collect(),
        arrow_schema::UnionMode::Sparse,
    );
    let error =
        Table::empty(Arc::new(Schema::new(vec![Field::new("u", union, true)]))).unwrap_err();
    assert!(matches!(error, DataError::UnsupportedType { .. }));
}

#[test]
fn batches_of_another_schema_are_refused() {
    let table = letters();
    let other = table! { "id" => [1] };
    let error = Table::from_batches(Arc::clone(table.schema()), other.batches().to_vec());
    assert_eq!(
        error.unwrap_err().to_string(),
        "the columns do not match: there are 1 columns, not 4"
    );
}

#[test]
fn a_table_shows_its_size_and_first_rows() {
    let table = table! { "id" => (0..12).collect::<Vec<_>>(), "name" => vec![Some("a\nb"); 12] };
    let shown = table.to_string();
    assert!(
        shown.starts_with("12 rows × 2 columns\n  id     name\n  Int64  Utf8\n  0      a\\nb\n"),
        "{shown}"
    );
    assert!(shown.ends_with("  … 2 more"), "{shown}");
    assert_eq!(
        table! { "a" => [None::<bool>] }.to_string(),
        "1 row × 1 column\n  a\n  Boolean\n  –"
    );
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Customer {
    id: String,
    tenure: i64,
    total: Option<f64>,
    plan: Plan,
    small: u8,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
enum Plan {
    Monthly,
    Yearly,
}

fn customers() -> Vec<Customer> {
    let customer = |id: &str, total, plan| Customer {
        id: id.to_owned(),
        tenure: 3,
        total,
        plan,
        small: 7,
    };
    vec![
        customer("a", None, Plan::Monthly),
        customer("b", Some(f64::NAN), Plan::Yearly),
    ]
}

#[test]
fn rows_become_structs_and_come_back() {
    let table = Table::from_rows(&customers()).unwrap();
    assert_eq!(table.columns(), ["id", "tenure", "total", "plan", "small"]);
    assert_eq!(table.texts("plan").unwrap()[1].as_deref(), Some("Yearly"));
    let back: Vec<Customer> = chunked(&table, 1).to_rows().unwrap();
    assert_eq!(back[0], customers()[0]);
    assert!(back[1].total.unwrap().is_nan());

    let none: &[Customer] = &[];
    assert_eq!(Table::from_rows(none).unwrap(), table.slice(0, 0));
    assert!(table.slice(0, 0).to_rows::<Customer>().unwrap().is_empty());
}

#[test]
fn rows_are_read_from_wider_types_and_mismatches_are_named() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Narrow {
        small: f64,
        n: u32,
    }
    let table = table! { "n" => [1], "small" => [7], "other" => ["x"] };
    assert_eq!(
        table.to_rows::<Narrow>().unwrap(),
        [Narrow { small: 7.0, n: 1 }]
    );
    for wrong in [
        table! { "n" => [1] },
        table! { "n" => [-1], "small" => [7] },
        table! { "n" => [None::<i64>], "small" => [7] },
        table! { "n" => ["x"], "small" => [7] },
    ] {
        let error = wrong.to_rows::<Narrow>().unwrap_err();
        assert_eq!(error.code(), "data::rows_mismatch");
        assert!(error.to_string().contains("Narrow"), "{error}");
        println!("{error}");
    }
}

#[test]
fn a_time_in_a_row_keeps_its_text() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Event {
        at: jiff::Timestamp,
    }
    let events = [Event {
        at: jiff::Timestamp::UNIX_EPOCH,
    }];
    let table = Table::from_rows(&events).unwrap();
    assert_eq!(table.to_rows::<Event>().unwrap(), events);
}

#[test]
fn a_split_is_exact_repeatable_and_depends_on_its_seed() {
    let table = table! { "x" => (0..1000).collect::<Vec<i64>>() };
    let (training, test) = table.split(0.25, 7).unwrap();
    assert_eq!((training.rows(), test.rows()), (750, 250));
    assert_eq!(
        chunked(&table, 7).split(0.25, 7).unwrap(),
        (training.clone(), test.clone())
    );
    assert_ne!(table.split(0.25, 8).unwrap().1, test);
    let both = Table::concat(&[training.clone(), test.clone()]).unwrap();
    assert_eq!(both.sort(&["x"]).unwrap(), table);
    assert_eq!(test.sort(&["x"]).unwrap(), test);
    // Pinned: a new version must not move rows.
    assert_eq!(
        test.slice(0, 4).integers("x").unwrap(),
        PINNED_SPLIT.map(Some)
    );
    assert_eq!(table.split(0.0, 7).unwrap().1.rows(), 0);
    assert_eq!(table.split(1.0, 7).unwrap().0.rows(), 0);
    for wrong in [-0.1, 1.1, f64::NAN] {
        assert_eq!(
            table.split(wrong, 7).unwrap_err().code(),
            "data::not_a_fraction"
        );
        assert_eq!(
            table.split_by_key(wrong, "x").unwrap_err().code(),
            "data::not_a_fraction"
        );
    }
    assert_eq!(table.slice(0, 0).split(0.5, 7).unwrap().0.rows(), 0);
}

const PINNED_SPLIT: [i64; 4] = [1, 8, 10, 21];

#[test]
fn a_split_by_key_keeps_keys_together_and_rows_where_they_were() {
    let names: Vec<String> = (0..2000).map(|i| format!("customer {}", i % 500)).collect();
    let table = table! { "name" => names, "i" => (0..2000).collect::<Vec<_>>() };
    let (training, test) = table.split_by_key(0.2, "name").unwrap();
    let keys = |table: &Table| {
        let names = table.texts("name").unwrap().into_iter().flatten();
        names.collect::<std::collections::BTreeSet<_>>()
    };
    assert!(keys(&training).is_disjoint(&keys(&test)));
    assert!(
        (60..140).contains(&keys(&test).len()),
        "{}",
        keys(&test).len()
    );
    let (_, fewer) = table.slice(0, 700).split_by_key(0.2, "name").unwrap();
    assert_eq!(fewer, test.slice(0, fewer.rows()));
    let (_, more) = table.split_by_key(0.4, "name").unwrap();
    assert!(keys(&test).is_subset(&keys(&more)));
    assert!(table.split_by_key(0.2, "nmae").is_err());
    assert_eq!(table.split_by_key(1.0, "name").unwrap().0.rows(), 0);

    // The width in which a key is stored does not move it.
    let wide = Arc::new(Int64Array::from_iter_values(0..100)) as ArrayRef;
    let narrow = Arc::new(Int32Array::from_iter_values(0..100)) as ArrayRef;
    let unsigned = Arc::new(UInt64Array::from_iter_values(0..100)) as ArrayRef;
    let rows = |keys: ArrayRef| {
        let table = table! { "k" => keys, "i" => (0..100).collect::<Vec<_>>() };
        table
            .split_by_key(0.5, "k")
            .unwrap()
            .1
            .integers("i")
            .unwrap()
    };
    assert_eq!(rows(Arc::clone(&wide)), rows(narrow));
    assert_eq!(rows(wide), rows(unsigned));
    let others: [ArrayRef; 3] = [
        Arc::new(Float64Array::from(vec![Some(1.0), None])),
        Arc::new(BooleanArray::from(vec![true, false])),
        Arc::new(arrow_array::NullArray::new(2)),
    ];
    for other in others {
        assert_eq!(other.len(), 2);
        assert!(table! { "k" => other }.split_by_key(0.5, "k").is_ok());
    }
}

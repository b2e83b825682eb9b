//! Claims about comma-separated values.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};

use crate::{CsvOptions, DataError, File, Table, table};

fn read(text: &str) -> Result<Table, DataError> {
    Table::from_csv_str(text, &CsvOptions::new())
}

fn problem(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn a_blank_among_numbers_is_missing_and_the_column_stays_numeric() {
    let table = read("id,total\na,29.85\nb, \nc,\nd,\t\ne, 7 \n").unwrap();
    let expected = table! {
        "id" => ["a", "b", "c", "d", "e"],
        "total" => [Some(29.85), None, None, None, Some(7.0)],
    };
    assert_eq!(table, expected);
}

#[test]
fn quotes_hide_commas_line_ends_and_quotes() {
    let expected = table! { "a" => ["x, y", "1\n2", "he said \"no\""], "b" => [1, 2, 3] };
    let text = "a,b\n\"x, y\",1\n\"1\n2\",2\n\"he said \"\"no\"\"\",3\n";
    assert_eq!(read(text).unwrap(), expected);
    assert_eq!(read(text.trim_end()).unwrap(), expected);
    let windows = text.replace('\n', "\r\n");
    let within = table! { "a" => ["x, y", "1\r\n2", "he said \"no\""], "b" => [1, 2, 3] };
    assert_eq!(read(&windows).unwrap(), within);
    assert_eq!(
        read("a,b\n  x ,\"\"\n").unwrap().texts("a").unwrap()[0].as_deref(),
        Some("  x ")
    );
    assert_eq!(
        read("5\" disk,b\n7\" x,1\n").unwrap().columns(),
        ["5\" disk", "b"]
    );
}

#[test]
fn a_byte_order_mark_and_blank_lines_are_no_content() {
    let table = read("\u{feff}\"a\",b\r\n\r\n1,2\r\n\r\n").unwrap();
    assert_eq!(table, table! { "a" => [1], "b" => [2] });
}

#[test]
fn a_file_without_rows_has_columns_and_an_empty_one_is_an_error() {
    let table = read("a,b\n").unwrap();
    assert_eq!((table.columns(), table.rows()), (vec!["a", "b"], 0));
    assert_eq!(table.schema().field(0).data_type(), &DataType::Null);
    assert_eq!(table.numbers("a").unwrap(), []);
    assert_eq!(problem(""), "the text, line 1: the file is empty");
    assert_eq!(problem("\n\r\n"), "the text, line 1: the file is empty");
}

#[test]
fn a_column_without_values_has_no_type_yet() {
    let table = read("a,b\n1,\n2, \n").unwrap();
    assert_eq!(table.schema().field(1).data_type(), &DataType::Null);
    assert_eq!(table.texts("b").unwrap(), [None, None]);
    let more = read("a,b\n3,x\n").unwrap();
    assert_eq!(
        Table::concat(&[table, more]).unwrap().texts("b").unwrap()[2].as_deref(),
        Some("x")
    );
}

#[test]
fn errors_name_the_line() {
    let cases = [
        ("a,b\n1,2\n3\n", "the text, line 3: 1 cell, but 2 columns"),
        (
            "a,b\r\n\r\n\"x\r\ny\",2\r\n\r\n1,2,3\r\n",
            "the text, line 6: 3 cells, but 2 columns",
        ),
        (
            "a\n1\n\"2\n3\n",
            "the text, line 3: a quote of this row is never closed",
        ),
        (
            "a,b\n\"x\"y,2\n",
            "the text, line 2: text follows a closing quote; quotes within a quoted cell are doubled",
        ),
        (
            "a,b\r1,2\r",
            "the text, line 1: a carriage return without a line feed outside of quotes",
        ),
        ("a,a\n1,2\n", "the text, line 1: two columns are named `a`"),
    ];
    for (text, expected) in cases {
        assert_eq!(problem(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_not_utf_8_is_named_and_not_replaced() {
    let error =
        super::read("x.csv", &b"a,b\n1,2\n3,Z\xfcrich\n"[..], &CsvOptions::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "x.csv, line 3: cell 2 is not UTF-8: byte 0xfc"
    );
    let utf16: Vec<u8> = "\u{feff}a,b\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(super::read("x.csv", &*utf16, &CsvOptions::new()).is_err());
}

#[test]
fn given_types_are_kept_to() {
    let options = CsvOptions::new().column_type("zip", DataType::Utf8);
    let table = Table::from_csv_str("zip,n\n1234,1\n", &options).unwrap();
    assert_eq!(table, table! { "zip" => ["1234"], "n" => [1] });
    let error = Table::from_csv_str("zap,n\n1,1\n", &options).unwrap_err();
    assert_eq!(error.help().unwrap(), "did you mean `zap`?");

    let schema = Arc::new(Schema::new(vec![
        Field::new("n", DataType::Int32, false),
        Field::new("x", DataType::Decimal128(10, 2), true),
        Field::new("day", DataType::Date32, true),
    ]));
    let options = CsvOptions::new().schema(Arc::clone(&schema));
    let table = Table::from_csv_str("x,day,n\n1.5,2024-07-01,1\n,,2\n", &options).unwrap();
    assert_eq!(table.schema(), &schema);
    assert_eq!(table.numbers("x").unwrap(), [Some(1.5), None]);
    for (text, expected) in [
        (
            "x,day,n\n1,,1\n1,, \n",
            "the text, line 3: column `n` must have a value",
        ),
        (
            "x,day,n\n1,,1\n\n\n1,,1.5\n",
            "the text, line 5: column `n`: `1.5` is no Int32",
        ),
        ("x,n\n1,1\n", "there is no column `day` among `x`, `n`"),
        (
            "x,y,day,n\n1,1,,1\n",
            "the columns do not match: the text has a column `y` that the schema has not",
        ),
    ] {
        let error = Table::from_csv_str(text, &options).unwrap_err().to_string();
        assert_eq!(error, expected);
    }
}

#[test]
fn options_change_what_is_read() {
    let options = CsvOptions::new()
        .delimiter(b';')
        .header(false)
        .missing("NA");
    let table = Table::from_csv_str("1;a\n NA ;b\n", &options).unwrap();
    assert_eq!(
        table,
        table! { "column_1" => [Some(1), None], "column_2" => ["a", "b"] }
    );

    let options = CsvOptions::new().infer_rows(1);
    let error = Table::from_csv_str("a\n1\n2.5\n", &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the text, line 3: column `a`: `2.5` is no Int64"
    );
    assert_eq!(
        read("a,,c\n1,2,3\n").unwrap().columns(),
        ["a", "column_2", "c"]
    );
}

#[test]
fn times_are_read_and_written() {
    let text = "day,local,zoned\n2024-07-01,2024-07-01 12:00:00,2024-07-01T12:00:00+02:00\n,,\n";
    let table = read(text).unwrap();
    let at: jiff::Timestamp = "2024-07-01T10:00:00Z".parse().unwrap();
    let expected = table! { "day" => [Some(jiff::civil::date(2024, 7, 1)), None], "zoned" => [Some(at), None] };
    assert_eq!(table.without(&["local"]).unwrap(), expected);
    let mut written = Vec::new();
    table.write_csv(&mut written).unwrap();
    let written = String::from_utf8(written).unwrap();
    assert_eq!(read(&written).unwrap(), table, "{written}");
}

#[test]
fn what_is_written_is_read_back() {
    let table = table! {
        "n" => [Some(1), None, Some(i64::MIN)],
        "x" => [0.1 + 0.2, f64::INFINITY, 5e-324],
        "s" => [Some("a,\"b\"\r\n"), None, Some("é")],
        "b" => [true, false, true],
    };
    let mut written = Vec::new();
    table.write_csv(&mut written).unwrap();
    assert_eq!(read(std::str::from_utf8(&written).unwrap()).unwrap(), table);
    let one = table! { "a" => [Some(1), None, Some(2)] };
    let mut written = Vec::new();
    one.write_csv(&mut written).unwrap();
    assert_eq!(read(std::str::from_utf8(&written).unwrap()).unwrap(), one);
    let mut header = Vec::new();
    table.slice(0, 0).write_csv(&mut header).unwrap();
    assert_eq!(header, b"n,x,s,b\n");
}

#[test]
fn many_rows_make_several_batches_of_one_type() {
    let mut text = "n,x\n".to_owned();
    for row in 0..150_000 {
        text.push_str(&format!(
            "{row},{}\n",
            if row == 149_999 { "2.5" } else { "1" }
        ));
    }
    let table = read(&text).unwrap();
    assert_eq!((table.rows(), table.batches().len()), (150_000, 3));
    assert_eq!(table.numbers("x").unwrap()[149_999], Some(2.5));
    assert_eq!(table.integers("n").unwrap()[149_999], Some(149_999));
    text.push_str("1\n");
    assert_eq!(
        problem(&text),
        "the text, line 150002: 1 cell, but 2 columns"
    );
}

#[test]
fn a_file_is_read_by_its_extension() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.TSV");
    crate::source::tests::write(&path, b"a\tb\n1\t2\n");
    assert_eq!(
        Table::read(&File::new(&path)).unwrap(),
        table! { "a" => [1], "b" => [2] }
    );
    let error = Table::read(&File::new("a.xlsx")).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("a.xlsx`: its extension is `xlsx`"),
        "{error}"
    );
    assert_eq!(
        error.help().unwrap(),
        "tables are read from csv, tsv, parquet, pq, arrow, ipc, feather, arrows"
    );
    assert_eq!(
        Table::read(&File::default()).unwrap_err().code(),
        "data::no_path"
    );
    assert_eq!(
        Table::read(&File::new(folder.path().join("b.csv")))
            .unwrap_err()
            .code(),
        "data::source_unusable"
    );
}

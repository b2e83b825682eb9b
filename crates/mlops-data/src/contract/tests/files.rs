//! Claims about files: judged as tables are, in bounded memory, and never with a panic.
#![expect(clippy::disallowed_methods, reason = "tests make files of their own")]

use super::*;
use crate::CsvOptions;

fn file(folder: &tempfile::TempDir, name: &str, content: impl AsRef<[u8]>) -> File {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    File::new(path)
}

#[test]
fn a_file_of_any_format_gets_the_verdicts_of_its_table() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..150_000)
        .map(|row| format!("{row},{},{}\n", row % 11, ["x", "y", ""][row % 3]))
        .collect();
    let csv = file(&folder, "t.csv", format!("id,n,t\n{rows}"));
    let table = Table::read(&csv).unwrap();
    let mut bytes = Vec::new();
    table.write_parquet(&mut bytes).unwrap();
    let parquet = file(&folder, "t.parquet", bytes);
    let arrow = file(&folder, "t.arrow", table.to_ipc().unwrap());
    let contract = Contract::from_toml_str(
        "[columns.id]\nunique = true\nmonotonic = 'strictly rising'\nrange = { max = 149998 }\n[columns.n]\nrange = { max = 9 }\nmean = { min = 4.9, max = 5 }\nz_score = 1.5\n[columns.t]\nnot_null = { mostly = 0.6 }\none_of = ['x']",
    )
    .unwrap();
    let expected = contract.report(&table).unwrap();
    assert_eq!(expected.checks[5].broken, Some(13_636));
    assert_eq!(expected.checks[5].examples[1].row, Some(21));
    // Rows are counted through all parts.
    assert_eq!(expected.checks[3].examples[0].row, Some(149_999));
    for file in [csv, parquet, arrow] {
        let found = contract.report_file(&file).unwrap();
        assert_eq!(found.checks, expected.checks, "{}", found.location);
        assert_eq!(found.rows, 150_000);
    }
}

/// Row groups of two rows, with dictionaries of texts or without.
fn in_parts(folder: &tempfile::TempDir, table: &Table, dictionaries: bool) -> File {
    let properties = parquet::file::properties::WriterProperties::builder()
        .set_max_row_group_row_count(Some(2))
        .set_dictionary_enabled(dictionaries)
        .build();
    let schema = table.schema().clone();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, schema, Some(properties)).unwrap();
    for batch in table.batches() {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
    file(folder, &format!("{dictionaries}.parquet"), bytes)
}

#[test]
fn each_kind_of_rule_says_of_a_file_in_parts_what_it_says_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let blank = sample().with_texts("note", vec![None; 6]).unwrap();
    let empty = sample().filter_rows(|_| false).unwrap();
    for kind in RuleKind::ALL.iter().copied() {
        let (place, holds, breaks) = examples(kind);
        for table in [&sample(), &broken_sample(kind), &blank, &empty] {
            for dictionaries in [true, false] {
                let file = in_parts(&folder, table, dictionaries);
                for rule in [holds, breaks] {
                    let found = check_by(place, rule, |judge| judge.report_file(&file).unwrap());
                    let expected = check(place, rule, table);
                    // `NaN` is no equal of itself.
                    assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{rule}");
                }
            }
        }
    }
}

#[test]
fn a_second_look_that_ends_early_shows_the_first_rows_in_the_order_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..400)
        .map(|row| format!("a name {}", row % 150))
        .collect();
    let table = table! { "name" => names, "n" => (0..400).collect::<Vec<i64>>() };
    let contract =
        Contract::from_toml_str("[columns.name]\nunique = true\n[columns.n]\nz_score = 1.7")
            .unwrap();
    let expected = contract.report(&table).unwrap();
    let rows = |check: &Check| -> Vec<Option<u64>> {
        check.examples.iter().map(|example| example.row).collect()
    };
    // From row 100 to 149 each name stands twice, before and after three times.
    assert_eq!(rows(&expected.checks[1]), [0, 1, 2, 3, 4].map(Some));
    assert_eq!(expected.checks[1].broken, Some(400));
    for dictionaries in [true, false] {
        let found = contract
            .report_file(&in_parts(&folder, &table, dictionaries))
            .unwrap();
        assert_eq!(found.checks, expected.checks);
    }
}

#[test]
fn keys_that_do_not_fit_into_memory_are_counted_all_the_same() {
    // In tests the limit is some thousand keys.
    let rows = 40_000_i64;
    let ids: Vec<i64> = (0..rows)
        .map(|row| if row == 39_000 { 35 } else { row * 7 % 65_537 })
        .collect();
    let table = table! { "id" => ids };
    let report = Contract::new("c")
        .column(Column::new("id", ColumnKind::Integer).rule(Rule::Unique))
        .report(&table)
        .unwrap();
    let check = &report.checks[2];
    assert_eq!((check.verdict, check.broken), (Verdict::Fail, Some(2)));
    let rows: Vec<_> = check.examples.iter().map(|example| example.row).collect();
    assert_eq!(check.examples[0].value, "35");
    assert!(rows.contains(&Some(39_000)), "{rows:?}");
}

#[test]
fn numbers_that_overflow_and_dates_in_two_formats_break_the_type_that_was_declared() {
    let folder = tempfile::tempdir().unwrap();
    let contract = Contract::from_toml_str(
        "[columns.n]\ntype = 'integer'\n[columns.day]\ntype = 'date'\ndate_format = '%Y-%m-%d'",
    )
    .unwrap();
    let csv = file(
        &folder,
        "t.csv",
        "n,day\n1,2024-01-31\n99999999999999999999,31.01.2024\n",
    );
    let report = contract.report_file(&csv).unwrap();
    let text = report.to_string();
    assert!(
        text.contains("refused: column `n` changed its type: text instead of integer"),
        "{text}"
    );
    assert!(
        text.contains("refused: column `day` changed its type: text instead of date"),
        "{text}"
    );
    assert!(
        text.contains("1 of 2 rows: `31.01.2024` in row 1"),
        "{text}"
    );
    // A stated type makes the reader say which line it is.
    let options = CsvOptions::new().column_type("n", arrow_schema::DataType::Int64);
    let error = contract.judge().csv(options).report_file(&csv).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("line 3: column `n`: `99999999999999999999` is no Int64"),
        "{error}"
    );
}

#[test]
fn ten_thousand_columns_are_judged() {
    let line =
        |cell: &dyn Fn(usize) -> String| (0..10_000).map(cell).collect::<Vec<_>>().join(",") + "\n";
    let mut text = line(&|column| format!("c{column}"));
    (0..20).for_each(|row| text.push_str(&line(&|column| (row * column).to_string())));
    let folder = tempfile::tempdir().unwrap();
    let csv = file(&folder, "wide.csv", text);
    let contract = Contract::from_toml_str(
        "[columns.c9999]\nrange = { max = 1000 }\n[table]\ncolumn_count = 10000",
    )
    .unwrap();
    let report = contract.report_file(&csv).unwrap();
    assert_eq!(report.checks[1].broken, Some(19));
    assert_eq!(report.checks[2].verdict, Verdict::Pass);
}

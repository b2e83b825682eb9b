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

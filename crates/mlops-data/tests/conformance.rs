//! The shared data sets, read as they are: run with `--features conformance`, and `MLOPS_SHARED` if they are elsewhere.
#![cfg(feature = "conformance")]

use std::path::PathBuf;

use mlops_data::arrow::array::Array;
use mlops_data::arrow::schema::DataType;
use mlops_data::{File, Table};

fn shared(name: &str) -> File {
    let folder = std::env::var_os("MLOPS_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    File::new(folder.join("data").join(name))
}

#[test]
fn eleven_blank_totals_are_missing_and_the_column_is_numeric() {
    let table = Table::read(&shared("telco_churn.csv")).unwrap();
    assert_eq!((table.rows(), table.columns().len()), (7043, 21));
    let totals = table.column("TotalCharges").unwrap();
    assert_eq!(totals.data_type(), &DataType::Float64);
    assert_eq!(totals.null_count(), 11);
    let others = table.without(&["TotalCharges"]).unwrap();
    for name in others.columns() {
        assert_eq!(others.column(name).unwrap().null_count(), 0, "{name}");
    }
    let integers = ["SeniorCitizen", "tenure"];
    assert!(integers.iter().all(|name| table.integers(name).is_ok()));
    assert_eq!(Table::from_ipc(table.to_ipc().unwrap()).unwrap(), table);
    let mut parquet = Vec::new();
    table.write_parquet(&mut parquet).unwrap();
    assert_eq!(Table::from_parquet(parquet).unwrap(), table);
    let mut text = Vec::new();
    table.write_csv(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(
        Table::from_csv_str(&text, &Default::default()).unwrap(),
        table
    );
}

#[test]
fn electricity_is_all_numbers() {
    let table = Table::read(&shared("electricity.csv")).unwrap();
    assert!(table.rows() > 40_000);
    for name in table.columns() {
        assert!(
            table.numbers(name).unwrap().iter().all(Option::is_some),
            "{name}"
        );
    }
}

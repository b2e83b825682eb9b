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

#[test]
fn customers_are_split_without_a_leak_and_a_planted_one_is_found() {
    use mlops_data::dataset::{LeakKind, Leakage, Role, Split};
    let table = Table::read(&shared("telco_churn.csv")).unwrap();
    for split in [
        Split::by_fraction(),
        Split::by_group("customerID"),
        Split::stratified("Churn"),
    ] {
        let parts = split
            .part(Role::Test, 0.2)
            .rest(Role::Training)
            .of(&table)
            .unwrap();
        let (training, test) = (
            parts.table(Role::Training).unwrap(),
            parts.table(Role::Test).unwrap(),
        );
        let leakage = Leakage::new().label("Churn").group("customerID");
        let report = leakage.between(&training, &test).unwrap();
        assert!(report.passes(), "{report}");
        let charges = training.numbers("MonthlyCharges").unwrap();
        let rounded = charges.into_iter().map(|charge| charge.map(f64::round));
        let copies = training
            .with_numbers("MonthlyCharges", rounded.collect())
            .unwrap();
        let planted = Table::concat(&[test, copies.slice(0, 40)]).unwrap();
        let report = Leakage::new().between(&training, &planted).unwrap();
        let check = report.check(LeakKind::NearRows).unwrap();
        // Most of them: a charge that many customers pay is moved past too many others by rounding to whole dollars.
        assert!(check.found >= 20 && !report.passes(), "{report}");
    }
}

#[test]
fn quarters_of_electricity_do_not_overlap_and_shuffled_ones_do() {
    use mlops_data::dataset::{LeakKind, Leakage, Role, Split};
    let table = Table::read(&shared("electricity.csv")).unwrap();
    let numbers = (0..table.rows() as i64).map(Some).collect();
    let table = table.with_integers("row", numbers).unwrap();
    let parts = |split: Split| {
        split
            .part(Role::Training, 0.75)
            .rest(Role::Test)
            .of(&table)
            .unwrap()
    };
    let found = |parts: &mlops_data::dataset::Parts| {
        let reports = Leakage::new().time("row").of(parts).unwrap();
        reports[0].check(LeakKind::TimeOverlap).unwrap().found
    };
    assert_eq!(found(&parts(Split::by_time("row"))), 0);
    assert!(found(&parts(Split::by_fraction())) > 10_000);
}

//! Claims about reading in batches: the same rows as at once, and what is broken is named.
#![expect(clippy::disallowed_methods, reason = "tests make files of their own")]

use std::path::Path;

use super::*;

fn gathered(batches: Batches) -> Result<Table, DataError> {
    let schema = Arc::clone(batches.schema());
    Table::from_batches(schema, batches.collect::<Result<Vec<_>, _>>()?)
}

fn sample(rows: usize) -> Table {
    let csv: String = (0..rows)
        .map(|row| {
            format!(
                "{row},{}.5,{},2024-01-{:02}\n",
                row % 7,
                ["a", "bb", ""][row % 3],
                row % 28 + 1
            )
        })
        .collect();
    Table::from_csv_str(&format!("id,x,name,day\n{csv}"), &CsvOptions::new()).unwrap()
}

fn written(folder: &Path, table: &Table) -> [File; 3] {
    let paths = ["t.csv", "t.parquet", "t.arrow"].map(|name| folder.join(name));
    table
        .write_csv(std::fs::File::create(&paths[0]).unwrap())
        .unwrap();
    table
        .write_parquet(std::fs::File::create(&paths[1]).unwrap())
        .unwrap();
    table
        .write_ipc(std::fs::File::create(&paths[2]).unwrap())
        .unwrap();
    paths.map(File::new)
}

#[test]
fn every_format_gives_the_rows_that_reading_at_once_gives() {
    let folder = tempfile::tempdir().unwrap();
    let table = sample(70_000);
    for file in written(folder.path(), &table) {
        assert_eq!(
            gathered(Batches::read(&file).unwrap()).unwrap(),
            Table::read(&file).unwrap()
        );
        let some = Batches::read(&file)
            .unwrap()
            .select(&["name", "id"])
            .unwrap();
        assert_eq!(
            gathered(some).unwrap(),
            table.select(&["name", "id"]).unwrap()
        );
    }
    assert_eq!(gathered(Batches::of(&table)).unwrap(), table);
    let unknown = Batches::of(&table).select(&["nme"]).err().unwrap();
    assert_eq!(unknown.help().as_deref(), Some("did you mean `name`?"));
}

#[test]
fn a_damaged_file_is_an_error_that_names_the_place_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let [csv, parquet, arrow] = written(folder.path(), &sample(5_000));
    for file in [&parquet, &arrow] {
        let bytes = std::fs::read(file.path()).unwrap();
        for cut in [0, 3, 11, bytes.len() / 3, bytes.len() - 9, bytes.len() - 1] {
            std::fs::write(file.path(), &bytes[..cut]).unwrap();
            let found = Batches::read(file).and_then(gathered);
            assert!(found.is_err(), "{} cut at {cut}", file.location());
        }
        for place in (0..bytes.len()).step_by(bytes.len() / 400 + 1) {
            let mut bent = bytes.clone();
            bent[place] ^= 0x55;
            std::fs::write(file.path(), &bent).unwrap();
            // A changed value cannot be told from a true one; what matters is that nothing panics.
            let _ = Batches::read(file).and_then(gathered);
        }
    }
    // Damage within the pages of the first row group.
    let table = sample(5_000);
    table
        .write_parquet(std::fs::File::create(parquet.path()).unwrap())
        .unwrap();
    let mut bytes = std::fs::read(parquet.path()).unwrap();
    bytes[4..4000].fill(0xff);
    std::fs::write(parquet.path(), &bytes).unwrap();
    let error = Batches::read(&parquet).and_then(gathered).unwrap_err();
    assert_eq!(error.code(), "data::damaged_part");
    assert!(error.to_string().contains("row group 0"), "{error}");

    std::fs::write(csv.path(), "a,b\n1,2\n3\n").unwrap();
    let error = Batches::read(&csv).err().unwrap();
    assert!(
        error.to_string().ends_with("line 3: 1 cell, but 2 columns"),
        "{error}"
    );
    std::fs::write(csv.path(), b"a,b\n1,caf\xe9\n").unwrap();
    let error = Batches::read(&csv).err().unwrap();
    assert!(
        error
            .to_string()
            .ends_with("line 2: cell 2 is not UTF-8: byte 0xe9"),
        "{error}"
    );
}

#[test]
fn ten_thousand_columns_are_read_in_small_batches() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.csv");
    let line =
        |cell: &dyn Fn(usize) -> String| (0..10_000).map(cell).collect::<Vec<_>>().join(",") + "\n";
    let mut text = line(&|column| format!("c{column}"));
    (0..200).for_each(|row| text.push_str(&line(&|column| (row * column).to_string())));
    std::fs::write(&path, text).unwrap();
    let batches: Vec<_> = Batches::read(&File::new(path))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(
        batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
        200
    );
    assert!(batches[0].num_rows() <= 64);
}

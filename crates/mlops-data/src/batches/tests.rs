//! Claims about reading in batches: the same rows as at once, and what is broken is named.
#![expect(clippy::disallowed_methods, reason = "tests make files of their own")]

use std::path::Path;
use std::time::Duration;

use super::parallel::Pass;
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

/// A Parquet file of row groups of so many rows, with a text of which every page holds codes, and one of which none does.
fn of_texts(path: &Path, rows: usize, group: usize) -> File {
    let table = crate::table! {
        "few" => (0..rows).map(|row| ["a", "bb", "ccc"][row % 3]).collect::<Vec<_>>(),
        "many" => (0..rows).map(|row| format!("{row:020}")).collect::<Vec<_>>(),
        "id" => (0..rows as i64).collect::<Vec<_>>(),
    };
    let properties = parquet::file::properties::WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_column_dictionary_enabled("many".into(), false);
    let output = std::fs::File::create(path).unwrap();
    let schema = Arc::clone(table.schema());
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(output, schema, Some(properties.build())).unwrap();
    for batch in table.batches() {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
    File::new(path)
}

#[test]
fn every_core_is_shown_columns_of_the_types_that_the_schema_names() {
    let folder = tempfile::tempdir().unwrap();
    for group in [1_000, 300] {
        let file = of_texts(&folder.path().join("t.parquet"), 1_000, group);
        for names in [&["few", "many", "id"][..], &["many", "few"]] {
            let batches = Batches::read(&file).unwrap().select(names).unwrap();
            let schema = Arc::clone(batches.schema());
            let states = batches.on_all_cores(
                || 0,
                |rows, batch| -> Result<(), DataError> {
                    assert_eq!(batch.schema(), schema);
                    *rows += batch.num_rows();
                    Ok(())
                },
            );
            assert_eq!(states.unwrap().into_iter().sum::<usize>(), 1_000);
        }
    }
}

/// Whoever sees the first rows of `id` takes a while, so that others are ahead if there are any.
fn first_id_in_a_while(batch: &RecordBatch) -> i64 {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    let first = batch.column(0).as_primitive::<Int64Type>().value(0);
    if first == 0 {
        std::thread::sleep(Duration::from_millis(200));
    }
    first
}

fn failed(first: i64) -> DataError {
    DataError::UnknownColumn {
        name: first.to_string(),
        candidates: Vec::new(),
    }
}

#[test]
fn of_several_failures_the_first_in_the_data_is_told_whoever_is_fastest() {
    let folder = tempfile::tempdir().unwrap();
    let file = of_texts(&folder.path().join("t.parquet"), 1_000, 300);
    let batches = Batches::read(&file).unwrap().select(&["id"]).unwrap();
    let found = batches.on_all_cores(
        || (),
        |(), batch| Err::<(), _>(failed(first_id_in_a_while(&batch))),
    );
    assert!(matches!(found, Err(DataError::UnknownColumn { name, .. }) if name == "0"));
}

/// Has seen enough with the first piece, and fails at any other.
struct Enough;

impl Pass for Enough {
    type State = u64;

    fn begin(&self) -> u64 {
        0
    }

    fn see(&self, state: &mut u64, _: u64, batch: &RecordBatch) -> Result<(), DataError> {
        *state += batch.num_rows() as u64;
        match first_id_in_a_while(batch) {
            0 => Ok(()),
            first => Err(failed(first)),
        }
    }

    fn is_done(&self, state: &u64) -> bool {
        *state > 0
    }

    fn join(&self, state: &mut u64, later: u64) -> Result<(), DataError> {
        *state += later;
        Ok(())
    }
}

#[test]
fn what_fails_behind_the_rows_that_were_enough_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let file = of_texts(&folder.path().join("t.parquet"), 1_000, 300);
    let origin = Origin::file(&file, None).unwrap();
    assert_eq!(parallel::run(&origin, Some(&[2]), &Enough).unwrap(), 300);
}

/// Counts the rows that it is shown, and never has enough.
struct Counted(std::sync::atomic::AtomicUsize);

impl Pass for Counted {
    type State = ();

    fn begin(&self) {}

    fn see(&self, (): &mut (), _: u64, batch: &RecordBatch) -> Result<(), DataError> {
        let rows = batch.num_rows();
        self.0.fetch_add(rows, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }

    fn join(&self, (): &mut (), (): ()) -> Result<(), DataError> {
        Ok(())
    }
}

#[test]
fn a_source_of_one_part_is_not_read_for_its_beginning_and_then_again() {
    let folder = tempfile::tempdir().unwrap();
    for file in written(folder.path(), &sample(5_000)) {
        let origin = Origin::file(&file, None).unwrap();
        let pass = Counted(0.into());
        assert!(parallel::first(&origin, None, &pass).unwrap().is_none());
        parallel::run(&origin, None, &pass).unwrap();
        assert_eq!(pass.0.into_inner(), 5_000, "{}", file.location());
    }
}

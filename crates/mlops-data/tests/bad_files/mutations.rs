//! Small valid files with bytes changed at random, from a seed: thousands in each run, and millions on request.

use std::time::{Duration, Instant};

use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use mlops_data::contract::{Clause, Column, Rule};
use mlops_data::{Batches, Contract, CsvOptions, File, Table, TableProfile};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::{alone, parquet, sample};

/// The generator of Steele, Lea and Flood (2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Values at which lengths and offsets break.
const EDGES: [u64; 8] = [
    0,
    1,
    0x7f,
    0xff,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 62,
    u64::MAX,
];

fn mutated(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let place = random.below(bytes.len());
        let length = random.below(20).min(bytes.len() - place);
        match random.below(7) {
            0 => bytes.truncate(place),
            1 => drop(bytes.drain(place..place + length)),
            2 => {
                let piece = bytes[place..place + length].to_vec();
                let target = random.below(bytes.len());
                bytes.splice(target..target, piece);
            }
            3 => bytes.insert(place, random.next() as u8),
            4 => {
                let edge = EDGES[random.below(EDGES.len())].to_le_bytes();
                let width = [1, 2, 4, 8][random.below(4)].min(bytes.len() - place);
                bytes[place..place + width].copy_from_slice(&edge[..width]);
            }
            5 if !bytes.is_empty() => bytes[place] = random.next() as u8,
            _ if !bytes.is_empty() => bytes[place] ^= 1 << random.below(8),
            _ => {}
        }
    }
    bytes
}

fn ipc(table: &Table, compression: Option<CompressionType>, stream: bool) -> Vec<u8> {
    let options = IpcWriteOptions::default()
        .try_with_compression(compression)
        .unwrap();
    let batches = table.batches().iter();
    if stream {
        let mut writer =
            StreamWriter::try_new_with_options(Vec::new(), table.schema(), options).unwrap();
        batches.for_each(|batch| writer.write(batch).unwrap());
        writer.into_inner().unwrap()
    } else {
        let mut writer =
            FileWriter::try_new_with_options(Vec::new(), table.schema(), options).unwrap();
        batches.for_each(|batch| writer.write(batch).unwrap());
        writer.into_inner().unwrap()
    }
}

/// A file of each way of writing.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let table = sample(40);
    let text = "id,name,at\n1,\"a \"\"b\"\"\nc\",2024-01-02\n2,ü,2024-01-02T03:04:05Z\n,x,1e5\n";
    let lz4 = Some(CompressionType::LZ4_FRAME);
    vec![
        ("a.csv", text.as_bytes().to_vec()),
        ("a.parquet", parquet(&table)),
        ("b.parquet", without_dictionaries(&table)),
        ("a.arrow", table.to_ipc().unwrap()),
        ("b.arrow", ipc(&table, lz4, false)),
        ("c.arrows", ipc(&table, None, true)),
        ("d.arrows", ipc(&table, lz4, true)),
    ]
}

fn without_dictionaries(table: &Table) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .build();
    let mut bytes = Vec::new();
    let schema = table.schema().clone();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).unwrap();
    for batch in table.batches() {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
    bytes
}

/// Reads a damaged file on every road; what is read must be a table that can be used.
fn read(file: &File, bytes: &[u8]) {
    let table = match file.extension().as_str() {
        "csv" => std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| Table::from_csv_str(text, &CsvOptions::new()).ok()),
        "parquet" => Table::from_parquet(bytes.to_vec()).ok(),
        _ => Table::from_ipc(bytes.to_vec()).ok(),
    };
    if let Some(table) = table {
        let _ = table.to_string();
        let _ = table.to_ipc();
    }
    let _ = Table::read(file);
    if let Ok(batches) = Batches::read(file) {
        let _ = batches
            .map(|batch| Ok::<_, mlops_data::DataError>(batch?.num_rows()))
            .sum::<Result<usize, _>>();
    }
    // Whoever looks at values reads texts in the layout of the file.
    let _ = TableProfile::of_file(file);
    let _ = Contract::new("any")
        .clause(Clause::on_table(Rule::RowCount((1..).into())))
        .column(Column::untyped("name").rule(Rule::Unique))
        .report_file(file);
}

fn run(seed: u64, ends: impl Fn(usize, Duration) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let seeds = seeds();
    let begun = Instant::now();
    let mut cases = 0;
    while !ends(cases, begun.elapsed()) {
        let (name, bytes) = &seeds[cases % seeds.len()];
        let mut random = Random(seed.wrapping_add(cases as u64));
        let bytes = mutated(bytes, &mut random);
        let file = File::new(folder.path().join(name));
        std::fs::write(file.path(), &bytes).unwrap();
        let started = Instant::now();
        let outcome = std::panic::catch_unwind(|| read(&file, &bytes));
        let took = started.elapsed();
        if outcome.is_err() || took > Duration::from_secs(10) {
            let kept = std::env::temp_dir().join(format!("mutation-{seed}-{cases}-{name}"));
            std::fs::write(&kept, &bytes).unwrap();
            panic!(
                "case {cases} of seed {seed} took {took:?}: {}",
                kept.display()
            );
        }
        cases += 1;
    }
    println!("{cases} cases in {:?}", begun.elapsed());
}

#[test]
fn a_mutated_file_is_an_error_or_another_table_and_never_a_panic() {
    let _alone = alone();
    run(1, |cases, elapsed| {
        cases >= 6000 || elapsed > Duration::from_secs(4)
    });
}

#[test]
#[ignore = "minutes: `just fuzz-readers`"]
fn mutated_files_for_minutes() {
    let _alone = alone();
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let seconds = Duration::from_secs(number("MLOPS_FUZZ_SECONDS", 60));
    run(number("MLOPS_FUZZ_SEED", 1_000_000), |_, elapsed| {
        elapsed > seconds
    });
}

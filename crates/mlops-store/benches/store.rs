//! What the store asks for each stage: starting and committing it, and looking it up.
//!
//! `cargo bench -p mlops-store` prints microseconds per operation.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that measures and prints"
)]

use std::time::Instant;

use jiff::Timestamp;
use mlops_core::{Description, Digest, Level};
use mlops_store::{
    Acquire, Commit, Entry, Playback, StageOutcome, StageRecord, Store, StoreOptions,
};
use uuid::Uuid;

const COUNT: u64 = 10_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), StoreOptions::default()).unwrap();
    let run = Uuid::now_v7();
    let keys: Vec<Digest> = (0..COUNT)
        .map(|number| Digest::of(&number.to_le_bytes()))
        .collect();
    per_operation("acquire_and_start + commit", || {
        for (key, index) in keys.iter().zip(0..) {
            let stage = stage(run, index, *key);
            let Acquire::Granted(lease) = store.acquire_and_start(key, &stage).unwrap() else {
                unreachable!("nobody else uses this store");
            };
            let artifact = store
                .stage_artifact("application/vnd.mlops.value+msgpack", |output| {
                    Ok(output.write_all(&index.to_le_bytes())?)
                })
                .unwrap();
            let commit = Commit {
                entry: entry(&stage, artifact.reference(Description::default())),
                staged: vec![artifact],
                stage: Some(StageRecord {
                    outcome: StageOutcome::Ran,
                    ..stage
                }),
                lease: Some(&lease),
                code: None,
            };
            store.commit(commit).unwrap();
        }
    });
    per_operation("lookup", || {
        for key in &keys {
            assert!(store.lookup(key, Level::Experiment).unwrap().is_some());
        }
    });
    per_operation("lookup of what is not there", || {
        for number in 0..COUNT {
            let key = Digest::of(&(number + COUNT).to_le_bytes());
            assert!(store.lookup(&key, Level::Experiment).unwrap().is_none());
        }
    });
    per_operation("read_artifact", || {
        for number in 0..COUNT {
            store
                .read_artifact(&Digest::of(&number.to_le_bytes()))
                .unwrap();
        }
    });
    let other = Uuid::now_v7();
    let records: Vec<_> = keys
        .iter()
        .zip(0..)
        .map(|(key, index)| StageRecord {
            outcome: StageOutcome::Reused,
            ..stage(other, index, *key)
        })
        .collect();
    per_operation("record_stages, a thousand at once", || {
        for some in records.chunks(1_000) {
            store.record_stages(some).unwrap();
        }
    });
}

fn per_operation(name: &str, work: impl FnOnce()) {
    let begun = Instant::now();
    work();
    let each = begun.elapsed().as_secs_f64() * 1e6 / COUNT as f64;
    println!("{name:<36} {each:>8.1} µs");
}

fn stage(run: Uuid, index: u64, key: Digest) -> StageRecord {
    StageRecord {
        run,
        index,
        path: "bench::add".to_owned(),
        name: format!("add[{index}]"),
        kind: "stage".to_owned(),
        owner: None,
        description: "Adds two numbers.".to_owned(),
        outcome: StageOutcome::Running,
        key: Some(key),
        entry: None,
        reasons: serde_json::Value::Null,
        started: Some(Timestamp::UNIX_EPOCH),
        ended: None,
        seconds: 0.0,
        attempts: 1,
        reused_from: None,
        resumed: None,
        error: None,
        source: "src/bench.rs:1".to_owned(),
        inputs: Vec::new(),
        playback: Playback::default(),
    }
}

fn entry(stage: &StageRecord, output: mlops_store::ArtifactReference) -> Entry {
    Entry {
        id: 0,
        key: stage.key.unwrap(),
        level: Level::Experiment,
        reusable: true,
        why_not: None,
        run: stage.run,
        stage: stage.path.clone(),
        call: format!("bench::add[{}]", stage.index),
        made: Timestamp::UNIX_EPOCH,
        seconds: 0.0,
        attempts: 1,
        inputs: Vec::new(),
        outputs: vec![output],
        playback: Playback::default(),
        accepted: None,
        key_record: serde_json::json!({ "format": 1, "stage": "bench::add" }),
    }
}

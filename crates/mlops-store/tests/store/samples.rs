//! A store in a temporary folder, and records to put into it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use mlops_core::{Description, Digest, Level};
use mlops_store::{
    ArtifactReference, CodeState, Commit, Counts, Entry, Faults, InputKind, InputRecord, Metric,
    Playback, RunRecord, StageOutcome, StageRecord, StagedArtifact, Store, StoreOptions,
};
use uuid::Uuid;

pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: Store,
}

pub(crate) fn place() -> Place {
    place_with(StoreOptions::default())
}

pub(crate) fn place_with(options: StoreOptions) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options).unwrap();
    Place { folder, store }
}

impl Place {
    /// Another process's view: its own owner, its own memory of what is verified.
    pub(crate) fn again(&self) -> Store {
        Store::open(self.folder.path(), StoreOptions::default()).unwrap()
    }

    /// Changes the database behind the store's back.
    pub(crate) fn tamper(&self, sql: &str) -> usize {
        let connection =
            rusqlite::Connection::open(self.folder.path().join("metadata.sqlite")).unwrap();
        connection.execute(sql, []).unwrap()
    }

    pub(crate) fn artifact_file(&self, digest: &Digest) -> std::path::PathBuf {
        let hex = digest.hex();
        self.folder
            .path()
            .join("artifacts")
            .join(&hex[..2])
            .join(&hex[2..])
    }
}

/// A disk that is full when told so.
#[derive(Default)]
pub(crate) struct FullDisk(pub(crate) AtomicBool);

impl Faults for FullDisk {
    fn before_write(&self, _what: &str, _bytes: usize) -> io::Result<()> {
        if self.0.load(Ordering::SeqCst) {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
}

/// A disk that refuses one kind of write, with one error.
pub(crate) struct Refuses(pub(crate) &'static str, pub(crate) io::ErrorKind);

impl Faults for Refuses {
    fn before_write(&self, what: &str, _bytes: usize) -> io::Result<()> {
        if what == self.0 {
            Err(self.1.into())
        } else {
            Ok(())
        }
    }
}

pub(crate) fn with_faults(faults: Arc<dyn Faults>) -> StoreOptions {
    StoreOptions {
        faults: Some(faults),
        ..StoreOptions::default()
    }
}

pub(crate) fn staged(store: &Store, bytes: &[u8]) -> StagedArtifact {
    store
        .stage_artifact("application/octet-stream", |output| {
            Ok(output.write_all(bytes)?)
        })
        .unwrap()
}

pub(crate) fn large(seed: u8) -> Vec<u8> {
    (0..600_000_u32)
        .map(|index| (index % 251) as u8 ^ seed)
        .collect()
}

pub(crate) fn input(name: &str, digest: Digest) -> InputRecord {
    InputRecord {
        name: name.to_owned(),
        kind: InputKind::Artifact,
        digest: Some(digest),
        location: None,
        value: None,
        description: Description::default(),
    }
}

pub(crate) fn entry(key: &[u8], outputs: &[&StagedArtifact]) -> Entry {
    Entry {
        id: 0,
        key: Digest::of(key),
        level: Level::Experiment,
        reusable: true,
        why_not: None,
        run: Uuid::from_u128(7),
        stage: "app::train".to_owned(),
        call: "train".to_owned(),
        made: Timestamp::UNIX_EPOCH,
        seconds: 0.25,
        attempts: 1,
        inputs: Vec::new(),
        outputs: outputs
            .iter()
            .map(|staged| staged.reference(Description::default()))
            .collect::<Vec<ArtifactReference>>(),
        playback: Playback {
            metrics: vec![Metric {
                name: "auc".to_owned(),
                value: 0.875,
                step: None,
                at: Timestamp::UNIX_EPOCH,
            }],
            ..Playback::default()
        },
        accepted: None,
        key_record: serde_json::json!({ "stage": "app::train", "rate": 0.1 }),
    }
}

pub(crate) fn commit(store: &Store, entry: Entry, staged: Vec<StagedArtifact>) -> i64 {
    store
        .commit(Commit {
            entry,
            staged,
            stage: None,
            lease: None,
            code: None,
        })
        .unwrap()
}

pub(crate) fn run(store: &Store, id: u128, pipeline: &str) -> RunRecord {
    RunRecord {
        id: Uuid::from_u128(id),
        pipeline: pipeline.to_owned(),
        profile: "experiment".to_owned(),
        level: Level::Experiment,
        started: Timestamp::from_second(i64::try_from(id >> 64).unwrap()).unwrap(),
        ended: None,
        outcome: None,
        reason: None,
        parameters: serde_json::json!({ "rate": 0.1 }),
        settings: vec![("train.rate".to_owned(), "0.1".to_owned())],
        from: None,
        forced: Vec::new(),
        code: CodeState::default(),
        environment: std::collections::BTreeMap::new(),
        counts: Counts::default(),
        seconds: 0.0,
        outputs: vec![("model".to_owned(), vec![Digest::of(b"model")])],
        owner: store.owner_id(),
        process: std::process::id(),
        host: "here".to_owned(),
        user: "me".to_owned(),
    }
}

pub(crate) fn stage(run: Uuid, index: u64, outcome: StageOutcome) -> StageRecord {
    StageRecord {
        run,
        index,
        path: "app::train".to_owned(),
        name: "train".to_owned(),
        kind: "train".to_owned(),
        owner: None,
        description: String::new(),
        outcome,
        key: Some(Digest::of(b"key")),
        entry: None,
        reasons: serde_json::Value::Null,
        started: Some(Timestamp::UNIX_EPOCH),
        ended: None,
        seconds: 0.0,
        attempts: 1,
        reused_from: None,
        resumed: None,
        error: None,
        source: "src/training.rs:12".to_owned(),
        inputs: Vec::new(),
        playback: Playback::default(),
    }
}

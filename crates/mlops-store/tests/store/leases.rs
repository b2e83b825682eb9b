//! Leases and checkpoints: nobody makes twice what another makes, and nobody commits what he no longer owns.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests damage files behind the store's back"
)]

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use mlops_store::{
    Acquire, Commit, JournalKind, Lease, StageOutcome, StagedArtifact, Store, StoreError,
};

use uuid::Uuid;

use crate::samples::{entry, large, place, run, stage, staged};

fn granted(store: &Store, key: &Digest) -> Lease {
    match store.acquire(key).unwrap() {
        Acquire::Granted(lease) => lease,
        Acquire::Held(holder) => panic!("held by {holder:?}"),
    }
}

fn is_held(store: &Store, key: &Digest) -> bool {
    matches!(store.acquire(key).unwrap(), Acquire::Held(_))
}

/// What the kernel does to the lock of a killed process.
fn kill(store: &Store) {
    let file = store
        .folder()
        .join("owners")
        .join(format!("{}.lock", store.owner_id()));
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "").unwrap();
}

#[test]
fn a_second_asker_is_told_who_makes_it_until_the_lease_ends() {
    let place = place();
    let other = place.again();
    let key = Digest::of(b"key");
    let lease = granted(&place.store, &key);
    let Acquire::Held(holder) = other.acquire(&key).unwrap() else {
        panic!("granted twice")
    };
    assert_eq!(holder.owner, place.store.owner_id());
    assert_eq!(holder.process, std::process::id());
    assert!(is_held(&place.store, &key), "two tasks of one process");
    drop(lease);
    assert!(!is_held(&other, &key));
}

#[test]
fn a_dead_owners_lease_is_taken_over_at_once_and_fences_it_off() {
    let place = place();
    let other = place.again();
    let key = Digest::of(b"key");
    let record = run(&place.store, 1 << 64, "churn");
    place.store.begin_run(&record).unwrap();
    let old = granted(&place.store, &key);
    kill(&place.store);
    let new = granted(&other, &key);

    let artifact = staged(&place.store, b"model");
    fn parts<'a>(artifact: &StagedArtifact, run: Uuid, lease: &'a Lease) -> Commit<'a> {
        Commit {
            entry: entry(b"key", &[artifact]),
            staged: vec![artifact.clone()],
            stage: Some(stage(run, 0, StageOutcome::Ran)),
            lease: Some(lease),
            code: None,
        }
    }
    let error = place
        .store
        .commit(parts(&artifact, record.id, &old))
        .unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost { .. }), "{error}");
    assert!(
        place
            .store
            .save_checkpoint(&old, 1, Timestamp::UNIX_EPOCH, b"s")
            .is_err()
    );
    assert!(
        place
            .store
            .lookup(&key, Level::Experiment)
            .unwrap()
            .is_none()
    );
    assert!(place.store.stages(record.id).unwrap().is_empty());
    drop(old);
    assert!(
        is_held(&place.again(), &key),
        "a lost lease releases nothing"
    );
    other.commit(parts(&artifact, record.id, &new)).unwrap();
    assert!(!is_held(&place.again(), &key));
}

#[test]
fn a_start_is_recorded_with_its_lease() {
    let place = place();
    let key = Digest::of(b"key");
    let record = run(&place.store, 1 << 64, "churn");
    place.store.begin_run(&record).unwrap();
    let running = stage(record.id, 0, StageOutcome::Running);
    let Acquire::Granted(lease) = place.store.acquire_and_start(&key, &running).unwrap() else {
        panic!("held")
    };
    assert_eq!(place.store.stage(record.id, 0).unwrap(), running);
    assert!(matches!(
        place
            .again()
            .acquire_and_start(&key, &stage(record.id, 1, StageOutcome::Running))
            .unwrap(),
        Acquire::Held(_)
    ));
    assert_eq!(place.store.stages(record.id).unwrap().len(), 1);
    let artifact = staged(&place.store, b"model");
    place
        .store
        .commit(Commit {
            entry: entry(b"key", &[&artifact]),
            staged: vec![artifact],
            stage: Some(stage(record.id, 0, StageOutcome::Ran)),
            lease: Some(&lease),
            code: None,
        })
        .unwrap();
    let kinds: Vec<_> = place
        .store
        .journal_after(0, 10)
        .unwrap()
        .into_iter()
        .map(|line| (line.stage, line.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            (None, JournalKind::Start),
            (Some(0), JournalKind::Start),
            (Some(0), JournalKind::Complete)
        ]
    );
}

#[test]
fn the_newest_whole_checkpoint_is_found_and_all_go_with_the_commit() {
    let place = place();
    let key = Digest::of(b"key");
    let lease = granted(&place.store, &key);
    let save = |sequence: u64, bytes: &[u8]| {
        place
            .store
            .save_checkpoint(&lease, sequence, Timestamp::UNIX_EPOCH, bytes)
            .unwrap();
    };
    save(1, b"one");
    save(2, &large(2));
    save(3, &large(3));
    let folder = place.folder.path().join("checkpoints");
    let found = place.again().latest_checkpoint(&key).unwrap().unwrap();
    assert_eq!(
        (found.sequence, found.bytes.as_ref()),
        (3, large(3).as_slice())
    );
    assert_eq!(place.store.stats().unwrap().checkpoints, 2);

    std::fs::write(folder.join(format!("{}.3", key.hex())), b"cut").unwrap();
    let found = place.again().latest_checkpoint(&key).unwrap().unwrap();
    assert_eq!(
        (found.sequence, found.bytes.as_ref()),
        (2, large(2).as_slice())
    );

    let artifact = staged(&place.store, b"model");
    place
        .store
        .commit(Commit {
            entry: entry(b"key", &[&artifact]),
            staged: vec![artifact],
            stage: None,
            lease: Some(&lease),
            code: None,
        })
        .unwrap();
    assert_eq!(place.store.latest_checkpoint(&key).unwrap(), None);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn what_dead_processes_left_is_removed_and_what_the_living_use_is_not() {
    let place = place();
    let other = place.again();
    let run = uuid::Uuid::from_u128(1);
    let mine = place.store.scratch_folder(run, 0).unwrap();
    let theirs = other.scratch_folder(run, 0).unwrap();
    std::fs::write(theirs.path().join("state"), "").unwrap();
    assert_eq!(place.store.remove_leftovers().unwrap(), 0);
    kill(&other);
    assert!(place.store.remove_leftovers().unwrap() >= 1);
    assert!(mine.path().exists());
    let gone = theirs.path().to_owned();
    drop(theirs);
    assert!(!gone.exists());
}

#[test]
fn a_lease_can_be_given_up_while_somebody_still_holds_it_and_is_worth_nothing_then() {
    let place = place();
    let key = Digest::of(b"key");
    let lease = granted(&place.store, &key);
    lease.release();
    let next = granted(&place.again(), &key);
    let late = place
        .store
        .save_checkpoint(&lease, 1, Timestamp::UNIX_EPOCH, b"late");
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })));
    drop(lease);
    assert!(is_held(&place.again(), &key), "only its own");
    drop(next);
}

#[test]
fn a_checkpoint_s_file_that_no_row_lists_goes_when_nobody_makes_what_it_is_of() {
    let place = place();
    let key = Digest::of(b"key");
    let orphan = place
        .folder
        .path()
        .join("checkpoints")
        .join(format!("{}.3", key.hex()));
    std::fs::write(&orphan, "between bytes and row").unwrap();
    let lease = granted(&place.store, &key);
    assert_eq!(place.again().remove_leftovers().unwrap(), 0);
    assert!(orphan.exists(), "its row may be about to be written");
    drop(lease);
    assert_eq!(place.again().remove_leftovers().unwrap(), 1);
    assert!(!orphan.exists());
}

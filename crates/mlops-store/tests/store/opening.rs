//! Opening: by many at once, for reading only, and when it must be refused.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests damage files behind the store's back"
)]

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use mlops_core::{ArtifactInput, Digest, Level};
use mlops_store::{Access, Store, StoreError, StoreOptions};

use crate::samples::{Refuses, commit, entry, place, staged, with_faults};

fn read_only() -> StoreOptions {
    StoreOptions {
        access: Access::ReadOnly,
        ..StoreOptions::default()
    }
}

#[test]
fn eight_threads_open_an_empty_store() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..8_u8 {
            let folder = folder.path().join("store");
            scope.spawn(move || {
                let store = Store::open(&folder, StoreOptions::default()).unwrap();
                store.put_bytes("text/plain", &[number]).unwrap();
            });
        }
    });
    let store = Store::open(&folder.path().join("store"), StoreOptions::default()).unwrap();
    assert_eq!(store.stats().unwrap().small_artifacts, 8);
}

const CHILD: &str = "MLOPS_STORE_TEST_FOLDER";

#[test]
fn eight_processes_open_an_empty_store() {
    if let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) {
        let store = Store::open(&folder, StoreOptions::default()).unwrap();
        for number in 0..20 {
            let bytes = format!("{} {number}", std::process::id());
            let artifact = staged(&store, bytes.as_bytes());
            commit(
                &store,
                entry(bytes.as_bytes(), &[&artifact]),
                vec![artifact],
            );
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let children: Vec<_> = (0..8)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "opening::eight_processes_open_an_empty_store"])
                .env(CHILD, &store)
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = Store::open(&store, StoreOptions::default()).unwrap();
    assert_eq!(store.stats().unwrap().small_artifacts, 160);
    let report = store.check(mlops_store::CheckScope::Everything).unwrap();
    assert!(report.problems.is_empty(), "{report:?}");
}

#[test]
fn a_newer_schema_is_refused_and_the_version_named() {
    let place = place();
    place.tamper("INSERT INTO migration VALUES (9, 'later', x'00', 'mlops 3.1.4')");
    rusqlite::Connection::open(place.folder.path().join("metadata.sqlite"))
        .unwrap()
        .pragma_update(None, "user_version", 9)
        .unwrap();
    for options in [StoreOptions::default(), read_only()] {
        let error = Store::open(place.folder.path(), options).unwrap_err();
        assert_eq!(error.code(), "store::newer_schema");
        assert!(error.to_string().contains("mlops 3.1.4"), "{error}");
    }
}

#[test]
fn a_newer_layout_and_a_changed_migration_are_refused() {
    let place = place();
    place.tamper("UPDATE migration SET digest = zeroblob(32)");
    let error = Store::open(place.folder.path(), StoreOptions::default()).unwrap_err();
    assert_eq!(error.code(), "store::changed_migration");
    std::fs::write(
        place.folder.path().join("FORMAT"),
        "mlops store, format 2\n",
    )
    .unwrap();
    let error = Store::open(place.folder.path(), StoreOptions::default()).unwrap_err();
    assert_eq!(error.code(), "store::newer_schema");
}

#[test]
fn a_store_that_is_only_read_gives_all_and_takes_nothing() {
    let place = place();
    let artifact = staged(&place.store, b"model");
    let made = entry(b"key", &[&artifact]);
    commit(&place.store, made.clone(), vec![artifact.clone()]);
    let folder = place.folder;
    let reader = Store::open(folder.path(), read_only()).unwrap();
    assert!(
        reader
            .lookup(&made.key, Level::Experiment)
            .unwrap()
            .is_some()
    );
    // The last one to close merges the log into the database, which a reader cannot.
    drop(reader);
    drop(place.store);
    let log = folder.path().join("metadata.sqlite-wal");
    assert!(!log.exists());

    let reader = Store::open(folder.path(), read_only()).unwrap();
    assert_eq!(
        reader.read_artifact(&artifact.digest()).unwrap().bytes(),
        b"model".as_slice()
    );
    let refusals = [
        reader.put_bytes("text/plain", b"new").unwrap_err(),
        reader
            .reconcile_dead_runs()
            .err()
            .unwrap_or_else(|| reader.remove_leftovers().unwrap_err()),
    ];
    for error in refusals {
        assert_eq!(error.code(), "store::read_only");
        assert!(
            error
                .to_string()
                .contains(&folder.path().display().to_string())
        );
    }
    assert_eq!(
        std::fs::read_dir(folder.path().join("owners"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn reading_where_no_store_is_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(&folder.path().join("none"), read_only()).unwrap_err();
    assert!(matches!(error, StoreError::NoStore { .. }), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_may_not_be_written_is_refused_by_name() {
    let place = place();
    let refuse = |kind| with_faults(Arc::new(Refuses("probe", kind)));
    for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
        let error = Store::open(place.folder.path(), refuse(kind)).unwrap_err();
        assert_eq!(error.code(), "store::read_only", "{error}");
        assert!(
            error
                .to_string()
                .contains(&place.folder.path().display().to_string())
        );
        assert!(error.help().is_some());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn somebody_elses_folder_is_refused_with_both_names() {
    let place = place();
    if std::os::unix::fs::chown(place.folder.path(), Some(54_321), None).is_err() {
        // Only the superuser can give a folder away; the other refusals are tested for everybody.
        return;
    }
    let refuse = with_faults(Arc::new(Refuses("probe", ErrorKind::PermissionDenied)));
    let error = Store::open(place.folder.path(), refuse).unwrap_err();
    assert_eq!(error.code(), "store::foreign_owner");
    assert!(error.to_string().contains("user 54321"), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_damage() {
    let place = place();
    let folder = place.folder;
    drop(place.store);
    std::fs::write(folder.path().join("metadata.sqlite"), vec![b'x'; 8192]).unwrap();
    let error = Store::open(folder.path(), StoreOptions::default()).unwrap_err();
    assert!(error.is_damage(), "{error:?}");
}

#[test]
fn a_clone_is_the_same_owner_and_works_in_other_threads() {
    let place = place();
    let store = place.store.clone();
    let kept = std::thread::spawn(move || store.put_bytes("text/plain", b"there").unwrap())
        .join()
        .unwrap();
    assert!(place.store.has_artifact(&kept.digest).unwrap());
    assert!(!place.store.has_artifact(&Digest::of(b"elsewhere")).unwrap());
}

//! Artifacts: found by content, verified on reading, set aside when damaged.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests damage files behind the store's back"
)]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mlops_core::{Artifact, ArtifactInput, Digest};
use mlops_store::{Durability, StoreError, StoreOptions};

use crate::samples::{FullDisk, commit, entry, large, place, place_with, staged, with_faults};

#[test]
fn small_and_large_artifacts_come_back_equal_and_are_kept_once() {
    for durability in [Durability::Process, Durability::Power] {
        let place = place_with(StoreOptions {
            durability,
            ..StoreOptions::default()
        });
        for bytes in [Vec::new(), b"rows".to_vec(), vec![7; 64 * 1024], large(1)] {
            let kept = place.store.put_bytes("text/plain", &bytes).unwrap();
            assert_eq!(kept.digest, Digest::of(&bytes));
            assert_eq!(place.store.put_bytes("text/plain", &bytes).unwrap(), kept);
            let other = place.again();
            assert!(other.has_artifact(&kept.digest).unwrap());
            let read = other.read_artifact(&kept.digest).unwrap();
            assert_eq!(read.bytes(), bytes);
            assert_eq!(read.media_type(), "text/plain");
        }
        let stats = place.store.stats().unwrap();
        assert_eq!((stats.small_artifacts, stats.large_artifacts), (3, 1));
        assert!(
            std::fs::metadata(place.artifact_file(&Digest::of(&large(1))))
                .unwrap()
                .permissions()
                .readonly()
        );
    }
}

#[cfg(unix)]
#[test]
fn files_have_the_permissions_that_any_new_file_has() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let usual = place.folder.path().join("usual");
    std::fs::write(&usual, "").unwrap();
    let kept = place.store.put_bytes("text/plain", &large(9)).unwrap();
    assert_eq!(
        mode(place.folder.path().join("FORMAT")),
        mode(usual.clone())
    );
    assert_eq!(mode(place.artifact_file(&kept.digest)), mode(usual) & 0o555);
}

#[test]
fn writing_in_pieces_gives_the_same_artifact_as_writing_at_once() {
    let place = place();
    let bytes = large(2);
    for piece in [1_000, 65_537, 300_000] {
        let kept = place
            .store
            .stage_artifact("text/plain", |output| {
                for piece in bytes.chunks(piece) {
                    output.write_all(piece)?;
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(kept.digest(), Digest::of(&bytes));
        assert_eq!(kept.size(), bytes.len() as u64);
    }
}

#[test]
fn items_are_artifacts_of_their_own_and_a_damaged_one_takes_its_holder_along() {
    let place = place();
    let texts = vec!["a".repeat(5_000), "b".repeat(100_000)];
    let list = place
        .store
        .stage_artifact(Vec::<String>::MEDIA_TYPE, |output| texts.write(output))
        .unwrap();
    let entry = entry(b"list", &[&list]);
    commit(&place.store, entry.clone(), vec![list.clone()]);
    let read = place.again().read_artifact(&list.digest()).unwrap();
    assert_eq!(Vec::<String>::read(&read).unwrap(), texts);

    assert_eq!(
        place.tamper("UPDATE artifact SET bytes = x'00' WHERE place = 'small' AND size > 4000"),
        1
    );
    let other = place.again();
    let read = other.read_artifact(&list.digest()).unwrap();
    assert!(Vec::<String>::read(&read).is_err());
    assert!(!other.has_artifact(&list.digest()).unwrap());
    assert!(other.lookup(&entry.key, entry.level).unwrap().is_none());
    commit(&other, entry.clone(), vec![list.clone()]);
    let read = place.again().read_artifact(&list.digest()).unwrap();
    assert_eq!(Vec::<String>::read(&read).unwrap(), texts);
}

#[test]
fn a_flipped_byte_in_a_large_artifact_is_detected_and_the_stage_reruns() {
    let place = place();
    let bytes = large(3);
    let artifact = staged(&place.store, &bytes);
    let entry = entry(b"large", &[&artifact]);
    commit(&place.store, entry.clone(), vec![artifact.clone()]);

    let file = place.artifact_file(&artifact.digest());
    let mut wrong = bytes.clone();
    wrong[300_000] ^= 1;
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, wrong).unwrap();

    let other = place.again();
    let error = other.read_artifact(&artifact.digest()).unwrap_err();
    assert!(
        matches!(error, StoreError::ArtifactDamaged { .. }),
        "{error}"
    );
    assert!(error.is_damage());
    assert!(
        place
            .folder
            .path()
            .join("damaged")
            .join(artifact.digest().hex())
            .exists()
    );
    assert!(other.lookup(&entry.key, entry.level).unwrap().is_none());

    commit(&other, entry.clone(), vec![staged(&other, &bytes)]);
    assert!(other.lookup(&entry.key, entry.level).unwrap().is_some());
    assert_eq!(
        place
            .again()
            .read_artifact(&artifact.digest())
            .unwrap()
            .bytes(),
        bytes
    );
}

#[test]
fn a_missing_or_cut_file_is_detected() {
    let place = place();
    for (seed, cut) in [(4, None), (5, Some(1_000))] {
        let bytes = large(seed);
        let kept = place.store.put_bytes("text/plain", &bytes).unwrap();
        let file = place.artifact_file(&kept.digest);
        std::fs::remove_file(&file).unwrap();
        if let Some(length) = cut {
            std::fs::write(&file, &bytes[..length]).unwrap();
        }
        let other = place.again();
        assert!(!other.has_artifact(&kept.digest).unwrap());
        assert!(other.read_artifact(&kept.digest).unwrap_err().is_damage());
        other.put_bytes("text/plain", &bytes).unwrap();
        assert_eq!(other.read_artifact(&kept.digest).unwrap().bytes(), bytes);
    }
}

#[test]
fn a_full_disk_loses_nothing_and_leaves_the_store_usable() {
    let disk = Arc::new(FullDisk::default());
    let place = place_with(with_faults(disk.clone()));
    let before = place.store.put_bytes("text/plain", b"before").unwrap();

    disk.0.store(true, Ordering::SeqCst);
    for bytes in [b"small".to_vec(), large(6)] {
        let error = place.store.put_bytes("text/plain", &bytes).unwrap_err();
        assert_eq!(error.code(), "store::no_space", "{error:?}");
        assert!(error.help().is_some());
        assert!(!place.store.has_artifact(&Digest::of(&bytes)).unwrap());
    }
    disk.0.store(false, Ordering::SeqCst);

    assert_eq!(
        place.store.read_artifact(&before.digest).unwrap().bytes(),
        b"before".as_slice()
    );
    place.store.put_bytes("text/plain", &large(6)).unwrap();
    let report = place
        .again()
        .check(mlops_store::CheckScope::Everything)
        .unwrap();
    assert!(
        report.is_whole() && report.problems.is_empty(),
        "{report:?}"
    );
    assert_eq!(
        std::fs::read_dir(place.folder.path().join("temporary"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn the_check_finds_what_is_wrong_and_sets_it_aside() {
    let place = place();
    let kept = place.store.put_bytes("text/plain", &large(7)).unwrap();
    let artifact = staged(&place.store, b"small");
    commit(&place.store, entry(b"key", &[&artifact]), vec![artifact]);
    assert!(
        place
            .store
            .check(mlops_store::CheckScope::Sample(10))
            .unwrap()
            .is_whole()
    );

    let file = place.artifact_file(&kept.digest);
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, vec![0; 600_000]).unwrap();
    std::fs::write(file.with_file_name("stray"), b"").unwrap();
    place.tamper("UPDATE entry SET call = 'other'");

    let report = place
        .store
        .check(mlops_store::CheckScope::Everything)
        .unwrap();
    let codes: Vec<_> = report.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(
        codes,
        ["row", "artifact", "orphan", "set_aside"],
        "{report:?}"
    );
    assert!(!report.is_whole());
}

#[test]
fn a_damaged_row_of_an_artifact_is_replaced_by_the_next_that_is_made() {
    let place = place();
    let model = staged(&place.store, b"model");
    commit(&place.store, entry(b"key", &[&model]), vec![model.clone()]);
    place.tamper("UPDATE artifact SET media_type = 'text/html'");
    let store = place.again();
    assert!(!store.has_artifact(&model.digest()).unwrap());
    commit(&store, entry(b"key", &[&model]), vec![model.clone()]);
    assert!(store.has_artifact(&model.digest()).unwrap());
    let read = store.read_artifact(&model.digest()).unwrap();
    assert_eq!(read.media_type(), model.media_type());
}

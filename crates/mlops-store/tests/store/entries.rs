//! Cache entries: seen under the right level only, absent when wrong, and traceable both ways.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mlops_core::{Digest, Level};
use mlops_store::{Accepted, Commit, KnownSource, StageOutcome, StageRecord};
use uuid::Uuid;

use crate::samples::{
    FullDisk, commit, entry, input, place, place_with, run, stage, staged, with_faults,
};

#[test]
fn an_entry_comes_back_as_it_was_committed() {
    let place = place();
    let artifact = staged(&place.store, b"model");
    let mut made = entry(b"key", &[&artifact]);
    made.playback.metrics[0].value = f64::NEG_INFINITY;
    let id = commit(&place.store, made.clone(), vec![artifact]);
    let found = place.again().entry_with_key(id).unwrap();
    made.id = id;
    assert_eq!(found, made);
    assert_eq!(
        place.store.latest_entry("app::train").unwrap(),
        Some(made.clone())
    );
    assert_eq!(
        place
            .store
            .latest_entry_like("app::train", "train")
            .unwrap(),
        Some(made)
    );
    assert_eq!(
        place
            .store
            .latest_entry_like("app::train", "other")
            .unwrap(),
        None
    );
}

#[test]
fn an_entry_that_was_accepted_says_so_wherever_it_is_read() {
    let place = place();
    let artifact = staged(&place.store, b"model");
    let mut made = entry(b"new code", &[&artifact]);
    made.accepted = Some(Accepted {
        by: "ada".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        reason: "a name changed".to_owned(),
        from: Digest::of(b"old code"),
        audit: 3,
    });
    let id = commit(&place.store, made.clone(), vec![artifact]);
    let again = place.again();
    let found = again.lookup(&made.key, Level::Experiment).unwrap().unwrap();
    assert_eq!(found.accepted, made.accepted);
    assert_eq!(again.entry(id).unwrap().accepted, made.accepted);
}

#[test]
fn the_newest_entry_that_fits_is_found_with_its_key_and_damaged_ones_are_passed_over() {
    let place = place();
    let artifact = staged(&place.store, b"model");
    for rate in [0.1, 0.2, 0.1, 0.2, 0.3] {
        let mut made = entry(format!("{rate}").as_bytes(), &[&artifact]);
        made.key_record = serde_json::json!({ "rate": rate });
        commit(&place.store, made, vec![artifact.clone()]);
    }
    let newest = |rate: f64| {
        let store = place.again();
        let found = store.newest_entry("app::train", |entry| entry.key_record["rate"] == rate);
        found.unwrap().map(|entry| entry.id)
    };
    assert_eq!(newest(0.1), Some(3));
    assert_eq!(newest(0.4), None);
    assert_eq!(
        place.tamper("UPDATE entry SET call = 'other' WHERE id = 3"),
        1
    );
    assert_eq!(newest(0.1), Some(1));
    let elsewhere = place.store.newest_entry("app::other", |_| true);
    assert_eq!(elsewhere.unwrap(), None);
}

#[test]
fn nothing_leaks_upward() {
    let place = place();
    for (made_under, outcome) in [(Level::Experiment, b"e"), (Level::Production, b"p")] {
        let artifact = staged(&place.store, outcome);
        let mut made = entry(made_under.as_str().as_bytes(), &[&artifact]);
        made.level = made_under;
        commit(&place.store, made.clone(), vec![artifact]);
        for asked in Level::ALL {
            let found = place.store.lookup(&made.key, asked).unwrap();
            assert_eq!(found.is_some(), made_under >= asked, "{made_under} {asked}");
        }
    }
}

#[test]
fn what_may_not_be_reused_is_not_found() {
    let place = place();
    let artifact = staged(&place.store, b"now");
    let mut made = entry(b"key", &[&artifact]);
    made.reusable = false;
    commit(&place.store, made.clone(), vec![artifact]);
    assert_eq!(
        place.store.lookup(&made.key, Level::Experiment).unwrap(),
        None
    );
}

#[test]
fn a_flipped_digit_in_a_row_is_detected_and_the_stage_reruns() {
    let changes = [
        "UPDATE entry SET body = replace(body, '0.875', '0.975')",
        "UPDATE entry SET level = 2",
        "UPDATE entry SET run = zeroblob(16)",
        "UPDATE entry SET checksum = zeroblob(16)",
        "UPDATE entry SET body_digest = zeroblob(16)",
        "UPDATE entry SET body = 'no json'",
    ];
    for change in changes {
        let place = place();
        let artifact = staged(&place.store, b"model");
        let made = entry(b"key", &[&artifact]);
        commit(&place.store, made.clone(), vec![artifact.clone()]);
        assert_eq!(place.tamper(change), 1);

        let other = place.again();
        assert_eq!(
            other.lookup(&made.key, Level::Experiment).unwrap(),
            None,
            "{change}"
        );
        assert_eq!(other.damaged_rows_seen(), 1);
        let id = commit(&other, made.clone(), vec![artifact]);
        assert_eq!(
            other
                .lookup(&made.key, Level::Experiment)
                .unwrap()
                .unwrap()
                .id,
            id
        );
        let report = other.check(mlops_store::CheckScope::Everything).unwrap();
        assert!(report.problems.is_empty(), "replaced: {report:?}");
    }
}

#[test]
fn a_commit_is_all_or_nothing() {
    let disk = Arc::new(FullDisk::default());
    let place = place_with(with_faults(disk.clone()));
    let record = run(&place.store, 1 << 64, "churn");
    place.store.begin_run(&record).unwrap();
    let artifact = staged(&place.store, b"model");
    let made = entry(b"key", &[&artifact]);
    let parts = || Commit {
        entry: made.clone(),
        staged: vec![artifact.clone()],
        stage: Some(stage(record.id, 0, StageOutcome::Ran)),
        lease: None,
        code: None,
    };
    disk.0.store(true, Ordering::SeqCst);
    assert_eq!(
        place.store.commit(parts()).unwrap_err().code(),
        "store::no_space"
    );
    disk.0.store(false, Ordering::SeqCst);
    assert!(!place.store.has_artifact(&artifact.digest()).unwrap());
    assert!(place.store.stages(record.id).unwrap().is_empty());
    assert_eq!(place.store.journal_after(0, 10).unwrap().len(), 1);

    let id = place.store.commit(parts()).unwrap();
    assert_eq!(place.store.stage(record.id, 0).unwrap().entry, Some(id));
    assert_eq!(place.store.journal_after(0, 10).unwrap().len(), 3);
}

#[test]
fn lineage_leads_up_to_the_sources_and_down_to_all_that_rests_on_them() {
    let place = place();
    let make = |name: &str, inputs: &[(&str, Digest)]| {
        let artifact = staged(&place.store, name.as_bytes());
        let mut made = entry(name.as_bytes(), &[&artifact]);
        made.stage = name.to_owned();
        made.inputs = inputs
            .iter()
            .map(|(name, digest)| input(name, *digest))
            .collect();
        if inputs.is_empty() {
            let mut source = input("file", Digest::of(b"file"));
            source.kind = mlops_store::InputKind::Source;
            source.location = Some("/data/customers.csv".to_owned());
            made.inputs.push(source);
        }
        commit(&place.store, made, vec![artifact.clone()]);
        artifact.digest()
    };
    let raw = make("raw", &[]);
    let left = make("left", &[("raw", raw)]);
    let right = make("right", &[("raw", raw)]);
    let model = make("model", &[("left", left), ("right", right)]);
    make("unrelated", &[]);

    let names = |graph: &mlops_store::LineageGraph| -> Vec<String> {
        graph
            .entries
            .iter()
            .map(|entry| entry.stage.to_string())
            .collect()
    };
    let up = place.store.lineage_up(&[model], None).unwrap();
    assert_eq!(names(&up), ["model", "left", "right", "raw"]);
    let distances: Vec<usize> = up.entries.iter().map(|entry| entry.distance).collect();
    assert_eq!(distances, [0, 1, 1, 2]);
    let source = up
        .entries
        .iter()
        .flat_map(|entry| &entry.inputs)
        .find(|input| input.location.is_some())
        .unwrap();
    assert_eq!(source.location.as_deref(), Some("/data/customers.csv"));

    assert_eq!(
        names(&place.store.lineage_up(&[left], None).unwrap()),
        ["left", "raw"]
    );
    assert_eq!(
        names(&place.store.lineage_down(&[right]).unwrap()),
        ["model"]
    );
    let down = place.store.lineage_down(&[Digest::of(b"file")]).unwrap();
    assert_eq!(names(&down), ["raw", "unrelated", "left", "right", "model"]);
    assert_eq!(place.store.entries_consuming(&raw).unwrap().len(), 2);
    assert_eq!(
        place.store.entries_producing(&model).unwrap(),
        [up.entries[0].id]
    );
    assert_eq!(up.entries[0].run, Uuid::from_u128(7));
    let within = |run: u128| {
        names(
            &place
                .store
                .lineage_up(&[model], Some(Uuid::from_u128(run)))
                .unwrap(),
        )
    };
    assert_eq!(within(7), ["model", "left", "right", "raw"]);
    // Another run reused some of it.
    let reused: Vec<StageRecord> = (0..2)
        .map(|index| {
            let mut stage = stage(Uuid::from_u128(9), index, StageOutcome::Reused);
            stage.entry = Some(up.entries[index as usize].id);
            stage
        })
        .collect();
    place.store.record_stages(&reused).unwrap();
    assert_eq!(within(9), ["model", "left"]);
    assert_eq!(within(11), [""; 0]);
}

#[test]
fn lineage_goes_through_lists() {
    use mlops_core::Artifact;
    let place = place();
    let texts = vec!["a".repeat(5_000), "b".repeat(5_000)];
    let list = place
        .store
        .stage_artifact(Vec::<String>::MEDIA_TYPE, |output| texts.write(output))
        .unwrap();
    let mut made = entry(b"list", &[&list]);
    made.stage = "list".to_owned();
    commit(&place.store, made, vec![list.clone()]);
    let item = place.store.lineage_down(&[list.digest()]).unwrap();
    let item = *item.parts[&list.digest()].first().unwrap();
    let artifact = staged(&place.store, b"from the item");
    let mut made = entry(b"part", &[&artifact]);
    made.stage = "part".to_owned();
    made.inputs = vec![input("item", item)];
    commit(&place.store, made, vec![artifact.clone()]);
    assert_eq!(
        place
            .store
            .lineage_up(&[artifact.digest()], None)
            .unwrap()
            .entries
            .len(),
        2
    );
    assert_eq!(
        place
            .store
            .lineage_down(&[list.digest()])
            .unwrap()
            .entries
            .len(),
        1
    );
}

#[test]
fn a_source_is_remembered_with_its_state() {
    let place = place();
    let known = KnownSource {
        fingerprint: "1-2-3".to_owned(),
        size: 12,
        modified: Some("2026-01-02T03:04:05.123456789Z".parse().unwrap()),
        digest: Digest::of(b"content"),
        observed: "2026-01-02T03:04:06Z".parse().unwrap(),
    };
    assert_eq!(place.store.known_source("/a").unwrap(), None);
    place.store.remember_source("/a", &known).unwrap();
    assert_eq!(place.again().known_source("/a").unwrap(), Some(known));
    place.tamper("UPDATE known_source SET size = 13");
    assert_eq!(place.again().known_source("/a").unwrap(), None);
}

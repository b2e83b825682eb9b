//! Runs: recorded, found by short names, told in order, and closed when their process died.

use jiff::Timestamp;
use mlops_store::{JournalKind, RunFilter, RunOutcome, StageOutcome, StoreError};
use uuid::Uuid;

use crate::samples::{Place, place, run, stage};

const FIRST: u128 = (1 << 64) | 0x0a01;

fn three_runs() -> (Place, [Uuid; 3]) {
    let place = place();
    let ids = [FIRST, (2 << 64) | 0x0b01, (3 << 64) | 0x0b02];
    for (id, pipeline) in ids.into_iter().zip(["churn", "churn", "fraud"]) {
        let mut record = run(&place.store, id, pipeline);
        place.store.begin_run(&record).unwrap();
        record.outcome = Some(if pipeline == "churn" {
            RunOutcome::Succeeded
        } else {
            RunOutcome::Failed
        });
        record.ended = Some(record.started);
        place.store.finish_run(&record).unwrap();
    }
    (place, ids.map(Uuid::from_u128))
}

#[test]
fn runs_are_listed_newest_first_and_filtered() {
    let (place, ids) = three_runs();
    let list = |filter: RunFilter| -> Vec<Uuid> {
        place
            .store
            .runs(&filter)
            .unwrap()
            .into_iter()
            .map(|run| run.id)
            .collect()
    };
    assert_eq!(list(RunFilter::default()), [ids[2], ids[1], ids[0]]);
    let churn = RunFilter {
        pipeline: Some("churn".to_owned()),
        limit: Some(1),
        ..RunFilter::default()
    };
    assert_eq!(list(churn), [ids[1]]);
    let failed = RunFilter {
        outcome: Some(RunOutcome::Failed),
        profile: Some("experiment".to_owned()),
        ..RunFilter::default()
    };
    assert_eq!(list(failed), [ids[2]]);
    let before = RunFilter {
        before: Some(Timestamp::from_second(2).unwrap()),
        ..RunFilter::default()
    };
    assert_eq!(list(before), [ids[0]]);
}

#[test]
fn a_run_is_found_by_what_people_type() {
    let (place, ids) = three_runs();
    let find =
        |selector: &str, pipeline| place.store.find_run(selector, pipeline).map(|run| run.id);
    assert_eq!(find("latest", None).unwrap(), ids[2]);
    assert_eq!(find("latest", Some("churn")).unwrap(), ids[1]);
    assert_eq!(find("latest~1", Some("churn")).unwrap(), ids[0]);
    assert_eq!(find(&ids[0].to_string(), None).unwrap(), ids[0]);
    assert_eq!(find("0a01", None).unwrap(), ids[0]);
    let error = find("0000", None).unwrap_err();
    assert!(matches!(&error, StoreError::AmbiguousRun { candidates, .. } if candidates.len() == 3));
    let error = find("latest~7", None).unwrap_err();
    assert!(
        error.help().unwrap().contains(&ids[2].to_string()),
        "{error}"
    );
    for nothing in ["beef", "no-id", "", "latest~x", "%"] {
        assert_eq!(
            find(nothing, None).unwrap_err().code(),
            "store::no_such_run"
        );
    }
}

#[test]
fn a_damaged_run_is_passed_over_in_lists_and_said_when_asked_for() {
    let (place, ids) = three_runs();
    place.tamper("UPDATE run SET body = replace(body, '0.1', '0.2') WHERE pipeline = 'fraud'");
    assert_eq!(place.store.runs(&RunFilter::default()).unwrap().len(), 2);
    assert!(place.store.run(ids[2]).unwrap_err().is_damage());
    assert_eq!(place.store.find_run("latest", None).unwrap().id, ids[1]);
}

#[test]
fn the_journal_tells_each_thing_once_and_in_order() {
    let place = place();
    let mut record = run(&place.store, FIRST, "churn");
    place.store.begin_run(&record).unwrap();
    let outcomes = [
        StageOutcome::Reused,
        StageOutcome::Running,
        StageOutcome::Failed,
        StageOutcome::Blocked,
        StageOutcome::Skipped,
        StageOutcome::Cancelled,
    ];
    let indices = [0, 1, 1, 2, 3, 4];
    let stages: Vec<_> = indices
        .into_iter()
        .zip(outcomes)
        .map(|(index, outcome)| stage(record.id, index, outcome))
        .collect();
    place.store.record_stages(&stages).unwrap();
    place.store.record_stages(&stages[2..]).unwrap();
    record.outcome = Some(RunOutcome::Failed);
    place.store.finish_run(&record).unwrap();

    let lines = place.store.journal_after(0, 100).unwrap();
    let told: Vec<_> = lines.iter().map(|line| (line.stage, line.kind)).collect();
    use JournalKind::{Abort, Complete, Fail, Start};
    assert_eq!(
        told,
        [
            (None, Start),
            (Some(0), Start),
            (Some(0), Complete),
            (Some(1), Start),
            (Some(1), Fail),
            (Some(4), Start),
            (Some(4), Abort),
            (None, Fail),
        ]
    );
    assert_eq!(
        place.store.journal_after(lines[5].sequence, 1).unwrap(),
        lines[6..7]
    );
    assert_eq!(place.store.delivered("http").unwrap(), 0);
    place.store.set_delivered("http", 5).unwrap();
    place.store.set_delivered("http", 3).unwrap();
    assert_eq!(place.again().delivered("http").unwrap(), 5);
    assert_eq!(place.store.delivered("file").unwrap(), 0);
}

#[test]
fn a_dead_processs_runs_are_closed_and_a_living_ones_are_not() {
    let place = place();
    let living = run(&place.store, FIRST, "churn");
    place.store.begin_run(&living).unwrap();
    let other = place.again();
    let dead = run(&other, (2 << 64) | 1, "churn");
    other.begin_run(&dead).unwrap();
    other
        .record_stages(&[
            stage(dead.id, 0, StageOutcome::Ran),
            stage(dead.id, 1, StageOutcome::Running),
        ])
        .unwrap();
    assert_eq!(place.store.reconcile_dead_runs().unwrap(), []);
    drop(other);

    let closed = place.store.reconcile_dead_runs().unwrap();
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0].outcome, Some(RunOutcome::Failed));
    assert_eq!(closed[0].reason.as_deref(), Some("the process died"));
    assert_eq!(place.store.run(dead.id).unwrap(), closed[0]);
    let stages = place.store.stages(dead.id).unwrap();
    assert_eq!(stages[0].outcome, StageOutcome::Ran);
    assert_eq!(stages[1].outcome, StageOutcome::Cancelled);
    assert_eq!(place.store.run(living.id).unwrap().outcome, None);
    assert_eq!(place.store.reconcile_dead_runs().unwrap(), []);
}

#[test]
fn a_damaged_stage_of_a_run_is_left_out_of_its_entries_and_counted() {
    // More than are verified at once, so that some are verified on the second thread and some here.
    const STAGES: u64 = 1_200;
    for damaged in [3, STAGES - 1] {
        let place = place();
        let record = run(&place.store, FIRST, "churn");
        place.store.begin_run(&record).unwrap();
        let stages: Vec<_> = (0..STAGES)
            .map(|index| {
                let mut stage = stage(record.id, index, StageOutcome::Reused);
                stage.entry = Some(1000 + index as i64);
                stage
            })
            .collect();
        place.store.record_stages(&stages).unwrap();
        assert_eq!(
            place.store.entries_of_run(record.id).unwrap().len(),
            STAGES as usize
        );
        place.tamper(&format!(
            "UPDATE stage SET entry = 7 WHERE position = {damaged}"
        ));
        let entries = place.store.entries_of_run(record.id).unwrap();
        let expected: Vec<i64> = (0..STAGES)
            .filter(|index| *index != damaged)
            .map(|index| 1000 + index as i64)
            .collect();
        assert_eq!(entries, expected);
        assert_eq!(place.store.damaged_rows_seen(), 1);
    }
}

//! Processes that are killed while they write, and several that write at once: nothing is lost, nothing is half.
//!
//! This very test binary is started again as the process that is killed; what it is to do stands in its environment.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use mlops_data::Table;
use mlops_data::arrow::array::{ArrayRef, Int64Array, TimestampMicrosecondArray};
use mlops_features::online::OnlineStore;
use mlops_features::point_in_time::Events;

const START: i64 = 1_700_000_000_000_000;
const ENTITIES: i64 = 20_000;

fn events() -> Events {
    Events::new("events", ["key"], "at").values(["round", "same"])
}

/// Every entity once, in this round; both values say the same.
fn round(number: i64) -> Table {
    let whole = |value: fn(i64, i64) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(
            (0..ENTITIES).map(|key| value(key, number)),
        ))
    };
    let times = vec![START + number; ENTITIES as usize];
    Table::from_columns([
        ("key", whole(|key, _| key)),
        ("at", Arc::new(TimestampMicrosecondArray::from(times))),
        ("round", whole(|_, number| number)),
        ("same", whole(|_, number| number)),
    ])
    .unwrap()
}

fn child(path: &std::path::Path, what: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kills::the_process_that_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env("MLOPS_KILLED_STORE", path)
        .env("MLOPS_KILLED_DOES", what)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "started by the others"]
fn the_process_that_is_killed() {
    let Some(path) = std::env::var_os("MLOPS_KILLED_STORE") else {
        return;
    };
    let store = OnlineStore::open(path).unwrap();
    let pushes = std::env::var("MLOPS_KILLED_DOES").unwrap() == "push";
    for number in 1..200 {
        match pushes {
            true => store.push(&events(), &round(number)).unwrap(),
            false => store.materialize(&events(), round(number)).unwrap(),
        };
    }
}

/// The rounds of all entities.
fn rounds(store: &OnlineStore) -> Vec<i64> {
    let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(0..ENTITIES));
    let answer = store
        .get(
            &["events:round", "events:same"],
            &Table::from_columns([("key", keys)]).unwrap(),
        )
        .unwrap();
    let (rounds, same) = (
        answer.numbers("round").unwrap(),
        answer.numbers("same").unwrap(),
    );
    assert_eq!(rounds, same, "an event is whole or absent");
    rounds
        .into_iter()
        .map(|round| round.unwrap() as i64)
        .collect()
}

#[test]
fn a_push_that_is_killed_is_whole_or_absent() {
    let mut last = 0;
    for attempt in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("online.db");
        let store = OnlineStore::open(&path).unwrap();
        store.push(&events(), &round(0)).unwrap();
        let mut killed = child(&path, "push");
        std::thread::sleep(Duration::from_millis(150 + attempt * 83));
        killed.kill().unwrap();
        killed.wait().unwrap();
        let found = rounds(&store);
        assert!(
            found.iter().all(|round| *round == found[0]),
            "a push is one transaction"
        );
        // The same push again, and one that is older than all: neither changes what is newest.
        store.push(&events(), &round(found[0])).unwrap();
        store.push(&events(), &round(0)).unwrap();
        assert_eq!(rounds(&store), found);
        last = last.max(found[0]);
    }
    assert!(last > 0, "nobody had written anything before it was killed");
}

#[test]
fn a_materialisation_that_is_killed_is_ended_by_the_next_and_two_at_once_do_not_disturb_each_other()
{
    for attempt in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("online.db");
        let store = OnlineStore::open(&path).unwrap();
        store.materialize(&events(), round(0)).unwrap();
        let mut one = child(&path, "materialize");
        let mut two = child(&path, "push");
        std::thread::sleep(Duration::from_millis(200 + attempt * 131));
        one.kill().unwrap();
        two.kill().unwrap();
        one.wait().unwrap();
        two.wait().unwrap();
        let before = rounds(&store);
        let newest = before.iter().max().copied().unwrap();
        store.materialize(&events(), round(newest)).unwrap();
        assert!(
            rounds(&store).iter().all(|round| *round == newest),
            "attempt {attempt}"
        );
    }
}

#[test]
fn readers_see_whole_pushes_while_many_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("online.db");
    let store = OnlineStore::open(&path).unwrap();
    store.push(&events(), &round(0)).unwrap();
    std::thread::scope(|scope| {
        for first in 1..4 {
            let path = &path;
            scope.spawn(move || {
                let store = OnlineStore::open(path).unwrap();
                for number in (first..16).step_by(3) {
                    store.push(&events(), &round(number)).unwrap();
                }
            });
        }
        let mut last = 0;
        while last < 15 {
            let found = rounds(&store);
            assert!(
                found.iter().all(|round| *round == found[0]),
                "of a push everything is seen or nothing"
            );
            assert!(found[0] >= last, "what is newest never goes back");
            last = found[0];
        }
    });
}

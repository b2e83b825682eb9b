//! What a view is: by whom it is kept, what it refuses, and what becomes of it when it is forgotten or damaged.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mlops_core::Clock;
use mlops_data::arrow::array::{ArrayRef, Int64Array, TimestampMicrosecondArray, UInt64Array};
use mlops_data::{File, Table, table};
use mlops_features::online::{OnlineStore, Status};
use mlops_features::point_in_time::Events;

use super::{Shop, csv};

fn bills() -> Events {
    Events::new("bills", ["customer"], "at")
        .created("seen")
        .values(["amount"])
}

fn push(shop: &Shop, events: &Events, text: &str) {
    let rows = csv(&format!("customer,at,seen,amount\n{text}"));
    shop.store.push(events, &rows).unwrap();
}

fn amount(store: &OnlineStore) -> (Status, Option<f64>) {
    let answer = store
        .get(&["bills:amount"], &table! { "customer" => [7] })
        .unwrap();
    let status = answer.features[0].cells[0].status;
    (status, answer.numbers("amount").unwrap()[0])
}

fn database(shop: &Shop) -> rusqlite::Connection {
    rusqlite::Connection::open(shop.folder.path().join("online.db")).unwrap()
}

#[test]
fn who_writes_without_a_time_to_live_does_not_take_it_away() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    let day = bills().ttl(SignedDuration::from_hours(24));
    push(
        &shop,
        &day,
        "7,2026-03-01T00:00:00,2026-03-01T00:00:00,1.5\n",
    );
    assert_eq!(amount(&shop.store), (Status::TooOld, None));
    push(
        &shop,
        &bills(),
        "8,2026-03-01T00:00:00,2026-03-01T00:00:00,1.5\n",
    );
    assert_eq!(amount(&shop.store), (Status::TooOld, None));
    let year = bills().ttl(SignedDuration::from_hours(24 * 365));
    push(
        &shop,
        &year,
        "8,2026-03-01T00:00:00,2026-03-01T00:00:00,1.5\n",
    );
    assert_eq!(amount(&shop.store), (Status::Present, Some(1.5)));
}

#[test]
fn a_view_that_could_not_be_asked_or_lives_for_less_than_nothing_is_refused() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    let rows = csv("customer,at,amount\n7,2026-03-01T00:00:00,1.5\n");
    for name in ["a:b", ""] {
        let events = Events::new(name, ["customer"], "at").values(["amount"]);
        let error = shop.store.push(&events, &rows).unwrap_err();
        assert_eq!(error.code(), "online::view_name", "{name}");
    }
    let events = Events::new("bills", ["customer"], "at")
        .values(["amount"])
        .ttl(SignedDuration::from_secs(-1));
    let error = shop.store.push(&events, &rows).unwrap_err();
    assert_eq!(error.code(), "join::duration");
    assert!(shop.store.views().unwrap().is_empty());
}

fn keyed(keys: ArrayRef) -> Table {
    let length = keys.len();
    let times = vec![1_700_000_000_000_000; length];
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(times));
    let amounts: ArrayRef = Arc::new(Int64Array::from(vec![1; length]));
    Table::from_columns([("customer", keys), ("at", times), ("amount", amounts)]).unwrap()
}

#[test]
fn a_key_that_its_view_does_not_reach_is_refused_and_not_left_out() {
    let signed = |keys: &[Option<i64>]| keyed(Arc::new(Int64Array::from(keys.to_vec())));
    let unsigned = |keys: &[Option<u64>]| keyed(Arc::new(UInt64Array::from(keys.to_vec())));
    let events = Events::new("bills", ["customer"], "at").values(["amount"]);
    for (first, good, bad) in [
        (
            signed(&[Some(7)]),
            unsigned(&[Some(8), None]),
            unsigned(&[Some(9), Some(u64::MAX)]),
        ),
        (
            unsigned(&[Some(7)]),
            signed(&[Some(8), None]),
            signed(&[Some(9), Some(-1)]),
        ),
    ] {
        let shop = Shop::at("2026-03-10T00:00:00Z");
        shop.store.push(&events, &first).unwrap();
        let written = shop.store.push(&events, &good).unwrap();
        assert_eq!((written.newer, written.of_nobody), (1, 1));
        let error = shop.store.push(&events, &bad).unwrap_err();
        assert_eq!(error.code(), "online::key_range");
        // All of a push or none.
        let nine = shop
            .store
            .get(&["bills:amount"], &table! { "customer" => [9_i64] });
        assert_eq!(nine.unwrap().features[0].cells[0].status, Status::NotFound);
    }
}

#[test]
fn a_push_that_does_not_say_when_it_became_known_may_be_repeated() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    push(&shop, &bills(), "7,2026-03-01T00:00:00,,1.5\n");
    shop.clock.advance(SignedDuration::from_secs(1));
    push(&shop, &bills(), "7,2026-03-01T00:00:00,,2.5\n");
    shop.clock.advance(SignedDuration::from_secs(1));
    let written = shop
        .store
        .push(
            &bills(),
            &csv("customer,at,seen,amount\n7,2026-03-01T00:00:00,,1.5\n"),
        )
        .unwrap();
    assert_eq!(written.newer, 0, "a retry is no news");
    assert_eq!(amount(&shop.store), (Status::Present, Some(2.5)));
}

#[test]
fn what_is_still_to_come_survives_the_mending_of_its_neighbour_and_comes_when_its_times_say() {
    let shop = Shop::at("2026-03-01T00:00:00Z");
    push(
        &shop,
        &bills(),
        "7,2026-03-05T00:00:00,2026-03-05T00:00:00,5.5\n7,2026-03-06T00:00:00,2026-03-06T00:00:00,6.5\n",
    );
    let database = database(&shop);
    let changed = database.execute("UPDATE pending SET known = 0", []);
    assert!(
        changed.is_err(),
        "when an event is known is not written by itself"
    );
    let damage = "UPDATE pending SET created_time = created_time - 1 WHERE event_time = (SELECT max(event_time) FROM pending)";
    assert_eq!(database.execute(damage, []).unwrap(), 1);
    let rows = csv("customer,at,seen,amount\n8,2026-02-01T00:00:00,2026-02-01T00:00:00,1.5\n");
    shop.store.materialize_again(&bills(), rows).unwrap();
    let left: i64 = database
        .query_row("SELECT count(*) FROM pending", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 1);
    shop.clock.advance(SignedDuration::from_hours(24 * 7));
    assert_eq!(amount(&shop.store), (Status::Present, Some(5.5)));
}

#[test]
fn a_damaged_view_is_not_read_otherwise_and_can_be_forgotten() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    let day = bills().ttl(SignedDuration::from_hours(24));
    push(
        &shop,
        &day,
        "7,2026-03-01T00:00:00,2026-03-01T00:00:00,1.5\n",
    );
    let damage =
        "UPDATE view SET definition = replace(definition, '86400000000000', '86400000000000000')";
    assert_eq!(database(&shop).execute(damage, []).unwrap(), 1);
    let asked = shop
        .store
        .get(&["bills:amount"], &table! { "customer" => [7] });
    assert_eq!(asked.unwrap_err().code(), "online::damaged_view");
    shop.store.forget("bills").unwrap();
    push(
        &shop,
        &bills(),
        "7,2026-03-01T00:00:00,2026-03-01T00:00:00,2.5\n",
    );
    assert_eq!(amount(&shop.store), (Status::Present, Some(2.5)));
}

#[test]
fn the_number_of_a_forgotten_view_is_given_to_no_other() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    let number = || -> i64 {
        database(&shop)
            .query_row("SELECT id FROM view", [], |row| row.get(0))
            .unwrap()
    };
    push(
        &shop,
        &bills(),
        "7,2026-03-01T00:00:00,2026-03-01T00:00:00,1.5\n",
    );
    let first = number();
    shop.store.forget("bills").unwrap();
    push(
        &shop,
        &bills(),
        "8,2026-03-01T00:00:00,2026-03-01T00:00:00,1.5\n",
    );
    assert_ne!(number(), first);
}

/// A clock that writes a file whenever it is asked: between the look at a file and its reading.
#[derive(Debug)]
struct Meddler {
    path: std::path::PathBuf,
}

const HEAD: &str = "customer,at,seen,amount\n";

impl Clock for Meddler {
    fn now(&self) -> Timestamp {
        let text = format!("{HEAD}7,2026-03-02T00:00:00,2026-03-02T00:00:00,2.5\n");
        #[expect(clippy::disallowed_methods, reason = "a file of the test")]
        std::fs::write(&self.path, text).unwrap();
        "2026-03-10T00:00:00Z".parse().unwrap()
    }
}

/// Somebody who drops the view when the time is asked for the first time.
#[derive(Debug)]
struct Forgetter {
    database: std::path::PathBuf,
    asked: std::sync::atomic::AtomicBool,
}

impl Clock for Forgetter {
    fn now(&self) -> Timestamp {
        if !self.asked.swap(true, std::sync::atomic::Ordering::Relaxed) {
            let store = OnlineStore::open(&self.database).unwrap();
            store.forget("bills").unwrap();
        }
        "2026-03-10T00:00:00Z".parse().unwrap()
    }
}

#[test]
fn nothing_is_written_to_a_view_that_was_forgotten_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("online.db");
    let clock = Arc::new(Forgetter {
        database: database.clone(),
        asked: false.into(),
    });
    let store = OnlineStore::open_with_clock(&database, clock).unwrap();
    let text = format!("{HEAD}7,2026-03-01T00:00:00,2026-03-01T00:00:00,1.5\n");
    let events = csv(&text);
    let error = store.materialize(&bills(), &events).unwrap_err();
    assert_eq!(error.code(), "online::forgotten_view");
    assert!(store.views().unwrap().is_empty());
}

#[test]
fn a_file_that_is_written_while_it_is_read_does_not_count_as_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bills.csv");
    #[expect(clippy::disallowed_methods, reason = "a file of the test")]
    std::fs::write(
        &path,
        format!("{HEAD}7,2026-03-01T00:00:00,2026-03-01T00:00:00,1.5\n"),
    )
    .unwrap();
    let clock = Arc::new(Meddler { path: path.clone() });
    let database = folder.path().join("online.db");
    let store = OnlineStore::open_with_clock(database, clock).unwrap();
    let error = store.materialize(&bills(), File::new(&path)).unwrap_err();
    assert_eq!(error.code(), "online::changed_file");
    // It is whole now, and brought in by the next.
    let written = store.materialize(&bills(), File::new(&path)).unwrap();
    assert!(!written.skipped);
    assert_eq!(amount(&store), (Status::Present, Some(2.5)));
    assert!(
        store
            .materialize(&bills(), File::new(&path))
            .unwrap()
            .skipped
    );
}

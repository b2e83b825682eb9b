//! One promise, one small store.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mlops_data::{File, Table, table};
use mlops_features::online::{FeatureValue, OnlineStore, Status};
use mlops_features::point_in_time::Events;

use super::{Shop, csv};

fn bills() -> Events {
    Events::new("bills", ["customer"], "at")
        .created("seen")
        .values(["amount", "plan"])
}

fn push(store: &OnlineStore, text: &str) {
    store
        .push(
            &bills(),
            &csv(&format!("customer,at,seen,amount,plan\n{text}")),
        )
        .unwrap();
}

fn plan(store: &OnlineStore, customer: i64) -> (Status, Option<String>) {
    let answer = store
        .get(&["bills:plan"], &table! { "customer" => [customer] })
        .unwrap();
    let cell = &answer.features[0].cells[0];
    let text = cell.value.clone().map(|value| match value {
        FeatureValue::Text(text) => text,
        other => panic!("{other:?}"),
    });
    (cell.status, text)
}

fn present(text: &str) -> (Status, Option<String>) {
    (Status::Present, Some(text.to_owned()))
}

#[test]
fn the_newest_event_wins_whatever_was_written_last() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    push(
        &shop.store,
        "7,2026-03-02T00:00:00,2026-03-02T00:00:00,1.5,new\n",
    );
    push(
        &shop.store,
        "7,2026-03-01T00:00:00,2026-03-09T00:00:00,1.5,old\n",
    );
    assert_eq!(plan(&shop.store, 7), present("new"));
    // Of one time, the one that became known later; of both times, the one whose values are greater.
    push(
        &shop.store,
        "7,2026-03-02T00:00:00,2026-03-03T00:00:00,1.5,corrected\n",
    );
    push(
        &shop.store,
        "7,2026-03-02T00:00:00,2026-03-02T00:00:00,9.5,newest\n",
    );
    assert_eq!(plan(&shop.store, 7), present("corrected"));
    push(
        &shop.store,
        "7,2026-03-02T00:00:00,2026-03-03T00:00:00,2.5,a\n",
    );
    push(
        &shop.store,
        "7,2026-03-02T00:00:00,2026-03-03T00:00:00,1.5,z\n",
    );
    assert_eq!(plan(&shop.store, 7), present("a"));
}

#[test]
fn every_answer_says_whether_there_is_a_value_and_if_not_why() {
    let shop = Shop::at("2026-03-02T00:00:00Z");
    let day = bills().ttl(SignedDuration::from_hours(24));
    let rows = csv(
        "customer,at,seen,amount,plan\n1,2026-03-01T00:00:00.000000,,1.5,basic\n2,2026-02-28T23:59:59.999999,,2.5,basic\n3,2026-03-01T12:00:00.0,,,basic\n",
    );
    shop.store.push(&day, &rows).unwrap();
    let answer = shop
        .store
        .get(&["bills:amount"], &table! { "customer" => [1, 2, 3, 4] })
        .unwrap();
    let statuses: Vec<_> = answer.features[0]
        .cells
        .iter()
        .map(|cell| cell.status)
        .collect();
    assert_eq!(
        statuses,
        [
            Status::Present,
            Status::TooOld,
            Status::Null,
            Status::NotFound
        ]
    );
    // What is too old is not given out.
    assert_eq!(
        answer.numbers("amount").unwrap(),
        [Some(1.5), None, None, None]
    );
    shop.clock.advance(SignedDuration::from_micros(1));
    let answer = shop
        .store
        .get(&["bills:amount"], &table! { "customer" => [1] })
        .unwrap();
    assert_eq!(answer.features[0].cells[0].status, Status::TooOld);
    assert_eq!(
        answer.features[0].cells[0].event_time,
        Some("2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap())
    );
}

#[test]
fn an_event_of_the_future_counts_from_its_moment_on() {
    let shop = Shop::at("2026-03-01T00:00:00Z");
    push(
        &shop.store,
        "7,2026-02-01T00:00:00,2026-02-01T00:00:00,1.5,now\n",
    );
    push(
        &shop.store,
        "7,2026-03-05T00:00:00,2026-02-20T00:00:00,1.5,planned\n7,2026-02-15T00:00:00,2026-03-03T00:00:00,1.5,late\n",
    );
    assert_eq!(plan(&shop.store, 7), present("now"));
    shop.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(plan(&shop.store, 7), present("late"));
    shop.clock
        .advance(SignedDuration::from_hours(48) - SignedDuration::from_micros(1));
    assert_eq!(plan(&shop.store, 7), present("late"));
    shop.clock.advance(SignedDuration::from_micros(1));
    assert_eq!(plan(&shop.store, 7), present("planned"));
}

#[test]
fn a_clock_that_jumps_back_loses_nothing_and_the_newest_event_still_wins() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    push(
        &shop.store,
        "7,2026-03-09T00:00:00,2026-03-09T00:00:00,1.5,newest\n",
    );
    shop.clock.advance(SignedDuration::from_hours(-24 * 30));
    assert_eq!(plan(&shop.store, 7), present("newest"));
    // What is written now is in the future of this clock: it is kept, and counts when the clock is right again.
    push(
        &shop.store,
        "7,2026-03-08T00:00:00,2026-03-08T00:00:00,1.5,older\n",
    );
    push(
        &shop.store,
        "7,2026-03-09T12:00:00,2026-03-09T12:00:00,1.5,newer\n",
    );
    assert_eq!(plan(&shop.store, 7), present("newest"));
    shop.clock.advance(SignedDuration::from_hours(24 * 30));
    assert_eq!(plan(&shop.store, 7), present("newer"));
    push(
        &shop.store,
        "8,2026-03-08T00:00:00,2026-03-08T00:00:00,1.5,x\n",
    );
    assert_eq!(plan(&shop.store, 7), present("newer"));
}

#[test]
fn late_events_of_a_file_get_in_and_a_file_that_is_in_is_not_read_again() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        #[expect(clippy::disallowed_methods, reason = "a file of the test")]
        std::fs::write(&path, format!("customer,at,seen,amount,plan\n{text}")).unwrap();
        File::new(path)
    };
    let monday = write(
        "1.csv",
        "7,2026-03-02T00:00:00,2026-03-02T00:00:00,1.5,monday\n",
    );
    let late = write(
        "2.csv",
        "8,2026-01-02T00:00:00,2026-01-02T00:00:00,1.5,january\n",
    );
    assert_eq!(shop.store.materialize(&bills(), &monday).unwrap().newer, 1);
    // Older than all that is there, in both times: no watermark would let it in.
    assert_eq!(shop.store.materialize(&bills(), &late).unwrap().newer, 1);
    assert_eq!(plan(&shop.store, 8), present("january"));
    assert!(shop.store.materialize(&bills(), &monday).unwrap().skipped);
    let again = shop.store.materialize_again(&bills(), &monday).unwrap();
    assert_eq!((again.skipped, again.seen, again.newer), (false, 1, 0));
}

#[test]
fn several_views_are_answered_at_once_in_the_order_in_which_they_are_asked() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    push(&shop.store, "7,2026-03-02T00:00:00,,1.5,basic\n");
    let shops =
        Events::new("shops", ["customer", "shop"], "at").values(["visits", "open", "since"]);
    shop.store.push(&shops, &csv("customer,shop,at,visits,open,since\n7,north,2026-03-01T00:00:00,3,true,2020-01-01T00:00:00\n")).unwrap();
    let entities = table! { "customer" => [7, 7], "shop" => ["north", "south"] };
    let answer = shop
        .store
        .get(
            &["shops:since", "bills:plan", "shops:visits", "shops:open"],
            &entities,
        )
        .unwrap();
    let first: Vec<_> = answer
        .features
        .iter()
        .map(|feature| feature.cells[0].value.clone().unwrap())
        .collect();
    assert_eq!(
        first,
        [
            FeatureValue::Moment("2020-01-01T00:00:00Z".parse().unwrap()),
            FeatureValue::Text("basic".to_owned()),
            FeatureValue::Integer(3),
            FeatureValue::Boolean(true),
        ]
    );
    let statuses: Vec<_> = answer
        .features
        .iter()
        .map(|feature| feature.cells[1].status)
        .collect();
    assert_eq!(
        statuses,
        [
            Status::NotFound,
            Status::Present,
            Status::NotFound,
            Status::NotFound
        ]
    );
}

#[test]
fn every_value_comes_back_as_it_was_to_the_last_bit() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    let numbers = [
        f64::NAN,
        -0.0,
        0.0,
        f64::MIN_POSITIVE / 3.0,
        f64::MAX,
        f64::NEG_INFINITY,
        -1.5,
    ];
    let texts = ["", "\0", "a\0b", "\u{10ffff}", "ä", "\0\0", "z"];
    let whole = [i64::MIN, -1, 0, 1, i64::MAX, 7, 8];
    let table = table! { "key" => [0, 1, 2, 3, 4, 5, 6], "number" => numbers, "text" => texts, "whole" => whole };
    let times = vec![1_700_000_000_000_000; 7];
    let times = mlops_data::arrow::array::TimestampMicrosecondArray::from(times);
    let table = table.with_column("at", Arc::new(times)).unwrap();
    let events = Events::new("values", ["key"], "at").values(["number", "text", "whole"]);
    shop.store.push(&events, &table).unwrap();
    let keys: Table = table.select(&["key"]).unwrap();
    let answer = shop
        .again()
        .get(&["values:number", "values:text", "values:whole"], &keys)
        .unwrap();
    for (row, cell) in answer.features[0].cells.iter().enumerate() {
        let Some(FeatureValue::Number(value)) = cell.value else {
            panic!("{cell:?}")
        };
        assert_eq!(value.to_bits(), numbers[row].to_bits());
        assert_eq!(
            answer.features[1].cells[row].value,
            Some(FeatureValue::Text(texts[row].to_owned()))
        );
        assert_eq!(
            answer.features[2].cells[row].value,
            Some(FeatureValue::Integer(whole[row]))
        );
    }
}

#[test]
fn a_row_that_is_not_what_was_written_is_never_given_out_and_can_be_mended() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    push(
        &shop.store,
        "7,2026-03-02T00:00:00,2026-03-02T00:00:00,1.5,basic\n8,2026-03-02T00:00:00,2026-03-02T00:00:00,1.5,basic\n",
    );
    let database = rusqlite::Connection::open(shop.folder.path().join("online.db")).unwrap();
    for change in [
        "UPDATE latest SET event_time = event_time + 1 WHERE rowid_of = 1",
        "UPDATE latest SET created_time = created_time - 1 WHERE rowid_of = 1",
        "UPDATE latest SET features = zeroblob(2) WHERE rowid_of = 1",
    ] {
        let change = change.replace("rowid_of = 1", "entity = (SELECT min(entity) FROM latest)");
        database.execute(&change, []).unwrap();
        let error = shop
            .store
            .get(&["bills:plan"], &table! { "customer" => [7] })
            .unwrap_err();
        assert_eq!(error.code(), "online::damaged", "{change}");
        assert_eq!(plan(&shop.store, 8), present("basic"));
        let rows = csv(
            "customer,at,seen,amount,plan\n7,2026-03-02T00:00:00,2026-03-02T00:00:00,1.5,basic\n",
        );
        shop.store.materialize_again(&bills(), rows).unwrap();
        assert_eq!(plan(&shop.store, 7), present("basic"));
    }
}

#[test]
fn what_cannot_be_asked_or_written_is_refused_by_name_and_changes_nothing() {
    let shop = Shop::at("2026-03-10T00:00:00Z");
    push(
        &shop.store,
        "7,2026-03-02T00:00:00,2026-03-02T00:00:00,1.5,basic\n",
    );
    let ask = |features: &[&str], entities: &Table| shop.store.get(features, entities).unwrap_err();
    let seven = table! { "customer" => [7] };
    let error = ask(&["bils:plan"], &seven);
    assert_eq!(
        (error.code(), error.help().as_deref()),
        ("online::unknown_view", Some("did you mean `bills`?"))
    );
    let error = ask(&["bills:plam"], &seven);
    assert_eq!(
        (error.code(), error.help().as_deref()),
        ("online::unknown_feature", Some("did you mean `plan`?"))
    );
    assert_eq!(ask(&["plan"], &seven).code(), "online::feature_name");
    assert_eq!(
        ask(&["bills:plan"], &table! { "customer" => ["7"] }).code(),
        "join::key_mismatch"
    );
    assert_eq!(
        ask(&["bills:plan"], &table! { "custome" => [7] }).code(),
        "data::unknown_column"
    );
    let write = |events: &Events, text: &str| shop.store.push(events, &csv(text)).unwrap_err();
    let error = write(
        &bills(),
        "customer,at,seen,amount,plan\n8,2026-03-02T00:00:00,,x,basic\n",
    );
    assert_eq!(error.code(), "online::changed_view");
    let error = write(
        &bills(),
        "customer,at,seen,amount,plan\n8,2026-03-02T00:00:00,,1,a\n9,,,1,a\n",
    );
    assert_eq!(error.code(), "join::time_missing");
    assert_eq!(plan(&shop.store, 8), (Status::NotFound, None));
    let fewer = Events::new("bills", ["customer"], "at")
        .created("seen")
        .values(["amount"]);
    let error = write(
        &fewer,
        "customer,at,seen,amount\n8,2026-03-02T00:00:00,,1\n",
    );
    assert_eq!(error.code(), "online::changed_view");
    assert_eq!(plan(&shop.store, 7), present("basic"));
    shop.store.forget("bills").unwrap();
    assert_eq!(ask(&["bills:plan"], &seven).code(), "online::unknown_view");
}

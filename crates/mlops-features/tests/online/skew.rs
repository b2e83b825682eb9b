//! What was served, computed again from the events.

use std::sync::Arc;

use jiff::SignedDuration;
use mlops_features::online::{FeatureServer, ServedLog, skew};
use mlops_features::point_in_time::{Events, days};
use serde_json::json;

use super::{Shop, csv};

const ROWS: &str = "customer,at,seen,amount,plan
7,2026-03-01T00:00:00.5,2026-03-01T00:00:00.5,1.5,basic
8,2026-03-02T00:00:00.5,2026-03-02T00:00:00.5,2.5,
9,2026-02-01T00:00:00.5,2026-02-01T00:00:00.5,3.5,gold
";

#[test]
fn what_was_served_is_what_the_past_says_and_each_difference_is_counted_by_feature() {
    let shop = Shop::at("2026-03-03T00:00:00Z");
    let bills = Events::new("bills", ["customer"], "at")
        .created("seen")
        .values(["amount", "plan"])
        .ttl(days(10));
    let store = Arc::new(shop.again());
    store.push(&bills, &csv(ROWS)).unwrap();
    let log = Arc::new(ServedLog::one_in(2));
    let server = FeatureServer::new(Arc::clone(&store)).log(Arc::clone(&log));
    let body = json!({ "features": ["bills:amount", "bills:plan"], "entities": { "customer": [7, 8, 9, 10] } }).to_string();
    let ask = || {
        assert_eq!(
            server
                .answer("POST", "/get-online-features", body.as_bytes())
                .status,
            200
        )
    };
    (0..4).for_each(|_| ask());
    // A plan that is corrected in the store, and never in the events.
    shop.clock.advance(SignedDuration::from_secs(60));
    store
        .push(
            &bills,
            &csv("customer,at,seen,amount,plan\n7,2026-03-01T00:00:01.0,,1.5,silver\n"),
        )
        .unwrap();
    (0..2).for_each(|_| ask());

    let served = log.take().unwrap();
    let [(view, table)] = served.as_slice() else {
        panic!("{served:?}")
    };
    assert_eq!((view.as_str(), table.rows()), ("bills", 12));
    let found = skew(&bills, csv(ROWS), table).unwrap();
    let counts: Vec<_> = found
        .iter()
        .map(|one| {
            (
                one.feature.as_str(),
                one.compared,
                one.differing,
                one.example,
            )
        })
        .collect();
    assert_eq!(counts, [("amount", 12, 0, None), ("plan", 12, 1, Some(8))]);
    assert_eq!(found[1].rate(), Some(1.0 / 12.0));
    // Taken once.
    assert!(log.take().unwrap().is_empty());
    assert_eq!(
        skew(&bills, csv(ROWS), &table.slice(0, 0)).unwrap()[0].rate(),
        None
    );
}

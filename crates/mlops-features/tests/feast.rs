//! The bodies that Feast's client sends and reads, as files; and, with the feature `conformance`, that client itself.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

#[cfg(all(feature = "conformance", feature = "serve"))]
#[path = "feast/client.rs"]
mod client;

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mlops_core::FixedClock;
use mlops_data::{CsvOptions, Table};
use mlops_features::online::{FeatureServer, OnlineStore};
use mlops_features::point_in_time::Events;
use serde_json::Value;

fn hourly() -> Events {
    Events::new("driver_hourly_stats", ["driver_id"], "event_timestamp")
        .created("created")
        .values(["conv_rate", "acc_rate", "avg_daily_trips", "city"])
        .ttl(SignedDuration::from_hours(24))
}

const ROWS: &str = "driver_id,event_timestamp,created,conv_rate,acc_rate,avg_daily_trips,city
1001,2026-03-09T12:00:00.0,2026-03-09T12:00:00.0,0.25,1.0,7,Lyon
1002,2026-03-08T12:00:00.0,2026-03-08T12:00:00.0,0.5,0.75,8,Oslo
1003,2026-03-09T18:00:00.0,2026-03-09T18:00:00.0,NaN,,9,
";

fn store(folder: &Path) -> Arc<OnlineStore> {
    let clock = Arc::new(FixedClock::at(
        "2026-03-10T00:00:00Z".parse::<Timestamp>().unwrap(),
    ));
    let store = OnlineStore::open_with_clock(folder.join("online.db"), clock).unwrap();
    store
        .push(
            &hourly(),
            &Table::from_csv_str(ROWS, &CsvOptions::new()).unwrap(),
        )
        .unwrap();
    Arc::new(store)
}

fn server(store: Arc<OnlineStore>) -> FeatureServer {
    let late = "driver_id,event_timestamp,created,conv_rate,acc_rate,avg_daily_trips,city
1007,2026-03-09T01:00:00.0,2026-03-09T02:00:00.0,0.125,0.5,1,Rome
";
    FeatureServer::new(store)
        .push_source("driver_stats_push_source", "driver_hourly_stats")
        .service(
            "ranking",
            ["driver_hourly_stats:conv_rate", "driver_hourly_stats:city"],
        )
        .source(
            "driver_hourly_stats",
            Table::from_csv_str(late, &CsvOptions::new()).unwrap(),
        )
}

/// Each file is one talk: requests, and the answers that must come. `MLOPS_GOLDEN=write` writes the answers anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "files of the test")]
fn requests_get_the_answers_that_are_on_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/feast/golden");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let scratch = tempfile::tempdir().unwrap();
        let server = server(store(scratch.path()));
        let mut talk: Vec<Value> =
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let mut found = talk.clone();
        for exchange in &mut found {
            let text = |name: &str| exchange[name].as_str().unwrap().to_owned();
            let body = match &exchange["request"] {
                Value::String(text) => text.clone(),
                body => body.to_string(),
            };
            let answer = server.answer(&text("method"), &text("path"), body.as_bytes());
            exchange["status"] = answer.status.into();
            exchange["answer"] = answer.body;
        }
        if std::env::var_os("MLOPS_GOLDEN").is_some_and(|value| value == "write") {
            let text = serde_json::to_string_pretty(&found).unwrap();
            std::fs::write(&file, text + "\n").unwrap();
            talk = found.clone();
        }
        assert_eq!(found, talk, "{}", file.display());
    }
}

//! Nothing is lost, nothing is out of order, nobody waits: against collectors that are down, slow, wrong and strict.

use std::time::{Duration, Instant};

use mlops_core::{Secret, SecretValue};
use mlops_pipeline::lineage::{LineageDelivery, LineageError, LineageOptions};
use mlops_store::{Store, StoreOptions};

use crate::collector::Collector;
use crate::pipeline::{Place, churn, deliver, failing, good, identity, options, said};

fn to(url: String) -> LineageOptions {
    LineageOptions {
        url: Some(url),
        file: false,
        ..options()
    }
}

fn key(value: &str) -> SecretValue {
    let secret: Secret = "env:KEY".parse().unwrap();
    secret
        .resolve(|_| Some(value.to_owned()), |_| unreachable!())
        .unwrap()
}

#[test]
fn a_run_is_told_in_the_order_in_which_it_happened() {
    let place = Place::new();
    place.run(churn(&place.data(), 0.5, good));
    let events = place.events();
    let lines: Vec<_> = events.iter().map(said).collect();
    assert_eq!(
        lines,
        [
            "churn START",
            "churn.app::load START",
            "churn.app::load COMPLETE",
            "churn.app::clean START",
            "churn.app::clean COMPLETE",
            "churn.app::train START",
            "churn.app::train COMPLETE",
            "churn.app::evaluate START",
            "churn.app::evaluate COMPLETE",
            "churn COMPLETE",
        ]
    );
    // `clean` gave on what it got: its reader is still known to have read from `clean`, and `clean` from `load`.
    let read_by = |at: usize| events[at]["inputs"][0]["name"].as_str().unwrap();
    assert_eq!(read_by(2), place.data().to_str().unwrap());
    assert_eq!(read_by(4), "app::load/0");
    assert_eq!(read_by(6), "app::clean/0");
    assert_eq!(read_by(8), "app::train/0");
}

#[test]
fn a_reused_stage_says_so_and_from_which_run() {
    let place = Place::new();
    let first = place.run(churn(&place.data(), 0.5, good)).run.id;
    place.run(churn(&place.data(), 0.5, good));
    let events = place.events();
    let reused: Vec<_> = events[10..]
        .iter()
        .filter(|event| event["run"]["facets"]["mlops_reuse"].is_object())
        .collect();
    assert_eq!(reused.len(), 8);
    for event in reused {
        let facet = &event["run"]["facets"]["mlops_reuse"];
        assert_eq!(facet["reused"], true);
        assert_eq!(facet["fromRun"], first.to_string());
    }
    for event in &events[..10] {
        assert_ne!(event["run"]["facets"]["mlops_reuse"]["reused"], true);
    }
}

#[test]
fn a_collector_that_was_down_gets_every_event_later_and_in_order() {
    let place = Place::new();
    let address = Collector::nobody();
    for data in ["1\n", "2\n"] {
        place.change_data(data);
        let delivery =
            LineageDelivery::start(&place.store, to(format!("http://{address}"))).unwrap();
        place.run(churn(&place.data(), 0.5, good));
        delivery.notify();
        let report = delivery.finish(Duration::from_secs(20));
        assert_eq!(report.posted, 0);
        assert!(report.waiting > 0);
        assert!(report.collector_failure.is_some(), "{report:?}");
        assert!(
            report.warnings()[0].contains("wait for the collector"),
            "{report:?}"
        );
    }
    let collector = Collector::start_on(address, |_, _| 201);
    let report = deliver(&place.store, to(collector.url()));
    assert_eq!((report.posted, report.waiting), (20, 0));
    assert_eq!(report.warnings(), Vec::<String>::new());
    assert_eq!(collector.taken(), place.events());
    assert_eq!(collector.requests()[0].path, "/api/v1/lineage");

    let report = deliver(&place.store, to(collector.url()));
    assert_eq!(report.posted, 0, "what was taken is not sent again");
}

#[test]
fn a_collector_that_never_answers_does_not_keep_a_run_from_ending() {
    let place = Place::new();
    let (address, _listener) = Collector::mute();
    let mut sending = to(format!("http://{address}"));
    sending.file = true;
    let delivery = LineageDelivery::start(&place.store, sending).unwrap();
    place.run(churn(&place.data(), 0.5, good));
    let begun = Instant::now();
    let report = delivery.finish(Duration::from_millis(200));
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!((report.written, report.posted, report.waiting), (10, 0, 10));
}

#[test]
fn an_error_of_the_collector_is_waited_out() {
    let place = Place::new();
    place.run(churn(&place.data(), 0.5, good));
    let collector = Collector::start(|number, _| match number {
        0 => 500,
        1 => 429,
        2 => 401,
        _ => 200,
    });
    let delivery = LineageDelivery::start(&place.store, to(collector.url())).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while collector.taken().len() < 10 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    let report = delivery.finish(Duration::from_secs(20));
    assert_eq!((report.posted, report.rejected, report.waiting), (10, 0, 0));
    assert_eq!(collector.taken(), place.events());
    let bodies = collector.requests();
    assert_eq!(
        bodies[0].body, bodies[3].body,
        "the same event until it is taken"
    );
}

#[test]
fn a_refused_event_is_set_aside_with_the_answer_and_the_rest_goes_on() {
    let place = Place::new();
    place.run(churn(&place.data(), 0.5, good));
    let collector = Collector::start(|_, body| {
        if body.contains("app::train\"") {
            422
        } else {
            200
        }
    });
    let mut sending = to(collector.url());
    sending.api_key = Some(key("k-123"));
    let shown = format!("{sending:?}");
    assert!(!shown.contains("k-123"), "{shown}");
    let report = deliver(&place.store, sending);
    assert_eq!((report.posted, report.rejected, report.waiting), (8, 2, 0));
    assert!(
        report.warnings()[0].contains("refused 2 lineage events"),
        "{report:?}"
    );
    for request in collector.requests() {
        assert_eq!(request.authorization.as_deref(), Some("Bearer k-123"));
    }
    let path = place.store.folder().join("lineage/rejected.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        !text.contains("k-123"),
        "the answer repeated the key, the file must not"
    );
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["status"], 422);
    assert_eq!(said(&lines[0]["event"]), "churn.app::train START");
}

#[test]
fn what_a_killed_process_had_sent_is_sent_again_byte_for_byte() {
    let place = Place::new();
    place.run(churn(&place.data(), 0.5, good));
    place.change_data("3\n");
    place.run(churn(&place.data(), 0.5, failing));
    let killed = place.copy();
    let collector = Collector::start(|_, _| 200);
    deliver(&place.store, to(collector.url()));
    let first = collector.requests();
    deliver(&killed.store, to(collector.url()));
    let again = collector.requests().split_off(first.len());
    assert_eq!(first.len(), again.len());
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(first.body, again.body);
    }
    let mut identities: Vec<_> = collector.taken().iter().map(identity).collect();
    identities.sort();
    identities.dedup();
    assert_eq!(
        identities.len(),
        first.len(),
        "each event has one identity of its own"
    );
}

#[test]
fn a_torn_last_line_of_the_file_is_written_again() {
    let place = Place::new();
    place.run(churn(&place.data(), 0.5, good));
    let killed = place.copy();
    let whole = place.events();
    let text = std::fs::read_to_string(place.lineage_file()).unwrap();
    std::fs::create_dir_all(killed.lineage_file().parent().unwrap()).unwrap();
    std::fs::write(killed.lineage_file(), &text[..text.len() / 2]).unwrap();
    let events = killed.events();
    // Whole lines stay, and everything that was not counted as delivered follows.
    assert_eq!(events[events.len() - whole.len()..], whole);
}

#[test]
fn a_profile_sends_only_its_own_runs() {
    let place = Place::new();
    place.run(churn(&place.data(), 0.5, good));
    let collector = Collector::start(|_, _| 200);
    let mut sending = to(collector.url());
    sending.profile = "production".to_owned();
    assert_eq!(deliver(&place.store, sending).posted, 0);
    assert_eq!(deliver(&place.store, to(collector.url())).posted, 10);
}

#[test]
fn two_processes_share_the_work_and_no_line_is_torn() {
    let place = Place::new();
    for data in ["1\n", "2\n", "3\n"] {
        place.change_data(data);
        place.run(churn(&place.data(), 0.5, good));
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = Store::open(place.store.folder(), StoreOptions::default()).unwrap();
                deliver(&store, options());
            });
        }
    });
    assert_eq!(place.events().len(), 30);
}

#[test]
fn a_failure_is_told_with_its_cause() {
    let place = Place::new();
    place.run(churn(&place.data(), 0.5, failing));
    let events = place.events();
    let lines: Vec<_> = events.iter().map(said).collect();
    assert_eq!(lines[8..], ["churn.app::evaluate FAIL", "churn FAIL"]);
    for event in &events[8..] {
        let message = event["run"]["facets"]["errorMessage"]["message"]
            .as_str()
            .unwrap();
        assert!(
            message.contains("the model is worse than none"),
            "{message}"
        );
    }
}

#[test]
fn what_a_contract_found_is_told_with_the_data_that_it_judged_also_when_it_refused_them() {
    let place = Place::new();
    let told = || {
        let events = place.events();
        let clean = events.iter().rfind(|event| {
            let line = said(event);
            line.starts_with("churn.app::clean") && !line.ends_with("START")
        });
        let facets = clean.unwrap()["inputs"][0]["inputFacets"].clone();
        assert_eq!(clean.unwrap()["inputs"][0]["name"], "app::load/0");
        (
            facets["dataQualityAssertions"]["assertions"].clone(),
            facets["dataQualityMetrics"]["rowCount"].clone(),
        )
    };
    let verdicts = |told: &serde_json::Value| -> Vec<[serde_json::Value; 3]> {
        let list = told.as_array().unwrap().iter();
        list.map(|one| ["assertion", "column", "success"].map(|field| one[field].clone()))
            .collect()
    };
    let expected = |fit: bool| {
        vec![
            ["range".into(), "tenure".into(), fit.into()],
            // No evidence is no success, and of two columns neither is the one.
            ["compare".into(), serde_json::Value::Null, false.into()],
        ]
    };
    place.run(churn(&place.data(), 0.5, good));
    let (first, rows) = told();
    assert_eq!(verdicts(&first), expected(true));
    assert!(rows.as_u64().unwrap() > 0);
    // What is reused was judged when it was made.
    place.run(churn(&place.data(), 0.5, good));
    assert_eq!(told().0, first);
    place.change_data("1e6\n");
    place.run(churn(&place.data(), 0.5, good));
    assert_eq!(verdicts(&told().0), expected(false));
}

#[test]
fn settings_that_cannot_work_are_refused_before_the_run() {
    let place = Place::new();
    let refused = LineageDelivery::start(&place.store, to("localhost:5000".to_owned()));
    assert!(matches!(refused, Err(LineageError::Url { .. })));
    let mut sending = to("http://localhost:5000".to_owned());
    sending.api_key = Some(key("k-123\nX-Other: 1"));
    let error = LineageDelivery::start(&place.store, sending).unwrap_err();
    assert!(matches!(error, LineageError::ApiKey));
    assert!(!format!("{error} {error:?}").contains("k-123"));
}

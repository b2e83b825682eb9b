//! Deliveries counted against a promise, merged by content, and kept from run to run.

use jiff::{SignedDuration, Timestamp};

use super::Draws;
use crate::contract::Verdict;
use crate::quality::{Delivery, Outcome, Promise, Reliability, SourceHistory};
use crate::{Table, table};

fn hour(hours: i64) -> Timestamp {
    let start: Timestamp = "2026-09-30T12:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(hours)
}

fn daily() -> Promise {
    Promise::every(SignedDuration::from_hours(24))
}

fn judged(deliveries: &[Delivery], promise: Option<Promise>, now: i64) -> Reliability {
    let mut history = SourceHistory::new();
    deliveries
        .iter()
        .cloned()
        .for_each(|delivery| history.record(delivery));
    history.of("s", promise, hour(now)).unwrap()
}

fn came(hours: i64) -> Delivery {
    Delivery::arrived("s", hour(hours))
}

/// Expected, good, late, broken, failed, missed.
fn counts(found: &Reliability) -> [u64; 6] {
    assert_eq!(
        found.expected,
        found.good + found.late + found.broken + found.failed + found.missed
    );
    [
        found.expected,
        found.good,
        found.late,
        found.broken,
        found.failed,
        found.missed,
    ]
}

#[test]
fn deliveries_are_held_against_the_promise() {
    let on_time = judged(&[came(0), came(24), came(47)], Some(daily()), 48);
    assert_eq!(counts(&on_time), [3, 3, 0, 0, 0, 0]);
    assert_eq!((on_time.score, on_time.fresh), (Some(1.0), Verdict::Pass));
    let late = judged(&[came(0), came(30)], Some(daily()), 31);
    assert_eq!(counts(&late), [2, 1, 1, 0, 0, 0]);
    let with_grace = Some(daily().grace(SignedDuration::from_hours(6)));
    assert_eq!(
        counts(&judged(&[came(0), came(30)], with_grace, 31)),
        [2, 2, 0, 0, 0, 0]
    );
    let skipped = judged(&[came(0), came(72)], Some(daily()), 72);
    assert_eq!(counts(&skipped), [4, 2, 0, 0, 0, 2]);
    let silent = judged(&[came(0)], Some(daily()), 24 * 10 + 1);
    assert_eq!(counts(&silent), [11, 1, 0, 0, 0, 10]);
    assert_eq!(silent.fresh, Verdict::Fail);
    assert!(
        silent.to_string().ends_with("10 missed; overdue"),
        "{silent}"
    );
    // Without a promise nothing is late, and nothing is fresh.
    let unpromised = judged(&[came(0), came(720)], None, 9999);
    assert_eq!(
        (counts(&unpromised), unpromised.fresh),
        ([2, 2, 0, 0, 0, 0], Verdict::NoEvidence)
    );
}

#[test]
fn failures_are_told_once_and_take_the_place_of_what_did_not_come() {
    let failed = |hours| Delivery::failed("s", hour(hours), "not there");
    let retried = [came(0), failed(24), failed(25), failed(26), came(47)];
    // Three tries of one day are one failure; that what came after it was late is told by that already.
    assert_eq!(
        counts(&judged(&retried, Some(daily()), 47)),
        [3, 2, 0, 0, 1, 0]
    );
    assert_eq!(counts(&judged(&retried, None, 47)), [5, 2, 0, 0, 3, 0]);
    let down = [came(0), failed(24), failed(48)];
    assert_eq!(
        counts(&judged(&down, Some(daily()), 73)),
        [4, 1, 0, 0, 2, 1]
    );
    let never = judged(&[failed(0)], Some(daily()), 100);
    assert_eq!((never.score, never.fresh), (Some(0.0), Verdict::NoEvidence));
}

#[test]
fn content_that_is_seen_again_is_one_delivery_and_broken_if_any_look_says_so() {
    let with = |hours, content: &str, outcome| Delivery {
        outcome,
        ..came(hours).content(content)
    };
    let deliveries = [
        with(0, "a", Outcome::Arrived),
        with(1, "a", Outcome::Arrived),
        with(24, "b", Outcome::Arrived),
        with(25, "b", Outcome::Broken),
        with(26, "b", Outcome::Arrived),
        with(48, "a", Outcome::Arrived),
    ];
    let found = judged(&deliveries, Some(daily()), 48);
    assert_eq!(counts(&found), [3, 2, 0, 1, 0, 0]);
    let mut turned = deliveries.to_vec();
    turned.reverse();
    assert_eq!(
        judged(&turned, Some(daily()), 48),
        found,
        "the order of recording does not matter"
    );
}

#[test]
fn the_history_is_told_by_month_with_intervals_and_adds_up() {
    let mut draws = Draws::new(4);
    for _ in 0..200 {
        let mut hours = 0;
        let mut deliveries = Vec::new();
        for _ in 0..1 + draws.below(60) {
            hours += 1 + draws.below(60) as i64;
            deliveries.push(match draws.below(4) {
                0 => Delivery::failed("s", hour(hours), "down"),
                1 => Delivery {
                    outcome: Outcome::Broken,
                    ..came(hours)
                },
                _ => came(hours),
            });
        }
        let found = judged(&deliveries, Some(daily()), hours + draws.below(100) as i64);
        counts(&found);
        let sum = |of: &dyn Fn(&crate::quality::ReliabilityPeriod) -> u64| {
            found.periods.iter().map(of).sum::<u64>()
        };
        assert_eq!(
            (sum(&|period| period.expected), sum(&|period| period.good)),
            (found.expected, found.good)
        );
        assert!(found.periods.is_sorted_by(|a, b| a.month < b.month));
        let [low, high] = found.interval.unwrap();
        let score = found.score.unwrap();
        assert!(low <= score && score <= high && low >= 0.0 && high <= 1.0);
    }
    let months = judged(&[came(0), came(24)], Some(daily()), 24);
    let named: Vec<&str> = months
        .periods
        .iter()
        .map(|period| period.month.as_str())
        .collect();
    assert_eq!(named, ["2026-09", "2026-10"]);
}

#[test]
fn a_history_survives_as_a_table_and_as_a_file_of_text() {
    let mut history = SourceHistory::new();
    history.record(came(0).content("blake3:00"));
    history.record(Delivery::failed("t", hour(5), "no, \"not\" there"));
    let table = history.to_table().unwrap();
    assert_eq!(SourceHistory::from_table(&table).unwrap(), history);
    let mut text = Vec::new();
    table.write_csv(&mut text).unwrap();
    let read = Table::from_csv_str(&String::from_utf8(text).unwrap(), &Default::default()).unwrap();
    assert_eq!(SourceHistory::from_table(&read).unwrap(), history);
    let empty = SourceHistory::new();
    assert_eq!(
        SourceHistory::from_table(&empty.to_table().unwrap()).unwrap(),
        empty
    );
    let wrong = table! { "source" => ["s"], "at" => ["yesterday"], "outcome" => ["arrived"], "content" => ["a"], "detail" => ["b"] };
    assert_eq!(
        SourceHistory::from_table(&wrong).unwrap_err().code(),
        "data::column_value"
    );
}

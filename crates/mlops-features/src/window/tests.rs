//! Batch, incremental and single row have the same bits, whatever the order of events.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::{
    Array, ArrayRef, Date32Array, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use jiff::Timestamp;
use mlops_data::{Table, table};
use proptest::prelude::*;

use super::{Event, EventColumns, SlidingWindow, Window};
use crate::{Cell, FeatureError, Row, features};

const OVER: Duration = Duration::from_secs(7);

macro_rules! aggregates {
    ($($(#[$description:meta])* $name:ident($amount:ident) -> $output:ty { $value:expr })*) => {$(
        $(#[$description])*
        #[mlops_derive::feature(entity = "customer", owner = "growth-ml", over = "7s", crate = crate)]
        fn $name($amount: &Window<f64>) -> $output {
            $value
        }
    )*};
}

aggregates! {
    /// How many.
    amount_count(amount) -> i64 { amount.count() }
    /// Their sum.
    amount_sum(amount) -> f64 { amount.sum() }
    /// Their mean.
    amount_mean(amount) -> Option<f64> { amount.mean() }
    /// The smallest.
    amount_min(amount) -> Option<f64> { amount.min() }
    /// The largest.
    amount_max(amount) -> Option<f64> { amount.max() }
    /// The newest.
    amount_last(amount) -> Option<f64> { amount.last() }
    /// How many different ones.
    amount_distinct(amount) -> i64 { amount.distinct() }
    /// Their standard deviation.
    amount_deviation(amount) -> Option<f64> { amount.standard_deviation() }
}

/// How many channels there were.
#[mlops_derive::feature(entity = "customer", owner = "growth-ml", over = "7s", crate = crate)]
fn channels(channel: &Window<String>, is_new: bool) -> i64 {
    if is_new { 0 } else { channel.distinct() }
}

fn at(microsecond: i64) -> Timestamp {
    Timestamp::from_microsecond(microsecond).unwrap()
}

fn columns() -> EventColumns {
    EventColumns::new("customer", "at").created("created")
}

fn payments(rows: &[(&'static str, i64, i64, Option<f64>)]) -> Table {
    table! {
        "customer" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        "at" => rows.iter().map(|row| at(row.1)).collect::<Vec<_>>(),
        "created" => rows.iter().map(|row| at(row.2)).collect::<Vec<_>>(),
        "amount" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
    }
}

#[test]
fn a_window_begins_after_its_edge_ends_with_its_moment_and_holds_what_was_known() {
    let events = payments(&[
        ("a", 0, 0, Some(1.0)),
        ("a", 1, 1, Some(2.0)),
        ("a", 7_000_000, 7_000_000, Some(4.0)),
        ("a", 7_000_000, 7_000_001, Some(8.0)),
        ("a", 7_000_001, 7_000_001, Some(16.0)),
        ("a", 5, 5, None),
        ("b", 5, 5, Some(32.0)),
    ]);
    let rows = table! {
        "customer" => [Some("a"), Some("a"), Some("c"), None],
        "at" => [at(7_000_000), at(7_000_001), at(7_000_000), at(7_000_000)],
    };
    let known = features![amount_sum, amount_count]
        .apply_with(&rows, &events, &columns())
        .unwrap();
    assert_eq!(
        known.numbers("amount_sum").unwrap(),
        [Some(6.0), Some(28.0), Some(0.0), None]
    );
    assert_eq!(
        known.integers("amount_count").unwrap(),
        [Some(2), Some(3), Some(0), None]
    );
}

#[test]
fn windows_stand_beside_columns() {
    let events = table! {
        "customer" => [1_i64, 1, 1],
        "at" => [at(1), at(2), at(3)],
        "channel" => [Some("web"), Some("shop"), None],
    };
    let rows = table! {
        "id" => [1_i64, 1],
        "asked" => [at(10), at(10)],
        "is_new" => [false, true],
    };
    let columns = EventColumns::new("customer", "at").rows("id", "asked");
    let known = features![channels]
        .apply_with(&rows, &events, &columns)
        .unwrap();
    assert_eq!(known.integers("channels").unwrap(), [Some(2), Some(0)]);
}

#[test]
fn what_windows_need_is_named_when_it_is_not_there() {
    let rows = table! { "customer" => ["a"], "at" => [at(1)] };
    let none = features![amount_sum].apply(&rows).unwrap_err();
    assert!(matches!(none, FeatureError::NoEvents { .. }), "{none}");
    assert!(none.help().unwrap().contains("training_set_with"));
    let events =
        table! { "customer" => ["a"], "at" => [at(1)], "created" => [at(1)], "amuont" => [1.0] };
    let missing = features![amount_sum]
        .apply_with(&rows, &events, &columns())
        .unwrap_err();
    assert!(missing.help().unwrap().contains("`amuont`"), "{missing}");
    let numbered =
        table! { "customer" => [1_i64], "at" => [at(1)], "created" => [at(1)], "amount" => [1.0] };
    let keys = features![amount_sum]
        .apply_with(&rows, &numbered, &columns())
        .unwrap_err();
    assert_eq!(
        (keys.code(), keys.to_string().contains("customer: Int64")),
        ("join::key_mismatch", true),
        "{keys}"
    );
    let untimed =
        table! { "customer" => ["a"], "at" => [1_i64], "created" => [at(1)], "amount" => [1.0] };
    let times = features![amount_sum]
        .apply_with(&rows, &untimed, &columns())
        .unwrap_err();
    assert!(times.to_string().contains("`at`"), "{times}");
}

/// Rows and events of one customer, whose times are these columns.
fn timed(rows: ArrayRef, events: ArrayRef) -> Result<Vec<Option<i64>>, FeatureError> {
    let customer = |length| vec!["a"; length];
    let rows = table! { "customer" => customer(rows.len()), "at" => rows };
    let events = table! {
        "customer" => customer(events.len()),
        "amount" => vec![1.0; events.len()],
        "at" => events,
    };
    let columns = EventColumns::new("customer", "at");
    let known = features![amount_count].apply_with(&rows, &events, &columns)?;
    Ok(known.integers("amount_count")?)
}

#[test]
fn no_nanosecond_of_the_future_is_seen() {
    let nanoseconds =
        |times: &[i64]| -> ArrayRef { Arc::new(TimestampNanosecondArray::from(times.to_vec())) };
    let second = 1_000_000_000;
    let rows = nanoseconds(&[1_000, 1_001, 7 * second + 1_000, 7 * second + 1_001]);
    let found = timed(rows, nanoseconds(&[1_001])).unwrap();
    assert_eq!(found, [Some(0), Some(1), Some(1), Some(0)]);
    let microsecond: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1]));
    let found = timed(microsecond, nanoseconds(&[1_001])).unwrap();
    assert_eq!(found, [Some(0)]);
}

#[test]
fn a_day_has_no_moment_and_an_event_without_a_time_is_refused() {
    let moments: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![36_000_000_000]));
    let days: ArrayRef = Arc::new(Date32Array::from(vec![0]));
    for (rows, events) in [(&moments, &days), (&days, &moments)] {
        let error = timed(ArrayRef::clone(rows), ArrayRef::clone(events)).unwrap_err();
        assert_eq!(error.code(), "join::day_among_moments", "{error}");
    }
    assert_eq!(timed(ArrayRef::clone(&days), days).unwrap(), [Some(1)]);
    let some: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![None, Some(1)]));
    assert_eq!(
        timed(ArrayRef::clone(&some), moments).unwrap(),
        [None, Some(0)]
    );
    let error = timed(ArrayRef::clone(&some), some).unwrap_err();
    assert_eq!(error.code(), "join::time_missing", "{error}");
}

#[test]
fn a_row_without_a_key_is_missing_in_a_table_and_alone() {
    let events =
        table! { "customer" => [1_i64], "at" => [at(1)], "created" => [at(1)], "amount" => [1.0] };
    let rows = table! { "customer" => [Some(1_i64), None], "at" => [at(2), at(2)] };
    let set = features![amount_sum, amount_count];
    let known = set.apply_with(&rows, &events, &columns()).unwrap();
    assert_eq!(known.numbers("amount_sum").unwrap(), [Some(1.0), None]);
    let row = Row::new().with("customer", Cell::Missing);
    let alone = set.row_with(&row, at(2), &events, &columns()).unwrap();
    assert_eq!(alone.get("amount_sum"), Some(&Cell::Missing));
    assert_eq!(alone.get("amount_count"), Some(&Cell::Missing));
}

#[test]
fn aggregates_of_nothing_and_of_what_is_no_number() {
    let nothing = Window::<f64>::of([]);
    assert_eq!(
        (nothing.count(), nothing.sum(), nothing.mean()),
        (0, 0.0, None)
    );
    assert_eq!(
        (nothing.min(), nothing.last(), nothing.standard_deviation()),
        (None, None, None)
    );
    let odd = Window::of([1.0, f64::NAN]);
    assert!(odd.sum().is_nan() && odd.mean().unwrap().is_nan() && odd.min().unwrap().is_nan());
    assert!(odd.standard_deviation().unwrap().is_nan());
    assert_eq!(Window::of([0.0, -0.0, f64::NAN, -f64::NAN]).distinct(), 2);
    assert_eq!(Window::of([f64::INFINITY, f64::NEG_INFINITY]).distinct(), 2);
    assert_eq!(Window::of([true, false, true]).sum(), 2.0);
    assert_eq!(Window::of([i64::MAX, 1]).sum(), 9_223_372_036_854_775_808.0);
    let texts = Window::of(["b".to_owned(), "a".to_owned()]);
    assert_eq!(
        (texts.min(), texts.last(), texts.first()),
        (
            Some("a".to_owned()),
            Some("a".to_owned()),
            Some("b".to_owned())
        )
    );
}

#[test]
fn what_no_window_can_see_any_more_is_forgotten_and_nothing_else() {
    let mut window = SlidingWindow::new(OVER);
    for second in [0, 1, 2, 20] {
        window.push(Event::new(at(second * 1_000_000), second as f64));
    }
    window.forget_before(at(8_000_000));
    assert_eq!(window.kept(), 2);
    assert_eq!(window.at(at(8_000_000)).values(), [2.0]);
    window.forget_before(at(100_000_000));
    assert_eq!(window.kept(), 0);
}

/// Numbers that differ in size by far, so that a rounded sum would depend on its order.
fn any_amount() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1e3..1e3,
        2 => prop_oneof![Just(1e100), Just(-1e100), Just(0.1), Just(-0.0), Just(0.0), Just(5e-324)],
        1 => any::<u64>().prop_map(f64::from_bits),
    ]
}

fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut items = items.to_vec();
    for place in 1..items.len() {
        let other = (seed as usize).wrapping_mul(place.wrapping_mul(2) + 1) % (place + 1);
        items.swap(place, other);
    }
    items
}

fn bits(cell: Option<&Cell>) -> String {
    match cell {
        // There are many NaNs; that it is one is what counts.
        Some(Cell::Number(value)) if value.is_nan() => "NaN".to_owned(),
        Some(Cell::Number(value)) => format!("{:x}", value.to_bits()),
        other => format!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn batch_incremental_and_single_row_have_the_same_bits_in_any_order(
        events in proptest::collection::vec(
            (prop_oneof![Just("a"), Just("b")], 0_i64..14, 0_i64..3, proptest::option::of(any_amount())),
            0..40,
        ),
        moments in proptest::collection::vec(0_i64..16, 1..5),
        seed in any::<u64>(),
    ) {
        let set = features![
            amount_count, amount_sum, amount_mean, amount_min, amount_max, amount_last, amount_distinct, amount_deviation
        ];
        let second = |second: i64| second * 1_000_000;
        let events: Vec<_> = events
            .into_iter()
            .map(|(key, time, late, amount)| (key, second(time), second(time + late), amount))
            .collect();
        let table = payments(&events);
        let other = payments(&shuffled(&events, seed));
        let rows = table! {
            "customer" => vec!["a"; moments.len()],
            "at" => moments.iter().map(|moment| at(second(*moment))).collect::<Vec<_>>(),
        };
        let batch = set.apply_with(&rows, &table, &columns()).unwrap();
        let mut sliding = SlidingWindow::new(OVER);
        for (key, time, created, amount) in shuffled(&events, seed.wrapping_add(1)) {
            if let (true, Some(amount)) = (key == "a", amount) {
                sliding.push(Event::new(at(time), amount).created(at(created)));
            }
        }
        for (position, moment) in moments.iter().enumerate() {
            let moment = at(second(*moment));
            let row = Row::new().with("customer", "a");
            let single = set.row_with(&row, moment, &other, &columns()).unwrap();
            let window = sliding.at(moment);
            let incremental = Row::new()
                .with("amount_count", amount_count(&window))
                .with("amount_sum", amount_sum(&window))
                .with("amount_mean", amount_mean(&window))
                .with("amount_min", amount_min(&window))
                .with("amount_max", amount_max(&window))
                .with("amount_last", amount_last(&window))
                .with("amount_distinct", amount_distinct(&window))
                .with("amount_deviation", amount_deviation(&window));
            for definition in set.definitions() {
                let name = definition.name;
                let column = batch.column(name).unwrap();
                let in_batch = bits(Cell::of(&column, position).as_ref());
                prop_assert_eq!(&in_batch, &bits(single.get(name)), "{} single", name);
                prop_assert_eq!(&in_batch, &bits(incremental.get(name)), "{} incremental", name);
            }
        }
    }

    #[test]
    fn a_window_is_what_a_slow_and_simple_look_says(
        events in proptest::collection::vec((0_i64..20, 0_i64..20, -9_i64..9), 0..30),
        moment in 0_i64..25,
    ) {
        let rows: Vec<_> = events.iter().map(|(at, created, value)| ("a", *at, *created, Some(*value as f64))).collect();
        let mut expected = 0.0;
        let over = 7_000_000;
        let moment = moment + over;
        for (_, time, created, amount) in &rows {
            if moment - over < *time && *time <= moment && *created <= moment {
                expected += amount.unwrap();
            }
        }
        let asked = table! { "customer" => ["a"], "at" => [at(moment)] };
        let known = features![amount_sum].apply_with(&asked, &payments(&rows), &columns()).unwrap();
        prop_assert_eq!(known.numbers("amount_sum").unwrap(), [Some(expected)]);
    }
}

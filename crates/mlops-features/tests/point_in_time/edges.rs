//! One promise, one small table.

use jiff::SignedDuration;
use mlops_data::{CsvOptions, Table};
use mlops_features::point_in_time::{Aggregate, Events, PointInTime, PointInTimeError};

fn csv(text: &str) -> Table {
    Table::from_csv_str(text, &CsvOptions::new()).unwrap()
}

fn bills() -> Events {
    Events::new("bills", ["key"], "at").values(["amount"])
}

fn amounts(events: &Events, source: &Table, rows: &str) -> Vec<Option<i64>> {
    let table = PointInTime::new("asked")
        .latest(events, source)
        .join(&csv(rows))
        .unwrap();
    table.integers("amount").unwrap()
}

#[test]
fn an_event_of_the_very_moment_counts_and_one_a_microsecond_later_does_not() {
    let events = csv("key,at,amount\n1,2026-01-01T00:00:00.000001,5\n");
    let rows = "key,asked\n1,2026-01-01T00:00:00.000001\n1,2026-01-01T00:00:00.000000\n";
    assert_eq!(amounts(&bills(), &events, rows), [Some(5), None]);
}

#[test]
fn an_event_that_became_known_later_does_not_count_before() {
    let events = csv("key,at,seen,amount\n1,2026-01-01,2026-02-01T00:00:00.000001,5\n");
    let events = events
        .with_column(
            "at",
            mlops_data::arrow::cast::cast(
                &events.column("at").unwrap(),
                events.column("seen").unwrap().data_type(),
            )
            .unwrap(),
        )
        .unwrap();
    let rows = "key,asked\n1,2026-02-01T00:00:00.000000\n1,2026-02-01T00:00:00.000001\n";
    assert_eq!(
        amounts(&bills().created("seen"), &events, rows),
        [None, Some(5)]
    );
}

#[test]
fn the_last_microsecond_of_the_time_to_live_counts_and_the_next_does_not() {
    let events = csv("key,at,amount\n1,2026-01-01T00:00:00.5,5\n");
    let rows = "key,asked\n1,2026-01-01T02:00:00.500000\n1,2026-01-01T02:00:00.500001\n";
    let two_hours = bills().ttl(SignedDuration::from_hours(2));
    assert_eq!(amounts(&two_hours, &events, rows), [Some(5), None]);
}

#[test]
fn an_older_event_does_not_come_back_when_the_newest_has_expired_or_is_null() {
    let events = csv("key,at,amount\n1,2026-01-01T00:00:00,5\n1,2026-01-02T00:00:00,\n");
    let rows = "key,asked\n1,2026-01-01T12:00:00\n1,2026-01-02T12:00:00\n1,2026-01-04T00:00:00\n";
    let day = bills().ttl(SignedDuration::from_hours(24));
    assert_eq!(amounts(&day, &events, rows), [Some(5), None, None]);
}

#[test]
fn a_nanosecond_is_not_rounded_away() {
    let times = |values: &[i64]| -> mlops_data::arrow::array::ArrayRef {
        std::sync::Arc::new(mlops_data::arrow::array::TimestampNanosecondArray::from(
            values.to_vec(),
        ))
    };
    let events = csv("key,amount\n1,5\n")
        .with_column("at", times(&[1_001]))
        .unwrap();
    let rows = csv("key\n1\n1\n")
        .with_column("asked", times(&[1_000, 1_001]))
        .unwrap();
    let table = PointInTime::new("asked")
        .latest(&bills(), &events)
        .join(&rows)
        .unwrap();
    assert_eq!(table.integers("amount").unwrap(), [None, Some(5)]);
}

#[test]
fn several_tables_with_keys_of_other_names_are_joined_at_once() {
    let rows = csv("buyer,shop,asked\n1,a,2026-01-03T00:00:00\n2,b,2026-01-03T00:00:00\n");
    let visits = csv("key,at,amount\n1,2026-01-01T00:00:00,5\n");
    let sales = csv("key,at,amount\na,2026-01-01T00:00:00,7\nb,2026-01-02T00:00:00,8\n");
    let week = SignedDuration::from_hours(24 * 7);
    let table = PointInTime::new("asked")
        .latest(&bills().on(["buyer"]).prefix("buyer_"), visits)
        .latest(&bills().on(["shop"]).prefix("shop_"), &sales)
        .aggregates(
            &bills().on(["shop"]).prefix("shop_"),
            &sales,
            [Aggregate::count(week)],
        )
        .join(&rows)
        .unwrap();
    assert_eq!(
        table.columns(),
        [
            "buyer",
            "shop",
            "asked",
            "buyer_amount",
            "shop_amount",
            "shop_count_7d"
        ]
    );
    assert_eq!(table.integers("buyer_amount").unwrap(), [Some(5), None]);
    assert_eq!(table.integers("shop_amount").unwrap(), [Some(7), Some(8)]);
    assert_eq!(table.integers("shop_count_7d").unwrap(), [Some(1), Some(1)]);
}

#[test]
fn no_rows_and_no_events_are_tables_too() {
    let events = csv("key,at,amount\n1,2026-01-01T00:00:00,5\n");
    let rows = csv("key,asked\n1,2026-01-01T00:00:00\n");
    let join = |rows: &Table, events: &Table| {
        let day = SignedDuration::from_hours(24);
        PointInTime::new("asked")
            .latest(&bills(), events)
            .aggregates(&bills(), events, [Aggregate::max("amount", day)])
            .join(rows)
            .unwrap()
    };
    let (no_events, no_rows) = (events.slice(0, 0), rows.slice(0, 0));
    assert_eq!(
        join(&rows, &no_events).integers("amount_max_1d").unwrap(),
        [None]
    );
    assert_eq!(join(&no_rows, &events).rows(), 0);
    assert_eq!(
        join(&no_rows, &events).schema(),
        join(&rows, &events).schema()
    );
}

#[test]
fn a_value_that_is_no_number_is_hidden_nowhere() {
    let events = csv(
        "key,at,amount\n1,2026-01-01T00:00:00,1.5\n1,2026-01-01T00:00:01,NaN\n1,2026-01-01T00:00:09,2.5\n",
    );
    let rows = csv("key,asked\n1,2026-01-01T00:00:02\n1,2026-01-01T00:00:09\n");
    let aggregates = |seconds| {
        let over = SignedDuration::from_secs(seconds);
        let of = |function: fn(&'static str, SignedDuration) -> Aggregate| function("amount", over);
        [
            of(Aggregate::sum),
            of(Aggregate::mean),
            of(Aggregate::min),
            of(Aggregate::max),
            of(Aggregate::standard_deviation),
        ]
    };
    let table = PointInTime::new("asked")
        .aggregates(&bills(), &events, aggregates(3))
        .join(&rows)
        .unwrap();
    for name in [
        "amount_sum_3s",
        "amount_mean_3s",
        "amount_min_3s",
        "amount_max_3s",
        "amount_std_3s",
    ] {
        let column = table.numbers(name).unwrap();
        assert!(column[0].is_some_and(f64::is_nan), "{name}: {column:?}");
        assert!(
            column[1].is_none_or(|value| value == 2.5),
            "{name}: {column:?}"
        );
    }
}

fn refused(join: PointInTime, rows: &str) -> PointInTimeError {
    join.join(&csv(rows)).unwrap_err()
}

#[test]
fn what_cannot_be_answered_is_refused_by_name() {
    let events =
        csv("key,at,day,word,amount\n1,2026-01-01T00:00:00,2026-01-01,x,5\n1,,2026-01-01,y,6\n");
    let rows = "key,asked,word,amount\n1,2026-01-03T00:00:00,x,1\n";
    let ask = |events_: Events| PointInTime::new("asked").latest(&events_, &events);
    let on = |key: &str| Events::new("bills", [key], "day").values(["amount"]);
    let day = SignedDuration::from_hours(24);
    let cases = [
        (ask(bills()), "join::time_missing"),
        (ask(on("key").on(["word"])), "join::key_mismatch"),
        (ask(on("key").on(["word", "key"])), "join::key_count"),
        (ask(on("at")), "data::unknown_column"),
        (ask(on("at").on(["key"])), "join::key_type"),
        (ask(on("key")), "join::day_among_moments"),
        (ask(bills().ttl(-day)), "join::duration"),
        (
            ask(Events::new("bills", ["key"], "word")),
            "data::column_type",
        ),
        (
            PointInTime::new("asked").aggregates(
                &bills(),
                &events,
                [Aggregate::count(SignedDuration::ZERO)],
            ),
            "join::duration",
        ),
        (
            PointInTime::new("asked").aggregates(&bills(), &events, [Aggregate::sum("word", day)]),
            "join::aggregate_type",
        ),
        (
            PointInTime::new("asked").aggregates(&bills(), &events, [Aggregate::sum("wrd", day)]),
            "data::unknown_column",
        ),
    ];
    for (join, code) in cases {
        let error = refused(join, rows);
        assert_eq!(error.code(), code, "{error}");
    }
    let whole = csv("key,at,amount\n1,2026-01-01T00:00:00,5\n");
    let error = refused(PointInTime::new("asked").latest(&bills(), &whole), rows);
    assert_eq!(error.code(), "join::same_name");
    assert!(error.help().is_some_and(|help| help.contains("prefix")));
}

#[test]
fn a_window_is_to_the_nanosecond_also_where_times_are_coarser() {
    let events = csv("key,at,amount\n1,2026-01-01T00:00:00.000000,5\n");
    let rows = csv("key,asked\n1,2026-01-01T00:00:00.000001\n1,2026-01-01T00:00:00.000002\n");
    let sums = |nanoseconds| {
        let over = SignedDuration::from_nanos(nanoseconds);
        let table = PointInTime::new("asked")
            .aggregates(&bills(), &events, [Aggregate::count(over).named("count")])
            .join(&rows)
            .unwrap();
        table.integers("count").unwrap()
    };
    assert_eq!(sums(1_000), [Some(0), Some(0)]);
    assert_eq!(sums(1_001), [Some(1), Some(0)]);
    assert_eq!(sums(2_001), [Some(1), Some(1)]);
}

#[test]
fn the_last_value_does_not_depend_on_the_order_of_events_that_name_no_values() {
    let lines = [
        "1,2026-01-01T00:00:00,5",
        "1,2026-01-01T00:00:00,7",
        "1,2026-01-01T00:00:00,6",
    ];
    let rows = csv("key,asked\n1,2026-01-01T00:00:00\n");
    let bare = Events::new("bills", ["key"], "at");
    let last = |order: [usize; 3]| {
        let lines = order.map(|place| lines[place]).join("\n");
        let events = csv(&format!("key,at,amount\n{lines}\n"));
        let second = SignedDuration::from_secs(1);
        let table = PointInTime::new("asked")
            .aggregates(
                &bare,
                &events,
                [Aggregate::last("amount", second).named("last")],
            )
            .join(&rows)
            .unwrap();
        table.integers("last").unwrap()
    };
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
        assert_eq!(last(order), [Some(7)]);
    }
}

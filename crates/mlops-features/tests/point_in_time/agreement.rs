//! A window that a feature sees, against the aggregate of the same name: the two answer from the same events.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mlops_data::Table;
use mlops_data::arrow::array::Array;
use mlops_features::point_in_time::{Aggregate, Function, PointInTime};
use mlops_features::{Cell, Definition, EventColumns, FeatureSet, Row, Window, features};

use super::cases::{Chance, World};
use super::latest::events_of;

const WORLDS: u64 = 2_300;

macro_rules! aggregates {
    ($($(#[$description:meta])* $name:ident($column:ident: $value:ty) -> $output:ty { $body:expr })*) => {$(
        $(#[$description])*
        #[mlops_derive::feature(entity = "customer", owner = "growth-ml", over = "7s", crate = mlops_features)]
        fn $name($column: &Window<$value>) -> $output {
            $body
        }
    )*};
}

aggregates! {
    /// How many.
    second_count(second: f64) -> i64 { second.count() }
    /// Their sum.
    second_sum(second: f64) -> f64 { second.sum() }
    /// Their mean.
    second_mean(second: f64) -> Option<f64> { second.mean() }
    /// The least.
    second_min(second: f64) -> Option<f64> { second.min() }
    /// The greatest.
    second_max(second: f64) -> Option<f64> { second.max() }
    /// The newest.
    second_last(second: f64) -> Option<f64> { second.last() }
    /// How many different ones.
    second_distinct(second: f64) -> i64 { second.distinct() }
    /// Their deviation.
    second_std(second: f64) -> Option<f64> { second.standard_deviation() }
    /// The sum of whole numbers.
    first_sum(first: i64) -> f64 { first.sum() }
    /// The newest whole number.
    first_last(first: i64) -> Option<i64> { first.last() }
}

/// The features, with windows of that length.
fn set(over: SignedDuration) -> FeatureSet {
    let named = features![
        second_count,
        second_sum,
        second_mean,
        second_min,
        second_max,
        second_last,
        second_distinct,
        second_std,
        first_sum,
        first_last
    ];
    let over = Some(Duration::try_from(over).unwrap());
    FeatureSet::of(named.definitions().iter().map(|definition| {
        let definition: &'static Definition = Box::leak(Box::new(Definition {
            over,
            ..**definition
        }));
        definition
    }))
}

/// The aggregates that are named like the features.
fn aggregates(set: &FeatureSet, over: SignedDuration) -> Vec<Aggregate> {
    let names = set.definitions().iter().map(|definition| definition.name);
    let asked = names.map(|name| {
        let (column, function) = name.split_once('_').unwrap();
        let function = Function::named(function).unwrap();
        Aggregate::new(function, column, over).named(name)
    });
    asked.collect()
}

/// What a column holds, to the bit; there are many NaNs, and that it is one is what counts.
fn bits(table: &Table, name: &str) -> Vec<String> {
    let column = table.column(name).unwrap();
    (0..column.len())
        .map(|row| shown(Cell::read(&column, row).as_ref()))
        .collect()
}

fn shown(cell: Option<&Cell>) -> String {
    match cell {
        Some(Cell::Number(value)) if value.is_nan() => "NaN".to_owned(),
        Some(Cell::Number(value)) => format!("{:x}", value.to_bits()),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_window_of_a_feature_holds_what_the_aggregate_of_the_join_is_of() {
    let (mut rows, mut full) = (0, 0);
    for seed in 0..WORLDS {
        let mut chance = Chance(seed ^ 0x00ea_5e00);
        let mut world = World::random(&mut chance);
        world.as_of = None;
        let over = SignedDuration::from_micros((1 + chance.below(10)) * world.step());
        // Every other time the events do not say by which values they are told apart.
        let mut events = events_of(&world);
        if seed % 2 == 0 {
            events = events.values(Vec::<String>::new());
        }
        let set = set(over);
        let (asking, table) = (world.table_of_rows(), world.table_of_events());
        let joined = PointInTime::new("moment")
            .aggregates(&events, &table, aggregates(&set, over))
            .join(&asking)
            .unwrap();
        let columns = EventColumns::of(events, "moment");
        let computed = set.apply_with(&asking, &table, &columns).unwrap();
        for definition in set.definitions() {
            let name = definition.name;
            let (window, aggregate) = (bits(&computed, name), bits(&joined, name));
            assert_eq!(
                window, aggregate,
                "`{name}` over {over:#} in world {seed}: {world:?}"
            );
        }
        rows += world.rows.len();
        let counts = joined.integers("second_count").unwrap();
        full += counts.iter().filter(|count| **count > Some(1)).count();
        if seed % 20 == 0 {
            a_single_row_says_the_same(&set, &world, &asking, &table, &columns, &computed);
        }
    }
    assert!(rows >= 100_000, "{rows}");
    assert!(
        full >= 3_000,
        "{full} of {rows} windows hold several events"
    );
}

fn a_single_row_says_the_same(
    set: &FeatureSet,
    world: &World,
    asking: &Table,
    events: &Table,
    columns: &EventColumns,
    computed: &Table,
) {
    for (position, row) in world.rows.iter().enumerate() {
        // A request is made at some moment.
        let Some(moment) = row.moment else { continue };
        let names = world.key_names().into_iter();
        let cells = names.map(|name| {
            let column = asking.column(name).unwrap();
            (name.to_owned(), Cell::read(&column, position).unwrap())
        });
        let request: Row = cells.collect();
        let moment = Timestamp::from_microsecond(moment).unwrap();
        let single = set.row_with(&request, moment, events, columns).unwrap();
        for definition in set.definitions() {
            let name = definition.name;
            let of_table = Cell::read(&computed.column(name).unwrap(), position);
            assert_eq!(
                shown(single.get(name)),
                shown(of_table.as_ref()),
                "`{name}` of row {position}: {row:?} in {world:?}"
            );
        }
    }
}

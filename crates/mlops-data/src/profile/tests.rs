//! Claims about profiles: merged is whole, bounds hold, a profile is small.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray};
use proptest::prelude::*;

use super::*;
use crate::table;

fn state_of(table: &Table) -> TableState {
    let mut state = TableState::new(table.schema());
    table
        .batches()
        .iter()
        .for_each(|batch| state.see(batch).unwrap());
    state
}

type Row = (Option<f64>, Option<i64>, Option<String>, i32);

fn table_of(rows: &[Row]) -> Table {
    let numbers: Float64Array = rows.iter().map(|row| row.0).collect();
    let integers: Int64Array = rows.iter().map(|row| row.1).collect();
    let texts: StringArray = rows.iter().map(|row| row.2.clone()).collect();
    let days: arrow_array::Date32Array = rows.iter().map(|row| Some(row.3)).collect();
    Table::from_columns::<&str>([
        ("number", Arc::new(numbers) as ArrayRef),
        ("integer", Arc::new(integers)),
        ("text", Arc::new(texts)),
        ("day", Arc::new(days)),
    ])
    .unwrap()
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let number = prop_oneof![
        4 => any::<f64>(),
        2 => (-5_i32..5).prop_map(f64::from),
        1 => Just(f64::NAN),
        1 => Just(-0.0),
    ];
    let row = (
        proptest::option::of(number),
        proptest::option::of(prop_oneof![any::<i64>(), -3_i64..3]),
        proptest::option::of("[a-c ]{0,2}"),
        -10_i32..10,
    );
    proptest::collection::vec(row, 0..80)
}

proptest! {
    #[test]
    fn merged_in_any_order_is_the_whole_to_the_bit(rows in rows(), cuts in proptest::collection::vec(0_usize..80, 0..4), backwards in any::<bool>()) {
        let whole = table_of(&rows);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let mut parts: Vec<TableState> = cuts
            .windows(2)
            .map(|cut| state_of(&table_of(&rows[cut[0]..cut[1]])))
            .collect();
        if backwards {
            parts.reverse();
        }
        let mut merged = TableState::new(whole.schema());
        parts.iter().for_each(|part| merged.merge(part));
        let merged = merged.profile(whole.schema());
        prop_assert_eq!(merged.to_json(), state_of(&whole).profile(whole.schema()).to_json());
        prop_assert_eq!(merged.to_json(), TableProfile::of(&whole).unwrap().to_json());
    }
}

/// Numbers that look random and are not.
fn scattered(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(|index| {
        let mixed = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11
    })
}

#[test]
fn sketches_keep_their_bounds_and_the_order_does_not_move_them() {
    let values: Vec<f64> = scattered(50_000)
        .map(|value| value as f64 / 1e9 + 1.0)
        .collect();
    let part = |values: &[f64]| state_of(&table! { "x" => values.to_vec() });
    let schema = Arc::clone(table! { "x" => values.clone() }.schema());
    let mut forward = TableState::new(&schema);
    let mut backward = TableState::new(&schema);
    let parts: Vec<TableState> = values.chunks(7_001).map(part).collect();
    parts.iter().for_each(|part| forward.merge(part));
    parts.iter().rev().for_each(|part| backward.merge(part));
    let (forward, backward) = (forward.profile(&schema), backward.profile(&schema));
    let (one, two) = (&forward.columns[0], &backward.columns[0]);
    assert_eq!(one.distinct, two.distinct);
    assert_eq!(one.numbers, two.numbers);
    assert_eq!(
        one.distinct,
        part(&values).profile(&schema).columns[0].distinct
    );
    assert!(!one.distinct.is_exact());
    assert!(
        (one.distinct.at_least..=one.distinct.at_most).contains(&50_000),
        "{:?}",
        one.distinct
    );
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let quantiles = &one.numbers.as_ref().unwrap().quantiles;
    for (step, found) in quantiles.iter().enumerate() {
        let exact = sorted[step * (sorted.len() - 1) / 200];
        assert!(
            (found / exact - 1.0).abs() <= 0.0101,
            "{step}: {found} for {exact}"
        );
    }
}

#[test]
fn the_counts_of_frequent_values_are_within_what_is_stated() {
    let texts: Vec<String> = scattered(40_000)
        .map(|value| {
            if value % 3 == 0 {
                "often".to_owned()
            } else {
                format!("v{}", value % 20_011)
            }
        })
        .collect();
    let exact = texts.iter().filter(|text| *text == "often").count() as u64;
    let profile = TableProfile::of(&table! { "t" => texts }).unwrap();
    let first = &profile.columns[0].frequent[0];
    assert_eq!(first.value, "often");
    assert!(
        (first.at_least..=first.at_most).contains(&exact),
        "{first:?} for {exact}"
    );
    assert!(
        first.at_most - first.at_least <= 40_000 * 35 / 20_480 + 1,
        "{first:?}"
    );
}

#[test]
fn a_profile_is_smaller_than_64_kilobytes_a_column_whatever_the_column_holds() {
    let long: Vec<String> = scattered(20_000)
        .map(|value| format!("{value}-{}", "ü".repeat(400)))
        .collect();
    let few: Vec<String> = (0..20_000)
        .map(|index| format!("{}-{}", index % 256, "𝒳\"".repeat(400)))
        .collect();
    let cities: Vec<String> = (0..20_000)
        .map(|index| format!("city number {:05}", index % 850))
        .collect();
    let wide: Vec<f64> = scattered(20_000)
        .map(|value| f64::from_bits(value << 11))
        .filter(|v| v.is_finite())
        .collect();
    for table in [
        table! { "long" => long, "few" => few, "cities" => cities },
        table! { "wide" => wide },
    ] {
        for column in &TableProfile::of(&table).unwrap().columns {
            let size = serde_json::to_string(column).unwrap().len();
            assert!(size <= 65_536, "{}: {size}", column.name);
        }
    }
}

#[test]
fn each_kind_says_what_it_holds() {
    let table = Table::from_csv_str(
        "n,b,t,d,none\n1,true,ab,2024-02-29,\n-2.5,false,  x,2024-03-01,\nNaN,true,ä,2023-01-01,\n",
        &CsvOptions::new(),
    )
    .unwrap();
    let profile = TableProfile::of(&table).unwrap();
    let kinds: Vec<&str> = profile
        .columns
        .iter()
        .map(|column| column.kind.name())
        .collect();
    assert_eq!(kinds, ["number", "boolean", "text", "date", "null"]);
    let number = profile.columns[0].numbers.as_ref().unwrap();
    assert_eq!((number.nans, number.negatives, number.sum), (1, 1, -1.5));
    let text = profile.columns[2].texts.as_ref().unwrap();
    assert_eq!((text.shortest, text.longest), (Some(1), Some(3)));
    let days = profile.columns[3].times.as_ref().unwrap();
    assert_eq!(days.earliest.as_deref(), Some("2023-01-01"));
    assert_eq!(profile.columns[4].nulls, 3);
    let again: TableProfile = serde_json::from_str(&profile.to_json()).unwrap();
    assert_eq!(again, profile);
}

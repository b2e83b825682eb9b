//! Claims about splits: groups, time, strata, and what must not make a difference.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, TimestampMicrosecondArray};
use proptest::prelude::*;

use super::{chunked, orders};
use crate::dataset::{Method, Role, Split, SplitRecord};
use crate::{DataError, Table, table};

const ROLES: [Role; 3] = [Role::Training, Role::Validation, Role::Test];

/// Rows of few groups, few days and few labels, so that there are ties of every sort.
fn rows() -> impl Strategy<Value = Table> {
    let row = (0..12_i64, 0..9_i64, 0..3_usize, -2..3_i32);
    prop::collection::vec(row, 40..160).prop_map(|rows| {
        let names = ["a", "b", "c"];
        table! {
            "group" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            "day" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
            "label" => rows.iter().map(|row| names[row.2]).collect::<Vec<_>>(),
            "x" => rows.iter().map(|row| f64::from(row.3)).collect::<Vec<_>>(),
        }
    })
}

fn three(split: Split) -> Split {
    split
        .part(Role::Training, 0.6)
        .part(Role::Validation, 0.2)
        .rest(Role::Test)
}

fn every_method() -> Vec<Split> {
    let column = || "group".to_owned();
    vec![
        three(Split::by_fraction()),
        three(Split::by_fraction()).lasting(),
        three(Split::by_time("day")),
        three(Split::by_group("group")),
        three(Split::by(Method::Group { column: column() })).lasting(),
        three(Split::stratified("label")),
    ]
}

/// The rows of a table as a multiset.
fn contents(table: &Table) -> Vec<String> {
    let texts = |name| table.texts(name).unwrap();
    let labels = texts("label");
    let numbers = table.numbers("x").unwrap();
    let groups = table.integers("group").unwrap();
    let days = table.integers("day").unwrap();
    let mut rows: Vec<String> = (0..table.rows())
        .map(|row| {
            format!(
                "{:?} {:?} {:?} {:?}",
                labels[row], numbers[row], groups[row], days[row]
            )
        })
        .collect();
    rows.sort();
    rows
}

fn values(table: &Table, column: &str) -> BTreeSet<i64> {
    table
        .integers(column)
        .unwrap()
        .into_iter()
        .flatten()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_row_is_in_one_part_whatever_the_method(table in rows()) {
        for split in every_method() {
            let Ok(parts) = split.of(&table) else { continue };
            let all: Vec<Table> = parts.iter().map(|(_, part)| part.clone()).collect();
            prop_assert_eq!(contents(&Table::concat(&all).unwrap()), contents(&table));
            for ((role, part), recorded) in parts.iter().zip(&parts.record().parts) {
                prop_assert_eq!(recorded.role, role);
                prop_assert_eq!(recorded.rows, part.rows() as u64);
                prop_assert_eq!(recorded.digest, part.digest().unwrap());
                prop_assert!(part.rows() > 0);
            }
        }
    }

    #[test]
    fn a_group_is_never_shared(table in rows(), seed in any::<u64>(), lasting in any::<bool>()) {
        let split = three(Split::by_group("group")).seed(seed);
        let split = if lasting { split.lasting() } else { split };
        let Ok(parts) = split.of(&table) else {
            // Only a split that decides each group by itself may leave a part empty.
            prop_assert!(lasting);
            return Ok(());
        };
        let groups: Vec<_> = parts.iter().map(|(_, part)| values(part, "group")).collect();
        for (place, one) in groups.iter().enumerate() {
            for other in &groups[place + 1..] {
                prop_assert!(one.is_disjoint(other));
            }
            prop_assert_eq!(parts.record().parts[place].groups, Some(one.len() as u64));
        }
    }

    #[test]
    fn time_never_looks_ahead_and_a_moment_is_never_shared(table in rows()) {
        let parts = three(Split::by_time("day")).of(&table).unwrap();
        let days: Vec<_> = parts.iter().map(|(_, part)| values(part, "day")).collect();
        for pair in days.windows(2) {
            prop_assert!(pair[0].last() < pair[1].first());
        }
        let record = &parts.record().parts[0];
        let times = record.times.as_ref().unwrap();
        prop_assert_eq!(&times.to, &days[0].last().unwrap().to_string());
    }

    #[test]
    fn a_stratified_part_has_its_share_of_each_label_to_within_one_row(
        table in rows(), seed in any::<u64>(), first in 0.05_f64..0.9,
    ) {
        let shares = [first, (1.0 - first) * 0.4, (1.0 - first) * 0.6];
        let split = Split::stratified("label").seed(seed);
        let split = split
            .part(ROLES[0], shares[0])
            .part(ROLES[1], shares[1])
            .rest(ROLES[2]);
        let Ok(parts) = split.of(&table) else { return Ok(()) };
        let count = |table: &Table, label: &str| {
            let labels = table.texts("label").unwrap();
            labels.iter().filter(|found| found.as_deref() == Some(label)).count()
        };
        for ((_, part), share) in parts.iter().zip(shares) {
            for label in ["a", "b", "c"] {
                let exact = share * count(&table, label) as f64;
                let found = count(part, label) as f64;
                prop_assert!((found - exact).abs() <= 1.0 + 1e-6, "{found} of {exact}");
            }
            // What rounding gives in one stratum it takes back in the next, so the whole is as near as a stratum.
            let exact = share * table.rows() as f64;
            prop_assert!((part.rows() as f64 - exact).abs() <= 2.0, "{} of {exact}", part.rows());
        }
    }

    #[test]
    fn neither_the_order_of_the_rows_nor_the_batches_nor_the_machine_decides(
        (table, order) in rows().prop_flat_map(|table| {
            let rows = table.rows();
            (Just(table), orders(rows))
        }),
        seed in any::<u64>(),
        size in 1..50_usize,
    ) {
        let moved = chunked(&table.take(&order).unwrap(), size);
        for split in every_method() {
            let split = split.seed(seed);
            let (Ok(one), Ok(two)) = (split.of(&table), split.of(&moved)) else { continue };
            for ((_, one), (_, two)) in one.iter().zip(two.iter()) {
                prop_assert_eq!(contents(one), contents(two));
            }
            let again = split.of(&chunked(&table, size)).unwrap();
            prop_assert_eq!(&again, &one);
        }
    }

    #[test]
    fn what_is_added_moves_nobody_in_a_split_that_lasts(table in rows(), more in rows()) {
        let split = Split::by_group("group").lasting().part(Role::Test, 0.3).rest(Role::Training);
        let both = Table::concat(&[table.clone(), more]).unwrap();
        let (Ok(before), Ok(after)) = (split.of(&table), split.of(&both)) else { return Ok(()) };
        for role in [Role::Test, Role::Training] {
            let was = values(&before.table(role).unwrap(), "group");
            prop_assert!(was.is_subset(&values(&after.table(role).unwrap(), "group")));
        }
    }

    #[test]
    fn rows_that_are_equal_are_on_one_side_of_a_split_by_fraction(table in rows(), seed in any::<u64>()) {
        let parts = three(Split::by_fraction()).seed(seed).of(&table).unwrap();
        let sides: Vec<BTreeSet<String>> =
            parts.iter().map(|(_, part)| contents(part).into_iter().collect()).collect();
        prop_assert!(sides[0].is_disjoint(&sides[1]) && sides[0].is_disjoint(&sides[2]));
        prop_assert!(sides[1].is_disjoint(&sides[2]));
    }
}

#[test]
fn shares_are_exact_where_no_row_and_no_group_stands_in_the_way() {
    let table = table! { "id" => (0..1000).collect::<Vec<_>>() };
    let parts = three(Split::by_fraction()).of(&table).unwrap();
    let rows: Vec<_> = parts.iter().map(|(_, part)| part.rows()).collect();
    assert_eq!(rows, [600, 200, 200]);
    let parts = three(Split::by_group("id")).seed(3).of(&table).unwrap();
    let rows: Vec<_> = parts.iter().map(|(_, part)| part.rows()).collect();
    assert_eq!(rows, [600, 200, 200]);
}

#[test]
fn many_small_strata_do_not_add_up_to_another_share() {
    let table = table! {
        "label" => (0..300).map(|row| row / 3).collect::<Vec<i64>>(),
        "id" => (0..300).collect::<Vec<i64>>(),
    };
    for (share, expected) in [(0.2, 60), (0.5, 150), (0.1, 30), (0.9, 270)] {
        let split = Split::stratified("label")
            .part(Role::Test, share)
            .rest(Role::Training);
        let rows = split.of(&table).unwrap().table(Role::Test).unwrap().rows();
        assert!(rows.abs_diff(expected) <= 1, "{rows} of {expected}");
    }
}

#[test]
fn values_that_are_equal_to_people_are_one_group() {
    let groups = [0.0, -0.0, f64::NAN, -f64::NAN];
    let rows = 0..400_usize;
    let table = table! {
        "group" => rows.clone().map(|row| groups[row % 4]).collect::<Vec<_>>(),
        "id" => rows.map(|row| row as i64).collect::<Vec<_>>(),
    };
    let split = Split::by_group("group")
        .part(Role::Training, 0.5)
        .rest(Role::Test);
    let parts = split.of(&table).unwrap();
    for (_, part) in parts.iter() {
        let found = part.numbers("group").unwrap().into_iter().flatten();
        let is_zero: BTreeSet<bool> = found.map(|value| value == 0.0).collect();
        assert_eq!((part.rows(), is_zero.len()), (200, 1));
    }
}

#[test]
fn another_seed_is_another_split_and_the_same_seed_the_same() {
    let table = table! { "id" => (0..200).collect::<Vec<_>>() };
    let test = |seed| {
        let split = three(Split::by_fraction()).seed(seed);
        values(&split.of(&table).unwrap().table(Role::Test).unwrap(), "id")
    };
    assert_eq!(test(1), test(1));
    assert_ne!(test(1), test(2));
    // Recorded results stay what they are: these rows were drawn when the method was written.
    assert_eq!(
        test(7).into_iter().take(4).collect::<Vec<_>>(),
        [0, 1, 8, 14]
    );
}

#[test]
fn a_moment_cuts_before_itself_in_the_form_of_its_column() {
    let days = (1..=6).map(|day| jiff::civil::date(2024, 7, day));
    let moment = |hour: i64| jiff::Timestamp::from_second(1_720_000_000 + hour * 3600).unwrap();
    let table = table! {
        "day" => days.collect::<Vec<_>>(),
        "at" => (0..6).map(moment).collect::<Vec<_>>(),
        "year" => [2001, 2002, 2003, 2004, 2005, 2006],
    };
    let training = |column: &str, cut: &str| {
        let split = Split::by_time(column)
            .until(Role::Training, cut)
            .rest(Role::Test);
        split
            .of(&table)
            .map(|parts| parts.table(Role::Training).unwrap().rows())
    };
    assert_eq!(training("day", "2024-07-03").unwrap(), 2);
    assert_eq!(training("year", "2005").unwrap(), 4);
    // 1 720 000 000 is 2024-07-03T09:46:40Z.
    assert_eq!(training("at", "2024-07-03T10:46:40Z").unwrap(), 1);
    assert_eq!(training("at", "2024-07-03T12:46:40+02:00").unwrap(), 1);
    assert_eq!(training("at", "2024-07-03T10:46:41").unwrap(), 2);
    for (column, wrong) in [
        ("day", "2024-07-03T00"),
        ("day", "July"),
        ("year", "x"),
        ("at", "9"),
    ] {
        let error = training(column, wrong).unwrap_err();
        assert_eq!(error.code(), "data::unusable_split", "{error}");
        assert!(
            error.help().is_some() && error.to_string().contains(wrong),
            "{error}"
        );
    }
    let error = training("day", "2020-01-01").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the part for training would be empty")
    );
    assert_eq!(
        error.help().unwrap(),
        "the rows are from 2024-07-01 to 2024-07-06: cut between them"
    );
}

#[test]
fn nonsense_is_refused_with_what_to_do_instead() {
    let table = table! {
        "id" => (0..10).collect::<Vec<_>>(),
        "group" => (0..10).map(|row| (row != 4).then_some(row / 5)).collect::<Vec<_>>(),
        "rare" => (0..10).map(|row| if row == 3 { "once" } else { "often" }).collect::<Vec<_>>(),
        "x" => (0..10).map(f64::from).collect::<Vec<_>>(),
        "same" => [1; 10],
    };
    let halves = |split: Split| split.part(Role::Training, 0.5).rest(Role::Test);
    let claims: [(Split, &str); 17] = [
        (Split::by_fraction(), "two parts at least"),
        (Split::by_fraction().rest(Role::Test), "two parts at least"),
        (
            Split::by_fraction()
                .part(Role::Training, 0.7)
                .part(Role::Test, 0.2),
            "the shares sum to 0.9, not to 1",
        ),
        (
            Split::by_fraction()
                .part(Role::Training, 0.7)
                .part(Role::Test, 0.3)
                .rest(Role::Reference),
            "leave no rest",
        ),
        (
            Split::by_fraction().rest(Role::Training).rest(Role::Test),
            "two parts are the rest",
        ),
        (
            Split::by_fraction()
                .part(Role::Training, 1.5)
                .rest(Role::Test),
            "the share 1.5",
        ),
        (
            Split::by_fraction()
                .part(Role::Training, f64::NAN)
                .rest(Role::Test),
            "the share NaN",
        ),
        (
            Split::by_fraction().part(Role::Test, 0.5).rest(Role::Test),
            "two parts are for test",
        ),
        (
            halves(Split::by_group("group")),
            "1 of 10 rows have no group: column `group`, first in row 4",
        ),
        (halves(Split::by_time("group")), "1 of 10 rows have no time"),
        (
            halves(Split::by_group("same")),
            "1 groups cannot make 2 parts",
        ),
        (
            halves(Split::by_time("same")),
            "1 moments cannot make 2 parts",
        ),
        (
            halves(Split::stratified("rare")),
            "`once` of column `rare` has 1 row, too few for 2 parts",
        ),
        (
            Split::by_time("id")
                .part(Role::Test, 0.2)
                .rest(Role::Training),
            "judged by what was before it",
        ),
        (
            Split::by_fraction()
                .until(Role::Training, "3")
                .rest(Role::Test),
            "no moments to cut at",
        ),
        (
            Split::by_time("id")
                .until(Role::Training, "3")
                .part(Role::Test, 0.5),
            "all but the last must",
        ),
        (halves(Split::by_time("id")).lasting(), "cannot last"),
    ];
    for (split, words) in claims {
        let error = split.of(&table).unwrap_err();
        assert_eq!(error.code(), "data::unusable_split", "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.help().is_some(), "{error}");
    }
    let error = halves(Split::by_group("grup")).of(&table).unwrap_err();
    assert_eq!(error.help().as_deref(), Some("did you mean `group`?"));
    let error = halves(Split::by_time("x")).of(&table).unwrap_err();
    assert!(matches!(error, DataError::ColumnType { .. }), "{error}");
    let none = table.filter_rows(|_| false).unwrap();
    let error = halves(Split::by_fraction()).of(&none).unwrap_err();
    assert!(error.to_string().contains("no rows"), "{error}");
}

#[test]
fn a_record_survives_as_an_artifact_and_knows_its_parts() {
    use mlops_core::{Artifact, MemoryOutput};
    let table = table! { "day" => [1, 2, 3, 4], "x" => [0.5, -0.0, f64::NAN, 1.0] };
    for split in [
        Split::by_time("day")
            .until(Role::Training, "3")
            .rest(Role::Test),
        Split::by_fraction()
            .with_times_of("day")
            .part(Role::Training, 0.5)
            .rest(Role::Test),
        Split::by_group("x")
            .part(Role::Training, 0.5)
            .rest(Role::Test),
    ] {
        let parts = split.of(&table).unwrap();
        let mut output = MemoryOutput::default();
        parts.record().write(&mut output).unwrap();
        let back = SplitRecord::read(&output.into_input()).unwrap();
        assert_eq!(&back, parts.record());
        let json = serde_json::to_string(&back).unwrap();
        assert_eq!(serde_json::from_str::<SplitRecord>(&json).unwrap(), back);
        let test = parts.table(Role::Test).unwrap();
        assert_eq!(back.role_of(&test.digest().unwrap()), Some(Role::Test));
        assert_eq!(back.role_of(&table.digest().unwrap()), None);
        assert_eq!(back.table, table.digest().unwrap());
    }
}

#[test]
fn strata_that_look_the_same_are_counted_together_and_add_up() {
    let stratum = (0..40).map(|row| (row % 2 == 0).then(|| "(no value)".to_owned()));
    let table =
        table! { "stratum" => stratum.collect::<Vec<_>>(), "id" => (0..40).collect::<Vec<i64>>() };
    let split = Split::stratified("stratum")
        .part(Role::Training, 0.5)
        .rest(Role::Test);
    for part in &split.of(&table).unwrap().record().parts {
        assert_eq!(part.strata.values().sum::<u64>(), part.rows);
    }
}

#[test]
fn a_whole_number_is_one_group_with_the_float_that_it_equals() {
    let large = 1_i64 << 60;
    let whole = table! { "id" => [large, large + 1] };
    let float = table! { "id" => [large as f64, 0.5] };
    let report = crate::dataset::Leakage::new()
        .between(&whole, &float)
        .unwrap();
    let same = report.check(crate::dataset::LeakKind::SameRows).unwrap();
    assert_eq!(same.found, 1, "{report}");
}

#[test]
fn a_column_without_a_zone_has_no_place_for_one_in_a_cut() {
    let times = (0..6).map(|hour| 1_720_000_000_000_000 + hour * 3_600_000_000);
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(times));
    let batch = RecordBatch::try_from_iter([("local", times)]).unwrap();
    let table = Table::try_from(batch).unwrap();
    let training = |cut: &str| {
        let split = Split::by_time("local").until(Role::Training, cut);
        let parts = split.rest(Role::Test).of(&table)?;
        Ok::<_, DataError>(parts.table(Role::Training)?.rows())
    };
    assert_eq!(training("2024-07-03T10:46:40").unwrap(), 1);
    for zone in [
        "Z",
        "+02:00",
        "-05:00",
        "[America/New_York]",
        "-05:00[America/New_York]",
    ] {
        let error = training(&format!("2024-07-03T10:46:40{zone}")).unwrap_err();
        assert_eq!(error.code(), "data::unusable_split", "{zone}: {error}");
    }
}

//! Claims about a comparison with a profile: what it finds, how often it is wrong, and what it does not pretend to know.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::{ArrayRef, DurationSecondArray, TimestampMicrosecondArray};

use super::{chosen, normal, shifted};
use crate::change::{ColumnChange, Comparison, TableChange, Verdict};
use crate::{DataError, Table, TableProfile, table};

fn profile(table: &Table) -> TableProfile {
    // By way of its bytes, as a store keeps it.
    TableProfile::from_json(&TableProfile::of(table).unwrap().to_json()).unwrap()
}

fn of<'c>(change: &'c TableChange, column: &str) -> &'c ColumnChange {
    change.column(column).unwrap()
}

/// Ages around 40, incomes, a plan, a count, texts of any length, a switch, and a column of which some are missing.
fn customers(rows: usize, seed: u64) -> Table {
    let ages: Vec<f64> = normal(rows, seed).iter().map(|x| 40.0 + 12.0 * x).collect();
    let plans = [("free", 50), ("basic", 30), ("pro", 20)];
    let names = normal(rows, seed + 1).into_iter().enumerate();
    let names = names.map(|(row, x)| format!("{row:0length$}", length = (20.0 + 4.0 * x) as usize));
    table! {
        "age" => ages,
        "income" => normal(rows, seed + 2).iter().map(|x| (10.0 + 0.8 * x).exp()).collect::<Vec<f64>>(),
        "plan" => chosen(rows, seed + 3, &plans),
        "visits" => normal(rows, seed + 4).iter().map(|x| (3.0 + x) as i64).collect::<Vec<_>>(),
        "name" => names.collect::<Vec<_>>(),
        "active" => normal(rows, seed + 5).iter().map(|x| *x > 0.5).collect::<Vec<_>>(),
        "score" => normal(rows, seed + 6).iter().map(|x| (*x < 1.0).then_some(*x)).collect::<Vec<_>>(),
    }
}

#[test]
fn a_profile_finds_the_drift_that_its_table_finds() {
    let before = customers(4_000, 1);
    let known = profile(&before);
    let same = customers(3_000, 50);
    let since = TableChange::since(&known, &same).unwrap();
    assert_eq!(since.verdict, Verdict::Stable, "{}", since.in_a_sentence());
    assert_eq!(since.rows, [4_000, 3_000]);
    let moved = customers(3_000, 90);
    let ages = shifted(&normal(3_000, 7), 0.3);
    let ages: Vec<f64> = ages.iter().map(|x| 40.0 + 12.0 * x).collect();
    let later = [("free", 30), ("basic", 50), ("pro", 20)];
    let names: Vec<String> = (0..3_000).map(|row| format!("{row:030}")).collect();
    let scores = normal(3_000, 8);
    let scores: Vec<Option<f64>> = scores.iter().map(|x| (*x < 0.5).then_some(*x)).collect();
    let mut columns = moved.clone();
    for (name, column) in [
        ("age", table! { "age" => ages }),
        ("plan", table! { "plan" => chosen(3_000, 9, &later) }),
        ("name", table! { "name" => names }),
        ("score", table! { "score" => scores }),
    ] {
        columns = columns
            .with_column(name, column.column(name).unwrap())
            .unwrap();
    }
    let by_profile = TableChange::since(&known, &columns).unwrap();
    let by_table = TableChange::between(&before, &columns).unwrap();
    for column in &by_table.columns {
        let since = of(&by_profile, &column.column);
        assert_eq!(since.verdict, column.verdict, "{}", column.column);
        assert_eq!((since.kind, since.missing), (column.kind, column.missing));
    }
    let drifted = by_profile.with_verdict(Verdict::Drift);
    let drifted: Vec<&str> = drifted.map(|column| column.column.as_str()).collect();
    assert_eq!(drifted, ["age", "plan", "name", "score"]);
    // A third of a deviation of twelve years, and the sizes are those of the tables.
    let [known, true_] = [&by_profile, &by_table].map(|change| {
        let effect = of(change, "age").effect.as_ref().unwrap();
        (effect.name, effect.value)
    });
    assert_eq!(known.0, true_.0);
    assert!(
        (known.1 / true_.1 - 1.0).abs() < 0.1,
        "{known:?} for {true_:?}"
    );
    // What is counted one by one is compared as if the table were there.
    for column in ["plan", "visits", "active"] {
        let [since, between] = [&by_profile, &by_table].map(|change| ColumnChange {
            // The p-values of the other columns have a say in this one.
            adjusted_p: None,
            ..of(change, column).clone()
        });
        assert_eq!(since, between);
    }
}

/// So many categories of four letters, each as often as the others, from the `first` one on.
fn cities(categories: usize, first: usize, letters: usize) -> Table {
    let names = (0..categories * 12).map(|row| {
        let city = first + row % categories;
        format!("{city:0letters$}")
    });
    table! { "city" => names.collect::<Vec<_>>() }
}

#[test]
fn many_categories_are_compared_by_name_as_those_of_tables_are() {
    for categories in [257, 700] {
        let before = cities(categories, 0, 4);
        let known = profile(&before);
        for first in [0, categories / 4] {
            let current = cities(categories, first, 4);
            let since = TableChange::since(&known, &current).unwrap();
            assert_eq!(since, TableChange::between(&before, &current).unwrap());
            let verdict = [Verdict::Stable, Verdict::Drift][usize::from(first > 0)];
            assert_eq!(of(&since, "city").verdict, verdict, "{categories}, {first}");
        }
    }
}

#[test]
fn of_categories_whose_names_do_not_fit_into_a_profile_nothing_is_pretended() {
    // As long as before, so that the lengths would tell nothing.
    let [known, current] = [0, 200].map(|first| cities(700, first, 120));
    let change = TableChange::since(&profile(&known), &current).unwrap();
    let column = of(&change, "city");
    assert_eq!(column.verdict, Verdict::NoEvidence);
    assert!(
        column.explanation.contains("categories"),
        "{}",
        column.explanation
    );
}

fn lists(rows: usize, missing: usize) -> Table {
    let mut lists = ListBuilder::new(Int64Builder::new());
    for row in 0..rows {
        lists.values().append_value(row as i64);
        lists.append(row >= missing);
    }
    let lists: ArrayRef = Arc::new(lists.finish());
    table! { "x" => (0..rows as i64).collect::<Vec<_>>() }
        .with_column("items", lists)
        .unwrap()
}

#[test]
fn a_column_that_is_not_compared_says_so_and_has_no_say_in_other_columns() {
    let (before, current) = (lists(400, 40), lists(300, 30));
    for change in [
        TableChange::since(&profile(&before), &current).unwrap(),
        TableChange::between(&before, &current).unwrap(),
    ] {
        let items = of(&change, "items");
        assert_eq!(items.verdict, Verdict::NoEvidence);
        assert!(
            items.explanation.contains("are not compared"),
            "{}",
            items.explanation
        );
        assert_eq!(items.missing, [Some(0.1), Some(0.1)]);
        assert_eq!((items.p_value, items.adjusted_p), (None, None));
        let x = of(&change, "x");
        assert_eq!(x.adjusted_p, x.p_value, "one test alone is not adjusted");
    }
}

#[test]
fn of_durations_a_profile_says_that_it_knows_none() {
    let table = |from: i64| {
        let times: ArrayRef = Arc::new(DurationSecondArray::from_iter_values(from..from + 300));
        table! { "x" => vec![1; 300] }
            .with_column("took", times)
            .unwrap()
    };
    let change = TableChange::since(&profile(&table(0)), &table(500)).unwrap();
    let took = of(&change, "took");
    assert_eq!(took.verdict, Verdict::NoEvidence);
    assert_eq!(
        took.explanation,
        "a profile only counts values of type Duration(s)"
    );
}

#[test]
fn a_profile_raises_no_more_false_alarms_than_two_tables() {
    let (trials, mut alarms) = (2_000, 0);
    for trial in 0..trials {
        let sides = [0, 1].map(|side| {
            table! { "x" => shifted(&normal(500, 1_000 + 2 * trial + side), 3.0) }
        });
        let change = TableChange::since(&TableProfile::of(&sides[0]).unwrap(), &sides[1]).unwrap();
        alarms += u64::from(of(&change, "x").p_value.unwrap() <= 0.05);
    }
    assert!(alarms <= trials / 20, "{alarms} of {trials}");
}

#[test]
fn what_a_profile_does_not_know_is_no_evidence() {
    let times = |from: i64| -> ArrayRef {
        let values = (0..600).map(|row| from + row * 3_600_000_000);
        Arc::new(TimestampMicrosecondArray::from_iter_values(values))
    };
    let table = |years: Vec<f64>, from: i64| {
        table! { "year" => years, "infinite" => [vec![f64::INFINITY], normal(599, 3)].concat() }
            .with_column("time", times(from))
            .unwrap()
    };
    let years = |by: f64| {
        normal(600, 4)
            .iter()
            .map(|x| 2_000.0 + by + 3.0 * x)
            .collect()
    };
    let before = table(years(0.0), 1_700_000_000_000_000);
    let known = profile(&before);
    // One percent of a year is twenty years: three of them, or thirty, are beyond what the quantiles tell.
    let change = TableChange::since(&known, &table(years(3.0), 1_800_000_000_000_000)).unwrap();
    for column in &change.columns {
        assert_eq!(column.verdict, Verdict::NoEvidence, "{}", column.column);
        assert!(!column.explanation.is_empty());
    }
    assert_eq!(change.verdict, Verdict::NoEvidence);

    let nothing = before.filter_rows(|_| false).unwrap();
    let other = table! { "year" => vec!["a"; 600], "more" => vec![1; 600] };
    for (known, current) in [
        (&known, &nothing),
        (&profile(&nothing), &before),
        (&known, &other),
    ] {
        let change = TableChange::since(known, current).unwrap();
        assert_eq!(
            change.with_verdict(Verdict::NoEvidence).count(),
            change.columns.len()
        );
    }
    let error = Comparison::new().with_classifier(1).since(&known, &before);
    assert!(matches!(error, Err(DataError::ProfileHasNoRows)));
    let error = Comparison::new().ignoring(["yaer"]).since(&known, &before);
    assert_eq!(
        error.unwrap_err().help().as_deref(),
        Some("did you mean `year`?")
    );
}

#[test]
fn times_and_numbers_of_few_values_are_known_one_by_one() {
    let days = |from: i64, rows: usize| {
        let values = (0..rows as i64).map(|row| (from + row % 30) * 86_400_000_000);
        let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(values));
        table! { "stars" => (0..rows as i64).map(|row| row % 5).collect::<Vec<_>>() }
            .with_column("day", times)
            .unwrap()
    };
    let before = days(19_000, 900);
    for current in [days(19_000, 700), days(19_010, 700)] {
        let since = TableChange::since(&profile(&before), &current).unwrap();
        assert_eq!(since, TableChange::between(&before, &current).unwrap());
    }
    let later = TableChange::since(&profile(&before), &days(19_010, 700)).unwrap();
    assert_eq!(of(&later, "day").verdict, Verdict::Drift);
    assert_eq!(of(&later, "stars").verdict, Verdict::Stable);
}

#[test]
fn a_profile_that_does_not_add_up_is_refused() {
    type Bend = fn(&mut crate::ColumnProfile);
    let bends: [(&str, Bend); 10] = [
        ("more nulls than rows", |column| column.nulls = u64::MAX),
        ("values without rows", |column| column.rows = 0),
        ("counts beyond all", |column| {
            let frequent = column.frequent.iter_mut();
            frequent.for_each(|value| value.at_least = u64::MAX);
        }),
        ("more named than there are", |column| {
            column.nulls = column.rows;
        }),
        ("at most less than at least", |column| {
            let frequent = column.frequent.iter_mut();
            frequent.for_each(|value| value.at_most = value.at_least - 1);
        }),
        ("more rows than can be", |column| column.rows = u64::MAX),
        ("more that are no numbers than rows", |column| {
            let numbers = column.numbers.iter_mut();
            numbers.for_each(|numbers| numbers.nans = u64::MAX);
        }),
        ("quantiles that fall", |column| {
            let numbers = column.numbers.iter_mut();
            numbers.for_each(|numbers| numbers.quantiles.reverse());
        }),
        ("lengths that fall", |column| {
            let texts = column.texts.iter_mut();
            texts.for_each(|texts| texts.lengths.reverse());
        }),
        ("lengths below none", |column| {
            let texts = column.texts.iter_mut();
            texts.for_each(|texts| texts.lengths[0] = -1.0);
        }),
    ];
    let table = customers(300, 4);
    let known = profile(&table);
    for (what, bend) in bends {
        let mut bent = known.clone();
        bent.columns.iter_mut().for_each(bend);
        let error = TableProfile::from_json(&bent.to_json()).expect_err(what);
        assert_eq!(error.code(), "data::unreadable_table", "{what}");
    }
    // Without names it says less, and is one all the same.
    let mut less = known.clone();
    less.columns
        .iter_mut()
        .for_each(|column| column.frequent.clear());
    let less = TableProfile::from_json(&less.to_json()).unwrap();
    assert!(TableChange::since(&less, &table).is_ok());
    assert!(TableProfile::from_json("{\"rows\": -1}").is_err());
}

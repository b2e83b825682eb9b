//! Orders that are derived from the order in the source.

use std::collections::BTreeSet;

use mlops::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Hamlet,
    Village,
    Town,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Plot {
    row: i64,
    column: i64,
}

#[derive(Debug, PartialEq, Eq)]
struct Reversed(i64);

impl Ord for Reversed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for Reversed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Clone, Copy)]
enum Level {
    Low = 1,
    High = 5,
}

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![ordered_variants(), ordered_fields(), ordered_set()]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![discriminants()]
}

#[stage]
fn ordered_variants() -> String {
    use Rank::*;
    let mut ranks = [Town, Hamlet, Village];
    ranks.sort();
    format!("{ranks:?}")
}

#[stage]
fn ordered_fields() -> String {
    let mut plots = [Plot { row: 2, column: 1 }, Plot { row: 1, column: 2 }];
    plots.sort();
    plots.map(|plot| plot.row.to_string()).join(" ")
}

#[stage]
fn ordered_set() -> String {
    let set = BTreeSet::from([Reversed(1), Reversed(3), Reversed(2)]);
    set.iter().map(|item| item.0.to_string()).collect()
}

#[stage]
fn discriminants() -> i64 {
    Level::Low as i64 * 10 + Level::High as i64
}

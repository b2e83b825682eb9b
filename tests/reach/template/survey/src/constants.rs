//! Constants, statics, and what they are made of.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mlops::prelude::*;

use crate::arithmetic::{thrice, twice};

const BASE: i64 = 7;
const LIMIT: i64 = BASE * steps(3);

const fn steps(number: i64) -> i64 {
    number + 1
}

static LABELS: [&str; 3] = ["low", "middle", "high"];

static TABLE: [(&str, fn(i64) -> i64); 3] = [
    ("twice", twice),
    ("thrice", thrice),
    ("negated", |number| -number),
];

const CHOSEN: fn(i64) -> i64 = {
    fn chosen(number: i64) -> i64 {
        number - 4
    }
    chosen
};

const WIDTH: usize = 4;
const PAD: usize = 6;
const SCALE: f64 = 2.5;

static INDEX: LazyLock<BTreeMap<&'static str, i64>> = LazyLock::new(|| index());

fn index() -> BTreeMap<&'static str, i64> {
    BTreeMap::from([("oak", 3), ("elm", 4)])
}

thread_local! {
    static DEPTH: i64 = depth(2);
}

fn depth(number: i64) -> i64 {
    number * 8
}

/// Nobody asks.
static UNASKED: [i64; 2] = [1, 2];

/// Nobody asks either.
const UNUSED: i64 = 3;

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![labelled(), captured(), padded()]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        limited(),
        pointer_table(),
        chosen(),
        array_length(),
        lazily(),
        per_thread(),
        in_const_block(),
    ]
}

#[stage]
fn limited() -> i64 {
    LIMIT
}

#[stage]
fn labelled() -> String {
    LABELS.join("/")
}

#[stage]
fn pointer_table() -> i64 {
    TABLE.iter().map(|(_, function)| function(5)).sum()
}

#[stage]
fn chosen() -> i64 {
    CHOSEN(10)
}

#[stage]
fn array_length() -> i64 {
    [1_i64; WIDTH].iter().sum()
}

#[stage]
fn captured() -> String {
    format!("scale {SCALE}")
}

/// The name of the constant stands inside the format only, as a width.
#[stage]
fn padded() -> String {
    format!("{:>PAD$}|", 7)
}

#[stage]
fn lazily() -> i64 {
    INDEX.values().sum()
}

#[stage]
fn per_thread() -> i64 {
    DEPTH.with(|depth| *depth)
}

#[stage]
fn in_const_block() -> i64 {
    const { steps(40) }
}

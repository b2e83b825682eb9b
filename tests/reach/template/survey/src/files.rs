//! Files that are part of the program.

use mlops::prelude::*;

const LIST: &str = include_str!("../data/list.txt");

fn trees() -> &'static str {
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/trees.txt"))
}

include!("../data/items.rs");

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![included_text(), included_from_root(), included_in_macro_call()]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![included_bytes(), included_code(), included_items()]
}

#[stage]
fn included_text() -> String {
    LIST.trim().to_owned()
}

#[stage]
fn included_from_root() -> String {
    trees().trim().to_owned()
}

#[stage]
fn included_bytes() -> i64 {
    include_bytes!("../data/bytes.bin").len() as i64
}

#[stage]
fn included_code() -> i64 {
    include!("../data/expression.rs")
}

/// Only the included file calls it.
fn from_the_file(number: i64) -> i64 {
    number + 33
}

#[stage]
fn included_items() -> i64 {
    included()
}

#[stage]
fn included_in_macro_call() -> String {
    format!("[{}]", include_str!("../data/soil.txt").trim())
}

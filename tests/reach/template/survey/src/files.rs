//! Files that are part of the program.

use mlops::prelude::*;

const LIST: &str = include_str!("../data/list.txt");

fn trees() -> &'static str {
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/trees.txt"))
}

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![included_text(), included_from_root()]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![included_bytes(), included_code()]
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

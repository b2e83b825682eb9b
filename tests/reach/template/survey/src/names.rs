//! Equal names in several places, and names with unusual letters.

use mlops::prelude::*;

use crate::{north, south};

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![northern(), southern()]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![raw(), foreign_letters()]
}

#[stage]
fn northern() -> String {
    north::normalise("Birch")
}

#[stage]
fn southern() -> String {
    south::normalise("Birch")
}

#[stage]
fn raw() -> i64 {
    r#match(3) + r#type::value()
}

fn r#match(number: i64) -> i64 {
    number * 11
}

mod r#type {
    pub fn value() -> i64 {
        5
    }
}

/// The name is written with a letter and a mark, and declared with one letter: to the compiler they are the same.
#[stage]
fn foreign_letters() -> i64 {
    größe() + Ångström.0
}

fn größe() -> i64 {
    180
}

#[expect(non_upper_case_globals, reason = "the point of it")]
const Ångström: Länge = Länge(1);

struct Länge(i64);

//! References and lifetimes inside inputs and outputs.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

use std::borrow::Cow;

#[stage]
fn first(table: &&Table, names: &[&str], model: Option<&Model>) -> f64 {
    let _ = (names, model);
    table.0[0]
}

#[stage]
fn title(table: &'static Table, text: Cow<'_, str>) -> &str {
    let _ = (table, text);
    "title"
}

#[stage]
fn handles(table: &Handle<Table>, rows: [f64]) -> Handle<Model> {
    let _ = (table, rows);
    unreachable!()
}

fn main() {
    let _first = first(Table(vec![1.0]), ["a"], Some(Model(1.0)));
}

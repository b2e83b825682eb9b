//! A handle is used again after it was moved.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(ingest)]
fn load() -> Table {
    Table(vec![1.0])
}

#[stage(train)]
fn train(clean: &Table) -> Model {
    Model(clean.0[0])
}

fn main() {
    let table = load();
    let _first = train(table);
    let _second = train(table);
}

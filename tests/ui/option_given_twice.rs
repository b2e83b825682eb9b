//! An option, and a kind, given twice.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(ingest, retries = 2, owner = "growth-ml", retries = 3)]
fn load() -> Table {
    Table(vec![])
}

#[stage(train, evaluate)]
fn train(clean: &Table) -> Model {
    Model(clean.0[0])
}

fn main() {
    let _model = train(load());
}

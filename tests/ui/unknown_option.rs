//! Options that do not exist.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(retires = 2)]
fn load() -> Table {
    Table(vec![])
}

#[stage(trian)]
fn train(clean: &Table) -> Model {
    Model(clean.0[0])
}

#[stage(kind = "evaluate", colour = "red")]
fn evaluate(model: &Model) -> f64 {
    model.0
}

fn main() {
    let _score = evaluate(train(load()));
}

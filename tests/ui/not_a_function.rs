//! `#[stage]` on something else than a function.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage]
struct Train;

#[stage(train)]
const fn fit(table: &Table) -> Model {
    Model(1.0)
}

#[stage]
extern "C" fn call(table: &Table, model: &Model) -> f64 {
    table.0[0] - model.0
}

fn main() {
    let _train = Train;
    let _fit = fit(Table(vec![]));
}

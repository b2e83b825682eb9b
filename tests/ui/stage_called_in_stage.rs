//! A stage that is called, and not run, inside another stage.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(validate)]
fn validate(raw: &Table) -> Table {
    raw.clone()
}

#[stage(train)]
fn train(raw: &Table) -> Model {
    let clean = validate(raw);
    Model(clean.0[0])
}

fn main() {
    let _model = train(Table(vec![1.0]));
}

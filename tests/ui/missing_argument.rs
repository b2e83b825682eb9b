//! An argument was forgotten.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(train)]
fn train(clean: &Table, rate: f64) -> Model {
    Model(clean.0[0] * rate)
}

fn main() {
    let _model = train(Table(vec![1.0]));
}

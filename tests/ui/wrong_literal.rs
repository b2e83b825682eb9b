//! A literal of another type.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(train)]
fn train(clean: &Table, rounds: u32) -> Model {
    Model(clean.0[0] * f64::from(rounds))
}

fn main() {
    let _model = train(Table(vec![1.0]), "three");
}

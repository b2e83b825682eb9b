//! A handle used as if it were the value.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(evaluate)]
fn evaluate(model: &Model) -> f64 {
    model.0
}

fn main() {
    let score = evaluate(Model(1.0));
    if score > 0.9 {
        let _table = Table(vec![]);
    }
}

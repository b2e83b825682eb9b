//! Errors that cannot leave a stage.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[derive(Debug)]
struct Trouble;

#[stage(train)]
fn train(clean: &Table) -> Result<Model, Trouble> {
    clean.0.first().map(|first| Model(*first)).ok_or(Trouble)
}

#[stage(train)]
fn retrain(clean: &Table) -> Result<Model, Box<dyn std::error::Error>> {
    Ok(Model(clean.0[0]))
}

fn main() {
    let _model = train(Table(vec![1.0]));
}

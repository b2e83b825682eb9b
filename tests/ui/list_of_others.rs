//! A list input that is wired to handles of another type.

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
fn train(parts: &[Table]) -> Model {
    Model(parts[0].0[0])
}

fn main() {
    let model = train([load()]);
    let _model = train(vec![model]);
}

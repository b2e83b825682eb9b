//! A stage whose handle is dropped is not part of the pipeline.

#![deny(unused_must_use)]

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

#[stage]
fn split(clean: &Table) -> (Table, Table) {
    (clean.clone(), clean.clone())
}

fn main() {
    let raw = Table(vec![1.0]);
    validate(&raw);
    split(&raw);
    let _model = Model(1.0);
}

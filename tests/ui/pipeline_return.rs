//! A pipeline that does not return handles.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[derive(Outputs)]
struct Churn {
    model: Handle<Model>,
    rows: u64,
}

#[derive(Outputs)]
enum Either {
    Model(Handle<Model>),
    Table(Handle<Table>),
}

fn nothing() {}

fn is_pipeline<O: Outputs>(_pipeline: fn() -> O) {}

fn main() {
    is_pipeline(nothing);
}

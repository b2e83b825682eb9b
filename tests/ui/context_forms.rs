//! The context in other forms than the one there is.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage]
fn owned(cx: StageContext, table: &Table) -> f64 {
    cx.metric("rows", table.0.len() as f64);
    1.0
}

#[stage]
fn changed(cx: &mut StageContext, model: &Model) -> f64 {
    cx.metric("model", model.0);
    1.0
}

#[stage]
fn twice(cx: &StageContext, other: &StageContext) -> f64 {
    let _ = (cx, other);
    1.0
}

fn main() {
    let _owned = owned(Table(vec![]));
}

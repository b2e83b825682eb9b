//! An artifact that serde cannot write and read.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[derive(Artifact)]
struct Report(f64);

#[derive(Serialize, Artifact)]
struct Summary(f64);

#[derive(Serialize, Deserialize, Artifact)]
struct Card {
    model: Model,
    body: Body,
}

struct Body;

fn main() {
    let _table = Table(vec![]);
}

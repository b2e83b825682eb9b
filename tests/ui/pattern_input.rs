//! Inputs without a name.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(train)]
fn train((rate, rounds): (f64, u32)) -> Model {
    Model(rate * f64::from(rounds))
}

#[stage]
fn ignore(_: &Model) -> Table {
    Table(vec![])
}

fn main() {
    let model = train((0.1, 3));
    let _table = ignore(model);
}

//! Options with values that they do not take.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(
    name = "customers table",
    owner = growth,
    retries = "two",
    backoff = 1,
    timeout = "5",
    cpus = 0,
    memory = "2 GIGS",
    resources(gpu),
    cache = "no",
    code = "file"
)]
fn load() -> Table {
    Table(vec![])
}

fn main() {
    let _table = load();
    let _model = Model(1.0);
}

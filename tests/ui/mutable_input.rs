//! An input that wants to be changed.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage]
fn clean(raw: &mut Table) -> Table {
    raw.0.sort_by(f64::total_cmp);
    raw.clone()
}

#[stage]
fn join(parts: &mut [Table]) -> Table {
    parts[0].clone()
}

fn main() {
    let table = clean(Table(vec![1.0]));
    let _joined = join([table]);
    let _model = Model(1.0);
}

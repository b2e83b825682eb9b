//! Stages that are generic.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage]
fn pick<T: Clone>(values: &[T]) -> T {
    values[0].clone()
}

#[stage]
fn first<'a>(table: &'a Table) -> f64 {
    table.0[0]
}

#[stage]
fn any(model: impl Into<f64>) -> Model {
    Model(model.into())
}

#[stage]
fn sized<const N: usize>(table: &Table) -> Table
where
    Table: Clone,
{
    Table(table.0[..N].to_vec())
}

fn main() {
    let _first = first(Table(vec![1.0]));
    let _any = any(1.0);
}

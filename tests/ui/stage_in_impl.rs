//! Stages inside an `impl`.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

impl Model {
    #[stage(evaluate)]
    fn score(&self, test: &Table) -> f64 {
        self.0 - test.0[0]
    }

    #[stage(train)]
    fn fit(table: &Table) -> Model {
        Model(table.0[0])
    }
}

trait Trainer {
    #[stage(train)]
    fn train(table: &Table) -> Model {
        Model(table.0[0])
    }

    #[stage(train)]
    fn retrain(table: &Table) -> Model;
}

fn main() {}

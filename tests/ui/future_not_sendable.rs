//! An async stage that keeps something of one thread.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

use std::rc::Rc;

#[stage(train)]
async fn train(clean: &Table) -> Model {
    let first = Rc::new(clean.0[0]);
    std::future::ready(()).await;
    Model(*first)
}

fn main() {
    let _model = train(Table(vec![]));
}

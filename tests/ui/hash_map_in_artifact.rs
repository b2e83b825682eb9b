//! Collections without an order in artifacts, and as an input and an output.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

use std::collections::{HashMap, HashSet};

#[derive(Serialize, Deserialize, Artifact)]
struct Vocabulary {
    counts: HashMap<String, u64>,
    stop_words: Option<HashSet<String>>,
    #[artifact(sorted)]
    sorted: HashMap<String, u64>,
}

#[stage(features)]
fn count(table: &Table, weights: &HashMap<String, f64>) -> HashMap<String, u64> {
    let _ = (table, weights);
    HashMap::new()
}

fn main() {
    let _model = Model(1.0);
}

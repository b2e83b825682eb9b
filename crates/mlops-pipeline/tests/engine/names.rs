//! What calls are named, and what may not share a name.

use mlops_core::{NamedOutput, Output, Stage};
use mlops_pipeline::{Graph, PipelineError};

use crate::place::{call, kept, next, parameter, stage};

fn at(path: &'static str, file: &'static str, line: u32) -> &'static Stage {
    let mut stage = stage("train", &["n"], next);
    (stage.path, stage.file, stage.line) = (path, file, line);
    kept(stage)
}

fn graph(outputs: &[&Output]) -> Result<Graph, PipelineError> {
    let named = outputs.iter().map(|output| NamedOutput {
        name: "model".to_owned(),
        output: (*output).clone(),
    });
    Graph::new(named.collect())
}

#[test]
fn two_stages_of_one_name_are_refused_and_both_places_are_named() {
    // As two `#[stage(name = "train")]` in one program would be.
    let first = call(at("train", "src/churn.rs", 12), vec![parameter(1_u64)]);
    let second = call(at("train", "src/price.rs", 40), vec![parameter(2_u64)]);
    let error = graph(&[&first, &second]).err().unwrap();
    assert_eq!(error.code(), "pipeline::same_name");
    assert_eq!(
        error.to_string(),
        "two stages are called `train`: one at src/churn.rs:12, one at src/price.rs:40"
    );
    assert!(error.help().unwrap().contains("#[stage(name = "));
}

#[test]
fn modules_may_each_have_a_stage_of_one_name_and_each_call_has_the_shortest_that_is_its_own() {
    let churn = call(
        at("app::churn::train", "src/churn.rs", 12),
        vec![parameter(1_u64)],
    );
    let price = at("app::price::train", "src/price.rs", 12);
    let prices = [1_u64, 2].map(|n| call(price, vec![parameter(n)]));
    let graph = graph(&[&churn, &prices[0], &prices[1]]).unwrap();
    let names: Vec<&str> = graph.calls().map(|(_, call)| call.name.as_str()).collect();
    assert_eq!(
        names,
        ["churn::train", "price::train[0]", "price::train[1]"]
    );
}

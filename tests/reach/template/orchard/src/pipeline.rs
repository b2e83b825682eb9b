//! The pipeline.

use mlops::prelude::*;
use orchard_models::linear::Linear;
use orchard_models::neighbours::Neighbours;
use orchard_models::{Metric, MetricValue, Model};
use serde::{Deserialize, Serialize};

use crate::features;
use crate::split::split;
use crate::trees::{Trees, planted};

/// What a model predicts, beside what was.
#[derive(Clone, Debug, Serialize, Deserialize, Artifact)]
struct Predictions {
    name: String,
    predicted: Vec<f64>,
    targets: Vec<f64>,
}

impl Predictions {
    fn of(mut model: impl Model, learned: &Trees, judged: &Trees) -> Self {
        let rows = |trees: &Trees| trees.0.iter().map(features::row).collect::<Vec<_>>();
        let targets = |trees: &Trees| trees.0.iter().map(|tree| tree.apples).collect::<Vec<_>>();
        model.fit(&rows(learned), &targets(learned));
        Self { name: model.name(), predicted: model.predict_all(&rows(judged)), targets: targets(judged) }
    }

    fn value(&self, metric: Metric) -> MetricValue {
        metric.of(&self.predicted, &self.targets)
    }
}

/// Two models, and which is better.
pub fn orchard() -> Vec<Handle<String>> {
    let trees = planted_trees(60);
    let (learned, judged) = split_trees(trees);
    let linear = linear_predictions(&learned, &judged, 0.3);
    let near = near_predictions(learned, judged, 3);
    vec![evaluation(&linear), better_model(linear, near), columns()]
}

#[stage]
fn planted_trees(number: u32) -> Trees {
    planted(number)
}

#[stage]
fn split_trees(trees: &Trees) -> (Trees, Trees) {
    let (learned, judged) = split(&trees.0);
    (Trees(learned), Trees(judged))
}

#[stage(train)]
fn linear_predictions(learned: &Trees, judged: &Trees, rate: f64) -> Predictions {
    Predictions::of(Linear::new(rate, 50), learned, judged)
}

#[stage(train)]
fn near_predictions(learned: &Trees, judged: &Trees, number: u32) -> Predictions {
    Predictions::of(Neighbours::new(number as usize), learned, judged)
}

#[stage]
fn evaluation(predictions: &Predictions) -> String {
    let metrics = [Metric::AbsoluteError, Metric::SquaredError, Metric::LargestError];
    let values: Vec<String> = metrics.iter().map(|metric| predictions.value(*metric).to_string()).collect();
    format!("{}: {}", predictions.name, values.join(", "))
}

#[stage]
fn better_model(one: &Predictions, other: &Predictions) -> String {
    let metric = Metric::AbsoluteError;
    let better = if one.value(metric) <= other.value(metric) { one } else { other };
    better.name.clone()
}

#[stage]
fn columns() -> String {
    features::names().join(", ")
}

//! Types that do not travel between stages, as an input and as an output.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

struct Report(f64);

struct Settings;

#[stage(evaluate)]
fn evaluate(model: &Model, settings: &Settings) -> Result<Report> {
    let _ = settings;
    Ok(Report(model.0))
}

#[stage]
fn publish(report: &Report) -> bool {
    report.0 > 0.5
}

fn main() {
    let report = evaluate(Model(1.0), Settings);
    let _published = publish(report);
}

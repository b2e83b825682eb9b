//! Stages that return nothing.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(deploy)]
fn deploy(model: &Model) {
    let _ = model;
}

#[stage(deploy)]
fn publish(model: &Model) -> Result<()> {
    let _ = model;
    Ok(())
}

#[stage(deploy)]
fn announce(table: &Table) -> std::fmt::Result {
    let _ = table;
    Ok(())
}

#[stage(monitor)]
fn watch(model: &Model) -> ! {
    let _ = model;
    loop {}
}

fn main() {
    let _deployed = deploy(Model(1.0));
}

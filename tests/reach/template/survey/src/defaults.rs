//! Values that nobody writes down.

use mlops::prelude::*;

struct Settings {
    rows: i64,
    columns: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rows: 2,
            columns: usual(),
        }
    }
}

fn usual() -> i64 {
    30
}

#[derive(Default)]
struct Plan {
    crop: Crop,
    depth: Depth,
}

#[derive(Default, Clone, Copy)]
enum Crop {
    #[default]
    Barley,
    Oats,
}

struct Depth(i64);

impl Default for Depth {
    fn default() -> Self {
        Self(40)
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![rest_by_default(), derived_default(), default_variant()]
}

#[stage]
fn rest_by_default() -> i64 {
    let settings = Settings {
        rows: 5,
        ..Default::default()
    };
    settings.rows * settings.columns
}

#[stage]
fn derived_default() -> i64 {
    Plan::default().depth.0
}

#[stage]
fn default_variant() -> i64 {
    Crop::default() as i64
}

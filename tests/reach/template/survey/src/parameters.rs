//! Stages with inputs and outputs of types of our own.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

/// What travels.
#[derive(Clone, Debug, Serialize, Deserialize, Artifact)]
pub(crate) struct Parcel {
    number: i64,
    weight: Weight,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Weight {
    Light,
    Heavy(i64),
}

impl Parcel {
    fn tare(&self) -> i64 {
        match &self.weight {
            Weight::Light => 1,
            Weight::Heavy(more) => more * 2,
        }
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![weighed(parcel(5)), limited_by(40)]
}

/// Makes one.
#[stage(retries = 1)]
pub(crate) fn parcel(number: i64) -> Parcel {
    Parcel {
        number,
        weight: if number > 6 { Weight::Light } else { Weight::Heavy(gravity(number)) },
    }
}

fn gravity(number: i64) -> i64 {
    number + 10
}

/// Weighs one.
#[stage]
fn weighed(parcel: &Parcel) -> i64 {
    parcel.tare() + parcel.number
}

/// A parameter that is written where the stage is called.
#[stage(train, owner = "field")]
fn limited_by(limit: i64) -> i64 {
    limit + 1
}

//! The pipeline around the features: labels, a training set, and what is made of it.

use mlops::FeatureSet;
use mlops::prelude::*;

use crate::definitions::{is_old, name_length, refund_share, tenure_years};

/// The customers that a program of this kind would read.
#[stage]
fn customers() -> Table {
    table! {
        "name" => ["Ada", "Émile"],
        "tenure_months" => [Some(120.0), Some(6.0)],
        "amount" => [Some(10.0), None],
        "refund" => [Some(1.0), Some(2.0)],
    }
}

/// How many of them are old.
#[stage]
fn count_old(training: &Table) -> Result<u64> {
    let old = training.booleans("is_old")?;
    Ok(old.iter().filter(|old| **old == Some(true)).count() as u64)
}

/// A stage that calls a feature as the function that it is.
#[stage]
fn by_hand() -> f64 {
    tenure_years(24.0)
}

/// Whether there is money to be lost: told to no program, and used by one of its pipelines.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
fn spends(amount: f64) -> bool {
    amount > 0.0
}

fn known() -> FeatureSet {
    features![tenure_years, refund_share, is_old]
}

fn churn() -> (Handle<u64>, Handle<Table>) {
    let training = training_set(customers(), known());
    (count_old(&training), training)
}

fn plain() -> Handle<f64> {
    by_hand()
}

fn without() -> Handle<Table> {
    customers()
}

fn untold() -> Handle<Table> {
    training_set(customers(), features![spends])
}

pub(crate) fn main() -> ExitCode {
    mlops::app()
        .features(known())
        .features(features![name_length])
        .pipeline("churn", churn)
        .pipeline("plain", plain)
        .pipeline("without", without)
        .pipeline("untold", untold)
        .main()
}

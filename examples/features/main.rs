//! Features: defined once, declared in `features.lock`, computed for training and for one request by the same functions.
//!
//! `cargo run --example features` makes a training set and answers a request; `-- features list`, `-- features lock --check` and
//! `-- features catalogue` show the definitions. Change a constant in `definitions.rs`, or in the helper there, and check again.

mod definitions;

use mlops::prelude::*;
use mlops::{FeatureSet, Row};
use serde::{Deserialize, Serialize};

use definitions::{extra_services, is_free_to_leave, is_on_trial, price_rise, tenure_years};

/// What can be changed: in mlops.toml, or with `--set customers=FILE`.
#[derive(Serialize, Deserialize)]
struct Config {
    customers: File,
}

impl Default for Config {
    fn default() -> Self {
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/quickstart/customers.csv");
        Self {
            customers: File::new(shipped),
        }
    }
}

/// The features of a customer.
fn customer() -> FeatureSet {
    features![
        tenure_years,
        price_rise,
        is_free_to_leave,
        extra_services,
        is_on_trial
    ]
}

/// Reads the customers.
#[stage(ingest, owner = "growth")]
fn load(customers: &File) -> Result<Table> {
    Ok(Table::read(customers)?)
}

/// Says how many of the customers on trial left, and how many of the others.
#[stage(owner = "growth")]
fn compare(training: &Table) -> Result<String> {
    let (left, on_trial) = (training.texts("Churn")?, training.booleans("is_on_trial")?);
    let share = |trial: bool| {
        let chosen = left
            .iter()
            .zip(&on_trial)
            .filter(|(_, on)| **on == Some(trial));
        let answers: Vec<bool> = chosen
            .map(|(left, _)| left.as_deref() == Some("Yes"))
            .collect();
        let gone = answers.iter().filter(|gone| **gone).count();
        format!("{gone} of {}", answers.len())
    };
    Ok(format!(
        "of the customers on trial {} left, of the others {}",
        share(true),
        share(false)
    ))
}

/// One request, as a service gets it: the same functions answer.
#[stage(owner = "growth")]
fn answer(features: &FeatureSet) -> Result<String> {
    let request = Row::new()
        .with("tenure", 2.0)
        .with("MonthlyCharges", 80.0)
        .with("TotalCharges", 150.0)
        .with("Contract", "Month-to-month")
        .with("OnlineSecurity", "No")
        .with("OnlineBackup", "Yes")
        .with("DeviceProtection", "No")
        .with("TechSupport", "Yes")
        .with("StreamingTV", "No")
        .with("StreamingMovies", "No");
    let answer = features.row(&request)?;
    let cells = answer
        .cells()
        .map(|(name, cell)| format!("{name} = {cell}"));
    Ok(cells.collect::<Vec<_>>().join(", "))
}

// ANCHOR: pipeline
fn churn(config: &Config) -> (Handle<Table>, Handle<String>, Handle<String>) {
    let customers = load(&config.customers);
    let training = training_set(customers, customer()); // its key holds the versions
    let comparison = compare(&training);
    (training, comparison, answer(customer()))
}

fn main() -> ExitCode {
    mlops::app()
        .features(customer())
        .pipeline("churn", churn)
        .short("data", "customers")
        .main()
}
// ANCHOR_END: pipeline

#[cfg(test)]
mod tests {
    use mlops::testing::{TestProject, same_in_table_and_row};

    use super::*;

    // ANCHOR: test
    #[test]
    fn a_definition_is_a_function() {
        assert_eq!(tenure_years(6.0), 0.5);
        assert_eq!(price_rise(80.0, Some(0.0), 0.0), None);
        assert!(is_on_trial(0.25, true));
    }

    #[test]
    fn each_customer_has_the_same_features_in_the_table_and_alone() {
        let customers = Table::read(&Config::default().customers).unwrap();
        same_in_table_and_row(&customer(), &customers);
    }
    // ANCHOR_END: test

    #[test]
    fn the_training_set_is_reused_and_says_which_versions_it_holds() {
        let project = TestProject::new();
        let first = project.run(churn(&Config::default()));
        assert_eq!(first.ran(), ["load", "training_set", "compare", "answer"]);
        let training: Table = first.output("training_set");
        assert!(
            training
                .columns()
                .ends_with(&["extra_services", "is_on_trial"])
        );
        assert_eq!(
            project.run(churn(&Config::default())).ran(),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_feature_is_declared() {
        let lock = mlops::Lock::parse(include_str!("../../features.lock")).unwrap();
        for checked in lock.check(customer().in_order()) {
            assert!(
                checked.passes(),
                "{checked}: run `cargo run --example features -- features lock`"
            );
        }
    }
}

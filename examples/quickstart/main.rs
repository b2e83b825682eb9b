//! Which customers will leave? From a file to an evaluated model, in six stages.
//!
//! `cargo run --example quickstart`, twice: the second time everything is there already. Then change something, and ask
//! with `-- plan --explain` what that means; `-- --data FILE` takes your own customers.

mod customers;
mod evaluation;
mod training;

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

use customers::{load, split, validate};
use evaluation::{Evaluation, evaluate, report};
use training::{ChurnModel, train};

// README: from here
/// What can be changed: in mlops.toml, or with `--set penalty=10`.
#[derive(Serialize, Deserialize)]
struct Config {
    customers: File,
    test_share: f64,
    penalty: f64,
}

impl Default for Config {
    fn default() -> Self {
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/quickstart/customers.csv");
        Self {
            customers: File::new(shipped),
            test_share: 0.3,
            penalty: 1.0,
        }
    }
}

#[derive(Outputs)]
struct Churn {
    model: Handle<ChurnModel>,
    evaluation: Handle<Evaluation>,
    report: Handle<String>,
}

/// An ordinary function from configuration to handles: calling a stage wires it.
fn churn(config: &Config) -> Churn {
    let raw = load(&config.customers); // the file's content is part of the key
    let clean = validate(raw);
    let (training, test) = split(clean, config.test_share);
    let model = train(training, config.penalty);
    let evaluation = evaluate(&model, test);
    let report = report(&evaluation);
    Churn {
        model,
        evaluation,
        report,
    }
}

fn main() -> ExitCode {
    mlops::app()
        .pipeline("churn", churn)
        .short("data", "customers")
        .main()
}
// README: to here

#[cfg(test)]
mod tests {
    use mlops::testing::TestProject;

    use super::*;

    #[test]
    fn another_penalty_trains_and_evaluates_again_and_does_nothing_else() {
        let project = TestProject::new();
        let mut config = Config::default();
        assert!(project.run(churn(&config)).succeeded());
        config.penalty = 10.0;
        let again = project.run(churn(&config));
        assert_eq!(again.ran(), ["train", "evaluate", "report"]);
        assert_eq!(again.reused(), ["load", "validate", "split"]);
    }

    #[test]
    fn the_model_is_worth_its_name() {
        let run = TestProject::new().run(churn(&Config::default()));
        let evaluation: Evaluation = run.output("evaluation");
        assert!((0.80..0.90).contains(&evaluation.auc), "{evaluation:?}");
        assert!(evaluation.auc_interval.0 < evaluation.auc);
        assert!(evaluation.auc < evaluation.auc_interval.1);
    }
}

//! How many umbrellas will each shop sell next week? Stages of other kinds than those of the quickstart:
//!
//! - `fetch` is async, and is tried again when its source is not there;
//! - `shop_forecast` is no stage but an ordinary function that wires three of them: a sub-pipeline;
//! - `fit` asks for a resource, so that no two fits run at the same time, and keeps checkpoints;
//! - `compare` takes the forecasts of all shops: fan-in;
//! - `order` runs only if a flag is true; as a `deploy` it acts on the world, so it runs each time.

mod forecast;
mod sales;

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

use forecast::{Forecast, compare, fit, order, smooth, worth_an_order};
use sales::fetch;

/// What can be changed, as in `--set window=8`.
#[derive(Serialize, Deserialize)]
struct Config {
    shops: Vec<String>,
    window: u32,
    rounds: u32,
    smallest_order: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            shops: ["harbour", "market", "station"].map(str::to_owned).to_vec(),
            window: 4,
            rounds: 400,
            smallest_order: 100.0,
        }
    }
}

/// One shop, from its sales to its forecast. A function that wires stages is all that a sub-pipeline is.
fn shop_forecast(config: &Config, shop: &str) -> Handle<Forecast> {
    let sales = fetch(shop);
    let smoothed = smooth(sales, config.window);
    fit(shop, smoothed, config.rounds)
}

fn umbrellas(config: &Config) -> (Handle<String>, Handle<String>) {
    let forecasts: Vec<Handle<Forecast>> = config
        .shops
        .iter()
        .map(|shop| shop_forecast(config, shop))
        .collect();
    let comparison = compare(&forecasts);
    let worth_it = worth_an_order(&forecasts, config.smallest_order);
    let order = when(&worth_it, order(&forecasts));
    (comparison, order)
}

fn main() -> ExitCode {
    mlops::app().pipeline("umbrellas", umbrellas).main()
}

#[cfg(test)]
mod tests {
    use mlops::testing::TestProject;

    use super::*;

    #[test]
    fn a_shop_more_is_smoothed_and_fitted_and_the_others_are_reused() {
        let mut project = TestProject::new();
        project.set_resource("gpu", 1.0);
        let mut config = Config::default();
        assert!(project.run(umbrellas(&config)).succeeded());
        config.shops.push("airport".to_owned());
        let run = project.run(umbrellas(&config));
        assert!(run.succeeded());
        assert_eq!(run.reused().len(), 6, "three shops, two stages each");
        let fitted = run
            .ran()
            .iter()
            .filter(|stage| stage.starts_with("fit"))
            .count();
        assert_eq!(fitted, 1);
    }

    #[test]
    fn nothing_is_ordered_below_the_smallest_order() {
        let mut project = TestProject::new();
        project.set_resource("gpu", 1.0);
        let config = Config {
            smallest_order: 1e9,
            ..Config::default()
        };
        assert_eq!(project.run(umbrellas(&config)).skipped(), ["order"]);
    }
}

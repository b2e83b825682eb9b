//! A program of stages that each ask a little of a large crate.

use mlops::prelude::*;

#[derive(Outputs)]
struct Study {
    normal_cdf: Handle<f64>,
    gamma_quantile: Handle<f64>,
    spread: Handle<f64>,
    logistic_regression: Handle<Vec<u32>>,
    k_means: Handle<Vec<u32>>,
    roc_auc: Handle<f64>,
    sorted: Handle<Vec<i64>>,
    pairs: Handle<String>,
    shortest_paths: Handle<Vec<f64>>,
    order: Handle<Vec<u32>>,
    components: Handle<u32>,
    product: Handle<Vec<f64>>,
    means: Handle<Vec<f64>>,
}

fn study() -> Study {
    Study {
        normal_cdf: distributions::normal_cdf(0.5),
        gamma_quantile: distributions::gamma_quantile(2.0),
        spread: distributions::spread(vec![1.0, 2.0, 4.0]),
        logistic_regression: learning::logistic_regression(40),
        k_means: learning::k_means(40),
        roc_auc: learning::roc_auc(40),
        sorted: iteration::sorted(vec![3, 1, 2]),
        pairs: iteration::pairs(vec![3, 1, 2]),
        shortest_paths: graphs::shortest_paths(10),
        order: graphs::order(10),
        components: graphs::components(10),
        product: arrays::product(4),
        means: arrays::means(4),
    }
}

fn main() -> ExitCode {
    mlops::app().pipeline("study", study).main()
}

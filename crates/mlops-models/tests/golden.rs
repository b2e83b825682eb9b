//! Evaluation against numbers of scikit-learn, scipy, statsmodels and fairlearn, which `golden/make_golden.py` made.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

use mlops_models::evaluation::{
    BinaryMetric, BinaryPredictions, Bootstrap, CalibrationBins, CalibrationReport, Comparison,
    Estimate, Fairness, IntervalMethod, Metric, MulticlassMetric, MulticlassPredictions,
    PairedTest, Rate, RegressionMetric, RegressionPredictions, Tolerance,
};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/golden.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value.as_array() {
        Some(values) => values.iter().map(|value| value.as_f64().unwrap()).collect(),
        None => vec![value.as_f64().unwrap()],
    }
}

fn texts(value: &Value) -> Vec<String> {
    let values = value.as_array().unwrap().iter();
    values
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

#[track_caller]
fn near(name: &str, found: &[f64], expected: &Value, tolerance: f64) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        let apart = (found - expected).abs() / expected.abs().max(1e-3);
        assert!(
            apart <= tolerance,
            "{name}: {found:e} is not {expected:e} ({apart:e} apart)"
        );
    }
}

fn ends(estimate: &Estimate) -> [f64; 3] {
    [estimate.value, estimate.low, estimate.high]
}

fn labels(golden: &Value) -> Vec<bool> {
    let labels = numbers(&golden["binary_input"]["labels"]);
    labels.iter().map(|label| *label == 1.0).collect()
}

fn binary(golden: &Value, model: &str) -> BinaryPredictions {
    let scores = numbers(&golden["binary_input"][model]);
    BinaryPredictions::new(&labels(golden), &scores).unwrap()
}

#[test]
fn metrics_of_two_classes_are_those_of_scikit_learn_and_statsmodels() {
    let golden = golden();
    let one = binary(&golden, "one");
    let expected = &golden["binary"];
    for metric in BinaryMetric::all(0.5) {
        let name = metric.name();
        let estimate = metric.estimate(&one, &Bootstrap::default()).unwrap();
        match name.as_str() {
            "accuracy" | "precision" | "recall" | "specificity" => {
                assert_eq!(estimate.method, IntervalMethod::Wilson);
                near(&name, &ends(&estimate), &expected[&name], 1e-12);
            }
            _ => near(&name, &[estimate.value], &expected[&name], 1e-12),
        }
        assert_eq!(metric.value(&one).unwrap(), estimate.value);
    }
}

#[test]
fn the_auc_has_the_interval_that_all_pairs_give() {
    let golden = golden();
    let one = binary(&golden, "one");
    let estimate = BinaryMetric::Auc
        .estimate(&one, &Bootstrap::default())
        .unwrap();
    assert_eq!(estimate.method, IntervalMethod::DeLong);
    near(
        "interval",
        &[estimate.low, estimate.high],
        &golden["binary"]["auc_interval"],
        1e-12,
    );
    for case in golden["separated"].as_array().unwrap() {
        let case = numbers(case);
        let (positives, negatives) = (case[0] as usize, case[1] as usize);
        let labels: Vec<bool> = (0..positives + negatives)
            .map(|row| row < positives)
            .collect();
        let scores: Vec<f64> = labels
            .iter()
            .map(|label| f64::from(u8::from(*label)))
            .collect();
        let separated = BinaryPredictions::new(&labels, &scores).unwrap();
        let estimate = BinaryMetric::Auc
            .estimate(&separated, &Bootstrap::default())
            .unwrap();
        assert_eq!(estimate.method, IntervalMethod::HanleyMcNeil);
        let expected = Value::from(case[2..].to_vec());
        near("separated", &ends(&estimate), &expected, 1e-9);
    }
}

#[test]
fn the_difference_of_two_aucs_is_that_of_all_pairs() {
    let golden = golden();
    let (one, two) = (binary(&golden, "one"), binary(&golden, "two"));
    let report = Comparison::within(0.01)
        .unwrap()
        .of(BinaryMetric::Auc, &one, &two)
        .unwrap();
    let paired = report.paired.unwrap();
    assert_eq!(paired.test, PairedTest::DeLong);
    let [value, low, high] = ends(&paired.difference);
    near(
        "difference",
        &[value, low, high, paired.p_value],
        &golden["binary"]["auc_difference"],
        1e-9,
    );
}

#[test]
fn curves_are_those_of_scikit_learn_with_nothing_dropped() {
    let golden = golden();
    let one = binary(&golden, "one");
    let expected = &golden["binary"];
    let roc = one.roc_curve().unwrap();
    let of = |value: fn(&mlops_models::evaluation::RocPoint) -> f64| -> Vec<f64> {
        roc.iter().map(value).collect()
    };
    near(
        "fpr",
        &of(|point| point.false_positive_rate),
        &expected["roc"][0],
        1e-14,
    );
    near(
        "tpr",
        &of(|point| point.true_positive_rate),
        &expected["roc"][1],
        1e-14,
    );
    near(
        "cuts",
        &of(|point| point.threshold)[1..],
        &expected["roc_thresholds"],
        0.0,
    );
    let curve = one.precision_recall_curve().unwrap();
    // scikit-learn stops where all positive rows are found; ours goes on to the last score.
    let full: Vec<_> = expected["precision_recall"][2].as_array().unwrap().clone();
    let part = &curve[..full.len()];
    let precision: Vec<f64> = part.iter().map(|point| point.precision).collect();
    let recall: Vec<f64> = part.iter().map(|point| point.recall).collect();
    near(
        "precision",
        &precision,
        &expected["precision_recall"][0],
        1e-14,
    );
    near("recall", &recall, &expected["precision_recall"][1], 1e-14);
}

#[test]
fn calibration_is_that_of_scikit_learn_and_statsmodels() {
    let golden = golden();
    let expected = &golden["binary"];
    let report = CalibrationReport::of(
        &binary(&golden, "one"),
        CalibrationBins::default(),
        &Bootstrap::default(),
    )
    .unwrap();
    let said: Vec<f64> = report.bins.iter().map(|bin| bin.said).collect();
    let happened: Vec<f64> = report.bins.iter().map(|bin| bin.happened.value).collect();
    near("said", &said, &expected["reliability"][0], 1e-12);
    near("happened", &happened, &expected["reliability"][1], 1e-12);
    near(
        "error",
        &[report.error],
        &expected["calibration_error"],
        1e-12,
    );
    near(
        "slope",
        &ends(&report.slope.unwrap()),
        &expected["calibration_slope"],
        1e-9,
    );
    near(
        "intercept",
        &ends(&report.intercept.unwrap()),
        &expected["calibration_intercept"],
        1e-9,
    );
}

/// Two models of which one alone is right on some rows.
fn discordant(gained: usize, lost: usize, rows: usize) -> [BinaryPredictions; 2] {
    let labels = vec![true; rows];
    let scores = |wrong: std::ops::Range<usize>| -> Vec<f64> {
        (0..rows)
            .map(|row| f64::from(u8::from(!wrong.contains(&row))))
            .collect()
    };
    [gained..gained + lost, 0..gained]
        .map(|wrong| BinaryPredictions::new(&labels, &scores(wrong)).unwrap())
}

#[test]
fn mcnemar_is_that_of_statsmodels_and_exact_below_25_discordant_rows() {
    let golden = golden();
    let accuracy = BinaryMetric::Accuracy { threshold: 0.5 };
    let comparison = Comparison::within(0.0).unwrap();
    let report = comparison
        .of(accuracy, &binary(&golden, "one"), &binary(&golden, "two"))
        .unwrap();
    let paired = report.paired.unwrap();
    let expected = numbers(&golden["binary"]["mcnemar"]);
    assert!(expected[0] + expected[1] >= 25.0);
    assert_eq!(paired.test, PairedTest::McNemar);
    near("mcnemar", &[paired.p_value], &expected[2].into(), 1e-12);
    for case in golden["mcnemar_exact"].as_array().unwrap() {
        let case = numbers(case);
        let [one, two] = discordant(case[0] as usize, case[1] as usize, 100);
        let paired = comparison.of(accuracy, &one, &two).unwrap().paired.unwrap();
        assert_eq!(paired.test, PairedTest::McNemarExact);
        near("exact", &[paired.p_value], &case[2].into(), 1e-12);
    }
}

#[test]
fn tangos_interval_is_that_of_a_search_for_the_likeliest_shares() {
    let accuracy = BinaryMetric::Accuracy { threshold: 0.5 };
    for case in golden()["tango"].as_array().unwrap() {
        let case = numbers(case);
        let [one, two] = discordant(case[0] as usize, case[1] as usize, case[2] as usize);
        // Without a difference two models are alike, unless one is right where the other is not.
        let difference = accuracy
            .paired(&one, &two, &Bootstrap::default())
            .unwrap()
            .difference;
        let expected = Value::from(case[3..].to_vec());
        near("tango", &[difference.low, difference.high], &expected, 1e-6);
    }
}

#[test]
fn rates_of_groups_are_those_of_fairlearn() {
    let golden = golden();
    let expected = &golden["binary"];
    let groups = texts(&golden["binary_input"]["groups"]);
    let report = Fairness::new(0.5, Tolerance::Difference(0.1))
        .unwrap()
        .of(&binary(&golden, "one"), &groups)
        .unwrap();
    let of = |rate: fn(&mlops_models::evaluation::GroupRates) -> Option<Estimate>| -> Vec<f64> {
        report
            .groups
            .iter()
            .map(|group| rate(group).unwrap().value)
            .collect()
    };
    near(
        "selection",
        &of(|group| group.selection),
        &expected["rates"]["selection"],
        1e-14,
    );
    near(
        "tpr",
        &of(|group| group.true_positive),
        &expected["rates"]["true_positive"],
        1e-14,
    );
    near(
        "fpr",
        &of(|group| group.false_positive),
        &expected["rates"]["false_positive"],
        1e-14,
    );
    let differences: Vec<f64> = report
        .spreads
        .iter()
        .map(|spread| spread.difference.unwrap())
        .collect();
    let ratios: Vec<f64> = report
        .spreads
        .iter()
        .map(|spread| spread.ratio.unwrap())
        .collect();
    near(
        "differences",
        &differences,
        &expected["spread_difference"],
        1e-12,
    );
    near("ratios", &ratios, &expected["spread_ratio"], 1e-12);
    near(
        "parity",
        &[
            differences[0],
            ratios[0],
            differences[1].max(differences[2]),
        ],
        &expected["parity"],
        1e-12,
    );
}

/// Two groups with so many yes among so many rows.
fn two_groups(counts: &[f64]) -> (BinaryPredictions, Vec<&'static str>) {
    let sides = [("a", counts[0], counts[1]), ("b", counts[2], counts[3])];
    let (mut scores, mut groups) = (Vec::new(), Vec::new());
    for (group, yes, all) in sides {
        for row in 0..all as usize {
            scores.push(f64::from(u8::from(row < yes as usize)));
            groups.push(group);
        }
    }
    let labels: Vec<bool> = (0..scores.len()).map(|row| row % 2 == 0).collect();
    (BinaryPredictions::new(&labels, &scores).unwrap(), groups)
}

#[test]
fn newcombes_interval_is_that_of_statsmodels() {
    for case in golden()["newcombe"].as_array().unwrap() {
        let case = numbers(case);
        let (predictions, groups) = two_groups(&case);
        // A minimum that only the selection rate reaches, so that one interval has to hold alone.
        let least = (case[1].min(case[3]) as usize).max(30);
        let report = Fairness::new(0.5, Tolerance::Difference(0.1))
            .unwrap()
            .minimum_rows(least)
            .unwrap()
            .against("b")
            .of(&predictions, &groups)
            .unwrap();
        let found = report
            .comparisons
            .iter()
            .find(|found| found.rate == Rate::Selection);
        let difference = found.unwrap().difference.unwrap();
        let expected = Value::from(case[4..].to_vec());
        near(
            "newcombe",
            &[difference.low, difference.high],
            &expected,
            1e-9,
        );
    }
}

#[test]
fn metrics_of_several_classes_are_those_of_scikit_learn() {
    let golden = golden();
    let input = &golden["multiclass_input"];
    let rows: Vec<Vec<f64>> = input["probabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let classes = ["blue", "green", "red", "yellow"];
    let predictions =
        MulticlassPredictions::new(&texts(&input["labels"]), &texts(&input["answers"]))
            .unwrap()
            .with_probabilities(&classes, &rows)
            .unwrap();
    let expected = &golden["multiclass"];
    for metric in MulticlassMetric::all() {
        let name = metric.name();
        let estimate = metric
            .estimate(&predictions, &Bootstrap::default())
            .unwrap();
        if metric == MulticlassMetric::Accuracy {
            near(&name, &ends(&estimate), &expected[&name], 1e-12);
        } else {
            near(&name, &[estimate.value], &expected[&name], 1e-12);
        }
    }
    for (found, expected) in predictions
        .confusion()
        .iter()
        .zip(expected["confusion"].as_array().unwrap())
    {
        let found: Vec<f64> = found.iter().map(|count| *count as f64).collect();
        near("confusion", &found, expected, 0.0);
    }
}

fn regression(golden: &Value) -> RegressionPredictions {
    let input = &golden["regression_input"];
    RegressionPredictions::new(&numbers(&input["actual"]), &numbers(&input["predicted"])).unwrap()
}

#[test]
fn metrics_of_numbers_are_those_of_scikit_learn() {
    let golden = golden();
    let predictions = regression(&golden);
    let mut metrics = RegressionMetric::all().to_vec();
    metrics.push(RegressionMetric::Pinball { quantile: 0.9 });
    for metric in metrics {
        let value = metric.value(&predictions).unwrap();
        near(
            &metric.name(),
            &[value],
            &golden["regression"][metric.name()],
            1e-12,
        );
    }
}

#[test]
fn the_bootstrap_is_that_of_scipy_but_for_chance() {
    let golden = golden();
    let predictions = regression(&golden);
    let bootstrap = Bootstrap::seeded(1).with_resamples(40_000).unwrap();
    for metric in [
        RegressionMetric::Mae,
        RegressionMetric::Rmse,
        RegressionMetric::R2,
    ] {
        let estimate = metric.estimate(&predictions, &bootstrap).unwrap();
        let expected = numbers(&golden["bca"][metric.name()]);
        let width = expected[1] - expected[0];
        let apart = (estimate.low - expected[0])
            .abs()
            .max((estimate.high - expected[1]).abs());
        assert!(
            apart < 0.02 * width,
            "{metric}: {estimate:?} is not {expected:?}"
        );
    }
}

/// The numbers that all of the workspace is held against.
#[cfg(feature = "conformance")]
#[test]
fn the_shared_numbers_of_fairlearn_hold() {
    let folder = std::env::var_os("MLOPS_SHARED").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        std::path::PathBuf::from,
    );
    #[expect(
        clippy::disallowed_methods,
        reason = "a test of the numbers reads the numbers"
    )]
    let text = std::fs::read_to_string(folder.join("reference/statistics.json")).unwrap();
    let shared: Value = serde_json::from_str(&text).unwrap();
    let uniform = |seed: u64| -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..300).map(|_| next()).collect()
    };
    let labels: Vec<bool> = uniform(21).iter().map(|draw| *draw < 0.5).collect();
    let scores: Vec<f64> = uniform(22)
        .iter()
        .map(|draw| f64::from(u8::from(*draw < 0.4)))
        .collect();
    let groups: Vec<&str> = uniform(23)
        .iter()
        .map(|draw| ["a", "b", "c"][(draw * 3.0) as usize])
        .collect();
    let predictions = BinaryPredictions::new(&labels, &scores).unwrap();
    let report = Fairness::new(0.5, Tolerance::Difference(0.1))
        .unwrap()
        .of(&predictions, &groups)
        .unwrap();
    let [selection, positive, negative] = [0, 1, 2].map(|place| report.spreads[place]);
    let worst = |one: Option<f64>, other: Option<f64>, pick: fn(f64, f64) -> f64| {
        pick(one.unwrap(), other.unwrap())
    };
    for (name, found) in [
        (
            "demographic_parity_difference",
            selection.difference.unwrap(),
        ),
        ("demographic_parity_ratio", selection.ratio.unwrap()),
        (
            "equalized_odds_difference",
            worst(positive.difference, negative.difference, f64::max),
        ),
        (
            "equalized_odds_ratio",
            worst(positive.ratio, negative.ratio, f64::min),
        ),
        ("equal_opportunity_difference", positive.difference.unwrap()),
    ] {
        near(name, &[found], &shared["golden"][name], 1e-12);
    }
}

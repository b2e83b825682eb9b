//! What looks like evidence and is none: the same decisions on few rows, rows that do not count, rounding.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

use mlops_data::table;
use mlops_models::evaluation::{
    BinaryMetric, BinaryPredictions, Bootstrap, CalibrationBins, CalibrationReport, Comparison,
    ComparisonVerdict, EvaluationError, Metric, PairedDifference, RegressionMetric,
    RegressionPredictions, Slice,
};

fn code<T>(found: Result<T, EvaluationError>) -> String {
    found.err().unwrap().code().to_owned()
}

/// Rows of which so many are positive, answered by two models that agree but for the first `gained` positive ones.
fn agreeing(rows: usize, positives: usize, gained: usize) -> [BinaryPredictions; 2] {
    let labels: Vec<bool> = (0..rows).map(|row| row < positives).collect();
    let of = |is_better: bool| {
        let scores: Vec<f64> = (0..rows)
            .map(|row| {
                let says_yes = if row < gained {
                    is_better
                } else {
                    row % 3 == 0
                };
                // The scores differ, the decisions do not.
                f64::from(u8::from(says_yes)) * 0.5 + 0.2 + f64::from(u8::from(is_better)) * 0.1
            })
            .collect();
        BinaryPredictions::new(&labels, &scores).unwrap()
    };
    [of(true), of(false)]
}

#[test]
fn the_same_decisions_on_thirty_rows_are_no_evidence_of_the_same_model() {
    let accuracy = BinaryMetric::Accuracy { threshold: 0.5 };
    let [one, other] = agreeing(30, 15, 0);
    let verdict = |margin: f64| {
        let comparison = Comparison::within(margin).unwrap();
        comparison.of(accuracy, &one, &other).unwrap().verdict
    };
    assert_eq!(verdict(0.0), ComparisonVerdict::NotEnoughEvidence);
    assert_eq!(verdict(0.11), ComparisonVerdict::NotEnoughEvidence);
    assert_eq!(verdict(0.12), ComparisonVerdict::NotWorse);
}

#[test]
fn rows_of_another_class_make_no_verdict_on_recall() {
    let recall = BinaryMetric::Recall { threshold: 0.5 };
    let comparison = Comparison::within(0.0).unwrap();
    let verdict = |positives: usize| {
        let [one, other] = agreeing(100, positives, positives.min(12));
        comparison.of(recall, &one, &other).unwrap().verdict
    };
    assert_eq!(verdict(12), ComparisonVerdict::NotEnoughEvidence);
    assert_eq!(verdict(29), ComparisonVerdict::NotEnoughEvidence);
    assert_eq!(verdict(30), ComparisonVerdict::Better);
}

#[test]
fn models_of_other_rows_are_compared_by_no_door() {
    let [long, _] = agreeing(60, 30, 0);
    let [short, _] = agreeing(40, 30, 0);
    let bootstrap = Bootstrap::default();
    for metric in BinaryMetric::all(0.5) {
        for (one, other) in [(&long, &short), (&short, &long)] {
            let paired = metric.paired(one, other, &bootstrap);
            assert_eq!(code(paired), "evaluation::not_paired", "{metric}");
            let paired = PairedDifference::by_bootstrap(metric, one, other, &bootstrap);
            assert_eq!(code(paired), "evaluation::not_paired", "{metric}");
        }
    }
}

#[test]
fn a_spread_of_rounding_is_none() {
    let targets: Vec<f64> = (0..100).map(f64::from).collect();
    let off = |by: f64| {
        let said: Vec<f64> = targets.iter().map(|target| target + by).collect();
        RegressionPredictions::new(&targets, &said).unwrap()
    };
    let comparison = Comparison::within(0.01).unwrap();
    let mae = RegressionMetric::Mae;
    let report = comparison.of(mae, &off(0.1), &off(0.3)).unwrap();
    assert_eq!(
        report.verdict,
        ComparisonVerdict::NotEnoughEvidence,
        "{report}"
    );
    let alone = mae.estimate(&off(0.1), &Bootstrap::default());
    assert_eq!(code(alone), "evaluation::no_interval");
}

#[test]
fn equal_probabilities_are_as_far_off_as_their_count_says() {
    // 18 of 60 at 0.4: a binomial count is as far from 24 with probability 0.146. The order of the rows says nothing.
    for step in [1, 7, 11, 13, 17] {
        let labels: Vec<bool> = (0..60).map(|row| row * step % 60 < 18).collect();
        let said = BinaryPredictions::new(&labels, &[0.4; 60]).unwrap();
        let report =
            CalibrationReport::of(&said, CalibrationBins::default(), &Bootstrap::default());
        let p_value = report.unwrap().p_value;
        assert!((p_value - 0.146).abs() < 0.03, "{step}: {p_value}");
    }
}

#[test]
fn numbers_beyond_all_use_are_refused() {
    let most = Bootstrap::default().with_resamples(usize::MAX);
    assert_eq!(code(most), "evaluation::argument");
    let [said, _] = agreeing(60, 30, 0);
    for bins in [
        CalibrationBins::EqualWidth(usize::MAX),
        CalibrationBins::EqualRows(usize::MAX),
        CalibrationBins::EqualRows(0),
    ] {
        let report = CalibrationReport::of(&said, bins, &Bootstrap::default());
        assert_eq!(code(report), "evaluation::argument");
    }
    let table = table! { "tenure" => [f64::NEG_INFINITY, 0.0, f64::INFINITY] };
    let rows = |slice: Slice| slice.rows(&table).unwrap();
    assert!(rows(Slice::below("tenure", f64::NEG_INFINITY)).is_empty());
    assert_eq!(rows(Slice::below("tenure", f64::INFINITY)), [0, 1]);
    assert_eq!(rows(Slice::at_least("tenure", 0.0)), [1, 2]);
}

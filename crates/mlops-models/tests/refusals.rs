//! What cannot be judged is an error that says so, never a number that passes, and never a panic.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

use mlops_core::{Artifact, MemoryOutput};
use mlops_data::{Table, table};
use mlops_models::evaluation::{
    BinaryMetric, BinaryPredictions, BinaryReport, Bootstrap, CalibrationBins, CalibrationReport,
    Comparison, ComparisonReport, ComparisonVerdict, EvaluationError, Fairness, FairnessVerdict,
    Measured, Metric, MulticlassMetric, MulticlassPredictions, MulticlassReport, Predictions, Rate,
    RegressionMetric, RegressionPredictions, Slice, Tolerance, measure_slices,
};

const THRESHOLD: f64 = 0.5;

fn code<T>(found: Result<T, EvaluationError>) -> String {
    let error = found.err().expect("this has no value");
    assert!(!error.to_string().is_empty());
    error.code().to_owned()
}

/// Rows whose labels follow their scores, more or less; every other group.
fn some(rows: usize) -> BinaryPredictions {
    let score = |row: usize| ((row * 37 + 11) % 101) as f64 / 101.0;
    let labels: Vec<bool> = (0..rows)
        .map(|row| score(row) + ((row * 53) % 97) as f64 / 97.0 > 1.0)
        .collect();
    let scores: Vec<f64> = (0..rows).map(score).collect();
    BinaryPredictions::new(&labels, &scores).unwrap()
}

#[test]
fn empty_input_is_an_error_everywhere() {
    let none: [f64; 0] = [];
    assert_eq!(
        code(BinaryPredictions::new(&[], &none)),
        "evaluation::no_rows"
    );
    assert_eq!(
        code(RegressionPredictions::new(&none, &none)),
        "evaluation::no_rows"
    );
    let names: [&str; 0] = [];
    assert_eq!(
        code(MulticlassPredictions::new(&names, &names)),
        "evaluation::no_rows"
    );
    assert_eq!(code(some(10).take(&[])), "evaluation::no_rows");
    let empty = table! { "label" => [true], "score" => [0.5] }.slice(0, 0);
    assert_eq!(
        code(BinaryPredictions::from_table(&empty, "label", "score")),
        "evaluation::no_rows"
    );
}

#[test]
fn differing_lengths_are_an_error_everywhere() {
    assert_eq!(
        code(BinaryPredictions::new(&[true], &[])),
        "evaluation::length"
    );
    assert_eq!(
        code(RegressionPredictions::new(&[], &[1.0])),
        "evaluation::length"
    );
    assert_eq!(
        code(MulticlassPredictions::new(&["a"], &["a", "b"])),
        "evaluation::length"
    );
    let fairness = Fairness::new(THRESHOLD, Tolerance::Difference(0.1)).unwrap();
    assert_eq!(code(fairness.of(&some(10), &["a"])), "evaluation::length");
    let slices = measure_slices(
        &[BinaryMetric::Auc],
        &some(10),
        &table! { "x" => ["a"] },
        &[Slice::equals("x", "a")],
        &Bootstrap::default(),
    );
    assert_eq!(code(slices), "evaluation::length");
}

#[test]
fn a_value_that_is_missing_or_no_number_is_named_with_its_row() {
    let rows = |label: &str, score: &str| -> Result<BinaryPredictions, EvaluationError> {
        let table = table! {
            "label" => [Some(1), Some(0), Some(1)],
            "gap" => [Some(1), None, Some(0)],
            "two" => [Some(1), Some(0), Some(2)],
            "score" => [0.1, 0.2, 0.3],
            "hole" => [Some(0.1), Some(0.2), None],
            "nan" => [0.1, f64::NAN, 0.3],
            "infinite" => [0.1, 0.2, f64::INFINITY],
        };
        BinaryPredictions::from_table(&table, label, score)
    };
    assert!(rows("label", "score").is_ok());
    assert_eq!(code(rows("gap", "score")), "evaluation::missing");
    assert_eq!(code(rows("label", "hole")), "evaluation::missing");
    assert_eq!(code(rows("two", "score")), "evaluation::label");
    assert_eq!(code(rows("label", "nan")), "evaluation::not_finite");
    assert_eq!(code(rows("label", "infinite")), "evaluation::not_finite");
    assert_eq!(code(rows("label", "scor")), "data::unknown_column");
    assert_eq!(
        rows("label", "nan").unwrap_err().to_string(),
        "nan, row 1: NaN is no finite number"
    );
    assert_eq!(
        code(RegressionPredictions::new(&[1.0, f64::NAN], &[1.0, 1.0])),
        "evaluation::not_finite"
    );
    assert_eq!(
        code(RegressionPredictions::new(&[1.0], &[f64::NEG_INFINITY])),
        "evaluation::not_finite"
    );
}

#[test]
fn one_class_only_has_no_auc_and_makes_no_report() {
    for label in [false, true] {
        let one = BinaryPredictions::new(&[label; 50], &[0.3; 50]).unwrap();
        let bootstrap = Bootstrap::default();
        for metric in [BinaryMetric::Auc, BinaryMetric::AveragePrecision] {
            assert_eq!(code(metric.value(&one)), "evaluation::one_class");
            assert_eq!(
                code(metric.estimate(&one, &bootstrap)),
                "evaluation::one_class"
            );
        }
        assert_eq!(
            code(BinaryReport::of(&one, THRESHOLD, &bootstrap)),
            "evaluation::one_class"
        );
        assert_eq!(
            code(CalibrationReport::of(
                &one,
                CalibrationBins::default(),
                &bootstrap
            )),
            "evaluation::one_class"
        );
        assert_eq!(code(one.roc_curve()), "evaluation::one_class");
        assert_eq!(code(one.precision_recall_curve()), "evaluation::one_class");
        let comparison = Comparison::within(0.1).unwrap();
        assert_eq!(
            code(comparison.of(BinaryMetric::Auc, &one, &one)),
            "evaluation::one_class"
        );
    }
    let negative = BinaryPredictions::new(&[false; 50], &[0.3; 50]).unwrap();
    assert_eq!(
        code(
            BinaryMetric::Recall {
                threshold: THRESHOLD
            }
            .value(&negative)
        ),
        "evaluation::one_class"
    );
    let names = ["a"; 40];
    let several = MulticlassPredictions::new(&names, &names).unwrap();
    assert_eq!(
        code(MulticlassReport::of(&several, &Bootstrap::default())),
        "evaluation::undefined"
    );
}

#[test]
fn zero_by_zero_and_infinity_are_no_values() {
    let rows = some(60);
    let threshold = 2.0;
    for metric in [
        BinaryMetric::Precision { threshold },
        BinaryMetric::Mcc { threshold },
    ] {
        assert_eq!(code(metric.value(&rows)), "evaluation::undefined");
    }
    // Nothing is found, and that is a value.
    assert_eq!(
        BinaryMetric::Recall { threshold }.value(&rows).unwrap(),
        0.0
    );
    assert_eq!(BinaryMetric::F1 { threshold }.value(&rows).unwrap(), 0.0);
    assert_eq!(
        code(
            BinaryMetric::Accuracy {
                threshold: f64::NAN
            }
            .value(&rows)
        ),
        "evaluation::argument"
    );
    let certain = BinaryPredictions::new(&[true, false], &[0.0, 0.0]).unwrap();
    assert_eq!(
        code(BinaryMetric::LogLoss.value(&certain)),
        "evaluation::undefined"
    );
    let scores = BinaryPredictions::new(&[true, false], &[4.2, 0.0]).unwrap();
    for metric in [BinaryMetric::LogLoss, BinaryMetric::Brier] {
        assert_eq!(code(metric.value(&scores)), "evaluation::not_probabilities");
    }
    assert_eq!(BinaryMetric::Auc.value(&scores).unwrap(), 1.0);
    let constant = RegressionPredictions::new(&[0.1; 40], &[3.0; 40]).unwrap();
    assert_eq!(
        code(RegressionMetric::R2.value(&constant)),
        "evaluation::undefined"
    );
    let zero = RegressionPredictions::new(&[1.0, 0.0], &[1.0, 1.0]).unwrap();
    assert_eq!(
        code(RegressionMetric::Mape.value(&zero)),
        "evaluation::undefined"
    );
    let huge = RegressionPredictions::new(&[f64::MAX, 1.0], &[f64::MIN, 1.0]).unwrap();
    assert_eq!(
        code(RegressionMetric::Mae.value(&huge)),
        "evaluation::undefined"
    );
    assert_eq!(
        code(RegressionMetric::Pinball { quantile: 1.0 }.value(&zero)),
        "evaluation::argument"
    );
    let answers = MulticlassPredictions::new(&["a", "b"], &["a", "c"]).unwrap();
    assert_eq!(
        code(MulticlassMetric::LogLoss.value(&answers)),
        "evaluation::not_probabilities"
    );
    for rows in [
        vec![vec![0.5, 0.5]; 2],
        vec![vec![0.5; 3]; 2],
        vec![vec![-0.5, 0.5, 1.0]; 2],
    ] {
        let found = answers.clone().with_probabilities(&["a", "b", "c"], &rows);
        assert_eq!(code(found), "evaluation::not_probabilities");
    }
    // A class that has no probability, and happens.
    let unnamed = answers
        .with_probabilities(&["a", "c"], &vec![vec![0.5, 0.5]; 2])
        .unwrap();
    assert_eq!(
        code(MulticlassMetric::LogLoss.value(&unnamed)),
        "evaluation::undefined"
    );
}

#[test]
fn few_rows_and_rows_that_are_all_alike_have_no_bootstrap() {
    let f1 = BinaryMetric::F1 {
        threshold: THRESHOLD,
    };
    let bootstrap = Bootstrap::default();
    assert!(f1.value(&some(20)).is_ok());
    assert_eq!(
        code(f1.estimate(&some(20), &bootstrap)),
        "evaluation::no_interval"
    );
    let labels: Vec<bool> = (0..100).map(|row| row % 2 == 0).collect();
    let perfect: Vec<f64> = labels
        .iter()
        .map(|label| f64::from(u8::from(*label)))
        .collect();
    let perfect = BinaryPredictions::new(&labels, &perfect).unwrap();
    assert_eq!(
        code(f1.estimate(&perfect, &bootstrap)),
        "evaluation::no_interval"
    );
    // Separated classes still leave room below: the interval has a width.
    let auc = BinaryMetric::Auc.estimate(&perfect, &bootstrap).unwrap();
    assert!(auc.high == 1.0 && auc.low < 0.99, "{auc}");
    let nine = BinaryPredictions::new(
        &labels
            .iter()
            .enumerate()
            .map(|(row, _)| row < 9)
            .collect::<Vec<_>>(),
        some(100).scores(),
    )
    .unwrap();
    assert_eq!(
        code(f1.estimate(&nine, &bootstrap)),
        "evaluation::no_interval"
    );
    let measured = Measured::of(f1, &some(20), &bootstrap);
    assert!(measured.value.is_some() && measured.estimate.is_none());
    assert_eq!(measured.problem.unwrap().code, "evaluation::no_interval");
    assert_eq!(
        code(Bootstrap::default().with_resamples(199)),
        "evaluation::argument"
    );
}

#[test]
fn a_comparison_of_other_rows_is_refused_and_of_few_rows_says_nothing() {
    let comparison = Comparison::within(0.5).unwrap();
    let auc = BinaryMetric::Auc;
    assert_eq!(
        code(comparison.of(auc, &some(50), &some(60))),
        "evaluation::not_paired"
    );
    let mut labels = some(50).labels().to_vec();
    labels[5] = !labels[5];
    let other = BinaryPredictions::new(&labels, some(50).scores()).unwrap();
    let error = comparison.of(auc, &some(50), &other).unwrap_err();
    assert_eq!(error.code(), "evaluation::not_paired");
    assert!(error.to_string().contains("row 5"), "{error}");
    for margin in [-0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(code(Comparison::within(margin)), "evaluation::argument");
    }
    // Ten rows, alike or not: no verdict for any metric, however wide the margin.
    let ten = some(10);
    let baseline = ten.answering(0.5).unwrap();
    let mut reports = 0;
    for metric in BinaryMetric::all(THRESHOLD) {
        for other in [&ten, &baseline] {
            // Some metrics have no value for the baseline.
            if let Ok(report) = comparison.of(metric, &ten, other) {
                reports += 1;
                assert_eq!(
                    report.verdict,
                    ComparisonVerdict::NotEnoughEvidence,
                    "{report}"
                );
                assert!(report.paired.is_none() && report.problem.is_some());
            }
        }
    }
    assert!(reports > BinaryMetric::all(THRESHOLD).len(), "{reports}");
    // Two models that both separate the classes, each in its way: no spread, so no evidence that they are equal.
    let labels: Vec<bool> = (0..40).map(|row| row % 2 == 0).collect();
    let separating = |by: usize| -> BinaryPredictions {
        let scores: Vec<f64> = (0..40)
            .map(|row| f64::from(u8::from(labels[row])) + ((row * by) % 7) as f64 / 10.0)
            .collect();
        BinaryPredictions::new(&labels, &scores).unwrap()
    };
    for metric in [BinaryMetric::Auc, BinaryMetric::AveragePrecision] {
        let report = comparison
            .of(metric, &separating(3), &separating(5))
            .unwrap();
        assert_eq!(
            report.verdict,
            ComparisonVerdict::NotEnoughEvidence,
            "{report}"
        );
        let same = comparison
            .of(metric, &separating(3), &separating(3))
            .unwrap();
        assert_eq!(same.verdict, ComparisonVerdict::NotWorse, "{same}");
    }
}

#[test]
fn a_group_of_ten_never_makes_a_verdict() {
    // Ten of one group, all answered yes, beside a thousand of whom half are.
    let labels: Vec<bool> = (0..1_010).map(|row| row % 2 == 0).collect();
    let scores: Vec<f64> = (0..1_010)
        .map(|row| f64::from(u8::from(row < 10 || row % 4 < 2)))
        .collect();
    let groups: Vec<&str> = (0..1_010)
        .map(|row| if row < 10 { "few" } else { "many" })
        .collect();
    let predictions = BinaryPredictions::new(&labels, &scores).unwrap();
    for tolerance in [
        Tolerance::Difference(0.1),
        Tolerance::Difference(0.99),
        Tolerance::Ratio(0.8),
        Tolerance::Ratio(0.01),
    ] {
        for minimum in [30, 50] {
            let fairness = Fairness::new(THRESHOLD, tolerance)
                .unwrap()
                .minimum_rows(minimum)
                .unwrap();
            for fairness in [fairness.clone(), fairness.against("few")] {
                let report = fairness.of(&predictions, &groups).unwrap();
                assert_eq!(report.verdict, FairnessVerdict::NotEnoughEvidence);
                assert!(
                    report
                        .comparisons
                        .iter()
                        .all(|found| found.verdict == FairnessVerdict::NotEnoughEvidence)
                );
            }
        }
    }
    let fairness = Fairness::new(THRESHOLD, Tolerance::Difference(0.1)).unwrap();
    assert_eq!(
        code(fairness.clone().minimum_rows(29)),
        "evaluation::argument"
    );
    assert_eq!(
        code(fairness.clone().against("none").of(&predictions, &groups)),
        "evaluation::argument"
    );
    assert_eq!(
        code(fairness.of(&predictions, &["one"; 1_010])),
        "evaluation::undefined"
    );
    for bound in [0.0, 1.0, f64::NAN] {
        assert_eq!(
            code(Fairness::new(THRESHOLD, Tolerance::Ratio(bound))),
            "evaluation::argument"
        );
    }
}

#[test]
fn a_group_without_positive_rows_has_no_true_positive_rate_instead_of_0() {
    let labels: Vec<bool> = (0..400).map(|row| row >= 200 && row % 2 == 0).collect();
    let scores: Vec<f64> = (0..400)
        .map(|row| f64::from(u8::from(row % 3 == 0)))
        .collect();
    let groups: Vec<&str> = (0..400)
        .map(|row| if row < 200 { "a" } else { "b" })
        .collect();
    let predictions = BinaryPredictions::new(&labels, &scores).unwrap();
    let report = Fairness::new(THRESHOLD, Tolerance::Difference(0.3))
        .unwrap()
        .of(&predictions, &groups)
        .unwrap();
    assert!(report.groups[0].true_positive.is_none());
    let of = |rate| {
        report
            .comparisons
            .iter()
            .find(|found| found.rate == rate)
            .unwrap()
    };
    assert!(of(Rate::TruePositive).difference.is_none());
    assert_eq!(
        of(Rate::TruePositive).verdict,
        FairnessVerdict::NotEnoughEvidence
    );
    assert_eq!(of(Rate::Selection).verdict, FairnessVerdict::Within);
    assert_eq!(report.verdict, FairnessVerdict::NotEnoughEvidence);
    assert_eq!(report.spreads[1].difference, None);
}

#[test]
fn slices_take_their_rows_and_an_empty_one_has_a_reason_for_each_metric() {
    let table: Table = table! {
        "contract" => [Some("month"), Some("year"), None, Some("month")],
        "tenure" => [Some(1.0), Some(12.0), Some(f64::NAN), None],
        "senior" => [Some(true), Some(false), None, Some(true)],
    };
    let rows = |slice: Slice| slice.rows(&table).unwrap();
    assert_eq!(rows(Slice::equals("contract", "month")), [0, 3]);
    assert_eq!(rows(Slice::missing("contract")), [2]);
    assert_eq!(rows(Slice::at_least("tenure", 12.0)), [1]);
    assert_eq!(rows(Slice::below("tenure", 12.0)), [0]);
    assert_eq!(rows(Slice::between("tenure", 1.0, 12.0)), [0]);
    assert_eq!(rows(Slice::is("senior", true)), [0, 3]);
    assert_eq!(
        rows(Slice::is("senior", true).and(Slice::missing("tenure"))),
        [3]
    );
    let names: Vec<String> = Slice::each(&table, "contract")
        .unwrap()
        .iter()
        .map(|slice| slice.name().to_owned())
        .collect();
    assert_eq!(
        names,
        ["contract = month", "contract = year", "contract missing"]
    );
    assert_eq!(
        code(Slice::equals("contrat", "year").rows(&table)),
        "data::unknown_column"
    );
    assert_eq!(
        code(Slice::equals("tenure", "1").rows(&table)),
        "data::column_type"
    );
    let slices = [
        Slice::equals("contract", "decade").named("long"),
        Slice::equals("contract", "month"),
    ];
    let found = measure_slices(
        &BinaryMetric::all(THRESHOLD),
        &some(4),
        &table,
        &slices,
        &Bootstrap::default(),
    )
    .unwrap();
    assert_eq!(
        (found[0].slice.as_str(), found[0].rows, found[1].rows),
        ("long", 0, 2)
    );
    assert_eq!(found[0].metrics.len(), 10);
    for measured in &found[0].metrics {
        assert!(measured.value.is_none() && measured.estimate.is_none());
        assert_eq!(
            measured.problem.as_ref().unwrap().code,
            "evaluation::no_rows"
        );
    }
}

#[test]
fn calibration_without_a_slope_says_why() {
    let labels: Vec<bool> = (0..60).map(|row| row % 2 == 0).collect();
    let separated: Vec<f64> = labels
        .iter()
        .map(|label| if *label { 0.9 } else { 0.2 })
        .collect();
    let of = |scores: &[f64], bins| {
        CalibrationReport::of(
            &BinaryPredictions::new(&labels, scores).unwrap(),
            bins,
            &Bootstrap::default(),
        )
    };
    for scores in [separated, vec![0.4; 60]] {
        let report = of(&scores, CalibrationBins::EqualRows(5)).unwrap();
        assert!(report.slope.is_none() && report.intercept.is_some());
        assert_eq!(report.problems[0].code, "evaluation::no_interval");
    }
    assert_eq!(
        code(of(&[0.5; 60], CalibrationBins::EqualWidth(0))),
        "evaluation::argument"
    );
    assert_eq!(
        code(of(&[1.5; 60], CalibrationBins::default())),
        "evaluation::not_probabilities"
    );
    let certain: Vec<f64> = labels
        .iter()
        .enumerate()
        .map(|(row, label)| {
            if row < 10 {
                f64::from(u8::from(*label))
            } else {
                0.1 + row as f64 / 100.0
            }
        })
        .collect();
    assert_eq!(
        of(&certain, CalibrationBins::default()).unwrap().bounded,
        10
    );
}

#[test]
fn the_same_seed_gives_the_same_interval_and_another_one_another() {
    let rows = some(200);
    let of = |seed| {
        BinaryMetric::Brier
            .estimate(&rows, &Bootstrap::seeded(seed))
            .unwrap()
    };
    assert_eq!(of(1), of(1));
    assert!(of(1).low != of(2).low);
}

#[test]
fn what_is_kept_of_a_report_is_the_report_also_where_something_has_no_value() {
    let rows = some(120);
    let bootstrap = Bootstrap::default();
    // From 2 on nobody is answered yes: no precision, and the reason must be kept.
    let report = BinaryReport::of(&rows, 2.0, &bootstrap).unwrap();
    assert!(report.metric("precision").unwrap().problem.is_some());
    let mut output = MemoryOutput::default();
    report.write(&mut output).unwrap();
    assert_eq!(BinaryReport::read(&output.into_input()).unwrap(), report);
    let baseline = rows.answering(0.5).unwrap();
    let comparison = Comparison::within(0.01).unwrap();
    let report = comparison
        .of(BinaryMetric::Brier, &rows, &baseline)
        .unwrap();
    let mut output = MemoryOutput::default();
    report.write(&mut output).unwrap();
    assert_eq!(
        ComparisonReport::read(&output.into_input()).unwrap(),
        report
    );
}

//! How often intervals hold the true value, and how often paired tests see a difference that is not there: seeded, so that it is
//! one answer.
//!
//! Four hundred trials each; `MLOPS_CALIBRATION=20` takes twenty times as many (`just calibrate`). With few trials chance is
//! allowed its part, with twenty times as many the bounds hold as they are.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

use std::io::Write;

use mlops_models::evaluation::{
    BinaryMetric, BinaryPredictions, Bootstrap, CalibrationBins, CalibrationReport, Comparison,
    ComparisonVerdict, Estimate, Fairness, FairnessVerdict, Metric, MulticlassMetric,
    MulticlassPredictions, Rate, RegressionMetric, RegressionPredictions, Tolerance,
};

const THRESHOLD: f64 = 0.5;

fn times() -> u64 {
    std::env::var("MLOPS_CALIBRATION")
        .ok()
        .and_then(|times| times.parse().ok())
        .unwrap_or(1)
}

fn trials() -> u64 {
    400 * times()
}

/// Three standard errors of a share of so many trials; nothing in the long version.
fn chance(share: f64, trials: u64) -> f64 {
    if times() >= 20 {
        return 0.0;
    }
    3.0 * (share * (1.0 - share) / trials as f64).sqrt()
}

/// SplitMix64 (Steele, Lea, Flood 2014), and normal numbers by Box and Muller.
struct Draws(u64);

impl Draws {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// Two classes, a third of the rows positive, and two models that know the truth but for noise of the same size.
fn binary(draws: &mut Draws, rows: usize) -> [BinaryPredictions; 2] {
    let (mut labels, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let truth = 1.5 * draws.normal() - 0.9;
        labels.push(draws.uniform() < logistic(truth));
        one.push(logistic(truth + 0.7 * draws.normal()));
        two.push(logistic(truth + 0.7 * draws.normal()));
    }
    [one, two].map(|scores| BinaryPredictions::new(&labels, &scores).unwrap())
}

/// Four classes, the last of them rare, and two models with noise of the same size.
fn multiclass(draws: &mut Draws, rows: usize) -> [MulticlassPredictions; 2] {
    let names = ["a", "b", "c", "d"];
    let mut labels = Vec::new();
    let mut answers = [Vec::new(), Vec::new()];
    let mut probabilities = [Vec::new(), Vec::new()];
    for _ in 0..rows {
        let draw = draws.uniform();
        let label = [0.4, 0.7, 0.9]
            .iter()
            .filter(|bound| draw >= **bound)
            .count();
        labels.push(names[label]);
        for model in 0..2 {
            let weights: Vec<f64> = (0..4)
                .map(|class| (f64::from(u8::from(class == label)) * 1.5 + draws.normal()).exp())
                .collect();
            let sum: f64 = weights.iter().sum();
            let best = (0..4)
                .max_by(|a, b| weights[*a].total_cmp(&weights[*b]))
                .unwrap();
            answers[model].push(names[best]);
            probabilities[model].push(
                weights
                    .iter()
                    .map(|weight| weight / sum)
                    .collect::<Vec<f64>>(),
            );
        }
    }
    [0, 1].map(|model| {
        MulticlassPredictions::new(&labels, &answers[model])
            .unwrap()
            .with_probabilities(&names, &probabilities[model])
            .unwrap()
    })
}

/// Targets that are never near 0, with errors that are not symmetric; and two models with noise of the same size.
fn regression(draws: &mut Draws, rows: usize) -> [RegressionPredictions; 2] {
    let (mut actual, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let truth = 20.0 + 4.0 * draws.normal().abs();
        actual.push(truth + draws.normal());
        one.push(truth + draws.normal());
        two.push(truth + draws.normal());
    }
    [one, two].map(|predicted| RegressionPredictions::new(&actual, &predicted).unwrap())
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The share of trials whose interval holds `truth`.
fn coverage(truth: f64, mut estimate: impl FnMut(u64) -> Estimate) -> f64 {
    let held = (0..trials()).filter(|trial| {
        let found = estimate(*trial);
        found.low <= truth && truth <= found.high
    });
    held.count() as f64 / trials() as f64
}

/// That each metric's interval holds the value on the population, here a million rows, in 93 to 97 of 100 test sets.
fn covers<M: Metric + Send>(
    metrics: &[M],
    rows: usize,
    draw: impl Fn(&mut Draws, usize) -> [M::Of; 2],
) {
    let population = draw(&mut Draws::new(99), 1_000_000);
    let mut wrong = Vec::new();
    for (place, metric) in metrics.iter().enumerate() {
        let truth = metric.value(&population[0]).unwrap();
        let mut draws = Draws::new(place as u64 + 1);
        let share = coverage(truth, |trial| {
            let bootstrap = Bootstrap::seeded(trial).with_resamples(1_000).unwrap();
            metric
                .estimate(&draw(&mut draws, rows)[0], &bootstrap)
                .unwrap()
        });
        say(&format!(
            "{}, {rows} rows: {truth:.4} is held in {:.2} %",
            metric.name(),
            100.0 * share
        ));
        let room = chance(0.95, trials());
        if share < 0.93 - room || share > 0.97 + room {
            wrong.push((metric.name(), share));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn intervals_of_two_classes_cover_what_they_say() {
    covers(&BinaryMetric::all(THRESHOLD), 400, binary);
}

#[test]
fn intervals_of_few_rows_cover_what_they_say() {
    covers(
        &[
            BinaryMetric::Auc,
            BinaryMetric::Accuracy {
                threshold: THRESHOLD,
            },
        ],
        60,
        binary,
    );
}

#[test]
fn intervals_of_several_classes_cover_what_they_say() {
    covers(&MulticlassMetric::all(), 400, multiclass);
}

#[test]
fn intervals_of_numbers_cover_what_they_say() {
    let mut metrics = RegressionMetric::all().to_vec();
    metrics.push(RegressionMetric::Pinball { quantile: 0.9 });
    covers(&metrics, 300, regression);
}

/// How often two models that differ by chance alone are found to differ, and are said to be better or worse.
fn keeps_its_level<M: Metric>(
    metrics: &[M],
    rows: usize,
    draw: impl Fn(&mut Draws, usize) -> [M::Of; 2],
) {
    let comparison = Comparison::within(0.0).unwrap();
    let mut wrong = Vec::new();
    for (place, metric) in metrics.iter().enumerate() {
        let mut draws = Draws::new(100 + place as u64);
        let (mut significant, mut better) = (0, 0);
        for trial in 0..trials() {
            let bootstrap = Bootstrap::seeded(trial).with_resamples(1_000).unwrap();
            let [one, two] = draw(&mut draws, rows);
            let report = comparison
                .with_bootstrap(bootstrap)
                .of(*metric, &one, &two)
                .unwrap();
            let paired = report.paired.expect("so many rows have a difference");
            significant += u64::from(paired.p_value <= 0.05);
            better += u64::from(report.verdict == ComparisonVerdict::Better);
        }
        let share = |count: u64| count as f64 / trials() as f64;
        say(&format!(
            "{}, {rows} rows: alike and found to differ in {:.2} %, better in {:.2} %",
            metric.name(),
            100.0 * share(significant),
            100.0 * share(better)
        ));
        // The exact test is careful by construction, so there is no lower bound.
        if share(significant) > 0.06 + chance(0.05, trials())
            || share(better) > 0.035 + chance(0.025, trials())
        {
            wrong.push((metric.name(), share(significant), share(better)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn paired_tests_of_two_classes_keep_their_level() {
    keeps_its_level(&BinaryMetric::all(THRESHOLD), 400, binary);
}

#[test]
fn paired_tests_of_few_rows_keep_their_level() {
    keeps_its_level(
        &[
            BinaryMetric::Auc,
            BinaryMetric::Accuracy {
                threshold: THRESHOLD,
            },
        ],
        60,
        binary,
    );
}

#[test]
fn paired_tests_of_several_classes_keep_their_level() {
    keeps_its_level(&MulticlassMetric::all(), 400, multiclass);
}

#[test]
fn paired_tests_of_numbers_keep_their_level() {
    keeps_its_level(&RegressionMetric::all(), 300, regression);
}

/// A model that is worse by just the margin is let through no more often than one in forty.
#[test]
fn a_model_that_is_worse_by_the_margin_is_seldom_not_worse() {
    let with_noise = |draws: &mut Draws, rows: usize| {
        let (mut labels, mut good, mut poor) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rows {
            let truth = 1.5 * draws.normal() - 0.9;
            labels.push(draws.uniform() < logistic(truth));
            good.push(logistic(truth + 0.3 * draws.normal()));
            poor.push(logistic(truth + 1.2 * draws.normal()));
        }
        [good, poor].map(|scores| BinaryPredictions::new(&labels, &scores).unwrap())
    };
    let [good, poor] = with_noise(&mut Draws::new(98), 1_000_000);
    for metric in [
        BinaryMetric::Auc,
        BinaryMetric::Accuracy {
            threshold: THRESHOLD,
        },
    ] {
        let margin = metric.value(&good).unwrap() - metric.value(&poor).unwrap();
        assert!(margin > 0.02, "{margin}");
        let comparison = Comparison::within(margin).unwrap();
        let mut draws = Draws::new(97);
        let passed = (0..trials()).filter(|_| {
            let [good, poor] = with_noise(&mut draws, 400);
            let verdict = comparison.of(metric, &poor, &good).unwrap().verdict;
            matches!(
                verdict,
                ComparisonVerdict::Better | ComparisonVerdict::NotWorse
            )
        });
        let share = passed.count() as f64 / trials() as f64;
        say(&format!(
            "{metric}: worse by the margin {margin:.4} and let through in {:.2} %",
            100.0 * share
        ));
        assert!(
            share <= 0.035 + chance(0.025, trials()),
            "{metric}: {share}"
        );
    }
}

#[test]
fn calibration_of_right_probabilities_is_found_right() {
    let bootstrap = Bootstrap::default();
    let (mut slopes, mut intercepts, mut alarms) = (0, 0, 0);
    let (mut error, mut expected) = (0.0, 0.0);
    for trial in 0..trials() {
        let mut draws = Draws::new(1_000 + trial);
        let scores: Vec<f64> = (0..400)
            .map(|_| logistic(1.5 * draws.normal() - 0.9))
            .collect();
        let labels: Vec<bool> = scores
            .iter()
            .map(|score| draws.uniform() < *score)
            .collect();
        let predictions = BinaryPredictions::new(&labels, &scores).unwrap();
        let report =
            CalibrationReport::of(&predictions, CalibrationBins::default(), &bootstrap).unwrap();
        let holds = |estimate: Option<Estimate>, truth: f64| {
            estimate.is_some_and(|found| found.low <= truth && truth <= found.high)
        };
        slopes += u64::from(holds(report.slope, 1.0));
        intercepts += u64::from(holds(report.intercept, 0.0));
        alarms += u64::from(report.p_value <= 0.05);
        error += report.error;
        expected += report.error_if_calibrated;
    }
    let share = |count: u64| count as f64 / trials() as f64;
    say(&format!(
        "calibration, 400 rows: slope held in {:.2} %, intercept in {:.2} %, alarms {:.2} %, error {:.4}, foretold {:.4}",
        100.0 * share(slopes),
        100.0 * share(intercepts),
        100.0 * share(alarms),
        error / trials() as f64,
        expected / trials() as f64
    ));
    let room = chance(0.95, trials());
    for share in [share(slopes), share(intercepts)] {
        assert!((0.93 - room..=0.97 + room).contains(&share), "{share}");
    }
    assert!(share(alarms) <= 0.06 + room);
    // The error of a model that is right is not 0, and is foretold.
    assert!(error > 0.0 && (error / expected - 1.0).abs() < 0.05);
}

/// Answers that do not depend on the group, of which some are small: how often is anything found, and do the intervals hold?
#[test]
fn a_fair_coin_is_seldom_found_unfair_and_never_for_a_group_of_ten() {
    let fairness = Fairness::new(THRESHOLD, Tolerance::Difference(0.1)).unwrap();
    let sizes = [("a", 800), ("b", 300), ("c", 90), ("d", 10)];
    let (mut beyond, mut all_hold, mut ratios_hold, mut ratios) = (0, 0, 0, 0);
    for trial in 0..trials() {
        let mut draws = Draws::new(5_000 + trial);
        let groups: Vec<&str> = sizes
            .iter()
            .flat_map(|(name, size)| vec![*name; *size])
            .collect();
        let labels: Vec<bool> = groups.iter().map(|_| draws.uniform() < 0.4).collect();
        let scores: Vec<f64> = groups
            .iter()
            .map(|_| f64::from(u8::from(draws.uniform() < 0.5)))
            .collect();
        let predictions = BinaryPredictions::new(&labels, &scores).unwrap();
        let report = fairness.of(&predictions, &groups).unwrap();
        beyond += u64::from(report.verdict == FairnessVerdict::Beyond);
        let mut all = true;
        for found in &report.comparisons {
            if found.group == "d" {
                assert_eq!(found.verdict, FairnessVerdict::NotEnoughEvidence);
                continue;
            }
            let difference = found.difference.unwrap();
            all &= difference.low <= 0.0 && 0.0 <= difference.high;
            if found.rate == Rate::Selection {
                let ratio = found.ratio.unwrap();
                ratios += 1;
                ratios_hold += u64::from(ratio.low <= 1.0 && 1.0 <= ratio.high);
            }
        }
        all_hold += u64::from(all);
    }
    let share = |count: u64, all: u64| count as f64 / all as f64;
    say(&format!(
        "fairness: found unfair in {:.2} %, all intervals hold in {:.2} %, those of ratios in {:.2} %",
        100.0 * share(beyond, trials()),
        100.0 * share(all_hold, trials()),
        100.0 * share(ratios_hold, ratios)
    ));
    assert!(share(beyond, trials()) <= 0.05);
    assert!(share(all_hold, trials()) >= 0.95 - chance(0.95, trials()));
    assert!(share(ratios_hold, ratios) >= 0.95 - chance(0.95, ratios));
}

/// One interval of a ratio alone, also of small shares.
#[test]
fn intervals_of_ratios_cover_what_they_say() {
    let fairness = Fairness::new(THRESHOLD, Tolerance::Ratio(0.8))
        .unwrap()
        .against("b");
    for (one, other) in [(0.3, 0.5), (0.1, 0.2), (0.05, 0.05)] {
        let mut draws = Draws::new(7_000);
        let fairness = fairness.clone().minimum_rows(200).unwrap();
        let share = coverage(one / other, |_| {
            loop {
                let groups: Vec<&str> = (0..500)
                    .map(|row| if row < 200 { "a" } else { "b" })
                    .collect();
                let labels: Vec<bool> = (0..500).map(|row| row % 2 == 0).collect();
                let yes = |draws: &mut Draws, group: &str| {
                    draws.uniform() < if group == "a" { one } else { other }
                };
                let scores: Vec<f64> = groups
                    .iter()
                    .map(|group| f64::from(u8::from(yes(&mut draws, group))))
                    .collect();
                let predictions = BinaryPredictions::new(&labels, &scores).unwrap();
                let report = fairness.of(&predictions, &groups).unwrap();
                let found = report
                    .comparisons
                    .iter()
                    .find(|found| found.rate == Rate::Selection);
                // Only a reference of which nobody is answered yes has no ratio, which has next to no probability here.
                if let Some(ratio) = found.unwrap().ratio {
                    break ratio;
                }
            }
        });
        say(&format!(
            "ratio {one} by {other}: held in {:.2} %",
            100.0 * share
        ));
        let room = chance(0.95, trials());
        assert!(
            (0.93 - room..=0.97 + room).contains(&share),
            "{one} by {other}: {share}"
        );
    }
}

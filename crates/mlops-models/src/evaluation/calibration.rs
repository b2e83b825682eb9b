//! Do probabilities mean what they say: reliability by bins, the calibration error with its bias, intercept and slope.
//!
//! The expected calibration error is never 0, for chance alone moves each bin: the more bins and the fewer rows, the larger it is
//! for a model that is perfectly calibrated. So it comes with what it would be for such a model, and with how often such a model
//! would show one at least as large, both from labels drawn anew by the probabilities as they are (J. Bröcker and L. Smith
//! 2007). It has no interval: a bootstrap of it is biased the same way once more.

use mlops_data::statistics::Interval;
use serde::{Deserialize, Serialize};

use super::bootstrap::{Bootstrap, Draws, ROUNDING};
use super::estimate::normal_quantile;
use super::{BinaryPredictions, Estimate, EvaluationError, IntervalMethod, Predictions, Problem};

/// How often labels are drawn anew.
const REDRAWS: usize = 1_000;
/// More say nothing of any of them.
const MOST_BINS: usize = 1_000;
/// Probabilities are kept so far from 0 and 1 when their logit is taken, since a certain answer has none.
const BOUND: f64 = 1e-9;
/// Newton's method needs some six steps; more than this is no convergence.
const STEPS: usize = 50;

/// How probabilities are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationBins {
    /// So many bins of equal width from 0 to 1; those without rows are left out.
    EqualWidth(usize),
    /// So many bins of about as many rows each; equal probabilities are never parted.
    EqualRows(usize),
}

impl Default for CalibrationBins {
    /// Ten of equal width, as most of the field has it.
    fn default() -> Self {
        Self::EqualWidth(10)
    }
}

/// A bin of probabilities: what was said, and what happened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// The least probability in it.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
    /// How many rows.
    pub rows: u64,
    /// The mean of the probabilities.
    pub said: f64,
    /// The share of positive rows, with Wilson's interval.
    pub happened: Estimate,
}

/// What is known of the calibration of probabilities of two classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// The bins, rising.
    pub bins: Vec<ReliabilityBin>,
    /// The mean distance of what was said from what happened, by bins and their rows: the expected calibration error.
    pub error: f64,
    /// The same of a model whose probabilities are right: the bias of [`error`](Self::error) on so many rows.
    pub error_if_calibrated: f64,
    /// How often such a model shows at least this error. Small means miscalibrated; large means that these rows do not show it.
    pub p_value: f64,
    /// The intercept of a logistic regression of the label whose slope on the logit is held at 1: 0 where the probabilities are
    /// right on the whole, above where too little is said (calibration in the large).
    pub intercept: Option<Estimate>,
    /// The slope of the label on the logit of the probability: 1 where they are right, below where they are too extreme.
    pub slope: Option<Estimate>,
    /// How many probabilities were 0 or 1, or within 1e-9 of it, and were held at that distance for their logit.
    pub bounded: usize,
    /// Why there is no intercept, or no slope.
    pub problems: Vec<Problem>,
}

impl CalibrationReport {
    /// Of probabilities and their labels; the seed of the bootstrap is that of the labels that are drawn anew.
    ///
    /// # Errors
    /// A score is no probability, one of the classes is missing, or there are to be no bins, or more than 1,000.
    pub fn of(
        predictions: &BinaryPredictions,
        bins: CalibrationBins,
        bootstrap: &Bootstrap,
    ) -> Result<Self, EvaluationError> {
        predictions.check_probabilities("the calibration")?;
        predictions.check_both_classes("the calibration")?;
        let scores = predictions.scores();
        let (places, count) = places(predictions, bins)?;
        let reliability = reliability(&places, count, scores, predictions.labels())?;
        let error = calibration_error(&places, count, scores, |row| predictions.labels()[row]);
        let mut draws = Draws::new(bootstrap.seed());
        let redrawn: Vec<f64> = (0..REDRAWS)
            .map(|_| calibration_error(&places, count, scores, |row| draws.uniform() < scores[row]))
            .collect();
        // What is equal but for rounding counts as equal.
        let is_as_large = |redrawn: &&f64| **redrawn >= error - ROUNDING;
        let as_large = redrawn.iter().filter(is_as_large).count();
        let logits: Vec<f64> = scores
            .iter()
            .map(|score| score.clamp(BOUND, 1.0 - BOUND))
            .map(|probability| (probability / (1.0 - probability)).ln())
            .collect();
        let is_bounded = |score: &&f64| !(BOUND..=1.0 - BOUND).contains(*score);
        let mut problems = Vec::new();
        let mut kept = |found: Result<Estimate, EvaluationError>| match found {
            Ok(estimate) => Some(estimate),
            Err(error) => {
                problems.push(Problem::from(&error));
                None
            }
        };
        Ok(Self {
            bins: reliability,
            error,
            error_if_calibrated: redrawn.iter().sum::<f64>() / REDRAWS as f64,
            p_value: (as_large + 1) as f64 / (REDRAWS + 1) as f64,
            intercept: kept(intercept(predictions.labels(), &logits)),
            slope: kept(slope(predictions.labels(), &logits)),
            bounded: scores.iter().filter(is_bounded).count(),
            problems,
        })
    }
}

/// The bin of each row, and how many bins there are.
fn places(
    predictions: &BinaryPredictions,
    bins: CalibrationBins,
) -> Result<(Vec<usize>, usize), EvaluationError> {
    let (CalibrationBins::EqualWidth(count) | CalibrationBins::EqualRows(count)) = bins;
    if !(1..=MOST_BINS).contains(&count) {
        return Err(EvaluationError::argument(
            "the number of bins",
            count,
            "from 1 to 1000",
        ));
    }
    let (rows, scores) = (predictions.rows(), predictions.scores());
    let mut places = vec![0; rows];
    match bins {
        CalibrationBins::EqualWidth(_) => {
            // A bin holds its upper end, as scikit-learn has it.
            let step = 1.0 / count as f64;
            let inner: Vec<f64> = (1..count).map(|edge| edge as f64 * step).collect();
            for (place, score) in places.iter_mut().zip(scores) {
                *place = inner.partition_point(|edge| edge < score);
            }
        }
        CalibrationBins::EqualRows(_) => {
            let mut passed = 0;
            let same = |a: &usize, b: &usize| scores[*a] == scores[*b];
            let ascending: Vec<usize> = predictions.descending().iter().rev().copied().collect();
            for tied in ascending.chunk_by(same) {
                let place = (passed * count / rows).min(count - 1);
                tied.iter().for_each(|row| places[*row] = place);
                passed += tied.len();
            }
        }
    }
    Ok((places, count))
}

fn reliability(
    places: &[usize],
    count: usize,
    scores: &[f64],
    labels: &[bool],
) -> Result<Vec<ReliabilityBin>, EvaluationError> {
    (0..count)
        .filter_map(|bin| {
            let rows = || {
                let places = places.iter().enumerate();
                places.filter_map(|(row, place)| (*place == bin).then_some(row))
            };
            let size = rows().count() as u64;
            if size == 0 {
                return None;
            }
            let positives = rows().filter(|row| labels[*row]).count() as u64;
            let scores = || rows().map(|row| scores[row]);
            Some(
                Estimate::share(positives, size).map(|happened| ReliabilityBin {
                    least: scores().fold(f64::INFINITY, f64::min),
                    greatest: scores().fold(f64::NEG_INFINITY, f64::max),
                    rows: size,
                    said: scores().sum::<f64>() / size as f64,
                    happened,
                }),
            )
        })
        .collect()
}

/// Σ |what was said - what happened| over the bins, by rows, over all rows.
fn calibration_error(
    places: &[usize],
    count: usize,
    scores: &[f64],
    mut happened: impl FnMut(usize) -> bool,
) -> f64 {
    let mut excess = vec![0.0; count];
    for (row, place) in places.iter().enumerate() {
        excess[*place] += scores[row] - f64::from(u8::from(happened(row)));
    }
    excess.iter().map(|excess| excess.abs()).sum::<f64>() / places.len() as f64
}

fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

fn wald(value: f64, variance: f64) -> Estimate {
    let half = normal_quantile() * variance.sqrt();
    let interval = Interval {
        low: value - half,
        high: value + half,
    };
    Estimate::new(value, interval, IntervalMethod::Wald)
}

/// The most likely shift of all logits.
fn intercept(labels: &[bool], logits: &[f64]) -> Result<Estimate, EvaluationError> {
    let mut shift = 0.0_f64;
    for _ in 0..STEPS {
        let (mut score, mut information) = (0.0, 0.0);
        for (label, logit) in labels.iter().zip(logits) {
            let probability = logistic(logit + shift);
            score += f64::from(u8::from(*label)) - probability;
            information += probability * (1.0 - probability);
        }
        // Far from the optimum the curvature may be next to nothing; longer steps would leave the scale.
        let step = (score / information).clamp(-4.0, 4.0);
        if !step.is_finite() {
            break;
        }
        shift += step;
        if step.abs() < 1e-12 * shift.abs().max(1.0) {
            return Ok(wald(shift, 1.0 / information));
        }
    }
    Err(EvaluationError::no_interval(
        "the calibration intercept",
        "the maximum of its likelihood is not found",
    ))
}

/// The most likely slope of the label on the logit, with an intercept of its own.
fn slope(labels: &[bool], logits: &[f64]) -> Result<Estimate, EvaluationError> {
    let without = |problem| {
        Err(EvaluationError::no_interval(
            "the calibration slope",
            problem,
        ))
    };
    if logits.iter().all(|logit| *logit == logits[0]) {
        return without("all probabilities are the same");
    }
    let extremes = |class: bool| {
        let rows = labels.iter().zip(logits);
        rows.filter(|(label, _)| **label == class).fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(least, most), (_, logit)| (least.min(*logit), most.max(*logit)),
        )
    };
    let (positive, negative) = (extremes(true), extremes(false));
    if positive.0 >= negative.1 || negative.0 >= positive.1 {
        return without(
            "the probabilities separate the classes, so that any steeper slope is likelier",
        );
    }
    let (mut shift, mut steepness) = (0.0_f64, 1.0_f64);
    let mut last = log_likelihood(labels, logits, shift, steepness);
    for _ in 0..STEPS {
        let mut score = [0.0; 2];
        let mut information = [0.0; 3];
        for (label, logit) in labels.iter().zip(logits) {
            let probability = logistic(shift + steepness * logit);
            let excess = f64::from(u8::from(*label)) - probability;
            let weight = probability * (1.0 - probability);
            score[0] += excess;
            score[1] += excess * logit;
            information[0] += weight;
            information[1] += weight * logit;
            information[2] += weight * logit * logit;
        }
        let determinant = information[0] * information[2] - information[1] * information[1];
        if determinant.is_nan() || determinant <= 0.0 {
            break;
        }
        let moves = [
            (information[2] * score[0] - information[1] * score[1]) / determinant,
            (information[0] * score[1] - information[1] * score[0]) / determinant,
        ];
        // A step that makes the labels less likely is halved; at the top the likelihood moves by its rounding only.
        let allowed = last - 1e-10 * last.abs();
        let mut part = 1.0;
        let next = loop {
            let next = log_likelihood(
                labels,
                logits,
                shift + part * moves[0],
                steepness + part * moves[1],
            );
            if next >= allowed || part < 1e-6 {
                break next;
            }
            part /= 2.0;
        };
        (shift, steepness, last) = (shift + part * moves[0], steepness + part * moves[1], next);
        if moves[0].abs().max(moves[1].abs()) < 1e-10 * steepness.abs().max(1.0) {
            return Ok(wald(steepness, information[0] / determinant));
        }
    }
    without("its likelihood has no maximum that is found")
}

fn log_likelihood(labels: &[bool], logits: &[f64], shift: f64, steepness: f64) -> f64 {
    let rows = labels.iter().zip(logits);
    rows.map(|(label, logit)| {
        let towards = shift + steepness * logit;
        let towards = if *label { towards } else { -towards };
        // ln of the logistic function, without an overflow on either side.
        towards.min(0.0) - (-towards.abs()).exp().ln_1p()
    })
    .sum()
}

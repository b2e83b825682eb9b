//! How good the model is, on customers that it has not seen.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

use crate::training::{ChurnModel, churned};

/// The standard normal quantile of 97.5 %, for intervals of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// What the model is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Artifact)]
pub(crate) struct Evaluation {
    /// Customers in the test.
    pub(crate) customers: usize,
    /// Those of them who left.
    pub(crate) churned: usize,
    /// The probability that a customer who left has a higher score than one who stayed.
    pub(crate) auc: f64,
    /// 95 %, after DeLong.
    pub(crate) auc_interval: (f64, f64),
    /// The share of customers on whose side of one half the score was right.
    pub(crate) accuracy: f64,
    /// 95 %, after Wilson.
    pub(crate) accuracy_interval: (f64, f64),
    /// The mean of -log of the probability given to what happened.
    pub(crate) log_loss: f64,
}

/// Scores the test customers and compares with what they did.
#[stage(evaluate, owner = "growth")]
pub(crate) fn evaluate(cx: &StageContext, model: &ChurnModel, test: &Table) -> Result<Evaluation> {
    let scores = model.score(test)?;
    let labels = churned(test)?;
    let count = |wanted: bool| labels.iter().filter(|label| **label == wanted).count();
    if count(true) < 2 || count(false) < 2 {
        return Err("the test has fewer than two customers who left, or who stayed".into());
    }
    let (auc, auc_interval) = auc_with_interval(&scores, &labels);
    let pairs = || scores.iter().zip(&labels);
    let right = pairs()
        .filter(|(score, label)| (**score > 0.5) == **label)
        .count();
    let losses = pairs().map(|(score, label)| -(if *label { *score } else { 1.0 - score }).ln());
    let evaluation = Evaluation {
        customers: labels.len(),
        churned: count(true),
        auc,
        auc_interval,
        accuracy: right as f64 / labels.len() as f64,
        accuracy_interval: wilson_interval(right, labels.len()),
        log_loss: losses.sum::<f64>() / labels.len() as f64,
    };
    cx.metric("test/auc", evaluation.auc);
    cx.metric("test/accuracy", evaluation.accuracy);
    cx.metric("test/log_loss", evaluation.log_loss);
    Ok(evaluation)
}

/// Says it in words.
#[stage(owner = "growth")]
pub(crate) fn report(evaluation: &Evaluation) -> String {
    let Evaluation {
        customers,
        churned,
        auc,
        auc_interval: (auc_low, auc_high),
        accuracy,
        accuracy_interval: (accuracy_low, accuracy_high),
        log_loss,
    } = evaluation;
    format!(
        "tested on {customers} customers, of whom {churned} left\n\
         AUC       {auc:.3}  (95 %: {auc_low:.3} to {auc_high:.3})\n\
         accuracy  {accuracy:.3}  (95 %: {accuracy_low:.3} to {accuracy_high:.3})\n\
         log loss  {log_loss:.3}\n"
    )
}

/// The area under the ROC curve, with its 95 % interval after DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988), by the
/// midranks of Sun and Xu (IEEE Signal Processing Letters 21, 2014). Both classes need two members.
fn auc_with_interval(scores: &[f64], labels: &[bool]) -> (f64, (f64, f64)) {
    let of = |wanted: bool| -> Vec<f64> {
        let pairs = scores
            .iter()
            .zip(labels)
            .filter(|(_, label)| **label == wanted);
        pairs.map(|(score, _)| *score).collect()
    };
    let (left, stayed) = (of(true), of(false));
    let all: Vec<f64> = left.iter().chain(&stayed).copied().collect();
    let (among_all, among_left, among_stayed) =
        (midranks(&all), midranks(&left), midranks(&stayed));
    let (m, n) = (left.len() as f64, stayed.len() as f64);
    // For each customer who left, the share of those who stayed that he is above; and the other way round.
    let above: Vec<f64> = (0..left.len())
        .map(|i| (among_all[i] - among_left[i]) / n)
        .collect();
    let below: Vec<f64> = (0..stayed.len())
        .map(|i| 1.0 - (among_all[left.len() + i] - among_stayed[i]) / m)
        .collect();
    let auc = above.iter().sum::<f64>() / m;
    let half = Z * (variance(&above) / m + variance(&below) / n).sqrt();
    (auc, ((auc - half).max(0.0), (auc + half).min(1.0)))
}

/// Ranks from 1; equal values share the mean of their ranks.
fn midranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut place = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for index in equal {
            ranks[*index] = place as f64 + (equal.len() as f64 + 1.0) / 2.0;
        }
        place += equal.len();
    }
    ranks
}

/// The variance of a sample.
fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    squares.sum::<f64>() / (values.len() as f64 - 1.0)
}

/// The 95 % interval of a share after Wilson (Journal of the American Statistical Association 22, 1927).
fn wilson_interval(successes: usize, of: usize) -> (f64, f64) {
    let n = of as f64;
    let share = successes as f64 / n;
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    ((middle - half) / scale, (middle + half) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn scores_that_order_everybody_rightly_have_an_area_of_one() {
        let (auc, interval) = auc_with_interval(&[0.1, 0.2, 0.8, 0.9], &[false, false, true, true]);
        assert_eq!((auc, interval), (1.0, (1.0, 1.0)));
    }

    #[test]
    fn scores_that_are_all_equal_know_nothing() {
        let (auc, _) = auc_with_interval(&[0.5; 4], &[false, true, false, true]);
        assert!(near(auc, 0.5));
    }

    #[test]
    fn the_area_is_the_share_of_pairs_in_the_right_order() {
        // Pairs: 0.4 and 0.9 against 0.1, 0.5 and 0.4: 1 + 0 + 1/2 and 1 + 1 + 1 of six.
        let scores = [0.4, 0.9, 0.1, 0.5, 0.4];
        let labels = [true, true, false, false, false];
        let (auc, (low, high)) = auc_with_interval(&scores, &labels);
        assert!(near(auc, 4.5 / 6.0));
        // By hand: shares above are 1/2 and 1, with variance 1/8; shares below are 1, 1/2 and 3/4, with variance 1/16.
        let deviation = (1.0_f64 / 8.0 / 2.0 + 1.0 / 16.0 / 3.0).sqrt();
        assert!(near(low, auc - Z * deviation));
        assert!(near(high, 1.0));
    }

    #[test]
    fn wilson_agrees_with_the_book() {
        // 8 of 10: Brown, Cai and DasGupta, Statistical Science 16 (2001), by their formula.
        let (low, high) = wilson_interval(8, 10);
        assert!((low - 0.490_162).abs() < 1e-6 && (high - 0.943_318).abs() < 1e-6);
    }
}

//! The metrics of two classes: by the order of the scores, by probabilities, by decisions.

use std::fmt;

use super::binary::Step;
use super::bootstrap::{Bootstrap, Statistic};
use super::comparison::mcnemar;
use super::confusion::{self, BinaryConfusion};
use super::metric::mean;
use super::{
    BinaryPredictions, Direction, Estimate, EvaluationError, Metric, PairedDifference, Predictions,
    delong,
};

/// With fewer rows of a class a bootstrap draws the same few again.
const FEWEST_OF_A_CLASS: usize = 10;

/// A metric of two classes. What needs a decision has its threshold with it: a score of at least so much says yes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum BinaryMetric {
    /// The area under the ROC curve: how often a positive row has a higher score than a negative one, ties half.
    Auc,
    /// The precision averaged over the recall, as a sum of steps without interpolation.
    AveragePrecision,
    /// The mean of -ln of the probability of what happened. A certain answer that is wrong makes it infinite: an error here,
    /// where scikit-learn takes 2.2e-16 for 0.
    LogLoss,
    /// The mean square of the distance from the probability to the label.
    Brier,
    /// The share of decisions that are right.
    Accuracy {
        /// From which score on the answer is yes.
        threshold: f64,
    },
    /// The share of yes that are right.
    Precision {
        /// From which score on the answer is yes.
        threshold: f64,
    },
    /// The share of positive rows that are found: the sensitivity, or true positive rate.
    Recall {
        /// From which score on the answer is yes.
        threshold: f64,
    },
    /// The share of negative rows that are left alone: one less the false positive rate.
    Specificity {
        /// From which score on the answer is yes.
        threshold: f64,
    },
    /// The harmonic mean of precision and recall.
    F1 {
        /// From which score on the answer is yes.
        threshold: f64,
    },
    /// B. W. Matthews' correlation of decision and label (1975), from -1 to 1.
    Mcc {
        /// From which score on the answer is yes.
        threshold: f64,
    },
}

impl BinaryMetric {
    /// All of them, with decisions at this threshold.
    pub fn all(threshold: f64) -> [Self; 10] {
        [
            Self::Auc,
            Self::AveragePrecision,
            Self::LogLoss,
            Self::Brier,
            Self::Accuracy { threshold },
            Self::Precision { threshold },
            Self::Recall { threshold },
            Self::Specificity { threshold },
            Self::F1 { threshold },
            Self::Mcc { threshold },
        ]
    }

    fn word(self) -> &'static str {
        match self {
            Self::Auc => "auc",
            Self::AveragePrecision => "average_precision",
            Self::LogLoss => "log_loss",
            Self::Brier => "brier",
            Self::Accuracy { .. } => "accuracy",
            Self::Precision { .. } => "precision",
            Self::Recall { .. } => "recall",
            Self::Specificity { .. } => "specificity",
            Self::F1 { .. } => "f1",
            Self::Mcc { .. } => "mcc",
        }
    }

    /// The threshold of what needs a decision.
    pub fn threshold(self) -> Option<f64> {
        match self {
            Self::Auc | Self::AveragePrecision | Self::LogLoss | Self::Brier => None,
            Self::Accuracy { threshold }
            | Self::Precision { threshold }
            | Self::Recall { threshold }
            | Self::Specificity { threshold }
            | Self::F1 { threshold }
            | Self::Mcc { threshold } => Some(threshold),
        }
    }

    /// Successes and trials, of what is a share of rows.
    fn share(self, of: &BinaryPredictions) -> Option<(u64, u64)> {
        let counts = of.confusion(self.threshold()?);
        match self {
            Self::Accuracy { .. } => Some(counts.right()),
            Self::Precision { .. } => Some(counts.precise()),
            Self::Recall { .. } => Some(counts.recalled()),
            Self::Specificity { .. } => Some(counts.spared()),
            _ => None,
        }
    }

    fn of_counts(self, counts: &BinaryConfusion) -> f64 {
        match self {
            Self::Accuracy { .. } => confusion::share(counts.right()),
            Self::Precision { .. } => confusion::share(counts.precise()),
            Self::Recall { .. } => confusion::share(counts.recalled()),
            Self::Specificity { .. } => confusion::share(counts.spared()),
            Self::F1 { .. } => counts.f1(),
            Self::Mcc { .. } => counts.mcc(),
            Self::Auc | Self::AveragePrecision | Self::LogLoss | Self::Brier => f64::NAN,
        }
    }

    fn check(self, of: &BinaryPredictions) -> Result<(), EvaluationError> {
        if self.threshold().is_some_and(f64::is_nan) {
            return Err(EvaluationError::argument(
                "the threshold",
                "NaN",
                "a number",
            ));
        }
        match self {
            Self::Auc | Self::AveragePrecision => of.check_both_classes(self.word()),
            Self::LogLoss | Self::Brier => of.check_probabilities(self.word()),
            _ => Ok(()),
        }
    }

    /// That a bootstrap has enough rows of each class to draw from; a mean over all rows needs none of a class.
    fn check_enough(self, of: &BinaryPredictions) -> Result<(), EvaluationError> {
        if matches!(self, Self::LogLoss | Self::Brier) {
            return Ok(());
        }
        let fewest = of.positives().min(of.rows() - of.positives());
        if fewest < FEWEST_OF_A_CLASS {
            return Err(EvaluationError::no_interval(
                self.word(),
                format!("{fewest} rows of a class are fewer than {FEWEST_OF_A_CLASS}"),
            ));
        }
        Ok(())
    }

    /// Why there is no value where the statistic gives none.
    fn without_value(self, of: &BinaryPredictions, value: f64) -> EvaluationError {
        let one_class = |metric: &str| EvaluationError::OneClass {
            metric: metric.to_owned(),
            rows: of.rows(),
            positives: of.positives(),
        };
        match self {
            Self::LogLoss => EvaluationError::undefined(
                self.word(),
                "what was given the probability 0 happened, which makes it infinite; bound the probabilities, and say so",
            ),
            Self::Precision { .. } => {
                EvaluationError::undefined(self.word(), "no score reaches the threshold")
            }
            Self::Mcc { .. } if of.check_both_classes("").is_ok() => EvaluationError::undefined(
                self.word(),
                "all scores are on one side of the threshold",
            ),
            Self::F1 { .. } => EvaluationError::undefined(
                self.word(),
                "no row is positive, and no score reaches the threshold",
            ),
            Self::Recall { .. } | Self::Specificity { .. } | Self::Mcc { .. } => {
                one_class(self.word())
            }
            _ => EvaluationError::undefined(self.word(), format!("it would be {value}")),
        }
    }
}

impl fmt::Display for BinaryMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self.threshold() {
            Some(threshold) => write!(f, " at {threshold}"),
            None => Ok(()),
        }
    }
}

impl Metric for BinaryMetric {
    type Of = BinaryPredictions;

    fn name(&self) -> String {
        self.word().to_owned()
    }

    fn direction(&self) -> Direction {
        match self {
            Self::LogLoss | Self::Brier => Direction::LowerIsBetter,
            _ => Direction::HigherIsBetter,
        }
    }

    fn value(&self, of: &BinaryPredictions) -> Result<f64, EvaluationError> {
        let value = self.statistic(of)?(&vec![1; of.rows()]);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(self.without_value(of, value))
        }
    }

    fn estimate(
        &self,
        of: &BinaryPredictions,
        bootstrap: &Bootstrap,
    ) -> Result<Estimate, EvaluationError> {
        let value = self.value(of)?;
        if let Some((successes, trials)) = self.share(of) {
            return Estimate::share(successes, trials);
        }
        if *self == Self::Auc {
            return delong::estimate(of);
        }
        self.check_enough(of)?;
        bootstrap.bca(self.word(), of.rows(), value, &self.statistic(of)?)
    }

    fn statistic<'a>(&self, of: &'a BinaryPredictions) -> Result<Statistic<'a>, EvaluationError> {
        self.check(of)?;
        let metric = *self;
        Ok(match metric {
            Self::Auc => {
                let steps = of.steps();
                Box::new(move |weights| auc(&steps, weights))
            }
            Self::AveragePrecision => {
                let steps = of.steps();
                Box::new(move |weights| average_precision(&steps, weights))
            }
            Self::LogLoss => {
                let losses =
                    of.by_row(|label, score| -(if label { score.ln() } else { (-score).ln_1p() }));
                Box::new(move |weights| mean(weights, &losses))
            }
            Self::Brier => {
                let losses = of.by_row(|label, score| (score - f64::from(u8::from(label))).powi(2));
                Box::new(move |weights| mean(weights, &losses))
            }
            _ => {
                let threshold = metric.threshold().unwrap_or_default();
                let cells: Vec<usize> =
                    of.by_row(|label, score| confusion::cell(label, score >= threshold));
                Box::new(move |weights| {
                    metric.of_counts(&BinaryConfusion::weighted(&cells, weights))
                })
            }
        })
    }

    fn paired(
        &self,
        challenger: &BinaryPredictions,
        reference: &BinaryPredictions,
        bootstrap: &Bootstrap,
    ) -> Result<PairedDifference, EvaluationError> {
        challenger.check_paired(reference)?;
        for of in [challenger, reference] {
            self.value(of)?;
        }
        // Of the rows that count, whether each is answered rightly.
        let right = |of: &BinaryPredictions, threshold: f64, class: Option<bool>| -> Vec<bool> {
            let rows = of.labels().iter().zip(of.scores());
            rows.filter(|(label, _)| class.is_none_or(|class| **label == class))
                .map(|(label, score)| *label == (*score >= threshold))
                .collect()
        };
        match *self {
            Self::Auc => delong::paired(challenger, reference),
            Self::Accuracy { threshold }
            | Self::Recall { threshold }
            | Self::Specificity { threshold } => {
                let class = match self {
                    Self::Recall { .. } => Some(true),
                    Self::Specificity { .. } => Some(false),
                    _ => None,
                };
                mcnemar(
                    &right(challenger, threshold, class),
                    &right(reference, threshold, class),
                )
            }
            _ => {
                self.check_enough(challenger)?;
                PairedDifference::by_bootstrap(*self, challenger, reference, bootstrap)
            }
        }
    }
}

/// Pairs of a positive and a negative row in which the positive one is higher, in whole numbers until the last division.
fn auc(steps: &[Step], weights: &[u32]) -> f64 {
    let (mut twice, mut above, mut negatives) = (0_u64, 0_u64, 0_u64);
    let (mut equal, mut opposite) = (0_u64, 0_u64);
    for &Step {
        row,
        label,
        is_last,
    } in steps
    {
        let weight = u64::from(weights[row]);
        if label {
            equal += weight;
        } else {
            opposite += weight;
        }
        if is_last {
            twice += opposite * (2 * above + equal);
            above += equal;
            negatives += opposite;
            (equal, opposite) = (0, 0);
        }
    }
    // Without one of the classes this is 0/0.
    twice as f64 / (2.0 * above as f64 * negatives as f64)
}

/// Σ (recall - recall before) · precision over the different scores, from the highest one down.
fn average_precision(steps: &[Step], weights: &[u32]) -> f64 {
    let (mut hits, mut all, mut new, mut sum) = (0_u64, 0_u64, 0_u64, 0.0);
    for &Step {
        row,
        label,
        is_last,
    } in steps
    {
        let weight = u64::from(weights[row]);
        all += weight;
        if label {
            new += weight;
        }
        if is_last && new > 0 {
            hits += new;
            sum += new as f64 * (hits as f64 / all as f64);
            new = 0;
        }
    }
    sum / hits as f64
}

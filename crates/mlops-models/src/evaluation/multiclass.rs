//! Several classes: labels, answers, probabilities where there are some, and the metrics of all of them.

use std::collections::BTreeSet;
use std::fmt;

use mlops_data::Table;
use serde::{Deserialize, Serialize};

use super::bootstrap::{Bootstrap, Statistic};
use super::comparison::{PairedDifference, mcnemar};
use super::metric::{check_length, check_rows, check_same_labels, mean};
use super::{Direction, Estimate, EvaluationError, Measured, Metric, Predictions, columns};

/// How far the probabilities of a row may be from 1 together: single precision loses so much.
const SUM_TOLERANCE: f64 = 1e-5;

/// What happened, what a model answered, and perhaps how probable it thought each class. At least one row.
#[derive(Debug, Clone, PartialEq)]
pub struct MulticlassPredictions {
    /// In order, each once: all that occur as label or answer, or that have a probability.
    classes: Vec<String>,
    /// Places among the classes.
    labels: Vec<usize>,
    answers: Vec<usize>,
    /// For each row one probability for each class.
    probabilities: Option<Vec<Vec<f64>>>,
}

impl MulticlassPredictions {
    /// One label and one answer for each row, in the same order.
    ///
    /// # Errors
    /// There are no rows, or the lengths differ.
    pub fn new<L: AsRef<str>, A: AsRef<str>>(
        labels: &[L],
        answers: &[A],
    ) -> Result<Self, EvaluationError> {
        let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        let answers: Vec<&str> = answers.iter().map(AsRef::as_ref).collect();
        if labels.is_empty() && answers.is_empty() {
            return Err(EvaluationError::NoRows);
        }
        check_length("answers", answers.len(), labels.len())?;
        let names: BTreeSet<&str> = labels.iter().chain(&answers).copied().collect();
        let classes: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let places = |names: &[&str]| -> Vec<usize> {
            let place = |name: &&str| classes.partition_point(|class| class.as_str() < *name);
            names.iter().map(place).collect()
        };
        Ok(Self {
            labels: places(&labels),
            answers: places(&answers),
            classes,
            probabilities: None,
        })
    }

    /// With the probabilities of `classes`: for each row, in the order of the rows, one for each class, in the order of
    /// `classes`. A class that occurs and is not named has the probability 0.
    ///
    /// # Errors
    /// A row is missing, has another number of probabilities, one that is not from 0 to 1, or a sum other than 1.
    pub fn with_probabilities<C: AsRef<str>>(
        mut self,
        classes: &[C],
        rows: &[Vec<f64>],
    ) -> Result<Self, EvaluationError> {
        check_length("rows of probabilities", rows.len(), self.labels.len())?;
        let named: Vec<&str> = classes.iter().map(AsRef::as_ref).collect();
        let different: BTreeSet<&str> = named.iter().copied().collect();
        if different.len() != named.len() {
            return Err(not_probabilities("a class is named twice".to_owned()));
        }
        let mut all: BTreeSet<String> = self.classes.iter().cloned().collect();
        all.extend(named.iter().map(|name| (*name).to_owned()));
        let all: Vec<String> = all.into_iter().collect();
        let place = |name: &str| all.partition_point(|class| class.as_str() < name);
        let moved: Vec<usize> = self.classes.iter().map(|class| place(class)).collect();
        for place in self.labels.iter_mut().chain(&mut self.answers) {
            *place = moved[*place];
        }
        let places: Vec<usize> = named.iter().map(|name| place(name)).collect();
        let spread = |(row, given): (usize, &Vec<f64>)| {
            if given.len() != places.len() {
                return Err(not_probabilities(format!(
                    "row {row} has {} for {} classes",
                    given.len(),
                    places.len()
                )));
            }
            let sum: f64 = given.iter().sum();
            if given.iter().any(|p| !(0.0..=1.0).contains(p)) || (sum - 1.0).abs() > SUM_TOLERANCE {
                return Err(not_probabilities(format!(
                    "row {row} has {given:?}, together {sum}"
                )));
            }
            let mut probabilities = vec![0.0; all.len()];
            for (place, probability) in places.iter().zip(given) {
                probabilities[*place] = *probability;
            }
            Ok(probabilities)
        };
        let rows: Result<_, _> = rows.iter().enumerate().map(spread).collect();
        self.probabilities = Some(rows?);
        self.classes = all;
        Ok(self)
    }

    /// From two columns of texts, the labels and the answers.
    ///
    /// # Errors
    /// There is no such column, it holds no texts, a value is missing, or there are no rows.
    pub fn from_table(table: &Table, label: &str, answer: &str) -> Result<Self, EvaluationError> {
        Self::new(
            &columns::texts(table, label)?,
            &columns::texts(table, answer)?,
        )
    }

    /// A baseline for the same rows, which always gives this answer. It has no probabilities.
    pub fn answering(&self, class: &str) -> Result<Self, EvaluationError> {
        let name = |place: &usize| self.classes[*place].as_str();
        let labels: Vec<&str> = self.labels.iter().map(name).collect();
        Self::new(&labels, &vec![class; labels.len()])
    }

    /// All classes, in the order of their names.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many rows of each class (by line, in the order of [`classes`](Self::classes)) got each answer (by column).
    pub fn confusion(&self) -> Vec<Vec<u64>> {
        let mut counts = vec![vec![0; self.classes.len()]; self.classes.len()];
        for (label, answer) in self.labels.iter().zip(&self.answers) {
            counts[*label][*answer] += 1;
        }
        counts
    }
}

fn not_probabilities(problem: String) -> EvaluationError {
    EvaluationError::NotProbabilities {
        metric: "log_loss".to_owned(),
        problem,
    }
}

impl Predictions for MulticlassPredictions {
    fn rows(&self) -> usize {
        self.labels.len()
    }

    fn take(&self, rows: &[usize]) -> Result<Self, EvaluationError> {
        check_rows(rows, self.rows())?;
        let of = |places: &[usize]| rows.iter().map(|row| places[*row]).collect();
        let probabilities = self.probabilities.as_ref();
        Ok(Self {
            // The classes stay those of the whole: one that does not occur in the part counts there for nothing.
            classes: self.classes.clone(),
            labels: of(&self.labels),
            answers: of(&self.answers),
            probabilities: probabilities
                .map(|all| rows.iter().map(|row| all[*row].clone()).collect()),
        })
    }

    fn check_paired(&self, other: &Self) -> Result<(), EvaluationError> {
        let names = |one: &Self| -> Vec<String> {
            let labels = one.labels.iter();
            labels.map(|place| one.classes[*place].clone()).collect()
        };
        check_same_labels(&names(self), &names(other))
    }
}

/// A metric of several classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MulticlassMetric {
    /// The share of answers that are right.
    Accuracy,
    /// The mean of the F1 of all classes that occur as label or answer: a rare class counts as much as a frequent one.
    MacroF1,
    /// The mean of the F1 of all classes by how often they are the label.
    WeightedF1,
    /// The mean of -ln of the probability of what happened.
    LogLoss,
}

impl MulticlassMetric {
    /// All of them.
    pub fn all() -> [Self; 4] {
        [
            Self::Accuracy,
            Self::MacroF1,
            Self::WeightedF1,
            Self::LogLoss,
        ]
    }
}

impl fmt::Display for MulticlassMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "macro_f1",
            Self::WeightedF1 => "weighted_f1",
            Self::LogLoss => "log_loss",
        })
    }
}

impl Metric for MulticlassMetric {
    type Of = MulticlassPredictions;

    fn name(&self) -> String {
        self.to_string()
    }

    fn direction(&self) -> Direction {
        match self {
            Self::LogLoss => Direction::LowerIsBetter,
            _ => Direction::HigherIsBetter,
        }
    }

    fn value(&self, of: &MulticlassPredictions) -> Result<f64, EvaluationError> {
        let value = self.statistic(of)?(&vec![1; of.rows()]);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(EvaluationError::undefined(
                self,
                "what was given the probability 0 happened, which makes it infinite; bound the probabilities, and say so",
            ))
        }
    }

    fn estimate(
        &self,
        of: &MulticlassPredictions,
        bootstrap: &Bootstrap,
    ) -> Result<Estimate, EvaluationError> {
        let value = self.value(of)?;
        if *self == Self::Accuracy {
            let right = of.right().iter().filter(|right| **right).count();
            return Estimate::share(right as u64, of.rows() as u64);
        }
        bootstrap.bca(&self.name(), of.rows(), value, &self.statistic(of)?)
    }

    fn statistic<'a>(
        &self,
        of: &'a MulticlassPredictions,
    ) -> Result<Statistic<'a>, EvaluationError> {
        Ok(match self {
            Self::Accuracy => {
                let right = of.right();
                let right: Vec<f64> = right
                    .iter()
                    .map(|right| f64::from(u8::from(*right)))
                    .collect();
                Box::new(move |weights| mean(weights, &right))
            }
            Self::MacroF1 => Box::new(|weights| of.f1(weights, false)),
            Self::WeightedF1 => Box::new(|weights| of.f1(weights, true)),
            Self::LogLoss => {
                let Some(probabilities) = &of.probabilities else {
                    return Err(not_probabilities("there are only answers".to_owned()));
                };
                let rows = probabilities.iter().zip(&of.labels);
                let losses: Vec<f64> = rows.map(|(row, label)| -row[*label].ln()).collect();
                Box::new(move |weights| mean(weights, &losses))
            }
        })
    }

    fn paired(
        &self,
        challenger: &MulticlassPredictions,
        reference: &MulticlassPredictions,
        bootstrap: &Bootstrap,
    ) -> Result<PairedDifference, EvaluationError> {
        challenger.check_paired(reference)?;
        if *self == Self::Accuracy {
            return mcnemar(&challenger.right(), &reference.right());
        }
        PairedDifference::by_bootstrap(*self, challenger, reference, bootstrap)
    }
}

impl MulticlassPredictions {
    fn right(&self) -> Vec<bool> {
        let rows = self.labels.iter().zip(&self.answers);
        rows.map(|(label, answer)| label == answer).collect()
    }

    /// The mean of the F1 of the classes, each once or as often as it is the label.
    fn f1(&self, weights: &[u32], by_support: bool) -> f64 {
        // For each class: how often it is the label, the answer, and both.
        let mut counts = vec![[0_u64; 3]; self.classes.len()];
        for ((label, answer), weight) in self.labels.iter().zip(&self.answers).zip(weights) {
            let weight = u64::from(*weight);
            counts[*label][0] += weight;
            counts[*answer][1] += weight;
            if label == answer {
                counts[*label][2] += weight;
            }
        }
        let (mut sum, mut all) = (0.0, 0.0);
        for [support, answered, both] in counts {
            if support + answered > 0 {
                let f1 = 2.0 * both as f64 / (support + answered) as f64;
                let weight = if by_support { support as f64 } else { 1.0 };
                sum += weight * f1;
                all += weight;
            }
        }
        sum / all
    }
}

/// A class among several: how much of it is found, and how far its name can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassReport {
    /// The class.
    pub class: String,
    /// How many rows have it as their label.
    pub rows: u64,
    /// The share of its rows that are found, where it has any.
    pub recall: Option<Estimate>,
    /// The share of answers with its name that are right, where there are any.
    pub precision: Option<Estimate>,
}

/// Several classes: all metrics, the confusion matrix, and each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MulticlassReport {
    /// How many rows there are.
    pub rows: usize,
    /// The classes, in the order of their names.
    pub classes: Vec<ClassReport>,
    /// How many rows of each class, by line, got each answer, by column.
    pub confusion: Vec<Vec<u64>>,
    /// All of [`MulticlassMetric::all`].
    pub metrics: Vec<Measured>,
}

impl MulticlassReport {
    /// All that is known of these predictions.
    ///
    /// # Errors
    /// The labels are all of one class.
    pub fn of(
        predictions: &MulticlassPredictions,
        bootstrap: &Bootstrap,
    ) -> Result<Self, EvaluationError> {
        if predictions
            .labels
            .iter()
            .all(|label| *label == predictions.labels[0])
        {
            return Err(EvaluationError::undefined(
                "an evaluation of several classes",
                format!(
                    "all {} rows are `{}`",
                    predictions.rows(),
                    predictions.classes[predictions.labels[0]]
                ),
            ));
        }
        let confusion = predictions.confusion();
        let share = |successes, trials| match trials {
            0 => Ok(None),
            _ => Estimate::share(successes, trials).map(Some),
        };
        let class = |(place, class): (usize, &String)| {
            let rows: u64 = confusion[place].iter().sum();
            let answered = confusion.iter().map(|line| line[place]).sum();
            Ok(ClassReport {
                class: class.clone(),
                rows,
                recall: share(confusion[place][place], rows)?,
                precision: share(confusion[place][place], answered)?,
            })
        };
        let classes: Result<_, EvaluationError> =
            predictions.classes.iter().enumerate().map(class).collect();
        Ok(Self {
            rows: predictions.rows(),
            classes: classes?,
            confusion,
            metrics: Measured::all(&MulticlassMetric::all(), predictions, bootstrap),
        })
    }
}

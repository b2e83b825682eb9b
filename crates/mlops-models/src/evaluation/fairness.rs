//! Does the model treat groups alike: rates by group, their differences and ratios, and what the rows can say of them.
//!
//! The usual number, the largest rate less the smallest, is biased upward: a fair coin looks unfair as soon as one group is
//! small, and an interval from a bootstrap of it keeps the bias. It is here because others compute it, and makes no verdict. Each
//! group is compared with one reference group instead, and the intervals that make the verdict hold together in 95 of 100 test sets.

use std::fmt;

use mlops_data::Table;
use serde::{Deserialize, Serialize};

use super::independent_shares::{Share, difference, ratio};
use super::metric::check_length;
use super::{BinaryPredictions, Estimate, EvaluationError, Predictions, columns};

/// Below this size of a group no minimum may be set: ten rows say nothing of a rate.
const LEAST_MINIMUM: usize = 30;

/// A rate by which groups are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// The share of rows that are answered yes: demographic parity asks for the same.
    Selection,
    /// The share of positive rows that are answered yes: equal opportunity asks for the same.
    TruePositive,
    /// The share of negative rows that are answered yes: with the former, equalised odds.
    FalsePositive,
}

impl Rate {
    /// All of them.
    pub fn all() -> [Self; 3] {
        [Self::Selection, Self::TruePositive, Self::FalsePositive]
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Selection => "selection rate",
            Self::TruePositive => "true positive rate",
            Self::FalsePositive => "false positive rate",
        })
    }
}

/// How far the rate of a group may be from that of the reference group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// By so much, as a share: 0.1 for ten points of a hundred.
    Difference(f64),
    /// The smaller by the larger is at least this, such as 0.8 for four fifths.
    Ratio(f64),
}

/// What the rows say of two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FairnessVerdict {
    /// The whole interval is within the tolerance.
    Within,
    /// The whole interval is beyond it.
    Beyond,
    /// Neither, or a group is too small. It is no pass.
    NotEnoughEvidence,
}

/// How groups are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Fairness {
    tolerance: Tolerance,
    threshold: f64,
    minimum: usize,
    reference: Option<String>,
}

impl Fairness {
    /// With decisions at `threshold`, this tolerance, and groups of at least 50 rows.
    ///
    /// # Errors
    /// The tolerance is not between 0 and 1, or the threshold is `NaN`.
    pub fn new(threshold: f64, tolerance: Tolerance) -> Result<Self, EvaluationError> {
        let (Tolerance::Difference(bound) | Tolerance::Ratio(bound)) = tolerance;
        if !(bound > 0.0 && bound < 1.0) {
            return Err(EvaluationError::argument(
                "the tolerance",
                bound,
                "between 0 and 1",
            ));
        }
        if threshold.is_nan() {
            return Err(EvaluationError::argument(
                "the threshold",
                threshold,
                "a number",
            ));
        }
        Ok(Self {
            tolerance,
            threshold,
            minimum: 50,
            reference: None,
        })
    }

    /// Groups of fewer rows make no verdict. What counts are the rows of the rate: for the true positive rate the positive ones.
    ///
    /// # Errors
    /// It is below 30.
    pub fn minimum_rows(self, minimum: usize) -> Result<Self, EvaluationError> {
        if minimum < LEAST_MINIMUM {
            return Err(EvaluationError::argument(
                "the smallest group",
                minimum,
                "at least 30",
            ));
        }
        Ok(Self { minimum, ..self })
    }

    /// With this group as the reference, instead of the largest one.
    #[must_use]
    pub fn against(self, reference: &str) -> Self {
        Self {
            reference: Some(reference.to_owned()),
            ..self
        }
    }

    /// Compares groups, which are given for each row, in the same order.
    ///
    /// # Errors
    /// The number of groups is not that of rows, there is only one group, or none of the reference's name.
    pub fn of<G: AsRef<str>>(
        &self,
        predictions: &BinaryPredictions,
        groups: &[G],
    ) -> Result<FairnessReport, EvaluationError> {
        check_length("groups", groups.len(), predictions.rows())?;
        let mut names: Vec<&str> = groups.iter().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names.dedup();
        let mut tallies: Vec<Tally> = names.iter().map(|name| Tally::new(name)).collect();
        let rows = predictions.labels().iter().zip(predictions.scores());
        for (group, (label, score)) in groups.iter().zip(rows) {
            let place = names.partition_point(|name| *name < group.as_ref());
            tallies[place].add(*label, *score >= self.threshold);
        }
        if tallies.len() < 2 {
            return Err(EvaluationError::undefined(
                "fairness",
                format!("there is only the group `{}`", names[0]),
            ));
        }
        let reference = self.reference(&tallies)?;
        let others = || {
            tallies
                .iter()
                .filter(|tally| tally.group != reference.group)
        };
        let pairs: Vec<(&Tally, Rate)> = others()
            .flat_map(|tally| Rate::all().map(|rate| (tally, rate)))
            .collect();
        let is_judged = |(tally, rate): &(&Tally, Rate)| self.is_judged(tally, reference, *rate);
        // All intervals together are to hold as often as one would.
        let judged = pairs.iter().filter(|pair| is_judged(pair)).count().max(1);
        let comparisons: Result<Vec<_>, _> = pairs
            .iter()
            .map(|(tally, rate)| self.compare(tally, reference, *rate, judged))
            .collect();
        let comparisons = comparisons?;
        let has = |verdict| comparisons.iter().any(|found| found.verdict == verdict);
        let verdict = if has(FairnessVerdict::Beyond) {
            FairnessVerdict::Beyond
        } else if has(FairnessVerdict::NotEnoughEvidence) {
            FairnessVerdict::NotEnoughEvidence
        } else {
            FairnessVerdict::Within
        };
        Ok(FairnessReport {
            threshold: self.threshold,
            tolerance: self.tolerance,
            minimum: self.minimum,
            reference: reference.group.clone(),
            groups: tallies.iter().map(Tally::rates).collect::<Result<_, _>>()?,
            comparisons,
            spreads: Rate::all().map(|rate| Spread::of(&tallies, rate)).to_vec(),
            verdict,
        })
    }

    /// The same, with the groups from a column of texts of the table that the predictions are of.
    ///
    /// # Errors
    /// As there; or there is no such column, it holds no texts, or a value is missing: give those without a group a name.
    pub fn of_table(
        &self,
        predictions: &BinaryPredictions,
        table: &Table,
        column: &str,
    ) -> Result<FairnessReport, EvaluationError> {
        self.of(predictions, &columns::texts(table, column)?)
    }

    fn reference<'a>(&self, tallies: &'a [Tally]) -> Result<&'a Tally, EvaluationError> {
        let found = match &self.reference {
            Some(name) => tallies.iter().find(|tally| tally.group == *name),
            // The first of those that are equally large, so that it is always the same one.
            None => tallies.iter().rev().max_by_key(|tally| tally.rows()),
        };
        found.ok_or_else(|| {
            EvaluationError::argument(
                "the reference group",
                self.reference.as_deref().unwrap_or_default(),
                "a group of these rows",
            )
        })
    }

    fn is_judged(&self, tally: &Tally, reference: &Tally, rate: Rate) -> bool {
        let minimum = self.minimum as u64;
        tally.share(rate).trials >= minimum && reference.share(rate).trials >= minimum
    }

    fn compare(
        &self,
        tally: &Tally,
        reference: &Tally,
        rate: Rate,
        judged: usize,
    ) -> Result<GroupComparison, EvaluationError> {
        let (one, other) = (tally.share(rate), reference.share(rate));
        let estimates = if one.trials > 0 && other.trials > 0 {
            Some((difference(one, other, judged)?, ratio(one, other, judged)?))
        } else {
            None
        };
        let verdict = match estimates {
            Some(estimates) if self.is_judged(tally, reference, rate) => self.verdict(estimates),
            _ => FairnessVerdict::NotEnoughEvidence,
        };
        Ok(GroupComparison {
            group: tally.group.clone(),
            rate,
            rows: one.trials,
            difference: estimates.map(|(difference, _)| difference),
            ratio: estimates.and_then(|(_, ratio)| ratio),
            verdict,
        })
    }

    fn verdict(&self, (difference, ratio): (Estimate, Option<Estimate>)) -> FairnessVerdict {
        let (estimate, least, most) = match (self.tolerance, ratio) {
            (Tolerance::Difference(bound), _) => (difference, -bound, bound),
            (Tolerance::Ratio(bound), Some(ratio)) => (ratio, bound, 1.0 / bound),
            (Tolerance::Ratio(_), None) => return FairnessVerdict::NotEnoughEvidence,
        };
        if estimate.low >= least && estimate.high <= most {
            FairnessVerdict::Within
        } else if estimate.low > most || estimate.high < least {
            FairnessVerdict::Beyond
        } else {
            FairnessVerdict::NotEnoughEvidence
        }
    }
}

/// The rows of a group, by label and answer.
struct Tally {
    group: String,
    /// Answered yes and all, of the negative and of the positive rows.
    counts: [Share; 2],
}

impl Tally {
    fn new(group: &str) -> Self {
        Self {
            group: group.to_owned(),
            counts: [Share::default(); 2],
        }
    }

    fn add(&mut self, label: bool, answer: bool) {
        let counts = &mut self.counts[usize::from(label)];
        counts.successes += u64::from(answer);
        counts.trials += 1;
    }

    fn rows(&self) -> u64 {
        self.share(Rate::Selection).trials
    }

    fn share(&self, rate: Rate) -> Share {
        let [negative, positive] = self.counts;
        match rate {
            Rate::TruePositive => positive,
            Rate::FalsePositive => negative,
            Rate::Selection => Share {
                successes: negative.successes + positive.successes,
                trials: negative.trials + positive.trials,
            },
        }
    }

    fn rates(&self) -> Result<GroupRates, EvaluationError> {
        let estimate = |rate| {
            let share = self.share(rate);
            match share.trials {
                0 => Ok(None),
                trials => Estimate::share(share.successes, trials).map(Some),
            }
        };
        Ok(GroupRates {
            group: self.group.clone(),
            rows: self.rows(),
            positives: self.share(Rate::TruePositive).trials,
            selection: estimate(Rate::Selection)?,
            true_positive: estimate(Rate::TruePositive)?,
            false_positive: estimate(Rate::FalsePositive)?,
        })
    }
}

/// The rates of a group, each with Wilson's interval; none where there are no rows for it, which is not 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRates {
    /// The group.
    pub group: String,
    /// How many rows are of it.
    pub rows: u64,
    /// How many of them are positive.
    pub positives: u64,
    /// The share that is answered yes.
    pub selection: Option<Estimate>,
    /// The share of positive rows that is.
    pub true_positive: Option<Estimate>,
    /// The share of negative rows that is.
    pub false_positive: Option<Estimate>,
}

/// A rate of a group beside that of the reference group. The intervals of a report hold together, and are wider for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupComparison {
    /// The group.
    pub group: String,
    /// The rate.
    pub rate: Rate,
    /// How many rows of the group the rate is of.
    pub rows: u64,
    /// The group's rate less that of the reference, by Newcombe's interval.
    pub difference: Option<Estimate>,
    /// The group's rate by that of the reference, by the interval of Donner and Zou; none where the reference's is 0.
    pub ratio: Option<Estimate>,
    /// What follows.
    pub verdict: FairnessVerdict,
}

/// How far the outer groups are apart, as fairlearn has it (`between_groups`): biased upward, and no evidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The rate.
    pub rate: Rate,
    /// The largest less the smallest, of the groups that have the rate at all; none if fewer than two have.
    pub difference: Option<f64>,
    /// The smallest by the largest; none if the largest is 0.
    pub ratio: Option<f64>,
}

impl Spread {
    fn of(tallies: &[Tally], rate: Rate) -> Self {
        let rates: Vec<f64> = tallies
            .iter()
            .map(|tally| tally.share(rate))
            .filter(|share| share.trials > 0)
            .map(Share::value)
            .collect();
        let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
        let most = rates.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let are_several = rates.len() > 1;
        Self {
            rate,
            difference: are_several.then_some(most - least),
            ratio: (are_several && most > 0.0).then_some(least / most),
        }
    }
}

/// What was found of groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairnessReport {
    /// From which score on the answer is yes.
    pub threshold: f64,
    /// How far rates may be apart.
    pub tolerance: Tolerance,
    /// The rows of a rate below which a group makes no verdict.
    pub minimum: usize,
    /// The group that the others are compared with.
    pub reference: String,
    /// The groups, in the order of their names.
    pub groups: Vec<GroupRates>,
    /// Each other group, by each rate.
    pub comparisons: Vec<GroupComparison>,
    /// How far the outer groups are apart.
    pub spreads: Vec<Spread>,
    /// [`Beyond`](FairnessVerdict::Beyond) if any comparison is, else [`NotEnoughEvidence`](FairnessVerdict::NotEnoughEvidence)
    /// if any is, else [`Within`](FairnessVerdict::Within).
    pub verdict: FairnessVerdict,
}

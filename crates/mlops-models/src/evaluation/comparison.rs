//! One model beside another on the same rows: how much better, how sure, and what follows.
//!
//! Two models that err on the same rows differ by less than two intervals side by side suggest, so each row counts once, for
//! both. The test is the one that fits the metric; the verdict is that of the interval of the difference against the margin.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::bootstrap::Bootstrap;
use super::paired_shares::tango;
use super::{
    Direction, Estimate, EvaluationError, Metric, Predictions, Problem, estimate::CONFIDENCE,
};
use mlops_data::statistics::{Alternative, binomial_test, normal_upper_tail};

/// Fewer rows make no verdict, whatever they show.
const FEWEST_ROWS: usize = 30;
/// Below so many rows on which one model is right and the other wrong, McNemar's test is exact.
const EXACT_BELOW: u64 = 25;

/// What the difference of two models was tested with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PairedTest {
    /// The z-test of E. DeLong, D. DeLong and D. Clarke-Pearson (1988), for AUCs on the same rows.
    DeLong,
    /// Q. McNemar's test (1947) by the binomial distribution, below 25 rows on which only one model is right.
    McNemarExact,
    /// Q. McNemar's test by the chi-square distribution, without a correction for continuity.
    McNemar,
    /// The bootstrap of the difference: each resample of the rows is that of both models.
    PairedBootstrap,
    /// Both gave the very same answers, as one model does under two names.
    Alike,
}

impl fmt::Display for PairedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeLong => "DeLong",
            Self::McNemarExact => "McNemar, exact",
            Self::McNemar => "McNemar",
            Self::PairedBootstrap => "paired bootstrap",
            Self::Alike => "alike",
        })
    }
}

/// What follows from a difference and its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonVerdict {
    /// The interval of the difference is on the better side.
    Better,
    /// The interval does not reach further to the worse side than the margin.
    NotWorse,
    /// The interval is on the worse side, and reaches beyond the margin.
    Worse,
    /// None of these can be said. It is no pass.
    NotEnoughEvidence,
}

impl fmt::Display for ComparisonVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Better => "better",
            Self::NotWorse => "not worse within the margin",
            Self::Worse => "worse",
            Self::NotEnoughEvidence => "not enough evidence",
        })
    }
}

/// The difference of a metric between two models on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedDifference {
    /// The challenger's value less the reference's.
    pub difference: Estimate,
    /// How probable one at least as large is, either way, where the two do not differ.
    pub p_value: f64,
    /// How many rows it is of: for recall the positive ones.
    pub rows: usize,
    /// The test.
    pub test: PairedTest,
}

impl PairedDifference {
    /// By the paired bootstrap, which fits any metric.
    ///
    /// # Errors
    /// The labels differ, the metric has no value, or the rows say too little of the spread.
    pub fn by_bootstrap<M: Metric>(
        metric: M,
        challenger: &M::Of,
        reference: &M::Of,
        bootstrap: &Bootstrap,
    ) -> Result<Self, EvaluationError> {
        challenger.check_paired(reference)?;
        let values = [metric.value(challenger)?, metric.value(reference)?];
        let (first, second) = (metric.statistic(challenger)?, metric.statistic(reference)?);
        let (difference, p_value) = bootstrap.difference(
            &metric.name(),
            challenger.rows(),
            values,
            &(Box::new(move |weights: &[u32]| first(weights) - second(weights)) as _),
        )?;
        Ok(Self {
            difference,
            p_value,
            rows: challenger.rows(),
            test: PairedTest::PairedBootstrap,
        })
    }
}

impl PairedDifference {
    /// Only what says something may lead to a verdict.
    fn checked(self, metric: &str) -> Result<Self, EvaluationError> {
        let Estimate {
            value, low, high, ..
        } = self.difference;
        let all = [value, low, high, self.p_value];
        if self.rows < FEWEST_ROWS {
            let problem = format!("{} rows are fewer than {FEWEST_ROWS}", self.rows);
            Err(EvaluationError::no_interval(metric, problem))
        } else if !all.iter().all(|number| number.is_finite()) {
            let problem = "the difference is beyond what numbers can hold";
            Err(EvaluationError::no_interval(metric, problem))
        } else {
            Ok(self)
        }
    }
}

/// McNemar's test, and Tango's interval of the difference of the shares of `true`.
pub(crate) fn mcnemar(
    challenger: &[bool],
    reference: &[bool],
) -> Result<PairedDifference, EvaluationError> {
    let only = |of: bool| {
        let pairs = challenger.iter().zip(reference);
        pairs.filter(|pair| *pair == (&of, &!of)).count() as u64
    };
    let (gained, lost) = (only(true), only(false));
    let discordant = gained + lost;
    let (p_value, test) = if discordant == 0 {
        (1.0, PairedTest::McNemarExact)
    } else if discordant < EXACT_BELOW {
        let test = binomial_test(gained, discordant, 0.5, Alternative::TwoSided)?;
        (test.p_value, PairedTest::McNemarExact)
    } else {
        let z = (gained as f64 - lost as f64) / (discordant as f64).sqrt();
        let p_value = (2.0 * normal_upper_tail(z.abs())).min(1.0);
        (p_value, PairedTest::McNemar)
    };
    Ok(PairedDifference {
        difference: tango(gained, lost, challenger.len() as u64),
        p_value,
        rows: challenger.len(),
        test,
    })
}

/// How two models are compared: the margin within which a difference does not matter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    margin: f64,
    bootstrap: Bootstrap,
}

impl Comparison {
    /// With this margin, in the unit of the metric: the largest loss that would not matter. Choose it before you look.
    ///
    /// # Errors
    /// It is below 0, `NaN` or infinite.
    pub fn within(margin: f64) -> Result<Self, EvaluationError> {
        if !(margin.is_finite() && margin >= 0.0) {
            return Err(EvaluationError::argument(
                "the margin",
                margin,
                "a number of at least 0",
            ));
        }
        Ok(Self {
            margin,
            bootstrap: Bootstrap::default(),
        })
    }

    /// With this bootstrap, where one is needed.
    #[must_use]
    pub fn with_bootstrap(self, bootstrap: Bootstrap) -> Self {
        Self { bootstrap, ..self }
    }

    /// Compares `challenger` with `reference`, a baseline or another version, which have answered for the same rows in the
    /// same order.
    ///
    /// Fewer than 30 rows that count (for recall the positive ones), or rows that show nothing of their spread, give the verdict
    /// [`NotEnoughEvidence`](ComparisonVerdict::NotEnoughEvidence).
    ///
    /// # Errors
    /// The labels differ, or the metric has no value for one of the two.
    pub fn of<M: Metric>(
        &self,
        metric: M,
        challenger: &M::Of,
        reference: &M::Of,
    ) -> Result<ComparisonReport, EvaluationError> {
        challenger.check_paired(reference)?;
        let values = [metric.value(challenger)?, metric.value(reference)?];
        let paired = if challenger == reference {
            Ok(PairedDifference {
                difference: Estimate {
                    value: 0.0,
                    low: 0.0,
                    high: 0.0,
                    method: super::IntervalMethod::Alike,
                },
                p_value: 1.0,
                rows: challenger.rows(),
                test: PairedTest::Alike,
            })
        } else {
            metric.paired(challenger, reference, &self.bootstrap)
        };
        let paired = paired.and_then(|paired| paired.checked(&metric.name()));
        let (paired, problem) = match paired {
            Ok(paired) => (Some(paired), None),
            Err(error @ EvaluationError::NoInterval { .. }) => (None, Some(Problem::from(&error))),
            Err(error) => return Err(error),
        };
        let verdict = paired.map_or(ComparisonVerdict::NotEnoughEvidence, |paired| {
            self.verdict(metric.direction(), &paired)
        });
        Ok(ComparisonReport {
            metric: metric.name(),
            direction: metric.direction(),
            rows: challenger.rows(),
            challenger: values[0],
            reference: values[1],
            paired,
            margin: self.margin,
            verdict,
            problem,
        })
    }

    fn verdict(&self, direction: Direction, paired: &PairedDifference) -> ComparisonVerdict {
        let Estimate { low, high, .. } = paired.difference;
        let (one, other) = (direction.gain(low), direction.gain(high));
        let (least, most) = (one.min(other), one.max(other));
        // Test and interval may disagree by a hair, the one exact and the other not: then it is the more careful of the two.
        let is_significant = paired.p_value <= 1.0 - CONFIDENCE;
        if least > 0.0 && is_significant {
            ComparisonVerdict::Better
        } else if least >= -self.margin {
            ComparisonVerdict::NotWorse
        } else if most < 0.0 && is_significant {
            ComparisonVerdict::Worse
        } else {
            ComparisonVerdict::NotEnoughEvidence
        }
    }
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonReport {
    /// The name of the metric.
    pub metric: String,
    /// Which way it is good.
    pub direction: Direction,
    /// How many rows both were judged on.
    pub rows: usize,
    /// The challenger's value.
    pub challenger: f64,
    /// The reference's value.
    pub reference: f64,
    /// The difference, its interval and its test, where there is one.
    pub paired: Option<PairedDifference>,
    /// The largest loss that would not matter.
    pub margin: f64,
    /// What follows.
    pub verdict: ComparisonVerdict,
    /// Why there is no difference with an interval.
    pub problem: Option<Problem>,
}

impl fmt::Display for ComparisonReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            metric,
            challenger,
            reference,
            ..
        } = self;
        write!(f, "{metric} {challenger:.4} against {reference:.4}: ")?;
        match (&self.paired, &self.problem) {
            (Some(paired), _) => write!(
                f,
                "{} (difference {:+.4}, {:+.4} to {:+.4}, p {:.4}, {})",
                self.verdict,
                paired.difference.value,
                paired.difference.low,
                paired.difference.high,
                paired.p_value,
                paired.test
            ),
            (None, Some(problem)) => write!(f, "{} ({})", self.verdict, problem.message),
            (None, None) => write!(f, "{}", self.verdict),
        }
    }
}

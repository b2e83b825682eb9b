//! How reliable a source is: the share of its deliveries that were good, with an interval, and month by month.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::checks::percent;
use super::{Delivery, Outcome, SourceHistory};
use crate::DataError;
use crate::contract::Verdict;
use crate::statistics::wilson;

/// How often a source promises to deliver, and how much later is not late yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    every: SignedDuration,
    grace: SignedDuration,
}

impl Promise {
    /// At least this often; nothing later is on time. A promise of no time at all is none, and taken as a second.
    pub fn every(every: SignedDuration) -> Self {
        Self {
            every: every.max(SignedDuration::from_secs(1)),
            grace: SignedDuration::ZERO,
        }
    }

    /// So much later is still on time.
    #[must_use]
    pub fn grace(mut self, grace: SignedDuration) -> Self {
        self.grace = grace.max(SignedDuration::ZERO);
        self
    }

    /// How many deliveries were due in the time since the last one, not counting the one that ended it, and whether that was late.
    fn judge(&self, waited: SignedDuration) -> (u64, bool) {
        let (every, waited) = (self.every.as_secs_f64(), waited.as_secs_f64());
        let due = (waited / every).floor().max(1.0);
        (
            due as u64 - 1,
            waited - due * every > self.grace.as_secs_f64(),
        )
    }
}

/// How reliable a source is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The source.
    pub source: String,
    /// How many deliveries there were or should have been: the sum of the five that follow.
    pub expected: u64,
    /// How many came on time and kept their contract.
    pub good: u64,
    /// How many came late.
    pub late: u64,
    /// How many came and broke their contract, on time or not.
    pub broken: u64,
    /// How many failed.
    pub failed: u64,
    /// How many were promised and neither came nor failed.
    pub missed: u64,
    /// The share of the good ones; none where nothing is known of.
    pub score: Option<f64>,
    /// Where that share lies at 95 %, by Wilson's interval: wide where there were few deliveries.
    pub interval: Option<[f64; 2]>,
    /// When something came last.
    pub newest: Option<Timestamp>,
    /// How long ago that is, in seconds.
    pub age: Option<f64>,
    /// Whether the newest is as young as was promised; no evidence where nothing came, or nothing was promised.
    pub fresh: Verdict,
    /// The same for each month, in Coordinated Universal Time.
    pub periods: Vec<ReliabilityPeriod>,
}

/// How reliable a source was in a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityPeriod {
    /// The month: `2026-10`.
    pub month: String,
    /// How many deliveries there were or should have been.
    pub expected: u64,
    /// How many were good.
    pub good: u64,
    /// The share of the good ones.
    pub score: f64,
    /// Where that share lies at 95 %.
    pub interval: [f64; 2],
}

/// What a delivery, or the lack of one, counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Good,
    Late,
    Broken,
    Failed,
    Missed,
}

impl SourceHistory {
    /// How reliable each source is, by one promise for all of them.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn reliability(
        &self,
        promise: Option<Promise>,
        now: Timestamp,
    ) -> Result<Vec<Reliability>, DataError> {
        let sources = self.sources().into_iter();
        sources
            .map(|source| self.of(source, promise, now))
            .collect()
    }

    /// How reliable a source is. Content that is seen again is no other delivery; it counts as broken if any look found it so.
    ///
    /// With a promise, deliveries that did not come are counted from the first one on, up to `now`, and failures that follow each
    /// other faster than was promised are one. Without one, nothing is late or missed, and each failure counts.
    ///
    /// # Errors
    /// Never in practice: the interval of a share that is one.
    pub fn of(
        &self,
        source: &str,
        promise: Option<Promise>,
        now: Timestamp,
    ) -> Result<Reliability, DataError> {
        let deliveries = self.merged(source);
        let mut counted: Vec<(Timestamp, Counted)> = Vec::new();
        let (mut newest, mut last_failure): (Option<Timestamp>, Option<Timestamp>) = (None, None);
        let mut failed_since = 0;
        for delivery in deliveries {
            let at = delivery.at;
            if delivery.outcome == Outcome::Failed {
                let is_same = promise
                    .zip(last_failure)
                    .is_some_and(|(promise, last)| at.duration_since(last) < promise.every);
                if !is_same {
                    counted.push((at, Counted::Failed));
                    last_failure = Some(at);
                    failed_since += 1;
                }
                continue;
            }
            let mut is_late = false;
            if let Some((promise, last)) = promise.zip(newest) {
                let (missed, late) = promise.judge(at.duration_since(last));
                miss(&mut counted, last, promise, missed, failed_since);
                // What a failure tells already is not told again.
                is_late = late && failed_since <= missed;
            }
            let kind = match delivery.outcome {
                Outcome::Broken => Counted::Broken,
                _ if is_late => Counted::Late,
                _ => Counted::Good,
            };
            counted.push((at, kind));
            (newest, last_failure, failed_since) = (Some(at), None, 0);
        }
        let age = newest.map(|newest| now.duration_since(newest));
        let mut fresh = Verdict::NoEvidence;
        if let (Some(promise), Some(newest), Some(age)) = (promise, newest, age) {
            let overdue = age.saturating_sub(promise.grace);
            fresh = Verdict::Pass;
            if overdue > promise.every {
                fresh = Verdict::Fail;
                let due = overdue.as_secs_f64() / promise.every.as_secs_f64();
                miss(&mut counted, newest, promise, due as u64, failed_since);
            }
        }
        summed(source, counted, newest, age, fresh)
    }

    /// The deliveries of a source in the order of time, each content once.
    fn merged(&self, source: &str) -> Vec<Delivery> {
        let mut found: Vec<Delivery> = self
            .0
            .iter()
            .filter(|one| one.source == source)
            .cloned()
            .collect();
        found.sort_by_key(|delivery| delivery.at);
        let mut merged: Vec<Delivery> = Vec::new();
        for delivery in found {
            // Content that comes back after another one is a delivery again.
            let last = merged
                .iter_mut()
                .rev()
                .find(|other| other.outcome != Outcome::Failed);
            match last {
                Some(last)
                    if delivery.outcome != Outcome::Failed
                        && delivery.content.is_some()
                        && last.content == delivery.content =>
                {
                    if delivery.outcome == Outcome::Broken {
                        last.outcome = Outcome::Broken;
                    }
                }
                _ => merged.push(delivery),
            }
        }
        merged
    }
}

/// More in a row are told as so many: a promise of a second is broken thirty million times in a year.
const MOST_MISSED: u64 = 100_000;

/// Deliveries that were due and did not come; those that failed are told already.
fn miss(
    counted: &mut Vec<(Timestamp, Counted)>,
    last: Timestamp,
    promise: Promise,
    missed: u64,
    failed: u64,
) {
    for place in failed..missed.min(failed.saturating_add(MOST_MISSED)) {
        let due = (place as f64 + 1.0) * promise.every.as_secs_f64();
        let at = SignedDuration::try_from_secs_f64(due).ok();
        let at = at.and_then(|due| last.checked_add(due).ok());
        counted.push((at.unwrap_or(last), Counted::Missed));
    }
}

fn summed(
    source: &str,
    counted: Vec<(Timestamp, Counted)>,
    newest: Option<Timestamp>,
    age: Option<SignedDuration>,
    fresh: Verdict,
) -> Result<Reliability, DataError> {
    let count = |kind: Counted| counted.iter().filter(|(_, found)| *found == kind).count() as u64;
    let (expected, good) = (counted.len() as u64, count(Counted::Good));
    let scored = |good: u64, expected: u64| {
        let interval = wilson(good, expected, 0.95)?;
        let score = good as f64 / expected as f64;
        Ok::<_, DataError>((score, [interval.low, interval.high]))
    };
    let mut months: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (at, kind) in &counted {
        let month = at.strftime("%Y-%m").to_string();
        let (expected, good) = months.entry(month).or_default();
        *expected += 1;
        *good += u64::from(*kind == Counted::Good);
    }
    let periods = months
        .into_iter()
        .map(|(month, (expected, good))| {
            let (score, interval) = scored(good, expected)?;
            Ok(ReliabilityPeriod {
                month,
                expected,
                good,
                score,
                interval,
            })
        })
        .collect::<Result<_, DataError>>()?;
    let whole = (expected > 0).then(|| scored(good, expected)).transpose()?;
    Ok(Reliability {
        source: source.to_owned(),
        expected,
        good,
        late: count(Counted::Late),
        broken: count(Counted::Broken),
        failed: count(Counted::Failed),
        missed: count(Counted::Missed),
        score: whole.map(|(score, _)| score),
        interval: whole.map(|(_, interval)| interval),
        newest,
        age: age.map(|age| age.as_secs_f64()),
        fresh,
        periods,
    })
}

/// One line: `orders: 90 % (69.9 to 97.2) of 20 deliveries good; 1 failed`.
impl fmt::Display for Reliability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.source)?;
        let (Some(score), Some([low, high])) = (self.score, self.interval) else {
            return formatter.write_str("nothing is known of it");
        };
        let range = format!("{} to {}", percent(low), percent(high));
        write!(
            formatter,
            "{} ({range}) of {} deliveries good",
            percent(score),
            self.expected
        )?;
        let others = [
            (self.late, "late"),
            (self.broken, "broken"),
            (self.failed, "failed"),
            (self.missed, "missed"),
        ];
        for (count, word) in others.into_iter().filter(|(count, _)| *count > 0) {
            write!(formatter, ", {count} {word}")?;
        }
        match self.fresh {
            Verdict::Pass => formatter.write_str("; fresh"),
            Verdict::Fail => formatter.write_str("; overdue"),
            Verdict::NoEvidence => Ok(()),
        }
    }
}

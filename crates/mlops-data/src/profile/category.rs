//! How many different values a column has, and which are frequent: exact while they are few, sketched beyond.
//!
//! Exact means: up to [`EXACT`] different values, every one is counted. Beyond that the number of different values is a
//! HyperLogLog estimate (Flajolet et al. 2007) and the frequent values come from a Misra–Gries summary, whose count of a
//! value lies between `at_least` and `at_most`. Registers of the one are maxima, so no order can change them; the other
//! keeps its bounds in any order, but not its bits. As long as the summary has dropped nothing, its counts are exact, too: such
//! texts are named as far as they are categories and fit.

use std::collections::BTreeMap;

use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use datasketches::hll::{HllSketch, HllType, HllUnion};
use serde::{Deserialize, Serialize};

/// Different values that are counted one by one.
pub(crate) const EXACT: usize = 256;
/// Registers of the estimate: a standard error of 1.04 / √4096, 1.6 %.
const LG_REGISTERS: u8 = 12;
/// Values that the summary keeps at a time: a count is off by at most 3.5 / 2048 of all rows, 0.17 %.
const SUMMARY: usize = 2048;
/// Frequent values that a profile names when they are sketched.
const NAMED: usize = 64;
/// More different texts than this are no categories.
pub(crate) const MOST_CATEGORIES: usize = 1_000;
/// Bytes that the named values of a column may take, as JSON. A profile is kept for each version of each data set.
const NAMED_BYTES: usize = 56_000;
/// Characters of a value that are kept.
pub(crate) const SHOWN: usize = 128;

/// The number of different values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Distinct {
    /// The number, or its estimate.
    pub estimate: u64,
    /// What it is at least (two standard errors below).
    pub at_least: u64,
    /// What it is at most (two standard errors above).
    pub at_most: u64,
}

impl Distinct {
    /// Whether the number is exact.
    pub fn is_exact(&self) -> bool {
        self.at_least == self.at_most
    }
}

/// A value that occurs often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequent {
    /// The value as text, cut after 128 characters.
    pub value: String,
    /// How often it occurs at least.
    pub at_least: u64,
    /// How often it occurs at most.
    pub at_most: u64,
}

const FIT: &str = "the sizes are in the range that the sketches state";

/// Counts of values, or sketches of them.
#[derive(Clone)]
pub(super) struct Categories {
    counts: BTreeMap<String, u64>,
    sketches: Option<Box<Sketches>>,
}

#[derive(Clone)]
struct Sketches {
    distinct: HllSketch,
    frequent: FrequentItemsSketch<String>,
}

impl Sketches {
    fn new() -> Self {
        Self {
            distinct: HllSketch::new(LG_REGISTERS, HllType::Hll8).expect(FIT),
            frequent: FrequentItemsSketch::new(SUMMARY).expect(FIT),
        }
    }

    fn add(&mut self, value: &str, count: u64) {
        self.distinct.update(value);
        self.frequent.update_with_count_ref(shortened(value), count);
    }
}

fn shortened(value: &str) -> &str {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => &value[..end],
        None => value,
    }
}

impl Categories {
    pub(super) fn new() -> Self {
        Self {
            counts: BTreeMap::new(),
            sketches: None,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, value: &str) {
        self.add_many(value, 1);
    }

    pub(super) fn add_many(&mut self, value: &str, count: u64) {
        if let Some(sketches) = &mut self.sketches {
            sketches.add(value, count);
        } else if let Some(known) = self.counts.get_mut(value) {
            *known += count;
        } else if self.counts.len() < EXACT {
            self.counts.insert(value.to_owned(), count);
        } else {
            self.sketch().add(value, count);
        }
    }

    /// From here on, in sketches.
    fn sketch(&mut self) -> &mut Sketches {
        let counts = std::mem::take(&mut self.counts);
        let sketches = self
            .sketches
            .get_or_insert_with(|| Box::new(Sketches::new()));
        for (value, count) in counts {
            sketches.add(&value, count);
        }
        sketches
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (value, count) in &other.counts {
            self.add_many(value, *count);
        }
        if let Some(theirs) = &other.sketches {
            let own = self.sketch();
            let mut union = HllUnion::new(LG_REGISTERS).expect(FIT);
            union.update(&own.distinct);
            union.update(&theirs.distinct);
            own.distinct = union.to_sketch(HllType::Hll8);
            own.frequent.merge(&theirs.frequent);
        }
    }

    /// How many different ones there are among so many values.
    pub(super) fn distinct(&self, values: u64) -> Distinct {
        let Some(sketches) = &self.sketches else {
            let count = self.counts.len() as u64;
            return Distinct {
                estimate: count,
                at_least: count,
                at_most: count,
            };
        };
        // Not the estimator of the sketch's history, which knows more before a merge than after: the order would count.
        let estimate = sketches.distinct.composite_estimate();
        let error = estimate * 2.0 * 1.04 / f64::from(1_u32 << LG_REGISTERS).sqrt();
        Distinct {
            estimate: (estimate.round() as u64).min(values),
            at_least: ((estimate - error).floor() as u64).min(values),
            at_most: ((estimate + error).ceil() as u64).min(values),
        }
    }

    /// All values if they are few, or texts that may be categories, otherwise the frequent ones; the most frequent first.
    pub(super) fn frequent(&self, are_texts: bool) -> Vec<Frequent> {
        let mut values: Vec<Frequent> = match &self.sketches {
            None => self
                .counts
                .iter()
                .map(|(value, count)| Frequent {
                    value: shortened(value).to_owned(),
                    at_least: *count,
                    at_most: *count,
                })
                .collect(),
            Some(sketches) => sketches
                .frequent
                .frequent_items(ErrorType::NoFalsePositives)
                .into_iter()
                .map(|row| Frequent {
                    value: row.item().clone(),
                    at_least: row.lower_bound(),
                    at_most: row.upper_bound(),
                })
                .collect(),
        };
        values.sort_by(|a, b| (b.at_least, &a.value).cmp(&(a.at_least, &b.value)));
        let mut bytes = 0;
        let fitting = values.iter().take_while(|value| {
            bytes += serde_json::to_string(value).map_or(NAMED_BYTES, |text| text.len() + 1);
            bytes <= NAMED_BYTES
        });
        let fitting = fitting.count();
        let are_all = |sketches: &Sketches| {
            let is_exact = sketches.frequent.maximum_error() == 0;
            are_texts && is_exact && values.len() <= MOST_CATEGORIES.min(fitting)
        };
        values.truncate(match &self.sketches {
            Some(sketches) if !are_all(sketches) => NAMED.min(fitting),
            _ => fitting,
        });
        values
    }
}

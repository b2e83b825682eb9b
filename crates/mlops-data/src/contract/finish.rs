//! From what a clause remembers to its verdict.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::change::{self, ChangeKind, Changes};
use super::check::{Check, NoEvidence, Verdict};
use super::distribution::Current;
use super::figures::{association, number, quantile};
use super::keys::{self, KeySet, Keys};
use super::program::{Compiled, Tables, Work};
use super::row::RowTest;
use super::rule::{OutlierMethod, Rule};
use super::state::{Data, Numbers, Running};
use super::value::Bounds;
use crate::DataError;
use crate::profile::{ColumnKind, Quantiles, Values, shown_date, shown_time};
use crate::statistics::{Sample, median, robust_deviation};

/// What verdicts rest on beside the rows.
pub(super) struct Circumstances<'a> {
    pub(super) columns: Vec<String>,
    pub(super) tables: &'a Tables,
    pub(super) now: Timestamp,
    pub(super) changes: Changes,
    /// The contract allows a table without rows.
    pub(super) empty_allowed: bool,
    /// Of so many keys that came more than once the rows are found by a second look, if not all fit into memory.
    pub(super) most_keys: usize,
}

/// A verdict, and the test by which a second look finds the rows that break the rule.
pub(super) struct Finished {
    pub(super) check: Check,
    pub(super) test: Option<RowTest>,
    /// The number of broken rows is known only after the second look.
    pub(super) undecided: bool,
    /// How probable the difference is by chance, and whether it is large enough to matter.
    pub(super) difference: Option<(f64, bool)>,
}

/// What was found, before it is a verdict.
enum Found {
    Nothing(NoEvidence),
    /// So many rows break the rule.
    Broken(u64, Option<RowTest>),
    /// Only a second look can count.
    Fence(RowTest),
    /// What was computed, and whether it is as it should be.
    Observed(String, bool),
    /// What was computed, how probable it is by chance, and whether it is large enough to matter.
    Differs(String, f64, bool),
}

impl Compiled<'_> {
    pub(super) fn finish(
        &self,
        running: Running,
        context: &Circumstances<'_>,
    ) -> Result<Finished, DataError> {
        let clause = self.clause;
        let kind = clause.rule.kind();
        let of_rows = matches!(&self.work, Work::Rows(test) if test.sees_nulls());
        let judged = if of_rows { running.left } else { running.valid };
        let examples = running.examples.clone();
        let found = match self.without_evidence(&running) {
            Some(reason) => Found::Nothing(reason),
            None => self.found(running, context)?,
        };
        let mut check = Check {
            name: clause
                .name
                .clone()
                .unwrap_or_else(|| kind.name().to_owned()),
            rule: kind.name().to_owned(),
            columns: clause.columns.clone(),
            expected: clause.rule.to_string(),
            severity: clause.severity,
            verdict: Verdict::NoEvidence,
            reason: None,
            allowed: false,
            rows: judged,
            broken: None,
            mostly: clause.mostly,
            observed: None,
            p_value: None,
            examples: Vec::new(),
        };
        let mut finished = match found {
            Found::Nothing(reason) => {
                check.reason = Some(reason);
                check.allowed = match reason {
                    NoEvidence::EmptyTable => clause.empty_allowed || context.empty_allowed,
                    NoEvidence::NothingLeft => clause.empty_allowed,
                    NoEvidence::AllNull => clause.all_null_allowed,
                    NoEvidence::MissingColumn => {
                        clause.missing_allowed || context.changes.allows(ChangeKind::Removed)
                    }
                    _ => false,
                };
                Finished {
                    check,
                    test: None,
                    undecided: false,
                    difference: None,
                }
            }
            Found::Broken(broken, test) => {
                check.settle(broken);
                check.examples = examples;
                Finished {
                    check,
                    test,
                    undecided: false,
                    difference: None,
                }
            }
            Found::Fence(test) => Finished {
                check,
                test: Some(test),
                undecided: true,
                difference: None,
            },
            Found::Differs(observed, p_value, matters) => {
                check.observed = Some(observed);
                Finished {
                    check,
                    test: None,
                    undecided: false,
                    difference: Some((p_value, matters)),
                }
            }
            Found::Observed(observed, holds) => {
                check.observed = Some(observed);
                check.verdict = if holds { Verdict::Pass } else { Verdict::Fail };
                Finished {
                    check,
                    test: None,
                    undecided: false,
                    difference: None,
                }
            }
        };
        if matches!(clause.rule, Rule::OneOf(_)) && finished.check.verdict == Verdict::Fail {
            finished.check.allowed = context.changes.allows(ChangeKind::NewCategories);
        }
        Ok(finished)
    }

    /// Why nothing can be said, if nothing can.
    fn without_evidence(&self, running: &Running) -> Option<NoEvidence> {
        if let Work::Nothing(reason) = self.work {
            // Without rows nothing else matters.
            return Some(match reason {
                NoEvidence::MissingColumn | NoEvidence::MissingReference => reason,
                _ if running.rows == 0 => NoEvidence::EmptyTable,
                _ => reason,
            });
        }
        if running.rows == 0 {
            return Some(NoEvidence::EmptyTable);
        }
        if running.left == 0 {
            return Some(NoEvidence::NothingLeft);
        }
        // A column that must be empty is the one that can show it.
        let is_null = matches!(self.clause.rule, Rule::Null);
        (running.valid == 0 && !self.places.is_empty() && !is_null).then_some(NoEvidence::AllNull)
    }

    fn found(&self, running: Running, context: &Circumstances<'_>) -> Result<Found, DataError> {
        let kind = self.kinds.first().copied().unwrap_or(ColumnKind::Other);
        let (rows, left, valid) = (running.rows, running.left, running.valid);
        Ok(match (&self.clause.rule, running.data) {
            (_, Data::Nothing | Data::Order(_))
                if matches!(self.work, Work::Rows(_) | Work::Order { .. }) =>
            {
                let test = match &self.work {
                    Work::Rows(test) => Some(test.clone()),
                    _ => None,
                };
                Found::Broken(running.broken, test)
            }
            (Rule::Type(declared), _) => {
                Found::Observed(kind.name().to_owned(), change::fits(*declared, kind))
            }
            (Rule::MissingShare(bounds), _) => {
                observed((left - valid) as f64 / left as f64, bounds)
            }
            (Rule::RowCount(bounds), _) => observed(rows as f64, bounds),
            (Rule::ColumnCount(bounds), _) => observed(context.columns.len() as f64, bounds),
            (
                Rule::Columns {
                    names,
                    ordered,
                    others,
                },
                _,
            ) => columns(&context.columns, names, *ordered, *others),
            (Rule::RowCountLike { table, bounds }, _) => {
                let reference = context.tables.get(table).map_or(0, |table| table.rows());
                match reference {
                    0 => Found::Nothing(NoEvidence::MissingReference),
                    reference => observed(rows as f64 / reference as f64, bounds),
                }
            }
            (Rule::SameRows { table }, Data::Rowset { sum, mixed }) => {
                self.same_rows(rows, sum, mixed, &context.tables[table])?
            }
            (rule, Data::Keys(keys)) => self.of_keys(rule, keys, valid, context)?,
            (rule, Data::Numbers(numbers)) => self.of_numbers(rule, numbers, kind, context)?,
            (rule, Data::Moments { moments, nans }) => {
                let value = match rule {
                    _ if nans > 0 => {
                        return Ok(Found::Observed(format!("{nans} values are NaN"), false));
                    }
                    Rule::Sum(_) => Some(moments.sum()),
                    Rule::Mean(_) => moments.mean(),
                    _ => moments.standard_deviation(),
                };
                match (rule, value) {
                    (
                        Rule::Sum(bounds) | Rule::Mean(bounds) | Rule::StandardDeviation(bounds),
                        Some(value),
                    ) => observed(value, bounds),
                    _ => Found::Nothing(NoEvidence::TooFew),
                }
            }
            (rule, Data::Extremes(Some((least, most)))) => match rule {
                Rule::Minimum(bounds) => {
                    Found::Observed(shown(least, kind), bounds.holds(least, kind))
                }
                Rule::Maximum(bounds) => {
                    Found::Observed(shown(most, kind), bounds.holds(most, kind))
                }
                Rule::Freshness { within } => {
                    let microseconds = if kind == ColumnKind::Date {
                        most * 86_400e6
                    } else {
                        most
                    };
                    let age = context.now.as_microsecond() as f64 - microseconds;
                    let hours = age / 3_600e6;
                    let text = format!("the latest is {}, {hours:.1} hours old", shown(most, kind));
                    // One date in the far future would make every table fresh for ever; a day is what zones may explain.
                    Found::Observed(text, age <= within.as_secs_f64() * 1e6 && age >= -86_400e6)
                }
                _ => Found::Nothing(NoEvidence::WrongKind),
            },
            (Rule::Correlation(bounds), Data::Pair(sums)) => {
                // Cov(x, y) = (Var(x + y) − Var(x − y)) / 4.
                let spread = |place: usize| sums[place].variance();
                match (spread(0), spread(1), spread(2), spread(3)) {
                    (Some(x), Some(y), Some(sum), Some(difference)) if x > 0.0 && y > 0.0 => {
                        let correlation = (sum - difference) / 4.0 / x.sqrt() / y.sqrt();
                        observed(correlation.clamp(-1.0, 1.0), bounds)
                    }
                    _ => Found::Nothing(NoEvidence::TooFew),
                }
            }
            (rule, Data::Contingency { counts, overflowed }) => match rule {
                _ if overflowed => Found::Nothing(NoEvidence::TooMany),
                Rule::CramersV(bounds) => match association(&counts) {
                    (Some(v), _) => observed(v, bounds),
                    _ => Found::Nothing(NoEvidence::TooFew),
                },
                Rule::MutualInformation(bounds) => observed(association(&counts).1, bounds),
                _ => Found::Nothing(NoEvidence::WrongKind),
            },
            _ => Found::Nothing(NoEvidence::AllNull),
        })
    }

    fn of_keys(
        &self,
        rule: &Rule,
        keys: Keys,
        valid: u64,
        context: &Circumstances<'_>,
    ) -> Result<Found, DataError> {
        if matches!(rule, Rule::Unique | Rule::UniqueTogether) {
            let (again, repeated) = keys.repeated(context.most_keys)?;
            let test = RowTest::Keys {
                keys: Arc::new(again),
                among: true,
            };
            return Ok(Found::Broken(repeated, Some(test)));
        }
        let kind = self.kinds[0];
        let (mut distinct, mut single) = (0_u64, 0_u64);
        let (mut most, mut most_common) = (0, Vec::new());
        let mut entropy = 0.0;
        let stated: KeySet = match rule {
            Rule::ContainsAll(values) | Rule::ExactlyThese(values) => values
                .iter()
                .filter_map(|value| keys::of_value(value, kind))
                .collect(),
            _ => KeySet::default(),
        };
        let mut found_stated = 0;
        let mut counts = BTreeMap::new();
        keys.groups(|key, count| {
            distinct += 1;
            single += u64::from(count == 1);
            if count > most {
                most = count;
                most_common.clear();
            }
            if count == most && most_common.len() < 64 {
                most_common.push(key);
            }
            found_stated += usize::from(stated.contains(&key));
            if matches!(rule, Rule::Entropy(_)) {
                let share = count as f64 / valid as f64;
                entropy -= share * share.log2();
            }
            if matches!(rule, Rule::Distribution { .. }) {
                counts.insert(key, count);
            }
        })?;
        Ok(match rule {
            Rule::DistinctCount(bounds) => observed(distinct as f64, bounds),
            Rule::DistinctShare(bounds) => observed(distinct as f64 / valid as f64, bounds),
            Rule::SingleShare(bounds) => observed(single as f64 / valid as f64, bounds),
            Rule::Entropy(bounds) => observed(entropy.max(0.0), bounds),
            Rule::ContainsAll(values) => {
                let missing = values.len() - found_stated.min(values.len());
                Found::Observed(format!("{missing} of them missing"), missing == 0)
            }
            Rule::ExactlyThese(values) => {
                let missing = values.len() - found_stated.min(values.len());
                let others = distinct - found_stated as u64;
                Found::Observed(
                    format!("{missing} of them missing, {others} others"),
                    missing == 0 && others == 0,
                )
            }
            Rule::MostCommon(values) => {
                let named = values.iter().find(|value| {
                    keys::of_value(value, kind).is_some_and(|key| most_common.contains(&key))
                });
                let text = match named {
                    Some(value) => format!("{value}, {most} times"),
                    None => format!("another value, {most} times"),
                };
                Found::Observed(text, named.is_some())
            }
            Rule::Distribution { .. } => {
                self.of_distribution(Current::Categories(counts), context)?
            }
            _ => Found::Nothing(NoEvidence::WrongKind),
        })
    }

    fn of_numbers(
        &self,
        rule: &Rule,
        numbers: Numbers,
        kind: ColumnKind,
        context: &Circumstances<'_>,
    ) -> Result<Found, DataError> {
        let Numbers {
            chunks,
            nans,
            moments,
            sketch,
            ..
        } = numbers;
        if chunks.iter().all(Vec::is_empty) && sketch.is_none() {
            let text = format!("{nans} values are NaN");
            return Ok(Found::Observed(text, false));
        }
        // An infinite value is out of any fence that others make, and makes none itself.
        let spread = || {
            let moments = moments?.without_infinities();
            Some((moments.mean()?, moments.standard_deviation()?))
        };
        Ok(match rule {
            Rule::ZScore(factor)
            | Rule::NoOutliers {
                method: OutlierMethod::StandardDeviation,
                factor,
            } => match spread() {
                Some((mean, deviation)) => {
                    let values = chunks.iter().flatten();
                    fence(mean, factor * deviation, values, sketch.is_some())
                }
                None => Found::Nothing(NoEvidence::TooFew),
            },
            rule => self.of_all_numbers(
                rule,
                chunks.concat(),
                nans,
                sketch.as_deref(),
                kind,
                context,
            )?,
        })
    }

    /// The same for rules that need all numbers beside each other.
    fn of_all_numbers(
        &self,
        rule: &Rule,
        mut values: Vec<f64>,
        nans: u64,
        sketch: Option<&Quantiles>,
        kind: ColumnKind,
        context: &Circumstances<'_>,
    ) -> Result<Found, DataError> {
        Ok(match rule {
            Rule::NoOutliers {
                method: OutlierMethod::InterquartileRange,
                factor,
            } => {
                let low = quantile(&mut values, sketch, 0.25);
                let high = quantile(&mut values, sketch, 0.75);
                let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
                fence(
                    middle,
                    half + factor * (high - low),
                    values.iter(),
                    sketch.is_some(),
                )
            }
            Rule::NoOutliers { factor, .. } if sketch.is_none() => {
                let sample = Sample::new(values)?;
                let reach = factor * robust_deviation(&sample);
                fence(median(&sample), reach, sample.values().iter(), false)
            }
            Rule::NoOutliers { .. } => Found::Nothing(NoEvidence::TooMany),
            _ if nans > 0 => Found::Observed(format!("{nans} values are NaN"), false),
            Rule::Median(bounds) | Rule::Quantile { bounds, .. } => {
                let at = if let Rule::Quantile { at, .. } = rule {
                    *at
                } else {
                    0.5
                };
                let value = quantile(&mut values, sketch, at);
                let about = if sketch.is_some() { "about " } else { "" };
                Found::Observed(
                    format!("{about}{}", shown(value, kind)),
                    bounds.holds(value, kind),
                )
            }
            Rule::Distribution { .. } => match sketch {
                None => self.of_distribution(Current::Numbers(values), context)?,
                // Evenly spaced quantiles stand for the values: fewer than there are, so chance explains rather more.
                Some(sketch) => {
                    self.of_distribution(Current::Numbers(sketch.grid(10_000)), context)?
                }
            },
            _ => Found::Nothing(NoEvidence::WrongKind),
        })
    }

    fn of_distribution(
        &self,
        current: Current,
        context: &Circumstances<'_>,
    ) -> Result<Found, DataError> {
        Ok(match self.distribution(current, context)? {
            Ok((found, matters)) => Found::Differs(number(found.distance), found.p_value, matters),
            Err(reason) => Found::Nothing(reason),
        })
    }

    fn same_rows(
        &self,
        rows: u64,
        sum: u128,
        mixed: u128,
        other: &crate::Table,
    ) -> Result<Found, DataError> {
        let mut names: Vec<&str> = other.columns();
        names.sort_unstable();
        let columns = names
            .iter()
            .map(|name| Values::of(&other.column(name)?).map_err(DataError::from));
        let columns = columns.collect::<Result<Vec<_>, DataError>>()?;
        let kinds: Vec<ColumnKind> = names
            .iter()
            .filter_map(|name| other.schema().field_with_name(name).ok())
            .map(|field| ColumnKind::of(field.data_type()))
            .collect();
        if kinds != self.kinds {
            return Ok(Found::Observed("the columns differ".to_owned(), false));
        }
        let nulls: Vec<_> = columns.iter().map(Values::nulls).collect();
        let columns: Vec<&Values> = columns.iter().collect();
        let (mut s, mut m) = (0_u128, 0_u128);
        for row in 0..other.rows() {
            let key = keys::of_rows(&columns, &nulls, row);
            s = s.wrapping_add(key);
            m = m.wrapping_add(key.wrapping_mul(key | 1));
        }
        let same = rows == other.rows() as u64 && (s, m) == (sum, mixed);
        let text = if same { "the same" } else { "other rows" };
        Ok(Found::Observed(
            format!("{text}, {rows} and {}", other.rows()),
            same,
        ))
    }
}

impl Check {
    /// Turns a number of broken rows into a verdict.
    pub(crate) fn settle(&mut self, broken: u64) {
        self.broken = Some(broken);
        // A hair of room: 0.9 of ten rows is nine rows, though not in doubles.
        let room = (1.0 - self.mostly) * self.rows as f64 + 1e-9 * self.rows as f64;
        self.verdict = if broken == 0 || (self.mostly < 1.0 && broken as f64 <= room) {
            Verdict::Pass
        } else {
            Verdict::Fail
        };
    }
}

fn observed(value: f64, bounds: &Bounds) -> Found {
    Found::Observed(number(value), bounds.holds(value, ColumnKind::Number))
}

fn shown(value: f64, kind: ColumnKind) -> String {
    match kind {
        ColumnKind::Date => shown_date(value as i32),
        ColumnKind::Time => shown_time(value as i64),
        _ => number(value),
    }
}

fn fence<'v>(
    middle: f64,
    reach: f64,
    values: impl Iterator<Item = &'v f64>,
    sketched: bool,
) -> Found {
    let (least, most) = (middle - reach, middle + reach);
    let test = RowTest::Real {
        least,
        most,
        above: false,
        below: false,
    };
    if sketched {
        return Found::Fence(test);
    }
    let broken = values
        .filter(|value| !(**value >= least && **value <= most))
        .count();
    Found::Broken(broken as u64, Some(test))
}

fn columns(found: &[String], names: &[String], ordered: bool, others: bool) -> Found {
    let missing: Vec<&String> = names.iter().filter(|name| !found.contains(name)).collect();
    let more: Vec<&String> = found.iter().filter(|name| !names.contains(name)).collect();
    let order: Vec<&String> = found.iter().filter(|name| names.contains(name)).collect();
    let quoted = |names: &[&String]| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("{} missing", quoted(&missing)));
    }
    if !more.is_empty() && !others {
        parts.push(format!("{} more", quoted(&more)));
    }
    if ordered && missing.is_empty() && !order.iter().copied().eq(names.iter()) {
        parts.push("in another order".to_owned());
    }
    let holds = parts.is_empty();
    Found::Observed(
        if holds {
            format!("{} columns", found.len())
        } else {
            parts.join("; ")
        },
        holds,
    )
}

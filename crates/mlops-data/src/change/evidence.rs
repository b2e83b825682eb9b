//! The evidence on one column: which test fits it, what the test found, and how much changed.

use std::collections::BTreeMap;

use arrow_schema::DataType;

use super::choice::{self, are_categories, few_values, is_too_small, largest_gap};
use super::picture::{Picture, percent, shown};
use super::values::{Column, Texts, Values, kind_of, unit_of};
use super::{ColumnKind, Comparison, Effect};
use crate::DataError;
use crate::profile::MOST_CATEGORIES;
use crate::statistics::{
    OF_MEDIAN_DISTANCE, Sample, median, median_absolute_deviation, quantile, total_variation,
    trimmed_wasserstein,
};

/// The share of each tail that has no say in how far values moved.
const TRIM: f64 = 0.01;
/// The quantiles at 0.01 and 0.99 of a normal distribution are this many standard deviations apart.
const NORMAL_RANGE: f64 = 4.652_695_748_081_682;

/// What a test found, and how much it is about.
pub(super) struct Evidence {
    pub(super) test: &'static str,
    pub(super) statistic: f64,
    pub(super) p_value: f64,
    pub(super) effect: Effect,
    pub(super) words: String,
}

/// All that is known of a column, before the tests of the other columns are.
pub(super) struct Findings {
    pub(super) kind: ColumnKind,
    /// On the values, or why there is none.
    pub(super) values: Result<Evidence, String>,
    pub(super) missing: Option<Evidence>,
    pub(super) shares: [Option<f64>; 2],
    pub(super) picture: Option<Picture>,
}

impl Findings {
    /// Nothing was compared.
    pub(super) fn none(kind: ColumnKind, why: String) -> Self {
        Self {
            kind,
            values: Err(why),
            missing: None,
            shares: [None; 2],
            picture: None,
        }
    }

    /// One side has no such column.
    pub(super) fn missing_in(kind: Option<ColumnKind>, is_reference: bool) -> Self {
        let side = if is_reference {
            "the reference"
        } else {
            "the current table"
        };
        let why = format!("there is no such column in {side}");
        Self::none(kind.unwrap_or(ColumnKind::Other), why)
    }
}

/// Compares a column of both tables.
pub(super) fn compare(
    comparison: &Comparison,
    types: [&DataType; 2],
    [reference, current]: [Column; 2],
) -> Result<Findings, DataError> {
    let rows = [&reference, &current].map(|column| column.values.len() + column.missing);
    let missing = [reference.missing, current.missing];
    let mut kind = kind_of(types[0]);
    if *types[0] == DataType::Null {
        kind = kind_of(types[1]);
    }
    let mut picture = None;
    let values = if let Some(why) = nothing_to_compare(rows, missing) {
        Err(why)
    } else {
        match (reference.values, current.values) {
            (Values::Numbers(a), Values::Numbers(b)) => {
                let samples = [Sample::new(a)?, Sample::new(b)?];
                let unit = unit_of(types[0]);
                let (evidence, drawn) = of_numbers(comparison, &samples, unit)?;
                picture = Some(drawn);
                evidence
            }
            (Values::Texts(a), Values::Texts(b)) => match categories(&a, &b) {
                Some(counts) => {
                    picture = Some(Picture::of_categories(&counts));
                    of_categories(comparison, &counts)?
                }
                None => {
                    kind = ColumnKind::Text;
                    let samples = [Sample::new(a.lengths())?, Sample::new(b.lengths())?];
                    let (evidence, drawn) = of_numbers(comparison, &samples, Some("characters"))?;
                    picture = Some(drawn);
                    evidence
                }
            },
            _ => Err(format!("values of type {} are not compared", types[0])),
        }
    };
    Ok(Findings {
        kind,
        values,
        missing: of_missing(comparison, rows, missing)?,
        shares: [0, 1]
            .map(|side| (rows[side] > 0).then(|| missing[side] as f64 / rows[side] as f64)),
        picture,
    })
}

impl Values {
    /// How many are not missing.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.present,
            Self::Other { present } => *present,
        }
    }
}

pub(super) fn nothing_to_compare(rows: [usize; 2], missing: [usize; 2]) -> Option<String> {
    let where_ = |sides: [bool; 2]| match sides {
        [true, true] => Some("both tables"),
        [true, false] => Some("the reference"),
        [false, true] => Some("the current table"),
        [false, false] => None,
    };
    if let Some(place) = where_(rows.map(|rows| rows == 0)) {
        return Some(format!("no rows in {place}"));
    }
    let all_missing = [0, 1].map(|side| rows[side] == missing[side]);
    where_(all_missing).map(|place| format!("every value is missing in {place}"))
}

pub(super) const TOO_SMALL: &str = "so few values that no difference could be told from chance";

/// Numbers of both sides.
pub(super) struct Sides<'a> {
    pub(super) sides: &'a [Sample; 2],
    /// Their values, if they are few.
    pub(super) few: Option<&'a [f64]>,
    /// How far a value of the reference may be from the true one.
    pub(super) unsure: f64,
    pub(super) unit: Option<&'a str>,
}

impl Sides<'_> {
    fn label(&self, value: f64) -> String {
        match self.unit {
            Some("seconds" | "days") => moment(value, self.unit == Some("days")),
            _ => shown(value),
        }
    }

    pub(super) fn picture(&self) -> Picture {
        let [reference, current] = self.sides;
        Picture::of_numbers(reference, current, self.few, |value| self.label(value))
    }
}

pub(super) fn of_numbers(
    comparison: &Comparison,
    samples: &[Sample; 2],
    unit: Option<&str>,
) -> Result<(Result<Evidence, String>, Picture), DataError> {
    let [reference, current] = samples;
    let few = few_values(reference, current);
    let sides = Sides {
        sides: samples,
        few: few.as_deref(),
        unsure: 0.0,
        unit,
    };
    let picture = sides.picture();
    if is_too_small(reference.len(), current.len(), comparison.level) {
        return Ok((Err(TOO_SMALL.to_owned()), picture));
    }
    let tested = choice::of_numbers(reference, current, few.as_deref())?;
    Ok((of_tested(comparison, &sides, tested), picture))
}

/// The evidence of a test on numbers; none if the values of the reference are known less well than a change that matters is
/// large.
pub(super) fn of_tested(
    comparison: &Comparison,
    sides: &Sides<'_>,
    tested: choice::Tested,
) -> Result<Evidence, String> {
    let choice::Tested {
        test,
        statistic,
        p_value,
    } = tested;
    let [reference, current] = sides.sides;
    let moved = trimmed_wasserstein(reference, current, TRIM);
    let spread = spread_of(reference);
    if sides.unsure > comparison.least_shift * spread / 2.0 {
        return Err(
            "the reference is known too coarsely for values that differ so little".to_owned(),
        );
    }
    let effect = if spread > 0.0 {
        Effect {
            name: "trimmed_wasserstein",
            value: moved,
            relative: moved / spread,
            threshold: comparison.least_shift,
        }
    } else {
        // Nearly all values of the reference are one: there is no spread to measure by, but a share of rows that left it.
        let gap = if test == "ks" {
            statistic
        } else {
            largest_gap(reference, current).statistic
        };
        Effect {
            name: "ks",
            value: gap,
            relative: gap,
            threshold: comparison.least_share,
        }
    };
    let words = in_words(sides.sides, sides.few, sides.unit, |value| {
        sides.label(value)
    });
    Ok(Evidence {
        test,
        statistic,
        p_value,
        effect,
        words,
    })
}

/// What changed: the value whose share changed most where there are few, else the median, else the width.
fn in_words(
    [reference, current]: &[Sample; 2],
    few: Option<&[f64]>,
    unit: Option<&str>,
    label: impl Fn(f64) -> String,
) -> String {
    if let Some(values) = few {
        let share = |sample: &Sample, value: f64| {
            (sample.count_up_to(value) - sample.count_below(value)) as f64 / sample.len() as f64
        };
        let change = |value: f64| (share(reference, value) - share(current, value)).abs();
        let most = values.iter().copied().reduce(|most, value| {
            if change(value) > change(most) {
                value
            } else {
                most
            }
        });
        return most.map_or_else(String::new, |value| {
            let [before, after] = [reference, current].map(|sample| percent(share(sample, value)));
            arrow(&format!("`{}`", label(value)), &before, &after)
        });
    }
    let (before, after) = (median(reference), median(current));
    let what = if unit == Some("characters") {
        "median length"
    } else {
        "median"
    };
    if before != after {
        return arrow(what, &label(before), &label(after));
    }
    let [was, is] = [reference, current].map(|sample| {
        let (low, high) = (quantile(sample, 0.1), quantile(sample, 0.9));
        format!("{} to {}", label(low), label(high))
    });
    if was == is {
        format!("{what} {}", label(before))
    } else {
        format!("middle 80 %: {was} → {is}")
    }
}

/// How wide a sample is, robustly; where more than half of it is one value, by the middle 98 %.
fn spread_of(sample: &Sample) -> f64 {
    let spread = median_absolute_deviation(sample) * OF_MEDIAN_DISTANCE;
    if spread > 0.0 && spread.is_finite() {
        return spread;
    }
    let range = (quantile(sample, 1.0 - TRIM) - quantile(sample, TRIM)) / NORMAL_RANGE;
    if range.is_finite() { range } else { 0.0 }
}

/// The categories with their counts, the most frequent first; none if they are too many or occur too seldom to be categories.
pub(super) fn categories(reference: &Texts, current: &Texts) -> Option<Vec<(String, [u64; 2])>> {
    let (a, b) = (reference.counts.as_ref()?, current.counts.as_ref()?);
    let mut counts: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (side, texts) in [a, b].into_iter().enumerate() {
        for (text, count) in texts {
            counts.entry(text).or_default()[side] += count;
        }
    }
    let present = reference.present + current.present;
    let are_many = counts.len() > MOST_CATEGORIES;
    if are_many || !are_categories(counts.len() as u64, present as u64) {
        return None;
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(text, pair)| (text.to_owned(), pair))
        .collect();
    // A stable sort of what is in order by name: equal counts stay in that order.
    counts.sort_by_key(|(_, pair)| std::cmp::Reverse(pair[0] + pair[1]));
    Some(counts)
}

pub(super) fn of_categories(
    comparison: &Comparison,
    counts: &[(String, [u64; 2])],
) -> Result<Result<Evidence, String>, DataError> {
    let [a, b] = [0, 1].map(|side| {
        counts
            .iter()
            .map(|(_, pair)| pair[side])
            .collect::<Vec<_>>()
    });
    let [n, m] = [&a, &b].map(|counts| counts.iter().sum::<u64>());
    if is_too_small(n as usize, m as usize, comparison.level) {
        return Ok(Err(TOO_SMALL.to_owned()));
    }
    let choice::Tested {
        test,
        statistic,
        p_value,
    } = choice::of_counts(&a, &b)?;
    let floats = |counts: &[u64]| counts.iter().map(|count| *count as f64).collect::<Vec<_>>();
    let distance = total_variation(&floats(&a), &floats(&b))?;
    let share = |pair: &[u64; 2]| [pair[0] as f64 / n as f64, pair[1] as f64 / m as f64];
    let most = counts.iter().max_by(|(_, one), (_, other)| {
        let change = |pair| {
            let [before, after] = share(pair);
            (after - before).abs()
        };
        // The first of equals, which is the most frequent one.
        change(one)
            .total_cmp(&change(other))
            .then(std::cmp::Ordering::Greater)
    });
    let words = most.map_or_else(String::new, |(name, pair)| {
        let [before, after] = share(pair).map(percent);
        arrow(&format!("`{}`", shortened(name)), &before, &after)
    });
    Ok(Ok(Evidence {
        test,
        statistic,
        p_value,
        effect: Effect {
            name: "total_variation",
            value: distance,
            relative: distance,
            threshold: comparison.least_share,
        },
        words,
    }))
}

/// Whether more is missing; nothing to test where nothing or all is missing on both sides.
pub(super) fn of_missing(
    comparison: &Comparison,
    rows: [usize; 2],
    missing: [usize; 2],
) -> Result<Option<Evidence>, DataError> {
    let all = missing[0] + missing[1];
    if rows.contains(&0) || all == 0 || all == rows[0] + rows[1] {
        return Ok(None);
    }
    let pairs = [0, 1].map(|side| (missing[side] as u64, rows[side] as u64));
    let choice::Tested {
        test,
        statistic,
        p_value,
    } = choice::of_shares(pairs)?;
    let [before, after] = pairs.map(|(missing, rows)| missing as f64 / rows as f64);
    Ok(Some(Evidence {
        test,
        statistic,
        p_value,
        effect: Effect {
            name: "missing_share",
            value: after - before,
            relative: after - before,
            threshold: comparison.least_share,
        },
        words: arrow("missing", &percent(before), &percent(after)),
    }))
}

fn arrow(what: &str, before: &str, after: &str) -> String {
    if before == after {
        format!("{what} {before}")
    } else {
        format!("{what} {before} → {after}")
    }
}

/// A name of a category that leaves room for the rest of the line.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 40;
    let name = name.replace(char::is_control, " ");
    if name.chars().count() <= LONGEST {
        return name;
    }
    let start: String = name.chars().take(LONGEST - 1).collect();
    format!("{start}…")
}

/// Seconds or days since 1970 as a time of the world; a duration or a time of day as it is.
fn moment(value: f64, is_days: bool) -> String {
    let seconds = if is_days { value * 86_400.0 } else { value };
    // Below a year it is more likely a duration or a time of day.
    if seconds.abs() < 366.0 * 86_400.0 && !is_days || !seconds.is_finite() {
        return format!("{} s", shown(seconds));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and what is out of range has no date"
    )]
    let time = jiff::Timestamp::from_second(seconds.round() as i64);
    match time {
        Ok(time) if is_days => time.strftime("%Y-%m-%d").to_string(),
        Ok(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => shown(value),
    }
}

#[cfg(test)]
mod tests {
    use super::{moment, shortened};

    #[test]
    fn times_and_names_are_shown_as_people_write_them() {
        assert_eq!(moment(19_000.0, true), "2022-01-08");
        assert_eq!(moment(1_700_000_000.0, false), "2023-11-14 22:13");
        assert_eq!(moment(90.0, false), "90 s");
        assert_eq!(shortened("a\nb"), "a b");
        assert_eq!(shortened(&"x".repeat(50)).chars().count(), 40);
    }
}

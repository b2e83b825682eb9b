//! What changed since a profile was made: the reference is known by its figures alone, and is not read again.
//!
//! Values that a profile counts one by one are compared as those of a table are. Of other numbers and of the lengths of texts it
//! has the quantiles at 0, 1/200, …, 1, each within one percent of itself: a gap counts only as far as no such error and nothing
//! between two of them explains it, so that a false alarm is no more frequent than between tables, and a small change is found
//! later. Where one percent of a value is much of what values differ by, nothing can be said.

use arrow_schema::DataType;
use jiff::civil::Date;

use super::choice::{Tested, are_categories, is_too_small};
use super::evidence::{
    Evidence, Findings, Sides, TOO_SMALL, categories, nothing_to_compare, of_categories,
    of_missing, of_numbers, of_tested,
};
use super::picture::Picture;
use super::values::{Column, Texts, Values, kind_of, unit_of};
use super::{ColumnKind, Comparison};
use crate::DataError;
use crate::profile::{
    ColumnKind as ProfileKind, ColumnProfile, MOST_CATEGORIES, SHOWN, uncertainty,
};
use crate::statistics::{Sample, asymptotic_probability};

/// Values that stand for those of which only counts are known.
const STANDING: u64 = 1 << 20;
/// Values between two quantiles, on a line.
const BETWEEN: usize = 10;

/// The kind that the values of a profile have here.
fn kind_since(before: &ColumnProfile) -> Option<ColumnKind> {
    match before.kind {
        ProfileKind::Boolean | ProfileKind::Text => Some(ColumnKind::Categorical),
        ProfileKind::Integer | ProfileKind::Number => Some(ColumnKind::Numeric),
        ProfileKind::Date | ProfileKind::Time => Some(ColumnKind::Time),
        ProfileKind::Null => None,
        ProfileKind::Other => Some(ColumnKind::Other),
    }
}

/// Compares a column with what a profile knows of it.
pub(super) fn compare(
    comparison: &Comparison,
    before: &ColumnProfile,
    data_type: &DataType,
    current: Column,
) -> Result<Findings, DataError> {
    let found = kind_of(data_type);
    let kind = kind_since(before).unwrap_or(found);
    if kind != found && *data_type != DataType::Null {
        if before.data_type == data_type.to_string() {
            let why = format!("a profile only counts values of type {data_type}");
            return Ok(Findings::none(found, why));
        }
        let why = format!(
            "its type is {} in the reference and {data_type} in the current table",
            before.data_type
        );
        return Ok(Findings::none(kind, why));
    }
    let nans = before.numbers.as_ref().map_or(0, |numbers| numbers.nans);
    let missing = [size(before.nulls + nans), current.missing];
    let rows = [size(before.rows), current.values.len() + current.missing];
    let mut findings = Findings {
        kind,
        values: Err(String::new()),
        missing: of_missing(comparison, rows, missing)?,
        shares: [0, 1]
            .map(|side| (rows[side] > 0).then(|| missing[side] as f64 / rows[side] as f64)),
        picture: None,
    };
    if let Some(why) = nothing_to_compare(rows, missing) {
        findings.values = Err(why);
        return Ok(findings);
    }
    let (values, picture) = match current.values {
        Values::Numbers(numbers) => since_numbers(
            comparison,
            before,
            unit_of(data_type),
            Sample::new(numbers)?,
        )?,
        Values::Texts(texts) => {
            let (compared, is_text) = since_texts(comparison, before, &texts)?;
            if is_text {
                findings.kind = ColumnKind::Text;
            }
            compared
        }
        Values::Other { .. } => (
            Err(format!("values of type {data_type} are not compared")),
            None,
        ),
    };
    (findings.values, findings.picture) = (values, picture);
    Ok(findings)
}

type Compared = (Result<Evidence, String>, Option<Picture>);

fn since_numbers(
    comparison: &Comparison,
    before: &ColumnProfile,
    unit: Option<&str>,
    current: Sample,
) -> Result<Compared, DataError> {
    let counted = counts(before).and_then(|counts| {
        let numbers = counts.map(|(text, count)| Some((number(before.kind, text)?, count)));
        numbers.collect::<Option<Vec<_>>>()
    });
    if let Some(counted) = counted {
        let sides = [standing(counted)?, current];
        let (evidence, picture) = of_numbers(comparison, &sides, unit)?;
        return Ok((evidence, Some(picture)));
    }
    match &before.numbers {
        None => {
            let why = "of times that differ so often a profile knows only the first and the last";
            Ok((Err(why.to_owned()), None))
        }
        Some(numbers) if numbers.infinities > 0 => {
            let why = "a profile has no quantiles of what is infinite";
            Ok((Err(why.to_owned()), None))
        }
        Some(numbers) => {
            let known = before.rows - before.nulls - numbers.nans;
            since_quantiles(comparison, &numbers.quantiles, known, unit, current)
        }
    }
}

/// Also says whether the texts are no categories.
fn since_texts(
    comparison: &Comparison,
    before: &ColumnProfile,
    current: &Texts,
) -> Result<(Compared, bool), DataError> {
    let known = before.rows - before.nulls;
    if let Some(counts) = counts(before) {
        let reference = Texts {
            present: size(known),
            counts: Some(
                counts
                    .map(|(text, count)| (text.to_owned(), count))
                    .collect(),
            ),
            ..Texts::default()
        };
        if let Some(counts) = categories(&reference, current) {
            let picture = Picture::of_categories(&counts);
            let evidence = of_categories(comparison, &counts)?;
            return Ok(((evidence, Some(picture)), false));
        }
    } else if may_be_categories(before, current) {
        // Their lengths say nothing of how often each occurs.
        let why = "it has more categories than its profile names: compare with its table";
        return Ok(((Err(why.to_owned()), None), false));
    }
    let lengths = before.texts.as_ref().map(|texts| texts.lengths.as_slice());
    let lengths = lengths.unwrap_or_default();
    let current = Sample::new(current.lengths())?;
    let unit = Some("characters");
    let compared = since_quantiles(comparison, lengths, known, unit, current)?;
    Ok((compared, true))
}

/// Whether the texts of both may be categories.
fn may_be_categories(before: &ColumnProfile, current: &Texts) -> bool {
    let Some(counts) = &current.counts else {
        return false;
    };
    let different = before.distinct.at_least.max(counts.len() as u64);
    let values = before.rows - before.nulls + current.present as u64;
    different <= MOST_CATEGORIES as u64 && are_categories(different, values)
}

/// Compares with quantiles of so many values.
fn since_quantiles(
    comparison: &Comparison,
    quantiles: &[f64],
    known: u64,
    unit: Option<&str>,
    current: Sample,
) -> Result<Compared, DataError> {
    if quantiles.len() < 2 {
        return Ok((Err("the profile has no quantiles of it".to_owned()), None));
    }
    let between = quantiles.windows(2).flat_map(|pair| {
        let step = (pair[1] - pair[0]) / BETWEEN as f64;
        (0..BETWEEN).map(move |place| pair[0] + step * place as f64)
    });
    let reference = Sample::new(between.chain(quantiles.last().copied()).collect())?;
    let sides = [reference, current];
    let unsure = quantiles.iter().copied().map(uncertainty);
    let sides = Sides {
        sides: &sides,
        few: None,
        unsure: unsure.sum::<f64>() / quantiles.len() as f64,
        unit,
    };
    if is_too_small(size(known), sides.sides[1].len(), comparison.level) {
        return Ok((Err(TOO_SMALL.to_owned()), Some(sides.picture())));
    }
    let statistic = least_gap(quantiles, known, &sides.sides[1]);
    let tested = Tested {
        test: "ks",
        statistic,
        p_value: asymptotic_probability(size(known), sides.sides[1].len(), statistic),
    };
    Ok((of_tested(comparison, &sides, tested), Some(sides.picture())))
}

/// The largest distance of the distribution functions that is there wherever within its bounds each quantile lies.
///
/// Of the reference at least a share of `k` steps, less one value, is at most the largest value that its quantile may have, and
/// at most that share, and one value, lies below the smallest.
fn least_gap(quantiles: &[f64], known: u64, current: &Sample) -> f64 {
    let steps = (quantiles.len() - 1) as f64;
    let one = 1.0 / known.max(1) as f64;
    let of_current = |count: usize| count as f64 / current.len() as f64;
    let gaps = quantiles.iter().enumerate().map(|(place, value)| {
        let share = place as f64 / steps;
        let unsure = uncertainty(*value);
        let above = share - one - of_current(current.count_up_to(value + unsure));
        let below = of_current(current.count_below(value - unsure)) - share - one;
        above.max(below)
    });
    gaps.fold(0.0, f64::max)
}

/// How often each value occurs, if the profile knows it of all.
fn counts(before: &ColumnProfile) -> Option<impl Iterator<Item = (&str, u64)>> {
    let frequent = &before.frequent;
    let nans = before.numbers.as_ref().map_or(0, |numbers| numbers.nans);
    let is_known = |value: &crate::profile::Frequent| {
        value.at_least == value.at_most && value.value.chars().count() < SHOWN
    };
    let all: u64 = frequent.iter().map(|value| value.at_least).sum();
    let is_whole = frequent.iter().all(is_known) && all == before.rows - before.nulls;
    let counts = frequent
        .iter()
        .filter(move |value| nans == 0 || value.value != "NaN")
        .map(|value| (value.value.as_str(), value.at_least));
    is_whole.then_some(counts)
}

/// A value as a profile writes it, as a number: times as seconds, days as days.
fn number(kind: ProfileKind, text: &str) -> Option<f64> {
    match kind {
        ProfileKind::Date => {
            let date: Date = text.parse().ok()?;
            let since = date.since(Date::constant(1970, 1, 1)).ok()?;
            Some(f64::from(since.get_days()))
        }
        ProfileKind::Time => {
            let time: jiff::Timestamp = format!("{text}Z").parse().ok()?;
            Some(time.as_microsecond() as f64 / 1e6)
        }
        _ => text.parse().ok(),
    }
}

/// Values that stand for those that were counted: all of them, or, of very many, evenly chosen ones.
fn standing(mut counted: Vec<(f64, u64)>) -> Result<Sample, DataError> {
    counted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let all: u64 = counted.iter().map(|(_, count)| count).sum();
    let kept = all.min(STANDING);
    let place = |rank: u64| (u128::from(rank) * u128::from(kept)).div_ceil(u128::from(all.max(1)));
    let (mut values, mut rank) = (Vec::with_capacity(size(kept)), 0);
    for (value, count) in counted {
        let times = place(rank + count) - place(rank);
        values.extend(std::iter::repeat_n(value, times as usize));
        rank += count;
    }
    Ok(Sample::new(values)?)
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

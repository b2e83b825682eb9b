//! The state of one column while batches go by, and what it says in the end.

use arrow_array::ArrayRef;
use arrow_schema::Field;
use serde::{Deserialize, Serialize};

use super::category::{Categories, Distinct, Frequent, SHOWN};
use super::exact::Moments;
use super::quantile::Quantiles;
use super::values::{ColumnKind, Values, shown_date, shown_time, valid_rows};
use crate::DataError;

/// Steps of the grid of quantiles that a profile keeps.
const STEPS: u32 = 200;

/// What is known of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// The name.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// The type, as Arrow prints it.
    pub data_type: String,
    /// How many rows there are.
    pub rows: u64,
    /// How many of them have no value. `NaN` is a value.
    pub nulls: u64,
    /// How many different values there are.
    pub distinct: Distinct,
    /// The values that occur often, or all if they are at most 256, of texts at most 1,000 that fit; the most frequent first.
    pub frequent: Vec<Frequent>,
    /// What is known of numbers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub numbers: Option<NumberProfile>,
    /// What is known of texts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub texts: Option<TextProfile>,
    /// What is known of days and moments.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub times: Option<TimeProfile>,
}

/// What is known of a column of numbers. Neither `NaN` nor infinities count, except where they are counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberProfile {
    /// How many are no number.
    pub nans: u64,
    /// How many are infinite.
    pub infinities: u64,
    /// How many are zero.
    pub zeros: u64,
    /// How many are below zero.
    pub negatives: u64,
    /// The smallest.
    pub minimum: Option<f64>,
    /// The largest.
    pub maximum: Option<f64>,
    /// The sum, exact and rounded once.
    #[serde(with = "any_float")]
    pub sum: f64,
    /// The mean.
    pub mean: Option<f64>,
    /// The standard deviation, with divisor n − 1.
    pub standard_deviation: Option<f64>,
    /// The quantiles at 0, 1/200, …, 1, each within one percent of itself; empty without numbers.
    pub quantiles: Vec<f64>,
}

/// What is known of a column of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextProfile {
    /// How many are empty.
    pub empty: u64,
    /// How many are white space and nothing else.
    pub blank: u64,
    /// The characters of the shortest.
    pub shortest: Option<u64>,
    /// The characters of the longest.
    pub longest: Option<u64>,
    /// The characters of all.
    pub characters: u64,
    /// The quantiles of their characters at 0, 1/200, …, 1, each within one percent of itself; empty without texts.
    #[serde(default)]
    pub lengths: Vec<f64>,
    /// The first one in the order of code points, cut after 128 characters.
    pub minimum: Option<String>,
    /// The last one, cut likewise.
    pub maximum: Option<String>,
}

/// What is known of a column of days or moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeProfile {
    /// The earliest.
    pub earliest: Option<String>,
    /// The latest.
    pub latest: Option<String>,
}

/// A column while it is looked at. States of parts merge to the state of the whole.
#[derive(Clone)]
pub(super) struct ColumnState {
    rows: u64,
    nulls: u64,
    categories: Categories,
    moments: Moments,
    quantiles: Quantiles,
    extremes: Extremes<f64>,
    nans: u64,
    infinities: u64,
    zeros: u64,
    negatives: u64,
    moment: Extremes<i64>,
    text: Extremes<String>,
    lengths: Extremes<u64>,
    characters: u64,
    empty: u64,
    blank: u64,
}

/// The smallest and the largest value.
#[derive(Clone)]
struct Extremes<T>(Option<(T, T)>);

impl<T: PartialOrd + Clone> Extremes<T> {
    fn see(&mut self, value: T) {
        match &mut self.0 {
            None => self.0 = Some((value.clone(), value)),
            Some((least, most)) => {
                if value < *least {
                    *least = value.clone();
                }
                if value > *most {
                    *most = value;
                }
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        if let Some((least, most)) = &other.0 {
            self.see(least.clone());
            self.see(most.clone());
        }
    }

    fn least(&self) -> Option<T> {
        self.0.as_ref().map(|(least, _)| least.clone())
    }

    fn most(&self) -> Option<T> {
        self.0.as_ref().map(|(_, most)| most.clone())
    }
}

impl ColumnState {
    pub(super) fn new() -> Self {
        Self {
            rows: 0,
            nulls: 0,
            categories: Categories::new(),
            moments: Moments::default(),
            quantiles: Quantiles::default(),
            extremes: Extremes(None),
            nans: 0,
            infinities: 0,
            zeros: 0,
            negatives: 0,
            moment: Extremes(None),
            text: Extremes(None),
            lengths: Extremes(None),
            characters: 0,
            empty: 0,
            blank: 0,
        }
    }

    pub(super) fn see(&mut self, array: &ArrayRef) -> Result<(), DataError> {
        let values = Values::of(array)?;
        let nulls = values.nulls();
        self.rows += array.len() as u64;
        self.nulls += nulls.as_ref().map_or(0, |nulls| nulls.null_count() as u64);
        let mut shown = String::new();
        for row in valid_rows(nulls.as_ref(), array.len()) {
            match &values {
                Values::Number(numbers) => self.see_number(numbers.value(row)),
                Values::Integer(numbers) => self.see_integer(i128::from(numbers.value(row))),
                Values::Unsigned(numbers) => self.see_integer(i128::from(numbers.value(row))),
                Values::Date(days) => self.moment.see(i64::from(days.value(row))),
                Values::Time(times) => self.moment.see(times.value(row)),
                Values::Text(texts) => {
                    let text = texts.value(row);
                    self.see_text(text);
                    self.categories.add(text);
                    continue;
                }
                Values::Boolean(_) => {}
                Values::Opaque(_) => continue,
            }
            shown.clear();
            write_key(&values, row, &mut shown);
            self.categories.add(&shown);
        }
        Ok(())
    }

    fn see_number(&mut self, value: f64) {
        if value.is_nan() {
            self.nans += 1;
        } else if value.is_infinite() {
            self.infinities += 1;
        } else {
            self.moments.add(value);
            self.see_size(value);
        }
    }

    fn see_integer(&mut self, value: i128) {
        self.moments.add_integer(value);
        self.see_size(value as f64);
    }

    fn see_size(&mut self, value: f64) {
        self.quantiles.add(value);
        // Zero has no sign here: of two that are equal the first would win, and the order would matter.
        self.extremes.see(value + 0.0);
        self.zeros += u64::from(value == 0.0);
        self.negatives += u64::from(value < 0.0);
    }

    fn see_text(&mut self, text: &str) {
        let length = text.chars().count() as u64;
        self.lengths.see(length);
        self.quantiles.add(length as f64);
        self.characters += length;
        self.empty += u64::from(text.is_empty());
        self.blank += u64::from(!text.is_empty() && text.trim().is_empty());
        let beyond = match &self.text.0 {
            None => true,
            Some((least, most)) => text < least.as_str() || text > most.as_str(),
        };
        if beyond {
            self.text.see(text.to_owned());
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        self.categories.merge(&other.categories);
        self.moments.merge(&other.moments);
        self.quantiles.merge(&other.quantiles);
        self.extremes.merge(&other.extremes);
        self.nans += other.nans;
        self.infinities += other.infinities;
        self.zeros += other.zeros;
        self.negatives += other.negatives;
        self.moment.merge(&other.moment);
        self.text.merge(&other.text);
        self.lengths.merge(&other.lengths);
        self.characters += other.characters;
        self.empty += other.empty;
        self.blank += other.blank;
    }

    pub(super) fn profile(&self, field: &Field) -> ColumnProfile {
        let kind = ColumnKind::of(field.data_type());
        let number = matches!(kind, ColumnKind::Integer | ColumnKind::Number);
        let time = matches!(kind, ColumnKind::Date | ColumnKind::Time);
        let moment = |value: i64| match (kind, i32::try_from(value)) {
            (ColumnKind::Date, Ok(days)) => shown_date(days),
            _ => shown_time(value),
        };
        let cut = |text: String| text.chars().take(SHOWN).collect();
        ColumnProfile {
            name: field.name().clone(),
            kind,
            data_type: field.data_type().to_string(),
            rows: self.rows,
            nulls: self.nulls,
            distinct: self.categories.distinct(self.rows - self.nulls),
            frequent: self.categories.frequent(kind == ColumnKind::Text),
            numbers: number.then(|| NumberProfile {
                nans: self.nans,
                infinities: self.infinities,
                zeros: self.zeros,
                negatives: self.negatives,
                minimum: self.extremes.least(),
                maximum: self.extremes.most(),
                sum: self.moments.sum(),
                mean: self.moments.mean().filter(|found| found.is_finite()),
                standard_deviation: self
                    .moments
                    .standard_deviation()
                    .filter(|found| found.is_finite()),
                quantiles: self.quantiles.grid(STEPS),
            }),
            texts: (kind == ColumnKind::Text).then(|| TextProfile {
                empty: self.empty,
                blank: self.blank,
                shortest: self.lengths.least(),
                longest: self.lengths.most(),
                characters: self.characters,
                lengths: self.quantiles.grid(STEPS),
                minimum: self.text.least().map(cut),
                maximum: self.text.most().map(cut),
            }),
            times: time.then(|| TimeProfile {
                earliest: self.moment.least().map(moment),
                latest: self.moment.most().map(moment),
            }),
        }
    }
}

/// What tells a value from others of its column; numbers are equal as numbers, so `-0.0` is `0.0`.
fn write_key(values: &Values, row: usize, key: &mut String) {
    use std::fmt::Write;
    let _ = match values {
        Values::Number(numbers) => write!(key, "{}", numbers.value(row) + 0.0),
        Values::Integer(numbers) => write!(key, "{}", numbers.value(row)),
        Values::Unsigned(numbers) => write!(key, "{}", numbers.value(row)),
        other => write!(key, "{}", other.shown(row)),
    };
}

/// A float that JSON has no number for is a text there, so that a profile that is read is the one that was written.
mod any_float {
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Number(f64),
        Text(String),
    }

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() {
            serializer.serialize_f64(*value)
        } else {
            serializer.collect_str(value)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        match Form::deserialize(deserializer)? {
            Form::Number(value) => Ok(value),
            Form::Text(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

//! Columns that are the label in disguise: one that alone foretells it nearly without error.
//!
//! Each column is judged by itself and on rows that it has not seen: what it says of the label is learnt from the first part
//! and tried on the second. So an identifier, which tells everything of the rows that it has seen, tells nothing here.

use std::collections::{HashMap, HashSet};

use arrow_array::Array;

use super::report::{LeakCheck, LeakKind};
use super::shared::verdict;
use super::{Pair, evenly_chosen};
use crate::contract::Verdict;
use crate::dataset::keys::value_keys;
use crate::profile::{ColumnKind, Values};
use crate::{DataError, Table};

/// A label of numbers with more different values than this is a measure, not a class.
const MOST_CLASSES: usize = 20;
/// Rows of each part that are looked at, evenly chosen.
const MOST_ROWS: usize = 50_000;
/// Rows of the second part, and of them errors of a guess, below which nothing is said.
const LEAST: [usize; 2] = [30, 10];

/// One verdict for each column that is the label in disguise, or one for all of them.
pub(super) fn columns(
    pair: &Pair<'_>,
    label: &str,
    apart: &[&str],
    suspicious: f64,
) -> Result<Vec<LeakCheck>, DataError> {
    let kind = LeakKind::LabelInDisguise;
    let none = |why: &str| {
        Ok(vec![LeakCheck::no_evidence(
            kind,
            vec![label.to_owned()],
            why,
        )])
    };
    let Some(places) = pair.both(label) else {
        return none("only one of the tables has the label");
    };
    let chosen = |table: &Table| table.take(&evenly_chosen(table, MOST_ROWS));
    let [first, second] = [chosen(pair.first)?, chosen(pair.second)?];
    let pair = &Pair {
        first: &first,
        second: &second,
        columns: pair.columns.clone(),
    };
    let Some(labels) = Labels::of(pair, places)? else {
        return none("there are too few rows with different labels");
    };
    let mut leaks = Vec::new();
    let mut judged = 0;
    let names = pair.names();
    let candidates = names.iter().zip(&pair.columns);
    for (name, places) in
        candidates.filter(|(name, _)| !apart.contains(&name.as_str()) && *name != label)
    {
        judged += 1;
        let column = Column::of(pair, *places)?;
        let skill = labels.skill(&column);
        let is_suspicious = skill >= suspicious;
        if !is_suspicious {
            continue;
        }
        let how = if labels.is_one_to_one(&column) {
            format!("stands one to one for `{label}`")
        } else {
            format!(
                "alone foretells `{label}`: it takes away {:.1} % of the errors",
                skill * 100.0
            )
        };
        leaks.push(LeakCheck {
            kind,
            columns: vec![name.clone()],
            verdict: verdict(true),
            allowed: false,
            found: 1,
            of: 1,
            evidence: how,
            rows: Vec::new(),
        });
    }
    if judged == 0 {
        return none("there is no column beside the label");
    }
    if leaks.is_empty() {
        leaks.push(LeakCheck {
            verdict: Verdict::Pass,
            of: judged,
            ..LeakCheck::no_evidence(
                kind,
                Vec::new(),
                &format!("none of {judged} columns alone foretells `{label}`"),
            )
        });
    }
    Ok(leaks)
}

/// The labels of both parts.
struct Labels {
    /// The places in [`Column`] of the rows that have a label, by part.
    rows: [Vec<usize>; 2],
    /// The label of each of them: the number of a class, or a rank from 0 to 1.
    values: [Vec<f64>; 2],
    is_class: bool,
}

impl Labels {
    /// Nothing if there are too few rows or errors to judge by.
    fn of(pair: &Pair<'_>, places: [usize; 2]) -> Result<Option<Self>, DataError> {
        let label = Column::of(pair, places)?;
        let valid = |side: usize| -> Vec<usize> {
            let keys = label.keys[side].iter().enumerate();
            keys.filter(|(_, key)| key.is_some())
                .map(|(row, _)| row)
                .collect()
        };
        let rows = [valid(0), valid(1)];
        let classes: HashSet<u128> = label.keys[0].iter().copied().flatten().collect();
        let is_class = label.numbers.is_none() || classes.len() <= MOST_CLASSES;
        let values = match &label.numbers {
            Some(numbers) if !is_class => {
                let of = |side: usize| rows[side].iter().map(move |row| numbers[side][*row]);
                let mut sorted: Vec<f64> = of(0).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                // Ranks, so that one label far away does not decide alone.
                let rank = |value: f64| {
                    let below = sorted.partition_point(|one| one.total_cmp(&value).is_lt());
                    let up_to = sorted.partition_point(|one| one.total_cmp(&value).is_le());
                    (below + up_to) as f64 / (2 * sorted.len()) as f64
                };
                [of(0).map(rank).collect(), of(1).map(rank).collect()]
            }
            _ => {
                let mut numbers = HashMap::new();
                let mut of = |side: usize| -> Vec<f64> {
                    let keys = rows[side].iter().map(|row| label.keys[side][*row]);
                    keys.map(|key| {
                        let next = numbers.len();
                        *numbers.entry(key).or_insert(next) as f64
                    })
                    .collect()
                };
                let first = of(0);
                [first, of(1)]
            }
        };
        let labels = Self {
            rows,
            values,
            is_class,
        };
        let is_enough = !labels.values[0].is_empty() && labels.values[1].len() >= LEAST[0];
        if !is_enough {
            return Ok(None);
        }
        let guess = Tally::of(labels.values[0].iter().copied()).guess(is_class);
        let errors = labels.values[1]
            .iter()
            .filter(|label| **label != guess)
            .count();
        Ok((errors >= LEAST[1]).then_some(labels))
    }

    /// The share of the errors of a guess that the column takes away, on rows that it has not seen.
    fn skill(&self, column: &Column) -> f64 {
        let guess = Tally::of(self.values[0].iter().copied()).guess(self.is_class);
        let learnt = Learnt::of(self, column);
        let (mut errors, mut of_guess) = (0.0, 0.0);
        for (row, label) in self.rows[1].iter().zip(&self.values[1]) {
            let said = learnt.says(column, *row).unwrap_or(guess);
            let error = |said: f64| {
                if self.is_class {
                    f64::from(u8::from(said != *label))
                } else {
                    (said - label).powi(2)
                }
            };
            errors += error(said);
            of_guess += error(guess);
        }
        if of_guess > 0.0 {
            1.0 - errors / of_guess
        } else {
            0.0
        }
    }

    /// Whether each value of the column has one label, and each label one value.
    fn is_one_to_one(&self, column: &Column) -> bool {
        let mut labels: HashMap<Option<u128>, u64> = HashMap::new();
        let mut values: HashMap<u64, Option<u128>> = HashMap::new();
        (0..2).all(|side| {
            let pairs = self.rows[side].iter().zip(&self.values[side]);
            pairs.into_iter().all(|(row, label)| {
                let (value, label) = (column.keys[side][*row], label.to_bits());
                *labels.entry(value).or_insert(label) == label
                    && *values.entry(label).or_insert(value) == value
            })
        })
    }
}

/// A column of both parts: keys of the values, and numbers where it has an order.
struct Column {
    keys: [Vec<Option<u128>>; 2],
    numbers: Option<[Vec<f64>; 2]>,
}

impl Column {
    fn of(pair: &Pair<'_>, places: [usize; 2]) -> Result<Self, DataError> {
        let tables = [pair.first, pair.second];
        let mut keys = [Vec::new(), Vec::new()];
        let mut numbers = [Vec::new(), Vec::new()];
        let mut has_order = true;
        for side in 0..2 {
            let (table, place) = (tables[side], places[side]);
            keys[side] = value_keys(table, place, 0)?;
            let field = table.schema().field(place);
            has_order &= ColumnKind::of(field.data_type()).is_measured();
            if has_order {
                let array = table.column(field.name())?;
                let nulls = array.logical_nulls();
                let values = Values::of(&array)?;
                let number = |row: usize| {
                    let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                    let number = if is_null { None } else { values.number(row) };
                    number.unwrap_or(f64::NAN)
                };
                numbers[side] = (0..table.rows()).map(number).collect();
            }
        }
        Ok(Self {
            keys,
            numbers: has_order.then_some(numbers),
        })
    }
}

/// Labels that were seen together.
#[derive(Default)]
struct Tally(Vec<f64>);

impl Tally {
    fn of(labels: impl Iterator<Item = f64>) -> Self {
        Self(labels.collect())
    }

    fn add(&mut self, label: f64) {
        self.0.push(label);
    }

    /// The most frequent class, of several the first; or the mean.
    fn guess(mut self, is_class: bool) -> f64 {
        if !is_class {
            return self.0.iter().sum::<f64>() / self.0.len().max(1) as f64;
        }
        self.0.sort_unstable_by(f64::total_cmp);
        let equal = self.0.chunk_by(|one, two| one == two);
        let most = equal.reduce(|most, next| if next.len() > most.len() { next } else { most });
        most.map_or(0.0, |labels| labels[0])
    }
}

/// What a column says of the label.
struct Learnt {
    /// By value; no value is a value.
    by_value: HashMap<Option<u128>, f64>,
    /// By number, in order: between two numbers lies what both say.
    in_order: Vec<(f64, f64)>,
    is_class: bool,
}

impl Learnt {
    fn of(labels: &Labels, column: &Column) -> Self {
        let rows = labels.rows[0].iter().zip(&labels.values[0]);
        let mut by_value: HashMap<Option<u128>, Tally> = HashMap::new();
        for (row, label) in rows.clone() {
            by_value
                .entry(column.keys[0][*row])
                .or_default()
                .add(*label);
        }
        let mut in_order = Vec::new();
        if let Some(numbers) = &column.numbers {
            let mut points: Vec<(f64, f64)> = rows
                .map(|(row, label)| (numbers[0][*row], *label))
                // Between an infinity and a number there is no way.
                .filter(|(number, _)| number.is_finite())
                .collect();
            points.sort_unstable_by(|one, two| one.0.total_cmp(&two.0));
            for equal in points.chunk_by(|one, two| one.0 == two.0) {
                let tally = Tally::of(equal.iter().map(|(_, label)| *label));
                in_order.push((equal[0].0, tally.guess(labels.is_class)));
            }
        }
        let guesses = by_value.into_iter();
        Self {
            by_value: guesses
                .map(|(value, tally)| (value, tally.guess(labels.is_class)))
                .collect(),
            in_order,
            is_class: labels.is_class,
        }
    }

    fn says(&self, column: &Column, row: usize) -> Option<f64> {
        if let Some(said) = self.by_value.get(&column.keys[1][row]) {
            return Some(*said);
        }
        let number = column.numbers.as_ref()?[1][row];
        if !number.is_finite() {
            return None;
        }
        let above = self.in_order.partition_point(|(one, _)| *one < number);
        match (
            above.checked_sub(1).map(|below| self.in_order[below]),
            self.in_order.get(above),
        ) {
            (Some((below, low)), Some((above, high))) => {
                let share = (number - below) / (above - below);
                Some(match (self.is_class, share <= 0.5) {
                    (true, true) => low,
                    (true, false) => *high,
                    (false, _) => low + share * (high - low),
                })
            }
            (Some((_, said)), None) => Some(said),
            (None, said) => said.map(|(_, said)| *said),
        }
    }
}

//! Labels: how many of each there are, and where the same input has different ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::EXAMPLES;
use crate::contract::keys;
use crate::contract::state::shown_row;
use crate::profile::Values;
use crate::statistics::wilson;
use crate::{DataError, Table};

/// What can be said of a column of labels without a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    /// The column.
    pub label: String,
    /// How many rows there are.
    pub rows: u64,
    /// How many of them have no label.
    pub missing: u64,
    /// The classes, the most frequent first.
    pub classes: Vec<Class>,
    /// Rows that differ in nothing but their label.
    pub conflicts: Conflicts,
}

/// A class, and how frequent it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// The label.
    pub label: String,
    /// How many rows have it.
    pub count: u64,
    /// Their share of the rows that have a label.
    pub share: f64,
    /// Where the share lies at 95 %, by Wilson's interval.
    pub interval: [f64; 2],
}

/// Rows with the same input and different labels: no model can be right about all of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Conflicts {
    /// The columns that make an input; none if there is no other column than the label, so that nothing can be compared.
    pub inputs: Vec<String>,
    /// How many rows have a label, and so could conflict.
    pub judged: u64,
    /// How many inputs have different labels.
    pub groups: u64,
    /// How many rows have such an input.
    pub rows: u64,
    /// How many rows at least are wrong: those that do not have the most frequent label of their input.
    pub least_wrong: u64,
    /// Some of them: the rows of an input with their labels, those with most rows first.
    pub examples: Vec<Vec<(u64, String)>>,
}

impl Labels {
    /// Looks at a column of labels; the columns to ignore are no inputs, as a key is none.
    ///
    /// # Errors
    /// There is no such column, or Arrow cannot convert one.
    pub fn of(table: &Table, label: &str, ignored: &[&str]) -> Result<Self, DataError> {
        let array = table.column(label)?;
        for name in ignored {
            table.column(name)?;
        }
        let labels = Values::of(&array)?;
        let present: Vec<usize> = labelled(&labels, table.rows()).collect();
        // By key, so that labels that are equal are one whatever they look like; shown as the first of them.
        let mut counts: BTreeMap<u128, (u64, usize)> = BTreeMap::new();
        for row in &present {
            let entry = counts.entry(keys::of_row(&labels, *row));
            entry.or_insert((0, *row)).0 += 1;
        }
        let mut classes = counts
            .values()
            .map(|(count, row)| {
                let interval = wilson(*count, present.len() as u64, 0.95)?;
                Ok(Class {
                    label: labels.shown(*row),
                    count: *count,
                    share: *count as f64 / present.len() as f64,
                    interval: [interval.low, interval.high],
                })
            })
            .collect::<Result<Vec<_>, DataError>>()?;
        classes.sort_by(|a, b| b.count.cmp(&a.count).then(a.label.cmp(&b.label)));
        Ok(Self {
            label: label.to_owned(),
            rows: table.rows() as u64,
            missing: (table.rows() - present.len()) as u64,
            classes,
            conflicts: conflicts(table, label, ignored, &labels, &present)?,
        })
    }

    /// The share of the rarest class; none where no row has a label.
    pub fn rarest_share(&self) -> Option<f64> {
        self.classes.last().map(|class| class.share)
    }

    /// How many rows of the most frequent class there are for each of the rarest.
    pub fn imbalance(&self) -> Option<f64> {
        let (first, last) = (self.classes.first()?, self.classes.last()?);
        Some(first.count as f64 / last.count as f64)
    }
}

fn conflicts(
    table: &Table,
    label: &str,
    ignored: &[&str],
    labels: &Values,
    present: &[usize],
) -> Result<Conflicts, DataError> {
    let inputs: Vec<String> = table
        .columns()
        .into_iter()
        .filter(|name| *name != label && !ignored.contains(name))
        .map(str::to_owned)
        .collect();
    let mut found = Conflicts {
        inputs,
        judged: present.len() as u64,
        ..Conflicts::default()
    };
    if found.inputs.is_empty() {
        return Ok(found);
    }
    let columns = found
        .inputs
        .iter()
        .map(|name| Ok(Values::of(&table.column(name)?)?))
        .collect::<Result<Vec<_>, DataError>>()?;
    let columns: Vec<&Values> = columns.iter().collect();
    let nulls: Vec<_> = columns.iter().map(|values| values.nulls()).collect();
    let mut keyed: Vec<(u128, usize)> = present
        .iter()
        .map(|row| (keys::of_rows(&columns, &nulls, *row), *row))
        .collect();
    keyed.sort_unstable();
    let mut groups: Vec<&[(u128, usize)]> = Vec::new();
    for group in keyed.chunk_by(|one, other| one.0 == other.0) {
        let mut counts: BTreeMap<u128, u64> = BTreeMap::new();
        for (_, row) in group {
            *counts.entry(keys::of_row(labels, *row)).or_default() += 1;
        }
        if counts.len() > 1 {
            let most = counts.values().copied().max().unwrap_or_default();
            found.groups += 1;
            found.rows += group.len() as u64;
            found.least_wrong += group.len() as u64 - most;
            groups.push(group);
        }
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.len()), group[0].1));
    found.examples = groups
        .into_iter()
        .take(EXAMPLES)
        .map(|group| {
            let rows = group.iter().take(EXAMPLES);
            rows.map(|(_, row)| (*row as u64, shown_row(&[labels], &[None], *row)))
                .collect()
        })
        .collect();
    Ok(found)
}

/// The rows that have a label: what is no number is none.
pub(super) fn labelled(labels: &Values, rows: usize) -> impl Iterator<Item = usize> {
    let nulls = labels.nulls();
    (0..rows).filter(move |row| {
        nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row))
            && !labels.number(*row).is_some_and(f64::is_nan)
    })
}

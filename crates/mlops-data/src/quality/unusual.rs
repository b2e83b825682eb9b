//! Rows that are far from the others in several columns at once.

mod neighbours;

use std::collections::HashMap;

use arrow_array::{Array, ArrayRef};
use serde::{Deserialize, Serialize};

use self::neighbours::NEAREST;
use super::EXAMPLES;
use crate::contract::{NoEvidence, keys};
use crate::profile::{ColumnKind, Values, valid_rows};
use crate::statistics::{Sample, median, median_fences, robust_deviation};
use crate::{DataError, Table};

/// So many robust deviations beyond the median a row is unusual, in logarithms of distances, since distances have a long side by
/// nature.
const FAR: f64 = 3.5;
/// Fewer rows than this say nothing about what is usual.
const LEAST_ROWS: usize = 2 * NEAREST;
/// Columns that are named for a row.
const NAMED: usize = 3;
/// Farther than this many spreads is as far as that, so that squares stay numbers.
const FARTHEST: f64 = 1e9;

/// Rows that are far from the rows nearest to them.
///
/// A row's distance is the mean of those from its ten nearest rows, over all columns, each in its own robust deviations. Numbers,
/// times and booleans count as they are, texts by how frequent they are, so that a rare one is far out; what is missing counts as
/// the median, so that it is not unusual by itself. Up to some thousand rows each is held against each; beyond that against as many
/// as can be afforded, 256 to 4,096, drawn by a seed. The same table and seed give the same distances on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnusualRows {
    /// How many rows there are.
    pub rows: u64,
    /// The columns that were looked at: those of which not all values are alike.
    pub columns: Vec<String>,
    /// The median of the distances; none where there is nothing to say.
    pub usual: Option<f64>,
    /// Beyond this distance a row counts.
    pub threshold: Option<f64>,
    /// How many rows do.
    pub unusual: u64,
    /// The farthest rows, whether they count or not.
    pub examples: Vec<UnusualRow>,
    /// Why there is nothing to say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<NoEvidence>,
}

/// A row, and how unusual it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnusualRow {
    /// The row, counted from 0.
    pub row: u64,
    /// The mean distance from its ten nearest rows.
    pub distance: f64,
    /// The columns in which it is farthest from the median, with its value, the farthest first. Where it is the combination that is
    /// unusual these may be near the middle.
    pub values: Vec<(String, String)>,
}

impl UnusualRows {
    /// Looks at all columns but the ignored ones.
    ///
    /// # Errors
    /// A column to ignore does not exist, or Arrow cannot convert a column.
    pub fn of(table: &Table, ignored: &[&str], seed: u64) -> Result<Self, DataError> {
        let (names, columns) = coordinates(table, ignored)?;
        let mut found = Self {
            rows: table.rows() as u64,
            columns: names,
            usual: None,
            threshold: None,
            unusual: 0,
            examples: Vec::new(),
            reason: nothing_to_say(table, ignored, &columns),
        };
        if found.reason.is_some() {
            return Ok(found);
        }
        let distances = neighbours::distances(&columns, seed);
        let threshold = threshold(&distances)?;
        found.usual = Some(median(&Sample::new(distances.clone())?));
        found.threshold = Some(threshold);
        found.unusual = distances.iter().filter(|one| **one > threshold).count() as u64;
        let mut order: Vec<usize> = (0..distances.len()).collect();
        order.sort_by(|a, b| distances[*b].total_cmp(&distances[*a]));
        for row in order.into_iter().take(EXAMPLES) {
            let mut places: Vec<usize> = (0..columns.len()).collect();
            let away = |place: &usize| columns[*place][row].abs();
            places.sort_by(|a, b| away(b).total_cmp(&away(a)));
            let values = places
                .into_iter()
                .take(NAMED)
                .map(|place| {
                    let name = &found.columns[place];
                    Ok((name.clone(), shown(&table.column(name)?, row)?))
                })
                .collect::<Result<_, DataError>>()?;
            found.examples.push(UnusualRow {
                row: row as u64,
                distance: distances[row],
                values,
            });
        }
        Ok(found)
    }

    /// The distance of each row, in the order of the rows; none where there is nothing to say.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn distances(
        table: &Table,
        ignored: &[&str],
        seed: u64,
    ) -> Result<Option<Vec<f64>>, DataError> {
        let (_, columns) = coordinates(table, ignored)?;
        let is_known = nothing_to_say(table, ignored, &columns).is_none();
        Ok(is_known.then(|| neighbours::distances(&columns, seed)))
    }
}

/// From where on a distance is far. Rows with ten twins have none, and no say in how far the others are.
fn threshold(distances: &[f64]) -> Result<f64, DataError> {
    let positive = distances.iter().filter(|distance| **distance > 0.0);
    let logarithms: Vec<f64> = positive.map(|distance| distance.ln()).collect();
    if logarithms.is_empty() {
        return Ok(0.0);
    }
    let fences = median_fences(&Sample::new(logarithms)?, FAR)?;
    Ok(fences.high.exp())
}

fn nothing_to_say(table: &Table, ignored: &[&str], columns: &[Vec<f64>]) -> Option<NoEvidence> {
    let looked_at = || {
        let names = table
            .columns()
            .into_iter()
            .filter(|name| !ignored.contains(name));
        names.filter_map(|name| table.column(name).ok())
    };
    match table.rows() {
        0 => Some(NoEvidence::EmptyTable),
        rows if rows < LEAST_ROWS => Some(NoEvidence::TooFew),
        _ if !columns.is_empty() => None,
        rows if looked_at().all(|column| column.logical_null_count() == rows) => {
            Some(NoEvidence::AllNull)
        }
        _ => Some(NoEvidence::AllAlike),
    }
}

fn shown(array: &ArrayRef, row: usize) -> Result<String, DataError> {
    let values = Values::of(array)?;
    let is_null = values.nulls().is_some_and(|nulls| nulls.is_null(row));
    Ok(if is_null {
        "null".to_owned()
    } else {
        values.shown(row)
    })
}

/// The columns that are not all alike, as robust deviations from their medians.
fn coordinates(table: &Table, ignored: &[&str]) -> Result<(Vec<String>, Vec<Vec<f64>>), DataError> {
    for name in ignored {
        table.column(name)?;
    }
    let mut names = Vec::new();
    let mut columns = Vec::new();
    for field in table.schema().fields() {
        if ignored.contains(&field.name().as_str()) {
            continue;
        }
        let array = table.column(field.name())?;
        let Some(column) = coordinate(&array)? else {
            continue;
        };
        if column.iter().any(|value| *value != column[0]) {
            names.push(field.name().clone());
            columns.push(column);
        }
    }
    Ok((names, columns))
}

/// A column without gaps; nothing if it has no value, or values that have no place on a line.
fn coordinate(array: &ArrayRef) -> Result<Option<Vec<f64>>, DataError> {
    let values = Values::of(array)?;
    let nulls = values.nulls();
    let rows = || valid_rows(nulls.as_ref(), array.len());
    let mut column = vec![f64::NAN; array.len()];
    match ColumnKind::of(array.data_type()) {
        ColumnKind::Null | ColumnKind::Other => return Ok(None),
        ColumnKind::Text => {
            let mut counts: HashMap<u128, u64> = HashMap::new();
            rows().for_each(|row| *counts.entry(keys::of_row(&values, row)).or_default() += 1);
            for row in rows() {
                column[row] = counts[&keys::of_row(&values, row)] as f64;
            }
        }
        _ => {
            for row in rows() {
                column[row] = values.number(row).unwrap_or(f64::NAN);
            }
        }
    }
    let present: Vec<f64> = column
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    if present.is_empty() {
        return Ok(None);
    }
    let sample = Sample::new(present)?;
    let (centre, spread) = (median(&sample), robust_deviation(&sample));
    let spread = if spread > 0.0 { spread } else { 1.0 };
    for value in &mut column {
        let away = (*value - centre) / spread;
        *value = if away.is_nan() {
            0.0
        } else {
            away.clamp(-FARTHEST, FARTHEST)
        };
    }
    Ok(Some(column))
}

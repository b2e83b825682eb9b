//! What the domain classifier sees of a row: for each column one of a few bins.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef};
use arrow_cast::cast;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;

use super::super::ColumnKind;
use super::super::origin::Origin;
use super::super::values::{floats, kind_of};
use crate::DataError;
use crate::statistics::{Sample, quantile};

/// Bins of a column; the first is for missing values.
pub(super) const BINS: usize = 32;

/// The bins of the rows of both tables, the reference's first.
pub(super) struct Features {
    pub(super) names: Vec<String>,
    /// By column, then by row.
    pub(super) bins: Vec<Vec<u8>>,
}

impl Features {
    pub(super) fn of(
        origins: &[Origin; 2],
        names: &[String],
        chosen: &[Vec<usize>; 2],
    ) -> Result<Self, DataError> {
        let mut features = Self {
            names: Vec::new(),
            bins: Vec::new(),
        };
        for name in names {
            let places = [0, 1].map(|side| {
                let found = origins[side].schema().column_with_name(name);
                found.map(|(index, field)| (index, kind_of(field.data_type())))
            });
            let [Some((a, kind)), Some((b, other))] = places else {
                continue;
            };
            if kind != other || kind == ColumnKind::Other {
                continue;
            }
            let bins = if kind == ColumnKind::Categorical {
                let mut texts = texts_at(&origins[0], a, &chosen[0])?;
                texts.extend(texts_at(&origins[1], b, &chosen[1])?);
                bins_of_texts(&texts)
            } else {
                let mut numbers = numbers_at(&origins[0], a, &chosen[0])?;
                numbers.extend(numbers_at(&origins[1], b, &chosen[1])?);
                bins_of_numbers(&numbers)?
            };
            features.names.push(name.clone());
            features.bins.push(bins);
        }
        Ok(features)
    }
}

/// Between equal shares of all numbers: their ranks, coarsened.
fn bins_of_numbers(numbers: &[Option<f64>]) -> Result<Vec<u8>, DataError> {
    let present: Vec<f64> = numbers.iter().copied().flatten().collect();
    if present.is_empty() {
        return Ok(vec![0; numbers.len()]);
    }
    let sample = Sample::new(present)?;
    let count = BINS - 1;
    let mut edges: Vec<f64> = (1..count)
        .map(|k| quantile(&sample, k as f64 / count as f64))
        .collect();
    edges.dedup();
    let bin = |number: &Option<f64>| {
        number.map_or(0, |value| {
            1 + edges.partition_point(|edge| *edge < value) as u8
        })
    };
    Ok(numbers.iter().map(bin).collect())
}

/// The most frequent have a bin each, the others share the last.
fn bins_of_texts(texts: &[Option<String>]) -> Vec<u8> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts.iter().flatten() {
        *counts.entry(text).or_default() += 1;
    }
    let mut order: Vec<_> = counts.into_iter().collect();
    order.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let last = BINS - 1;
    let bins: BTreeMap<&str, u8> = order
        .iter()
        .enumerate()
        .map(|(place, (text, _))| (*text, (place + 1).min(last) as u8))
        .collect();
    let bin = |text: &Option<String>| {
        text.as_deref()
            .and_then(|text| bins.get(text))
            .copied()
            .unwrap_or(0)
    };
    texts.iter().map(bin).collect()
}

/// Calls with each batch and the chosen rows that are in it.
fn at(
    origin: &Origin,
    column: usize,
    chosen: &[usize],
    mut take: impl FnMut(&ArrayRef, usize) -> Result<(), DataError>,
    prepare: impl Fn(&ArrayRef) -> Result<ArrayRef, DataError>,
) -> Result<(), DataError> {
    let (mut start, mut next) = (0, 0);
    origin.visit(column, |array| {
        let end = start + array.len();
        if next < chosen.len() && chosen[next] < end {
            let array = prepare(array)?;
            while next < chosen.len() && chosen[next] < end {
                take(&array, chosen[next] - start)?;
                next += 1;
            }
        }
        start = end;
        Ok(())
    })
}

fn numbers_at(
    origin: &Origin,
    column: usize,
    chosen: &[usize],
) -> Result<Vec<Option<f64>>, DataError> {
    let mut numbers = Vec::with_capacity(chosen.len());
    let take = |array: &ArrayRef, row: usize| {
        let array = array.as_primitive::<Float64Type>();
        let value = array.is_valid(row).then(|| array.value(row));
        numbers.push(value.filter(|value| !value.is_nan()));
        Ok(())
    };
    at(origin, column, chosen, take, floats)?;
    Ok(numbers)
}

fn texts_at(
    origin: &Origin,
    column: usize,
    chosen: &[usize],
) -> Result<Vec<Option<String>>, DataError> {
    let mut texts = Vec::with_capacity(chosen.len());
    let take = |array: &ArrayRef, row: usize| {
        if array.is_null(row) {
            texts.push(None);
        } else {
            let options = FormatOptions::new();
            let shown = ArrayFormatter::try_new(array, &options)?;
            texts.push(Some(shown.value(row).try_to_string()?));
        }
        Ok(())
    };
    let prepare = |array: &ArrayRef| match array.data_type() {
        DataType::Dictionary(_, value) => Ok(cast(array, value)?),
        _ => Ok(ArrayRef::clone(array)),
    };
    at(origin, column, chosen, take, prepare)?;
    Ok(texts)
}

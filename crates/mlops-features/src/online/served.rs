//! What was served, kept by sample, and how often the past says otherwise.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, TimestampNanosecondArray,
};
use arrow_cast::cast;
use jiff::Timestamp;
use mlops_data::Table;

use super::OnlineError;
use super::answer::{Answer, Cell, FeatureValue};
use super::encoding::FeatureKind;
use super::view::View;
use crate::point_in_time::{EventSource, Events, PointInTime, compare_values};

/// The column of the moment at which a row was served.
const ASKED_AT: &str = "asked_at";

/// Keeps one answer in so many: keys, the moment, and what was given out. It is taken from here, written where the team keeps such
/// things, and compared by [`skew`].
#[derive(Debug)]
pub struct ServedLog {
    one_in: u64,
    asked: AtomicU64,
    kept: Mutex<Vec<(String, Table)>>,
}

/// Answers that are kept before they are taken; then the newest are not kept.
const MOST: usize = 100_000;

impl ServedLog {
    /// Keeps the first of every so many answers.
    pub fn one_in(answers: u64) -> Self {
        Self {
            one_in: answers.max(1),
            asked: AtomicU64::new(0),
            kept: Mutex::new(Vec::new()),
        }
    }

    /// Sees an answer.
    ///
    /// # Errors
    /// The entities are not those of the answer.
    pub(super) fn note(
        &self,
        views: &[View],
        entities: &Table,
        answer: &Answer,
    ) -> Result<(), OnlineError> {
        if !self
            .asked
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(self.one_in)
        {
            return Ok(());
        }
        for (place, view) in views.iter().enumerate() {
            if views[..place].iter().any(|earlier| earlier.id == view.id) {
                continue;
            }
            let mut table = entities.select(&view.keys())?;
            let moment = nanoseconds(answer.asked_at);
            let moments: ArrayRef =
                Arc::new(TimestampNanosecondArray::from(vec![moment; table.rows()]));
            table = table.with_column(ASKED_AT, moments)?;
            for of in answer.features.iter().filter(|of| of.view == view.name()) {
                let known = view
                    .definition
                    .features
                    .iter()
                    .find(|one| one.name == of.feature);
                if let Some(known) = known {
                    table = table.with_column(&of.feature, column(&of.cells, known.kind))?;
                }
            }
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < MOST {
                kept.push((view.name().to_owned(), table));
            }
        }
        Ok(())
    }

    /// What was kept since it was last taken: tables of one view and the same features each, by view.
    ///
    /// # Errors
    /// Never in practice: tables of the same columns are put together.
    pub fn take(&self) -> Result<Vec<(String, Table)>, OnlineError> {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let mut taken: Vec<(String, Vec<Table>)> = Vec::new();
        for (view, table) in kept {
            let same = |(name, tables): &&mut (String, Vec<Table>)| {
                *name == view && tables[0].schema() == table.schema()
            };
            match taken.iter_mut().find(same) {
                Some((_, tables)) => tables.push(table),
                None => taken.push((view, vec![table])),
            }
        }
        let whole = taken.into_iter().map(|(view, tables)| {
            let schema = Arc::clone(tables[0].schema());
            let batches = tables.iter().flat_map(|table| table.batches().to_vec());
            Ok((view, Table::from_batches(schema, batches)?))
        });
        whole.collect()
    }
}

/// How often a feature was served otherwise than the past has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureSkew {
    /// The feature.
    pub feature: String,
    /// How many served values were compared.
    pub compared: u64,
    /// How many of them differ in any bit.
    pub differing: u64,
    /// The first row of the served table that does.
    pub example: Option<u64>,
}

impl FeatureSkew {
    /// The share that differs; nothing if nothing was compared, which is no proof of anything.
    pub fn rate(&self) -> Option<f64> {
        (self.compared > 0).then(|| self.differing as f64 / self.compared as f64)
    }
}

/// Computes again what was served, from the events themselves, and counts what differs.
///
/// What differs shows events that were written to one side only, or that say they were known before they were.
///
/// # Errors
/// As [`PointInTime::join`].
pub fn skew(
    events: &Events,
    source: impl Into<EventSource>,
    served: &Table,
) -> Result<Vec<FeatureSkew>, OnlineError> {
    let asked: Vec<&String> = events
        .values
        .iter()
        .filter(|name| served.columns().contains(&name.as_str()))
        .collect();
    let again = events.clone().prefix("again: ");
    let joined = PointInTime::new(ASKED_AT)
        .latest(&again, source)
        .join(served)?;
    let mut found = Vec::new();
    for feature in asked {
        let given = joined.column(feature)?;
        let expected = cast(
            &joined.column(&format!("again: {feature}"))?,
            given.data_type(),
        )?;
        let mut skew = FeatureSkew {
            feature: feature.clone(),
            compared: joined.rows() as u64,
            differing: 0,
            example: None,
        };
        let (given, expected) = ([given], [expected]);
        for row in 0..joined.rows() {
            if compare_values(&given, row, &expected, row)?.is_ne() {
                skew.differing += 1;
                skew.example.get_or_insert(row as u64);
            }
        }
        found.push(skew);
    }
    Ok(found)
}

fn nanoseconds(moment: Timestamp) -> i64 {
    i64::try_from(moment.as_nanosecond()).unwrap_or(i64::MAX)
}

fn column(cells: &[Cell], kind: FeatureKind) -> ArrayRef {
    let values = cells.iter().map(|cell| cell.value.as_ref());
    match kind {
        FeatureKind::Integer => Arc::new(values.map(integer).collect::<Int64Array>()),
        FeatureKind::Number => Arc::new(values.map(number).collect::<Float64Array>()),
        FeatureKind::Text => Arc::new(values.map(text).collect::<StringArray>()),
        FeatureKind::Boolean => Arc::new(values.map(truth).collect::<BooleanArray>()),
        FeatureKind::Moment => {
            let moments = values.map(|value| match value {
                Some(FeatureValue::Moment(value)) => Some(nanoseconds(*value)),
                _ => None,
            });
            Arc::new(moments.collect::<TimestampNanosecondArray>())
        }
    }
}

fn integer(value: Option<&FeatureValue>) -> Option<i64> {
    match value {
        Some(FeatureValue::Integer(value)) => Some(*value),
        _ => None,
    }
}

fn number(value: Option<&FeatureValue>) -> Option<f64> {
    match value {
        Some(FeatureValue::Number(value)) => Some(*value),
        _ => None,
    }
}

fn text(value: Option<&FeatureValue>) -> Option<&str> {
    match value {
        Some(FeatureValue::Text(value)) => Some(value),
        _ => None,
    }
}

fn truth(value: Option<&FeatureValue>) -> Option<bool> {
    match value {
        Some(FeatureValue::Boolean(value)) => Some(*value),
        _ => None,
    }
}

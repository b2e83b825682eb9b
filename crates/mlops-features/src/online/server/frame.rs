//! Columns of JSON as tables, and answers as columns of JSON.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use jiff::Timestamp;
use jiff::civil::DateTime;
use mlops_data::Table;
use serde_json::{Value, json};

use super::body::{Frame, Problem};
use crate::online::answer::{Answer, FeatureValue, Status};
use crate::online::encoding::FeatureKind;
use crate::online::view::View;
use crate::point_in_time::KeyKind;

/// The names that Feast's client gives to the times of what it writes, whatever the view calls them.
const EVENT_TIME: &str = "event_timestamp";
const CREATED_TIME: &str = "created";

/// When nothing happened: what Feast's server says of keys, and of entities that it does not know.
const NEVER: &str = "1970-01-01T00:00:00Z";

fn list<'a>(frame: &'a Frame, name: &str) -> Result<&'a [Value], Problem> {
    let column = frame
        .get(name)
        .ok_or_else(|| Problem::wrong(format!("there is no column `{name}`")))?;
    let list = column.as_array().map(Vec::as_slice);
    list.ok_or_else(|| Problem::wrong(format!("column `{name}` is no list")))
}

/// The values of a column as one type; a null is none.
fn typed<T>(
    name: &str,
    values: &[Value],
    expected: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<Option<T>>, Problem> {
    let typed = values.iter().map(|value| match value {
        Value::Null => Ok(None),
        value => match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(Problem::wrong(format!(
                "column `{name}` has {value}, which is no {expected}"
            ))),
        },
    });
    typed.collect()
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        // What pandas made of whole numbers beside a missing one.
        let number = value.as_f64()?;
        (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
    })
}

fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        _ => value.as_f64(),
    }
}

/// A moment as text, in UTC where it does not say, or as seconds since 1970.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let civil = || {
        Some(
            text.parse::<DateTime>()
                .ok()?
                .in_tz("UTC")
                .ok()?
                .timestamp(),
        )
    };
    text.parse().ok().or_else(civil)
}

fn microseconds(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => Some(moment(text)?.as_microsecond()),
        value => {
            let seconds = value.as_f64()?;
            (seconds.abs() < 1e11).then_some((seconds * 1e6) as i64)
        }
    }
}

fn key(name: &str, kind: KeyKind, values: &[Value]) -> Result<ArrayRef, Problem> {
    Ok(match kind {
        KeyKind::Signed => Arc::new(Int64Array::from(typed(
            name,
            values,
            "whole number",
            whole,
        )?)),
        KeyKind::Unsigned => {
            let read = |value: &Value| value.as_u64();
            Arc::new(UInt64Array::from(typed(
                name,
                values,
                "whole number",
                read,
            )?))
        }
        KeyKind::Text => Arc::new(StringArray::from(typed(name, values, "text", |value| {
            value.as_str().map(str::to_owned)
        })?)),
        KeyKind::Boolean => Arc::new(BooleanArray::from(typed(
            name,
            values,
            "truth value",
            Value::as_bool,
        )?)),
        KeyKind::Day => {
            let day = |value: &Value| {
                let day: jiff::civil::Date = value.as_str()?.parse().ok()?;
                let epoch = jiff::civil::date(1970, 1, 1);
                i32::try_from(day.duration_since(epoch).as_hours() / 24).ok()
            };
            Arc::new(Date32Array::from(typed(name, values, "day", day)?))
        }
    })
}

fn feature(name: &str, kind: FeatureKind, values: &[Value]) -> Result<ArrayRef, Problem> {
    Ok(match kind {
        FeatureKind::Integer => key(name, KeyKind::Signed, values)?,
        FeatureKind::Text => key(name, KeyKind::Text, values)?,
        FeatureKind::Boolean => key(name, KeyKind::Boolean, values)?,
        FeatureKind::Number => Arc::new(Float64Array::from(typed(name, values, "number", number)?)),
        FeatureKind::Moment => moments(name, values)?,
    })
}

fn moments(name: &str, values: &[Value]) -> Result<ArrayRef, Problem> {
    let moments = typed(name, values, "moment", microseconds)?;
    Ok(Arc::new(TimestampMicrosecondArray::from(moments)))
}

fn table(columns: Vec<(String, ArrayRef)>) -> Result<Table, Problem> {
    Table::from_columns(columns).map_err(|error| Problem::wrong(error.to_string()))
}

/// The entities that are asked for, each key as its view has it. Keys that no view has are left where they are: in the request.
pub(super) fn entities(frame: &Frame, views: &[View]) -> Result<Table, Problem> {
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for key_of in views.iter().flat_map(|view| &view.definition.keys) {
        if columns.iter().all(|(name, _)| *name != key_of.name) {
            let values = list(frame, &key_of.name)?;
            columns.push((key_of.name.clone(), key(&key_of.name, key_of.kind, values)?));
        }
    }
    table(columns)
}

/// Events that are written, as a table with the columns of their view.
pub(super) fn events(frame: &Frame, view: &View) -> Result<Table, Problem> {
    let definition = &view.definition;
    // By its own name, or by the one that the client gives it.
    let time = |name: &str, usual: &str| {
        let given = if frame.contains_key(name) {
            name
        } else {
            usual
        };
        moments(given, list(frame, given)?)
    };
    let mut columns = Vec::new();
    for key_of in &definition.keys {
        let values = list(frame, &key_of.name)?;
        columns.push((key_of.name.clone(), key(&key_of.name, key_of.kind, values)?));
    }
    columns.push((
        definition.event_time.clone(),
        time(&definition.event_time, EVENT_TIME)?,
    ));
    if let Some(name) = &definition.created_time {
        let known = frame.contains_key(name) || frame.contains_key(CREATED_TIME);
        let column: ArrayRef = match known {
            true => time(name, CREATED_TIME)?,
            false => {
                let rows = columns
                    .first()
                    .map_or(0, |(_, column): &(String, ArrayRef)| column.len());
                Arc::new(TimestampMicrosecondArray::from(vec![None::<i64>; rows]))
            }
        };
        columns.push((name.clone(), column));
    }
    for feature_of in &definition.features {
        if columns.iter().all(|(name, _)| *name != feature_of.name) {
            let values = list(frame, &feature_of.name)?;
            let column = feature(&feature_of.name, feature_of.kind, values)?;
            columns.push((feature_of.name.clone(), column));
        }
    }
    table(columns)
}

fn value(value: &FeatureValue) -> Value {
    match value {
        FeatureValue::Integer(value) => json!(value),
        FeatureValue::Number(value) if value.is_finite() => json!(value),
        // As protobuf has it, since JSON has no numbers for these.
        FeatureValue::Number(value) if value.is_nan() => json!("NaN"),
        FeatureValue::Number(value) if *value > 0.0 => json!("Infinity"),
        FeatureValue::Number(_) => json!("-Infinity"),
        FeatureValue::Text(value) => json!(value),
        FeatureValue::Boolean(value) => json!(value),
        FeatureValue::Moment(value) => json!(value.to_string()),
    }
}

/// The keys as they were asked for, then the features.
pub(super) fn answer(entities: &Frame, answer: &Answer, full_names: bool) -> Value {
    let mut names: Vec<String> = Vec::new();
    let mut results = Vec::new();
    for (name, values) in entities {
        let count = values.as_array().map_or(0, Vec::len);
        names.push(name.clone());
        results.push(json!({
            "values": values,
            "statuses": vec!["PRESENT"; count],
            "event_timestamps": vec![NEVER; count],
        }));
    }
    for feature in &answer.features {
        names.push(match full_names {
            true => format!("{}__{}", feature.view, feature.feature),
            false => feature.feature.clone(),
        });
        let cells = &feature.cells;
        let statuses = cells.iter().map(|cell| match cell.status {
            Status::Present => "PRESENT",
            Status::Null => "NULL_VALUE",
            Status::NotFound => "NOT_FOUND",
            Status::TooOld => "OUTSIDE_MAX_AGE",
        });
        let times = cells.iter().map(|cell| match cell.event_time {
            Some(time) => time.to_string(),
            None => NEVER.to_owned(),
        });
        results.push(json!({
            "values": cells.iter().map(|cell| cell.value.as_ref().map(value)).collect::<Vec<_>>(),
            "statuses": statuses.collect::<Vec<_>>(),
            "event_timestamps": times.collect::<Vec<_>>(),
        }));
    }
    json!({ "metadata": { "feature_names": names }, "results": results })
}

//! Changes that a profile makes to the configuration of a pipeline.

use serde::Serialize;
use toml::de::DeValue;

use super::error::ConfigurationError;
use super::item::{Item, quoted, read_integer};
use super::origin::Setting;
use crate::Value;

/// One value of a pipeline's configuration that a profile changes.
#[derive(Debug, Clone, Serialize)]
pub struct Override {
    /// The fields that lead to it, from the outside in.
    pub path: Vec<String>,
    /// The value, and where it was written. It is never a map: each entry of a table is a change of its own.
    pub setting: Setting<Value>,
}

impl Override {
    /// The path as people write it, such as `train.rate`.
    pub fn key(&self) -> String {
        self.path
            .iter()
            .map(|part| quoted(part))
            .collect::<Vec<_>>()
            .join(".")
    }
}

/// Reads the nested table of one pipeline.
pub(super) fn read(table: &Item<'_>) -> Result<Vec<Override>, ConfigurationError> {
    let mut overrides = Vec::new();
    for entry in table.table()? {
        collect(&entry, Vec::new(), &mut overrides)?;
    }
    Ok(overrides)
}

fn collect(
    item: &Item<'_>,
    mut path: Vec<String>,
    overrides: &mut Vec<Override>,
) -> Result<(), ConfigurationError> {
    path.push(item.name.to_owned());
    if item.value().is_table() {
        for entry in item.table()? {
            collect(&entry, path.clone(), overrides)?;
        }
    } else {
        let value = to_value(item, item.value())?;
        overrides.push(Override {
            path,
            setting: item.setting(value),
        });
    }
    Ok(())
}

/// A TOML value as a canonical one. A date becomes its text, which is how Serde reads dates.
fn to_value(item: &Item<'_>, value: &DeValue<'_>) -> Result<Value, ConfigurationError> {
    Ok(match value {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Integer(integer) => read_integer(integer)
            .map(Value::Integer)
            .ok_or_else(|| item.refuse(too_large(item)))?,
        DeValue::Float(float) => {
            let text = float.as_str();
            let value: f64 = text.parse().map_err(|_| item.refuse(too_large(item)))?;
            // A literal that overflows would silently become another value than the one that was written.
            if value.is_infinite() && !text.contains("inf") {
                return Err(item.refuse(too_large(item)));
            }
            Value::Float(value.into())
        }
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|entry| to_value(item, entry.get_ref()))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, entry)| {
                    Ok((
                        Value::Text(key.get_ref().clone().into_owned()),
                        to_value(item, entry.get_ref())?,
                    ))
                })
                .collect::<Result<_, ConfigurationError>>()?,
        ),
    })
}

fn too_large(item: &Item<'_>) -> String {
    format!(
        "`{}` holds a number that does not fit into 64 bits",
        item.path()
    )
}

/// The changes of `above` on top of those of `below`: what stands at the same place, over it or under it, gives way.
pub(super) fn merge(above: Vec<Override>, below: &[Override]) -> Vec<Override> {
    let mut merged: Vec<_> = below
        .iter()
        .filter(|old| {
            !above
                .iter()
                .any(|new| new.path.starts_with(&old.path) || old.path.starts_with(&new.path))
        })
        .cloned()
        .collect();
    merged.extend(above);
    merged.sort_by(|a, b| a.path.cmp(&b.path));
    merged
}

//! `features materialize|push|get|forget`: writing and asking the online store.

use std::collections::BTreeSet;
use std::path::Path;

use mlops_data::{File, Table};
use mlops_features::online::{
    Answer, FeatureValue, OnlineError, OnlineStore, Status, View, Written,
};
use serde_json::{Value, json};

use super::{MaterializeArguments, OnlineArguments, pair};
use crate::cli::arguments::CommonArguments;
use crate::cli::tell;
use crate::failure::Failure;

pub(super) fn materialize(
    common: &CommonArguments,
    arguments: &MaterializeArguments,
) -> Result<u8, Failure> {
    let store = arguments.online.open()?;
    let events = arguments.columns.events(&arguments.view)?;
    for path in &arguments.files {
        let file = File::new(path);
        let written = match arguments.again {
            true => store.materialize_again(&events, &file)?,
            false => store.materialize(&events, &file)?,
        };
        say(common, path, &written)?;
    }
    Ok(0)
}

pub(super) fn push(
    common: &CommonArguments,
    view: &str,
    file: &Path,
    online: &OnlineArguments,
) -> Result<u8, Failure> {
    let store = online.existing()?;
    let events = store.view(view)?.events();
    let written = store.push(&events, &Table::read(&File::new(file))?)?;
    say(common, file, &written)?;
    Ok(0)
}

pub(super) fn forget(
    common: &CommonArguments,
    view: &str,
    online: &OnlineArguments,
) -> Result<u8, Failure> {
    online.existing()?.forget(view)?;
    match common.json {
        true => tell::json_line(&json!({ "event": "forgotten", "view": view }))?,
        false => tell::text(&format!("{view}: forgotten"))?,
    }
    Ok(0)
}

fn say(common: &CommonArguments, path: &Path, written: &Written) -> Result<(), Failure> {
    let Written {
        seen,
        of_nobody,
        newer,
        pending,
        skipped,
    } = *written;
    if common.json {
        return Ok(tell::json_line(&json!({
            "event": "written", "file": path, "seen": seen, "of_nobody": of_nobody, "newer": newer,
            "pending": pending, "skipped": skipped,
        }))?);
    }
    let path = path.display();
    if skipped {
        return tell::text(&format!("{path}: in already"));
    }
    let mut said = format!("{path}: {seen} events, {newer} newer than what was there");
    for (count, what) in [(pending, "still to come"), (of_nobody, "about nobody")] {
        if count > 0 {
            said += &format!(", {count} {what}");
        }
    }
    tell::text(&said)
}

pub(super) fn get(
    common: &CommonArguments,
    features: &[String],
    entities: &[String],
    online: &OnlineArguments,
) -> Result<u8, Failure> {
    let store = online.existing()?;
    let entities = entities_of(&store, features, entities)?;
    let features: Vec<&str> = features.iter().map(String::as_str).collect();
    let answer = store.get(&features, &entities)?;
    match common.json {
        true => lines(&answer, &entities)?,
        false => {
            let header: Vec<&str> = entities.columns().into_iter().chain(features).collect();
            let keys: Vec<Vec<String>> = key_texts(&entities)?;
            let rows = keys.into_iter().enumerate().map(|(row, mut cells)| {
                let shown = answer.features.iter().map(|feature| {
                    let cell = &feature.cells[row];
                    let value = cell.value.as_ref().map(shown);
                    value.unwrap_or_else(|| format!("({})", word(cell.status)))
                });
                cells.extend(shown);
                cells
            });
            tell::text(&tell::table(&header, rows))?;
        }
    }
    Ok(0)
}

/// The entities, with keys of the kind that the views have: `007` is a text where keys are texts.
fn entities_of(
    store: &OnlineStore,
    features: &[String],
    given: &[String],
) -> Result<Table, Failure> {
    let mut names = BTreeSet::new();
    for feature in features {
        let (view, _) = feature
            .split_once(':')
            .ok_or_else(|| OnlineError::FeatureName {
                name: feature.clone(),
            })?;
        names.insert(view);
    }
    let views = names.into_iter().map(|name| store.view(name));
    let views: Vec<View> = views.collect::<Result<_, _>>()?;
    let mut columns = Vec::new();
    for text in given {
        let (name, values) = pair(text)?;
        let values: Vec<&str> = values.split(',').collect();
        let mut typed = views
            .iter()
            .filter_map(|view| view.typed_keys(name, &values).transpose());
        let column = typed.next().transpose()?.ok_or_else(|| {
            let known: BTreeSet<&str> = views.iter().flat_map(View::keys).collect();
            let known: Vec<&str> = known.into_iter().collect();
            let message = format!("no view that is asked for has the key `{name}`");
            Failure::usage("command::reference", message)
                .help(format!("their keys are {}", known.join(", ")))
        })?;
        columns.push((name, column));
    }
    Ok(Table::from_columns(columns)?)
}

fn key_texts(entities: &Table) -> Result<Vec<Vec<String>>, Failure> {
    let mut rows = vec![Vec::new(); entities.rows()];
    for name in entities.columns() {
        let texts = mlops_data::arrow::cast::cast(
            &entities.column(name)?,
            &mlops_data::arrow::schema::DataType::Utf8,
        );
        let texts = Table::from_columns([("key", texts.map_err(mlops_data::DataError::from)?)])?;
        for (row, text) in rows.iter_mut().zip(texts.texts("key")?) {
            row.push(text.unwrap_or_default());
        }
    }
    Ok(rows)
}

fn lines(answer: &Answer, entities: &Table) -> Result<(), Failure> {
    let names = entities.columns();
    for (row, keys) in key_texts(entities)?.into_iter().enumerate() {
        let keys: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| (*name).to_owned())
            .zip(keys.into_iter().map(Value::from))
            .collect();
        for feature in &answer.features {
            let cell = &feature.cells[row];
            let value = match &cell.value {
                Some(FeatureValue::Integer(value)) => json!(value),
                Some(FeatureValue::Number(value)) => json!(value),
                Some(FeatureValue::Boolean(value)) => json!(value),
                Some(value) => json!(shown(value)),
                None => Value::Null,
            };
            tell::json_line(&json!({
                "event": "feature", "entity": keys, "view": feature.view, "feature": feature.feature, "value": value,
                "status": word(cell.status), "event_time": cell.event_time.map(|time| time.to_string()),
            }))?;
        }
    }
    Ok(())
}

fn shown(value: &FeatureValue) -> String {
    match value {
        FeatureValue::Integer(value) => value.to_string(),
        FeatureValue::Number(value) => value.to_string(),
        FeatureValue::Text(value) => value.clone(),
        FeatureValue::Boolean(value) => value.to_string(),
        FeatureValue::Moment(value) => value.to_string(),
        // What is to come is shown as it is.
        other => format!("{other:?}"),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Present => "present",
        Status::Null => "null",
        Status::NotFound => "not found",
        Status::TooOld => "too old",
    }
}

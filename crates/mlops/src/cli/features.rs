//! `features`: definitions, versions, the lock, the catalogue.

mod catalogue;
mod difference;
pub(crate) mod over_time;

use mlops_features::{Checked, Definition, FeatureError, InputKind};
use serde_json::{Value, json};

use super::arguments::{CommonArguments, FeaturesCommand};
use super::tell;
use crate::app::App;
use crate::declared_features::DeclaredFeatures;
use crate::failure::{Exit, Failure};
use crate::project::Project;
use crate::report::style;

pub(super) fn features(
    app: &App,
    common: &CommonArguments,
    command: &FeaturesCommand,
) -> Result<u8, Failure> {
    if let FeaturesCommand::OverTime(command) = command {
        return over_time::over_time(common, command);
    }
    let project = Project::here()?;
    let declared = DeclaredFeatures::of_program(app, &project)?;
    match command {
        FeaturesCommand::List => list(&declared, &project, common.json),
        FeaturesCommand::Show { name } => show(&declared, name, common.json),
        FeaturesCommand::Lock { check: true, .. } => check(&declared, common.json),
        FeaturesCommand::Lock { prune, .. } => lock(declared, *prune, common.json),
        FeaturesCommand::Diff { name, from, to } => {
            difference::difference(&declared, common.json, name, from.as_deref(), to.as_deref())
        }
        FeaturesCommand::Catalogue { to, data } => {
            catalogue::catalogue(&declared, &project, common, to.as_deref(), data.as_deref())
        }
        FeaturesCommand::OverTime(command) => over_time::over_time(common, command),
    }
}

/// The definition of that name.
fn find(declared: &DeclaredFeatures, name: &str) -> Result<&'static Definition, FeatureError> {
    declared
        .defined
        .find(name)
        .ok_or_else(|| FeatureError::Unknown {
            name: name.to_owned(),
            candidates: names(declared),
        })
}

fn names(declared: &DeclaredFeatures) -> Vec<String> {
    let all = declared.defined.in_order();
    let mut names: Vec<String> = all.iter().map(|one| one.name.to_owned()).collect();
    names.sort();
    names
}

fn list(declared: &DeclaredFeatures, project: &Project, json: bool) -> Result<u8, Failure> {
    let today = project.clock.now().to_string();
    let today = today.get(..10).unwrap_or_default();
    let mut rows = Vec::new();
    let mut checked = declared.lock.check(declared.defined.in_order());
    checked.sort_by_key(|checked| checked.definition.name);
    for checked in &checked {
        if json {
            tell::json_line(&line(checked))?;
        }
        let definition = checked.definition;
        let deprecated = match definition.deprecated {
            Some(deprecation) if definition.is_past(today) => {
                format!("not to be used since {}", deprecation.from)
            }
            Some(deprecation) => format!("until {}", deprecation.from),
            None => String::new(),
        };
        rows.push(vec![
            definition.name.to_owned(),
            definition.entity.to_owned(),
            definition.output.to_string(),
            definition.owner.to_owned(),
            definition.version().to_string(),
            checked.state.as_str().to_owned(),
            deprecated,
            definition.summary().to_owned(),
        ]);
    }
    if !json {
        let header = [
            "feature",
            "entity",
            "type",
            "owner",
            "version",
            "lock",
            "deprecated",
            "says",
        ];
        tell::text(&tell::table(&header, rows))?;
    }
    Ok(0)
}

/// What programs are told of a feature.
fn line(checked: &Checked) -> Value {
    let definition = checked.definition;
    let differences: Vec<String> = checked
        .differences
        .iter()
        .map(ToString::to_string)
        .collect();
    json!({
        "event": "feature",
        "feature": definition.name,
        "entity": definition.entity,
        "owner": definition.owner,
        "type": definition.output.name(),
        "description": definition.description,
        "version": definition.version().digest().hex(),
        "state": checked.state.as_str(),
        "differences": differences,
        "stale": checked.stale,
        "deprecated": definition.deprecated.map(|one| one.from),
        "instead": definition.deprecated.and_then(|one| one.instead),
        "at": definition.place(),
    })
}

fn show(declared: &DeclaredFeatures, name: &str, json: bool) -> Result<u8, Failure> {
    let definition = find(declared, name)?;
    let checked = declared.lock.check([definition]);
    let parts = definition.parts();
    let earlier: Vec<String> = declared
        .lock
        .versions(definition.name)
        .map(|locked| locked.version.to_string())
        .collect();
    if json {
        for checked in &checked {
            let mut line = line(checked);
            line["parts"] = parts
                .iter()
                .map(|part| (part.name.clone(), json!(part.value)))
                .collect();
            line["locked"] = json!(earlier);
            line["definition"] = json!(definition.text);
            tell::json_line(&line)?;
        }
        return Ok(0);
    }
    let inputs: Vec<String> = definition
        .inputs
        .iter()
        .map(|input| match input.kind {
            InputKind::Column => format!("column {}", input.name),
            InputKind::Window => format!("events {}", input.name),
            InputKind::Feature(_) => format!("feature {}", input.name),
        })
        .collect();
    let state = checked.first().map(ToString::to_string).unwrap_or_default();
    let mut rows = vec![
        ("entity", definition.entity.to_owned()),
        ("owner", definition.owner.to_owned()),
        ("type", definition.output.to_string()),
        ("computed from", inputs.join(", ")),
        ("version", definition.version().to_string()),
        ("lock", state),
        ("declared", earlier.join(", ")),
        ("defined at", definition.place()),
    ];
    if let Some(deprecation) = definition.deprecated {
        let instead = deprecation
            .instead
            .map(|instead| format!(", use {instead}"));
        rows.push((
            "deprecated",
            format!("from {}{}", deprecation.from, instead.unwrap_or_default()),
        ));
    }
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value]);
    let table = tell::table(&["feature", definition.name], rows);
    let made_of = parts
        .iter()
        .map(|part| vec![part.name.clone(), part.value.clone()]);
    let made_of = tell::table(&["the version is made of", ""], made_of);
    tell::text(&format!(
        "{}\n\n{table}\n{}\n\n{made_of}",
        definition.description, definition.text
    ))?;
    Ok(0)
}

fn check(declared: &DeclaredFeatures, json: bool) -> Result<u8, Failure> {
    declared.check_names()?;
    let checked = declared.lock.check(declared.defined.in_order());
    let failed = checked.iter().filter(|checked| !checked.passes()).count();
    let mut text = String::new();
    for checked in &checked {
        if json {
            tell::json_line(&line(checked))?;
        } else if !checked.passes() || !checked.stale.is_empty() {
            text.push_str(&format!("{checked}\n"));
        }
    }
    let total = checked.len();
    if json {
        tell::json_line(&json!({ "event": "lock", "features": total, "undeclared": failed }))?;
    } else if failed == 0 {
        tell::text(&format!("{text}{total} features are locked"))?;
    } else {
        let next = "`features lock` declares them; review and commit features.lock";
        let last = format!("{failed} of {total} features are not declared so: {next}");
        tell::text(&format!("{text}{}", style::dim(&last)))?;
    }
    Ok(if failed == 0 { 0 } else { Exit::Failed as u8 })
}

fn lock(mut declared: DeclaredFeatures, prune: bool, json: bool) -> Result<u8, Failure> {
    declared.check_names()?;
    let all = declared.defined.in_order();
    let checked = declared.lock.check(all.iter().copied());
    let before = declared.lock.to_text();
    let was_there = !declared.lock.features().is_empty();
    declared.lock.declare(
        // What is declared already stays where it is.
        checked
            .iter()
            .filter(|checked| !checked.passes() || !checked.stale.is_empty())
            .map(|checked| checked.definition),
    );
    let forgotten = if prune {
        declared
            .lock
            .keep_only(all.iter().map(|definition| definition.name))
    } else {
        Vec::new()
    };
    let text = declared.lock.to_text();
    if text != before || !was_there {
        tell::write_file(&declared.path, text.as_bytes())?;
    }
    let mut said = String::new();
    for checked in &checked {
        if json {
            tell::json_line(&line(checked))?;
        } else if !checked.passes() || !checked.stale.is_empty() {
            said.push_str(&format!("{checked}\n"));
        }
    }
    for name in &forgotten {
        if json {
            tell::json_line(&json!({ "event": "forgotten", "feature": name }))?;
        }
        said.push_str(&format!("`{name}` is forgotten\n"));
    }
    if !json {
        tell::text(&format!("{said}{} features are locked", all.len()))?;
    }
    Ok(0)
}

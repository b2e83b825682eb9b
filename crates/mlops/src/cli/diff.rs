//! `diff` and `key diff`: what differs between two runs, and between two keys.

use std::collections::{BTreeMap, BTreeSet};

use mlops_pipeline::{StageKey, compare_recorded_keys};
use mlops_store::{Entry, InputKind, RunRecord, StageRecord, Store};
use serde_json::{Value, json};

use super::arguments::{CommonArguments, DiffArguments};
use super::subject::{Subject, entry_of};
use super::tell;
use crate::failure::Failure;

/// One thing that differs; empty where one side has nothing.
struct Difference {
    section: &'static str,
    item: String,
    a: String,
    b: String,
}

/// What a run is compared by: items with their values, by section.
struct Side {
    run: RunRecord,
    sections: Vec<(&'static str, BTreeMap<String, String>)>,
    keys: BTreeMap<String, (StageKey, String)>,
}

pub(super) fn diff(
    store: &Store,
    common: &CommonArguments,
    arguments: &DiffArguments,
) -> Result<u8, Failure> {
    let a = Side::new(store, store.find_run(&arguments.a, None)?)?;
    let b = Side::new(store, store.find_run(&arguments.b, None)?)?;
    let differences = differences(store, &a, &b)?;
    if common.json {
        for difference in &differences {
            tell::json_line(&json!({
                "event": "difference",
                "section": difference.section,
                "item": difference.item,
                "a": difference.a,
                "b": difference.b,
            }))?;
        }
    } else if arguments.markdown {
        tell::text(&markdown(&a.run, &b.run, &differences))?;
    } else {
        tell::text(&plain(&a.run, &b.run, &differences))?;
    }
    Ok(0)
}

impl Side {
    fn new(store: &Store, run: RunRecord) -> Result<Self, Failure> {
        let mut metrics = BTreeMap::new();
        let mut inputs = BTreeMap::new();
        let mut outcomes = BTreeMap::new();
        let mut keys = BTreeMap::new();
        let mut toolchain = BTreeMap::new();
        for stage in store.stages(run.id)? {
            let entry = stage.entry.map(|id| store.entry_with_key(id)).transpose()?;
            outcomes.insert(stage.name.clone(), outcome(&stage));
            let playback = entry
                .as_ref()
                .map_or(&stage.playback, |entry| &entry.playback);
            for metric in &playback.metrics {
                // The last value of a metric is the one that a training ends with.
                metrics.insert(
                    format!("{} {}", stage.name, metric.name),
                    metric.value.to_string(),
                );
            }
            let Some(entry) = entry else { continue };
            sources(&entry, &mut inputs);
            if let Ok(key) = serde_json::from_value::<StageKey>(entry.key_record.clone()) {
                for (name, value) in [("toolchain", &key.toolchain), ("target", &key.target)] {
                    if let Some(value) = value {
                        toolchain.insert(name.to_owned(), value.clone());
                    }
                }
                keys.insert(stage.name.clone(), (key, stage.source.clone()));
            }
        }
        let mut environment = run.environment.clone();
        environment.append(&mut toolchain);
        environment.insert("host".to_owned(), run.host.clone());
        environment.insert("profile".to_owned(), run.profile.clone());
        let sections = vec![
            ("parameters", leaves(&run.parameters)),
            ("metrics", metrics),
            ("inputs", inputs),
            ("code", code(&run)),
            ("environment", environment),
            ("stages", outcomes),
        ];
        Ok(Self {
            run,
            sections,
            keys,
        })
    }
}

fn outcome(stage: &StageRecord) -> String {
    use mlops_store::StageOutcome::{Ran, Reused};
    match stage.outcome {
        // What counts is that the result is there.
        Ran | Reused => "done".to_owned(),
        other => other.as_str().to_owned(),
    }
}

fn sources(entry: &Entry, inputs: &mut BTreeMap<String, String>) {
    for input in &entry.inputs {
        if input.kind == InputKind::Source
            && let (Some(location), Some(digest)) = (&input.location, &input.digest)
        {
            let value = input.value.as_ref().and_then(Value::as_str);
            let shown = value.map_or_else(|| digest.short(), str::to_owned);
            inputs.insert(location.clone(), shown);
        }
    }
}

fn code(run: &RunRecord) -> BTreeMap<String, String> {
    let mut code = BTreeMap::new();
    let state = &run.code;
    for (name, value) in [("commit", &state.commit), ("branch", &state.branch)] {
        if let Some(value) = value {
            code.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(dirty) = state.dirty {
        code.insert(
            "uncommitted changes".to_owned(),
            if dirty { "yes" } else { "no" }.to_owned(),
        );
    }
    code
}

/// The leaves of a configuration by their path.
pub(super) fn leaves(value: &Value) -> BTreeMap<String, String> {
    fn walk(path: &str, value: &Value, leaves: &mut BTreeMap<String, String>) {
        let below = |name: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    walk(&below(name), value, leaves);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, value) in items.iter().enumerate() {
                    walk(&below(&index.to_string()), value, leaves);
                }
            }
            Value::Null if path.is_empty() => {}
            leaf => {
                leaves.insert(path.to_owned(), leaf.to_string());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk("", value, &mut found);
    found
}

fn differences(store: &Store, a: &Side, b: &Side) -> Result<Vec<Difference>, Failure> {
    let mut differences = Vec::new();
    for ((section, old), (_, new)) in a.sections.iter().zip(&b.sections) {
        let items: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for item in items {
            let (was, is) = (old.get(item), new.get(item));
            if was != is {
                differences.push(Difference {
                    section,
                    item: item.clone(),
                    a: was.cloned().unwrap_or_default(),
                    b: is.cloned().unwrap_or_default(),
                });
            }
        }
        if *section == "code" {
            differences.extend(code_of_stages(store, a, b)?);
        }
    }
    Ok(differences)
}

/// Stages whose code differs, whatever the commits say.
fn code_of_stages(store: &Store, a: &Side, b: &Side) -> Result<Vec<Difference>, Failure> {
    let mut differences = Vec::new();
    for (stage, (new, place)) in &b.keys {
        let Some((old, _)) = a.keys.get(stage) else {
            continue;
        };
        if old.code != new.code {
            let reasons = compare_recorded_keys(store, old, new, place)?;
            let first = reasons.first().map(ToString::to_string);
            differences.push(Difference {
                section: "code",
                item: stage.clone(),
                a: String::new(),
                b: first.unwrap_or_else(|| "changed".to_owned()),
            });
        }
    }
    Ok(differences)
}

fn title(run: &RunRecord) -> String {
    let outcome = run
        .outcome
        .map_or("running", mlops_store::RunOutcome::as_str);
    format!(
        "{} ({}, {outcome}, {})",
        tell::short_run(run),
        run.pipeline,
        run.started.strftime("%Y-%m-%d %H:%M")
    )
}

fn plain(a: &RunRecord, b: &RunRecord, differences: &[Difference]) -> String {
    let mut text = format!("a  {}\nb  {}\n\n", title(a), title(b));
    if differences.is_empty() {
        text.push_str("nothing differs\n");
        return text;
    }
    let rows = differences.iter().map(|difference| {
        vec![
            difference.section.to_owned(),
            difference.item.clone(),
            difference.a.clone(),
            difference.b.clone(),
            change(difference),
        ]
    });
    text.push_str(&tell::table(&["", "what", "a", "b", "change"], rows));
    text
}

/// The change of a number, with its sign.
fn change(difference: &Difference) -> String {
    let (Ok(a), Ok(b)) = (difference.a.parse::<f64>(), difference.b.parse::<f64>()) else {
        return String::new();
    };
    let precision = if (b - a).abs() >= 100.0 { 0 } else { 4 };
    format!("{:+.precision$}", b - a)
}

fn markdown(a: &RunRecord, b: &RunRecord, differences: &[Difference]) -> String {
    let mut text = format!("Run {} compared with {}.\n", title(b), title(a));
    if differences.is_empty() {
        text.push_str("\nNothing differs.\n");
        return text;
    }
    let mut section = "";
    for difference in differences {
        if difference.section != section {
            section = difference.section;
            text.push_str(&format!(
                "\n**{section}**\n\n| | before | after | change |\n|---|---|---|---|\n"
            ));
        }
        text.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            cell(&difference.item),
            cell(&difference.a),
            cell(&difference.b),
            change(difference)
        ));
    }
    text
}

/// Text that cannot break out of a table's cell.
fn cell(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    format!("`{}`", text.replace('`', "'"))
}

pub(super) fn keys(
    store: &Store,
    common: &CommonArguments,
    a: &str,
    b: &str,
) -> Result<u8, Failure> {
    let (old, _) = recorded_key(store, a)?;
    let (new, place) = recorded_key(store, b)?;
    let reasons = compare_recorded_keys(store, &old, &new, &place)?;
    if common.json {
        tell::json_line(&json!({ "event": "key", "side": "a", "key": old }))?;
        tell::json_line(&json!({ "event": "key", "side": "b", "key": new }))?;
        tell::json_line(&json!({ "event": "key_difference", "reasons": reasons }))?;
        return Ok(0);
    }
    let mut text: String = reasons.iter().map(|reason| format!("{reason}\n")).collect();
    if text.is_empty() {
        text.push_str("the keys are equal\n");
    }
    tell::text(&text)?;
    Ok(0)
}

fn recorded_key(store: &Store, what: &str) -> Result<(StageKey, String), Failure> {
    let Subject::Stage(_, stage) = Subject::find(store, what)? else {
        return Err(Failure::usage(
            "command::which_key",
            format!("`{what}` names no stage of a run"),
        )
        .help("write RUN/STAGE, such as latest~1/train"));
    };
    let entry = store.entry_with_key(entry_of(store, &stage)?.id)?;
    let key = serde_json::from_value(entry.key_record).map_err(|error| {
        Failure::usage(
            "command::old_key",
            format!("the key of `{what}` cannot be read: {error}"),
        )
        .help("it was written by another version of mlops")
    })?;
    Ok((key, stage.source))
}

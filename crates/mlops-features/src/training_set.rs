//! The stage that makes a training set: labels, and what the features say of each of them.
//!
//! Its code is that of the features it computes. So a change of one of them, or of a helper, re-runs it and is named by
//! `plan --explain`; a feature that looks at the outside world is seen; and the versions stand in the key as a parameter, where
//! whoever asks what a model was made from finds them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use mlops_core::{Code, Encoder, Handle, Input, Node, Stage};
use mlops_data::Table;
use mlops_derive::stage;

use crate::{Definition, EventColumns, FeatureError, FeatureSet};

/// The path of the stage in keys and lineage.
pub const TRAINING_SET: &str = "mlops::training_set";

/// The path of the stage that looks at events.
pub const TRAINING_SET_WITH: &str = "mlops::training_set_with";

/// Labels with a column for each feature.
#[stage(features, name = "mlops::training_set", crate = mlops_core)]
fn computed(labels: &Table, features: &FeatureSet) -> Result<Table, FeatureError> {
    features.apply(labels)
}

/// Labels with a column for each feature, where windows look at events.
#[stage(features, name = "mlops::training_set_with", crate = mlops_core)]
fn computed_with(
    labels: &Table,
    events: &Table,
    columns: &EventColumns,
    features: &FeatureSet,
) -> Result<Table, FeatureError> {
    features.apply_with(labels, events, columns)
}

/// A stage that adds to each label what the features say of it, from columns of the labels.
///
/// ```ignore
/// let training = training_set(&customers, features![tenure_years, charge_share]);
/// let model = train(training, &config.train);
/// ```
#[track_caller]
pub fn training_set(labels: impl Input<Table>, features: FeatureSet) -> Handle<Table> {
    let plain = computed(labels, features.clone());
    with_code_of(&plain, &features)
}

/// The same, where windows look at these events: at what happened within their time before each label, and was known then.
#[track_caller]
pub fn training_set_with(
    labels: impl Input<Table>,
    events: impl Input<Table>,
    columns: EventColumns,
    features: FeatureSet,
) -> Handle<Table> {
    let plain = computed_with(labels, events, columns, features.clone());
    with_code_of(&plain, &features)
}

/// The same call of a stage whose code is that of the features, too.
#[track_caller]
fn with_code_of(plain: &Handle<Table>, features: &FeatureSet) -> Handle<Table> {
    let node = &plain.output().node;
    let stage = stage_of(node.stage(), features);
    Handle::to_output(&Node::wire(stage, node.inputs().to_vec()), 0)
}

/// The stage for these features. A stage lives as long as the program, so each is made once: a sweep wires thousands of calls.
fn stage_of(plain: &'static Stage, features: &FeatureSet) -> &'static Stage {
    static KNOWN: Mutex<BTreeMap<(&'static str, mlops_core::Digest), &'static Stage>> =
        Mutex::new(BTreeMap::new());
    let definitions = features.in_order();
    let mut encoder = Encoder::new();
    encoder.text("mlops training set").text(plain.code.reach);
    encoder.list(definitions.len());
    for definition in &definitions {
        encoder
            .text(definition.name)
            .digest(&definition.exact_code());
    }
    let reach = encoder.digest_of_all();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry((plain.path, reach)).or_insert_with(|| {
        let code = code_of(plain, &definitions, reach.hex());
        Box::leak(Box::new(Stage { code, ..*plain }))
    })
}

/// What the features reach, and behind it what computes them.
fn code_of(plain: &'static Stage, definitions: &[&'static Definition], reach: String) -> Code {
    let codes = definitions.iter().map(|definition| &definition.code);
    let mut items = String::new();
    let mut before = 0;
    for code in codes.clone().chain([&plain.code]) {
        before += add_items(code.items, before, &mut items);
    }
    let lines = |of: fn(&Code) -> &'static str| {
        let lines: BTreeSet<&str> = codes.clone().flat_map(|code| of(code).lines()).collect();
        lines.into_iter().collect::<Vec<_>>().join("\n")
    };
    let values = codes.clone().chain([&plain.code]);
    let values: BTreeSet<_> = values
        .flat_map(|code| code.values.iter().copied())
        .collect();
    Code {
        reach: Box::leak(reach.into_boxed_str()),
        items: Box::leak(items.into_boxed_str()),
        values: Box::leak(values.into_iter().collect::<Vec<_>>().into_boxed_slice()),
        // What computes features looks at nothing outside.
        foreign: Box::leak(lines(|code| code.foreign).into_boxed_str()),
        coarse: codes.clone().find_map(|code| code.coarse),
        // Sources of the framework belong to no commit of the project.
        files: Box::leak(files(codes.clone()).into_boxed_str()),
        lock: codes.clone().find_map(|code| code.lock).or(plain.code.lock),
    }
}

/// The lines of all source files, by path.
fn files<'a>(codes: impl Iterator<Item = &'a Code>) -> String {
    let by_path: BTreeMap<&str, &str> = codes
        .flat_map(|code| code.files.lines())
        .filter_map(|line| line.split_once(' ').map(|(digest, path)| (path, digest)))
        .collect();
    let lines = by_path
        .into_iter()
        .map(|(path, digest)| format!("{digest} {path}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Adds the lines of what is reached; a line that names the one that led to it is moved behind those before. Returns how many
/// items there are.
fn add_items(lines: &str, before: usize, items: &mut String) -> usize {
    let mut count = 0;
    for line in lines.lines() {
        let from = line
            .strip_prefix("item\t")
            .and_then(|rest| rest.split_once('\t'));
        let _ = match from {
            Some((from, rest)) => {
                count += 1;
                match from.parse::<usize>() {
                    Ok(from) => writeln!(items, "item\t{}\t{rest}", from + before),
                    Err(_) => writeln!(items, "item\t{from}\t{rest}"),
                }
            }
            None => writeln!(items, "{line}"),
        };
    }
    count
}

/// A version that a training set was made with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsedFeature {
    /// The feature.
    pub name: String,
    /// The version, in its short form.
    pub version: String,
}

/// The versions that stand in a recorded parameter; none if it is no set of features.
pub fn used_features(parameter: &serde_json::Value) -> Vec<UsedFeature> {
    let items = parameter.as_array().into_iter().flatten();
    items
        .filter_map(|item| {
            let text = |key: &str| item.get(key)?.as_str().map(str::to_owned);
            // The code stands beside name and version; without it, this is some list of somebody else's.
            text("code")?;
            Some(UsedFeature {
                name: text("name")?,
                version: text("version")?,
            })
        })
        .collect()
}

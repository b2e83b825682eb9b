//! `features catalogue`: the page of all features, with what the store knows of them.

use std::collections::BTreeSet;
use std::path::Path;

use mlops_core::Artifact;
use mlops_data::{File, Table};
use mlops_features::{Catalogue, FeatureUse, TRAINING_SET, TRAINING_SET_WITH, used_features};
use mlops_store::{Entry, RunFilter, Store};
use serde_json::json;

use crate::cli::arguments::CommonArguments;
use crate::cli::tell;
use crate::declared_features::DeclaredFeatures;
use crate::failure::Failure;
use crate::project::Project;

/// Runs further back than that say little of who uses a feature today.
const RUNS: usize = 200;

pub(super) fn catalogue(
    declared: &DeclaredFeatures,
    project: &Project,
    common: &CommonArguments,
    to: Option<&Path>,
    data: Option<&Path>,
) -> Result<u8, Failure> {
    let mut catalogue = Catalogue::of(&declared.defined, &declared.lock);
    let profile = project.profile(common.profile.as_deref())?;
    let mut latest = None;
    match project.store_to_look(profile, common.store.as_deref()) {
        Ok(store) => latest = add_uses(&store, &mut catalogue)?,
        // Before the first run there is nothing to tell.
        Err(failure) if failure.code == "store::no_store" => {}
        Err(failure) => return Err(failure),
    }
    if let Some(path) = data {
        latest = Some(Table::read(&File::new(path))?);
    }
    if let Some(latest) = latest {
        catalogue.describe(&latest)?;
    }
    if common.json {
        for entry in &catalogue.features {
            let mut line = json!({ "event": "feature" });
            if let (Some(line), serde_json::Value::Object(fields)) =
                (line.as_object_mut(), json!(entry))
            {
                line.extend(fields);
            }
            tell::json_line(&line)?;
        }
        return Ok(0);
    }
    let page = catalogue.to_markdown();
    match to {
        Some(path) => tell::write_file(path, page.as_bytes())?,
        None => tell::text(&page)?,
    }
    Ok(0)
}

/// Adds the newest run of each pipeline that used a feature; returns the training set that was made last.
fn add_uses(store: &Store, catalogue: &mut Catalogue) -> Result<Option<Table>, Failure> {
    let filter = RunFilter {
        limit: Some(RUNS),
        ..RunFilter::default()
    };
    let mut latest = None;
    let mut seen = BTreeSet::new();
    for run in store.runs(&filter)? {
        let stages = store.stages(run.id)?;
        let made = stages
            .iter()
            .filter(|stage| [TRAINING_SET, TRAINING_SET_WITH].contains(&stage.path.as_str()));
        for stage in made {
            let Some(entry) = stage.entry else { continue };
            let entry = store.entry(entry)?;
            let readers = readers(store, &entry)?;
            for used in entry.inputs.iter().filter_map(|input| input.value.as_ref()) {
                for used in used_features(used) {
                    if seen.insert((run.pipeline.clone(), used.name.clone())) {
                        let found = FeatureUse {
                            pipeline: run.pipeline.clone(),
                            run: run.id.to_string().get(..8).unwrap_or_default().to_owned(),
                            version: used.version,
                            stages: readers.clone(),
                        };
                        catalogue.add_use(&used.name, found);
                    }
                }
            }
            if latest.is_none() {
                latest = table(store, &entry);
            }
        }
    }
    Ok(latest)
}

/// The stages that read what the entry holds, directly.
fn readers(store: &Store, entry: &Entry) -> Result<Vec<String>, Failure> {
    let mut names = BTreeSet::new();
    for output in &entry.outputs {
        for id in store.entries_consuming(&output.digest)? {
            let stage = store.entry(id)?.stage;
            names.insert(stage.rsplit("::").next().unwrap_or(&stage).to_owned());
        }
    }
    Ok(names.into_iter().collect())
}

fn table(store: &Store, entry: &Entry) -> Option<Table> {
    let output = entry.outputs.first()?;
    let artifact = store.read_artifact(&output.digest).ok()?;
    <Table as Artifact>::read(&artifact).ok()
}

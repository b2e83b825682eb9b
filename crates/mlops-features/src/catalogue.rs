//! The catalogue: every feature with its definition, owner, description, statistics of the latest data, and who uses it.

mod markdown;

use std::collections::BTreeMap;

use mlops_data::{ColumnProfile, Table, TableProfile};
use serde::Serialize;

use crate::duration;
use crate::{Definition, FeatureSet, InputKind, Lock};

/// Every feature of a program, in the order of the names.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Catalogue {
    /// The features.
    pub features: Vec<CatalogueEntry>,
}

/// One feature.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogueEntry {
    /// Its name.
    pub name: String,
    /// What one row is about.
    pub entity: String,
    /// Who answers for it.
    pub owner: String,
    /// What it means.
    pub description: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub data_type: &'static str,
    /// The version, in full.
    pub version: String,
    /// `locked`, `new`, `changed` or `earlier`.
    pub state: &'static str,
    /// What it is computed from.
    pub inputs: Vec<CatalogueInput>,
    /// How far back its windows reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// How old a value may be where one is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
    /// The day from which it is not to be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<&'static str>,
    /// What to use in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<&'static str>,
    /// The features that are computed from it.
    pub used_by: Vec<String>,
    /// Where it is defined.
    pub place: String,
    /// The function as it is written.
    pub definition: &'static str,
    /// What its column held last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<ColumnProfile>,
    /// The pipelines and models that use it.
    pub uses: Vec<FeatureUse>,
}

/// One input of a feature, as the catalogue shows it.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogueInput {
    /// The column, or the feature.
    pub name: &'static str,
    /// `column`, `window` or `feature`.
    pub kind: &'static str,
    /// The type of a value.
    #[serde(rename = "type")]
    pub data_type: &'static str,
}

/// Who uses a feature: a pipeline, the version that its newest run used, and what was made from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureUse {
    /// The pipeline.
    pub pipeline: String,
    /// The newest run.
    pub run: String,
    /// The version, in its short form.
    pub version: String,
    /// The stages that read the training set.
    pub stages: Vec<String>,
}

impl Catalogue {
    /// The catalogue of these features. What the lock has and the program has not is not in it.
    pub fn of(features: &FeatureSet, lock: &Lock) -> Self {
        let all = features.in_order();
        let mut entries: Vec<CatalogueEntry> = lock
            .check(all.iter().copied())
            .iter()
            .map(|checked| entry(checked.definition, checked.state.as_str(), &all))
            .collect();
        entries.sort_by(|one, two| one.name.cmp(&two.name));
        Self { features: entries }
    }

    /// Adds what the columns of this table hold. A feature without a column there has no statistics.
    ///
    /// # Errors
    /// Arrow cannot convert a column.
    pub fn describe(&mut self, latest: &Table) -> Result<(), mlops_data::DataError> {
        let names = latest.columns();
        let known: Vec<&str> = self
            .features
            .iter()
            .map(|entry| entry.name.as_str())
            .collect();
        let columns: Vec<&str> = names
            .into_iter()
            .filter(|name| known.contains(name))
            .collect();
        let profile = TableProfile::of(&latest.select(&columns)?)?;
        let mut columns: BTreeMap<String, ColumnProfile> = profile
            .columns
            .into_iter()
            .map(|column| (column.name.clone(), column))
            .collect();
        for entry in &mut self.features {
            if let Some(column) = columns.remove(&entry.name) {
                entry.statistics = Some(column);
            }
        }
        Ok(())
    }

    /// Adds that a feature is used.
    pub fn add_use(&mut self, feature: &str, found: FeatureUse) {
        let mut entries = self.features.iter_mut();
        if let Some(entry) = entries.find(|entry| entry.name == feature) {
            entry.uses.push(found);
        }
    }
}

fn entry(
    definition: &Definition,
    state: &'static str,
    all: &[&'static Definition],
) -> CatalogueEntry {
    let inputs = definition.inputs.iter().map(|input| CatalogueInput {
        name: input.name,
        kind: match input.kind {
            InputKind::Column => "column",
            InputKind::Window => "window",
            InputKind::Feature(_) => "feature",
        },
        data_type: input.value.name(),
    });
    let users = all
        .iter()
        .filter(|other| other.uses().any(|used| used.name == definition.name));
    CatalogueEntry {
        name: definition.name.to_owned(),
        entity: definition.entity.to_owned(),
        owner: definition.owner.to_owned(),
        description: definition.description.to_owned(),
        data_type: definition.output.name(),
        version: definition.version().digest().hex(),
        state,
        inputs: inputs.collect(),
        over: definition.over.map(duration::shown),
        ttl: definition.ttl.map(duration::shown),
        deprecated: definition.deprecated.map(|one| one.from),
        instead: definition.deprecated.and_then(|one| one.instead),
        used_by: users.map(|user| user.name.to_owned()).collect(),
        place: definition.place(),
        definition: definition.text,
        statistics: None,
        uses: Vec::new(),
    }
}

//! The facets that our events carry: the standard's, by its schemas, and three of our own.

use mlops_store::{RunRecord, StageOutcome, StageRecord};
use serde_json::{Map, Value, json};

use super::records::StageView;
use super::source_code;

/// Who makes the events.
pub const PRODUCER: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/tree/v",
    env!("CARGO_PKG_VERSION")
);

/// Facets by name.
pub(super) type Facets = Map<String, Value>;

/// A parameter's value that is longer than this is cut: an event describes data, it does not carry it.
const LONGEST_VALUE: usize = 1024;

/// The address of one of the standard's schemas.
macro_rules! standard {
    ($version:literal, $name:literal) => {
        concat!(
            "https://openlineage.io/spec/facets/",
            $version,
            "/",
            $name,
            ".json#/$defs/",
            $name
        )
    };
}

/// The address of one of our own schemas, which stand in `schema/` beside this file; a changed one gets a new version.
macro_rules! own {
    ($name:literal) => {
        concat!(
            env!("CARGO_PKG_REPOSITORY"),
            "/blob/main/crates/mlops-pipeline/src/lineage/schema/1-0-0/",
            $name,
            ".json#/$defs/",
            $name
        )
    };
}

/// Adds a facet: what every facet must say, and `fields` without those that are nothing.
pub(super) fn add(facets: &mut Facets, name: &str, schema: &str, fields: Value) {
    let mut facet = Map::new();
    facet.insert("_producer".to_owned(), PRODUCER.into());
    facet.insert("_schemaURL".to_owned(), schema.into());
    if let Value::Object(fields) = fields {
        facet.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
    facets.insert(name.to_owned(), Value::Object(facet));
}

/// The run that a stage is part of; it is the root, too: pipelines do not nest.
pub(super) fn parent(facets: &mut Facets, namespace: &str, run: &RunRecord) {
    let run = json!({
        "run": { "runId": run.id },
        "job": { "namespace": namespace, "name": run.pipeline },
    });
    let schema = standard!("1-2-0", "ParentRunFacet");
    let fields = json!({ "run": run["run"], "job": run["job"], "root": run });
    add(facets, "parent", schema, fields);
}

/// This library.
pub(super) fn engine(facets: &mut Facets) {
    let schema = standard!("1-1-1", "ProcessingEngineRunFacet");
    let version = env!("CARGO_PKG_VERSION");
    let fields =
        json!({ "version": version, "name": "mlops", "openlineageAdapterVersion": version });
    add(facets, "processing_engine", schema, fields);
}

/// The environment as it is recorded: declared variables by the digests of their values, compiler, target, lock file.
pub(super) fn environment(facets: &mut Facets, run: &RunRecord) {
    if run.environment.is_empty() {
        return;
    }
    let variables: Vec<Value> = run
        .environment
        .iter()
        .map(|(name, value)| {
            let name = name.strip_prefix("variable ").unwrap_or(name);
            json!({ "name": name, "value": value })
        })
        .collect();
    let schema = standard!("1-0-0", "EnvironmentVariablesRunFacet");
    add(
        facets,
        "environmentVariables",
        schema,
        json!({ "environmentVariables": variables }),
    );
}

/// Why something failed, or was stopped.
pub(super) fn error(facets: &mut Facets, message: &str) {
    let schema = standard!("1-0-1", "ErrorMessageRunFacet");
    let fields = json!({ "message": message, "programmingLanguage": "RUST" });
    add(facets, "errorMessage", schema, fields);
}

/// Parameters by name, each value as JSON text.
pub(super) fn parameters<'a>(
    facets: &mut Facets,
    parameters: impl Iterator<Item = (String, &'a Value)>,
) {
    let parameters: Vec<Value> = parameters
        .map(|(key, value)| json!({ "key": key, "value": shown(value) }))
        .collect();
    if !parameters.is_empty() {
        let schema = standard!("1-0-0", "ExecutionParametersRunFacet");
        let fields = json!({ "parameters": parameters });
        add(facets, "executionParameters", schema, fields);
    }
}

fn shown(value: &Value) -> String {
    let mut text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    if text.len() > LONGEST_VALUE {
        let whole = text.len();
        let end = (0..=LONGEST_VALUE)
            .rev()
            .find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        text.push_str(&format!("… ({whole} bytes)"));
    }
    text
}

/// What people filter by.
pub(super) fn tags<'a>(facets: &mut Facets, tags: impl IntoIterator<Item = (&'a str, String)>) {
    let tags: Vec<Value> = tags
        .into_iter()
        .map(|(key, value)| json!({ "key": key, "value": value, "source": "MLOPS" }))
        .collect();
    let schema = standard!("1-0-0", "TagsRunFacet");
    add(facets, "tags", schema, json!({ "tags": tags }));
}

/// What kind of job it is.
pub(super) fn job_type(facets: &mut Facets, job_type: &str) {
    let schema = standard!("2-0-4", "JobTypeJobFacet");
    let fields = json!({ "processingType": "BATCH", "integration": "MLOPS", "jobType": job_type });
    add(facets, "jobType", schema, fields);
}

/// What the job does, in the words of its author.
pub(super) fn documentation(facets: &mut Facets, description: &str) {
    if !description.is_empty() {
        let schema = standard!("1-1-0", "DocumentationJobFacet");
        let fields = json!({ "description": description, "contentType": "text/markdown" });
        add(facets, "documentation", schema, fields);
    }
}

/// Who answers for the job.
pub(super) fn ownership(facets: &mut Facets, owner: Option<&str>) {
    if let Some(owner) = owner {
        let schema = standard!("1-0-1", "OwnershipJobFacet");
        let fields = json!({ "owners": [{ "name": owner, "type": "MAINTAINER" }] });
        add(facets, "ownership", schema, fields);
    }
}

/// Where the code stood in git, as far as the run's record knows.
pub(super) fn source_code(facets: &mut Facets, run: &RunRecord, place: Option<&str>) {
    if let Some(address) = source_code::address(&run.code, place) {
        let schema = standard!("1-1-0", "SourceCodeLocationJobFacet");
        let fields = json!({
            "type": "git",
            "url": address.url,
            "repoUrl": address.repository,
            "path": address.path,
            "version": run.code.commit,
            "branch": run.code.branch,
        });
        add(facets, "sourceCodeLocation", schema, fields);
    }
}

/// Ours: whether the stage's result was reused, from which run, and by which key.
pub(super) fn reuse(facets: &mut Facets, stage: &StageRecord) {
    let schema = own!("MlopsReuseRunFacet");
    let fields = json!({
        "reused": stage.outcome == StageOutcome::Reused,
        "fromRun": stage.reused_from,
        "key": stage.key,
    });
    add(facets, "mlops_reuse", schema, fields);
}

/// Ours: how the engine saw the stage. What is known only at the end is said only there.
pub(super) fn stage(facets: &mut Facets, run: &RunRecord, view: &StageView, ended: bool) {
    let stage = &view.stage;
    let mut fields = json!({
        "name": stage.name,
        "path": stage.path,
        "kind": stage.kind,
        "key": stage.key,
        "profile": run.profile,
        "level": run.level,
        "reasons": stage.reasons,
    });
    if !stage.source.is_empty() {
        fields["source"] = stage.source.clone().into();
    }
    if ended {
        fields["attempts"] = stage.attempts.into();
        fields["seconds"] = json!(stage.seconds);
        fields["resumed"] = json!(stage.resumed);
        fields["recordDamaged"] = view.entry_damaged.then_some(true).into();
    }
    add(facets, "mlops_stage", own!("MlopsStageRunFacet"), fields);
}

/// Ours: how the engine saw the run. What is known only at the end is said only there.
pub(super) fn run(facets: &mut Facets, run: &RunRecord, ended: bool) {
    let mut fields = json!({
        "profile": run.profile,
        "level": run.level,
        "forced": run.forced,
        "from": run.from,
        "host": run.host,
        "user": run.user,
    });
    if ended {
        let outputs: Vec<Value> = run
            .outputs
            .iter()
            .map(|(name, digests)| json!({ "name": name, "digests": digests }))
            .collect();
        fields["counts"] = json!(run.counts);
        fields["seconds"] = json!(run.seconds);
        fields["outputs"] = outputs.into();
        fields["dirty"] = json!(run.code.dirty);
    }
    add(facets, "mlops_run", own!("MlopsRunRunFacet"), fields);
}

/// The digest of a dataset's content.
pub(super) fn version(facets: &mut Facets, digest: &mlops_core::Digest) {
    let schema = standard!("1-0-1", "DatasetVersionDatasetFacet");
    let fields = json!({ "datasetVersion": digest });
    add(facets, "version", schema, fields);
}

/// The columns of a table.
pub(super) fn schema(facets: &mut Facets, columns: &[mlops_core::Column]) {
    if columns.is_empty() {
        return;
    }
    let fields: Vec<Value> = (1..)
        .zip(columns)
        .map(|(position, column)| {
            json!({ "name": column.name, "type": column.data_type, "ordinal_position": position })
        })
        .collect();
    let address = standard!("1-2-0", "SchemaDatasetFacet");
    add(facets, "schema", address, json!({ "fields": fields }));
}

/// What a dataset is.
pub(super) fn dataset_type(facets: &mut Facets, kind: &str, form: Option<&str>) {
    let schema = standard!("1-0-1", "DatasetTypeDatasetFacet");
    let fields = json!({ "datasetType": kind, "subType": form });
    add(facets, "datasetType", schema, fields);
}

/// How much was written.
pub(super) fn output_statistics(facets: &mut Facets, rows: Option<u64>, size: u64) {
    let schema = standard!("1-0-2", "OutputStatisticsOutputDatasetFacet");
    let fields = json!({ "rowCount": rows, "size": size });
    add(facets, "outputStatistics", schema, fields);
}

/// How much was read.
pub(super) fn input_statistics(facets: &mut Facets, rows: Option<u64>, size: u64) {
    let schema = standard!("1-0-0", "InputStatisticsInputDatasetFacet");
    let fields = json!({ "rowCount": rows, "size": size });
    add(facets, "inputStatistics", schema, fields);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_between_characters_and_says_so() {
        let long = Value::String("ä".repeat(LONGEST_VALUE));
        let shown = shown(&long);
        assert!(shown.ends_with("… (2048 bytes)"), "{shown}");
        assert!(shown.len() < LONGEST_VALUE + 32);
    }
}

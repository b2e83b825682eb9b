//! Every kind of event against the standard's own schemas, references resolved from disk and formats checked.
//!
//! A run event that lost its `run` is still valid: as a job event. So the kind is asserted, too, and every facet is checked
//! against the schema that it names, in the version that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use jsonschema::{Registry, Validator};
use mlops_core::Level;
use mlops_pipeline::lineage::PRODUCER;
use mlops_store::{RunOutcome, RunRecord, StageOutcome, StageRecord, Store, StoreOptions};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::pipeline::{Place, churn, failing, good, said};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All schemas by their addresses: the standard's, and ours.
fn schemas() -> BTreeMap<String, Value> {
    let shared = std::env::var_os("MLOPS_SHARED")
        .map_or_else(|| root().join("../shared"), PathBuf::from)
        .join("reference/openlineage");
    let own = root().join("crates/mlops-pipeline/src/lineage/schema/1-0-0");
    let mut schemas = BTreeMap::new();
    for folder in [shared, own] {
        let files = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}; set MLOPS_SHARED", folder.display()));
        for file in files {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let schema: Value = serde_json::from_str(&text).unwrap();
                schemas.insert(schema["$id"].as_str().unwrap().to_owned(), schema);
            }
        }
    }
    assert!(schemas.len() > 40, "{} schemas", schemas.len());
    schemas
}

struct Checker {
    event: Validator,
    facets: BTreeMap<String, Validator>,
}

impl Checker {
    fn new() -> Self {
        let schemas = schemas();
        let registry = Registry::new()
            .extend(schemas.iter().map(|(id, schema)| (id.as_str(), schema)))
            .unwrap()
            .prepare()
            .unwrap();
        let validator = |schema: &Value| {
            jsonschema::options()
                .with_registry(&registry)
                .should_validate_formats(true)
                .build(schema)
                .unwrap()
        };
        let event = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
        Self {
            event: validator(&json!({ "$ref": event })),
            facets: schemas
                .iter()
                .map(|(id, schema)| (id.clone(), validator(schema)))
                .collect(),
        }
    }

    /// Everything that is wrong with an event.
    fn faults(&self, event: &Value) -> Vec<String> {
        let mut faults: Vec<String> = self
            .event
            .iter_errors(event)
            .map(|error| error.to_string())
            .collect();
        if event["schemaURL"]
            != "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
        {
            faults.push("it does not say that it is a run event".to_owned());
        }
        // The whole schema, too: exactly one of its kinds must fit.
        let whole = &self.facets["https://openlineage.io/spec/2-0-2/OpenLineage.json"];
        faults.extend(whole.iter_errors(event).map(|error| error.to_string()));
        for (name, facet) in facets_of(event) {
            let url = facet["_schemaURL"].as_str().unwrap_or_default();
            let Some((id, _)) = url.split_once('#') else {
                faults.push(format!("{name} names no schema"));
                continue;
            };
            let Some(validator) = self.facets.get(id) else {
                faults.push(format!("{name} names a schema that there is not: {url}"));
                continue;
            };
            if facet["_producer"] != PRODUCER {
                faults.push(format!("{name} does not say who made it"));
            }
            let named = json!({ name.clone(): facet });
            faults.extend(
                validator
                    .iter_errors(&named)
                    .map(|error| format!("{name}: {error}")),
            );
        }
        faults
    }
}

/// Every facet of an event, by name.
fn facets_of(event: &Value) -> Vec<(String, Value)> {
    let mut holders = vec![&event["run"]["facets"], &event["job"]["facets"]];
    for list in ["inputs", "outputs"] {
        for dataset in event[list].as_array().into_iter().flatten() {
            holders.extend([
                &dataset["facets"],
                &dataset["inputFacets"],
                &dataset["outputFacets"],
            ]);
        }
    }
    holders
        .into_iter()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(name, facet)| (name.clone(), facet.clone()))
        .collect()
}

/// Runs that end in every way in which a run or a stage can end.
fn every_kind() -> Vec<Value> {
    let place = Place::new();
    place.run(churn(&place.data(), 0.5, good));
    place.run(churn(&place.data(), 0.5, good));
    place.change_data("3\n");
    place.run(churn(&place.data(), 0.25, failing));
    let cancelled = Uuid::now_v7();
    let mut run = run_record(&place.store, cancelled);
    place.store.begin_run(&run).unwrap();
    let stage = stage_record(cancelled, StageOutcome::Running);
    place.store.record_stages(&[stage]).unwrap();
    let mut stage = stage_record(cancelled, StageOutcome::Cancelled);
    stage.error = Some("it was told to stop".to_owned());
    stage.resumed = Some(Timestamp::UNIX_EPOCH);
    place.store.record_stages(&[stage]).unwrap();
    // What this one made is not on record any more.
    let mut stage = stage_record(cancelled, StageOutcome::Ran);
    stage.index = 1;
    stage.entry = Some(9999);
    place.store.record_stages(&[stage]).unwrap();
    run.outcome = Some(RunOutcome::Cancelled);
    run.ended = Some(Timestamp::UNIX_EPOCH);
    run.seconds = f64::NAN;
    place.store.finish_run(&run).unwrap();
    // A process that died in the middle: another closes its run.
    let folder = place.store.folder().to_owned();
    {
        let other = Store::open(&folder, StoreOptions::default()).unwrap();
        let dead = Uuid::now_v7();
        other.begin_run(&run_record(&other, dead)).unwrap();
        let stage = stage_record(dead, StageOutcome::Running);
        other.record_stages(&[stage]).unwrap();
    }
    assert_eq!(place.store.reconcile_dead_runs().unwrap().len(), 1);
    place.events()
}

fn run_record(store: &Store, id: Uuid) -> RunRecord {
    RunRecord {
        id,
        pipeline: "churn".to_owned(),
        profile: "experiment".to_owned(),
        level: Level::Experiment,
        started: Timestamp::UNIX_EPOCH,
        ended: None,
        outcome: None,
        reason: None,
        parameters: Value::Null,
        settings: Vec::new(),
        from: Some(Uuid::now_v7()),
        forced: vec!["train".to_owned()],
        code: mlops_store::CodeState {
            commit: Some("309cf2674ee7a0749978cf8265ab91a60aea0f7d".to_owned()),
            ..Default::default()
        },
        environment: BTreeMap::new(),
        counts: Default::default(),
        seconds: 0.0,
        outputs: Vec::new(),
        owner: store.owner_id(),
        process: 1,
        host: "host".to_owned(),
        user: "user".to_owned(),
    }
}

fn stage_record(run: Uuid, outcome: StageOutcome) -> StageRecord {
    StageRecord {
        run,
        index: 0,
        path: "app::train".to_owned(),
        name: "train[0]".to_owned(),
        kind: "train".to_owned(),
        owner: None,
        description: String::new(),
        outcome,
        key: None,
        entry: None,
        reasons: json!([{ "kind": "new", "item": "train" }]),
        started: Some(Timestamp::UNIX_EPOCH),
        ended: None,
        seconds: 0.0,
        attempts: 1,
        reused_from: None,
        resumed: None,
        error: None,
        source: String::new(),
        inputs: Vec::new(),
        playback: Default::default(),
    }
}

#[test]
fn every_kind_of_event_is_valid() {
    let checker = Checker::new();
    let events = every_kind();
    for event in &events {
        assert_eq!(checker.faults(event), Vec::<String>::new(), "{event:#}");
    }
    let kinds: BTreeSet<String> = events
        .iter()
        .map(|event| {
            let parent = &event["run"]["facets"]["parent"];
            let whose = if parent.is_object() { "stage" } else { "run" };
            format!("{whose} {}", event["eventType"].as_str().unwrap())
        })
        .collect();
    let expected: BTreeSet<String> = [
        "run START",
        "run COMPLETE",
        "run FAIL",
        "run ABORT",
        "stage START",
        "stage COMPLETE",
        "stage FAIL",
        "stage ABORT",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(kinds, expected);
}

#[test]
fn every_facet_that_we_promise_is_somewhere() {
    let names: BTreeSet<String> = every_kind()
        .iter()
        .flat_map(facets_of)
        .map(|(name, _)| name)
        .collect();
    for name in [
        "parent",
        "processing_engine",
        "environmentVariables",
        "errorMessage",
        "executionParameters",
        "tags",
        "mlops_run",
        "mlops_stage",
        "mlops_reuse",
        "jobType",
        "documentation",
        "ownership",
        "sourceCodeLocation",
        "schema",
        "version",
        "datasetType",
        "inputStatistics",
        "outputStatistics",
        "dataQualityAssertions",
        "dataQualityMetrics",
    ] {
        assert!(names.contains(name), "{name} is nowhere in {names:?}");
    }
}

#[test]
fn what_is_not_on_record_any_more_is_told_without_datasets() {
    let events = every_kind();
    let incomplete: Vec<_> = events
        .iter()
        .filter(|event| event["run"]["facets"]["mlops_stage"]["recordDamaged"] == true)
        .collect();
    assert_eq!(incomplete.len(), 1);
    assert_eq!(said(incomplete[0]), "churn.app::train[0] COMPLETE");
    assert_eq!(incomplete[0]["outputs"], json!([]));
}

#[test]
fn the_checker_sees_what_is_wrong() {
    let checker = Checker::new();
    let events = every_kind();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut event = events
            .iter()
            .find(|event| said(event) == "churn.app::train COMPLETE")
            .unwrap()
            .clone();
        change(&mut event);
        !checker.faults(&event).is_empty()
    };
    assert!(!broken(&|_| {}));
    assert!(broken(&|event| {
        event.as_object_mut().unwrap().remove("run");
    }));
    assert!(broken(&|event| event["run"]["runId"] = json!("no uuid")));
    assert!(broken(&|event| event["eventTime"] = json!("yesterday")));
    assert!(broken(
        &|event| event["run"]["facets"]["parent"]["run"]["runId"] = json!("x")
    ));
    assert!(broken(
        &|event| event["run"]["facets"]["mlops_reuse"]["reused"] = json!("no")
    ));
    assert!(broken(&|event| {
        event["outputs"][0]["outputFacets"]["outputStatistics"]["size"] = json!("1");
    }));
    assert!(broken(&|event| {
        event["job"]["facets"]["sourceCodeLocation"]["url"] = json!("not an address");
    }));
}

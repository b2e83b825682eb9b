//! One OpenLineage event, made of the records behind one line of the journal.
//!
//! The run of a pipeline has the id of our run; the run of a stage has an id that follows from the run's and the stage's
//! place in the plan. So whoever makes the event again, and whenever, it has the same identity: run id and type.

use mlops_store::{InputKind, JournalKind, JournalLine, RunRecord};
use serde_json::{Value, json};
use uuid::Uuid;

use super::dataset;
use super::facet::{self, Facets, PRODUCER};
use super::records::{StageView, Subject};

const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/// The id under which OpenLineage knows a stage of a run.
pub fn stage_run_id(run: Uuid, index: u64) -> Uuid {
    Uuid::new_v5(&run, format!("stage {index}").as_bytes())
}

/// The event of a line, or nothing where the line is not ours or its records are gone.
pub(super) fn event(namespace: &str, line: &JournalLine, subject: &Subject) -> Option<Value> {
    match subject {
        Subject::Run(run) => Some(of_run(namespace, line, run)),
        Subject::Stage(run, view) => Some(of_stage(namespace, line, run, view)),
        Subject::Elsewhere | Subject::Unreadable => None,
    }
}

fn of_run(namespace: &str, line: &JournalLine, run: &RunRecord) -> Value {
    let ended = line.kind != JournalKind::Start;
    let mut run_facets = Facets::new();
    facet::engine(&mut run_facets);
    facet::environment(&mut run_facets, run);
    let mut leaves = Vec::new();
    collect_leaves("", &run.parameters, &mut leaves);
    facet::parameters(&mut run_facets, leaves.into_iter());
    facet::run(&mut run_facets, run, ended);
    facet::tags(
        &mut run_facets,
        [
            ("profile", run.profile.clone()),
            ("level", run.level.to_string()),
        ],
    );
    if let (JournalKind::Fail | JournalKind::Abort, Some(reason)) = (line.kind, &run.reason) {
        facet::error(&mut run_facets, reason);
    }
    let mut job_facets = Facets::new();
    facet::job_type(&mut job_facets, "PIPELINE");
    facet::source_code(&mut job_facets, run, None);
    assemble(
        line,
        json!({ "runId": run.id, "facets": run_facets }),
        json!({ "namespace": namespace, "name": run.pipeline, "facets": job_facets }),
        Vec::new(),
        Vec::new(),
    )
}

fn of_stage(namespace: &str, line: &JournalLine, run: &RunRecord, view: &StageView) -> Value {
    let stage = &view.stage;
    let ended = line.kind != JournalKind::Start;
    let mut run_facets = Facets::new();
    facet::parent(&mut run_facets, namespace, run);
    facet::engine(&mut run_facets);
    facet::environment(&mut run_facets, run);
    facet::reuse(&mut run_facets, stage);
    facet::stage(&mut run_facets, run, view, ended);
    facet::tags(
        &mut run_facets,
        [
            ("profile", run.profile.clone()),
            ("level", run.level.to_string()),
            ("kind", stage.kind.clone()),
        ],
    );
    let parameters = view.inputs.iter().filter_map(|(input, _)| {
        let value = input.value.as_ref()?;
        (input.kind == InputKind::Parameter).then(|| (input.name.clone(), value))
    });
    facet::parameters(&mut run_facets, parameters);
    if let (JournalKind::Fail | JournalKind::Abort, Some(error)) = (line.kind, &stage.error) {
        facet::error(&mut run_facets, error);
    }
    let mut job_facets = Facets::new();
    facet::job_type(&mut job_facets, "STAGE");
    facet::documentation(&mut job_facets, &stage.description);
    facet::ownership(&mut job_facets, stage.owner.as_deref());
    facet::source_code(&mut job_facets, run, Some(&stage.source));
    let name = format!(
        "{}.{}{}",
        run.pipeline,
        stage.path,
        call_number(&stage.name)
    );
    assemble(
        line,
        json!({ "runId": stage_run_id(stage.run, stage.index), "facets": run_facets }),
        json!({ "namespace": namespace, "name": name, "facets": job_facets }),
        dataset::inputs(namespace, view),
        dataset::outputs(namespace, view),
    )
}

fn assemble(
    line: &JournalLine,
    run: Value,
    job: Value,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
) -> Value {
    let event_type = match line.kind {
        JournalKind::Start => "START",
        JournalKind::Complete => "COMPLETE",
        JournalKind::Fail => "FAIL",
        JournalKind::Abort => "ABORT",
        _ => "OTHER",
    };
    json!({
        "eventType": event_type,
        "eventTime": line.at,
        "run": run,
        "job": job,
        "inputs": inputs,
        "outputs": outputs,
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
    })
}

/// `[3]` of `train[3]`: a stage that a pipeline calls several times is several jobs.
fn call_number(name: &str) -> &str {
    match name.rfind('[') {
        Some(at) if name.ends_with(']') => &name[at..],
        _ => "",
    }
}

/// The leaves of a configuration by their paths: `train.rate`.
fn collect_leaves<'a>(path: &str, value: &'a Value, leaves: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let below = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect_leaves(&below, value, leaves);
            }
        }
        Value::Null if path.is_empty() => {}
        Value::Object(_) if path.is_empty() => {}
        leaf => {
            let name = if path.is_empty() {
                "configuration"
            } else {
                path
            };
            leaves.push((name.to_owned(), leaf));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_has_one_id_for_each_place_of_each_run() {
        let run = Uuid::from_u128(7);
        assert_eq!(stage_run_id(run, 1), stage_run_id(run, 1));
        assert_ne!(stage_run_id(run, 1), stage_run_id(run, 11));
        assert_ne!(stage_run_id(run, 1), stage_run_id(Uuid::from_u128(8), 1));
    }

    #[test]
    fn a_configuration_becomes_its_leaves() {
        let configuration =
            json!({ "train": { "rate": 0.1, "layers": [8, 4] }, "name": "a", "empty": {} });
        let mut leaves = Vec::new();
        collect_leaves("", &configuration, &mut leaves);
        let names: Vec<_> = leaves.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["train.rate", "train.layers", "name", "empty"]);
        let mut none = Vec::new();
        collect_leaves("", &Value::Null, &mut none);
        assert!(none.is_empty());
    }

    #[test]
    fn only_a_call_number_is_a_call_number() {
        assert_eq!(call_number("train[3]"), "[3]");
        assert_eq!(call_number("app::train"), "");
    }
}

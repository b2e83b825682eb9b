//! One OpenLineage event, made of the records behind one line of the journal.
//!
//! The run of a pipeline has the id of our run; the run of a stage has an id that follows from the run's and the stage's
//! place in the plan. So whoever makes the event again, and whenever, it has the same identity: run id and type.

use jiff::Timestamp;
use mlops_store::{InputKind, JournalKind, JournalLine, RunRecord};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::dataset::{self, Input, Output};
use super::facet::PRODUCER;
use super::facet::job::{Documentation, JobFacets, JobType, Ownership, SourceCode};
use super::facet::own::{Reuse, Run, Stage};
use super::facet::run::{Engine, Environment, ErrorMessage, Parameters, Parent, RunFacets, Tags};
use super::records::{StageView, Subject};

const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/// The id under which OpenLineage knows a stage of a run.
pub fn stage_run_id(run: Uuid, index: u64) -> Uuid {
    Uuid::new_v5(&run, format!("stage {index}").as_bytes())
}

/// A run event, in the order in which its parts are written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    event_type: &'static str,
    event_time: Timestamp,
    run: EventRun<'a>,
    job: EventJob<'a>,
    inputs: Vec<Input<'a>>,
    outputs: Vec<Output<'a>>,
    producer: &'static str,
    #[serde(rename = "schemaURL")]
    schema: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EventRun<'a> {
    run_id: Uuid,
    facets: RunFacets<'a>,
}

#[derive(Debug, Serialize)]
struct EventJob<'a> {
    namespace: &'a str,
    name: String,
    facets: JobFacets<'a>,
}

impl<'a> Event<'a> {
    /// The event of a line, or nothing where the line is not ours or its records are gone.
    pub(super) fn of(namespace: &'a str, line: &JournalLine, subject: &'a Subject) -> Option<Self> {
        match subject {
            Subject::Run(run) => Some(Self::of_run(namespace, line, run)),
            Subject::Stage(run, view) => Some(Self::of_stage(namespace, line, run, view)),
            Subject::Elsewhere | Subject::Unreadable => None,
        }
    }

    fn of_run(namespace: &'a str, line: &JournalLine, run: &'a RunRecord) -> Self {
        let mut leaves = Vec::new();
        collect_leaves("", &run.parameters, &mut leaves);
        let run_facets = RunFacets {
            processing_engine: Some(Engine::this()),
            environment: Environment::of_run(run),
            run: Some(Run::of(run, has_ended(line))),
            parameters: Parameters::of(leaves.into_iter()),
            tags: Some(Tags::of(run)),
            error: ErrorMessage::of(run.reason.as_deref().filter(|_| went_wrong(line))),
            ..RunFacets::default()
        };
        let job_facets = JobFacets {
            job_type: Some(JobType::of("PIPELINE")),
            source_code_location: SourceCode::of(run, None),
            ..JobFacets::default()
        };
        Self {
            event_type: event_type(line),
            event_time: line.at,
            run: EventRun {
                run_id: run.id,
                facets: run_facets,
            },
            job: EventJob {
                namespace,
                name: run.pipeline.clone(),
                facets: job_facets,
            },
            inputs: Vec::new(),
            outputs: Vec::new(),
            producer: PRODUCER,
            schema: SCHEMA,
        }
    }

    fn of_stage(
        namespace: &'a str,
        line: &JournalLine,
        run: &'a RunRecord,
        view: &'a StageView,
    ) -> Self {
        let stage = &view.stage;
        let parameters = view.inputs.iter().filter_map(|(input, _)| {
            let value = input.value.as_ref()?;
            match input.kind {
                InputKind::Parameter => Some((input.name.clone(), value)),
                // What the clock said.
                InputKind::Source => Some((input.location.clone()?, value)),
                _ => None,
            }
        });
        let run_facets = RunFacets {
            parent: Some(Parent::of(namespace, run)),
            processing_engine: Some(Engine::this()),
            environment: Environment::of_stage(run),
            reuse: Some(Reuse::of(stage)),
            stage: Some(Stage::of(run, view, has_ended(line))),
            parameters: Parameters::of(parameters),
            error: ErrorMessage::of(stage.error.as_deref().filter(|_| went_wrong(line))),
            ..RunFacets::default()
        };
        let job_facets = JobFacets {
            job_type: Some(JobType::of("STAGE")),
            documentation: Documentation::of(&stage.description),
            ownership: Ownership::of(stage.owner.as_deref()),
            source_code_location: SourceCode::of(run, Some(&stage.source)),
        };
        Self {
            event_type: event_type(line),
            event_time: line.at,
            run: EventRun {
                run_id: stage_run_id(stage.run, stage.index),
                facets: run_facets,
            },
            job: EventJob {
                namespace,
                name: format!(
                    "{}.{}{}",
                    run.pipeline,
                    stage.path,
                    call_number(&stage.name)
                ),
                facets: job_facets,
            },
            inputs: dataset::inputs(namespace, view),
            outputs: dataset::outputs(namespace, view),
            producer: PRODUCER,
            schema: SCHEMA,
        }
    }
}

fn event_type(line: &JournalLine) -> &'static str {
    match line.kind {
        JournalKind::Start => "START",
        JournalKind::Complete => "COMPLETE",
        JournalKind::Fail => "FAIL",
        JournalKind::Abort => "ABORT",
        _ => "OTHER",
    }
}

fn has_ended(line: &JournalLine) -> bool {
    line.kind != JournalKind::Start
}

fn went_wrong(line: &JournalLine) -> bool {
    matches!(line.kind, JournalKind::Fail | JournalKind::Abort)
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
    use serde_json::json;

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

//! Facets of a run, and of a stage's run.

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use mlops_store::{Counts, RunRecord, StageOutcome, StageRecord};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Facet, Fields, own, standard};
use crate::lineage::records::StageView;

/// A parameter's value that is longer than this is cut: an event describes data, it does not carry it.
const LONGEST_VALUE: usize = 1024;
/// What stands before the name of a declared variable in a run's record.
const VARIABLE: &str = "variable ";

/// All facets of a run.
#[derive(Debug, Default, Serialize)]
pub(in crate::lineage) struct RunFacets<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) parent: Option<Facet<Parent<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) processing_engine: Option<Facet<Engine>>,
    #[serde(
        rename = "environmentVariables",
        skip_serializing_if = "Option::is_none"
    )]
    pub(in crate::lineage) environment: Option<Facet<Environment<'a>>>,
    #[serde(rename = "mlops_reuse", skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) reuse: Option<Facet<Reuse>>,
    #[serde(rename = "mlops_stage", skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) stage: Option<Facet<Stage<'a>>>,
    #[serde(rename = "mlops_run", skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) run: Option<Facet<Run<'a>>>,
    #[serde(
        rename = "executionParameters",
        skip_serializing_if = "Option::is_none"
    )]
    pub(in crate::lineage) parameters: Option<Facet<Parameters>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) tags: Option<Facet<Tags<'a>>>,
    #[serde(rename = "errorMessage", skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) error: Option<Facet<ErrorMessage<'a>>>,
}

/// The run that a stage is part of; it is the root, too: pipelines do not nest.
#[derive(Debug, Serialize)]
pub(in crate::lineage) struct Parent<'a> {
    run: RunName,
    job: JobName<'a>,
    root: Root<'a>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Root<'a> {
    run: RunName,
    job: JobName<'a>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct RunName {
    run_id: Uuid,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct JobName<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl Fields for Parent<'_> {
    const SCHEMA: &'static str = standard!("1-2-0", "ParentRunFacet");
}

impl<'a> Parent<'a> {
    pub(in crate::lineage) fn of(namespace: &'a str, run: &'a RunRecord) -> Facet<Self> {
        let (id, job) = (
            RunName { run_id: run.id },
            JobName {
                namespace,
                name: &run.pipeline,
            },
        );
        let root = Root { run: id, job };
        Self { run: id, job, root }.into()
    }
}

/// This library.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct Engine {
    version: &'static str,
    name: &'static str,
    openlineage_adapter_version: &'static str,
}

impl Fields for Engine {
    const SCHEMA: &'static str = standard!("1-1-1", "ProcessingEngineRunFacet");
}

impl Engine {
    pub(in crate::lineage) fn this() -> Facet<Self> {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            name: "mlops",
            openlineage_adapter_version: env!("CARGO_PKG_VERSION"),
        }
        .into()
    }
}

/// The environment: declared variables by the digests of their values, compiler, target.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct Environment<'a> {
    environment_variables: Vec<Variable<'a>>,
}

#[derive(Debug, Serialize)]
struct Variable<'a> {
    name: &'a str,
    value: &'a str,
}

impl Fields for Environment<'_> {
    const SCHEMA: &'static str = standard!("1-0-0", "EnvironmentVariablesRunFacet");
}

impl<'a> Environment<'a> {
    /// All that is on record, the lock file and the cores included.
    pub(in crate::lineage) fn of_run(run: &'a RunRecord) -> Option<Facet<Self>> {
        Self::of(run, |_| true)
    }

    /// What is in every stage's key; the rest stands at the run, and some thousand stages need not repeat it.
    pub(in crate::lineage) fn of_stage(run: &'a RunRecord) -> Option<Facet<Self>> {
        Self::of(run, |name| {
            name.starts_with(VARIABLE) || matches!(name, "toolchain" | "target")
        })
    }

    fn of(run: &'a RunRecord, counts: impl Fn(&str) -> bool) -> Option<Facet<Self>> {
        let environment_variables: Vec<_> = run
            .environment
            .iter()
            .filter(|(name, _)| counts(name))
            .map(|(name, value)| Variable {
                name: name.strip_prefix(VARIABLE).unwrap_or(name),
                value,
            })
            .collect();
        (!environment_variables.is_empty()).then(|| {
            Self {
                environment_variables,
            }
            .into()
        })
    }
}

/// Why something failed, or was stopped.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct ErrorMessage<'a> {
    message: &'a str,
    programming_language: &'static str,
}

impl Fields for ErrorMessage<'_> {
    const SCHEMA: &'static str = standard!("1-0-1", "ErrorMessageRunFacet");
}

impl<'a> ErrorMessage<'a> {
    pub(in crate::lineage) fn of(message: Option<&'a str>) -> Option<Facet<Self>> {
        let fields = Self {
            message: message?,
            programming_language: "RUST",
        };
        Some(fields.into())
    }
}

/// Parameters by name, each value as text.
#[derive(Debug, Serialize)]
pub(in crate::lineage) struct Parameters {
    parameters: Vec<Parameter>,
}

#[derive(Debug, Serialize)]
struct Parameter {
    key: String,
    value: String,
}

impl Fields for Parameters {
    const SCHEMA: &'static str = standard!("1-0-0", "ExecutionParametersRunFacet");
}

impl Parameters {
    pub(in crate::lineage) fn of<'a>(
        parameters: impl Iterator<Item = (String, &'a Value)>,
    ) -> Option<Facet<Self>> {
        let parameters: Vec<_> = parameters
            .map(|(key, value)| Parameter {
                key,
                value: shown(value),
            })
            .collect();
        (!parameters.is_empty()).then(|| Self { parameters }.into())
    }
}

fn shown(value: &Value) -> String {
    let mut text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    if text.len() > LONGEST_VALUE {
        let whole = text.len();
        text.truncate(text.floor_char_boundary(LONGEST_VALUE));
        text.push_str(&format!("… ({whole} bytes)"));
    }
    text
}

/// What people filter runs by.
#[derive(Debug, Serialize)]
pub(in crate::lineage) struct Tags<'a> {
    tags: [Tag<'a>; 2],
}

#[derive(Debug, Serialize)]
struct Tag<'a> {
    key: &'static str,
    value: &'a str,
    source: &'static str,
}

impl Fields for Tags<'_> {
    const SCHEMA: &'static str = standard!("1-0-0", "TagsRunFacet");
}

impl<'a> Tags<'a> {
    pub(in crate::lineage) fn of(run: &'a RunRecord) -> Facet<Self> {
        let tag = |key, value| Tag {
            key,
            value,
            source: "MLOPS",
        };
        let level = run.level.as_str();
        let tags = [tag("profile", run.profile.as_str()), tag("level", level)];
        Self { tags }.into()
    }
}

/// Ours: whether the stage's result was reused, from which run, and by which key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct Reuse {
    reused: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_run: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Digest>,
}

impl Fields for Reuse {
    const SCHEMA: &'static str = own!("MlopsReuseRunFacet");
}

impl Reuse {
    pub(in crate::lineage) fn of(stage: &StageRecord) -> Facet<Self> {
        Self {
            reused: stage.outcome == StageOutcome::Reused,
            from_run: stage.reused_from,
            key: stage.key,
        }
        .into()
    }
}

/// Ours: how the engine saw the stage.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct Stage<'a> {
    name: &'a str,
    path: &'a str,
    kind: &'a str,
    profile: &'a str,
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Digest>,
    #[serde(skip_serializing_if = "Value::is_null")]
    reasons: &'a Value,
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'a str,
    #[serde(flatten)]
    end: Option<StageEnd>,
}

/// What is known only when the stage has ended.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StageEnd {
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resumed: Option<Timestamp>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    record_damaged: bool,
}

impl Fields for Stage<'_> {
    const SCHEMA: &'static str = own!("MlopsStageRunFacet");
}

impl<'a> Stage<'a> {
    pub(in crate::lineage) fn of(
        run: &'a RunRecord,
        view: &'a StageView,
        ended: bool,
    ) -> Facet<Self> {
        let stage = &view.stage;
        Self {
            name: &stage.name,
            path: &stage.path,
            kind: &stage.kind,
            profile: &run.profile,
            level: run.level,
            key: stage.key,
            reasons: &stage.reasons,
            source: &stage.source,
            end: ended.then(|| StageEnd {
                attempts: stage.attempts,
                seconds: finite(stage.seconds),
                resumed: stage.resumed,
                record_damaged: view.entry_damaged,
            }),
        }
        .into()
    }
}

/// Ours: how the engine saw the run.
#[derive(Debug, Serialize)]
pub(in crate::lineage) struct Run<'a> {
    profile: &'a str,
    level: Level,
    forced: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Uuid>,
    host: &'a str,
    user: &'a str,
    #[serde(flatten)]
    end: Option<RunEnd<'a>>,
}

/// What is known only when the run has ended.
#[derive(Debug, Serialize)]
struct RunEnd<'a> {
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    outputs: Vec<RunOutput<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dirty: Option<bool>,
}

#[derive(Debug, Serialize)]
struct RunOutput<'a> {
    name: &'a str,
    digests: &'a [Digest],
}

impl Fields for Run<'_> {
    const SCHEMA: &'static str = own!("MlopsRunRunFacet");
}

impl<'a> Run<'a> {
    pub(in crate::lineage) fn of(run: &'a RunRecord, ended: bool) -> Facet<Self> {
        let output = |(name, digests): &'a (String, Vec<Digest>)| RunOutput { name, digests };
        Self {
            profile: &run.profile,
            level: run.level,
            forced: &run.forced,
            from: run.from,
            host: &run.host,
            user: &run.user,
            end: ended.then(|| RunEnd {
                counts: run.counts,
                seconds: finite(run.seconds),
                outputs: run.outputs.iter().map(output).collect(),
                dirty: run.code.dirty,
            }),
        }
        .into()
    }
}

/// JSON has no word for what is no number.
fn finite(seconds: f64) -> Option<f64> {
    seconds.is_finite().then_some(seconds)
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

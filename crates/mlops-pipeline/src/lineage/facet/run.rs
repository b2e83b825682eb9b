//! The standard's facets of a run, and of a stage's run.

use mlops_store::RunRecord;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::own::{Reuse, Run, Stage};
use super::{Facet, Fields, standard};

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

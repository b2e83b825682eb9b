//! Our own facets of a run: what was reused, and how the engine saw run and stage.

use jiff::Timestamp;
use mlops_core::{Digest, Level};
use mlops_store::{Counts, RunRecord, StageOutcome, StageRecord};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Facet, Fields, address_of_own};
use crate::lineage::records::StageView;

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
    const SCHEMA: &'static str = address_of_own!("MlopsReuseRunFacet");
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
    const SCHEMA: &'static str = address_of_own!("MlopsStageRunFacet");
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
    const SCHEMA: &'static str = address_of_own!("MlopsRunRunFacet");
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

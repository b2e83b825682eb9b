//! Facets of a job: a pipeline, or one of its stages.

use mlops_store::RunRecord;
use serde::Serialize;

use super::{Facet, Fields, standard};
use crate::lineage::source_code;

/// All facets of a job.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct JobFacets<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) job_type: Option<Facet<JobType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) documentation: Option<Facet<Documentation<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) ownership: Option<Facet<Ownership<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) source_code_location: Option<Facet<SourceCode<'a>>>,
}

/// What kind of job it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct JobType {
    processing_type: &'static str,
    integration: &'static str,
    job_type: &'static str,
}

impl Fields for JobType {
    const SCHEMA: &'static str = standard!("2-0-4", "JobTypeJobFacet");
}

impl JobType {
    /// `PIPELINE` or `STAGE`.
    pub(in crate::lineage) fn of(job_type: &'static str) -> Facet<Self> {
        Self {
            processing_type: "BATCH",
            integration: "MLOPS",
            job_type,
        }
        .into()
    }
}

/// What the job does, in the words of its author.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct Documentation<'a> {
    description: &'a str,
    content_type: &'static str,
}

impl Fields for Documentation<'_> {
    const SCHEMA: &'static str = standard!("1-1-0", "DocumentationJobFacet");
}

impl<'a> Documentation<'a> {
    pub(in crate::lineage) fn of(description: &'a str) -> Option<Facet<Self>> {
        let fields = Self {
            description,
            content_type: "text/markdown",
        };
        (!description.is_empty()).then(|| fields.into())
    }
}

/// Who answers for the job.
#[derive(Debug, Serialize)]
pub(in crate::lineage) struct Ownership<'a> {
    owners: [Owner<'a>; 1],
}

#[derive(Debug, Serialize)]
struct Owner<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    role: &'static str,
}

impl Fields for Ownership<'_> {
    const SCHEMA: &'static str = standard!("1-0-1", "OwnershipJobFacet");
}

impl<'a> Ownership<'a> {
    pub(in crate::lineage) fn of(owner: Option<&'a str>) -> Option<Facet<Self>> {
        let owner = Owner {
            name: owner?,
            role: "MAINTAINER",
        };
        Some(Self { owners: [owner] }.into())
    }
}

/// Where the code stood in git, as far as the run's record knows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct SourceCode<'a> {
    #[serde(rename = "type")]
    system: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    repo_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
}

impl Fields for SourceCode<'_> {
    const SCHEMA: &'static str = standard!("1-1-0", "SourceCodeLocationJobFacet");
}

impl<'a> SourceCode<'a> {
    pub(in crate::lineage) fn of(run: &'a RunRecord, place: Option<&str>) -> Option<Facet<Self>> {
        let address = source_code::address(&run.code, place)?;
        let fields = Self {
            system: "git",
            url: address.url,
            repo_url: address.repository,
            path: address.path,
            version: run.code.commit.as_deref(),
            branch: run.code.branch.as_deref(),
        };
        Some(fields.into())
    }
}

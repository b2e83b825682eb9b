//! Facets of a dataset: what it holds, and how much of it was read or written.

use mlops_core::{Column, Digest, StageReport};
use serde::Serialize;

use super::{Facet, Fields, standard};

/// All facets of a dataset.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct DatasetFacets<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) schema: Option<Facet<Schema<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) version: Option<Facet<Version>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) dataset_type: Option<Facet<DatasetType<'a>>>,
}

/// How much was read, and what was found to be right and wrong in it.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct InputFacets<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) input_statistics: Option<Facet<InputStatistics>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) data_quality_assertions: Option<Facet<Assertions<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) data_quality_metrics: Option<Facet<QualityMetrics>>,
}

/// How much was written.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct OutputFacets {
    pub(in crate::lineage) output_statistics: Facet<OutputStatistics>,
}

/// The columns of a table.
#[derive(Debug, PartialEq, Serialize)]
pub(in crate::lineage) struct Schema<'a> {
    fields: Vec<Field<'a>>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Field<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    data_type: &'a str,
    ordinal_position: usize,
}

impl Fields for Schema<'_> {
    const SCHEMA: &'static str = standard!("1-2-0", "SchemaDatasetFacet");
}

impl<'a> Schema<'a> {
    pub(in crate::lineage) fn of(columns: &'a [Column]) -> Option<Facet<Self>> {
        let fields = (1..)
            .zip(columns)
            .map(|(ordinal_position, column)| Field {
                name: &column.name,
                data_type: &column.data_type,
                ordinal_position,
            })
            .collect();
        (!columns.is_empty()).then(|| Self { fields }.into())
    }
}

/// The digest of the content.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct Version {
    dataset_version: Digest,
}

impl Fields for Version {
    const SCHEMA: &'static str = standard!("1-0-1", "DatasetVersionDatasetFacet");
}

impl Version {
    pub(in crate::lineage) fn of(dataset_version: Digest) -> Facet<Self> {
        Self { dataset_version }.into()
    }
}

/// What a dataset is.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct DatasetType<'a> {
    dataset_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_type: Option<&'a str>,
}

impl Fields for DatasetType<'_> {
    const SCHEMA: &'static str = standard!("1-0-1", "DatasetTypeDatasetFacet");
}

impl<'a> DatasetType<'a> {
    pub(in crate::lineage) fn of(dataset_type: String, sub_type: Option<&'a str>) -> Facet<Self> {
        Self {
            dataset_type,
            sub_type,
        }
        .into()
    }
}

/// Rows and bytes that were read.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct InputStatistics {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) row_count: Option<u64>,
    pub(in crate::lineage) size: u64,
}

impl Fields for InputStatistics {
    const SCHEMA: &'static str = standard!("1-0-0", "InputStatisticsInputDatasetFacet");
}

/// Rows and bytes that were written.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct OutputStatistics {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lineage) row_count: Option<u64>,
    pub(in crate::lineage) size: u64,
}

impl Fields for OutputStatistics {
    const SCHEMA: &'static str = standard!("1-0-2", "OutputStatisticsOutputDatasetFacet");
}

/// Verdicts of the contracts by which a stage judged what it read.
#[derive(Debug, PartialEq, Serialize)]
pub(in crate::lineage) struct Assertions<'a> {
    assertions: Vec<AssertionFields<'a>>,
}

#[derive(Debug, PartialEq, Serialize)]
struct AssertionFields<'a> {
    assertion: &'a str,
    /// What had nothing to judge did not succeed.
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    severity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    expected: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    actual: &'a str,
    params: Params<'a>,
}

/// What the standard has no field for.
#[derive(Debug, PartialEq, Serialize)]
struct Params<'a> {
    contract: &'a str,
    verdict: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    columns: &'a [String],
}

impl Fields for Assertions<'_> {
    const SCHEMA: &'static str = standard!("1-1-0", "DataQualityAssertionsDatasetFacet");
}

impl<'a> Assertions<'a> {
    pub(in crate::lineage) fn of(reports: &'a [StageReport]) -> Option<Facet<Self>> {
        let assertions = reports.iter().flat_map(|report| {
            report.assertions.iter().map(|assertion| AssertionFields {
                assertion: &assertion.rule,
                success: assertion.verdict == "pass",
                column: match assertion.columns.as_slice() {
                    [column] => Some(column.as_str()),
                    _ => None,
                },
                severity: match assertion.severity.as_str() {
                    "critical" => "error",
                    "warning" => "warn",
                    other => other,
                },
                name: assertion.name.as_deref(),
                expected: &assertion.expected,
                actual: &assertion.found,
                params: Params {
                    contract: &report.name,
                    verdict: &assertion.verdict,
                    columns: if assertion.columns.len() > 1 {
                        &assertion.columns
                    } else {
                        &[]
                    },
                },
            })
        });
        let assertions: Vec<_> = assertions.collect();
        (!assertions.is_empty()).then(|| Self { assertions }.into())
    }
}

/// How many rows were judged.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lineage) struct QualityMetrics {
    #[serde(skip_serializing_if = "Option::is_none")]
    row_count: Option<u64>,
    column_metrics: Empty,
}

/// No column: a report says what it found, and has no figures of columns.
#[derive(Debug, PartialEq, Serialize)]
struct Empty {}

impl Fields for QualityMetrics {
    const SCHEMA: &'static str = standard!("1-0-3", "DataQualityMetricsInputDatasetFacet");
}

impl QualityMetrics {
    pub(in crate::lineage) fn of(reports: &[StageReport]) -> Option<Facet<Self>> {
        let report = reports.first()?;
        let metrics = Self {
            row_count: report.rows,
            column_metrics: Empty {},
        };
        Some(metrics.into())
    }
}

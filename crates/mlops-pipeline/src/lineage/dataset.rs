//! Artifacts and sources as datasets: how they are named, and what is said of them.
//!
//! An artifact's dataset is the place where it was made: `<stage path>/<place in the result>`, in the namespace of the jobs;
//! where a pipeline calls a stage several times, the call's number stands behind the path. The artifact's digest is the
//! dataset's version. A source is named as the OpenLineage naming convention says: namespace `file` and the path, or the
//! scheme and authority of its address and the rest. The clock and environment variables are no datasets: what the clock said
//! stands among the parameters, and of a variable, which may be a secret, nothing is told to others.

use mlops_core::{Description, Digest};
use mlops_store::{ArtifactReference, Entry, InputKind, InputRecord};
use serde::Serialize;

use super::facet::dataset::{
    Assertions, DatasetFacets, DatasetType, InputFacets, InputStatistics, OutputFacets,
    OutputStatistics, QualityMetrics, Schema, Version,
};
use super::records::{Dataset, StageView};

/// A dataset that a stage read.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input<'a> {
    namespace: String,
    name: &'a str,
    facets: DatasetFacets<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_facets: Option<InputFacets<'a>>,
}

/// A dataset that a stage made.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output<'a> {
    namespace: &'a str,
    name: &'a str,
    facets: DatasetFacets<'a>,
    output_facets: OutputFacets,
}

/// The name of what an entry made at one place of its result.
pub(super) fn name_of(entry: &Entry, position: usize) -> String {
    let call = if entry.call.is_empty() {
        &entry.stage
    } else {
        &entry.call
    };
    format!("{call}/{position}")
}

/// An artifact whose maker is not known any more.
pub(super) fn of_unknown_origin(digest: Digest) -> Dataset {
    Dataset {
        name: format!("artifact/{}", digest.hex()),
        artifact: ArtifactReference {
            digest,
            size: 0,
            media_type: String::new(),
            description: Description::default(),
        },
    }
}

/// Namespace and name of a source.
fn source_name(location: &str) -> (String, &str) {
    match location.split_once("://") {
        Some(("file", path)) => ("file".to_owned(), path),
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, "/"));
            // What stands before an `@` may be a password.
            let host = authority.rsplit('@').next().unwrap_or(authority);
            (format!("{scheme}://{host}"), path)
        }
        None => ("file".to_owned(), location),
    }
}

/// What a stage read, each dataset once.
pub(super) fn inputs<'a>(namespace: &str, view: &'a StageView) -> Vec<Input<'a>> {
    let mut datasets: Vec<Input<'a>> = Vec::new();
    for (input, made) in &view.inputs {
        let dataset = match (input.kind, made) {
            (InputKind::Artifact, Some(made)) => artifact_input(namespace, made),
            (InputKind::Source, _) if is_data(input) => source_input(input),
            _ => continue,
        };
        if !datasets.contains(&dataset) {
            datasets.push(dataset);
        }
    }
    // A report does not say which of several inputs it judged; contracts stand in stages that have one.
    if let Some(first) = datasets.first_mut()
        && let Some(assertions) = Assertions::of(&view.reports)
    {
        let facets = first.input_facets.get_or_insert_default();
        facets.data_quality_assertions = Some(assertions);
        facets.data_quality_metrics = QualityMetrics::of(&view.reports);
    }
    datasets
}

/// Whether a source is a place where data lies.
fn is_data(source: &InputRecord) -> bool {
    !matches!(source.name.as_str(), "clock" | "variable")
}

fn artifact_input<'a>(namespace: &str, made: &'a Dataset) -> Input<'a> {
    let artifact = &made.artifact;
    let input_statistics = InputStatistics {
        row_count: artifact.description.rows,
        size: artifact.size,
    };
    Input {
        namespace: namespace.to_owned(),
        name: &made.name,
        facets: facets_of(artifact),
        input_facets: is_known(artifact).then(|| InputFacets {
            input_statistics: Some(input_statistics.into()),
            ..InputFacets::default()
        }),
    }
}

fn source_input(input: &InputRecord) -> Input<'_> {
    let (namespace, name) = source_name(input.location.as_deref().unwrap_or("unknown"));
    Input {
        namespace,
        name,
        facets: DatasetFacets {
            schema: Schema::of(&input.description.columns),
            version: input.digest.map(Version::of),
            dataset_type: Some(DatasetType::of(input.name.to_uppercase(), None)),
        },
        input_facets: None,
    }
}

/// What a stage made.
pub(super) fn outputs<'a>(namespace: &'a str, view: &'a StageView) -> Vec<Output<'a>> {
    view.outputs
        .iter()
        .map(|made| {
            let output_statistics = OutputStatistics {
                row_count: made.artifact.description.rows,
                size: made.artifact.size,
            };
            Output {
                namespace,
                name: &made.name,
                facets: facets_of(&made.artifact),
                output_facets: OutputFacets {
                    output_statistics: output_statistics.into(),
                },
            }
        })
        .collect()
}

/// Whether anything but its digest is known of an artifact.
fn is_known(artifact: &ArtifactReference) -> bool {
    !artifact.media_type.is_empty()
}

fn facets_of(artifact: &ArtifactReference) -> DatasetFacets<'_> {
    let columns = &artifact.description.columns;
    let kind = if columns.is_empty() {
        "ARTIFACT"
    } else {
        "TABLE"
    };
    DatasetFacets {
        schema: Schema::of(columns),
        version: Some(Version::of(artifact.digest)),
        dataset_type: is_known(artifact)
            .then(|| DatasetType::of(kind.to_owned(), Some(&artifact.media_type))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_named_by_the_convention_and_without_passwords() {
        for (location, namespace, name) in [
            ("/data/customers.csv", "file", "/data/customers.csv"),
            ("file:///data/a.csv", "file", "/data/a.csv"),
            ("s3://lake/raw/a.parquet", "s3://lake", "raw/a.parquet"),
            (
                "https://me:secret@example.org/a",
                "https://example.org",
                "a",
            ),
            ("https://example.org", "https://example.org", "/"),
            (
                "https://***@example.org/a?token=***",
                "https://example.org",
                "a?token=***",
            ),
            ("/data/*.csv", "file", "/data/*.csv"),
        ] {
            assert_eq!(source_name(location), (namespace.to_owned(), name));
        }
    }
}

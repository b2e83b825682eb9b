//! Artifacts and sources as datasets: how they are named, and what is said of them.
//!
//! An artifact's dataset is the place where it was made: `<stage path>/<place in the result>`, in the namespace of the jobs;
//! where a pipeline calls a stage several times, the call's number stands behind the path. The artifact's digest is the
//! dataset's version. A source is named as the OpenLineage naming convention says: namespace `file` and the path, or the
//! scheme and authority of its address and the rest.

use mlops_core::{Description, Digest};
use mlops_store::{ArtifactReference, Entry, InputKind, InputRecord};
use serde_json::{Value, json};

use super::facet::{self, Facets};
use super::records::{Dataset, StageView};

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
pub(super) fn source_name(location: &str) -> (String, String) {
    match location.split_once("://") {
        Some(("file", rest)) => ("file".to_owned(), rest.to_owned()),
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, "/"));
            // What stands before an `@` may be a password.
            let host = authority.rsplit('@').next().unwrap_or(authority);
            (format!("{scheme}://{host}"), path.to_owned())
        }
        None => ("file".to_owned(), location.to_owned()),
    }
}

/// What a stage read, each dataset once.
pub(super) fn inputs(namespace: &str, view: &StageView) -> Vec<Value> {
    let mut datasets: Vec<Value> = Vec::new();
    for (input, made) in &view.inputs {
        let dataset = match (input.kind, made) {
            (InputKind::Artifact, Some(made)) => artifact_input(namespace, made),
            (InputKind::Source, _) => source_input(input),
            _ => continue,
        };
        if !datasets.contains(&dataset) {
            datasets.push(dataset);
        }
    }
    datasets
}

fn artifact_input(namespace: &str, made: &Dataset) -> Value {
    let artifact = &made.artifact;
    let mut dataset = json!({
        "namespace": namespace,
        "name": made.name,
        "facets": facets_of(artifact),
    });
    if !artifact.media_type.is_empty() {
        let mut statistics = Facets::new();
        facet::input_statistics(&mut statistics, artifact.description.rows, artifact.size);
        dataset["inputFacets"] = statistics.into();
    }
    dataset
}

fn source_input(input: &InputRecord) -> Value {
    let (namespace, name) = source_name(input.location.as_deref().unwrap_or("unknown"));
    let mut facets = Facets::new();
    facet::schema(&mut facets, &input.description.columns);
    if let Some(digest) = &input.digest {
        facet::version(&mut facets, digest);
    }
    facet::dataset_type(&mut facets, &input.name.to_uppercase(), None);
    json!({ "namespace": namespace, "name": name, "facets": facets })
}

/// What a stage made.
pub(super) fn outputs(namespace: &str, view: &StageView) -> Vec<Value> {
    view.outputs
        .iter()
        .map(|made| {
            let artifact = &made.artifact;
            let mut statistics = Facets::new();
            facet::output_statistics(&mut statistics, artifact.description.rows, artifact.size);
            json!({
                "namespace": namespace,
                "name": made.name,
                "facets": facets_of(artifact),
                "outputFacets": statistics,
            })
        })
        .collect()
}

fn facets_of(artifact: &ArtifactReference) -> Facets {
    let mut facets = Facets::new();
    facet::schema(&mut facets, &artifact.description.columns);
    facet::version(&mut facets, &artifact.digest);
    if !artifact.media_type.is_empty() {
        let kind = if artifact.description.columns.is_empty() {
            "ARTIFACT"
        } else {
            "TABLE"
        };
        facet::dataset_type(&mut facets, kind, Some(&artifact.media_type));
    }
    facets
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
        ] {
            assert_eq!(
                source_name(location),
                (namespace.to_owned(), name.to_owned())
            );
        }
    }
}

//! The facets that our events carry: the standard's, by its schemas, and three of our own.
//!
//! They are plain structs that are written as they stand. Built as trees of JSON values, the events of a run of a hundred
//! kept stages took longer than the run.

pub(super) mod dataset;
pub(super) mod job;
pub(super) mod own;
pub(super) mod run;

use serde::Serialize;

/// Who makes the events.
pub const PRODUCER: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/tree/v",
    env!("CARGO_PKG_VERSION")
);

/// The address of one of the standard's schemas.
macro_rules! standard {
    ($version:literal, $name:literal) => {
        concat!(
            "https://openlineage.io/spec/facets/",
            $version,
            "/",
            $name,
            ".json#/$defs/",
            $name
        )
    };
}
use standard;

/// The address of one of our own schemas, which stand in `schema/` beside this file; a changed one gets a new version.
macro_rules! address_of_own {
    ($name:literal) => {
        concat!(
            env!("CARGO_PKG_REPOSITORY"),
            "/blob/main/crates/mlops-pipeline/src/lineage/schema/1-0-0/",
            $name,
            ".json#/$defs/",
            $name
        )
    };
}
use address_of_own;

/// What a facet says, by a schema.
pub(super) trait Fields: Serialize {
    /// The address of the schema.
    const SCHEMA: &'static str;
}

/// What a facet says, and what every facet must say.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Facet<T> {
    #[serde(rename = "_producer")]
    producer: &'static str,
    #[serde(rename = "_schemaURL")]
    schema: &'static str,
    #[serde(flatten)]
    fields: T,
}

impl<T: Fields> From<T> for Facet<T> {
    fn from(fields: T) -> Self {
        Self {
            producer: PRODUCER,
            schema: T::SCHEMA,
            fields,
        }
    }
}

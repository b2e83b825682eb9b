//! Versions of data sets: what is kept of a table under a name, `customers@1f3c…`.

use std::fmt;

use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, Column, Digest, MemoryOutput,
};
use serde::{Deserialize, Serialize};

use super::times::Times;
use super::{Parts, Role, SplitRecord, TimeRange};
use crate::{DataError, Table, TableProfile};

/// The media type by which a store knows versions of data sets from other artifacts.
pub const DATASET_MEDIA_TYPE: &str = "application/vnd.mlops.datasets+msgpack";

/// What is kept of a table: its name and digest, its columns and rows, where it came from, what it is for, and from when to
/// when it is.
///
/// A stage that gives [`DatasetVersions`] out as an output of its own has registered them: `data versions` lists them.
///
/// ```
/// use mlops_data::dataset::DatasetVersion;
/// use mlops_data::table;
/// let table = table! { "id" => [1, 2, 3] };
/// let version = DatasetVersion::of("customers", &table)?.from_source("customers.csv");
/// assert_eq!((version.rows, version.digest), (3, table.digest()?));
/// assert!(version.to_string().starts_with("customers@"));
/// # Ok::<(), mlops_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetVersion {
    /// The name of the data set.
    pub name: String,
    /// The digest of the table, by which a store has it if it was kept.
    pub digest: Digest,
    /// Its rows.
    pub rows: u64,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Where it came from: a file, an address, a query.
    pub source: Option<String>,
    /// What it is for.
    pub role: Option<Role>,
    /// From when to when its rows are.
    pub times: Option<TimeRange>,
    /// The digest of the record of the split that made it.
    pub split: Option<Digest>,
    /// The digest of its profile: what later data are compared with, without a second look at these.
    pub profile: Option<Digest>,
}

impl DatasetVersion {
    /// The version that a table is.
    ///
    /// # Errors
    /// The name is none, or a column is too large for Arrow's format.
    pub fn of(name: impl Into<String>, table: &Table) -> Result<Self, DataError> {
        let name = checked(name.into())?;
        let description = table.describe();
        Ok(Self {
            name,
            digest: table.digest()?,
            rows: table.rows() as u64,
            columns: description.columns,
            source: None,
            role: None,
            times: None,
            split: None,
            profile: None,
        })
    }

    /// Where it came from.
    #[must_use]
    pub fn from_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What it is for.
    #[must_use]
    pub fn for_role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// From when to when the rows of its table are.
    ///
    /// # Errors
    /// There is no such column, or it holds no times.
    pub fn with_times_of(mut self, table: &Table, column: &str) -> Result<Self, DataError> {
        self.times = Times::of(table, column)?.range(0..table.rows());
        Ok(self)
    }

    /// What its values are like. The profile is an artifact, too: whoever keeps it can compare with it.
    #[must_use]
    pub fn with_profile(mut self, profile: &TableProfile) -> Self {
        self.profile = Some(profile.digest());
        self
    }

    /// The name and the beginning of the digest.
    pub fn short(&self) -> String {
        format!("{}@{}", self.name, self.digest.short())
    }
}

impl fmt::Display for DatasetVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.name, self.digest.hex())
    }
}

/// Versions that were made together: the parts of a split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatasetVersions(pub Vec<DatasetVersion>);

impl Parts {
    /// The parts as versions of a data set, each with its role, its range of time and the split that made it.
    ///
    /// # Errors
    /// As [`DatasetVersion::of`].
    pub fn versions(&self, name: &str, source: Option<&str>) -> Result<DatasetVersions, DataError> {
        let split = self.record().digest()?;
        let versions = self.iter().map(|(role, table)| {
            let version = DatasetVersion::of(name, table)?;
            Ok(DatasetVersion {
                source: source.map(str::to_owned),
                role: Some(role),
                times: self.record().part(role).and_then(|part| part.times.clone()),
                split: Some(split),
                ..version
            })
        });
        versions
            .collect::<Result<_, DataError>>()
            .map(DatasetVersions)
    }
}

impl SplitRecord {
    /// The digest of the record as an artifact.
    ///
    /// # Errors
    /// It cannot be written, which no record gives a reason for.
    pub fn digest(&self) -> Result<Digest, DataError> {
        let mut output = MemoryOutput::default();
        self.write(&mut output)
            .map_err(|cause| DataError::Unwritable {
                format: "an artifact",
                cause: cause.into(),
            })?;
        Ok(Digest::of(&output.into_input().bytes()))
    }
}

/// Names stand in commands, in paths and before an `@`.
fn checked(name: String) -> Result<String, DataError> {
    let is_letter = |letter: char| letter.is_alphanumeric() || "-_./".contains(letter);
    if !name.is_empty() && name.chars().all(is_letter) {
        Ok(name)
    } else {
        Err(DataError::DatasetName { name })
    }
}

impl Artifact for TableProfile {
    const MEDIA_TYPE: &'static str = "application/json";

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        // The very bytes whose digest the profile has.
        output.write_all(self.to_json().as_bytes())?;
        Ok(())
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        let text =
            String::from_utf8(input.bytes().to_vec()).map_err(ArtifactError::read::<Self>)?;
        Self::from_json(&text).map_err(ArtifactError::read::<Self>)
    }

    fn duplicate(&self) -> Result<Self, ArtifactError> {
        Ok(self.clone())
    }
}

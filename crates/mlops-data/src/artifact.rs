//! A table as an artifact: a canonical Arrow file, read through the memory map without a copy.

use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, Column, Description, SERDE_MEDIA_TYPE,
    SOURCE_MEDIA_TYPE, read_serde, write_serde,
};

use crate::dataset::{DATASET_MEDIA_TYPE, DatasetVersions, SplitRecord};
use crate::quality::{Quality, SourceHistory};
use crate::{EnvVar, File, Folder, Glob, Now, Table, Url, ipc};

/// The media type of a stored table.
pub const TABLE_MEDIA_TYPE: &str = "application/vnd.apache.arrow.file";

impl Artifact for Table {
    const MEDIA_TYPE: &'static str = TABLE_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        ipc::write(self, output).map_err(ArtifactError::write::<Self>)
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        ipc::read("the artifact", input.bytes()).map_err(ArtifactError::read::<Self>)
    }

    fn describe(&self) -> Description {
        let columns = self.schema().fields().iter().map(|field| Column {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
            nullable: field.is_nullable(),
        });
        Description {
            rows: Some(self.rows() as u64),
            columns: columns.collect(),
        }
    }

    fn duplicate(&self) -> Result<Self, ArtifactError> {
        Ok(self.clone())
    }
}

macro_rules! artifact_by_serde {
    ($media_type:ident: $($value:ty),*) => {$(
        impl Artifact for $value {
            const MEDIA_TYPE: &'static str = $media_type;

            fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
                write_serde(self, output)
            }

            fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
                read_serde(input)
            }

            fn duplicate(&self) -> Result<Self, ArtifactError> {
                Ok(self.clone())
            }
        }
    )*};
}

artifact_by_serde!(SOURCE_MEDIA_TYPE: File, Folder, Glob, Url, EnvVar, Now);
artifact_by_serde!(SERDE_MEDIA_TYPE: Quality, SourceHistory, SplitRecord);
artifact_by_serde!(DATASET_MEDIA_TYPE: DatasetVersions);

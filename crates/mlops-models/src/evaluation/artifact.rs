//! Reports as artifacts, so that a stage can return them and a run keeps them.

use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, SERDE_MEDIA_TYPE, read_serde,
    write_serde,
};

use super::{
    BinaryReport, CalibrationReport, ComparisonReport, FairnessReport, MulticlassReport,
    RegressionReport, SliceReport,
};

macro_rules! artifact_by_serde {
    ($($report:ty),*) => {$(
        impl Artifact for $report {
            const MEDIA_TYPE: &'static str = SERDE_MEDIA_TYPE;

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

artifact_by_serde!(
    BinaryReport,
    CalibrationReport,
    ComparisonReport,
    FairnessReport,
    MulticlassReport,
    RegressionReport,
    SliceReport
);

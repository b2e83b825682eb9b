//! Everything that a file with stages and pipelines needs: `use mlops::prelude::*;`.

pub use std::process::ExitCode;

pub use crate::{Artifact, Handle, Outputs, Result, StageContext, stage, when};

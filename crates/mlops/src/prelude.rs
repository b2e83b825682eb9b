//! Everything that a file with stages and pipelines needs: `use mlops::prelude::*;`.

pub use std::process::ExitCode;

pub use crate::{
    Artifact, File, Folder, Handle, Outputs, Result, StageContext, Table, stage, table, when,
};

//! Everything that a file with stages and pipelines needs: `use mlops::prelude::*;`.

pub use std::process::ExitCode;

pub use crate::{
    Artifact, Contract, EnvVar, File, Folder, Glob, Handle, Now, Outputs, Result, StageContext,
    Table, Url, Window, features, stage, table, training_set, when,
};

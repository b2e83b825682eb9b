//! The whole MLOps checklist from typed functions.
//!
//! Stages are functions with `#[stage]`; a pipeline is an ordinary function that wires them, and does not compile when it is
//! wired wrongly; [`app()`] gives the binary its command line.
//!
//! ```no_run
//! use mlops::prelude::*;
//!
//! /// Reads the numbers.
//! #[stage(ingest)]
//! fn load(file: &File) -> Result<Vec<f64>> {
//!     Ok(file.read_text()?.lines().map(str::parse).collect::<Result<_, _>>()?)
//! }
//!
//! /// Their mean.
//! #[stage]
//! fn mean(numbers: &[f64]) -> f64 {
//!     numbers.iter().sum::<f64>() / numbers.len() as f64
//! }
//!
//! fn summary() -> Handle<f64> {
//!     mean(load(File::new("numbers.txt")))
//! }
//!
//! fn main() -> ExitCode {
//!     mlops::app().pipeline("summary", summary).main()
//! }
//! ```

extern crate self as mlops;

mod app;
mod cli;
mod declared_features;
mod failure;
mod pipeline;
pub mod prelude;
mod project;
mod refusal;
mod report;
mod settings;
pub mod testing;

pub use app::{App, app};
pub use mlops_core::{
    Artifact, BoxError as Error, Clock, Digest, FixedClock, Handle, Input, InputList, Level,
    Outputs, Secret, StageContext, SystemClock, permanent, when,
};
pub use mlops_data::{
    Batches, Contract, CsvOptions, DataError, EnvVar, File, Folder, Glob, Now, Table, TableProfile,
    Url, arrow, change, contract, dataset, quality, statistics, table,
};
pub use mlops_derive::{Artifact, Contract, Outputs, feature, stage};
pub use mlops_features::{
    Catalogue, Cell, EventColumns, FeatureSet, Lock, Row, SlidingWindow, Window, features, online,
    point_in_time, training_set, training_set_with,
};
pub use mlops_models::evaluation;
pub use pipeline::PipelineFunction;

/// The result of a stage: any error that can be boxed may be returned with `?`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[doc(hidden)]
pub use mlops_core::__private;
#[doc(hidden)]
pub use mlops_features::__features;

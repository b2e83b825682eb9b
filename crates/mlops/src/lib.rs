//! The whole MLOps checklist from typed functions.
//!
//! Stages are functions with `#[stage]`; a pipeline is an ordinary function that wires them, and does not compile when it is
//! wired wrongly; [`app()`] gives the binary its command line.

extern crate self as mlops;

pub mod prelude;

pub use mlops_core::{
    Artifact, BoxError as Error, Clock, Digest, Handle, Input, InputList, Level, Outputs, StageContext,
    permanent, when,
};
pub use mlops_derive::{Artifact, Outputs, stage};

/// The result of a stage: any error that can be boxed may be returned with `?`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[doc(hidden)]
pub use mlops_core::__private;

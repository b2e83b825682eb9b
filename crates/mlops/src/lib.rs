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

/// What the macros write refers to this module; nothing here is covered by any promise.
#[doc(hidden)]
pub mod __private {
    pub use mlops_core::{
        Argument, Arguments, Artifact, ArtifactError, ArtifactInput, ArtifactOutput, ArtifactType,
        Body, BodyResult, BoxError, Code, Handle, Input, InputList, InputSlot, Live, Node,
        OutputCollector, Outputs, Policy, SERDE_MEDIA_TYPE, Stage, StageContext, StageKind,
        read_serde, write_serde,
    };
}

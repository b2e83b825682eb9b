//! Stages, graph, plan, cache keys, the engine and lineage: what runs, what is reused, and why.
//!
//! A pipeline's handles become a [`Graph`]; a [`RunRequest`] plans and runs it against a store. Users reach all this through
//! `mlops::app()`; this crate is for those who drive pipelines from a program of their own.

mod code;
mod code_state;
mod engine;
mod error;
mod event;
mod graph;
mod key;
pub mod lineage;
mod outside;
mod plan;
mod reason;
mod render;
mod source;

pub use code::{CodeReach, ReachedItem};
pub use code_state::{code_state, difference_since, repository_folder, uncommitted};
pub use engine::{CallResult, Cancellation, Resources, RunRequest, RunResult, StageLog};
pub use error::PipelineError;
pub use event::{Event, Observer, Silent, StageFinished};
pub use graph::{Call, CallInput, CallParameter, Edge, Graph, GraphOutput};
pub use key::{
    CodeKey, InputKey, KEY_FORMAT, KeyEnvironment, SourceKey, StageKey, TARGET, TOOLCHAIN,
    stage_key,
};
pub use outside::{OutsideNames, OutsideUse};
pub use plan::{Decision, Plan, PlannedCall, Resolver, Settled};
pub use reason::{
    CompareArtifacts, KeyComparison, Reason, ReasonKind, compare_keys, compare_recorded_keys,
};
pub use render::{GraphFormat, render};
pub use source::{ObservedSource, Sources};

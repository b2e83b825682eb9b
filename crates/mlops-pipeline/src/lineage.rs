//! Lineage: what happened, told to others as OpenLineage events; and where things come from, answered from the store.
//!
//! # Events
//!
//! An event is a pure function of what the store keeps: a line of the journal says *that* something happened, the records of
//! run, stage and cache entry say *what*. Nothing is queued in memory, so nothing is lost with a process, and an event that is
//! made again is the same event. A beginning carries only what was known at the beginning, and no datasets; the end carries
//! everything. One thing may be added in a repetition: the engine asks git while the run is under way, so the commit is in
//! every event that is made after it is recorded.
//!
//! A record that is gone or damaged takes its event with it, because the event's name is in it; such lines are counted and
//! reported. If only the record of what a stage read and made is damaged, the event is sent without datasets and says so.
//!
//! # Questions
//!
//! [`trace`] goes from an artifact up to the sources, code, parameters and runs it came from, or down to all that rests on it.

mod dataset;
mod delivery;
mod error;
mod event;
mod facet;
mod http;
mod line_file;
mod records;
mod source_code;
mod trace;
mod transport;
mod worker;

pub use delivery::{LineageDelivery, LineageOptions, LineageReport};
pub use error::LineageError;
pub use event::stage_run_id;
pub use facet::PRODUCER;
pub use trace::{
    Direction, LineageAnswer, LineageTarget, TraceError, TracedRun, TracedSource, trace,
};

//! Lineage from outside: events against the standard's schemas, delivery against a collector that fails, questions.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests make files for stages to read, look at what was written, and stop where something is not as it must be"
)]

mod collector;
#[cfg(feature = "conformance")]
mod conformance;
mod delivery;
mod pipeline;
mod questions;

//! What the engine promises: what runs and what does not, how failures end, how a run stops, what it keeps in memory.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests damage files, and stop where something is not as it must be"
)]

mod addresses;
mod failures;
mod guard;
mod long;
mod looks;
mod names;
mod place;
mod resources;
mod reuse;
mod sharing;
mod sources;
mod stopping;
mod timeouts;

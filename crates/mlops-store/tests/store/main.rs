//! What the store promises, tried from outside: whole or absent, wrong is absent, no last writer wins.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: one that cannot go on has failed"
)]

mod artifacts;
mod audit;
mod entries;
mod finding;
mod leases;
mod lost_edges;
mod opening;
mod runs;
mod samples;

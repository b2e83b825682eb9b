//! Tests of the whole, at the public surface: one module for each capability, one binary for all of them.

// That a change of code alters nothing is somebody's word, and stays on record.
mod accept;
// The house keeps its own rules: crates in their order, floors, file names and lengths.
mod architecture;
// What every pipeline binary answers, to people and to programs.
mod command_line;
// Contracts: judged from the command line, kept with runs.
mod contracts;
// Pipelines that are wired wrongly do not compile, and say so in our words.
mod compile_errors;
// Which columns changed between two files, as people and programs are told.
mod data_diff;
// What is wrong in a table, and how reliable its sources were.
mod data_quality;
// Data sets: split, kept by version, and apart.
mod data_sets;
// Features: versions by content, the lock, the catalogue, and what production refuses.
mod features;
// Events: joined in time, kept online, asked and served.
mod features_over_time;
// The first program that a stranger runs.
mod quickstart;
// What looks at the outside world without saying so is not reused.
mod outside;
// What profiles refuse, and what one level may see of another.
mod profiles;
// A corpus of edits: what is stale, and what runs needlessly.
mod reach;
// What is reused and what runs.
mod reuse;
// Typed sources: what is looked at, what is said of it, and what is never said.
mod sources;
// A temporary project for the tests that run a program.
mod support;
// What re-runs after an upgrade is what the plan foretold.
mod upgrades;
// What is not deterministic, and what is not declared, is found; what is sound is left alone.
mod verify;
// Killed, flipped, crowded, starved, locked away: never a wrong answer.
mod torture;

//! What procedural macros of the project write: no source shows it, so a whole package counts.
//!
//! The stages stand in a crate of their own, so that this costs the others nothing.

pub mod stages;

mod records;

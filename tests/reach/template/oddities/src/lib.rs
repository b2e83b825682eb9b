//! What is hard to see in sources: generated tables, symbols of the linker, the place of a line.
//!
//! The stages stand in a crate of their own, so that falling back to a whole package costs little.

pub mod stages;

mod exported;
mod places;
mod shown;
#[cfg_attr(feature = "loud", path = "storm.rs")]
#[cfg_attr(not(feature = "loud"), path = "calm.rs")]
mod weather;

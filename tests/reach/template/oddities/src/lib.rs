//! What is hard to see in sources: procedural macros, generated tables, symbols of the linker, the place of a line.
//!
//! The stages stand in a crate of their own, so that falling back to a whole package costs little.

pub mod stages;

mod exported;
mod places;
mod records;
mod shown;

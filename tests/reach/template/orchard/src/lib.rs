//! What a tree will bear, by models of a library.

mod features;
mod pipeline;
mod split;
mod trees;

pub use pipeline::orchard;

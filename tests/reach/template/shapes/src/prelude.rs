//! What most programs need.

pub use crate::polygon::*;
pub use measures::*;

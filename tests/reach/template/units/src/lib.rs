//! Lengths, and what one can do with them.

mod account;
mod convert;
mod length;

pub use account::Account;
pub use convert::{from_feet, metres};
pub use length::{Length, Measured, Short, checks, total};
pub use tinywords as words;

/// A name that half of the world has, and nobody calls here.
pub fn new() -> i64 {
    17
}

/// The plural of a unit's name.
pub fn several(name: &str) -> String {
    tinywords::plural(name)
}

/// The version of this package, which the workspace says.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

//! A package that no stage uses. Whoever builds it together with the others has them sing along.

pub use tinywords::plural;

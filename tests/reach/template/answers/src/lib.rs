//! What a procedural macro and a build script know.

/// The answer.
pub const NUMBER: i64 = 42;

/// How many fingers a hand has.
pub const FINGERS: i64 = 5;

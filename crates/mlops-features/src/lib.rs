//! Features: defined once, right in time, the same for training and serving.
//!
//! [`point_in_time`] joins what was known at a moment, and nothing that was not. [`online`] keeps the newest of it for being asked,
//! and says the same.

pub mod online;
pub mod point_in_time;

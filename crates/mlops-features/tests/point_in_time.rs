//! The join against brute force: what a row gets is what a reader of the rules would give it, whatever the rows look like.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

#[path = "point_in_time/agreement.rs"]
mod agreement;
#[path = "point_in_time/cases.rs"]
mod cases;
#[path = "point_in_time/edges.rs"]
mod edges;
#[path = "point_in_time/latest.rs"]
mod latest;
#[path = "point_in_time/windows.rs"]
mod windows;

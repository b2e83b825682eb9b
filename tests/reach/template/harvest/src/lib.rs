//! An ordinary project: from lines of text to a report on the harvest.

mod cleaning;
mod error;
mod reading;
mod record;
mod report;
pub mod stages;
mod statistics;
mod trend;

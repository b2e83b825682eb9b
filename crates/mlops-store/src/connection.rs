//! The connections to SQLite.
use std::time::Duration;
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

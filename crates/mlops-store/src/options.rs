//! How a store is opened: how durable, with which access, by which clock.

use std::fmt;
use std::io;
use std::sync::Arc;

use mlops_core::{Clock, Durability, SystemClock};

/// What the store may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Reading and writing; a store that is not there is made.
    #[default]
    ReadWrite,
    /// Reading; nothing in the folder is touched.
    ReadOnly,
}

/// Makes writes fail, so that a test can fill a disk without filling one.
#[doc(hidden)]
pub trait Faults: Send + Sync {
    /// Called before `bytes` bytes are written to `what`: `probe`, `temporary`, `artifact`, `transaction` or `head`.
    ///
    /// # Errors
    /// The write shall fail with this error.
    fn before_write(&self, what: &str, bytes: usize) -> io::Result<()>;
}

/// How a store is opened.
#[derive(Clone)]
pub struct StoreOptions {
    /// What may not cost what was said to be kept: a killed process (SQLite's write-ahead log with `synchronous = NORMAL`,
    /// files not synced), or a power cut, too (`synchronous = FULL`, files and their folders synced).
    pub durability: Durability,
    /// What the store may be used for.
    pub access: Access,
    /// Where the present time comes from.
    pub clock: Arc<dyn Clock>,
    /// For tests: makes writes fail.
    #[doc(hidden)]
    pub faults: Option<Arc<dyn Faults>>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            access: Access::default(),
            clock: Arc::new(SystemClock),
            faults: None,
        }
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("durability", &self.durability)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

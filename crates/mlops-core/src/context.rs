//! What a running stage may ask of the engine: metrics, notes, progress, seed, scratch folder, checkpoints.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::BoxError;

/// The services of the engine for one call of a stage.
///
/// A parameter of type `&StageContext` is recognised by its type and is not an input.
#[derive(Clone)]
pub struct StageContext {
    services: Arc<dyn StageServices>,
}

/// What stands behind a [`StageContext`]: the engine, or the testing kit.
pub trait StageServices: Send + Sync {
    /// Keeps a metric with the run.
    fn metric(&self, name: &str, value: f64, step: Option<u64>);
    /// Keeps a note with the run.
    fn note(&self, text: &str);
    /// Shows how far the stage is.
    fn progress(&self, done: u64, total: u64);
    /// The seed of this call.
    fn seed(&self) -> u64;
    /// Which attempt this is, from 1.
    fn attempt(&self) -> u32;
    /// Whether the run is being stopped.
    fn cancelled(&self) -> bool;
    /// The present moment.
    fn now(&self) -> Timestamp;
    /// A folder that is removed when the stage ends.
    ///
    /// # Errors
    /// The folder cannot be made.
    fn scratch(&self) -> Result<PathBuf, BoxError>;
    /// Keeps the state of a long stage.
    ///
    /// # Errors
    /// The store failed.
    fn save_checkpoint(&self, state: Vec<u8>) -> Result<(), BoxError>;
    /// The state kept last under the same key.
    ///
    /// # Errors
    /// The store failed.
    fn load_checkpoint(&self) -> Result<Option<Vec<u8>>, BoxError>;
    /// Forbids the reuse of this call's result.
    fn do_not_keep(&self, reason: &str);
}

impl StageContext {
    /// A context on these services.
    pub fn new(services: Arc<dyn StageServices>) -> Self {
        Self { services }
    }

    /// Keeps a metric with the run, such as `train/auc`. A metric that is not finite is kept, and shown as what it is.
    pub fn metric(&self, name: &str, value: impl Into<f64>) {
        self.services.metric(name, value.into(), None);
    }

    /// Keeps a metric at a step of the training.
    pub fn metric_at(&self, name: &str, step: u64, value: impl Into<f64>) {
        self.services.metric(name, value.into(), Some(step));
    }

    /// Keeps a note with the run: a sentence, or a table in text.
    pub fn note(&self, text: impl AsRef<str>) {
        self.services.note(text.as_ref());
    }

    /// Shows how far the stage is.
    pub fn progress(&self, done: u64, total: u64) {
        self.services.progress(done, total);
    }

    /// The seed of this call: the same whenever code, inputs and parameters are the same.
    pub fn seed(&self) -> u64 {
        self.services.seed()
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.services.attempt()
    }

    /// Whether the run is being stopped, or this attempt is out of time: a long stage looks now and then, and returns.
    ///
    /// Once it has said so, whatever the stage returns counts as cut short and is not kept; a checkpoint is.
    pub fn cancelled(&self) -> bool {
        self.services.cancelled()
    }

    /// The present moment. A result that depends on it is not the same tomorrow; for records, not for features.
    pub fn now(&self) -> Timestamp {
        self.services.now()
    }

    /// A folder of this attempt's own, removed when the attempt ends.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn scratch(&self) -> Result<PathBuf, BoxError> {
        self.services.scratch()
    }

    /// Keeps the state of a long stage, so that a retry, or a run after a crash, goes on from here.
    ///
    /// It is kept under the stage's key: when code, inputs or parameters change, the stage starts afresh.
    ///
    /// # Errors
    /// The state cannot be written, or the store failed.
    pub fn checkpoint<S: Serialize>(&self, state: &S) -> Result<(), BoxError> {
        let bytes = rmp_serde::to_vec_named(state)?;
        self.services.save_checkpoint(bytes)
    }

    /// The state that was kept last, if any.
    ///
    /// # Errors
    /// The state is of another type, or the store failed.
    pub fn restore<S: DeserializeOwned>(&self) -> Result<Option<S>, BoxError> {
        match self.services.load_checkpoint()? {
            Some(bytes) => Ok(Some(rmp_serde::from_slice(&bytes)?)),
            None => Ok(None),
        }
    }

    /// Forbids the reuse of this call's result, and says why.
    pub fn do_not_keep(&self, reason: impl AsRef<str>) {
        self.services.do_not_keep(reason.as_ref());
    }
}

impl fmt::Debug for StageContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StageContext")
    }
}

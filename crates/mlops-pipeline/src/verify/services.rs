//! What stands behind a stage's context when it runs apart: nothing of it reaches a run.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use mlops_core::{BoxError, Clock, Digest, StageServices};
use mlops_store::Metric;

/// The services of a call that runs apart.
pub(super) struct ApartServices {
    pub(super) key: Digest,
    pub(super) clock: Box<dyn Clock>,
    pub(super) scratch: PathBuf,
    given_out: Mutex<GivenOut>,
    asked_time: AtomicBool,
    attempt: AtomicU32,
}

/// What the stage gave out.
#[derive(Default)]
pub(super) struct GivenOut {
    pub(super) metrics: Vec<Metric>,
    pub(super) notes: Vec<String>,
    checkpoint: Option<Vec<u8>>,
}

impl ApartServices {
    pub(super) fn new(key: Digest, clock: Box<dyn Clock>, scratch: PathBuf) -> Self {
        Self {
            key,
            clock,
            scratch,
            given_out: Mutex::default(),
            asked_time: AtomicBool::new(false),
            attempt: AtomicU32::new(1),
        }
    }

    /// Begins an attempt: what an earlier one gave out counts for nothing, but for its checkpoint.
    pub(super) fn begin(&self, attempt: u32) {
        self.attempt.store(attempt, Ordering::SeqCst);
        let mut given_out = self.given_out();
        given_out.metrics.clear();
        given_out.notes.clear();
    }

    pub(super) fn asked_time(&self) -> bool {
        self.asked_time.load(Ordering::SeqCst)
    }

    pub(super) fn take(&self) -> GivenOut {
        std::mem::take(&mut *self.given_out())
    }

    fn given_out(&self) -> MutexGuard<'_, GivenOut> {
        self.given_out
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl StageServices for ApartServices {
    fn metric(&self, name: &str, value: f64, step: Option<u64>) {
        self.given_out().metrics.push(Metric {
            name: name.to_owned(),
            value,
            step,
            // Not looked at, so that the stage is not taken for one that reads the clock.
            at: Timestamp::UNIX_EPOCH,
        });
    }

    fn note(&self, text: &str) {
        self.given_out().notes.push(text.to_owned());
    }

    fn progress(&self, _done: u64, _total: u64) {}

    fn seed(&self) -> u64 {
        crate::engine::seed_of(&self.key)
    }

    fn attempt(&self) -> u32 {
        self.attempt.load(Ordering::SeqCst)
    }

    fn cancelled(&self) -> bool {
        false
    }

    fn now(&self) -> Timestamp {
        self.asked_time.store(true, Ordering::SeqCst);
        self.clock.now()
    }

    fn scratch(&self) -> Result<PathBuf, BoxError> {
        std::fs::create_dir_all(&self.scratch)?;
        Ok(self.scratch.clone())
    }

    fn save_checkpoint(&self, state: Vec<u8>) -> Result<(), BoxError> {
        self.given_out().checkpoint = Some(state);
        Ok(())
    }

    fn load_checkpoint(&self) -> Result<Option<Vec<u8>>, BoxError> {
        Ok(self.given_out().checkpoint.clone())
    }

    fn do_not_keep(&self, _reason: &str) {}
}

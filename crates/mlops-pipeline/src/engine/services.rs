//! What stands behind a stage's context while it runs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use mlops_core::{BoxError, Clock, Digest, StageServices};
use mlops_store::{Lease, LogLine, Metric, Playback, ScratchFolder, Store};
use uuid::Uuid;

use super::cancel::Cancellation;
use super::fence::Fence;
use super::guard::Guard;
use super::log::MOST_LINES;
use crate::event::{Event, Observer};

/// The services of one attempt.
pub(super) struct CallServices {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancellation: Cancellation,
    pub(super) run: Uuid,
    pub(super) call: usize,
    pub(super) stage: String,
    pub(super) key: Digest,
    pub(super) lease: Arc<Lease>,
    pub(super) attempt: u32,
    /// Says when this attempt is given up: whatever it still does counts for nothing.
    pub(super) fence: Arc<Fence>,
    pub(super) guard: Guard,
    pub(super) kept: Mutex<Kept>,
    /// The number of the next checkpoint of this key, once known: numbers go on over attempts and processes.
    pub(super) next_checkpoint: Mutex<Option<u64>>,
    /// Whether the body asked if it shall stop, and was told so: what it returns may be cut short.
    pub(super) told_to_stop: AtomicBool,
}

/// What an attempt gave out.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) playback: Playback,
    pub(super) why_not: Option<String>,
    pub(super) resumed: Option<Timestamp>,
    scratch: Option<ScratchFolder>,
}

impl CallServices {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a report with the run.
    pub(super) fn report(&self, report: mlops_core::StageReport) {
        self.kept().playback.reports.push(report);
    }

    /// Takes what was given out, and removes the scratch folder.
    pub(super) fn take_kept(&self) -> Kept {
        let mut kept = std::mem::take(&mut *self.kept());
        drop(kept.scratch.take());
        kept
    }

    pub(super) fn log(&self, line: LogLine) {
        let mut kept = self.kept();
        if kept.playback.log.len() < MOST_LINES {
            kept.playback.log.push(line);
        }
    }

    pub(super) fn now_for_log(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The seed of the call with this key.
pub(crate) fn seed_of(key: &Digest) -> u64 {
    let digest = Digest::of(&[b"seed".as_slice(), key.as_bytes()].concat());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

impl StageServices for CallServices {
    fn metric(&self, name: &str, value: f64, step: Option<u64>) {
        let at = self.clock.now();
        self.kept().playback.metrics.push(Metric {
            name: name.to_owned(),
            value,
            step,
            at,
        });
    }

    fn note(&self, text: &str) {
        self.kept().playback.notes.push(text.to_owned());
    }

    fn progress(&self, done: u64, total: u64) {
        self.observer.observe(&Event::Progress {
            call: self.call,
            stage: &self.stage,
            done,
            total,
        });
    }

    fn seed(&self) -> u64 {
        seed_of(&self.key)
    }

    fn attempt(&self) -> u32 {
        self.attempt
    }

    fn cancelled(&self) -> bool {
        let is_to_stop = self.cancellation.requested() || self.fence.is_given_up(self.attempt);
        if is_to_stop {
            self.told_to_stop.store(true, Ordering::SeqCst);
        }
        is_to_stop
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn scratch(&self) -> Result<PathBuf, BoxError> {
        let mut kept = self.kept();
        if let Some(folder) = &kept.scratch {
            return Ok(folder.path().to_owned());
        }
        let folder = self.store.scratch_folder(self.run, self.call as u64)?;
        let path = folder.path().to_owned();
        kept.scratch = Some(folder);
        Ok(path)
    }

    fn save_checkpoint(&self, state: Vec<u8>) -> Result<(), BoxError> {
        if self.fence.is_given_up(self.attempt) {
            return Err("this attempt was given up".into());
        }
        let mut next = self
            .next_checkpoint
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let sequence = match *next {
            Some(sequence) => sequence,
            None => self
                .store
                .latest_checkpoint(&self.key)?
                .map_or(0, |checkpoint| checkpoint.sequence + 1),
        };
        self.store
            .save_checkpoint(&self.lease, sequence, self.clock.now(), &state)?;
        *next = Some(sequence + 1);
        Ok(())
    }

    fn load_checkpoint(&self) -> Result<Option<Vec<u8>>, BoxError> {
        let Some(checkpoint) = self.store.latest_checkpoint(&self.key)? else {
            return Ok(None);
        };
        self.kept().resumed = Some(checkpoint.at);
        self.observer.observe(&Event::Resumed {
            stage: &self.stage,
            kept: checkpoint.at,
        });
        Ok(Some(checkpoint.bytes.to_vec()))
    }

    fn do_not_keep(&self, reason: &str) {
        self.kept().why_not = Some(reason.to_owned());
    }
}

//! Checksums verified on a second thread, for questions that read thousands of rows: hashing is a fifth of their time.
//!
//! What was read is used before it is verified, so an answer counts only when [`Beside::all_hold`] says so; if it does not,
//! the question is asked again and each row is verified before it is used.

use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Row;

use crate::row::{Claims, Table};

/// So many digests are handed over at once: each time the other thread has to be woken.
const BATCH: usize = 512;

/// What rows say of themselves, on its way to being verified.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    batch: Claims,
    worker: Option<Worker>,
    is_broken: bool,
}

#[derive(Debug)]
struct Worker {
    batches: Sender<Claims>,
    thread: JoinHandle<bool>,
}

impl Beside {
    /// Takes a row that was read from all columns of the table.
    pub(crate) fn verify(&mut self, table: &Table, row: &Row<'_>) -> rusqlite::Result<()> {
        self.is_broken |= !table.claim(row, &mut self.batch)?;
        self.hand_over();
        Ok(())
    }

    /// Takes a row that was read up to its checksum: what is long is not looked at.
    pub(crate) fn verify_head(&mut self, table: &Table, row: &Row<'_>) -> rusqlite::Result<()> {
        self.is_broken |= !table.claim_head(row, &mut self.batch)?;
        self.hand_over();
        Ok(())
    }

    fn hand_over(&mut self) {
        if self.batch.len() >= BATCH {
            let batch = self.batch.take();
            self.worker = self.worker.take().or_else(Worker::start);
            // Without a thread, or when it found something, the rows are verified here.
            let left = match &self.worker {
                Some(worker) => worker.batches.send(batch).map_err(|unsent| unsent.0).err(),
                None => Some(batch),
            };
            self.is_broken |= left.is_some_and(|batch| !batch.hold());
        }
    }

    /// Whether every row is what was written.
    pub(crate) fn all_hold(self) -> bool {
        let holds_here = !self.is_broken && self.batch.hold();
        let holds_there = self.worker.is_none_or(|Worker { batches, thread }| {
            drop(batches);
            thread.join().unwrap_or(false)
        });
        holds_here && holds_there
    }
}

impl Worker {
    /// Nothing when there can be no further thread.
    fn start() -> Option<Self> {
        let (batches, received) = channel::<Claims>();
        let thread = std::thread::Builder::new()
            .name("verify".to_owned())
            .spawn(move || received.into_iter().all(|batch| batch.hold()))
            .ok()?;
        Some(Self { batches, thread })
    }
}

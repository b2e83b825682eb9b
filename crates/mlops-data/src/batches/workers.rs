//! One pass over all rows by as many workers as there are cores, each with a state of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::RecordBatch;

use super::Batches;
use super::parallel::Pieces;
use crate::DataError;

impl Batches {
    /// Shows every batch to one of the workers, of which there is one for each core. Which worker sees which batch, and in which
    /// order, depends on the machine: what is made of the states must not.
    ///
    /// # Errors
    /// A batch cannot be read, or a worker fails; then the others stop.
    pub fn on_all_cores<State, Error>(
        self,
        begin: impl Fn() -> State + Sync,
        see: impl Fn(&mut State, RecordBatch) -> Result<(), Error> + Sync,
    ) -> Result<Vec<State>, Error>
    where
        State: Send,
        Error: From<DataError> + Send,
    {
        let pieces = Pieces::of(&self.origin, self.projection.as_deref())?;
        let states = Mutex::new(Vec::new());
        let failure = Mutex::new(None);
        let stopped = AtomicBool::new(false);
        let work = || {
            let mut state = begin();
            let mut look = || {
                while !stopped.load(Ordering::Relaxed) {
                    let Some((_, batches)) = pieces.take(None) else {
                        break;
                    };
                    for batch in batches? {
                        see(&mut state, batch?)?;
                    }
                }
                Ok(())
            };
            let outcome: Result<(), Error> = look();
            if let Err(error) = outcome {
                stopped.store(true, Ordering::Relaxed);
                failure
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .get_or_insert(error);
            }
            states
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .push(state);
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 1..cores {
                scope.spawn(work);
            }
            work();
        });
        match failure
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
        {
            Some(error) => Err(error),
            None => Ok(states
                .into_inner()
                .unwrap_or_else(std::sync::PoisonError::into_inner)),
        }
    }
}

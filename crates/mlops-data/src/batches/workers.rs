//! One pass over all rows by as many workers as there are cores, each with a state of its own.

use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;

use super::parallel::{FirstFailure, Pieces, cores, lock, on_threads};
use super::{Batches, Layout};
use crate::DataError;

impl Batches {
    /// Shows every batch to one of the workers, of which there is one for each core. The columns have the types that
    /// [`schema`](Self::schema) names. Which worker sees which batch, and in which order, depends on the machine: what is made of
    /// the states must not.
    ///
    /// # Errors
    /// A batch cannot be read, or a worker fails; then the others stop. Of several errors it is that of the earliest rows.
    pub fn on_all_cores<State, Error>(
        self,
        begin: impl Fn() -> State + Sync,
        see: impl Fn(&mut State, RecordBatch) -> Result<(), Error> + Sync,
    ) -> Result<Vec<State>, Error>
    where
        State: Send,
        Error: From<DataError> + Send,
    {
        let pieces = Pieces::of(&self.origin, self.projection.as_deref(), Layout::Plain)?;
        let states = Mutex::new(Vec::new());
        let failure = Mutex::new(FirstFailure::none());
        on_threads(cores(), || {
            let mut state = begin();
            loop {
                let limit = lock(&failure).piece();
                let Some((piece, batches)) = pieces.take(limit) else {
                    break;
                };
                let look = || batches?.try_for_each(|batch| see(&mut state, batch?));
                if let Err(error) = look() {
                    lock(&failure).see(piece, error);
                }
            }
            lock(&states).push(state);
        });
        let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        match failure.into_error() {
            Some(error) => Err(error),
            None => Ok(states.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

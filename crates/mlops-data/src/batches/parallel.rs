//! One pass over all rows on every core, whose outcome does not depend on how many cores there are.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;

use super::{Layout, Origin, Part};
use crate::DataError;

/// Batches of a source without parts that make one piece of work.
const BATCHES: usize = 8;

/// What one pass does with each batch, and how what it found in one piece is joined with what it found in the next.
pub(crate) trait Pass: Sync {
    /// What is found in a piece.
    type State: Send;

    /// Before the first row.
    fn begin(&self) -> Self::State;

    /// Looks at a batch; `row` is how many rows of its piece precede it.
    fn see(&self, state: &mut Self::State, row: u64, batch: &RecordBatch) -> Result<(), DataError>;

    /// Whether the rows that follow have nothing to add to what was found, so that they need not be read.
    fn is_done(&self, _state: &Self::State) -> bool {
        false
    }

    /// Joins what was found in the rows that follow; pieces come in the order of the rows.
    fn join(&self, state: &mut Self::State, later: Self::State) -> Result<(), DataError>;
}

/// Runs a pass. Pieces are cut by the data, not by the machine, and joined in their order.
pub(crate) fn run<P: Pass>(
    origin: &Origin,
    projection: Option<&[usize]>,
    pass: &P,
) -> Result<P::State, DataError> {
    let pieces = Pieces::of(origin, projection, Layout::AsStored)?;
    let joined = Mutex::new(Joined {
        state: pass.begin(),
        next: 0,
        waiting: BTreeMap::new(),
        failure: FirstFailure::none(),
        is_done: false,
    });
    let work = || {
        loop {
            let limit = {
                let joined = lock(&joined);
                if joined.is_done {
                    return;
                }
                joined.failure.piece()
            };
            let Some((piece, batches)) = pieces.take(limit) else {
                return;
            };
            let found = batches.and_then(|batches| looked_at(batches, pass));
            lock(&joined).add(pass, piece, found);
        }
    };
    on_threads(cores(), work);
    let joined = joined.into_inner().unwrap_or_else(PoisonError::into_inner);
    match joined.failure.into_error() {
        // What lies behind the rows that were enough need not be readable, and often nobody tried.
        Some(error) if !joined.is_done => Err(error),
        _ => Ok(joined.state),
    }
}

/// Works on each of the items, on at most so many threads; what came of them in their order, or the first error by place.
pub(crate) fn each<T: Send, U: Send>(
    items: Vec<T>,
    most_threads: usize,
    work: impl Fn(T) -> Result<U, DataError> + Sync,
) -> Result<Vec<U>, DataError> {
    let threads = cores().min(most_threads).min(items.len().max(1));
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let items = Mutex::new(items.into_iter().enumerate());
    on_threads(threads, || {
        loop {
            let Some((place, item)) = lock(&items).next() else {
                return;
            };
            let found = work(item);
            lock(&done).push((place, found));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, found)| found).collect()
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

pub(super) fn on_threads(count: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 1..count {
            scope.spawn(&work);
        }
        work();
    });
}

/// Runs a pass over the first of several parts alone; nothing unless what follows has nothing to add. Where there is but one, a
/// whole pass stops as early.
pub(crate) fn first<P: Pass>(
    origin: &Origin,
    projection: Option<&[usize]>,
    pass: &P,
) -> Result<Option<P::State>, DataError> {
    if origin.parts() < 2 {
        return Ok(None);
    }
    let Some(batches) = origin.part(0, projection, Layout::AsStored)? else {
        return Ok(None);
    };
    let state = looked_at(batches, pass)?;
    Ok(pass.is_done(&state).then_some(state))
}

/// What a pass finds in one piece.
fn looked_at<P: Pass>(batches: Part, pass: &P) -> Result<P::State, DataError> {
    let mut state = pass.begin();
    let mut row = 0;
    for batch in batches {
        let batch = batch?;
        pass.see(&mut state, row, &batch)?;
        row += batch.num_rows() as u64;
        if pass.is_done(&state) {
            break;
        }
    }
    Ok(state)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The failure in the earliest piece. What lies before one is still looked at, so that the first in the data is the one to
/// report, whoever was fastest.
pub(super) struct FirstFailure<E>(Option<(usize, E)>);

impl<E> FirstFailure<E> {
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn piece(&self) -> Option<usize> {
        self.0.as_ref().map(|(piece, _)| *piece)
    }

    pub(super) fn see(&mut self, piece: usize, error: E) {
        if self.piece().is_none_or(|earlier| piece < earlier) {
            self.0 = Some((piece, error));
        }
    }

    pub(super) fn into_error(self) -> Option<E> {
        self.0.map(|(_, error)| error)
    }
}

struct Joined<S> {
    state: S,
    /// The piece to join next; one that failed is never joined, nor what lies behind it.
    next: usize,
    waiting: BTreeMap<usize, S>,
    failure: FirstFailure<DataError>,
    is_done: bool,
}

impl<S> Joined<S> {
    fn add<P: Pass<State = S>>(&mut self, pass: &P, piece: usize, found: Result<S, DataError>) {
        match found {
            Ok(state) => {
                self.waiting.insert(piece, state);
            }
            Err(error) => self.failure.see(piece, error),
        }
        while !self.is_done
            && let Some(state) = self.waiting.remove(&self.next)
        {
            if let Err(error) = pass.join(&mut self.state, state) {
                self.failure.see(self.next, error);
                return;
            }
            self.next += 1;
            self.is_done = pass.is_done(&self.state);
        }
    }
}

/// The work, cut into pieces.
pub(super) enum Pieces<'a> {
    /// The parts of the source, read where they are worked on.
    Parts {
        origin: &'a Origin,
        projection: Option<&'a [usize]>,
        layout: Layout,
        next: Mutex<usize>,
    },
    /// A few batches at a time of a source that is read from front to back.
    Serial(Mutex<(usize, Part)>),
}

impl<'a> Pieces<'a> {
    pub(super) fn of(
        origin: &'a Origin,
        projection: Option<&'a [usize]>,
        layout: Layout,
    ) -> Result<Self, DataError> {
        if origin.parts() == 1
            && let Some(part) = origin.part(0, projection, layout)?
        {
            return Ok(Self::Serial(Mutex::new((0, part))));
        }
        Ok(Self::Parts {
            origin,
            projection,
            layout,
            next: Mutex::new(0),
        })
    }

    /// The next piece and its number, unless it lies beyond `limit`.
    pub(super) fn take(&self, limit: Option<usize>) -> Option<(usize, Result<Part, DataError>)> {
        match self {
            Self::Parts {
                origin,
                projection,
                layout,
                next,
            } => {
                let mut next = lock(next);
                let piece = *next;
                if limit.is_some_and(|limit| piece > limit) {
                    return None;
                }
                *next += 1;
                drop(next);
                let part = origin.part(piece, *projection, *layout).transpose()?;
                Some((piece, part))
            }
            Self::Serial(source) => {
                let mut source = lock(source);
                if limit.is_some() {
                    return None;
                }
                let mut batches = Vec::with_capacity(BATCHES);
                while batches.len() < BATCHES
                    && let Some(batch) = source.1.next()
                {
                    let failed = batch.is_err();
                    batches.push(batch);
                    if failed {
                        break;
                    }
                }
                if batches.is_empty() {
                    return None;
                }
                let piece = source.0;
                source.0 += 1;
                Some((piece, Ok(Box::new(batches.into_iter()))))
            }
        }
    }
}

//! A context for a stage that is called as a plain function.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use mlops_core::{BoxError, Clock, FixedClock, StageContext, StageServices};

/// A [`StageContext`] that keeps in memory what the stage gives out, so that a test can look at it.
///
/// It is a `&StageContext` wherever one is asked for: `train::run(&context, …)`.
///
/// ```
/// use mlops::testing::TestContext;
///
/// let context = TestContext::new().with_seed(7);
/// context.checkpoint(&3_u32)?;
/// assert_eq!(context.restore::<u32>()?, Some(3));
/// assert_eq!(context.seed(), 7);
/// # Ok::<(), mlops::Error>(())
/// ```
#[derive(Debug)]
pub struct TestContext {
    context: StageContext,
    kept: Arc<Kept>,
}

#[derive(Debug)]
struct Kept {
    seed: AtomicU64,
    attempt: AtomicU32,
    cancelled: AtomicBool,
    clock: FixedClock,
    given: Mutex<Given>,
}

#[derive(Debug, Default)]
struct Given {
    metrics: Vec<(String, Option<u64>, f64)>,
    notes: Vec<String>,
    progress: Option<(u64, u64)>,
    checkpoint: Option<Vec<u8>>,
    refused: Option<String>,
    scratch: Option<tempfile::TempDir>,
}

impl TestContext {
    /// A context with seed 0, first attempt, not cancelled, at the beginning of 1970.
    pub fn new() -> Self {
        let kept = Arc::new(Kept {
            seed: AtomicU64::new(0),
            attempt: AtomicU32::new(1),
            cancelled: AtomicBool::new(false),
            clock: FixedClock::at(Timestamp::UNIX_EPOCH),
            given: Mutex::default(),
        });
        Self {
            context: StageContext::new(Arc::clone(&kept) as _),
            kept,
        }
    }

    /// With this seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        self.kept.seed.store(seed, Ordering::SeqCst);
        self
    }

    /// As attempt `attempt`, from 1.
    #[must_use]
    pub fn with_attempt(self, attempt: u32) -> Self {
        self.kept.attempt.store(attempt, Ordering::SeqCst);
        self
    }

    /// From here on the run is being stopped.
    pub fn cancel(&self) {
        self.kept.cancelled.store(true, Ordering::SeqCst);
    }

    /// The last value of a metric.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let given = self.kept.given();
        let last = given
            .metrics
            .iter()
            .rev()
            .find(|(known, _, _)| known == name);
        last.map(|(_, _, value)| *value)
    }

    /// All metrics in the order in which they were given: name, step, value.
    pub fn metrics(&self) -> Vec<(String, Option<u64>, f64)> {
        self.kept.given().metrics.clone()
    }

    /// The notes.
    pub fn notes(&self) -> Vec<String> {
        self.kept.given().notes.clone()
    }

    /// How far the stage said it is: steps done, steps in all.
    pub fn last_progress(&self) -> Option<(u64, u64)> {
        self.kept.given().progress
    }

    /// Why the stage forbade the reuse of its result, if it did.
    pub fn not_kept(&self) -> Option<String> {
        self.kept.given().refused.clone()
    }
}

impl Default for TestContext {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for TestContext {
    type Target = StageContext;

    fn deref(&self) -> &StageContext {
        &self.context
    }
}

impl Kept {
    fn given(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StageServices for Kept {
    fn metric(&self, name: &str, value: f64, step: Option<u64>) {
        self.given().metrics.push((name.to_owned(), step, value));
    }

    fn note(&self, text: &str) {
        self.given().notes.push(text.to_owned());
    }

    fn progress(&self, done: u64, total: u64) {
        self.given().progress = Some((done, total));
    }

    fn seed(&self) -> u64 {
        self.seed.load(Ordering::SeqCst)
    }

    fn attempt(&self) -> u32 {
        self.attempt.load(Ordering::SeqCst)
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn scratch(&self) -> Result<PathBuf, BoxError> {
        let mut given = self.given();
        let folder = match given.scratch.take() {
            Some(folder) => folder,
            None => tempfile::tempdir()?,
        };
        let path = folder.path().to_owned();
        given.scratch = Some(folder);
        Ok(path)
    }

    fn save_checkpoint(&self, state: Vec<u8>) -> Result<(), BoxError> {
        self.given().checkpoint = Some(state);
        Ok(())
    }

    fn load_checkpoint(&self) -> Result<Option<Vec<u8>>, BoxError> {
        Ok(self.given().checkpoint.clone())
    }

    fn do_not_keep(&self, reason: &str) {
        self.given().refused = Some(reason.to_owned());
    }
}

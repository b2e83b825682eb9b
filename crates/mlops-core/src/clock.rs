//! Wall time, in one place so that a test can fix it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

/// Where the present time comes from.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// The present moment, with microseconds.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where wall time is read"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let microseconds = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MAX)
    }
}

/// A clock that stands still until it is told to move: for tests.
#[derive(Debug)]
pub struct FixedClock {
    microseconds: AtomicI64,
}

impl FixedClock {
    /// A clock that stands at `moment`.
    pub fn at(moment: Timestamp) -> Self {
        Self {
            microseconds: AtomicI64::new(moment.as_microsecond()),
        }
    }

    /// Moves the clock by `duration`, which may be negative.
    pub fn advance(&self, duration: SignedDuration) {
        let step = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        self.microseconds.fetch_add(step, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.microseconds.load(Ordering::SeqCst))
            .unwrap_or(Timestamp::MAX)
    }
}

//! Who has the last word on a call: the attempt that commits it, or whoever gives that attempt up.
//!
//! A thread cannot be stopped from outside. One that is out of time, or that a hard stop left behind, may go on for as long as
//! it likes; the fence sees to it that it commits nothing, and that nobody gives up what is being committed.

use std::sync::atomic::{AtomicU32, Ordering};

/// Between attempts, or given up by its timeout.
const NOBODY: u32 = 0;
/// An attempt is writing its results.
const COMMITTING: u32 = u32::MAX;
/// Stopped for good.
const STOPPED: u32 = u32::MAX - 1;

/// The state of a call's attempts; otherwise the number of the attempt under way, from 1.
#[derive(Debug, Default)]
pub(super) struct Fence(AtomicU32);

impl Fence {
    /// Lets an attempt begin; refused once the call was stopped.
    pub(super) fn begin(&self, attempt: u32) -> bool {
        self.change(|state| (state != STOPPED).then_some(attempt))
    }

    /// Lets an attempt commit; refused once it was given up.
    pub(super) fn commit(&self, attempt: u32) -> bool {
        self.change(|state| (state == attempt).then_some(COMMITTING))
    }

    /// Ends a commit that failed.
    pub(super) fn end_commit(&self) {
        self.change(|state| (state == COMMITTING).then_some(NOBODY));
    }

    /// Gives an attempt up; refused while it commits, which will not take long.
    pub(super) fn give_up(&self, attempt: u32) -> bool {
        self.change(|state| (state == attempt).then_some(NOBODY))
    }

    /// Stops the call for good; refused while it commits.
    pub(super) fn stop(&self) -> bool {
        self.change(|state| (state != COMMITTING).then_some(STOPPED))
    }

    /// Whether what this attempt still does counts for nothing.
    pub(super) fn is_given_up(&self, attempt: u32) -> bool {
        let state = self.0.load(Ordering::SeqCst);
        state != attempt && state != COMMITTING
    }

    fn change(&self, to: impl FnMut(u32) -> Option<u32>) -> bool {
        self.0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, to)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_was_given_up_cannot_commit_and_one_that_commits_cannot_be_given_up() {
        let fence = Fence::default();
        assert!(fence.begin(1) && fence.give_up(1));
        assert!(!fence.commit(1) && fence.is_given_up(1));
        assert!(fence.begin(2) && !fence.commit(1));
        assert!(fence.commit(2) && !fence.give_up(2) && !fence.stop());
        fence.end_commit();
        assert!(fence.begin(3) && fence.stop());
        assert!(!fence.commit(3) && !fence.begin(4));
    }
}

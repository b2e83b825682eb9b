//! Stopping a run: gently at the first request, at once at the second.

use std::sync::Arc;

use tokio::sync::watch;

/// A request to stop, shared by whoever asks and the engine.
#[derive(Debug, Clone)]
pub struct Cancellation {
    requests: Arc<watch::Sender<u32>>,
}

impl Default for Cancellation {
    fn default() -> Self {
        Self {
            requests: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Cancellation {
    /// No request yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop: the first time what runs may finish, the second time nothing is waited for.
    pub fn request(&self) {
        self.requests
            .send_modify(|requests| *requests = requests.saturating_add(1));
    }

    /// Whether anybody asked.
    pub fn requested(&self) -> bool {
        self.count() > 0
    }

    /// Whether to stop at once.
    pub fn at_once(&self) -> bool {
        self.count() > 1
    }

    /// How often it was asked for.
    pub(crate) fn count(&self) -> u32 {
        *self.requests.borrow()
    }

    /// Waits until there are more requests than `seen`. Everybody who waits is told: a request is no message that one
    /// listener could take away from the others.
    pub(crate) async fn more_than(&self, seen: u32) {
        // It fails only when the sender is gone, and we hold it.
        let _ = self
            .requests
            .subscribe()
            .wait_for(|requests| *requests > seen)
            .await;
    }

    /// Turns Ctrl-C and SIGTERM into requests, for as long as the runtime lives.
    pub(crate) async fn listen_to_signals(self) {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return;
        };
        loop {
            tokio::select! {
                received = interrupt.recv() => if received.is_none() { return },
                received = terminate.recv() => if received.is_none() { return },
            }
            self.request();
        }
    }
}

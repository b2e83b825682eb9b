//! Stopping a run: gently at the first request, at once at the second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;

/// A request to stop, shared by whoever asks and the engine.
#[derive(Debug, Clone, Default)]
pub struct Cancellation {
    requests: Arc<AtomicU8>,
    notify: Arc<Notify>,
}

impl Cancellation {
    /// No request yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop: the first time what runs may finish, the second time nothing is waited for.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.notify.notify_waiters();
        self.notify.notify_one();
    }

    /// Whether anybody asked.
    pub fn requested(&self) -> bool {
        self.requests.load(Ordering::SeqCst) > 0
    }

    /// Whether to stop at once.
    pub fn at_once(&self) -> bool {
        self.requests.load(Ordering::SeqCst) > 1
    }

    /// Waits for the next request.
    pub(crate) async fn next(&self) {
        self.notify.notified().await;
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

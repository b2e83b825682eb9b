//! What a transport is to the thread that serves it, and the simplest one: a file in the store.

use std::time::Duration;

use super::line_file::LineFile;

/// Takes events, in order.
pub(super) trait Transport: Send + 'static {
    /// The name: of its cursor, its lock and its thread.
    const NAME: &'static str;
    /// How many lines of the journal are taken at once.
    const BATCH: usize;
    /// How long to wait for more after the first news.
    const GATHER: Duration;
    /// Whether it tries once more at the end of the run even if it failed just before.
    const INSISTS: bool;

    /// Sends events as far as it can, and as long as it may go on.
    fn send(&mut self, events: &[String], go_on: &dyn Fn() -> bool) -> Sent;
}

/// What came of sending.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// How many events, from the first, are done with.
    pub(super) taken: usize,
    /// How many of them were refused for ever.
    pub(super) rejected: u64,
    /// Why it went no further.
    pub(super) failure: Option<String>,
}

/// Appends events to a file.
#[derive(Debug)]
pub(super) struct EventFile(pub(super) LineFile);

impl Transport for EventFile {
    const NAME: &'static str = "file";
    const BATCH: usize = 512;
    /// A short run's events are written at its end, all at once.
    const GATHER: Duration = Duration::from_millis(50);
    const INSISTS: bool = true;

    fn send(&mut self, events: &[String], _go_on: &dyn Fn() -> bool) -> Sent {
        let mut lines = String::with_capacity(events.iter().map(|event| event.len() + 1).sum());
        for event in events {
            lines.push_str(event);
            lines.push('\n');
        }
        match self.0.append(&lines) {
            Ok(()) => Sent {
                taken: events.len(),
                ..Sent::default()
            },
            Err(error) => Sent {
                failure: Some(format!("the lineage file could not be written: {error}")),
                ..Sent::default()
            },
        }
    }
}

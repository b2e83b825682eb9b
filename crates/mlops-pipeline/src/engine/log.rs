//! Log lines of stages: what `tracing` hears inside a stage is kept with the run.

use std::fmt::Write;

use mlops_store::LogLine;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::panic::current_stage;

/// At most this many lines are kept of one attempt: a stage that logs each row must not fill the store.
pub(super) const MOST_LINES: usize = 10_000;

/// A layer that keeps the events of each stage with the run (`show RUN --logs`).
///
/// An event belongs to the stage whose thread or task it comes from; threads that a stage starts by itself are not followed.
#[derive(Debug, Clone, Copy, Default)]
pub struct StageLog;

impl<S: Subscriber> Layer<S> for StageLog {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        // Debug and trace are for whoever watches, not for the record.
        if *metadata.level() > Level::INFO {
            return;
        }
        let Some(services) = current_stage() else {
            return;
        };
        let mut message = Message::default();
        event.record(&mut message);
        services.log(LogLine {
            at: services.now_for_log(),
            level: metadata.level().to_string().to_lowercase(),
            target: metadata.target().to_owned(),
            message: message.0,
        });
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            // The message comes first, whatever the order of the fields.
            let rest = std::mem::take(&mut self.0);
            let _ = write!(self.0, "{value:?}");
            self.0.push_str(&rest);
        } else {
            let _ = write!(self.0, " {}={value:?}", field.name());
        }
    }
}

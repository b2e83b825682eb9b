//! What a person sees on standard error, and what a program reads on standard output.

mod failure;
mod json_lines;
mod progress;
pub(crate) mod style;

use std::sync::Arc;

use mlops_pipeline::{Event, Observer, StageLog};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

pub(crate) use failure::failure;
pub(crate) use json_lines::{JsonLines, run_line};
pub(crate) use progress::{Progress, duration};

/// Hands each event to several listeners, in order.
pub(crate) struct Listeners(pub(crate) Vec<Arc<dyn Observer>>);

impl Observer for Listeners {
    fn observe(&self, event: &Event<'_>) {
        for listener in &self.0 {
            listener.observe(event);
        }
    }
}

/// Says what is no failure and yet not as it should be, before anything runs.
pub(crate) fn warning(message: &str, json: bool) -> std::io::Result<()> {
    use std::io::Write;
    writeln!(
        anstream::stderr().lock(),
        "{} {message}",
        style::warn("warning ")
    )?;
    if json {
        let line = serde_json::json!({ "event": "warning", "stage": null, "message": message });
        crate::cli::tell::json_line(&line)?;
    }
    Ok(())
}

/// Keeps what stages log with their run; with `RUST_LOG` it is shown on standard error, too.
///
/// A program that has set its own subscriber keeps it: adding [`StageLog`] there is up to it.
pub(crate) fn install_log() {
    let shown = std::env::var_os("RUST_LOG").map(|_| {
        tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(style::is_coloured())
            .with_filter(EnvFilter::from_default_env())
    });
    let _ = tracing_subscriber::registry()
        .with(StageLog)
        .with(shown)
        .try_init();
}

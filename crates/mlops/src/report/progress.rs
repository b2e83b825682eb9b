//! Progress for people, on standard error: bars on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use mlops_pipeline::{Decision, Event, Observer, Plan, Reason, StageFinished};
use mlops_store::StageOutcome;

use super::style;

/// In a plan of more calls than this, those that are reused are summed up instead of listed.
const LISTED_REUSES: usize = 24;
/// How often a bar is drawn again while nothing happens.
const TICK: Duration = Duration::from_millis(120);

/// Shows what happens.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
    explain: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: BTreeMap<usize, ProgressBar>,
    width: usize,
    list_reuses: bool,
}

impl Progress {
    pub(crate) fn new(explain: bool) -> Self {
        let terminal =
            std::io::stderr().is_terminal() && std::env::var("TERM").as_deref() != Ok("dumb");
        Self {
            bars: terminal.then(MultiProgress::new),
            explain,
            state: Mutex::default(),
        }
    }

    /// Takes the bars away.
    pub(crate) fn finish(&self) {
        for (_, bar) in std::mem::take(&mut self.state().running) {
            bar.finish_and_clear();
        }
        if let Some(bars) = &self.bars {
            let _ = bars.clear();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line that stays.
    fn line(&self, text: &str) {
        let print = || {
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        };
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }

    fn started(&self, plan: &Plan) {
        let mut state = self.state();
        let names = plan.calls.iter().map(|call| call.stage.chars().count());
        state.width = names.max().unwrap_or_default().min(40);
        state.list_reuses = plan.count(Decision::Reuse) <= LISTED_REUSES;
    }

    fn stage_started(&self, call: usize, stage: &str, reasons: &[Reason]) {
        if self.explain {
            let why = reasons
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            if !why.is_empty() {
                self.line(&format!("{} {stage}: {why}", style::dim("because ")));
            }
        }
        if let Some(bars) = &self.bars {
            let template = if style::is_coloured() {
                "{spinner:9.cyan}  {prefix:.bold}  {elapsed}"
            } else {
                "{spinner:9}  {prefix}  {elapsed}"
            };
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(template) = ProgressStyle::with_template(template) {
                bar.set_style(template);
            }
            let mut state = self.state();
            bar.set_prefix(format!("{stage:width$}", width = state.width));
            bar.enable_steady_tick(TICK);
            state.running.insert(call, bar);
        }
    }

    fn progress(&self, call: usize, done: u64, total: u64) {
        let state = self.state();
        let Some(bar) = state.running.get(&call) else {
            return;
        };
        if bar.length() != Some(total) {
            let template = if style::is_coloured() {
                "{spinner:9.cyan}  {prefix:.bold}  {bar:24.cyan/dim} {pos}/{len}  {elapsed}, {eta} to go"
            } else {
                "{spinner:9}  {prefix}  {bar:24} {pos}/{len}  {elapsed}, {eta} to go"
            };
            bar.set_length(total);
            if let Ok(template) = ProgressStyle::with_template(template) {
                bar.set_style(template.progress_chars("━╸─"));
            }
        }
        bar.set_position(done);
    }

    fn stage_finished(&self, finished: &StageFinished<'_>) {
        let (bar, width, list_reuses) = {
            let mut state = self.state();
            (
                state.running.remove(&finished.call),
                state.width,
                state.list_reuses,
            )
        };
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        if finished.outcome == StageOutcome::Reused && !list_reuses {
            return;
        }
        let mut more = Vec::new();
        if finished.outcome == StageOutcome::Ran {
            more.push(duration(finished.seconds));
        }
        if finished.attempts > 1 {
            more.push(format!("after {} attempts", finished.attempts));
        }
        if let Some(error) = finished.error {
            // The whole error comes at the end.
            more.push(error.lines().next().unwrap_or_default().to_owned());
        }
        let word = style::outcome(finished.outcome);
        let stage = finished.stage;
        match more.join(", ").as_str() {
            "" => self.line(&format!("{word}  {stage}")),
            more => self.line(&format!("{word}  {stage:width$}  {}", style::dim(more))),
        }
    }
}

impl Observer for Progress {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Started { plan, .. } => self.started(plan),
            Event::StageStarted {
                call,
                stage,
                reasons,
            } => self.stage_started(*call, stage, reasons),
            Event::Progress {
                call, done, total, ..
            } => self.progress(*call, *done, *total),
            Event::StageFinished(finished) => self.stage_finished(finished),
            Event::Resumed { stage, kept } => {
                self.line(&format!(
                    "{} {stage} from its checkpoint of {kept:.0}",
                    style::dim("goes on ")
                ));
            }
            Event::Retry {
                stage,
                attempt,
                error,
                pause,
            } => {
                let first = error.lines().next().unwrap_or_default();
                self.line(&format!(
                    "{} {stage}, attempt {attempt}: {first}; again in {}",
                    style::warn("failed  "),
                    duration(pause.as_secs_f64())
                ));
            }
            Event::Waiting {
                stage,
                process,
                host,
            } => self.line(&format!(
                "{} {stage}: process {process} on {host} is making it",
                style::dim("waits   ")
            )),
            Event::Warning { stage, message } => {
                let about = stage.map(|stage| format!("{stage}: ")).unwrap_or_default();
                self.line(&format!("{} {about}{message}", style::warn("warning ")));
            }
            _ => {}
        }
    }
}

/// A duration as people say it: `0.4 ms`, `120 ms`, `1.2 s`, `3 min 20 s`.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        ..0.001 => format!("{:.1} ms", seconds * 1e3),
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        ..60.0 => format!("{seconds:.1} s"),
        ..3600.0 => format!(
            "{:.0} min {:.0} s",
            (seconds / 60.0).floor(),
            seconds % 60.0
        ),
        _ => format!(
            "{:.0} h {:.0} min",
            (seconds / 3600.0).floor(),
            seconds % 3600.0 / 60.0
        ),
    }
}

//! The few styles there are. They are written always and taken away where the terminal has no colour or `NO_COLOR` is set.

use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use anstream::{AutoStream, ColorChoice};
use mlops_pipeline::Decision;
use mlops_store::StageOutcome;

const GOOD: Style = AnsiColor::Green.on_default();
const QUIET: Style = Style::new().effects(Effects::DIMMED);
const WARNING: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
const STRONG: Style = Style::new().effects(Effects::BOLD);

/// Whether standard error shows colours.
pub(crate) fn is_coloured() -> bool {
    AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}

fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

pub(crate) fn dim(text: &str) -> String {
    painted(QUIET, text)
}

pub(crate) fn strong(text: &str) -> String {
    painted(STRONG, text)
}

pub(crate) fn good(text: &str) -> String {
    painted(GOOD, text)
}

pub(crate) fn warn(text: &str) -> String {
    painted(WARNING, text)
}

pub(crate) fn bad(text: &str) -> String {
    painted(BAD, text)
}

/// A word of eight letters that says how a stage ended.
pub(crate) fn outcome(outcome: StageOutcome) -> String {
    let word = format!("{:9}", outcome.as_str());
    match outcome {
        StageOutcome::Ran => painted(GOOD, &word),
        StageOutcome::Failed => bad(&word),
        StageOutcome::Blocked | StageOutcome::Cancelled => warn(&word),
        _ => dim(&word),
    }
}

/// A word that says what a plan means to do.
pub(crate) fn decision(decision: Decision) -> String {
    let word = format!("{:8}", decision.as_str());
    match decision {
        Decision::Run => painted(GOOD, &word),
        Decision::Blocked => warn(&word),
        Decision::Depends => strong(&word),
        _ => dim(&word),
    }
}

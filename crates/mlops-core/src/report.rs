//! Reports that a stage makes beside its outputs: verdicts on data, kept with the run.
//!
//! Whoever judges announces what was found with [`note_report`]; the engine runs a stage's body within [`collect_reports`].
//! So a report is kept although the stage only calls `enforce`, and although the call ends with an error. What a stage
//! judges on threads of its own is not seen.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

/// What was judged, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageReport {
    /// What judged: the name of a contract.
    pub name: String,
    /// Whether nothing stands against going on.
    pub passed: bool,
    /// The rows that were looked at.
    pub rows: Option<u64>,
    /// What is not as it should be, a line each, and a last line that sums up.
    pub text: String,
    /// One verdict for each rule.
    pub assertions: Vec<Assertion>,
}

/// A verdict on one rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assertion {
    /// The kind of rule: `not_null`, `unique`.
    pub rule: String,
    /// The name that it was given, if it is another one.
    pub name: Option<String>,
    /// The columns that it speaks of.
    pub columns: Vec<String>,
    /// `pass`, `fail` or `no_evidence`.
    pub verdict: String,
    /// `critical`, `warning` or `info`.
    pub severity: String,
    /// What was stated.
    pub expected: String,
    /// What was found.
    pub found: String,
}

thread_local! {
    static NOTED: RefCell<Option<Vec<StageReport>>> = const { RefCell::new(None) };
}

/// Announces a report while a stage runs on this thread; does nothing at other times.
pub fn note_report(report: impl FnOnce() -> StageReport) {
    if NOTED.with_borrow(Option::is_some) {
        let report = report();
        NOTED.with_borrow_mut(|noted| {
            noted
                .iter_mut()
                .for_each(|noted| noted.push(report.clone()))
        });
    }
}

/// Runs `body` and hands on the reports that were announced meanwhile, even if it panics.
pub fn collect_reports<R>(keep: impl FnMut(StageReport), body: impl FnOnce() -> R) -> R {
    struct Restore<K: FnMut(StageReport)>(Option<Vec<StageReport>>, K);
    impl<K: FnMut(StageReport)> Drop for Restore<K> {
        fn drop(&mut self) {
            let noted = NOTED.replace(self.0.take()).unwrap_or_default();
            noted.into_iter().for_each(&mut self.1);
        }
    }
    let _restore = Restore(NOTED.replace(Some(Vec::new())), keep);
    body()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> StageReport {
        StageReport {
            name: name.to_owned(),
            ..StageReport::default()
        }
    }

    #[test]
    fn what_is_announced_outside_of_a_stage_is_not_even_made() {
        note_report(|| panic!("nobody asked"));
    }

    #[test]
    fn reports_are_kept_in_order_also_by_a_body_that_panics() {
        let mut kept = Vec::new();
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            collect_reports(
                |report| kept.push(report.name),
                || {
                    note_report(|| named("a"));
                    collect_reports(drop, || note_report(|| named("inner")));
                    note_report(|| named("b"));
                    panic!("on purpose");
                },
            );
        }));
        assert!(ended.is_err());
        assert_eq!(kept, ["a", "b"]);
    }
}

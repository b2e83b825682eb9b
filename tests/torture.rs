//! The torture test: what is killed at any instant, flipped by a bit, run eight times at once, filled to the last byte or
//! locked away gives no wrong answer; a loss is noticed and made again, and what cannot go on says so.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests damage files behind the store's back, and stop at what is wrong"
)]

mod chance;
mod crowd;
mod flips;
mod kills;
mod locked;
#[cfg(feature = "conformance")]
mod mounted;
mod program;
mod space;

use std::path::{Path, PathBuf};

use mlops_store::{CheckReport, CheckScope, Severity, Store, StoreOptions};

/// Opens a store as a neighbour would.
#[track_caller]
fn open(folder: &Path) -> Store {
    Store::open(folder, StoreOptions::default()).unwrap()
}

/// Checks every row and every byte.
#[track_caller]
fn check(folder: &Path) -> CheckReport {
    open(folder).check(CheckScope::Everything).unwrap()
}

/// Ends the test if anything that is listed is not whole.
#[track_caller]
fn assert_whole(report: &CheckReport, when: &str) {
    let damage: Vec<_> = report
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Damage)
        .collect();
    assert!(damage.is_empty(), "{when}: {damage:#?}");
}

/// Every file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => open.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found.sort();
    found
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

//! No space left, at every write in turn: it is said with the next step, and nothing that was kept is lost.

use std::process::Output;

use serde_json::Value;

use super::program::{CALLS, Ended, Place};
use super::{assert_whole, check};

fn names(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn direct(place: &Place, refuse: Option<(&str, u64)>) -> Value {
    let mut command = place.direct(3);
    if let Some((how, write)) = refuse {
        command.env(how, write.to_string());
    }
    let output: Output = command.output().unwrap();
    let ended = Ended::of(output);
    ended
        .lines
        .first()
        .cloned()
        .unwrap_or_else(|| panic!("{ended:#?}"))
}

/// Fails the test unless the run ended for want of space and said what to do.
#[track_caller]
fn assert_says_so(line: &Value, when: &str) {
    let said = line.to_string();
    assert!(said.contains("no space is left"), "{when}: {said}");
    assert!(said.contains("store::no_space"), "{when}: {said}");
    assert!(said.contains("free some space"), "{when}: {said}");
}

fn full_from_then_on(how: &'static str, step: usize) {
    let clean = direct(&Place::new(), None);
    assert_eq!(clean["outcome"], "succeeded");
    let writes = clean["writes"].as_u64().unwrap();
    assert!(writes > 60, "too few writes to be of interest: {writes}");
    for write in (0..writes).step_by(step) {
        let when = format!("{how}={write}");
        let place = Place::new();
        let starved = direct(&place, Some((how, write)));
        let refused = place
            .log()
            .iter()
            .any(|(_, said)| said.starts_with("refused "));
        assert!(
            refused || starved["outcome"] == "succeeded",
            "{when}: {starved}"
        );
        if starved["outcome"] != "succeeded" {
            assert_says_so(&starved, &when);
        }
        let kept = names(&starved["ran"]).len();
        assert_whole(&check(&place.store()), &when);
        let again = direct(&place, None);
        assert_eq!(again["outputs"], clean["outputs"], "{when}");
        // What was said to be kept is reused, and the rest is made.
        let reused = names(&again["reused"]);
        for name in names(&starved["ran"]) {
            assert!(reused.contains(&name), "{when}: {name} was made again");
        }
        assert!(names(&again["ran"]).len() <= CALLS - kept, "{when}");
    }
}

#[test]
fn a_disk_that_is_full_from_any_write_on_loses_nothing_and_the_next_run_goes_on() {
    full_from_then_on("TORTURE_REFUSE_FROM", 1);
}

#[test]
fn a_disk_that_is_full_for_one_write_loses_nothing_and_the_next_run_goes_on() {
    full_from_then_on("TORTURE_REFUSE", 1);
}

/// A real file system of a few pages: the store fills it at one size after another, in the database, in its log, in a file.
/// Behind the feature, because it needs a machine that lets its users mount; there it fails where it cannot.
#[cfg(feature = "conformance")]
#[test]
fn a_small_file_system_that_is_full_is_said_and_with_more_space_the_run_goes_on() {
    use super::mounted::Mounted;

    let clean = Place::new().run(0).answer();
    let mut full = 0;
    let mut kept = 0;
    // In KiB: from too small for the database to almost large enough for everything.
    for size in [
        16, 64, 128, 200, 260, 320, 400, 600, 900, 1_300, 1_800, 2_400, 3_000, 3_600, 4_200, 4_800,
        5_400,
    ] {
        let place = Place::new();
        let mount = Mounted::tmpfs(size);
        let [first, second] = mount.with_more_space_the_second_time(&place);
        let when = format!("{size} KiB");
        if first.answer().is_none() {
            full += 1;
            assert!(matches!(first.code, Some(1)), "{when}: {first:#?}");
            let told = format!("{}{}", first.said, first.told);
            assert!(told.contains("no space is left"), "{when}: {told}");
            assert!(told.contains("store::no_space"), "{when}: {told}");
            assert!(told.contains("free some space"), "{when}: {told}");
        }
        assert_eq!(second.answer(), clean, "{when}: {second:#?}");
        let ran = first.count("ran").unwrap_or_default();
        kept += ran;
        assert!(
            second.count("ran").unwrap() <= CALLS as u64 - ran,
            "{when}: what was kept is made again"
        );
    }
    assert!(full >= 12, "the sizes are too large: {full}");
    assert!(kept >= CALLS as u64, "the sizes are too small: {kept}");
}

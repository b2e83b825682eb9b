//! Runs that end before their time, and what is left of them.

use crate::support::Project;

fn signal(process: u32, name: &str) {
    let sent = std::process::Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status();
    assert!(sent.expect("the program kill").success());
}

#[test]
fn a_stage_that_is_killed_at_its_third_checkpoint_goes_on_from_it() {
    let project = Project::new();
    let killed = project.run_with(&[], &[("KILL_AT", "3")]);
    assert_eq!(killed.code, None, "{killed:?}");
    assert_eq!(project.log("steps.log"), ["0", "1", "2"]);
    let done = project.run(&[]).succeeded();
    assert!(
        !done.executed.contains(&"load".to_owned()),
        "what was done is reused"
    );
    assert_eq!(project.log("steps.log"), ["0", "1", "2", "3", "4"]);
    assert!(
        project.last_stage("train")["resumed"].is_string(),
        "the record says so"
    );
    // The answer is that of a run which nobody killed.
    let answer = project.last_stage("train")["outputs"].clone();
    let clean = Project::new();
    clean.run(&[]).succeeded();
    assert_eq!(clean.last_stage("train")["outputs"], answer);
}

#[test]
fn a_changed_key_starts_afresh() {
    let project = Project::new();
    project.run_with(&[], &[("KILL_AT", "3")]);
    project.run(&["--set", "rate=0.75"]).succeeded();
    assert_eq!(
        project.log("steps.log"),
        ["0", "1", "2", "0", "1", "2", "3", "4"]
    );
    assert!(project.last_stage("train")["resumed"].is_null());
}

#[test]
fn a_run_whose_process_died_is_shown_as_failed() {
    let project = Project::new();
    project.run_with(&[], &[("KILL_AT", "1")]);
    let runs = project.run(&["runs", "--json"]).succeeded().json();
    assert_eq!(runs[0]["outcome"], "failed");
    assert_eq!(runs[0]["reason"], "the process died");
}

#[test]
fn a_first_signal_stops_gently_and_what_is_done_is_reused() {
    for name in ["INT", "TERM"] {
        let project = Project::new();
        let child = project.start_until("train", &[], &[("SLOW", "train")]);
        signal(child.id(), name);
        let stopped = project.wait(child);
        assert_eq!(stopped.code, Some(1), "{stopped:?}");
        let last = &project.last_run()[0];
        assert_eq!(last["outcome"], "cancelled", "{last}");
        let done = project.run(&[]).succeeded();
        assert!(!done.executed.contains(&"split".to_owned()));
        assert!(done.executed.contains(&"train".to_owned()));
    }
}

#[test]
fn a_second_signal_ends_at_once_what_does_not_listen() {
    let project = Project::new();
    let child = project.start_until("train", &[], &[("DEAF", "train")]);
    let begun = std::time::Instant::now();
    signal(child.id(), "INT");
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(child.id(), "INT");
    let stopped = project.wait(child);
    assert_ne!(stopped.code, Some(0));
    // The stage itself sleeps for twenty seconds.
    assert!(begun.elapsed() < std::time::Duration::from_secs(15));
    assert_eq!(project.last_run()[0]["outcome"], "cancelled");
}

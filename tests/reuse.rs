//! What is reused and what runs, shown by the log that the stages themselves write.
#![expect(clippy::disallowed_methods, reason = "tests have files of their own")]

mod interrupted;

use crate::support::Project;

/// All stages of the pipeline.
const ALL: [&str; 9] = [
    "announce", "baseline", "best", "clean", "evaluate", "is_good", "load", "split", "train",
];

#[test]
fn the_first_run_executes_every_stage_once_and_equal_calls_are_one() {
    let project = Project::new();
    assert_eq!(project.run(&[]).succeeded().ran(), ALL);
}

#[test]
fn an_unchanged_pipeline_executes_nothing() {
    let project = Project::new();
    project.run(&[]).succeeded();
    let again = project.run(&["--json"]).succeeded();
    assert!(again.executed.is_empty());
    let last = again.json().pop().unwrap();
    assert_eq!((&last["ran"], &last["reused"]), (&0.into(), &9.into()));
}

#[test]
fn a_parameter_executes_only_what_depends_on_it() {
    let project = Project::new();
    project.run(&[]).succeeded();
    let changed = project.run(&["--set", "rate=0.25"]).succeeded();
    // The best of the scores changes with it, and so does what rests on the best.
    assert_eq!(
        changed.ran(),
        ["announce", "best", "evaluate", "is_good", "train"]
    );
    assert!(
        project.run(&[]).succeeded().executed.is_empty(),
        "the old results are still there"
    );
}

#[test]
fn a_stage_that_gives_equal_bytes_leaves_what_follows_reused() {
    let project = Project::new();
    project.run(&[]).succeeded();
    // Another row below zero, which `clean` leaves out.
    project.write("customers.txt", "1\n2\n3\n-4\n-7\n5\n6\n");
    assert_eq!(project.run(&[]).succeeded().executed, ["load", "clean"]);
}

#[test]
fn the_content_of_a_file_counts_and_neither_its_name_nor_its_time() {
    let project = Project::new();
    project.run(&[]).succeeded();
    let path = project.path("customers.txt");
    let later = std::fs::File::options().append(true).open(&path).unwrap();
    let moment =
        std::fs::metadata(&path).unwrap().modified().unwrap() + std::time::Duration::from_secs(60);
    later.set_modified(moment).unwrap();
    assert!(project.run(&[]).succeeded().executed.is_empty(), "touched");
    std::fs::rename(&path, project.path("renamed.txt")).unwrap();
    let renamed = project.run(&["--data", "renamed.txt"]).succeeded();
    assert!(renamed.executed.is_empty(), "renamed");
    project.write("renamed.txt", "1\n2\n3\n-4\n5\n7\n");
    let changed = project.run(&["--data", "renamed.txt"]).succeeded();
    assert!(changed.executed.contains(&"load".to_owned()), "changed");
}

#[test]
fn a_forced_stage_is_executed_and_what_follows_only_if_its_bytes_differ() {
    let project = Project::new();
    project.run(&[]).succeeded();
    assert_eq!(
        project.run(&["--force", "clean"]).succeeded().executed,
        ["clean"]
    );
}

#[test]
fn only_the_stage_that_is_named_is_executed() {
    let project = Project::new();
    project.run(&[]).succeeded();
    let only = project
        .run(&["--only", "train", "--set", "rate=2"])
        .succeeded();
    assert_eq!(only.executed, ["train"]);
}

#[test]
fn only_needs_what_is_above_it_and_says_so() {
    let project = Project::new();
    let only = project.run(&["--only", "train"]);
    assert_eq!(only.code, Some(1), "{only:?}");
    assert!(only.executed.is_empty());
    assert!(only.err.contains("split"), "{}", only.err);
}

#[test]
fn a_failed_stage_is_not_kept_and_what_succeeded_is_reused_from_there() {
    let project = Project::new();
    let failed = project.run_with(&["--set", "rate=0.1"], &[("FAIL", "evaluate")]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.err.contains("asked to fail"), "{}", failed.err);
    // `--from` brings the parameters, so that the same work goes on.
    let resumed = project.run(&["--from", "latest"]).succeeded();
    assert!(resumed.executed.contains(&"evaluate".to_owned()));
    for done in ["load", "clean", "split", "train"] {
        assert!(
            !resumed.executed.contains(&done.to_owned()),
            "{done} was done already"
        );
    }
    assert_eq!(project.last_run()[0]["parameters"]["rate"], 0.1);
}

#[test]
fn one_stage_runs_alone_on_the_inputs_it_had() {
    let project = Project::new();
    let failed = project.run_with(&[], &[("FAIL", "evaluate")]);
    assert_eq!(failed.code, Some(1));
    let had = project.last_stage("split")["outputs"].clone();
    // Meanwhile the world moved on.
    project.write("customers.txt", "100\n200\n300\n400\n500\n");
    let alone = project
        .run(&["--from", "latest", "--only", "evaluate"])
        .succeeded();
    assert_eq!(alone.executed, ["evaluate"]);
    let inputs = project.last_stage("evaluate")["inputs"].clone();
    let test = inputs
        .as_array()
        .unwrap()
        .iter()
        .find(|input| input["name"] == "test")
        .unwrap();
    assert_eq!(test["digest"], had[1]);
}

#[test]
fn what_rests_on_a_false_flag_is_skipped_and_recorded_as_skipped() {
    let project = Project::new();
    let skipped = project.run(&["--set", "threshold=1000"]).succeeded();
    assert!(!skipped.executed.contains(&"announce".to_owned()));
    assert_eq!(project.last_stage("announce")["outcome"], "skipped");
    let done = project.run(&["--set", "threshold=-1000"]).succeeded();
    assert_eq!(done.ran(), ["announce", "is_good"]);
}

#[test]
fn a_stage_is_tried_as_often_as_it_says_and_a_permanent_error_once() {
    let project = Project::new();
    let failed = project.run_with(&[], &[("FAIL", "train")]);
    let tries = |executed: &[String]| executed.iter().filter(|name| *name == "train").count();
    assert_eq!(tries(&failed.executed), 2);
    assert_eq!(project.last_stage("train")["attempts"], 2);
    let permanent = project.run_with(&[], &[("FAIL_FOR_GOOD", "train")]);
    assert_eq!(tries(&permanent.executed), 1);
}

#[test]
fn a_panic_is_a_failure_with_message_and_place_and_the_others_go_on_if_asked() {
    let project = Project::new();
    let failed = project.run_with(&["--keep-going"], &[("PANIC", "train")]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.executed.contains(&"baseline".to_owned()));
    let error = project.last_stage("train")["error"].clone();
    let error = error.as_str().unwrap();
    assert!(
        error.contains("asked to panic") && error.contains("bin/churn.rs:"),
        "{error}"
    );
    assert_eq!(project.last_stage("evaluate")["outcome"], "blocked");
}

#[test]
fn a_reused_stage_gives_back_its_metrics_notes_and_log() {
    let project = Project::new();
    project.run(&[]).succeeded();
    let first = project.last_stage("evaluate");
    project.run(&[]).succeeded();
    let again = project.last_stage("evaluate");
    assert_eq!(again["outcome"], "reused");
    assert_eq!(
        (&again["metrics"], &again["notes"]),
        (&first["metrics"], &first["notes"])
    );
    let logs = project.run(&["show", "latest", "--logs"]).succeeded();
    assert!(
        logs.out.contains("cleaning") && logs.out.contains("rows=6"),
        "{}",
        logs.out
    );
}

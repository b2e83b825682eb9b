//! The command line as people and programs meet it: fields of `--json`, completions, what is said of a failure.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the book, and stops at what is wrong"
)]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::support::Project;

/// The fields that the book promises, and none that is missing.
#[track_caller]
fn has_fields(line: &Value, fields: &[&str]) {
    let known: BTreeSet<&str> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for field in fields {
        assert!(known.contains(field), "`{field}` is missing: {line}");
    }
}

const STAGE: [&str; 8] = [
    "event", "stage", "path", "outcome", "key", "seconds", "attempts", "outputs",
];
const RUN: [&str; 10] = [
    "event", "run", "pipeline", "profile", "outcome", "ran", "reused", "failed", "blocked",
    "seconds",
];

#[test]
fn a_run_in_json_is_a_line_for_each_stage_and_one_for_the_run_and_nothing_else() {
    let project = Project::new();
    let lines = project.run(&["run", "--json"]).succeeded().json();
    let (run, stages) = lines.split_last().unwrap();
    assert_eq!(stages.len(), 9);
    for stage in stages {
        has_fields(stage, &STAGE);
        assert_eq!(
            (&stage["event"], &stage["outcome"]),
            (&"stage".into(), &"ran".into())
        );
        let outputs = stage["outputs"].as_array().unwrap();
        let all = outputs.iter().chain([&stage["key"]]);
        for digest in all {
            let hex = digest.as_str().unwrap().strip_prefix("blake3:").unwrap();
            assert!(hex.len() == 64, "{digest}");
        }
    }
    has_fields(run, &RUN);
    assert_eq!(
        (&run["event"], &run["outcome"]),
        (&"run".into(), &"succeeded".into())
    );
    let id = run["run"].as_str().unwrap();
    assert!(
        id.len() == 36 && id.as_bytes()[14] == b'7',
        "a version 7 id: {id}"
    );
}

#[test]
fn a_plan_in_json_says_what_each_stage_would_do_and_why() {
    let project = Project::new();
    project.run(&[]).succeeded();
    let lines = project
        .run(&["plan", "--json", "--set", "rate=0.25"])
        .succeeded()
        .json();
    assert_eq!(lines.len(), 9);
    for line in &lines {
        has_fields(
            line,
            &["event", "stage", "path", "decision", "key", "reasons"],
        );
        assert_eq!(line["event"], "node");
    }
    let of = |stage: &str| lines.iter().find(|line| line["stage"] == stage).unwrap();
    assert_eq!(of("split")["decision"], "reuse");
    assert_eq!(of("evaluate")["decision"], "depends");
    assert!(of("evaluate")["key"].is_null());
    let train = of("train");
    assert_eq!(train["decision"], "run");
    let reason = &train["reasons"][0];
    assert_eq!(
        (&reason["kind"], &reason["old"], &reason["new"]),
        (&"parameter".into(), &0.5.into(), &0.25.into())
    );
}

#[test]
fn a_failure_names_stage_place_cause_inputs_and_the_command_that_tries_it_alone() {
    let project = Project::new();
    let failed = project.run_with(&["--set", "rate=0.125"], &[("FAIL", "train")]);
    assert_eq!(failed.code, Some(1));
    let split = project.last_stage("split")["outputs"][0].clone();
    let digest = &split.as_str().unwrap()["blake3:".len()..][..12];
    let training = format!("training {digest}");
    for words in [
        "failed: train  tests/bin/churn.rs:",
        "asked to fail",
        &training,
        "rate = 0.125",
    ] {
        assert!(
            failed.err.contains(words),
            "`{words}` is not in: {}",
            failed.err
        );
    }
    // The command that is printed is one that works.
    let line = failed
        .err
        .lines()
        .find(|line| line.contains("`run --from"))
        .unwrap();
    let command: Vec<&str> = line.split('`').nth(1).unwrap().split(' ').collect();
    assert_eq!(project.run(&command).succeeded().executed, ["train"]);
    // The record knows the inputs of what failed, too.
    let shown = project
        .run(&["show", "latest~1/train", "--json"])
        .succeeded()
        .json();
    let names: Vec<&Value> = shown[0]["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| &input["name"])
        .collect();
    assert_eq!(names, ["training", "rate"]);
}

#[test]
fn what_was_cancelled_or_blocked_is_not_shown_as_failed() {
    let project = Project::new();
    let failed = project.run_with(&[], &[("FAIL", "train")]);
    assert_eq!(failed.code, Some(1));
    let shown = project.run(&["show"]).succeeded();
    let failures: Vec<&str> = shown
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("failed: "))
        .collect();
    assert_eq!(failures, ["train"], "{}", shown.out);
}

#[test]
fn completions_belong_to_the_program_and_know_its_commands_and_short_settings() {
    let project = Project::new();
    let script = project.run(&["completions", "bash"]).succeeded().out;
    project.write("completions.bash", &script);
    let completed = |line: &str| {
        let words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
        let ask = format!(
            "source completions.bash; COMP_WORDS=({}); COMP_CWORD={}; \
             \"$(complete -p churn | sed 's/.* -F \\([^ ]*\\).*/\\1/')\" churn '{}' ''; echo \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len() - 1,
            line.rsplit(' ').next().unwrap(),
        );
        let output = Command::new("bash")
            .current_dir(project.folder())
            .args(["-c", &ask])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(completed("churn lin").trim(), "lineage");
    assert_eq!(completed("churn run --da").trim(), "--data");
}

#[test]
fn help_tells_what_the_program_is_for_and_wrong_usage_ends_with_2() {
    let project = Project::new();
    let help = project.run(&["--help"]).succeeded().out;
    assert!(help.starts_with("Runs pipelines"), "{help}");
    for wrong in [
        &["--set", "rate"][..],
        &["--set", "rat=1"],
        &["--set", "rate=high"],
        &["--only", "nothing"],
        &["--profile", "nowhere"],
        &["--jobs", "0"],
        &["nothing"],
        &["graph", "--format", "png"],
        &["show", "--nothing"],
        &["--profile", "", "plan"],
    ] {
        assert_eq!(project.run(wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn what_every_command_takes_may_stand_before_it_and_what_run_takes_may_not() {
    let project = Project::new();
    let store = project.path("elsewhere").display().to_string();
    let around = project
        .run(&[
            "--profile",
            "staging",
            "--store",
            &store,
            "plan",
            "small",
            "--json",
        ])
        .succeeded();
    assert_eq!(
        around.json().len(),
        1,
        "the plan of `small`: {}",
        around.out
    );
    let before = project
        .run(&["--json", "plan", "small", "--store", &store])
        .succeeded();
    assert_eq!(before.json().len(), 1);
    for wrong in [
        &["--set", "rate=1", "plan"][..],
        &["churn", "plan"],
        &["--data", "x", "runs"],
    ] {
        let refused = project.run(wrong);
        assert_eq!(refused.code, Some(2), "{wrong:?}: {refused:?}");
        assert!(refused.err.contains("command::order"), "{}", refused.err);
    }
}

#[test]
fn parameters_for_a_pipeline_that_is_not_there_are_pointed_at_when_they_look_like_a_slip() {
    let project = Project::new();
    let parameters = |pipeline: &str| {
        let text = format!(
            "default_pipeline = \"churn\"\n[profile.experiment.parameters.{pipeline}]\nrate = 0.25\n"
        );
        project.write("mlops.toml", &text);
        project.run(&["plan"]).succeeded().err
    };
    let said = parameters("chrun");
    assert!(said.contains("`chrun` (mlops.toml:3)"), "{said}");
    assert!(said.contains("did you mean `churn`?"), "{said}");
    assert_eq!(parameters("churn"), "");
    // Another program of the project may have it.
    assert_eq!(parameters("forecast"), "");
}

/// What stands in a help text below `Commands:`, and its long options.
fn commands_and_options(help: &str) -> (Vec<String>, Vec<String>) {
    let below = help
        .split_once("\nCommands:\n")
        .map_or("", |(_, rest)| rest.split("\n\n").next().unwrap());
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let commands = below.lines().filter_map(first).collect();
    let words = help.split([' ', '\n', '[', ',']);
    let options = words
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(str::to_owned)
        .collect();
    (commands, options)
}

#[test]
fn the_book_names_every_command_and_every_option() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/command-line.md");
    let page = std::fs::read_to_string(page).unwrap();
    let project = Project::new();
    let help = |path: &[&str]| {
        let line: Vec<&str> = path.iter().copied().chain(["--help"]).collect();
        commands_and_options(&project.run(&line).succeeded().out)
    };
    let (commands, mut options) = help(&[]);
    assert!(commands.len() > 10, "{commands:?}");
    let mut names = commands.clone();
    for command in &commands {
        let (below, of_command) = help(&[command]);
        options.extend(of_command);
        for name in below {
            options.extend(help(&[command, &name]).1);
            names.push(format!("{command} {name}"));
        }
    }
    // Each program names its own short settings.
    options.retain(|option| !["--help", "--data"].contains(&option.as_str()));
    let missing: BTreeSet<&String> = names
        .iter()
        .chain(&options)
        .filter(|name| !page.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in the book: {missing:?}");
}

#[test]
fn lines_that_cannot_be_written_are_an_error_and_a_reader_that_went_away_is_none() {
    let project = Project::new();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = project.command(&["--json"]).stdout(full).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("command::output"), "{told}");
    // The run itself went on to its end.
    assert_eq!(project.last_run()[0]["outcome"], "succeeded");
    let mut child = project
        .command(&["--json", "--force", "load"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // And no success of what failed, although there is a result to show.
    let failing = ["--force", "baseline", "--keep-going", "--json"];
    for arguments in [&failing[..3], &failing] {
        let mut child = project
            .command(arguments)
            .env("FAIL", "baseline")
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(1), "{arguments:?}");
    }
}

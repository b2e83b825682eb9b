//! What profiles refuse, and what one level may see of another.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

mod commit;

use std::process::Command;

use serde_json::Value;

use crate::support::{Ended, Project};

/// Runs git in a folder, with a name for the author and nothing of the machine's configuration.
fn git(folder: &std::path::Path, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
}

fn commit_all(folder: &std::path::Path) {
    if !folder.join(".git").exists() {
        git(folder, &["init", "--quiet"]);
    }
    git(folder, &["add", "--all"]);
    git(
        folder,
        &["commit", "--quiet", "--allow-empty", "--message", "all"],
    );
}

/// What the audit log says was refused last.
fn last_refusal(project: &Project) -> Value {
    let log = project.run(&["audit", "log", "--json"]).succeeded().json();
    let last = log.last().cloned().unwrap_or_default();
    assert_eq!(last["action"], "run.refused");
    last
}

#[track_caller]
fn is_refused(project: &Project, ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.executed.is_empty(), "nothing may run: {ended:?}");
    let recorded = last_refusal(project)["reason"].as_str().unwrap().to_owned();
    for word in words {
        assert!(
            ended.err.contains(word),
            "`{word}` is not in: {}",
            ended.err
        );
        assert!(recorded.contains(word), "`{word}` is not in: {recorded}");
    }
}

#[test]
fn production_refuses_settings_by_hand_and_says_where_they_belong() {
    let project = Project::new();
    let refused = project.run(&["--profile", "production", "--set", "rate=0.1"]);
    is_refused(
        &project,
        &refused,
        &["rate=0.1", "profile.production.parameters"],
    );
}

#[test]
fn who_was_refused_is_whom_the_system_names_and_not_who_the_environment_says() {
    let project = Project::new();
    let refused = project.run_with(
        &["--profile", "production", "--set", "rate=0.1"],
        &[("USER", "somebody-else"), ("LOGNAME", "somebody-else")],
    );
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let user = std::process::Command::new("id")
        .arg("-un")
        .output()
        .unwrap();
    let user = String::from_utf8(user.stdout).unwrap();
    assert_eq!(last_refusal(&project)["actor"], user.trim());
}

#[test]
fn production_refuses_what_no_commit_holds() {
    let project = Project::new();
    let refused = project.run(&["small", "--profile", "production"]);
    is_refused(&project, &refused, &["there is no git commit"]);
}

#[test]
fn production_refuses_a_tree_with_changes() {
    let project = Project::new();
    project.write(".gitignore", "*.log\n.mlops\n");
    commit_all(project.folder());
    project.write("customers.txt", "7\n");
    let refused = project.run(&["--profile", "production"]);
    is_refused(
        &project,
        &refused,
        &["changes that no commit holds", "commit or stash"],
    );
}

#[test]
fn the_store_in_a_repository_is_no_change_of_it_and_what_is_one_is_named() {
    let project = Project::new();
    commit_all(project.folder());
    // The store is made by the first run; this one gets as far as its other rules.
    for _ in 0..2 {
        let refused = project.run(&["--profile", "production"]);
        assert_eq!(refused.code, Some(3), "{refused:?}");
        assert!(!refused.err.contains("no commit holds"), "{}", refused.err);
    }
    project.write("customers.txt", "7\n");
    project.write("notes.txt", "to do\n");
    let refused = project.run(&["--profile", "production"]);
    is_refused(
        &project,
        &refused,
        &[
            "changes that no commit holds",
            "`customers.txt`",
            "`notes.txt`",
        ],
    );
    // Where something stands already, nothing is ignored on its behalf.
    let elsewhere = project.path("elsewhere");
    project.write("elsewhere/kept.txt", "");
    let store = elsewhere.display().to_string();
    project.run(&["small", "--store", &store]).succeeded();
    assert!(!elsewhere.join(".gitignore").exists());
}

#[test]
fn production_refuses_sources_that_may_be_anything_and_shows_how_to_pin_them() {
    let project = Project::new();
    let refused = project.run(&["--profile", "production"]);
    is_refused(
        &project,
        &refused,
        &[
            "neither pinned nor bounded",
            "digest = \"blake3:",
            "stale_after",
        ],
    );
}

#[test]
fn production_refuses_the_parameters_of_a_run_that_had_others() {
    let project = Project::new();
    project.run(&["--set", "rate=0.9"]).succeeded();
    let refused = project.run(&["--from", "latest", "--profile", "production"]);
    is_refused(
        &project,
        &refused,
        &["had other parameters than the profile gives"],
    );
}

#[test]
fn a_file_that_is_pinned_and_changed_is_refused_before_anything_runs() {
    let project = Project::new();
    let digest = blake3::hash(b"1\n2\n").to_hex();
    let pinned = format!("data={{ path = \"customers.txt\", digest = \"blake3:{digest}\" }}");
    let changed = project.run(&["--set", &pinned]);
    assert_eq!(changed.code, Some(1), "{changed:?}");
    assert!(changed.executed.is_empty());
    project.write("customers.txt", "1\n2\n");
    assert!(
        project
            .run(&["--set", &pinned])
            .succeeded()
            .executed
            .contains(&"load".to_owned())
    );
}

#[test]
fn a_file_that_is_too_old_stops_the_stage_that_reads_it() {
    let project = Project::new();
    let path = project.path("customers.txt");
    let file = std::fs::File::options().append(true).open(&path).unwrap();
    let moment = std::fs::metadata(&path).unwrap().modified().unwrap();
    file.set_modified(moment - std::time::Duration::from_secs(3 * 24 * 3600))
        .unwrap();
    let bounded = "data={ path = \"customers.txt\", stale_after = \"2d\" }";
    let stale = project.run(&["--set", bounded]);
    assert_eq!(stale.code, Some(1), "{stale:?}");
    assert!(
        stale.executed.is_empty() && stale.err.contains("customers.txt"),
        "{}",
        stale.err
    );
    let bounded = "data={ path = \"customers.txt\", stale_after = \"4d\" }";
    project.run(&["--set", bounded]).succeeded();
}

#[test]
fn what_an_experiment_made_is_not_seen_by_a_stricter_level_and_the_other_way_round_it_is() {
    // Staging without its rules about commits, so that only the look-up differs.
    let project = Project::new();
    project.write(
        "mlops.toml",
        "default_pipeline = \"churn\"\n\
         [profile.careful]\nlevel = \"staging\"\ninherits = \"experiment\"\n",
    );
    project.run(&[]).succeeded();
    let strict = project.run(&["--profile", "careful"]).succeeded();
    assert_eq!(
        strict.executed.len(),
        9,
        "nothing of an experiment is reused"
    );
    project.write("customers.txt", "8\n9\n10\n");
    project.run(&["--profile", "careful"]).succeeded();
    assert!(
        project.run(&[]).succeeded().executed.is_empty(),
        "what is trusted more is reused"
    );
}

#[test]
fn a_mistake_in_the_configuration_is_shown_on_its_line_with_what_was_meant() {
    let project = Project::new();
    project.write("mlops.toml", "[profile.experiment]\nkeep_gong = true\n");
    let refused = project.run(&[]);
    assert_eq!(refused.code, Some(2));
    for words in [
        "configuration::unknown_key",
        "mlops.toml:2:1",
        "keep_gong",
        "keep_going",
    ] {
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
}

#[test]
fn a_profile_shows_where_each_value_comes_from() {
    let project = Project::new();
    project.write(
        "mlops.toml",
        "default_pipeline = \"churn\"\n\n[profile.experiment]\nkeep_going = true\n",
    );
    let shown = project
        .run(&["profile", "show", "--json"])
        .succeeded()
        .json();
    let of = |key: &str| {
        shown
            .iter()
            .find(|line| line["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of("keep_going")["value"], &of("keep_going")["from"]),
        (&"true".into(), &"mlops.toml:4".into())
    );
    assert!(
        of("level")["from"]
            .as_str()
            .unwrap()
            .starts_with("default-profiles.toml:")
    );
}

#[test]
fn a_secret_is_nowhere_but_in_the_request() {
    let project = Project::new();
    // Nobody listens there; the secret is read and the events wait.
    project.write(
        "mlops.toml",
        "default_pipeline = \"churn\"\n[profile.experiment.lineage]\nurl = \"http://127.0.0.1:9\"\napi_key = \"env:LINEAGE_KEY\"\n",
    );
    let secret = "s3cr3t-4711";
    let ended = project
        .run_with(&[], &[("LINEAGE_KEY", secret)])
        .succeeded();
    assert!(ended.err.contains("wait"), "the events wait: {}", ended.err);
    let shown = project
        .run_with(&["profile", "show"], &[("LINEAGE_KEY", secret)])
        .succeeded();
    assert!(shown.out.contains("env:LINEAGE_KEY"));
    for text in [&ended.out, &ended.err, &shown.out, &shown.err] {
        assert!(!text.contains(secret));
    }
    let mut folders = vec![project.path(".mlops")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    assert!(files > 2, "there is a store to look through");
    // In the wrong place it is refused, and not repeated.
    project.write(
        "mlops.toml",
        &format!("[profile.experiment.lineage]\napi_key = \"{secret}\"\n"),
    );
    let refused = project.run(&[]);
    assert_eq!(refused.code, Some(2));
    assert!(!refused.err.contains(secret), "{}", refused.err);
}

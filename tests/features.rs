//! Features from outside: declared in a lock, held against it after edits, shown in a catalogue, required by production.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use serde_json::Value;

use crate::support::{Ended, Project};

fn project() -> Project {
    Project::of(env!("CARGO_BIN_EXE_features"))
}

/// The program with edits in two definitions, in the same project.
fn edited(project: &Project, arguments: &[&str]) -> Ended {
    project.run_by(env!("CARGO_BIN_EXE_features_edited"), arguments)
}

/// The program with edits of words alone.
fn commented(project: &Project, arguments: &[&str]) -> Ended {
    project.run_by(env!("CARGO_BIN_EXE_features_commented"), arguments)
}

fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

/// The state of each feature.
fn states(lines: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut states: Vec<_> = events(lines, "feature")
        .iter()
        .map(|line| (text(&line["feature"]), text(&line["state"])))
        .collect();
    states.sort();
    states
}

#[test]
fn an_edit_is_found_and_named_also_in_a_helper_and_an_edit_of_words_is_none() {
    let project = project();
    let new = project.run(&["features", "lock", "--check"]);
    assert_eq!(new.code, Some(1), "{new:?}");
    assert!(new.out.contains("`tenure_years` is not locked"), "{new:?}");

    project.run(&["features", "lock"]).succeeded();
    project.run(&["features", "lock", "--check"]).succeeded();
    let locked = std::fs::read_to_string(project.path("features.lock")).unwrap();
    project.run(&["features", "lock"]).succeeded();
    let again = std::fs::read_to_string(project.path("features.lock")).unwrap();
    assert_eq!(
        locked, again,
        "what is declared already is not written again"
    );

    let failed = edited(&project, &["features", "lock", "--check"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    for words in [
        "`tenure_years` changed: fn years (crate::definitions) changed",
        "`refund_share` changed: fn refund_share (crate::definitions) changed",
        "`is_old` changed: feature tenure_years:",
    ] {
        assert!(
            failed.out.contains(words),
            "`{words}` is not in: {}",
            failed.out
        );
    }
    assert!(!failed.out.contains("nameLength"), "{}", failed.out);
    let lines = edited(&project, &["features", "lock", "--check", "--json"]).json();
    let expected = [
        ("is_old", "changed"),
        ("nameLength", "locked"),
        ("refund_share", "changed"),
        ("spends", "locked"),
        ("tenure_years", "changed"),
    ];
    let expected = expected.map(|(name, state)| (name.to_owned(), state.to_owned()));
    assert_eq!(states(&lines), expected);

    let words = commented(&project, &["features", "lock", "--check"]).succeeded();
    for told in [
        "`is_old` is locked; the lock has another owner and description",
        "`refund_share` is locked; the lock has another description",
    ] {
        assert!(
            words.out.contains(told),
            "`{told}` is not in: {}",
            words.out
        );
    }
}

#[test]
fn a_feature_that_only_a_pipeline_names_is_checked_as_production_checks_it() {
    let project = project();
    project.write(
        "mlops.toml",
        "[profile.careful]\nlevel = \"experiment\"\nrequire_locked_features = true\n",
    );
    let refused = project.run(&["run", "untold", "--profile", "careful"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(
        refused.err.contains("`spends` is not locked"),
        "{refused:?}"
    );
    let checked = project.run(&["features", "lock", "--check"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(
        checked.out.contains("`spends` is not locked"),
        "{checked:?}"
    );
    project.run(&["features", "lock"]).succeeded();
    project.run(&["features", "lock", "--check"]).succeeded();
    project
        .run(&["run", "untold", "--profile", "careful"])
        .succeeded();
    // What is not locked for its name is not locked here either.
    project.write(
        "mlops.toml",
        "[names]\nfeatures = \"[a-zA-Z]+[_L][a-z]+\"\n",
    );
    let named = project.run(&["features", "lock", "--check"]);
    assert_eq!(named.code, Some(3), "{named:?}");
    assert!(named.err.contains("the name `spends` breaks"), "{named:?}");
}

#[test]
fn a_changed_definition_makes_a_new_version_beside_the_old_one_and_the_two_are_compared() {
    let project = project();
    project.run(&["features", "lock"]).succeeded();
    let difference = edited(&project, &["features", "diff", "refund_share"]).succeeded();
    assert!(
        difference.out.contains("- ") && difference.out.contains("+ "),
        "{difference:?}"
    );
    assert!(difference.out.contains("amount > 1.0"), "{difference:?}");

    edited(&project, &["features", "lock"]).succeeded();
    edited(&project, &["features", "lock", "--check"]).succeeded();
    let shown = edited(&project, &["features", "show", "refund_share", "--json"])
        .succeeded()
        .json();
    let versions = shown[0]["locked"].as_array().unwrap().clone();
    assert_eq!(versions.len(), 2, "{versions:?}");
    let of = |place: usize| versions[place].as_str().unwrap();
    let back = edited(
        &project,
        &["features", "diff", "refund_share", of(0), of(1)],
    )
    .succeeded();
    assert!(
        back.out
            .contains("fn refund_share (crate::definitions) changed"),
        "{back:?}"
    );

    let earlier = project.run(&["features", "lock", "--check"]);
    assert_eq!(earlier.code, Some(1));
    assert!(
        earlier
            .out
            .contains("`refund_share` is an earlier version again"),
        "{earlier:?}"
    );
    let unknown = project.run(&["features", "diff", "refund_share", "ffff"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("feature::unknown_version"),
        "{unknown:?}"
    );
    let slip = project.run(&["features", "show", "refund_shar"]);
    assert_eq!(slip.code, Some(2));
    assert!(
        slip.err.contains("did you mean `refund_share`?"),
        "{slip:?}"
    );
}

#[test]
fn a_name_that_breaks_the_rule_of_the_project_is_refused_with_the_rule_and_a_suggestion() {
    let project = project();
    project.write("mlops.toml", "[names]\nfeatures = \"snake_case\"\n");
    let refused = project.run(&["features", "lock"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    for words in [
        "feature::name",
        "`nameLength`",
        "snake_case",
        "call it `name_length`",
    ] {
        assert!(
            refused.err.contains(words),
            "`{words}` is not in: {}",
            refused.err
        );
    }
    assert!(!project.path("features.lock").exists());
    project.write("mlops.toml", "[names]\nfeatures = \"[a-zA-Z_]+\"\n");
    project.run(&["features", "lock"]).succeeded();
    project.write("mlops.toml", "[names]\nfeatures = \"(\"\n");
    assert_eq!(project.run(&["features", "list"]).code, Some(2));
    project.write("mlops.toml", "[names]\nfeaturs = \"snake_case\"\n");
    assert_eq!(project.run(&["features", "list"]).code, Some(2));
}

#[test]
fn a_strict_profile_refuses_features_that_are_not_locked_and_records_it() {
    let project = project();
    project.write(
        "mlops.toml",
        "[profile.careful]\nlevel = \"experiment\"\nrequire_locked_features = true\n",
    );
    let strict = |pipeline: &str| project.run(&["run", pipeline, "--profile", "careful", "--json"]);
    strict("without").succeeded();
    for pipeline in ["churn", "plain"] {
        let refused = strict(pipeline);
        assert_eq!(refused.code, Some(3), "{refused:?}");
        assert!(
            refused
                .err
                .contains("the feature `tenure_years` is not locked"),
            "{}",
            refused.err
        );
        assert!(refused.err.contains("features lock"), "{}", refused.err);
        let log = project
            .run(&["audit", "log", "--profile", "careful", "--json"])
            .succeeded()
            .json();
        let last = log.last().unwrap();
        assert_eq!(last["action"], "run.refused");
        assert!(
            last["reason"].as_str().unwrap().contains("tenure_years"),
            "{last}"
        );
    }
    project.run(&["features", "lock"]).succeeded();
    strict("churn").succeeded();
    strict("plain").succeeded();
    let refused = edited(&project, &["run", "churn", "--profile", "careful"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(
        refused
            .err
            .contains("fn years (crate::definitions) changed"),
        "{}",
        refused.err
    );
    // What the pipeline does not use may be undeclared.
    edited(&project, &["run", "without", "--profile", "careful"]).succeeded();
}

#[test]
fn a_training_set_is_reused_and_a_feature_whose_day_is_past_is_warned_of() {
    let project = project();
    let first = project.run(&["run", "churn", "--json"]).succeeded();
    assert!(
        first
            .err
            .contains("`refund_share` is not to be used since 2024-12-31"),
        "{}",
        first.err
    );
    let again = project.run(&["run", "churn", "--json"]).succeeded().json();
    let run = events(&again, "run")[0].clone();
    assert_eq!(
        (run["ran"].as_u64(), run["reused"].as_u64()),
        (Some(0), Some(3))
    );
}

#[test]
fn the_catalogue_shows_definition_owner_statistics_and_users() {
    let project = project();
    let before = project.run(&["features", "catalogue"]).succeeded();
    assert!(before.out.contains("## tenure_years"), "{}", before.out);
    assert!(!before.out.contains("The latest data"), "{}", before.out);
    project.run(&["run", "churn"]).succeeded();
    project.run(&["features", "lock"]).succeeded();
    let page = project.run(&["features", "catalogue"]).succeeded().out;
    for words in [
        "| [tenure_years](#tenure_years) | customer | `f64` | growth-ml | Years since the contract began. |",
        "(locked)",
        "The latest data: 2 rows, none missing, 2 different, least 0.5, mean 5.25, most 10",
        "read by count_old",
        "**Deprecated:** not to be used from 2024-12-31 on; use refund_rate.",
        "[tenure_years](#tenure_years)",
        "fn tenure_years(tenure_months: f64) -> f64 {",
    ] {
        assert!(page.contains(words), "`{words}` is not in: {page}");
    }
    let lines = project
        .run(&["features", "catalogue", "--json"])
        .succeeded()
        .json();
    let old = events(&lines, "feature")
        .into_iter()
        .find(|line| line["name"] == "tenure_years")
        .unwrap();
    assert_eq!(old["uses"][0]["pipeline"], "churn");
    assert_eq!(old["used_by"][0], "is_old");
    assert_eq!(old["statistics"]["rows"], 2);
    project
        .run(&["features", "catalogue", "--to", "features.md"])
        .succeeded();
    assert!(project.path("features.md").exists());
    let listed = project.run(&["features", "list"]).succeeded();
    assert!(listed.out.contains("not to be used since"), "{listed:?}");
}

#[test]
fn features_of_other_programs_stay_declared_until_they_are_pruned() {
    let project = project();
    project.run(&["features", "lock"]).succeeded();
    let path = project.path("features.lock");
    let text = std::fs::read_to_string(&path).unwrap();
    let only = text.replace("name = \"nameLength\"", "name = \"of_another\"");
    std::fs::write(&path, only).unwrap();
    project.run(&["features", "lock"]).succeeded();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("of_another") && text.contains("nameLength"));
    let pruned = project.run(&["features", "lock", "--prune"]).succeeded();
    assert!(
        pruned.out.contains("`of_another` is forgotten"),
        "{pruned:?}"
    );
    let broken = text.replace("ttl = \"30d\"", "ttl = \"90d\"");
    std::fs::write(&path, broken).unwrap();
    let refused = project.run(&["features", "lock", "--check"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.err.contains("feature::malformed_lock"),
        "{refused:?}"
    );
}

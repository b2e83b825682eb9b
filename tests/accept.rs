//! `accept --unchanged`: a change of code is taken to alter nothing, on somebody's word, which stays on record; and whatever else
//! has changed, is gone, or is stricter refuses it.
//!
//! Nobody builds a program twice here: a store is made whose results look as if an older build had made them.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use std::path::PathBuf;

use mlops_pipeline::StageKey;
use mlops_store::{AuditFilter, CodeReach, Commit, Store, StoreOptions};
use serde_json::Value;

use crate::support::{Ended, Project};

/// How the results of one stage, or of all, are made to look.
pub(crate) struct Older<'a> {
    /// The stage, by the last part of its path; empty for all of them.
    pub(crate) stage: &'a str,
    /// What is put into its key, as it is recorded: a path of names, and a value.
    pub(crate) differs: &'a [(&'a [&'a str], &'a str)],
    /// Whether it gave something else, which is what the claim is about.
    pub(crate) gave: Option<f64>,
}

/// Other code, and nothing else.
const CODE: &[(&[&str], &str)] = &[(
    &["code", "reach"],
    "0000000000000000000000000000000000000000000000000000000000000000",
)];

/// Copies the project's store, with the results of one stage changed; returns where it is.
fn older_store(project: &Project, older: &Older<'_>) -> PathBuf {
    let from = Store::open(&project.path(".mlops"), StoreOptions::default()).unwrap();
    let place = project.path(&format!("older-{}", uuid::Uuid::now_v7()));
    let to = Store::open(&place, StoreOptions::default()).unwrap();
    for id in 1.. {
        let Ok(mut entry) = from.entry_with_key(id) else {
            break;
        };
        let mut staged = Vec::new();
        let reach = entry.key_record["code"]["reach"].as_str().unwrap();
        let mut items = from.code_reach(reach).unwrap().unwrap();
        if older.stage.is_empty() || entry.stage.ends_with(&format!("::{}", older.stage)) {
            for (path, value) in older.differs {
                let place = path
                    .iter()
                    .fold(&mut entry.key_record, |record, name| &mut record[*name]);
                // What nothing is bound to stays so.
                if !place.is_null() {
                    *place = (*value).into();
                }
            }
            let key: StageKey = serde_json::from_value(entry.key_record.clone()).unwrap();
            entry.key = key.digest();
            items = with_another_body(&items, older.stage);
            if let Some(gave) = older.gave {
                let made = to.stage_artifact(&entry.outputs[0].media_type, |output| {
                    mlops_core::Artifact::write(&gave, output)
                });
                let made = made.unwrap();
                entry.outputs = vec![made.reference(Default::default())];
                staged.push(made);
            }
        }
        for output in &entry.outputs {
            if let Ok(kept) = from.read_artifact(&output.digest) {
                let bytes = mlops_core::ArtifactInput::bytes(&kept);
                to.put_bytes(kept.media_type(), &bytes).unwrap();
            }
        }
        let reach = entry.key_record["code"]["reach"]
            .as_str()
            .unwrap()
            .to_owned();
        let commit = Commit {
            entry,
            staged,
            stage: None,
            lease: None,
            code: Some(CodeReach {
                digest: &reach,
                items: &items,
            }),
        };
        to.commit(commit).unwrap();
    }
    place
}

/// What a stage reached when its own body was another one.
fn with_another_body(items: &str, stage: &str) -> String {
    let label = format!("fn {stage}");
    let line = |line: &str| {
        let mut fields: Vec<&str> = line.split('\t').collect();
        if fields.get(3) == Some(&label.as_str()) {
            fields[2] = "00000000";
        }
        fields.join("\t")
    };
    items.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A project in which an older build ran; the second is where its store is.
pub(crate) fn with_older(older: &Older<'_>) -> (Project, String) {
    let project = Project::new();
    project.run(&[]).succeeded();
    let place = older_store(&project, older);
    (project, place.display().to_string())
}

fn accept(project: &Project, store: &str, stage: &str, more: &[&str]) -> Ended {
    let arguments = [
        "accept",
        "--unchanged",
        stage,
        "--reason",
        "a name was changed",
    ];
    project.run(&[&arguments, more, &["--store", store]].concat())
}

fn audit(store: &str) -> Vec<Value> {
    let store = Store::open(store.as_ref(), StoreOptions::default()).unwrap();
    let log = store.audit_log(&AuditFilter::default()).unwrap();
    assert_eq!(store.audit_verify().unwrap().broken_at, None);
    log.iter()
        .map(|entry| serde_json::to_value(&entry.record).unwrap())
        .collect()
}

const CHANGED_CODE: Older<'_> = Older {
    stage: "train",
    differs: CODE,
    gave: None,
};

#[test]
fn what_was_accepted_is_reused_and_says_so_wherever_it_is_shown() {
    let (project, store) = with_older(&CHANGED_CODE);
    let at = ["--store", &store];
    let plan = project
        .run(&["plan", "--explain", at[0], at[1]])
        .succeeded();
    assert!(plan.out.contains("fn train"), "{}", plan.out);
    let accepted = accept(&project, &store, "train", &[]).succeeded();
    assert!(
        accepted.out.contains("accepted  train") && accepted.out.contains("fn train"),
        "{}",
        accepted.out
    );
    let run = project.run(&at).succeeded();
    assert!(run.executed.is_empty(), "{:?}", run.executed);
    let plan = project
        .run(&["plan", "--explain", at[0], at[1]])
        .succeeded();
    let shown = project
        .run(&["show", "latest/train", at[0], at[1]])
        .succeeded();
    let lineage = project
        .run(&["lineage", "latest", at[0], at[1]])
        .succeeded();
    for said in [&plan.out, &shown.out, &lineage.out] {
        assert!(said.contains("a name was changed"), "{said}");
    }
    let log = audit(&store);
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["action"], "stage.accept");
    assert_eq!(log[0]["reason"], "a name was changed");
    let call = &log[0]["evidence"]["calls"][0];
    assert_eq!(call["stage"], "train");
    assert_eq!(call["changes"][0]["kind"], "code");
    assert_ne!(call["from"], call["to"]);
    let verified = project.run(&["verify", "train", at[0], at[1]]).succeeded();
    assert!(
        verified.out.contains("same        train"),
        "{}",
        verified.out
    );
}

#[test]
fn verify_tells_the_truth_about_a_claim_that_is_false() {
    let (project, store) = with_older(&Older {
        gave: Some(-1.0),
        ..CHANGED_CODE
    });
    accept(&project, &store, "train", &[]).succeeded();
    let verified = project.run(&["verify", "train", "--store", &store]);
    assert_eq!(verified.code, Some(1), "{}", verified.err);
    assert!(
        verified.out.contains("differs     train") && verified.out.contains("-1.0 → "),
        "{}",
        verified.out
    );
}

#[test]
fn more_than_code_is_refused_and_named() {
    let toolchain = Older {
        differs: &[CODE[0], (&["toolchain"], "rustc 1.0.0")],
        ..CHANGED_CODE
    };
    let (project, store) = with_older(&toolchain);
    let refused = accept(&project, &store, "train", &[]);
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    for part in ["accept::more_changed", "toolchain", "run --only train"] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    let (project, store) = with_older(&CHANGED_CODE);
    let refused = accept(&project, &store, "train", &["--set", "rate=0.25"]);
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    assert!(
        refused.err.contains("parameter rate 0.5 → 0.25"),
        "{}",
        refused.err
    );
    // Nothing is left of either.
    assert!(audit(&store).is_empty());
    let run = project.run(&["--store", &store]).succeeded();
    assert!(run.executed.contains(&"train".to_owned()));
}

#[test]
fn there_must_be_something_to_accept_and_a_reason() {
    let project = Project::new();
    project.run(&[]).succeeded();
    let own = project.path(".mlops").display().to_string();
    let nothing = accept(&project, &own, "train", &[]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.err.contains("accept::nothing"), "{}", nothing.err);
    let unknown = accept(&project, &own, "trian", &[]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("did you mean `train`?"),
        "{}",
        unknown.err
    );
    let without = project.run(&["accept", "--unchanged", "train", "--reason", " "]);
    assert_eq!(without.code, Some(2));
    assert!(without.err.contains("accept::no_reason"), "{}", without.err);
    // Its input has yet to be made.
    project.write("customers.txt", "7\n8\n9\n");
    let open = accept(&project, &own, "train", &[]);
    assert_eq!(open.code, Some(2));
    assert!(open.err.contains("accept::open"), "{}", open.err);
    let never = accept(&project, &own, "load", &["--set", "data=elsewhere.txt"]);
    assert_eq!(never.code, Some(2), "{}", never.err);
    let small = accept(&project, &own, "three", &["--pipeline", "small"]);
    assert_eq!(small.code, Some(2));
    assert!(small.err.contains("accept::never_ran"), "{}", small.err);
}

#[test]
fn a_result_that_is_damaged_is_not_accepted() {
    let (project, store) = with_older(&CHANGED_CODE);
    let database = PathBuf::from(&store).join("metadata.sqlite");
    let connection = rusqlite::Connection::open(database).unwrap();
    let opened = Store::open(store.as_ref(), StoreOptions::default()).unwrap();
    let entry = opened
        .newest_entry("churn::train", |_| true)
        .unwrap()
        .unwrap();
    let digest = entry.outputs[0].digest;
    let changed = connection.execute(
        "UPDATE artifact SET bytes = x'00' WHERE digest = ?1",
        [digest.as_bytes()],
    );
    assert_eq!(changed.unwrap(), 1);
    let refused = accept(&project, &store, "train", &[]);
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    assert!(refused.err.contains("accept::gone"), "{}", refused.err);
    assert!(audit(&store).is_empty());
}

#[test]
fn nobody_accepts_alone_in_production_and_that_it_was_tried_is_on_record() {
    let (project, store) = with_older(&CHANGED_CODE);
    let refused = accept(&project, &store, "train", &["--profile", "production"]);
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    assert!(
        refused.err.contains("accept::production"),
        "{}",
        refused.err
    );
    let log = audit(&store);
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["action"], "stage.accept.refused");
    assert_eq!(log[0]["evidence"]["claimed"], "a name was changed");
}

#[test]
fn a_result_of_a_laxer_profile_is_not_lifted() {
    let (project, store) = with_older(&CHANGED_CODE);
    let refused = accept(&project, &store, "train", &["--profile", "staging"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    // What it needs was made by an experiment, too; so the question does not even arise.
    assert!(refused.err.contains("accept::open"), "{}", refused.err);
    let first = with_older(&Older {
        stage: "load",
        ..CHANGED_CODE
    });
    let refused = accept(&first.0, &first.1, "load", &["--profile", "staging"]);
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    assert!(refused.err.contains("accept::laxer"), "{}", refused.err);
}

#[test]
fn all_calls_of_a_stage_are_accepted_or_none() {
    let place = tempfile::tempdir().unwrap();
    let sweep = |arguments: &[&str]| {
        let output = std::process::Command::new(crate::support::example("sweep"))
            .args(arguments)
            .current_dir(place.path())
            .env_remove("MLOPS_PROFILE")
            .env_remove("MLOPS_STORE")
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let few = ["--set", "degrees=[1,2]", "--set", "penalties=[0.0,1.0]"];
    assert_eq!(sweep(&few).0, Some(0));
    let project = Project::new();
    std::fs::rename(place.path().join(".mlops"), project.path(".mlops")).unwrap();
    let older = older_store(
        &project,
        &Older {
            stage: "fit",
            ..CHANGED_CODE
        },
    );
    let older = older.display().to_string();
    let accepting = [
        "accept",
        "--unchanged",
        "fit",
        "--reason",
        "moved",
        "--store",
    ];
    // A degree that was never tried: for its call there is no result that could count.
    let more = ["--set", "degrees=[1,2,3]", "--set", "penalties=[0.0,1.0]"];
    let (code, _, said) = sweep(&[&accepting[..], &[&older], &more].concat());
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("parameter degree"), "{said}");
    assert!(audit(&older).is_empty());
    let (code, out, said) = sweep(&[&accepting[..], &[&older], &few, &["--json"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(out.lines().count(), 4, "{out}");
    let (_, out, _) = sweep(&[&few[..], &["--store", &older, "--json"]].concat());
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["ran"], 0, "{last}");
}

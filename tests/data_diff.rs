//! `data diff` as people and programs meet it: exit codes, lines, the page.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads what a program wrote, and stops at what is wrong"
)]

use serde_json::Value;

use crate::support::Project;

/// A file of 400 rows: an age that may be shifted, a plan of which the first share may grow.
fn table(shift: usize, free: usize) -> String {
    let mut text = String::from("age,plan,empty\n");
    for row in 0..400 {
        let age = 20 + (row * 7) % 41 + shift;
        let plan = if row % 10 < free { "free" } else { "pro" };
        text += &format!("{age},{plan},\n");
    }
    text
}

fn project() -> Project {
    let project = Project::new();
    project.write("before.csv", &table(0, 4));
    project.write("moved.csv", &table(9, 4));
    project.write("same.csv", &table(0, 4));
    project.write("none.csv", "age,plan,empty\n");
    project
}

fn code(project: &Project, arguments: &[&str]) -> Option<i32> {
    project.command(arguments).output().unwrap().status.code()
}

fn lines(project: &Project, arguments: &[&str]) -> Vec<Value> {
    let output = project.command(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn drift_ends_with_one_and_each_column_is_a_line() {
    let project = project();
    let arguments = ["data", "diff", "before.csv", "moved.csv", "--json"];
    assert_eq!(code(&project, &arguments), Some(1));
    let lines = lines(&project, &arguments);
    let verdicts: Vec<_> = lines
        .iter()
        .map(|line| line["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["drift", "stable", "no_evidence", "drift"]);
    let fields: Vec<_> = lines[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        [
            "event",
            "column",
            "kind",
            "test",
            "statistic",
            "p_value",
            "adjusted_p",
            "effect",
            "missing",
            "verdict",
        ]
    );
    assert_eq!(
        (&lines[0]["event"], &lines[3]["event"]),
        (&"column".into(), &"table".into())
    );
    let moved = lines[0]["effect"]["value"].as_f64().unwrap();
    assert!((moved - 9.0).abs() < 1e-9, "{moved}");
    assert_eq!(lines[3]["drifted"], serde_json::json!(["age"]));
}

#[test]
fn what_cannot_be_compared_passes_only_by_name() {
    let project = project();
    assert_eq!(
        code(&project, &["data", "diff", "before.csv", "same.csv"]),
        Some(1)
    );
    let allowed = [
        "data",
        "diff",
        "before.csv",
        "same.csv",
        "--allow-no-evidence",
        "empty",
    ];
    assert_eq!(code(&project, &allowed), Some(0));
    let ignored = [
        "data",
        "diff",
        "before.csv",
        "same.csv",
        "--ignore",
        "empty",
    ];
    assert_eq!(code(&project, &ignored), Some(0));
    let nothing = ["data", "diff", "before.csv", "none.csv", "--json"];
    assert_eq!(code(&project, &nothing), Some(1));
    assert!(
        lines(&project, &nothing)
            .iter()
            .all(|line| line["verdict"] == "no_evidence")
    );
}

#[test]
fn people_get_a_table_and_a_page() {
    let project = project();
    let arguments = [
        "data",
        "diff",
        "before.csv",
        "moved.csv",
        "--html",
        "change.html",
        "--classifier",
    ];
    let output = project.command(&arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for said in [
        "drift",
        "age",
        "median 40 → 49",
        "no evidence",
        "1 of 3 columns drifted; no evidence on 1",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let page = std::fs::read_to_string(project.path("change.html")).unwrap();
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("<svg") && !page.contains("<script")
    );
}

#[test]
fn names_from_the_data_do_not_reach_the_terminal_as_commands() {
    let project = project();
    let odd = table(0, 4).replace("age", "\u{1b}[31mred\u{7}");
    project.write("odd.csv", &odd);
    let output = project
        .command(&["data", "diff", "odd.csv", "odd.csv"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("[31mred") && !text.contains(['\u{1b}', '\u{7}']),
        "{text:?}"
    );
}

#[test]
fn wrong_use_says_what_would_be_right() {
    let project = project();
    let said = |arguments: &[&str]| {
        let output = project.command(arguments).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, text) = said(&["data", "diff", "before.csv", "same.csv", "--ignore", "agee"]);
    assert!(
        code == Some(2) && text.contains("data::unknown_column") && text.contains("`age`"),
        "{text}"
    );
    let (code, text) = said(&["data", "diff", "before.csv", "same.csv", "--level", "5"]);
    assert!(
        code == Some(2) && text.contains("data::statistic_argument"),
        "{text}"
    );
    let (code, text) = said(&["data", "diff", "before.csv", "same.xlsx"]);
    assert!(
        code == Some(2) && text.contains("data::unknown_extension"),
        "{text}"
    );
    let (code, text) = said(&["data", "diff", "before.csv", "gone.csv"]);
    assert!(code == Some(1) && text.contains("gone.csv"), "{text}");
}

#[test]
fn a_profile_that_was_written_is_a_reference_without_its_table() {
    let project = project();
    let written = [
        "data",
        "describe",
        "before.csv",
        "--to",
        "before.json",
        "--json",
    ];
    assert_eq!(code(&project, &written), Some(0));
    std::fs::remove_file(project.path("before.csv")).unwrap();
    let moved = ["data", "diff", "before.json", "moved.csv", "--json"];
    assert_eq!(code(&project, &moved), Some(1));
    let found = lines(&project, &moved);
    let verdicts: Vec<_> = found.iter().map(|line| &line["verdict"]).collect();
    assert_eq!(verdicts, ["drift", "stable", "no_evidence", "drift"]);
    assert_eq!(found[3]["rows"], serde_json::json!([400, 400]));
    let same = [
        "data",
        "diff",
        "before.json",
        "same.csv",
        "--ignore",
        "empty",
    ];
    assert_eq!(code(&project, &same), Some(0));
    let both = ["data", "diff", "before.json", "same.csv", "--classifier"];
    assert_eq!(code(&project, &both), Some(2));
    project.write("before.json", "{}");
    assert_eq!(code(&project, &same), Some(1));
}

//! Data quality from outside: what `data describe --quality` tells, what a run keeps, what `data sources` makes of all runs.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use serde_json::Value;

use crate::support::Project;

const ORDERS: &str = "id,price,kind\na,1.5,x\nb,2.5,x\nc,,y\nd,2.0,x\n";

fn project() -> Project {
    let project = Project::of(env!("CARGO_BIN_EXE_deliveries"));
    project.write("mlops.toml", "[project]\nname = \"shop\"\n");
    project.write("orders.csv", ORDERS);
    project
}

#[test]
fn what_is_missing_repeated_and_labelled_doubtfully_is_told_to_people_and_programs() {
    let project = project();
    let repeated = "a,2.5,y\nc,,x\n";
    project.write("orders.csv", &format!("{ORDERS}{repeated}"));
    let arguments = [
        "data",
        "describe",
        "orders.csv",
        "--quality",
        "--key",
        "id",
        "--label",
        "kind",
    ];
    let ended = project.run(&arguments).succeeded();
    for words in [
        "missing values: 2, in 2 of 6 rows: `price` 2 (33.3 %)",
        "repeated rows: none",
        "repeated `id`: 4 of 6 rows, 2 different, so 2 too many",
        "labels of `kind`: x 4 (66.7 %",
        "2 inputs have different labels in 4 rows, of which at least 2 are wrong",
        "refused: 1 pass, 2 fail",
    ] {
        assert!(ended.out.contains(words), "{words}: {}", ended.out);
    }
    let lines = project
        .run(&[&arguments[..], &["--json"]].concat())
        .succeeded()
        .json();
    let quality = lines.last().unwrap();
    assert_eq!(
        (&quality["event"], &quality["passes"]),
        (&"quality".into(), &false.into())
    );
    assert_eq!(quality["by_key"]["repeated"], 4);
    assert_eq!(quality["labels"]["conflicts"]["least_wrong"], 2);
    assert_eq!(quality["report"]["checks"][1]["verdict"], "fail");
}

#[test]
fn rows_that_a_model_doubts_are_named() {
    let project = project();
    let mut animals = String::from("id,animal\n");
    let mut probabilities = String::from("cat,dog\n");
    for row in 0..40 {
        let (animal, cat) = if row < 20 { ("cat", 0.9) } else { ("dog", 0.1) };
        let cat = if row == 7 { 0.05 } else { cat };
        animals += &format!("{row},{animal}\n");
        probabilities += &format!("{cat},{}\n", 1.0 - cat);
    }
    project.write("animals.csv", &animals);
    project.write("probabilities.csv", &probabilities);
    let ended = project.run(&[
        "data",
        "describe",
        "animals.csv",
        "--quality",
        "--label",
        "animal",
        "--key",
        "id",
        "--probabilities",
        "probabilities.csv",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let words = "likely mislabelled: 1 of 40 rows, an estimated 2.5 % of all labels; row 7 is cat (0.05), likely dog";
    assert!(ended.out.contains(words), "{}", ended.out);
    let ended = project.run(&["data", "describe", "animals.csv", "--label", "animal"]);
    assert_eq!(ended.code, Some(2), "a label alone asks for nothing");
}

fn source(project: &Project, arguments: &[&str]) -> Value {
    let ended = project.run(&[&["data", "sources", "--json"], arguments].concat());
    let lines = ended.json();
    assert_eq!(lines.len(), 1, "{}", ended.out);
    assert_eq!(lines[0]["event"], "source");
    lines[0].clone()
}

fn counts(source: &Value) -> [u64; 5] {
    ["expected", "good", "broken", "failed", "missed"].map(|name| source[name].as_u64().unwrap())
}

#[test]
fn runs_keep_what_sources_delivered_and_the_score_is_of_all_runs() {
    let project = project();
    let empty = project.run(&["data", "sources"]);
    assert_ne!(empty.code, None);
    project.run(&[]).succeeded();
    // The same content again is no other delivery.
    project.run(&["--force", "read"]).succeeded();
    assert_eq!(counts(&source(&project, &[])), [1, 1, 0, 0, 0]);
    // Two stages later than it was read, a repeated key breaks what was promised.
    project.write("orders.csv", &format!("{ORDERS}a,1.0,x\n"));
    let refused = project.run(&[]);
    assert_eq!(refused.code, Some(1));
    assert_eq!(counts(&source(&project, &[])), [2, 1, 1, 0, 0]);
    let shown = project.run(&["show", "latest"]);
    assert!(shown.out.contains("repeated_keys"), "{}", shown.out);
    std::fs::remove_file(project.path("orders.csv")).unwrap();
    assert_eq!(project.run(&[]).code, Some(1));
    let found = source(&project, &[]);
    assert_eq!(counts(&found), [3, 1, 1, 1, 0]);
    assert!((found["score"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
    let [low, high] = [0, 1].map(|end| found["interval"][end].as_f64().unwrap());
    assert!(low < 0.1 && high > 0.75, "of three, little is known");
    assert_eq!(found["fresh"], "no_evidence");
    assert_eq!(found["periods"].as_array().unwrap().len(), 1);

    // What came a moment ago is fresh, and overdue by a promise that nobody can keep.
    assert_eq!(source(&project, &["--every", "24h"])["fresh"], "pass");
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let overdue = project.run(&["data", "sources", "--every", "1s"]);
    assert_eq!(overdue.code, Some(1), "{}", overdue.out);
    assert!(overdue.out.contains("overdue"), "{}", overdue.out);
    let other = project.run(&["data", "sources", "--source", "customers"]);
    assert_eq!(other.code, Some(0), "{}", other.out);
    for wrong in ["daily", "0s"] {
        let wrong = project.run(&["data", "sources", "--every", wrong]);
        assert_eq!(wrong.code, Some(2));
        assert!(wrong.err.contains("command::duration"), "{}", wrong.err);
    }
    project
        .run(&["data", "sources", "--to", "deliveries.csv"])
        .succeeded();
    let kept = std::fs::read_to_string(project.path("deliveries.csv")).unwrap();
    assert!(kept.contains(",broken,"), "{kept}");
}

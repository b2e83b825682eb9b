//! Data sets from outside: a file split into parts, versions that are kept and found again, leaks that end a command and a run.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads what a program wrote, and stops at what is wrong"
)]

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Ended, Project};

/// Sixty visits of twenty households on thirty days; `again` says whether the last row repeats the first.
fn visits(again: bool) -> String {
    let mut text = String::from("visit,household,day,spent\n");
    for row in 0..60 {
        let household = (row * 7) % 20;
        text += &format!(
            "{row},h{household},2024-06-{:02},{}\n",
            1 + row / 2,
            (row * 37) % 101
        );
    }
    if again {
        text += "0,h0,2024-06-01,0\n";
    }
    text
}

fn project() -> Project {
    let project = Project::of(env!("CARGO_BIN_EXE_data_sets"));
    project.write("visits.csv", &visits(false));
    project
}

fn split(project: &Project, more: &[&str]) -> Ended {
    let mut arguments = vec!["data", "split", "visits.csv", "--to", "parts", "--json"];
    arguments.extend(more);
    project.run(&arguments)
}

/// The values of a column of a file of comma-separated values.
fn column(project: &Project, file: &str, place: usize) -> Vec<String> {
    let text = std::fs::read_to_string(project.path(file)).unwrap();
    let rows = text.lines().skip(1);
    rows.map(|row| row.split(',').nth(place).unwrap().to_owned())
        .collect()
}

fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

#[test]
fn a_split_by_group_writes_parts_that_share_nobody_and_keeps_their_versions() {
    let project = project();
    let by_group = [
        "--by",
        "group",
        "--column",
        "household",
        "--seed",
        "3",
        "--format",
        "csv",
    ];
    let ended = split(&project, &by_group);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let lines = ended.json();
    let parts = events(&lines, "part");
    let roles: Vec<&Value> = parts.iter().map(|part| &part["role"]).collect();
    assert_eq!(roles, ["training", "test"]);
    assert_eq!(
        (&parts[0]["rows"], &parts[1]["groups"]),
        (&48.into(), &4.into())
    );
    let sides = ["parts/training.csv", "parts/test.csv"].map(|file| {
        let households = column(&project, file, 1);
        households.into_iter().collect::<BTreeSet<_>>()
    });
    assert!(sides[0].is_disjoint(&sides[1]));
    assert_eq!(sides[0].len() + sides[1].len(), 20);
    assert!(
        events(&lines, "leakage")
            .iter()
            .all(|check| check["verdict"] != "fail")
    );
    let split = events(&lines, "split")[0];
    assert_eq!(
        (&split["method"]["by"], &split["seed"]),
        (&"group".into(), &3.into())
    );

    // The same command is the same split, and no other version.
    split_again_is_the_same(&project, &by_group, &lines);
    let listed = project
        .run(&["data", "versions", "visits", "--json"])
        .json();
    assert_eq!(listed.len(), 2);
    let test = listed
        .iter()
        .find(|version| version["role"] == "test")
        .unwrap();
    assert_eq!(
        (&test["version"], &test["kept"]),
        (&parts[1]["version"], &true.into())
    );
    assert_eq!(test["columns"][2]["name"], "day");
    let shown = project.run(&["data", "versions"]);
    for words in ["visits@", "training", "visits.csv", "yes"] {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }

    // A version is found again by name and the beginning of its digest, in any format; so are its profile and its split.
    let version = &test["version"].as_str().unwrap()[..15];
    for extension in ["csv", "parquet", "json"] {
        let to = format!("again.{extension}");
        let ended = project.run(&["artifact", "get", version, "--to", &to]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }
    assert_eq!(
        column(&project, "again.csv", 0),
        column(&project, "parts/test.csv", 0)
    );
    let rows = std::fs::read(project.path("again.json")).unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&rows).unwrap();
    assert_eq!((rows.len(), rows[0]["day"].is_string()), (12, true));
    let described = project.run(&["data", "describe", "again.parquet"]);
    assert!(
        described.out.contains("12 rows, 4 columns"),
        "{}",
        described.out
    );
    for what in ["profile", "split"] {
        let ended = project.run(&["artifact", "get", test[what].as_str().unwrap()]);
        assert!(ended.out.contains("\"rows\""), "{}", ended.out);
    }
}

#[test]
fn a_version_is_a_reference_that_is_not_read_again() {
    let project = project();
    let ended = split(&project, &["--by", "group", "--column", "household"]);
    let lines = ended.json();
    let training = &events(&lines, "part")[0];
    let version = &training["version"].as_str().unwrap()[..15];
    let rows = &training["rows"];
    let diff = |reference: &str, current: &str| {
        project.run(&["data", "diff", reference, current, "--json"])
    };
    let same = diff(version, "visits.csv");
    let found = same.json();
    assert_eq!(same.code, Some(0), "{} {}", same.out, same.err);
    assert_eq!(events(&found, "table")[0]["rows"][0], *rows);

    let spent: String = (0..60)
        .map(|row| {
            format!(
                "{row},h{},2024-06-{:02},{}\n",
                row % 20,
                1 + row / 2,
                300 + row
            )
        })
        .collect();
    project.write("later.csv", &format!("visit,household,day,spent\n{spent}"));
    let later = diff(version, "later.csv");
    assert_eq!(later.code, Some(1), "{}", later.err);
    assert_eq!(
        events(&later.json(), "table")[0]["drifted"],
        serde_json::json!(["spent"])
    );

    let unknown = diff("visit@12", "later.csv");
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("did you mean `visits`?"),
        "{}",
        unknown.err
    );
    let missing = diff("visits.csv2", "later.csv");
    assert!(
        missing.code == Some(2) && missing.err.contains("csv2"),
        "{}",
        missing.err
    );
}

#[test]
fn copies_are_tolerated_up_to_the_share_that_was_named() {
    let project = project();
    // Every visit twice: whatever is drawn for the test by strata has its twin in training, or beside it.
    let rows = visits(false);
    let (head, rows) = rows.split_once('\n').unwrap();
    project.write("visits.csv", &format!("{head}\n{rows}{rows}"));
    let by = ["--by", "stratified", "--column", "household"];
    let split = |share: &[&str]| split(&project, &[&by[..], share].concat());
    let refused = split(&[]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    let few = split(&["--tolerating", "0.01"]);
    assert_eq!(few.code, Some(1));
    let all = split(&["--tolerating", "1"]);
    let lines = all.json();
    let same = |check: &&&Value| check["kind"] == "same_rows";
    let leaks = events(&lines, "leakage");
    assert_eq!(leaks.iter().find(same).unwrap()["verdict"], "pass");
    let nonsense = split(&["--tolerating", "2"]);
    assert_eq!(nonsense.code, Some(2), "{}", nonsense.err);
    assert!(
        nonsense.err.contains("data::not_a_fraction"),
        "{}",
        nonsense.err
    );
}

fn split_again_is_the_same(project: &Project, arguments: &[&str], lines: &[Value]) {
    assert_eq!(split(project, arguments).json(), lines);
}

#[test]
fn a_split_by_time_cuts_where_it_is_told_and_says_so_to_people() {
    let project = project();
    let ended = project.run(&[
        "data",
        "split",
        "visits.csv",
        "--by",
        "time",
        "--column",
        "day",
        "--to",
        "parts",
        "--name",
        "sales",
        "--part",
        "training=2024-06-21",
        "--part",
        "validation=2024-06-26",
        "--part",
        "test=rest",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    for words in [
        "training    40    66.7 %",
        "2024-06-21 to 2024-06-25",
        "sales@",
        "60 rows split by time of `day`: 40 training, 10 validation, 10 test",
    ] {
        assert!(ended.out.contains(words), "{words}: {}", ended.out);
    }
    assert!(project.path("parts/validation.parquet").exists());
}

#[test]
fn a_copy_on_two_sides_ends_the_command_with_1() {
    let project = project();
    project.write("visits.csv", &visits(true));
    // Strata are filled by chance, row by row: among these seeds are some that part the two copies.
    let codes: BTreeSet<_> = (0..8)
        .map(|seed| {
            let seed = seed.to_string();
            let ended = split(
                &project,
                &[
                    "--by",
                    "stratified",
                    "--column",
                    "household",
                    "--part",
                    "training=0.5",
                    "--part",
                    "test=0.5",
                    "--seed",
                    &seed,
                ],
            );
            let lines = ended.json();
            let leaks = events(&lines, "leakage");
            let is_leak = leaks.iter().any(|check| check["verdict"] == "fail");
            assert_eq!(ended.code, Some(i32::from(is_leak)), "{}", ended.err);
            // The parts are there either way.
            assert!(project.path("parts/test.parquet").exists());
            ended.code
        })
        .collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    let ended = split(
        &project,
        &[
            "--by",
            "fraction",
            "--label",
            "household",
            "--ignore",
            "visit",
        ],
    );
    // A label that was named and cannot be judged is no pass.
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    assert!(ended.out.contains("too few rows"), "{}", ended.out);
}

#[test]
fn nonsense_ends_with_2_and_the_next_step() {
    let project = project();
    for (arguments, words) in [
        (&["--by", "group"][..], "name it with `--column`"),
        (
            &["--by", "grup"],
            "splits are by fraction, time, group, or stratified",
        ),
        (
            &["--by", "group", "--column", "housold"],
            "did you mean `household`?",
        ),
        (&["--by", "fraction", "--part", "test"], "`--part test=0.2`"),
        (
            &["--by", "fraction", "--part", "exam=0.2"],
            "roles are training, validation, test, reference",
        ),
        (
            &[
                "--by",
                "fraction",
                "--part",
                "test=0.2",
                "--part",
                "training=0.7",
            ],
            "let one part be the rest",
        ),
        (
            &["--by", "stratified", "--column", "visit"],
            "too few for 2 parts",
        ),
        (
            &["--by", "fraction", "--format", "xls"],
            "formats are parquet and csv",
        ),
        (&["--by", "fraction", "--label", "housold"], "household"),
        (
            &["--by", "fraction", "--name", "a b"],
            "use letters, digits",
        ),
    ] {
        let ended = split(&project, arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.err);
        assert!(
            format!("{}{}", ended.err, ended.out).contains(words),
            "{words}: {}",
            ended.err
        );
    }
    // Nothing of it was written or kept.
    assert!(!project.path("parts/test.parquet").exists());
    split(&project, &["--by", "fraction"]);
    let ended = project.run(&["data", "versions", "visit"]);
    assert!(
        ended.err.contains("did you mean `visits`?"),
        "{}",
        ended.err
    );
    assert_eq!(ended.code, Some(2));
    // An address that holds an `@` is an address.
    let ended = project.run(&["lineage", "http://me:secret@here/visits.csv"]);
    assert!(
        ended.err.contains("lineage::unknown_source"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("secret"), "{}", ended.err);
    let ended = project.run(&["artifact", "get", "visit@ab"]);
    assert!(
        ended.err.contains("did you mean `visits`?"),
        "{}",
        ended.err
    );
    let ended = project.run(&["artifact", "get", "visits@zz"]);
    assert!(
        ended.err.contains("has no version that begins with `zz`"),
        "{}",
        ended.err
    );
}

#[test]
fn a_stage_that_gives_out_versions_has_registered_them_also_when_it_is_reused() {
    let project = project();
    for _ in 0..2 {
        let ended = project.run(&["run"]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }
    let listed = project.run(&["data", "versions", "--json"]).json();
    let roles: BTreeSet<_> = listed
        .iter()
        .map(|version| version["role"].as_str().unwrap())
        .collect();
    assert_eq!((roles, listed.len()), (["training", "test"].into(), 2));
    assert!(
        listed
            .iter()
            .all(|version| version["kept"] == true && version["source"] == "the pipeline")
    );
    // What judged is known from the record, which names each part by the digest that its version has.
    let record = project
        .run(&["artifact", "get", "latest/split/2", "--json"])
        .json();
    let parts = record[0]["value"]["parts"].as_array().unwrap().clone();
    let digests: BTreeSet<_> = parts
        .iter()
        .map(|part| part["digest"].to_string())
        .collect();
    let versions: BTreeSet<_> = listed
        .iter()
        .map(|version| version["digest"].to_string())
        .collect();
    assert_eq!(digests, versions);
    assert!(
        project.run(&["show", "latest"]).out.contains("leakage"),
        "the report is kept with the run"
    );
}

#[test]
fn a_leak_stops_the_stage_that_looks_for_it() {
    let project = project();
    let ended = project.run(&["run", "--set", "group=visit"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("same_groups household"), "{}", ended.err);
}

//! Contracts from outside: what `data` answers and ends with, and what a run keeps of a verdict.

use crate::support::Project;

const FILE: &str = "id,age,plan\n1,30,a\n2,,b\n3,200,z\n";
const CONTRACT: &str = "[columns.id]\ntype = 'integer'\nunique = true\n[columns.age]\nnullable = true\nrange = { min = 0, max = 120 }\n[columns.plan]\none_of = ['a', 'b']\n";

fn project() -> Project {
    let project = Project::new();
    project.write("people.csv", FILE);
    project.write("people.toml", CONTRACT);
    project
}

#[test]
fn a_file_that_breaks_its_contract_ends_the_command_with_1_and_says_where() {
    let project = project();
    let ended = project.run(&["data", "check", "people.csv", "--contract", "people.toml"]);
    assert_eq!(ended.code, Some(1));
    for words in [
        "1 of 2 rows: `200` in row 2",
        "column `plan` has new values: `z`",
        "refused: 4 pass, 2 fail",
    ] {
        assert!(ended.out.contains(words), "{words}: {}", ended.out);
    }
    let lines = project
        .run(&[
            "data",
            "check",
            "people.csv",
            "--contract",
            "people.toml",
            "--json",
        ])
        .json();
    let (table, rest) = lines.split_last().unwrap();
    assert_eq!(
        (&table["event"], &table["verdict"]),
        (&"table".into(), &"refused".into())
    );
    let blocking: Vec<_> = rest
        .iter()
        .filter(|line| line["blocks"] == true)
        .map(|line| &line["rule"])
        .collect();
    assert_eq!(blocking, ["range", "one_of"]);

    project.write("people.csv", "id,age,plan\n1,30,a\n");
    let ended = project.run(&["data", "check", "people.csv", "--contract", "people.toml"]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
}

#[test]
fn a_contract_that_is_wrong_ends_the_command_with_2_and_shows_the_line() {
    let project = project();
    project.write("people.toml", "[columns.id]\nuniqe = true\n");
    let ended = project.run(&["data", "check", "people.csv", "--contract", "people.toml"]);
    assert_eq!(ended.code, Some(2));
    for words in [
        "data::malformed_contract",
        "people.toml:2:1",
        "did you mean `unique`?",
    ] {
        assert!(ended.err.contains(words), "{words}: {}", ended.err);
    }
}

#[test]
fn what_is_proposed_for_a_file_holds_for_it() {
    let project = project();
    project
        .run(&[
            "data",
            "infer-contract",
            "people.csv",
            "--to",
            "proposed.toml",
        ])
        .succeeded();
    project
        .run(&["data", "check", "people.csv", "--contract", "proposed.toml"])
        .succeeded();
    let lines = project
        .run(&["data", "describe", "people.csv", "--json"])
        .succeeded()
        .json();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        (&lines[1]["nulls"], &lines[1]["numbers"]["maximum"]),
        (&1.into(), &200.0.into())
    );
}

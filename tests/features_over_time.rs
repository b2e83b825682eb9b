//! `features join|materialize|push|get|forget|serve` from outside: what people type, and what programs read.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Ended, Project};

fn project() -> Project {
    let project = Project::of(env!("CARGO_BIN_EXE_features"));
    project.write(
        "bills.csv",
        "customer,billed_at,arrived_at,amount\n\
         007,2026-02-27T00:00:00,2026-02-27T00:00:00,20.5\n\
         007,2026-02-28T00:00:00,2026-03-05T00:00:00,99.0\n\
         a7,2026-02-27T00:00:00,2026-02-27T00:00:00,1.0\n",
    );
    project
}

const COLUMNS: [&str; 8] = [
    "--key",
    "customer",
    "--event-time",
    "billed_at",
    "--created",
    "arrived_at",
    "--value",
    "amount",
];

fn with_columns(project: &Project, arguments: &[&str]) -> Ended {
    let mut all = vec!["features"];
    all.extend_from_slice(arguments);
    all.extend_from_slice(&COLUMNS);
    project.run(&all)
}

#[test]
fn rows_are_joined_with_what_was_known_and_written_where_it_was_said() {
    let project = project();
    project.write(
        "asked.csv",
        "customer,asked_at\n007,2026-03-01T00:00:00\n007,2026-03-06T00:00:00\na8,2026-03-06T00:00:00\n",
    );
    let joined = [
        "join",
        "asked.csv",
        "--moment",
        "asked_at",
        "--events",
        "bills.csv",
        "--aggregate",
        "sum:amount:30d",
        "--to",
        "joined.csv",
    ];
    with_columns(&project, &joined).succeeded();
    let lines = project.log("joined.csv");
    let ends: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.splitn(3, ',').nth(2))
        .collect();
    assert_eq!(
        ends,
        ["amount,amount_sum_30d", "20.5,20.5", "99.0,119.5", ",0.0"],
        "{lines:?}"
    );
}

#[test]
fn what_is_brought_in_is_looked_up_by_keys_as_they_are_written() {
    let project = project();
    let get = |entity: &str, feature: &str| {
        project.run(&["features", "get", feature, "--entity", entity, "--json"])
    };
    let none = get("customer=007", "bills:amount");
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.err.contains("online::no_store"), "{none:?}");
    assert!(
        !project.path(".mlops-online").exists(),
        "looking makes nothing"
    );

    with_columns(&project, &["materialize", "bills", "bills.csv"]).succeeded();
    let ignored = project.log(".mlops-online/.gitignore");
    assert_eq!(ignored, ["*"]);
    assert!(
        !project.path(".mlops").exists(),
        "the store's folder is the store's"
    );
    let found = get("customer=007,7", "bills:amount").succeeded().json();
    let told: Vec<_> = found
        .iter()
        .map(|line| (line["status"].clone(), line["value"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!("present"), json!(99.0)),
            (json!("not found"), Value::Null)
        ]
    );
    project.write(
        "more.csv",
        "customer,billed_at,arrived_at,amount\n007,2026-03-07T00:00:00,,5.5\n",
    );
    project
        .run(&["features", "push", "bills", "more.csv"])
        .succeeded();
    let found = get("customer=007", "bills:amount").succeeded().json();
    assert_eq!(found[0]["value"], json!(5.5));
    let slip = get("customer=007", "amount");
    assert_eq!(slip.code, Some(2), "{slip:?}");
    assert!(slip.err.contains("online::feature_name"), "{slip:?}");
    let slip = get("client=007", "bills:amount");
    assert_eq!(slip.code, Some(2), "{slip:?}");
    assert!(slip.err.contains("their keys are customer"), "{slip:?}");

    let forget = |view: &str| project.run(&["features", "forget", view]);
    let slip = forget("bill");
    assert_eq!(slip.code, Some(2), "{slip:?}");
    assert!(slip.err.contains("did you mean `bills`?"), "{slip:?}");
    forget("bills").succeeded();
    let gone = get("customer=007", "bills:amount");
    assert!(gone.err.contains("online::unknown_view"), "{gone:?}");
    with_columns(&project, &["materialize", "bills", "bills.csv"]).succeeded();
    let found = get("customer=007", "bills:amount").succeeded().json();
    assert_eq!(found[0]["value"], json!(99.0), "what it held is gone, too");
}

#[test]
fn the_server_answers_and_ends_well_when_it_is_told_to() {
    let project = project();
    with_columns(&project, &["materialize", "bills", "bills.csv"]).succeeded();
    let arguments = ["features", "serve", "--listen", "127.0.0.1:0", "--json"];
    let mut child = project
        .command(&arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut first).unwrap();
    let line: Value = serde_json::from_str(&first).unwrap();
    let mut stream = TcpStream::connect(line["address"].as_str().unwrap()).unwrap();
    let body = r#"{"features":["bills:amount"],"entities":{"customer":["007"]}}"#;
    let length = body.len();
    write!(
        stream,
        "POST /get-online-features HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.contains("200 OK") && answer.contains("99.0"),
        "{answer}"
    );
    let told = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

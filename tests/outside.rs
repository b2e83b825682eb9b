//! A stage that looks at the outside world without declaring it is never reused, and is told how to declare it.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files and servers of their own, and stop at what is wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// The stages that look outside, each with a word of what it is told.
const LOOKS: [(&str, &str); 10] = [
    ("file", "std::fs::read_to_string"),
    ("presence", ".exists()"),
    ("own_source", "mlops::File::new"),
    ("address", "ureq::get"),
    ("socket", "std::net::TcpStream::connect"),
    ("database", "rusqlite::Connection::open"),
    ("clock", "std::time::SystemTime::now"),
    ("variable", "std::env::var"),
    ("random", "std::hash::RandomState"),
    ("program", "std::process::Command"),
];

/// A folder, a server and a database that say a word.
struct World {
    folder: tempfile::TempDir,
    word: Arc<Mutex<String>>,
    address: String,
}

impl World {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let word = Arc::new(Mutex::new(String::new()));
        let said = Arc::clone(&word);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else {
                    continue;
                };
                let mut request = [0; 1024];
                let _ = connection.read(&mut request);
                let body = said.lock().unwrap().clone();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = connection.write_all(answer.as_bytes());
            }
        });
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            word,
            address,
        };
        world.say("one");
        world
    }

    fn say(&self, word: &str) {
        word.clone_into(&mut self.word.lock().unwrap());
        std::fs::write(self.folder.path().join("words.txt"), word).unwrap();
        let database = rusqlite::Connection::open(self.folder.path().join("words.sqlite")).unwrap();
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS words (word TEXT); DELETE FROM words; INSERT INTO words VALUES ('{word}')"
        );
        database.execute_batch(&sql).unwrap();
    }

    fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        let word = self.word.lock().unwrap().clone();
        let output = Command::new(env!("CARGO_BIN_EXE_outside"))
            .current_dir(self.folder.path())
            .env_remove("MLOPS_PROFILE")
            .env_remove("MLOPS_STORE")
            .env("WORD", word)
            .args(arguments)
            .args(["--json", "--set", &format!("address={}", self.address)])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The outcome and the outputs of each stage of a run.
    fn run(&self) -> BTreeMap<String, (String, Value)> {
        let lines = self.lines(&["run"]);
        let stages = lines.iter().filter(|line| line["event"] == "stage");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        stages
            .map(|line| {
                (
                    text(&line["stage"]),
                    (text(&line["outcome"]), line["outputs"].clone()),
                )
            })
            .collect()
    }
}

#[test]
fn no_undeclared_look_at_the_world_is_ever_reused_and_no_pure_stage_is_accused() {
    let world = World::new();
    let first = world.run();
    world.say("two");
    let second = world.run();
    let reused: BTreeSet<&str> = second
        .iter()
        .filter(|(_, (outcome, _))| outcome == "reused")
        .map(|(stage, _)| stage.as_str())
        .collect();
    assert_eq!(reused, BTreeSet::from(["arithmetic", "memory", "stock"]));
    for (stage, _) in LOOKS.iter().filter(|(stage, _)| *stage != "presence") {
        assert_ne!(
            first[*stage].1, second[*stage].1,
            "`{stage}` saw no change of the world"
        );
    }
}

#[test]
fn each_is_told_what_it_looks_at_where_and_how_to_declare_it() {
    let world = World::new();
    let planned = world.lines(&["plan", "--explain"]);
    for (stage, name) in LOOKS {
        let node = planned.iter().find(|line| line["stage"] == stage).unwrap();
        assert_eq!(node["decision"], "run", "{node}");
        let reason = &node["reasons"][0];
        assert_eq!(reason["kind"], "undeclared", "{node}");
        let said = reason["item"].as_str().unwrap();
        assert!(
            said.contains(name) && said.contains("reads(nothing)"),
            "{said}"
        );
        let place = reason["at"].as_str().unwrap();
        assert!(place.starts_with("tests/bin/outside.rs:"), "{place}");
    }
}

#[test]
fn a_project_names_what_else_looks_outside() {
    let world = World::new();
    let outside = "outside = [\"outside::warehouse::fetch\"]\n";
    std::fs::write(world.folder.path().join("mlops.toml"), outside).unwrap();
    world.run();
    assert_eq!(world.run()["stock"].0, "ran");
}

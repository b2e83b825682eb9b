//! `verify` finds what is not deterministic and says why, names what a stage does beyond its declarations, and accuses nobody
//! else; and nothing of it is left in the store.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mlops_store::{AuditFilter, CheckScope, RunFilter, Store, StoreOptions};
use serde_json::Value;

use crate::support::example;

/// A folder in which a program runs.
struct Place {
    folder: tempfile::TempDir,
    program: PathBuf,
}

/// What a command ended with.
struct Ended {
    code: Option<i32>,
    lines: Vec<Value>,
    said: String,
}

impl Place {
    fn new(program: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // What `custom_stage` needs, and none of the others minds.
        let configuration = "[profile.experiment.resources]\ngpu = 1\n";
        std::fs::write(folder.path().join("mlops.toml"), configuration).unwrap();
        Self { folder, program }
    }

    /// A place in which the pipeline has run.
    fn with_a_run(program: PathBuf) -> Self {
        let place = Self::new(program);
        place.run(&[]).succeeded();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for variable in ["MLOPS_PROFILE", "MLOPS_STORE", "RUST_LOG"] {
            command.env_remove(variable);
        }
        command.current_dir(self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(
            self.command()
                .args(arguments)
                .arg("--json")
                .output()
                .unwrap(),
        )
    }

    fn store(&self) -> Store {
        Store::open(&self.path(".mlops"), StoreOptions::default()).unwrap()
    }
}

impl Ended {
    fn of(output: Output) -> Self {
        let text = String::from_utf8(output.stdout).unwrap();
        Self {
            code: output.status.code(),
            lines: text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{:#?}", self.said, self.lines);
        self
    }

    fn events(&self, event: &str) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| line["event"] == event)
    }

    /// The verdicts by stage.
    fn verdicts(&self) -> BTreeMap<String, &Value> {
        self.events("verify")
            .map(|line| (text(&line["stage"]), line))
            .collect()
    }

    #[track_caller]
    fn verdict(&self, stage: &str) -> &Value {
        let verdicts = self.verdicts();
        let verdict = verdicts.get(stage);
        verdict
            .unwrap_or_else(|| panic!("no verdict on `{stage}`\n{}\n{:#?}", self.said, self.lines))
    }

    /// What each stage tried: operation and thing.
    fn attempts(&self, stage: &str) -> Vec<String> {
        self.events("attempt")
            .filter(|line| line["stage"] == stage)
            .map(|line| format!("{} {}", text(&line["operation"]), text(&line["what"])))
            .collect()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn undeclared() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_undeclared"))
}

fn determinism() -> PathBuf {
    example("determinism")
}

/// The planted stages, and why each of them differs.
const PLANTED: [(&str, &str); 4] = [
    ("count_in_any_order", "hash_order"),
    ("stamp", "time"),
    ("draw_from_the_system", "random"),
    ("sum_by_threads", "threads"),
];

#[test]
fn each_planted_cause_is_found_by_experiment_and_no_sound_stage_is_accused() {
    let place = Place::with_a_run(determinism());
    let verified = place.run(&["verify"]);
    assert_eq!(verified.code, Some(1), "{}", verified.said);
    let processors = std::thread::available_parallelism().unwrap().get();
    for (stage, cause) in PLANTED {
        if cause == "threads" && processors == 1 {
            // It asks the machine, and this one cannot offer another number.
            continue;
        }
        let verdict = verified.verdict(stage);
        assert_eq!(verdict["outcome"], "differs", "{verdict}");
        assert_eq!(verdict["causes"], serde_json::json!([cause]), "{verdict}");
        let difference = &verdict["differences"][0];
        assert_eq!(difference["output"], 0, "{verdict}");
        assert!(!text(&difference["first"]).is_empty(), "{verdict}");
        // Its code says where to look, but for the file that gives random numbers: to open a file is no cause.
        let hint = list(&verdict["in_code"]).find(|hint| hint["cause"] == cause);
        match cause {
            "random" => assert!(hint.is_none(), "{verdict}"),
            _ => {
                let hint = hint.unwrap_or_else(|| panic!("no hint: {verdict}"));
                let at = text(&hint["at"]);
                assert!(at.contains("determinism/planted.rs:"), "{verdict}");
                assert_eq!(text(&hint["by"]), format!("fn {stage}"));
            }
        }
    }
    for sound in [
        "words",
        "numbers",
        "count_in_order",
        "state_the_date",
        "draw_from_the_seed",
        "sum_in_order",
    ] {
        let verdict = verified.verdict(sound);
        assert_eq!(verdict["outcome"], "same", "{verdict}");
    }
    // One that has said so is no failure, and is not investigated.
    let declared = verified.verdict("answer");
    assert_eq!(declared["outcome"], "declared");
    assert!(text(&declared["declared"]).contains("a language model"));
    assert_eq!(declared["causes"], Value::Null);
    assert_eq!(place.run(&["verify", "answer"]).code, Some(0));
    // Its result is kept, although it reads the clock.
    let planned = place.run(&["plan"]).succeeded();
    let decision = |stage: &str| {
        let node = planned.events("node").find(|node| node["stage"] == stage);
        text(&node.unwrap()["decision"])
    };
    assert_eq!(
        (decision("answer"), decision("stamp")),
        ("reuse".into(), "run".into())
    );
}

#[test]
fn a_metric_that_measures_time_is_told_and_is_no_failure() {
    let place = Place::with_a_run(determinism());
    // Two measurements of a very short time may be equal, though rarely.
    let differs = (0..5).any(|_| {
        let verified = place.run(&["verify", "draw_from_the_seed"]).succeeded();
        let beside = &verified.verdict("draw_from_the_seed")["beside"];
        text(&beside[0]).starts_with("metric draw/seconds: ")
    });
    assert!(differs);
}

#[test]
fn a_verification_leaves_nothing_in_the_store() {
    let place = Place::with_a_run(determinism());
    let state = || {
        let store = place.store();
        let stats = store.stats().unwrap();
        let runs = store.runs(&RunFilter::default()).unwrap().len();
        let audit = store.audit_log(&AuditFilter::default()).unwrap().len();
        let journal = store.check(CheckScope::Everything).unwrap();
        assert!(journal.is_whole());
        (
            (runs, audit, stats.stages, stats.entries),
            (stats.small_artifacts, stats.large_artifacts, journal.rows),
        )
    };
    let before = state();
    assert_eq!(place.run(&["verify", "--twice"]).code, Some(1));
    assert_eq!(place.run(&["verify", "--hermetic"]).code, Some(1));
    assert_eq!(state(), before);
    for folder in [".mlops/scratch", ".mlops/temporary"] {
        let left = std::fs::read_dir(place.path(folder)).unwrap().count();
        assert_eq!(left, 0, "{folder}");
    }
    assert_eq!(place.run(&["runs"]).lines.len(), 1);
}

#[test]
fn a_sample_is_as_many_stages_and_the_same_ones_each_time() {
    let place = Place::with_a_run(determinism());
    let sample = || -> Vec<String> {
        let verified = place.run(&["verify", "--sample", "3"]);
        verified.verdicts().into_keys().collect()
    };
    let first = sample();
    assert_eq!(first.len(), 3);
    assert_eq!(sample(), first);
}

#[test]
fn two_fresh_runs_are_compared_where_nothing_is_kept_and_their_inputs_are_there() {
    let place = Place::new(determinism());
    place.run(&["--only", "words"]).succeeded();
    let verified = place.run(&["verify", "--twice"]);
    assert_eq!(verified.code, Some(1), "{}", verified.said);
    let difference = &verified.verdict("stamp")["differences"][0];
    assert_eq!(
        (&difference["one"]["whose"], &difference["other"]["whose"]),
        (&"run 1".into(), &"run 2".into())
    );
    assert_eq!(verified.verdict("count_in_order")["outcome"], "same");
    // Its input has yet to be made.
    assert!(!verified.verdicts().contains_key("sum_in_order"));
    let left_out: Vec<String> = verified
        .events("left_out")
        .map(|line| text(&line["stage"]))
        .collect();
    assert!(
        left_out.contains(&"sum_in_order".to_owned()),
        "{left_out:?}"
    );
}

#[test]
fn where_nothing_can_be_verified_nobody_is_told_that_all_is_well() {
    let place = Place::new(determinism());
    place.run(&["--only", "numbers"]).succeeded();
    let verified = place.run(&["verify", "stamp"]);
    assert_eq!(verified.code, Some(2));
    assert!(
        verified.said.contains("verify::nothing"),
        "{}",
        verified.said
    );
    let unknown = place.run(&["verify", "stump"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.said.contains("did you mean `stamp`?"),
        "{}",
        unknown.said
    );
}

/// A place for the program whose stages look outside, with a listener that answers.
fn looking_outside() -> (Place, TcpListener, UdpSocket) {
    let place = Place::new(undeclared());
    std::fs::create_dir(place.path("declared")).unwrap();
    std::fs::create_dir(place.path("undeclared")).unwrap();
    for file in [
        "declared.txt",
        "declared/part.txt",
        "undeclared.txt",
        "undeclared/part.txt",
    ] {
        std::fs::write(place.path(file), "some rows\n").unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    (place, listener, socket)
}

/// The address of a page that somebody serves for as long as the test's process lives.
fn page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let body = if head.starts_with(b"HEAD ") {
                ""
            } else {
                "rows"
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: \"1\"\r\nConnection: close\r\n\r\n{body}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://127.0.0.1:{port}/page.txt")
}

#[test]
fn a_stage_that_is_shut_in_names_all_that_it_tries_and_one_that_declares_it_is_not_accused() {
    let (place, listener, _socket) = looking_outside();
    let port = listener.local_addr().unwrap().port();
    let of_port = format!("port={port}");
    let of_page = format!("page={}", page());
    let run = |arguments: &[&str]| {
        let output = place
            .command()
            .args(arguments)
            .args(["--json", "--set", &of_port, "--set", &of_page])
            .env("OUTSIDE_MODE", "fast")
            .env("OUTSIDE_SIZE", "7")
            .output();
        Ended::of(output.unwrap())
    };
    run(&[]).succeeded();
    let verified = run(&["verify", "--hermetic"]);
    assert_eq!(verified.code, Some(1), "{}", verified.said);
    for sound in [
        "pure",
        "on_threads",
        "on_a_runtime",
        "declared",
        "declared_otherwise",
    ] {
        assert_eq!(verified.attempts(sound), Vec::<String>::new(), "{sound}");
        let verdict = verified.verdict(sound);
        assert_eq!(verdict["outcome"], "same", "{verdict}");
    }
    // Where links lead, as the process that is traced sees it.
    let folder = std::fs::canonicalize(place.folder.path()).unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    let expected: [(&str, Vec<String>); 12] = [
        (
            "by_three_helpers",
            vec![format!("read {}", at("undeclared.txt"))],
        ),
        ("by_listing", vec![format!("list {}", at("undeclared"))]),
        ("by_looking", vec![format!("look {}", at("undeclared.txt"))]),
        ("by_connection", vec![format!("connect 127.0.0.1:{port}")]),
        (
            "by_datagram",
            vec![
                "listen 127.0.0.1:0".to_owned(),
                format!("send 127.0.0.1:{port}"),
            ],
        ),
        ("by_zone", vec!["look /etc/localtime".to_owned()]),
        ("by_clock", vec!["clock the wall clock".to_owned()]),
        (
            "by_identifier",
            vec![
                "clock the wall clock".to_owned(),
                "random random numbers of the system".to_owned(),
            ],
        ),
        ("by_variable", vec!["variable OUTSIDE_MODE".to_owned()]),
        (
            "by_two_variables",
            vec![
                "variable OUTSIDE_MODE".to_owned(),
                "variable OUTSIDE_SIZE".to_owned(),
            ],
        ),
        ("by_writing", vec![format!("write {}", at("written.txt"))]),
        ("by_program", Vec::new()),
    ];
    for (stage, mut expected) in expected {
        let verdict = verified.verdict(stage);
        assert_eq!(verdict["outcome"], "undeclared", "{verdict}");
        let mut tried = verified.attempts(stage);
        tried.sort();
        expected.sort();
        match stage {
            "by_program" => {
                let [program] = tried.as_slice() else {
                    panic!("{tried:?}");
                };
                assert!(
                    program.starts_with("execute /") && program.ends_with("/true"),
                    "{program}"
                );
            }
            _ => assert_eq!(tried, expected, "{stage}"),
        }
    }
    // How a name is looked up is the system's business; that it is looked up shows.
    let looked_up = verified.attempts("by_name");
    for file in ["read /etc/resolv.conf", "read /etc/hosts"] {
        assert!(looked_up.contains(&file.to_owned()), "{looked_up:?}");
    }
}

#[test]
fn what_is_refused_did_not_happen() {
    let (place, listener, socket) = looking_outside();
    let port = listener.local_addr().unwrap().port().to_string();
    let by_port = format!("port={port}");
    let of_page = format!("page={}", page());
    let run = |arguments: &[&str]| {
        let output = place
            .command()
            .args(arguments)
            .args(["--set", &by_port, "--set", &of_page, "--json"])
            .env("OUTSIDE_MODE", "fast")
            .output();
        Ended::of(output.unwrap())
    };
    run(&[]).succeeded();
    std::fs::remove_file(place.path("written.txt")).unwrap();
    listener.accept().unwrap();
    listener.set_nonblocking(true).unwrap();
    socket.set_nonblocking(true).unwrap();
    assert_eq!(run(&["verify", "by_writing", "--hermetic"]).code, Some(1));
    assert!(!place.path("written.txt").exists());
    let connected = run(&["verify", "by_connection", "--hermetic"]);
    assert_eq!(connected.code, Some(1));
    if connected.verdict("by_connection")["refused_connections"] == true {
        assert!(listener.accept().is_err(), "it connected all the same");
    }
}

#[test]
fn the_examples_are_not_accused() {
    for (name, arguments) in [
        ("quickstart", &[][..]),
        ("custom_stage", &[]),
        ("sweep", &["--sample", "4"]),
    ] {
        let place = Place::with_a_run(example(name));
        for more in [&[][..], &["--hermetic"]] {
            let verified = place.run(&[&["verify"], arguments, more].concat());
            assert_eq!(verified.code, Some(0), "{name}\n{:#?}", verified.lines);
            assert_eq!(verified.events("attempt").count(), 0, "{name}");
            assert!(!verified.verdicts().is_empty(), "{name}");
        }
    }
}

#[test]
fn a_stage_that_changes_the_world_is_run_again_only_when_it_is_named() {
    let place = Place::with_a_run(example("custom_stage"));
    let verified = place.run(&["verify"]).succeeded();
    assert!(!verified.verdicts().contains_key("order"));
    let left_out: Vec<&Value> = verified.events("left_out").collect();
    assert_eq!(left_out[0]["stage"], "order");
    let named = place.run(&["verify", "order"]);
    assert_eq!(named.verdicts().len(), 1, "{}", named.said);
}

#[test]
fn people_get_a_block_for_each_stage() {
    let place = Place::with_a_run(determinism());
    let output = place
        .command()
        .args(["verify", "count_in_any_order"])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for part in [
        "differs     count_in_any_order",
        "output 0, what is kept and run 1: [",
        "because of hash order: walk a `BTreeMap`",
        "1 stage verified: 1 not deterministic",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[test]
fn an_order_that_is_none_is_no_panic() {
    let place = Place::new(determinism());
    let missing = place.run(&["verify-exec", "nowhere.json"]);
    assert_eq!(missing.code, Some(1), "{}", missing.said);
    std::fs::write(place.path("order.json"), "{}").unwrap();
    assert_eq!(place.run(&["verify-exec", "order.json"]).code, Some(1));
    assert!(!Path::new(&place.path(".mlops")).exists());
}

/// The command lines of processes that name this folder.
fn processes_in(folder: &Path) -> Vec<String> {
    let name = folder.display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(&name))
        .collect()
}

#[test]
fn a_verification_that_is_killed_leaves_no_process_and_the_next_one_clears_up() {
    let place = Place::with_a_run(determinism());
    for milliseconds in [5, 20, 40, 80, 120, 160, 200, 300] {
        let mut child = place
            .command()
            .arg("verify")
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let begun = std::time::Instant::now();
    while !processes_in(place.folder.path()).is_empty() {
        let left = processes_in(place.folder.path());
        assert!(begun.elapsed().as_secs() < 10, "{left:?}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    place.run(&["verify", "words"]).succeeded();
    let left = std::fs::read_dir(place.path(".mlops/scratch")).unwrap();
    assert_eq!(left.count(), 0);
}

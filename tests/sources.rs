//! Typed sources: what is looked at, what is said of it, and what is never said.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

mod server;

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use self::server::Server;
use crate::support::{Ended, Project};

const SECRET: &str = "s3cr3t-4711";

fn project() -> Project {
    let project = Project::of(env!("CARGO_BIN_EXE_sources"));
    project.write("mlops.toml", "[project]\nname = \"world\"\n");
    project.write("days/mo.txt", "1\n");
    project.write("days/tu.txt", "2\n");
    project
}

/// How the only stage of a run ended.
#[track_caller]
fn outcome(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let arguments = [arguments, &["--json"]].concat();
    let lines = project.run_with(&arguments, variables).succeeded().json();
    let stage = lines.iter().find(|line| line["event"] == "stage").unwrap();
    stage["outcome"].as_str().unwrap().to_owned()
}

/// The reasons that a plan gives for the only stage.
#[track_caller]
fn reasons(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let arguments = [&["plan"], arguments, &["--json"]].concat();
    let lines = project.run_with(&arguments, variables).succeeded().json();
    lines[0]["reasons"].to_string()
}

fn input(project: &Project) -> Value {
    let lines = project.last_run();
    lines[1]["inputs"][0].clone()
}

/// Asserts that a text stands in no file of the store, and in nothing that was said.
#[track_caller]
fn is_nowhere(project: &Project, secret: &str, ended: &[Ended]) {
    for ended in ended {
        assert!(!ended.out.contains(secret), "{}", ended.out);
        assert!(!ended.err.contains(secret), "{}", ended.err);
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
            let parts = bytes.windows(secret.len());
            let found = parts.into_iter().any(|part| part == secret.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    assert!(files > 2, "there is a store to look through");
}

#[test]
fn a_day_can_be_run_again_as_it_was() {
    let project = project();
    let run = |arguments: &[&str]| outcome(&project, &[&["telling"], arguments].concat(), &[]);
    assert_eq!(run(&["--as_of", "2026-10-01"]), "ran");
    assert_eq!(input(&project)["value"], "2026-10-01T00:00:00Z");
    let events = std::fs::read_to_string(project.path(".mlops/lineage/openlineage.jsonl")).unwrap();
    assert!(
        events.contains("clock:2026-10-01T00:00:00Z"),
        "what the clock said: {events}"
    );
    assert_eq!(
        run(&["--set", "world.as_of=2026-10-01T00:00:00Z"]),
        "reused"
    );
    assert_eq!(run(&["--as_of", "2026-10-02"]), "ran");
    assert_eq!(run(&["--as_of", "2026-10-01"]), "reused");
    // The day on the clock, unless midnight is between the two.
    run(&[]);
    assert_eq!(run(&["--as_of", "day"]), "reused");
    assert_eq!(run(&["--as_of", "exact"]), "ran");
    assert_eq!(run(&["--as_of", "exact"]), "ran");
    let wrong = project.run(&["telling", "--as_of", "2026-10-01T12:00"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong
            .err
            .contains("`2026-10-01T12:00` is no time: write `day`"),
        "{}",
        wrong.err
    );
    let diff = project
        .run(&["diff", "latest~3", "latest~4"])
        .succeeded()
        .out;
    assert!(diff.contains("2026-10-01T00:00:00Z"), "{diff}");
}

#[test]
fn the_clock_needs_no_pin_in_production_and_may_have_one() {
    let project = project();
    project.write(
        "mlops.toml",
        "[project]\nname = \"world\"\n[profile.nightly]\nlevel = \"experiment\"\nrequire_pinned_sources = true\n\
         [profile.nightly.parameters]\ntelling.world.as_of = 2026-10-01\n",
    );
    let pinned = project
        .run(&["telling", "--profile", "nightly"])
        .succeeded();
    assert!(
        pinned.out.contains("2026-10-01T00:00:00Z"),
        "{}",
        pinned.out
    );
    project
        .run(&["telling", "--profile", "nightly", "--as_of", "day"])
        .succeeded();
    project
        .run(&["measuring", "--profile", "nightly"])
        .succeeded();
    let refused = project.run(&["listing", "--profile", "nightly"]);
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    assert!(refused.err.contains("the glob `"), "{}", refused.err);
}

#[test]
fn a_variable_counts_by_its_value_which_is_never_shown() {
    let project = project();
    let run = |value: &str| outcome(&project, &["measuring"], &[("REGION", value)]);
    assert_eq!(run(SECRET), "ran");
    let input = input(&project);
    assert_eq!(
        (&input["name"], &input["location"]),
        (&"variable".into(), &"env:REGION".into())
    );
    assert!(input.get("value").is_none());
    assert_eq!(run(SECRET), "reused");
    let why = reasons(&project, &["measuring"], &[("REGION", "another")]);
    assert!(
        why.contains("input region") && !why.contains("another"),
        "{why}"
    );
    assert_eq!(run("another"), "ran");
    assert_eq!(outcome(&project, &["measuring"], &[]), "ran", "the default");
    assert_eq!(run("nowhere"), "reused", "the same value");
    let below = project
        .run(&["lineage", "env:REGION", "--down"])
        .succeeded();
    assert!(below.out.contains("sources::measure"), "{}", below.out);
    let unset = "world.region=NOBODY_SETS_THIS";
    let blocked = project.run(&["measuring", "--set", unset]);
    assert_eq!(blocked.code, Some(1));
    assert!(
        blocked
            .err
            .contains("the environment variable `NOBODY_SETS_THIS` is not set"),
        "{}",
        blocked.err
    );
    let with = [("REGION", SECRET)];
    let said = [
        project.run_with(&["measuring", "--explain"], &with),
        project.run_with(&["show"], &with),
        project.run_with(&["show", "latest/measure"], &with),
        project.run_with(&["lineage"], &with),
        project.run_with(
            &["key", "diff", "latest~3/measure", "latest/measure"],
            &with,
        ),
    ];
    is_nowhere(&project, SECRET, &said);
    let events = std::fs::read_to_string(project.path(".mlops/lineage/openlineage.jsonl")).unwrap();
    assert!(
        !events.contains("env:REGION"),
        "a variable is no dataset: {events}"
    );
}

#[test]
fn the_files_of_a_pattern_count_by_name_and_content() {
    let project = project();
    let run = || outcome(&project, &["listing"], &[]);
    assert_eq!((run(), run()), ("ran".to_owned(), "reused".to_owned()));
    for (name, content) in [("days/we.txt", "3\n"), ("days/we.txt", "33\n")] {
        project.write(name, content);
        assert!(reasons(&project, &["listing"], &[]).contains("input days"));
        assert_eq!((run(), run()), ("ran".to_owned(), "reused".to_owned()));
    }
    project.write("days/notes.md", "not a day");
    assert_eq!(run(), "reused");
    let below = project
        .run(&["lineage", "days/*.txt", "--down"])
        .succeeded();
    assert!(below.out.contains("sources::list"), "{}", below.out);
    std::fs::rename(project.path("days/we.txt"), project.path("days/th.txt")).unwrap();
    assert_eq!(run(), "ran");
    std::fs::remove_file(project.path("days/th.txt")).unwrap();
    assert_eq!(run(), "reused", "as it was at the beginning");
    std::fs::rename(project.path("days"), project.path("past")).unwrap();
    let moved = outcome(
        &project,
        &["listing", "--set", "world.days=past/*.txt"],
        &[],
    );
    assert_eq!(moved, "reused", "where they lie does not count");
    let blocked = project.run(&["listing"]);
    assert_eq!(blocked.code, Some(1));
    assert!(
        blocked.err.contains("days/*.txt` matches no file"),
        "{}",
        blocked.err
    );
    let allowed = "world.days={ pattern = \"days/*.txt\", may_be_empty = true }";
    assert_eq!(
        outcome(&project, &["listing", "--set", allowed], &[]),
        "ran"
    );
}

#[test]
fn sources_are_found_wherever_they_are_nested() {
    let project = project();
    let day = ["surveying", "--as_of", "2026-10-01"];
    let run = |variables: &[(&str, &str)]| outcome(&project, &day, variables);
    let region = [("REGION", "eu")];
    assert_eq!(
        (run(&region), run(&region)),
        ("ran".to_owned(), "reused".to_owned())
    );
    let inputs = project.last_run()[1]["inputs"].clone();
    let kinds: Vec<&str> = inputs
        .as_array()
        .unwrap()
        .iter()
        .filter(|input| input["kind"] == "source")
        .map(|input| input["name"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["glob", "variable", "clock"]);
    assert_eq!(run(&[("REGION", "us")]), "ran");
    project.write("days/we.txt", "3\n");
    assert_eq!(run(&region), "ran");
    let next = ["surveying", "--as_of", "2026-10-02"];
    assert_eq!(outcome(&project, &next, &region), "ran");
}

#[test]
fn an_address_is_refused_in_production_until_it_is_pinned_or_bounded() {
    let server = Server::start();
    server.gives(
        "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n",
        "one\ntwo\n",
    );
    let project = project();
    project.write(
        "mlops.toml",
        "[project]\nname = \"world\"\n[profile.strict]\nlevel = \"experiment\"\nrequire_pinned_sources = true\n",
    );
    let address = server
        .address("/page.txt")
        .replace("http://", &format!("http://ada:{SECRET}@"));
    let run = |value: String| {
        let setting = format!("page={value}");
        project.run(&["fetching", "--profile", "strict", "--set", &setting])
    };
    let digest = blake3::hash(b"one\ntwo\n").to_hex().to_string();
    let refused = run(address.clone());
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    for words in [
        "the url `http://***@127.0.0.1",
        "neither pinned nor bounded",
        &digest,
    ] {
        assert!(
            refused.err.contains(words),
            "`{words}` is not in: {}",
            refused.err
        );
    }
    let pinned = run(format!(
        "{{ url = \"{address}\", digest = \"blake3:{digest}\" }}"
    ));
    assert_eq!(pinned.code, Some(0), "{}", pinned.err);
    let bounded = run(format!(
        "{{ url = \"{address}\", stale_after = \"100000d\" }}"
    ));
    assert_eq!(bounded.code, Some(0), "{}", bounded.err);
    let stale = run(format!("{{ url = \"{address}\", stale_after = \"1h\" }}"));
    assert_eq!(stale.code, Some(1));
    assert!(
        stale.err.contains("is stale: last changed 2026-01-01"),
        "{}",
        stale.err
    );
    let wrong = run(format!("{{ url = \"{address}\", dogest = \"x\" }}"));
    assert_eq!(wrong.code, Some(2));
    // A mistake elsewhere repeats what was typed, without the password.
    let mistyped = project.run(&["fetching", "--set", &format!("world.region.x={address}")]);
    assert_eq!(mistyped.code, Some(2));
    let said = [
        refused,
        pinned,
        bounded,
        stale,
        wrong,
        mistyped,
        project.run(&["show", "--json"]),
        project.run(&["show"]),
        project.run(&["lineage"]),
        project.run(&["audit", "log"]),
        project.run(&["runs"]),
    ];
    is_nowhere(&project, SECRET, &said);
    for place in [&address, &server.address("/page.txt")] {
        let below = project.run(&["lineage", place, "--down"]);
        // As it was given, with its password, or not at all.
        assert_eq!(
            below.out.contains("sources::fetch"),
            *place == address,
            "{below:?}"
        );
        is_nowhere(&project, SECRET, &[below]);
    }
    let events = std::fs::read_to_string(project.path(".mlops/lineage/openlineage.jsonl")).unwrap();
    let namespace = server.address("");
    assert!(
        events.contains(&format!(
            "\"namespace\":\"{namespace}\",\"name\":\"page.txt\""
        )),
        "{events}"
    );

    // Without its secret, an earlier run's address is no address; and it says so instead of asking without a password.
    let again = project.run(&["--from", "latest", "fetching"]);
    assert_ne!(again.code, Some(0));
    let reference = format!(
        "page={{ url = \"{}\", credentials = \"env:ADA\" }}",
        server.address("/page.txt")
    );
    let user = format!("ada:{SECRET}");
    let by_reference = project.run_with(&["fetching", "--set", &reference], &[("ADA", &user)]);
    assert_eq!(by_reference.code, Some(0), "{}", by_reference.err);
    is_nowhere(&project, SECRET, &[by_reference]);
}

#[test]
fn the_paranoid_read_what_others_only_look_at() {
    let server = Server::start();
    server.gives("ETag: \"1\"\r\n", "one");
    let project = project();
    let page = format!("page={}", server.address("/page.txt"));
    let run = |more: &[&str]| {
        outcome(
            &project,
            &[&["fetching", "--set", &page], more].concat(),
            &[],
        )
    };
    assert_eq!(run(&[]), "ran");
    server.gives("ETag: \"1\"\r\n", "two");
    assert_eq!(run(&[]), "reused");
    assert_eq!(reasons(&project, &["fetching", "--set", &page], &[]), "[]");
    let paranoid = ["fetching", "--set", &page, "--paranoid"];
    assert!(reasons(&project, &paranoid, &[]).contains("input page"));
    server.gives("ETag: \"1\"\r\n", "one");
    assert_eq!(run(&["--paranoid"]), "reused");
    server.gives("ETag: \"1\"\r\n", "three");
    project.write("mlops.toml", "[profile.experiment]\nparanoid = true\n");
    assert_eq!(run(&[]), "ran");
}

#[test]
fn a_change_in_the_middle_is_said_by_the_run_its_record_and_the_next_plan() {
    let project = project();
    let child = project
        .command(&["dawdling"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    loop {
        let shown = project.run(&["show", "latest", "--json"]);
        if shown.code == Some(0)
            && shown
                .json()
                .iter()
                .any(|line| line["outcome"] == "running" && line["event"] == "stage")
        {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it never began");
        std::thread::sleep(Duration::from_millis(20));
    }
    project.write("days/we.txt", "3\n");
    let ended = project.wait(child).succeeded();
    let said = "days/*.txt` changed while the stage was reading it, so its result is not reused";
    assert!(ended.err.contains(said), "{}", ended.err);
    assert!(
        project.last_stage("dawdle")["why_not_reusable"]
            .as_str()
            .unwrap()
            .contains(said)
    );
    for arguments in [
        &["show"][..],
        &["show", "latest/dawdle"],
        &["plan", "dawdling", "--explain"],
    ] {
        let shown = project.run(arguments).succeeded().out;
        // A table wraps where the terminal ends.
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(said), "{arguments:?}: {shown}");
    }
    assert_eq!(outcome(&project, &["dawdling"], &[]), "ran");
    assert_eq!(outcome(&project, &["dawdling"], &[]), "reused");
}

//! Addresses in a pipeline: what is asked of the server, what is transferred, and what is made of its answers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use mlops_core::{Arguments, BodyResult, Digest, StageContext};
use mlops_data::Url;
use mlops_pipeline::{Graph, RunResult};
use mlops_store::StageOutcome;

use crate::place::{Ears, Place, call, graph, kept, live, parameter, reads, stage, taking};

/// A server of one content, which counts what it is asked.
struct Server {
    port: u16,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    head: String,
    body: String,
    /// Whether each answer has another body than the one before.
    varies: bool,
    asked: Vec<String>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::<Mutex<Told>>::default();
        let heard = Arc::clone(&told);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head);
                let method = head.split(' ').next().unwrap_or_default().to_owned();
                let mut told = heard.lock().unwrap();
                told.asked.push(method.clone());
                if told.varies {
                    told.body.push('x');
                }
                let length = told.body.len();
                let body = if method == "HEAD" { "" } else { &told.body };
                let answer = format!("{}Content-Length: {length}\r\n\r\n{body}", told.head);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { port, told }
    }

    fn gives(&self, headers: &str, body: &str) {
        self.answers(&format!("HTTP/1.1 200 OK\r\n{headers}"), body);
    }

    fn answers(&self, head: &str, body: &str) {
        let mut told = self.told.lock().unwrap();
        (told.head, told.body) = (head.to_owned(), body.to_owned());
    }

    fn url(&self) -> Url {
        Url::new(format!("http://ada:s3cr3t@127.0.0.1:{}/a.csv", self.port))
    }

    /// The methods of the requests since this was asked last.
    fn asked(&self) -> String {
        std::mem::take(&mut self.told.lock().unwrap().asked).join(" ")
    }
}

fn read(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    live(arguments.shared::<Url>(0)?.read()?.len() as u64)
}

fn pipeline(url: Url) -> Graph {
    let read = kept(taking::<Url>("read", read));
    graph(&[&call(read, vec![parameter(url)])])
}

/// Whether the stage ran or was reused, and what the server was asked.
fn run(place: &Place, server: &Server) -> (&'static str, String) {
    let result = place.request(pipeline(server.url())).run().unwrap();
    assert!(result.succeeded(), "{:?}", result.calls);
    (result.calls[0].outcome.as_str(), server.asked())
}

fn asked(outcome: &'static str, requests: &str) -> (&'static str, String) {
    (outcome, requests.to_owned())
}

#[test]
fn with_an_entity_tag_an_unchanged_content_costs_one_look() {
    let (place, server) = (Place::new(), Server::start());
    server.gives("ETag: \"1\"\r\n", "one");
    // What was fetched to be hashed is what the stage reads: there is no second transfer.
    assert_eq!(run(&place, &server), asked("ran", "HEAD GET"));
    assert_eq!(run(&place, &server), asked("reused", "HEAD"));
    server.gives("ETag: \"2\"\r\n", "another");
    assert_eq!(run(&place, &server), asked("ran", "HEAD GET"));
    // Another tag, and the same content: nothing has to run.
    server.gives("ETag: \"3\"\r\n", "another");
    assert_eq!(run(&place, &server), asked("reused", "HEAD GET"));
    assert_eq!(run(&place, &server), asked("reused", "HEAD"));
}

#[test]
fn without_one_the_content_is_transferred_and_decides() {
    let (place, server) = (Place::new(), Server::start());
    server.gives("", "one");
    assert_eq!(run(&place, &server), asked("ran", "HEAD GET"));
    assert_eq!(run(&place, &server), asked("reused", "HEAD GET"));
    server.gives("", "two");
    assert_eq!(run(&place, &server), asked("ran", "HEAD GET"));
    // A weak tag promises what looks alike, not what is the same.
    server.gives("ETag: W/\"1\"\r\n", "two");
    assert_eq!(run(&place, &server), asked("reused", "HEAD GET"));
    assert_eq!(run(&place, &server), asked("reused", "HEAD GET"));
}

#[test]
fn a_tag_that_lies_is_seen_by_the_paranoid_only() {
    let (place, server) = (Place::new(), Server::start());
    server.gives("ETag: \"1\"\r\n", "one");
    assert_eq!(run(&place, &server), asked("ran", "HEAD GET"));
    server.gives("ETag: \"1\"\r\n", "two");
    assert_eq!(
        run(&place, &server),
        asked("reused", "HEAD"),
        "said in the book"
    );
    let mut request = place.request(pipeline(server.url()));
    request.paranoid = true;
    assert_eq!(request.run().unwrap().ran(), ["read"]);
    assert_eq!(server.asked(), "HEAD GET");
}

#[test]
fn a_content_that_is_never_the_same_is_read_as_it_was_hashed() {
    let (place, server) = (Place::new(), Server::start());
    server.gives("", "");
    server.told.lock().unwrap().varies = true;
    let first = place.request(pipeline(server.url())).run().unwrap();
    let stage = &place.store.stages(first.run.id).unwrap()[0];
    assert!(place.store.entry(stage.entry.unwrap()).unwrap().reusable);
    assert_eq!(
        run(&place, &server).0,
        "ran",
        "it is another one in each run"
    );
}

#[test]
fn a_stage_that_got_something_else_than_was_hashed_is_not_kept() {
    fn next(_: &StageContext, mut arguments: Arguments) -> BodyResult {
        let before = *arguments.shared::<u64>(0)?;
        live(before + arguments.shared::<Url>(1)?.read()?.len() as u64)
    }
    let (place, server) = (Place::new(), Server::start());
    server.gives("", "");
    server.told.lock().unwrap().varies = true;
    // Two values for one place: it is looked at once, and the second has to fetch it by itself.
    let first = call(
        kept(taking::<Url>("first", read)),
        vec![parameter(server.url())],
    );
    let mut second = stage("second", &["before"], next);
    let mut inputs = second.inputs.to_vec();
    inputs.extend(taking::<Url>("second", next).inputs);
    second.inputs = inputs.leak();
    let second = call(kept(second), vec![reads(&first), parameter(server.url())]);
    let ears = Arc::new(Ears::default());
    let mut request = place.request(graph(&[&second]));
    request.observer = Arc::clone(&ears) as _;
    let result = request.run().unwrap();
    assert!(result.succeeded());
    assert_eq!(
        ears.heard_of("warning"),
        [format!(
            "the url `http://***@127.0.0.1:{}/a.csv` changed while the stage was reading it, so its result is not reused",
            server.port
        )]
    );
    let stages = place.store.stages(result.run.id).unwrap();
    let is_kept = |index: usize| {
        let entry: i64 = stages[index].entry.unwrap();
        place.store.entry(entry).unwrap().reusable
    };
    assert!(is_kept(0) && !is_kept(1));
}

#[test]
fn an_address_that_gives_nothing_blocks_its_stage_and_says_why() {
    let (place, server) = (Place::new(), Server::start());
    let error = |url: Url| {
        let result: RunResult = place.request(pipeline(url)).run().unwrap();
        assert!(!result.succeeded());
        assert_eq!(result.calls[0].outcome, StageOutcome::Blocked);
        let error = result.calls[0].error.clone().unwrap();
        assert!(!error.contains("s3cr3t"), "{error}");
        error
    };
    server.answers("HTTP/1.1 500 Internal Server Error\r\n", "oh no");
    assert!(error(server.url()).contains("the server answered 500 Internal Server Error"));
    server.answers("HTTP/1.1 404 Not Found\r\n", "");
    assert!(error(server.url()).ends_with("/a.csv` does not exist"));
    server.gives("ETag: \"1\"\r\n", "one");
    let other = Digest::of(b"two");
    assert!(error(server.url().pinned(other)).contains("is not the pinned one"));
    let hour = SignedDuration::from_hours(1);
    assert!(error(server.url().stale_after(hour)).contains("says nothing of its age"));
    server.gives(
        "ETag: \"1\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n",
        "one",
    );
    assert!(error(server.url().stale_after(hour)).contains("is stale: last changed 2026-01-01"));
    // A port that nobody listens at.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let gone = Url::new(format!("http://ada:s3cr3t@127.0.0.1:{port}/"));
    assert!(error(gone).contains("cannot be read"));
    let pinned = server.url().pinned(Digest::of(b"one"));
    assert!(place.request(pipeline(pinned)).run().unwrap().succeeded());
}

#[test]
fn nothing_that_the_store_keeps_holds_a_password() {
    let (place, server) = (Place::new(), Server::start());
    server.gives("ETag: \"1\"\r\n", "one");
    run(&place, &server);
    let mut folders = vec![place.folder()];
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
            let holds = |text: &str| {
                bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            };
            assert!(
                !holds("s3cr3t") && !holds("YWRhOnMzY3IzdA"),
                "{}",
                path.display()
            );
        }
    }
    assert!(files > 0);
}

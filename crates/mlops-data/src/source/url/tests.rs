//! Claims about addresses. The server is one of our own, so that it can be as odd as servers are.

mod server;

use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;
use mlops_core::{Digest, Source, SourceError, SourceState, Trust, collect_sources};
use server::Server;

use crate::{DataError, Table, Url, table};

const PATH: &str = "/data/a.CSV?day=1";

fn answer(headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

fn url(server: &Server) -> Url {
    Url::new(server.address(PATH)).timeout(SignedDuration::from_secs(20))
}

fn state(server: &Server, headers: &str) -> SourceState {
    server.answers(answer(headers, "one"));
    url(server).state().unwrap()
}

#[test]
fn the_content_is_what_the_server_gives_whatever_else_it_says() {
    let server = Server::start();
    server.answers(answer("ETag: \"1\"\r\nX-Other: a\r\n", "id,n\na,1\n"));
    let url = url(&server);
    assert_eq!(url.digest().unwrap(), Digest::of(b"id,n\na,1\n"));
    assert_eq!(url.read_text().unwrap(), "id,n\na,1\n");
    assert_eq!(
        (url.form(), url.extension()),
        ("csv".to_owned(), "csv".to_owned())
    );
    assert_eq!(
        Table::read_url(&url).unwrap(),
        table! { "id" => ["a"], "n" => [1] }
    );
    server.answers(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
    );
    let url = url.clone().pinned(Digest::of(b"abc"));
    url.run_ended();
    assert_eq!(url.read().unwrap(), &b"abc"[..]);
    for requested in server.requests() {
        assert!(requested.contains(" /data/a.CSV?day=1 HTTP/1.1"));
        assert!(
            requested
                .to_lowercase()
                .contains("accept-encoding: identity")
        );
    }
}

#[test]
fn an_entity_tag_names_the_content_and_nothing_is_transferred() {
    let server = Server::start();
    let one = state(
        &server,
        "ETag: \"1\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n",
    );
    assert_eq!((one.trust, one.size), (Trust::Always, 3));
    assert_eq!(one.modified, Some("2026-01-01T00:00:00Z".parse().unwrap()));
    // Only the tag counts: a copy of the server has another time.
    let copy = state(
        &server,
        "ETag: \"1\"\r\nLast-Modified: Fri, 02 Jan 2026 00:00:00 GMT\r\n",
    );
    assert_eq!(copy.fingerprint, one.fingerprint);
    let two = state(&server, "ETag: \"2\"\r\n");
    assert_ne!(two.fingerprint, one.fingerprint);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.starts_with("HEAD "))
    );
}

#[test]
fn a_time_of_change_is_evidence_only_some_time_later_and_by_the_servers_own_clock() {
    let server = Server::start();
    let trust = |date: &str| {
        let headers = format!("Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n{date}");
        state(&server, &headers).trust
    };
    let now = mlops_core::Clock::now(&mlops_core::SystemClock);
    // The server's clock is wrong by months; that an hour went by there is what counts.
    let hour_later = trust("Date: Thu, 01 Jan 2026 01:00:00 GMT\r\n");
    assert!(hour_later.is_settled(now));
    let Trust::Since(changed) = hour_later else {
        panic!("{hour_later:?}");
    };
    assert!((now.duration_since(changed).as_secs() - 3600).abs() < 60);
    assert!(!trust("Date: Thu, 01 Jan 2026 00:00:01 GMT\r\n").is_settled(now));
    // A weak tag alone, or a time without the time of the answer, proves nothing; nor does silence.
    assert_eq!(trust(""), Trust::Never);
    assert_eq!(state(&server, "ETag: W/\"1\"\r\n").trust, Trust::Never);
    assert_eq!(state(&server, "").trust, Trust::Never);
}

#[test]
fn a_server_that_answers_get_alone_is_asked_for_the_content() {
    let server = Server::start();
    server.answers_to(
        "HEAD",
        "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n",
    );
    server.answers_to("GET", answer("", "one"));
    let url = url(&server);
    assert_eq!(url.state().unwrap().trust, Trust::Never);
    assert_eq!(url.digest().unwrap(), Digest::of(b"one"));
}

#[test]
fn content_and_state_come_from_one_answer() {
    let server = Server::start();
    // Replicas that are not of one mind: the head is of another content than the body.
    server.answers_to(
        "HEAD",
        "HTTP/1.1 200 OK\r\nETag: \"old\"\r\nContent-Length: 3\r\n\r\n",
    );
    server.answers_to("GET", answer("ETag: \"new\"\r\n", "two"));
    let url = url(&server);
    assert_eq!(url.state().unwrap().fingerprint, "etag \"old\"");
    let (digest, state) = url.content(&mut |part| part.digest()).unwrap();
    assert_eq!(
        (digest, state.unwrap().fingerprint),
        (Digest::of(b"two"), "etag \"new\"".to_owned())
    );
}

#[test]
fn what_is_no_content_is_an_error_that_says_what_came_instead() {
    let server = Server::start();
    let said = |answer: &str| {
        server.answers(answer);
        url(&server).digest().unwrap_err()
    };
    for status in ["404 Not Found", "410 Gone"] {
        let error = said(&format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
        assert!(
            matches!(error, SourceError::Missing { kind: "url", .. }),
            "{error}"
        );
    }
    for (answer, words) in [
        (
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy",
            "answered 503 Service Unavailable",
        ),
        (
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
            "answered 401",
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", "answered 204"),
        (
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n\r\none",
            "answered 206",
        ),
        ("HTTP/1.1 304 Not Modified\r\n\r\n", "answered 304"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            "ended after 4 of 9 bytes",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
            "ended after",
        ),
        ("220 smtp.example.org ready\r\n", "does not speak HTTP"),
        (
            "HTTP/1.1 302 Found\r\nLocation: /data/a.CSV?day=1\r\nContent-Length: 0\r\n\r\n",
            "redirects again and again",
        ),
    ] {
        let error = said(answer).to_string();
        assert!(error.contains(words), "{words} is not in: {error}");
        assert!(error.starts_with(&format!(
            "the url `{}` cannot be read",
            server.address(PATH)
        )));
    }
}

#[test]
fn a_redirect_is_followed_and_credentials_stay_behind() {
    let (server, other) = (Server::start(), Server::start());
    let there = other.address("/b.csv");
    server.answers(format!(
        "HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
    ));
    other.answers(answer("ETag: \"1\"\r\n", "there"));
    let address = server.address(PATH).replace("http://", "http://ada:pw%40@");
    let url = Url::new(address);
    assert_eq!(url.state().unwrap().fingerprint, "etag \"1\"");
    assert_eq!(url.read_text().unwrap(), "there");
    let sent = |server: &Server| server.requests().concat().to_lowercase();
    // ada:pw@
    assert!(sent(&server).contains("authorization: basic ywrhonb3qa=="));
    assert!(!sent(&other).contains("authorization"));
}

#[test]
fn a_server_that_is_silent_is_given_up() {
    let server = Server::start();
    let begun = Instant::now();
    let patient = SignedDuration::from_millis(300);
    // Nothing at all, and the beginning of an answer.
    for beginning in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"] {
        server.answers_and_waits(beginning);
        let url = Url::new(server.address(PATH)).timeout(patient);
        let error = url.digest().unwrap_err().to_string();
        assert!(error.contains("silent for too long"), "{error}");
    }
    server.answers_and_waits("");
    let url = Url::new(server.address(PATH)).timeout(patient);
    assert!(
        url.state()
            .unwrap_err()
            .to_string()
            .contains("silent for too long")
    );
    assert!(begun.elapsed().as_secs() < 20);
    // One that is slow, but not silent, is waited for.
    server.answers_slowly(
        &answer("", "slow but sure"),
        std::time::Duration::from_millis(150),
    );
    let url = Url::new(server.address(PATH)).timeout(SignedDuration::from_millis(1200));
    assert_eq!(url.read_text().unwrap(), "slow but sure");
}

#[test]
fn what_was_hashed_is_what_is_read_until_the_run_ends() {
    let server = Server::start();
    server.answers(answer("", "one"));
    let url = url(&server);
    let (_, sources) = collect_sources(|| serde_json::to_string(&url).unwrap());
    let digest = sources[0].digest().unwrap();
    server.answers(answer("", "two"));
    assert_eq!(url.read_text().unwrap(), "one");
    assert_eq!(sources[0].readings().unwrap(), [digest]);
    sources[0].run_ended();
    assert_eq!(url.read_text().unwrap(), "two");
    assert_eq!(sources[0].readings().unwrap(), [digest, Digest::of(b"two")]);
    let pinned = url.pinned(digest);
    let error = pinned.read().unwrap_err();
    assert!(
        matches!(error, DataError::Source(SourceError::NotPinned { .. })),
        "{error}"
    );
}

#[test]
fn secrets_are_sent_and_stand_nowhere_else() {
    let server = Server::start();
    server.answers(answer("ETag: \"1\"\r\n", "one"));
    let address = server
        .address("/a.csv?token=t0ps3cret&day=1")
        .replace("http://", "http://ada:s3cr3t@");
    let url = Url::new(&address);
    let written = serde_json::to_string(&url).unwrap();
    assert!(written.contains("://***@127.0.0.1") && written.contains("token=***&day=1"));
    let mut texts = vec![written.clone(), format!("{url:?}"), url.location()];
    server.answers("HTTP/1.1 500 Oh no\r\nContent-Length: 0\r\n\r\n");
    texts.push(url.digest().unwrap_err().to_string());
    texts.push(format!("{:?}", url.digest().unwrap_err()));
    for text in texts {
        assert!(
            !text.contains("s3cr3t") && !text.contains("t0ps3cret"),
            "{text}"
        );
    }
    // Through a configuration and back, in this process, it is whole.
    server.answers(answer("ETag: \"1\"\r\n", "one"));
    let back: Url = serde_json::from_str(&written).unwrap();
    assert_eq!(back, url);
    assert_eq!(back.read_text().unwrap(), "one");
    let sent = server.requests().last().unwrap().clone();
    assert!(
        sent.starts_with("GET /a.csv?token=t0ps3cret&day=1 "),
        "{sent}"
    );
    assert!(
        sent.to_lowercase()
            .contains("authorization: basic ywrhonmzy3izda==")
    );
    // Another secret at the same place may give something else.
    let other = Url::new(address.replace("s3cr3t", "0th3r"));
    assert_ne!(other.location(), url.location());
    assert_ne!(other, url);
    assert!(!other.location().contains("0th3r"));
}

#[test]
fn secrets_by_reference_are_read_when_they_are_needed() {
    let server = Server::start();
    server.answers(answer("", "one"));
    let sent = |url: &Url| {
        url.digest().unwrap();
        server.requests().last().unwrap().to_lowercase()
    };
    // Cargo sets it.
    let reference = "env:CARGO_PKG_NAME".parse().unwrap();
    assert!(sent(&url(&server).token(reference)).contains("authorization: bearer mlops-data\r\n"));
    let reference = "env:CARGO_PKG_NAME".parse().unwrap();
    let basic = url(&server).credentials(reference);
    assert!(sent(&basic).contains("authorization: basic bwxvchmtzgf0yq=="));
    let unset = url(&server).token("env:MLOPS_TEST_NOBODY_SETS_THIS".parse().unwrap());
    assert!(
        unset
            .digest()
            .unwrap_err()
            .to_string()
            .contains("MLOPS_TEST_NOBODY_SETS_THIS")
    );
}

#[test]
fn a_url_is_a_text_until_there_is_more_to_say() {
    let plain = Url::new("https://example.org/a.csv");
    assert_eq!(
        serde_json::to_string(&plain).unwrap(),
        "\"https://example.org/a.csv\""
    );
    let digest = Digest::of(b"x");
    let full = plain
        .clone()
        .pinned(digest)
        .stale_after(SignedDuration::from_hours(36))
        .timeout(SignedDuration::from_mins(2))
        .credentials("env:A".parse().unwrap())
        .token("file:b".parse().unwrap());
    assert_eq!(
        serde_json::to_string(&full).unwrap(),
        format!(
            "{{\"url\":\"https://example.org/a.csv\",\"digest\":\"{digest}\",\"stale_after\":\"36h\",\"timeout\":\"2m\",\"credentials\":\"env:A\",\"token\":\"file:b\"}}"
        )
    );
    for url in [plain, full] {
        let json = serde_json::to_string(&url).unwrap();
        assert_eq!(serde_json::from_str::<Url>(&json).unwrap(), url);
        let bytes = rmp_serde::to_vec_named(&url).unwrap();
        assert_eq!(rmp_serde::from_slice::<Url>(&bytes).unwrap(), url);
    }
    let error = |json: &str| serde_json::from_str::<Url>(json).unwrap_err().to_string();
    for (json, start) in [
        (
            r#""ftp://a/b""#,
            "`ftp://a/b` cannot be used: it begins with neither http:// nor https://",
        ),
        (r#""a.csv""#, "`a.csv` cannot be used"),
        (r#""https://""#, "`https://` cannot be used: it"),
        (
            r#""https://u:p/w@a b""#,
            "`https://***@a b` cannot be used: it is not an address",
        ),
        (
            r#"{"url":"https://a","token":"s3cr3t"}"#,
            "a secret must be a reference",
        ),
        (
            r#"{"url":"https://a","timeout":"-1s"}"#,
            "`-1s` is no duration",
        ),
        (r#"{"url":"https://a","tokne":"x"}"#, "a url has no `tokne`"),
    ] {
        assert!(error(json).starts_with(start), "{}", error(json));
        assert!(!error(json).contains("p/w"));
    }
    let unset = Url::default();
    assert!(matches!(
        unset.read(),
        Err(DataError::NoPath { kind: "url" })
    ));
    assert!(
        unset
            .state()
            .unwrap_err()
            .to_string()
            .contains("no address was given")
    );
    // What another process hid.
    let hidden: Url = serde_json::from_str("\"https://***@gone.example/a\"").unwrap();
    assert!(
        hidden
            .state()
            .unwrap_err()
            .to_string()
            .contains("its credentials were hidden")
    );
    let sources: Arc<dyn Source> = Arc::new(hidden);
    assert!(sources.grows_old());
}

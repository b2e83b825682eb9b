//! Requests: a look at the head of an answer, and the whole of it.

use std::io::{self, Read};
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use mlops_core::{Clock, Digest, Secret, SourceState, SystemClock, Trust};
use ureq::config::RedirectAuthHeaders;
use ureq::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use ureq::{Agent, Body, RequestBuilder};

use super::address::Target;

/// How much is read at once: the hasher is fast only when it is fed much.
const CHUNK: usize = 1 << 18;

/// Made once, because the certificates that it trusts take time to load.
static AGENT: LazyLock<Agent> = LazyLock::new(|| {
    Agent::config_builder()
        .http_status_as_error(false)
        // A connection that was idle may be gone by the time it is needed, and a handshake more is cheap beside that.
        .max_idle_connections(0)
        // Credentials are for the address that they were given with, and for nobody else on the same host either.
        .redirect_auth_headers(RedirectAuthHeaders::Never)
        .user_agent(concat!("mlops/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
});

/// A request to be made.
pub(super) struct Transfer<'a> {
    pub(super) target: Target,
    pub(super) silence: Duration,
    pub(super) credentials: Option<&'a Secret>,
    pub(super) token: Option<&'a Secret>,
}

/// A whole answer.
pub(super) struct Fetched {
    pub(super) digest: Digest,
    /// All of it, unless it is longer than what was to be kept.
    pub(super) bytes: Option<Vec<u8>>,
    /// What the same answer says of its content.
    pub(super) state: SourceState,
}

/// Why there is no content.
pub(super) enum Failure {
    Missing,
    Unreadable(io::Error),
}

impl Transfer<'_> {
    /// What the server says of the content without sending it.
    pub(super) fn look(&self) -> Result<SourceState, Failure> {
        let request = self.prepare(AGENT.head(&self.target.uri))?;
        match request.call() {
            Ok(answer) if answer.status().is_success() => Ok(state_of(answer.headers())),
            // Many servers answer GET alone; so it is GET that decides.
            Ok(_) | Err(ureq::Error::Protocol(_)) => Ok(state_of(&HeaderMap::new())),
            Err(error) => Err(Failure::Unreadable(said(error))),
        }
    }

    /// The content. Its bytes are kept up to a number of them.
    pub(super) fn fetch(&self, most_kept: usize) -> Result<Fetched, Failure> {
        let request = self.prepare(AGENT.get(&self.target.uri))?;
        let answer = request
            .call()
            .map_err(|error| Failure::Unreadable(said(error)))?;
        is_content(&answer)?;
        let state = state_of(answer.headers());
        let (digest, bytes) = read(answer, most_kept).map_err(Failure::Unreadable)?;
        Ok(Fetched {
            digest,
            bytes,
            state,
        })
    }

    fn prepare<B>(&self, request: RequestBuilder<B>) -> Result<RequestBuilder<B>, Failure> {
        let silence = Some(self.silence);
        let mut request = request
            .config()
            .timeout_resolve(silence)
            .timeout_connect(silence)
            .timeout_send_request(silence)
            .timeout_recv_response(silence)
            // Each read, and not the whole: a long answer that keeps coming is no failure.
            .timeout_per_read(silence)
            // Who asks for a protected answer does not mean an open one.
            .https_only(self.target.is_secure)
            .build()
            .header(header::ACCEPT_ENCODING, "identity");
        if let Some(authorization) = self.authorization()? {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        Ok(request)
    }

    fn authorization(&self) -> Result<Option<HeaderValue>, Failure> {
        let text = match (self.token, self.credentials, &self.target.user) {
            (Some(token), _, _) => format!("Bearer {}", resolve(token)?),
            (None, Some(credentials), _) => basic(resolve(credentials)?.as_bytes()),
            (None, None, Some(user)) => basic(&decoded(user)),
            (None, None, None) => return Ok(None),
        };
        let unfit = || io::Error::other("its credentials hold letters that no request can carry");
        let mut value = HeaderValue::from_str(&text).map_err(|_| Failure::Unreadable(unfit()))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

/// The answer is the content that was asked for, and nothing else, such as a page that says what went wrong.
fn is_content(answer: &Response<Body>) -> Result<(), Failure> {
    match answer.status() {
        StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(Failure::Missing),
        status => Err(Failure::Unreadable(io::Error::other(format!(
            "the server answered {status}"
        )))),
    }
}

fn read(answer: Response<Body>, most_kept: usize) -> io::Result<(Digest, Option<Vec<u8>>)> {
    let promised = number(answer.headers(), header::CONTENT_LENGTH.as_str());
    let mut hasher = blake3::Hasher::new();
    let mut kept = Some(Vec::new());
    let mut reader = answer.into_body().into_reader();
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = match reader.read(&mut chunk) {
            Ok(0) => return Ok((hasher.finalize().into(), kept)),
            Ok(length) => length,
            Err(error) => return Err(cut_short(error, hasher.count(), promised)),
        };
        let bytes = &chunk[..length];
        hasher.update(bytes);
        kept = kept.filter(|kept: &Vec<u8>| kept.len() + length <= most_kept);
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(bytes);
        }
    }
}

fn cut_short(error: io::Error, read: u64, promised: Option<u64>) -> io::Error {
    if error.kind() != io::ErrorKind::UnexpectedEof {
        return said(error.into());
    }
    let promised = promised.map_or_else(String::new, |length| format!(" of {length}"));
    let text = format!("the answer ended after {read}{promised} bytes");
    io::Error::new(io::ErrorKind::UnexpectedEof, text)
}

/// The cheap state. A strong entity tag names the content (RFC 9110, section 8.8.3). A time of change counts in seconds, on
/// the server's clock, so its distance from the time of the answer is what counts; a weak tag alone proves nothing.
fn state_of(headers: &HeaderMap) -> SourceState {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let time = |name| {
        let parser = DateTimeParser::new();
        parser.parse_timestamp(text(name)?).ok()
    };
    let size = number(headers, header::CONTENT_LENGTH.as_str());
    let modified: Option<Timestamp> = time(header::LAST_MODIFIED);
    let tag = text(header::ETAG).unwrap_or_default();
    let (fingerprint, trust) = if tag.starts_with('"') {
        (format!("etag {tag}"), Trust::Always)
    } else if let (Some(modified), Some(date)) = (modified, time(header::DATE)) {
        let changed = SystemClock.now() - date.duration_since(modified);
        let length = size.map_or_else(String::new, |size| size.to_string());
        (
            format!("modified {modified} length {length} etag {tag}"),
            Trust::Since(changed),
        )
    } else {
        ("nothing is said of it".to_owned(), Trust::Never)
    };
    SourceState {
        fingerprint,
        size: size.unwrap_or_default(),
        modified,
        trust,
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The cause in words that hold no address: one that was redirected to may carry a secret.
fn said(error: ureq::Error) -> io::Error {
    use ureq::Error as Cause;
    match error {
        Cause::Io(error) => error,
        Cause::Timeout(_) => io::Error::new(
            io::ErrorKind::TimedOut,
            "the server was silent for too long; a slower one needs a longer `timeout`",
        ),
        Cause::HostNotFound => io::Error::other("its host is not known"),
        Cause::TooManyRedirects => io::Error::other("it redirects again and again"),
        Cause::RequireHttpsOnly(_) => io::Error::other("it redirects from https to http"),
        Cause::Protocol(error) => {
            io::Error::other(format!("the server does not speak HTTP: {error}"))
        }
        Cause::Tls(error) => io::Error::other(error),
        Cause::Rustls(error) => io::Error::other(error),
        Cause::LargeResponseHeader(..) => io::Error::other("the head of the answer is too long"),
        Cause::ConnectionFailed | Cause::ConnectProxyFailed(_) | Cause::InvalidProxyUrl => {
            io::Error::other("no connection could be made")
        }
        _ => io::Error::other("the request failed"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "credentials are read here, when they are needed, and nowhere else"
)]
fn resolve(secret: &Secret) -> Result<String, Failure> {
    let value = secret.resolve(
        |name| std::env::var(name).ok(),
        |path| std::fs::read_to_string(path),
    );
    match value {
        Ok(value) => Ok(value.expose().to_owned()),
        Err(error) => Err(Failure::Unreadable(io::Error::other(error))),
    }
}

fn basic(user_and_password: &[u8]) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(user_and_password))
}

/// `%40` and the like as what they stand for.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.first_chunk::<2>().filter(|_| *first == b'%');
        let code = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

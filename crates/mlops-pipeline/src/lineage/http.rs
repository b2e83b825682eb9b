//! The collector: one POST for each event, in order, and what its answer means.

use std::time::Duration;

use mlops_core::SecretValue;
use ureq::http::{HeaderValue, Uri, header};

use super::error::LineageError;
use super::line_file::LineFile;
use super::transport::{Sent, Transport};

/// Where the OpenLineage API takes events.
const PATH: &str = "/api/v1/lineage";
const CONNECT: Duration = Duration::from_secs(2);
const WHOLE_CALL: Duration = Duration::from_secs(5);
/// How much of an answer is kept.
const LONGEST_ANSWER: u64 = 4096;

/// Posts events to a collector.
pub(super) struct Http {
    agent: ureq::Agent,
    url: Uri,
    /// Scheme, host and path: what may be shown.
    shown: String,
    authorization: Option<HeaderValue>,
    /// To take it out of answers that repeat it.
    api_key: Option<SecretValue>,
    rejected: LineFile,
}

/// What a collector's answer means for the event.
enum Answer {
    Taken,
    /// This event will never be taken.
    Never(u16, String),
    /// Not now: the collector is down, busy, or not set up for us.
    Later(String),
}

impl Http {
    /// # Errors
    /// The address or the key cannot be used.
    pub(super) fn new(
        url: &str,
        api_key: Option<SecretValue>,
        rejected: LineFile,
    ) -> Result<Self, LineageError> {
        let url = endpoint(url)?;
        let authorization = api_key
            .as_ref()
            .map(|key| {
                let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
                    .map_err(|_| LineageError::ApiKey)?;
                value.set_sensitive(true);
                Ok(value)
            })
            .transpose()?;
        let agent = ureq::Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE_CALL))
            .http_status_as_error(false)
            // A redirect is a setting to correct, and the key must not follow it to another host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("mlops/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let shown = format!(
            "{}://{}{}",
            url.scheme_str().unwrap_or_default(),
            url.authority().map_or("", |authority| authority.as_str()),
            url.path()
        );
        Ok(Self {
            agent,
            url,
            shown,
            authorization,
            api_key,
            rejected,
        })
    }

    fn post(&self, event: &str) -> Answer {
        let mut request = self
            .agent
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization.clone());
        }
        let mut response = match request.send(event) {
            Ok(response) => response,
            Err(error) => return Answer::Later(format!("{}: {error}", self.shown)),
        };
        let status = response.status();
        // Read to its end, or the connection cannot be used again.
        let text = response
            .body_mut()
            .with_config()
            .limit(LONGEST_ANSWER)
            .lossy_utf8(true)
            .read_to_string()
            .unwrap_or_default();
        match status.as_u16() {
            200..=299 => Answer::Taken,
            // These judge the event. Other answers of the 400s judge us (a wrong key, a wrong path): once that is put
            // right, the event is taken, so it must not be lost.
            code @ (400 | 409 | 413 | 422) => Answer::Never(code, self.without_key(text)),
            code => Answer::Later(format!("{} answered {code}", self.shown)),
        }
    }

    fn without_key(&self, text: String) -> String {
        match &self.api_key {
            Some(key) => text.replace(key.expose(), "***"),
            None => text,
        }
    }
}

impl Transport for Http {
    const NAME: &'static str = "http";
    /// Few, because the cursor moves after so many: what a kill makes to be sent twice.
    const BATCH: usize = 16;
    /// At once: a collector shows what is going on.
    const GATHER: Duration = Duration::ZERO;
    /// A collector that is down must not keep a run from ending.
    const INSISTS: bool = false;

    fn send(&mut self, events: &[String], go_on: &dyn Fn() -> bool) -> Sent {
        let mut sent = Sent::default();
        for event in events {
            if !go_on() {
                break;
            }
            match self.post(event) {
                Answer::Taken => sent.taken += 1,
                Answer::Never(status, answer) => {
                    // The event is put in whole, not parsed and printed again: it is what was refused.
                    let answer = serde_json::Value::String(answer);
                    let line =
                        format!("{{\"status\":{status},\"answer\":{answer},\"event\":{event}}}\n");
                    if let Err(error) = self.rejected.append(&line) {
                        sent.failure =
                            Some(format!("a refused event could not be set aside: {error}"));
                        break;
                    }
                    sent.taken += 1;
                    sent.rejected += 1;
                }
                Answer::Later(reason) => {
                    sent.failure = Some(reason);
                    break;
                }
            }
        }
        sent
    }
}

/// The whole address; the standard path where none was given.
fn endpoint(url: &str) -> Result<Uri, LineageError> {
    let refused = |reason| LineageError::Url { reason };
    let uri: Uri = url
        .trim()
        .parse()
        .map_err(|_| refused("it is not an address"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(refused("it begins with neither http:// nor https://"));
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            return Err(refused(
                "it holds a user or a password, which belong in `lineage.api_key`",
            ));
        }
        Some(authority) if !authority.host().is_empty() => {}
        _ => return Err(refused("it names no host")),
    }
    if !matches!(uri.path(), "" | "/") {
        return Ok(uri);
    }
    let mut parts = uri.into_parts();
    let query = parts
        .path_and_query
        .as_ref()
        .and_then(|path| path.query())
        .map_or_else(String::new, |query| format!("?{query}"));
    parts.path_and_query = format!("{PATH}{query}").parse().ok();
    Uri::from_parts(parts).map_err(|_| refused("it is not an address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_gets_the_standard_path() {
        for (url, whole) in [
            (
                "http://localhost:5000",
                "http://localhost:5000/api/v1/lineage",
            ),
            ("https://a.example/", "https://a.example/api/v1/lineage"),
            (
                "https://a.example?x=1",
                "https://a.example/api/v1/lineage?x=1",
            ),
            ("https://a.example/events/", "https://a.example/events/"),
        ] {
            assert_eq!(endpoint(url).unwrap().to_string(), whole);
        }
    }

    #[test]
    fn a_wrong_address_is_refused_and_not_repeated() {
        for url in [
            "",
            "localhost",
            "ftp://a",
            "https://me:s3cret@a.example",
            "http://",
        ] {
            let error = endpoint(url).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}

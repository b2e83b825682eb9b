//! What an address on the web gives, as a typed source.

mod address;
#[cfg(test)]
mod tests;
mod transfer;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::SignedDuration;
use mlops_core::{Digest, Secret, Source, SourceError, SourceState, note_source};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::address::Address;
use self::transfer::{Failure, Fetched, Transfer};
use super::form::{Beside, Shape, bounds};
use crate::DataError;

const KIND: &str = "url";
const SHAPE: Shape = Shape {
    named: "a url",
    text: "an address such as `https://example.org/a.csv`",
    keys: &[
        "url",
        "digest",
        "stale_after",
        "timeout",
        "credentials",
        "token",
    ],
};

/// How long a server may be silent, where nothing else is said.
const SILENCE: SignedDuration = SignedDuration::from_secs(30);
/// What was fetched to be hashed is held up to this size until the run ends, so that the stage need not fetch it again.
const MOST_HELD: usize = 32 << 20;

/// What an address gives (`http` or `https`): in the key by its content and the extension of its path, not by where it lies.
///
/// Whether it has changed is asked first: the server's entity tag, or its time of change, tells without a transfer. Where
/// the server says neither, or what it says proves nothing, the content is fetched and hashed in each run.
///
/// User, password and the values of query parameters such as `token` or `X-Amz-Signature` are never shown or recorded; a
/// secret in the path cannot be told from a path. Better than in the address is a reference to where they are, with
/// [`credentials`](Self::credentials) or [`token`](Self::token).
///
/// In a configuration it is the address, or a map: `{ url = "https://…", digest = "blake3:…", stale_after = "7d", timeout =
/// "2m", credentials = "env:USER_AND_PASSWORD", token = "env:API_TOKEN" }`.
///
/// ```
/// use mlops_data::Url;
/// let prices = Url::new("https://ada:s3cret@example.org/prices.csv?token=abc");
/// assert_eq!(format!("{prices:?}"), r#"Url("https://***@example.org/prices.csv?token=***")"#);
/// assert_eq!(prices.extension(), "csv");
/// ```
#[derive(Clone, Default)]
pub struct Url {
    address: Address,
    digest: Option<Digest>,
    stale_after: Option<SignedDuration>,
    timeout: Option<SignedDuration>,
    credentials: Option<Secret>,
    token: Option<Secret>,
    /// Shared by all clones, because the stage gets one and the engine another.
    seen: Arc<Mutex<Seen>>,
}

/// What came through it.
#[derive(Default)]
struct Seen {
    /// What was fetched to be hashed in the present run.
    held: Option<(Digest, Bytes)>,
    /// What readers got.
    readings: Vec<Digest>,
}

impl Url {
    /// This address. Nothing is looked at yet.
    pub fn new(address: impl AsRef<str>) -> Self {
        Self {
            address: Address::new(address.as_ref()),
            ..Self::default()
        }
    }

    /// The same address, which must give this content whenever it is used.
    #[must_use]
    pub fn pinned(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// The same address, which may not be used once its content is older than this, by the server's `Last-Modified`. A server
    /// that does not say it is then an error.
    #[must_use]
    pub fn stale_after(mut self, age: SignedDuration) -> Self {
        self.stale_after = Some(age);
        self
    }

    /// How long the server may be silent; 30 seconds where nothing is said.
    #[must_use]
    pub fn timeout(mut self, silence: SignedDuration) -> Self {
        self.timeout = Some(silence);
        self
    }

    /// Where user and password are, written as `user:password`, for basic authentication.
    #[must_use]
    pub fn credentials(mut self, secret: Secret) -> Self {
        self.credentials = Some(secret);
        self
    }

    /// Where a token is, which is sent as `Authorization: Bearer`.
    #[must_use]
    pub fn token(mut self, secret: Secret) -> Self {
        self.token = Some(secret);
        self
    }

    /// The extension of the address's path in lower case, empty if there is none.
    pub fn extension(&self) -> String {
        self.address.extension()
    }

    /// Fetches the whole content. In a run it is what was looked at, unless it has changed since; then the result of the stage
    /// is not kept for reuse.
    ///
    /// # Errors
    /// No address was given, the server does not give the content, or it is not the pinned one.
    pub fn read(&self) -> Result<Bytes, DataError> {
        if self.address.is_empty() {
            return Err(DataError::NoPath { kind: KIND });
        }
        let held = self.seen().held.clone();
        let (digest, bytes) = match held {
            Some(held) => held,
            None => {
                let Fetched { digest, bytes, .. } = self.fetch(usize::MAX)?;
                (digest, bytes.unwrap_or_default().into())
            }
        };
        self.seen().readings.push(digest);
        match self.digest {
            Some(expected) if expected != digest => Err(SourceError::NotPinned {
                kind: KIND,
                location: self.location(),
                expected,
                found: digest,
            }
            .into()),
            _ => Ok(bytes),
        }
    }

    /// Fetches the whole content as text.
    ///
    /// # Errors
    /// As [`read`](Self::read), or it is not UTF-8.
    pub fn read_text(&self) -> Result<String, DataError> {
        String::from_utf8(self.read()?.into()).map_err(|error| DataError::NotText {
            kind: KIND,
            location: self.location(),
            position: error.utf8_error().valid_up_to(),
        })
    }

    fn fetch(&self, most_kept: usize) -> Result<Fetched, SourceError> {
        let fetched = self.transfer()?.fetch(most_kept);
        fetched.map_err(|failure| self.failed(failure))
    }

    fn transfer(&self) -> Result<Transfer<'_>, SourceError> {
        if self.address.is_empty() {
            return Err(self.unusable("no address was given"));
        }
        let target = self.address.target();
        Ok(Transfer {
            target: target.map_err(|problem| self.unusable(problem))?,
            silence: Duration::try_from(self.timeout.unwrap_or(SILENCE)).unwrap_or_default(),
            credentials: self.credentials.as_ref(),
            token: self.token.as_ref(),
        })
    }

    fn failed(&self, failure: Failure) -> SourceError {
        let (kind, location) = (KIND, self.location());
        match failure {
            Failure::Missing => SourceError::Missing { kind, location },
            Failure::Unreadable(cause) => SourceError::Unreadable {
                kind,
                location,
                cause,
            },
        }
    }

    fn unusable(&self, problem: &'static str) -> SourceError {
        let cause = std::io::Error::new(std::io::ErrorKind::InvalidInput, problem);
        self.failed(Failure::Unreadable(cause))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What makes it this one, besides what came through it.
    fn said(&self) -> impl PartialEq + Hash + '_ {
        (
            &self.address,
            self.digest,
            self.stale_after,
            self.timeout,
            self.credentials.as_ref().map(Secret::to_string),
            self.token.as_ref().map(Secret::to_string),
        )
    }
}

impl Source for Url {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn location(&self) -> String {
        self.address.shown().to_owned()
    }

    fn form(&self) -> String {
        self.extension()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        let state = self.transfer()?.look();
        state.map_err(|failure| self.failed(failure))
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        Ok(self.content(&mut |part| part.digest())?.0)
    }

    fn content(
        &self,
        _digest_of: &mut dyn FnMut(&dyn Source) -> Result<Digest, SourceError>,
    ) -> Result<(Digest, Option<SourceState>), SourceError> {
        let fetched = self.fetch(MOST_HELD)?;
        let bytes = fetched.bytes.map(Bytes::from);
        self.seen().held = bytes.map(|bytes| (fetched.digest, bytes));
        Ok((fetched.digest, Some(fetched.state)))
    }

    fn pinned(&self) -> Option<Digest> {
        self.digest
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        self.stale_after
    }

    fn run_ended(&self) {
        self.seen().held = None;
    }

    fn readings(&self) -> Option<Vec<Digest>> {
        Some(self.seen().readings.clone())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Url").field(&self.address).finish()
    }
}

impl PartialEq for Url {
    fn eq(&self, other: &Self) -> bool {
        self.said() == other.said()
    }
}

impl Eq for Url {}

impl Hash for Url {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.said().hash(state);
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        note_source(Arc::new(self.clone()));
        let secret = |secret: &Option<Secret>| secret.as_ref().map(Secret::to_string);
        let (credentials, token) = (secret(&self.credentials), secret(&self.token));
        let mut beside = bounds(self.digest, self.stale_after);
        beside.extend(
            self.timeout
                .map(|timeout| ("timeout", Beside::Duration(timeout))),
        );
        for (key, reference) in [("credentials", &credentials), ("token", &token)] {
            beside.extend(reference.as_deref().map(|text| (key, Beside::Text(text))));
        }
        SHAPE.write(serializer, self.address.shown(), &beside)
    }
}

impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = SHAPE.read(deserializer)?;
        let address = written
            .place
            .take()
            .ok_or_else(|| D::Error::missing_field("url"))?;
        let secret = |text: Option<String>| {
            let reference = text.map(|text| text.parse::<Secret>());
            reference.transpose().map_err(D::Error::custom)
        };
        let url = Self {
            digest: written.digest,
            stale_after: written.stale_after,
            timeout: written.duration("timeout")?,
            credentials: secret(written.text("credentials")?)?,
            token: secret(written.text("token")?)?,
            ..Self::new(&address)
        };
        if !url.address.is_empty()
            && let Err(problem) = url.address.target()
            && !url.address.is_hidden()
        {
            let shown = url.address.shown();
            return Err(D::Error::custom(format!(
                "`{shown}` cannot be used: {problem}"
            )));
        }
        Ok(url)
    }
}

impl std::str::FromStr for Url {
    type Err = std::convert::Infallible;

    fn from_str(address: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(address))
    }
}

impl From<&str> for Url {
    fn from(address: &str) -> Self {
        Self::new(address)
    }
}

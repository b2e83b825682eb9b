//! An environment variable as a typed source.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use jiff::SignedDuration;
use mlops_core::{Digest, Source, SourceError, SourceState, Trust, note_source};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::form::{Beside, Shape};
use crate::DataError;

const KIND: &str = "variable";
const SHAPE: Shape = Shape {
    named: "an environment variable",
    text: "the name of an environment variable",
    keys: &["name", "default"],
};

/// An environment variable that a stage reads: in the key by the digest of its value, which is never shown or recorded.
///
/// A variable that is not set is an error, unless there is a [`default`](Self::or). An empty value is a value.
///
/// In a configuration it is the name, or a map: `{ name = "REGION", default = "eu" }`.
///
/// A variable that every stage of a profile rests on, such as `OMP_NUM_THREADS`, is better declared there, as
/// `environment = ["OMP_NUM_THREADS"]`.
///
/// ```
/// use mlops_data::EnvVar;
/// assert_eq!(EnvVar::new("REGION_OF_NOBODY").or("eu").value()?, "eu");
/// assert!(EnvVar::new("REGION_OF_NOBODY").value().is_err());
/// # Ok::<(), mlops_data::DataError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct EnvVar {
    name: String,
    default: Option<String>,
}

impl EnvVar {
    /// The variable of this name. Nothing is looked at yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            default: None,
        }
    }

    /// The same variable, with a value for where it is not set. A default is no secret: it is recorded with the configuration.
    #[must_use]
    pub fn or(mut self, default: impl Into<String>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, or the default.
    ///
    /// # Errors
    /// It is not set and there is no default, it is not UTF-8, or no name was given.
    pub fn value(&self) -> Result<String, DataError> {
        Ok(self.text()?)
    }

    fn text(&self) -> Result<String, SourceError> {
        self.raw()?.into_string().map_err(|_| {
            // The value itself stays out of the message.
            self.unusable("its value is not UTF-8")
        })
    }

    fn raw(&self) -> Result<OsString, SourceError> {
        if self.name.is_empty() {
            return Err(self.unusable("no name was given"));
        }
        // `std::env` panics on a name that no system allows.
        if self.name.contains(['=', '\0']) {
            return Err(self.unusable("no variable can have this name"));
        }
        std::env::var_os(&self.name)
            .or_else(|| self.default.clone().map(OsString::from))
            .ok_or_else(|| SourceError::NotSet {
                name: self.name.clone(),
            })
    }

    fn unusable(&self, problem: &str) -> SourceError {
        SourceError::Unreadable {
            kind: KIND,
            location: self.location(),
            cause: io::Error::new(io::ErrorKind::InvalidInput, problem),
        }
    }
}

impl Source for EnvVar {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn location(&self) -> String {
        format!("env:{}", self.name)
    }

    fn form(&self) -> String {
        String::new()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        // Its length would tell something of a secret.
        Ok(SourceState {
            fingerprint: self.digest()?.hex(),
            size: 0,
            modified: None,
            trust: Trust::Always,
        })
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        Ok(Digest::of(self.raw()?.as_encoded_bytes()))
    }

    fn pinned(&self) -> Option<Digest> {
        None
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        None
    }

    fn grows_old(&self) -> bool {
        false
    }
}

impl Serialize for EnvVar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        note_source(Arc::new(self.clone()));
        let default = self.default.as_deref();
        let beside: Vec<_> = default
            .map(|default| ("default", Beside::Text(default)))
            .into_iter()
            .collect();
        SHAPE.write(serializer, &self.name, &beside)
    }
}

impl<'de> Deserialize<'de> for EnvVar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = SHAPE.read(deserializer)?;
        Ok(Self {
            name: written
                .place
                .take()
                .ok_or_else(|| D::Error::missing_field("name"))?,
            default: written.text("default")?,
        })
    }
}

impl std::str::FromStr for EnvVar {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(name))
    }
}

impl From<&str> for EnvVar {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

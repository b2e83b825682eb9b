//! Secrets: a configuration holds only where a secret is, and its value is never shown.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Where a secret is to be found: `env:NAME` or `file:PATH`.
///
/// It holds the reference, never the value, so it may be printed, logged and recorded.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// In an environment variable.
    Environment(String),
    /// In a file: all of it but the line break at its end.
    File(PathBuf),
}

/// The value of a secret.
///
/// It can be neither printed nor serialised, so it cannot get into a log or a record by accident.
///
/// ```compile_fail,E0277
/// # let secret: mlops_core::Secret = "env:KEY".parse().unwrap();
/// let value = secret.resolve(|_| Some("s3cret".to_owned()), |_| unreachable!()).unwrap();
/// println!("{value:?}");
/// ```
pub struct SecretValue(String);

impl SecretValue {
    /// The value, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A secret that cannot be used. The message never holds the value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The text is no reference. It is not repeated here: it may be the secret itself.
    #[error("a secret must be a reference, `env:NAME` or `file:PATH`, never the value itself")]
    NotAReference,
    /// The environment variable is not set.
    #[error("the environment variable `{0}`, which holds a secret, is not set")]
    NotSet(String),
    /// The file cannot be read.
    #[error("the file `{path}`, which holds a secret, cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: io::Error,
    },
    /// There is nothing in it.
    #[error("the secret at `{0}` is empty")]
    Empty(Secret),
}

impl Secret {
    /// Looks the secret up, with closures that read an environment variable and a file: this crate does neither.
    ///
    /// # Errors
    /// The variable is not set, the file cannot be read, or there is nothing in it.
    ///
    /// ```
    /// # use mlops_core::Secret;
    /// let secret: Secret = "env:LINEAGE_API_KEY".parse().unwrap();
    /// let value = secret
    ///     .resolve(|name| (name == "LINEAGE_API_KEY").then(|| "k-123".to_owned()), |_| unreachable!())
    ///     .unwrap();
    /// assert_eq!(value.expose(), "k-123");
    /// ```
    pub fn resolve(
        &self,
        environment: impl FnOnce(&str) -> Option<String>,
        file: impl FnOnce(&Path) -> io::Result<String>,
    ) -> Result<SecretValue, SecretError> {
        let value = match self {
            Self::Environment(name) => {
                environment(name).ok_or_else(|| SecretError::NotSet(name.clone()))?
            }
            Self::File(path) => {
                let mut text = file(path).map_err(|cause| SecretError::Unreadable {
                    path: path.clone(),
                    cause,
                })?;
                let trimmed = text.strip_suffix('\n').unwrap_or(&text);
                let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
                text.truncate(trimmed.len());
                text
            }
        };
        if value.is_empty() {
            return Err(SecretError::Empty(self.clone()));
        }
        Ok(SecretValue(value))
    }
}

impl FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix("env:")
            && is_variable_name(name)
        {
            return Ok(Self::Environment(name.to_owned()));
        }
        if let Some(path) = text.strip_prefix("file:")
            && !path.trim().is_empty()
        {
            return Ok(Self::File(path.into()));
        }
        Err(SecretError::NotAReference)
    }
}

/// Whether an environment variable can have this name on every system.
pub(super) fn is_variable_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control())
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_references_are_secrets_and_the_message_repeats_nothing() {
        for text in [
            "",
            "sk-live-123",
            "env:",
            "env:A=B",
            "env:A B",
            "file:",
            "file: ",
            "ENV:A",
        ] {
            let error = text.parse::<Secret>().unwrap_err();
            assert!(matches!(error, SecretError::NotAReference), "{text}");
            assert!(!error.to_string().contains("sk-live"));
        }
    }

    #[test]
    fn a_secret_shows_its_reference_everywhere() {
        for text in ["env:KEY", "file:/run/secrets/key"] {
            let secret: Secret = text.parse().unwrap();
            assert_eq!(secret.to_string(), text);
            assert_eq!(format!("{secret:?}"), format!("Secret({text})"));
            assert_eq!(serde_json::to_value(&secret).unwrap(), text);
        }
    }

    #[test]
    fn a_file_loses_only_its_last_line_break() {
        let secret: Secret = "file:key".parse().unwrap();
        for (content, value) in [
            ("k\n", "k"),
            ("k\r\n", "k"),
            ("k", "k"),
            (" k \n\n", " k \n"),
        ] {
            let resolved = secret
                .resolve(|_| None, |_| Ok(content.to_owned()))
                .unwrap();
            assert_eq!(resolved.expose(), value);
        }
    }

    #[test]
    fn what_is_missing_or_empty_is_an_error() {
        let variable: Secret = "env:KEY".parse().unwrap();
        let file: Secret = "file:key".parse().unwrap();
        let absent = || io::Error::from(io::ErrorKind::NotFound);
        let message = |result: Result<SecretValue, SecretError>| match result {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            message(variable.resolve(|_| None, |_| Err(absent()))),
            "the environment variable `KEY`, which holds a secret, is not set"
        );
        assert_eq!(
            message(file.resolve(|_| None, |_| Err(absent()))),
            "the file `key`, which holds a secret, cannot be read"
        );
        assert_eq!(
            message(file.resolve(|_| None, |_| Ok("\n".to_owned()))),
            "the secret at `file:key` is empty"
        );
    }
}

//! What is wrong with a configuration, and where, so that the program can point at it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::origin::{Origin, SourceText};

/// A configuration that cannot be used.
///
/// Written out it is one line, `mlops.toml:3:1: …`; a program that draws the line itself takes [`message`](Self::message),
/// [`location`](Self::location) and [`help`](Self::help).
#[derive(Debug, Clone)]
pub struct ConfigurationError {
    code: &'static str,
    message: String,
    help: Option<String>,
    location: Option<Box<Location>>,
}

/// The place in a configuration's text that an error is about.
#[derive(Clone)]
pub struct Location {
    /// The label of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes of [`text`](Self::text) that the error is about.
    pub span: Range<usize>,
    /// The text of the file. What might be a secret is replaced by `***`.
    pub text: String,
}

impl ConfigurationError {
    pub(super) fn nowhere(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
            location: None,
        }
    }

    pub(super) fn at(
        code: &'static str,
        message: impl Into<String>,
        source: &Arc<SourceText>,
        span: Range<usize>,
    ) -> Self {
        let (line, column) = source.position(span.start);
        Self {
            location: Some(Box::new(Location {
                file: source.label.clone(),
                line,
                column,
                span,
                text: source.text.clone(),
            })),
            ..Self::nowhere(code, message)
        }
    }

    pub(super) fn about(code: &'static str, message: impl Into<String>, origin: &Origin) -> Self {
        Self::at(code, message, origin.source(), origin.span())
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Hides the bytes of a value that may be a secret: an error is printed to terminals and into the logs of others.
    pub(super) fn hiding(mut self, secret: Range<usize>) -> Self {
        const HIDDEN: &str = "***";
        if let Some(location) = &mut self.location
            && location.text.get(secret.clone()).is_some()
        {
            location.text.replace_range(secret.clone(), HIDDEN);
            if location.span.start <= secret.end && secret.start <= location.span.end {
                location.span = secret.start..secret.start + HIDDEN.len();
            }
        }
        self
    }

    /// The stable code, each with a page in the book.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The next step.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The place in the configuration; none if the mistake is elsewhere, such as a profile named on the command line.
    pub fn location(&self) -> Option<&Location> {
        self.location.as_deref()
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            write!(
                f,
                "{}:{}:{}: ",
                location.file, location.line, location.column
            )?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigurationError {}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A help that names the nearest of what there is, or all of it.
pub(super) fn suggestion(name: &str, known: &[&str]) -> String {
    match crate::nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", known.join(", ")),
    }
}

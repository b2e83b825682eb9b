//! Where a setting was written, so that every value can say where it comes from.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A configuration's text with its label, shared by everything that was read from it.
pub(super) struct SourceText {
    pub(super) label: String,
    pub(super) text: String,
}

impl SourceText {
    /// Line and column of a byte, both from 1; the column counts characters.
    pub(super) fn position(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

/// Where a setting comes from: a line of a file, or a flag of the command line.
#[derive(Clone)]
pub struct Origin {
    source: Arc<SourceText>,
    span: Option<Range<usize>>,
}

impl Origin {
    pub(super) fn at(source: &Arc<SourceText>, span: Range<usize>) -> Self {
        Self {
            source: Arc::clone(source),
            span: Some(span),
        }
    }

    /// The origin of a setting that was given outside any file, such as `--jobs`.
    pub fn outside(label: impl Into<String>) -> Self {
        Self {
            source: Arc::new(SourceText {
                label: label.into(),
                text: String::new(),
            }),
            span: None,
        }
    }

    /// The label of the file, or of what stands in its place.
    pub fn file(&self) -> &str {
        &self.source.label
    }

    /// The line in the file, from 1.
    pub fn line(&self) -> Option<usize> {
        self.span
            .as_ref()
            .map(|span| self.source.position(span.start).0)
    }

    pub(super) fn source(&self) -> &Arc<SourceText> {
        &self.source
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone().unwrap_or_default()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line() {
            Some(line) => write!(f, "{}:{line}", self.file()),
            None => f.write_str(self.file()),
        }
    }
}

/// Shows the place only: the text around it may hold what should not be shown.
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Origin", 2)?;
        fields.serialize_field("file", self.file())?;
        fields.serialize_field("line", &self.line())?;
        fields.end()
    }
}

/// A value, and where it was written.
#[derive(Debug, Clone, Serialize)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value that was written at `origin`.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

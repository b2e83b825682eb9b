//! What can be wrong with a line.

use std::fmt;

/// A line that is no record.
#[derive(Debug)]
pub enum LineError {
    Short { line: usize },
    UnknownCrop { line: usize, name: String },
    NotANumber { line: usize, text: String },
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::Short { line } => write!(f, "line {line} is short"),
            LineError::UnknownCrop { line, name } => write!(f, "line {line}: no crop is called {name}"),
            LineError::NotANumber { line, text } => write!(f, "line {line}: {text} is no number"),
        }
    }
}

impl std::error::Error for LineError {}

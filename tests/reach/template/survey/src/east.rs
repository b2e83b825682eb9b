//! The east: nobody goes there.

pub fn normalise(text: &str) -> String {
    format!("{}-e", text.trim())
}

/// Nobody makes one.
pub struct Ledger {
    lines: Vec<i64>,
}

impl Ledger {
    pub fn new(first: i64) -> Self {
        Self { lines: vec![first] }
    }

    pub fn balance(&self) -> i64 {
        self.lines.iter().sum()
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }
}

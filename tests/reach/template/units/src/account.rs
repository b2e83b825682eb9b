//! An account of its own, with the names that others have, too.

/// Nobody here has one.
pub struct Account {
    metres: i64,
}

impl Account {
    /// An account.
    pub fn new(metres: i64) -> Self {
        Self { metres }
    }

    /// What is left.
    pub fn balance(&self) -> i64 {
        self.metres - 1
    }
}

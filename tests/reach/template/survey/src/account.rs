//! An account, and a stage that has one.

use mlops::prelude::*;

pub struct Account {
    entries: Vec<i64>,
}

impl Account {
    const FEE: i64 = 2;

    pub fn new(first: i64) -> Self {
        Self {
            entries: vec![first],
        }
    }

    pub fn enter(mut self, entry: i64) -> Self {
        self.entries.push(entry - Self::FEE);
        self
    }

    pub fn balance(&self) -> i64 {
        self.entries.iter().map(Self::weighed).sum()
    }

    fn weighed(entry: &i64) -> i64 {
        entry * 3
    }

    /// Nobody asks for it.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Nor for this.
    pub fn interest(&self) -> i64 {
        self.balance() / 20
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![inherent(), never_named()]
}

#[stage]
fn inherent() -> i64 {
    Account::new(5).enter(9).balance()
}

/// The type of what it gets is named by nobody but the function that makes it.
#[stage]
fn never_named() -> i64 {
    opened().owner().age()
}

fn opened() -> Opening {
    Opening { year: 1990 }
}

struct Opening {
    year: i64,
}

impl Opening {
    fn owner(&self) -> Owner {
        Owner { born: self.year }
    }
}

struct Owner {
    born: i64,
}

impl Owner {
    fn age(&self) -> i64 {
        2020 - self.born
    }
}

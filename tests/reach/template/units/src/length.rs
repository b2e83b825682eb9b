//! A length in millimetres.

use std::fmt;
use std::ops::{Add, Sub};

/// A length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    millimetres: i64,
}

/// What has a length.
pub trait Measured {
    /// Its length.
    fn length(&self) -> Length;

    /// The length as people say it.
    fn said(&self) -> String {
        format!("about {}", self.length())
    }
}

impl Length {
    /// A length.
    pub fn new(millimetres: i64) -> Self {
        Self { millimetres }
    }

    /// In millimetres.
    pub fn value(self) -> i64 {
        self.millimetres
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.millimetres == 0
    }
}

impl Add for Length {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.millimetres + other.millimetres)
    }
}

impl Sub for Length {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.millimetres - other.millimetres)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if cfg!(feature = "rounded") {
            write!(f, "{} m", self.millimetres / 1000)
        } else {
            write!(f, "{} mm", self.millimetres)
        }
    }
}

/// All of them, one after the other.
pub fn total<T: Measured>(parts: &[T]) -> Length {
    parts
        .iter()
        .fold(Length::new(0), |sum, part| sum + part.length())
}

/// Anything in few words, whatever it is.
pub trait Short {
    /// In few words.
    fn short(&self) -> String;
}

impl<T: fmt::Display> Short for T {
    fn short(&self) -> String {
        self.to_string().chars().take(3).collect()
    }
}

/// How many checks are made.
pub fn checks() -> i64 {
    let mut made = 0;
    debug_assert!({
        made += 1;
        true
    });
    made
}

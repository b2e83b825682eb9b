//! Amounts of memory as people write them, such as `8GiB`.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// An amount of memory above zero.
///
/// ```
/// let size: mlops_core::ByteSize = "8GiB".parse().unwrap();
/// assert_eq!(size.bytes(), 8 << 30);
/// assert_eq!(size.to_string(), "8GiB");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(NonZeroU64);

/// The units, large to small. Powers of ten and powers of two are both in use, and differ by 7 % at a gigabyte: the `i` counts.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

impl ByteSize {
    /// An amount in bytes; none for zero.
    pub fn from_bytes(bytes: u64) -> Option<Self> {
        NonZeroU64::new(bytes).map(Self)
    }

    /// The amount in bytes.
    pub fn bytes(self) -> u64 {
        self.0.get()
    }
}

/// A text that is no amount of memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no size: expected a whole number above 0 and a unit, such as `512MiB` or `8GiB`")]
pub struct ParseByteSizeError(String);

impl FromStr for ByteSize {
    type Err = ParseByteSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || ParseByteSizeError(text.to_owned());
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(refused)?;
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim_start();
        let factor = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, factor)| *factor)
            .ok_or_else(refused)?;
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(factor))
            .and_then(Self::from_bytes)
            .ok_or_else(refused)
    }
}

/// The largest unit that says it exactly.
impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes();
        UNITS
            .iter()
            .find(|(_, factor)| bytes.is_multiple_of(*factor))
            .map_or(Ok(()), |(unit, factor)| {
                write!(f, "{}{unit}", bytes / factor)
            })
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_exactly() {
        for (text, bytes) in [
            ("1B", 1),
            ("1kB", 1_000),
            ("1KiB", 1_024),
            ("512MiB", 512 << 20),
            ("2 GB", 2_000_000_000),
            ("8GiB", 8 << 30),
            ("16777215TiB", 16_777_215 << 40),
        ] {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!(size.bytes(), bytes, "{text}");
            assert_eq!(size.to_string().parse(), Ok(size), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in [
            "",
            "8",
            "GiB",
            "0GiB",
            "-1GiB",
            "1.5GiB",
            "8gib",
            "8GiB ",
            "16777216TiB",
            "8 G",
            "1é",
        ] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}

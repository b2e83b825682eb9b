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
#[error("`{0}` is no size: expected a number above 0 and a unit, such as `512MiB` or `1.5GB`")]
pub struct ParseByteSizeError(String);

impl FromStr for ByteSize {
    type Err = ParseByteSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        exact_bytes(text)
            .and_then(Self::from_bytes)
            .ok_or_else(|| ParseByteSizeError(text.to_owned()))
    }
}

/// The number of bytes, if the text says a whole number of them: `1.5GB` does, `1.5B` does not.
fn exact_bytes(text: &str) -> Option<u64> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let (number, unit) = text.split_at(text.find(|c| !is_number(c))?);
    let unit = unit.trim_start();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, fraction)) => (whole, fraction),
        None => (number, ""),
    };
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = digits.checked_mul(u128::from(*factor))?;
    (!whole.is_empty() && scaled.is_multiple_of(scale))
        .then(|| u64::try_from(scaled / scale).ok())
        .flatten()
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
            ("1.5GB", 1_500_000_000),
            ("0.5KiB", 512),
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
            "1.5B",
            "1.GB",
            ".5GB",
            "1.2.3GB",
            "0.0GB",
            "0.00000000000000000000000000000000000000001GB",
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

//! How much memory the content of a file may claim, by the size of the file.

use crate::DataError;

/// What any file may take: a column of one value repeated is nearly nothing on disk.
const FLOOR: u64 = 1 << 30;
/// How many bytes one byte of a file may stand for beyond that.
const EXPANSION: u64 = 1 << 10;

/// A page or a buffer may claim so many bytes more than its compression explains.
pub(crate) const SLACK: u64 = 1 << 10;
/// How many bytes a byte can stand for at most: in LZ4 it lengthens a copy by at most 255.
pub(crate) const LZ4_EXPANSION: u64 = 256;
/// The same in zstd, where four bytes fill a block of 128 KiB.
pub(crate) const ZSTD_EXPANSION: u64 = 1 << 15;

/// A bound for what is unpacked from a file. A few bytes can claim gigabytes: a compressed page, a run of a billion
/// equal values. Real tables stay far below it, and what does not is read in batches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    bytes: u64,
    limit: u64,
    taken: u64,
}

impl Budget {
    /// For a file of so many bytes.
    pub(crate) fn of_file(bytes: u64) -> Self {
        Self {
            bytes,
            limit: EXPANSION.saturating_mul(bytes).saturating_add(FLOOR),
            taken: 0,
        }
    }

    /// The most bytes that may be in memory at a time.
    pub(crate) fn limit(self) -> u64 {
        self.limit
    }

    /// Takes room for a part of a table.
    pub(crate) fn take(&mut self, location: &str, bytes: u64) -> Result<(), DataError> {
        self.taken = self.taken.saturating_add(bytes);
        self.check(location, self.taken)
    }

    /// Whether a table of so many bytes may be read at all.
    pub(crate) fn check(self, location: &str, bytes: u64) -> Result<(), DataError> {
        if bytes <= self.limit {
            return Ok(());
        }
        Err(DataError::TooLarge {
            location: location.to_owned(),
            bytes: self.bytes,
            unpacked: bytes,
        })
    }
}

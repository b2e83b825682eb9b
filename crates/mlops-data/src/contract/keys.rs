//! How often each value of a column, or combination of values, occurs: exact, and in bounded memory.
//!
//! A value becomes a key of 128 bits. Numbers, days, moments and texts of up to 15 bytes become different keys if they
//! differ; longer texts and combinations become a hash, so that two of 10^9 different ones share a key with a chance of
//! 10^-21. Keys are sorted in memory, or, once they are too many, in runs on disk that are merged.

use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

use super::value::Value;
use crate::DataError;
use crate::profile::{ColumnKind, Values};

/// Keys that are held in memory: 256 MB.
#[cfg(not(test))]
const IN_MEMORY: usize = 1 << 24;
#[cfg(test)]
const IN_MEMORY: usize = 1 << 12;

/// Odd, so that multiplying by it is one to one; it brings what differs in any bit into the highest ones.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// A set of keys. Keys are spread already, so hashing them again would cost more than all else.
pub(crate) type KeySet = std::collections::HashSet<u128, std::hash::BuildHasherDefault<KeyHasher>>;

/// Takes the half of a key that differs in every bit.
#[derive(Default)]
pub(crate) struct KeyHasher(u64);

impl std::hash::Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|byte| self.0 = (self.0 << 8) | u64::from(*byte));
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = (key >> 64) as u64;
    }
}

/// A key of a value of 64 bits.
#[inline]
fn of_bits(bits: u64) -> u128 {
    u128::from(bits).wrapping_mul(SPREAD)
}

/// A key of a text: exact up to 15 bytes.
#[inline]
fn of_text(text: &str) -> u128 {
    let bytes = text.as_bytes();
    if bytes.len() <= 15 {
        let mut packed = [0; 16];
        packed[..bytes.len()].copy_from_slice(bytes);
        packed[15] = bytes.len() as u8 + 1;
        return u128::from_le_bytes(packed).wrapping_mul(SPREAD);
    }
    let hash = hashed(bytes, 0) & (u128::MAX >> 8);
    (hash | 0xff << 120).wrapping_mul(SPREAD)
}

/// Multiplies halves crosswise and folds the product, as wyhash does; no secret, so no defence against whoever seeks a clash.
#[inline]
fn folded(one: u64, two: u64) -> u64 {
    let product = u128::from(one) * u128::from(two);
    (product as u64) ^ (product >> 64) as u64
}

fn hashed(bytes: &[u8], seed: u64) -> u128 {
    let (mut low, mut high) = (
        seed ^ 0xa076_1d64_78bd_642f,
        bytes.len() as u64 ^ 0xe703_7ed1_a0b4_28db,
    );
    for chunk in bytes.chunks(16) {
        let mut padded = [0; 16];
        padded[..chunk.len()].copy_from_slice(chunk);
        let word = u128::from_le_bytes(padded);
        let (a, b) = (word as u64, (word >> 64) as u64);
        let next = folded(low ^ a, 0x8ebc_6af0_9c88_c6e3 ^ b);
        high = folded(high ^ b.rotate_left(32), 0x5899_65cc_7537_4cc3 ^ a)
            .wrapping_add(next.rotate_left(17));
        low = next;
    }
    let low = folded(low ^ high, 0xa076_1d64_78bd_642f);
    u128::from(low) | u128::from(folded(high ^ low, 0xe703_7ed1_a0b4_28db)) << 64
}

/// The key of a value of a column.
#[inline]
pub(crate) fn of_row(values: &Values, row: usize) -> u128 {
    match values {
        Values::Boolean(values) => of_bits(u64::from(values.value(row))),
        Values::Integer(values) => of_bits(values.value(row) as u64),
        Values::Unsigned(values) => of_bits(values.value(row)),
        // `-0.0` is `0.0`, and `NaN` is `NaN`, whatever its bits.
        Values::Number(values) => of_number(values.value(row)),
        Values::Text(values) => of_text(values.value(row)),
        Values::Date(values) => of_bits(i64::from(values.value(row)) as u64),
        Values::Time(values) => of_bits(values.value(row) as u64),
        Values::Opaque(_) => of_text(&values.shown(row)),
    }
}

#[inline]
fn of_number(value: f64) -> u128 {
    let value = if value.is_nan() {
        f64::NAN
    } else {
        value + 0.0
    };
    of_bits(value.to_bits())
}

/// Where the key of a row begins.
const ROW: u128 = 0x243f_6a88_85a3_08d3_1319_8a2e_0370_7344;

/// The key of a combination of values; a null is a value of its own.
#[inline]
pub(crate) fn of_rows(
    columns: &[&Values],
    nulls: &[Option<arrow_buffer::NullBuffer>],
    row: usize,
) -> u128 {
    let mut key = ROW;
    for (values, nulls) in columns.iter().zip(nulls) {
        let part = if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            u128::MAX
        } else {
            of_row(values, row)
        };
        key = joined(key, part);
    }
    key
}

/// The key that a pair of values has as a row of two columns.
pub(crate) fn of_pair(one: u128, two: u128) -> u128 {
    joined(joined(ROW, one), two)
}

/// A key of two, in their order.
#[inline]
fn joined(one: u128, two: u128) -> u128 {
    let (a, b) = (one as u64, (one >> 64) as u64);
    let (c, d) = (two as u64, (two >> 64) as u64);
    let low = folded(a ^ c, b ^ d.rotate_left(21) ^ 0x8ebc_6af0_9c88_c6e3);
    let high = folded(b ^ c.rotate_left(13) ^ 0x5899_65cc_7537_4cc3, a ^ d)
        .wrapping_add(low.rotate_left(29));
    (u128::from(low) | u128::from(high) << 64).wrapping_mul(SPREAD)
}

/// The key that a stated value has in a column of this kind, if it can be there.
pub(crate) fn of_value(value: &Value, kind: ColumnKind) -> Option<u128> {
    match (value, kind) {
        (Value::Text(text), ColumnKind::Text) => Some(of_text(text)),
        (value, ColumnKind::Number) => value.on_scale(kind).map(of_number),
        (value, kind) => {
            let whole = value.whole(kind)?;
            let bits = i64::try_from(whole)
                .map(|whole| whole as u64)
                .or_else(|_| u64::try_from(whole))
                .ok()?;
            Some(of_bits(bits))
        }
    }
}

/// Keys as they come, and how often each came.
#[derive(Default)]
pub(crate) struct Keys {
    chunks: Vec<Vec<u128>>,
    held: usize,
    runs: Vec<File>,
}

impl Keys {
    #[inline]
    pub(crate) fn add_all(&mut self, keys: Vec<u128>) {
        self.held += keys.len();
        if !keys.is_empty() {
            self.chunks.push(keys);
        }
    }

    pub(crate) fn merge(&mut self, later: Self) -> Result<(), DataError> {
        self.chunks.extend(later.chunks);
        self.held += later.held;
        self.runs.extend(later.runs);
        if self.held > IN_MEMORY {
            self.spill()
        } else {
            Ok(())
        }
    }

    /// Writes what is held as a sorted run into a file that has no name and vanishes with the process.
    fn spill(&mut self) -> Result<(), DataError> {
        let failed = |cause: std::io::Error| DataError::Spill { cause };
        let mut file = tempfile::tempfile().map_err(failed)?;
        let mut output = BufWriter::with_capacity(1 << 20, &mut file);
        let mut outcome = Ok(());
        let chunks = std::mem::take(&mut self.chunks);
        self.held = 0;
        sorted(chunks, |key| {
            if outcome.is_ok() {
                outcome = output.write_all(&key.to_le_bytes());
            }
        });
        outcome.and_then(|()| output.flush()).map_err(failed)?;
        drop(output);
        file.rewind().map_err(failed)?;
        self.runs.push(file);
        Ok(())
    }

    /// Gives each key once, in ascending order, with how often it came.
    pub(crate) fn groups(mut self, mut see: impl FnMut(u128, u64)) -> Result<(), DataError> {
        let mut current: Option<(u128, u64)> = None;
        let mut count = |key: u128| match &mut current {
            Some((last, count)) if *last == key => *count += 1,
            last => {
                if let Some((key, count)) = last.replace((key, 1)) {
                    see(key, count);
                }
            }
        };
        if self.runs.is_empty() {
            sorted(self.chunks, &mut count);
        } else {
            if self.held > 0 {
                self.spill()?;
            }
            merged(self.runs, &mut count)?;
        }
        if let Some((key, count)) = current {
            see(key, count);
        }
        Ok(())
    }
}

/// Visits keys in ascending order. They are dealt into buckets by their highest bits, so that each sort fits the cache.
fn sorted(chunks: Vec<Vec<u128>>, mut see: impl FnMut(u128)) {
    const BITS: u32 = 11;
    let bucket = |key: u128| (key >> (128 - BITS)) as usize;
    let mut starts = vec![0_usize; (1 << BITS) + 1];
    for key in chunks.iter().flatten() {
        starts[bucket(*key) + 1] += 1;
    }
    for place in 1..starts.len() {
        starts[place] += starts[place - 1];
    }
    let mut keys = vec![0_u128; starts[1 << BITS]];
    let mut next = starts.clone();
    for chunk in chunks {
        for key in chunk {
            let place = &mut next[bucket(key)];
            keys[*place] = key;
            *place += 1;
        }
    }
    for pair in starts.windows(2) {
        let keys = &mut keys[pair[0]..pair[1]];
        keys.sort_unstable();
        keys.iter().for_each(|key| see(*key));
    }
}

fn merged(runs: Vec<File>, mut see: impl FnMut(u128)) -> Result<(), DataError> {
    let mut readers: Vec<_> = runs
        .into_iter()
        .map(|run| BufReader::with_capacity(1 << 17, run))
        .collect();
    let next = |reader: &mut BufReader<File>| -> Result<Option<u128>, DataError> {
        let mut bytes = [0; 16];
        match reader.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(u128::from_le_bytes(bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(cause) => Err(DataError::Spill { cause }),
        }
    };
    let mut heads = BinaryHeap::new();
    for (run, reader) in readers.iter_mut().enumerate() {
        heads.extend(next(reader)?.map(|key| std::cmp::Reverse((key, run))));
    }
    while let Some(std::cmp::Reverse((key, run))) = heads.pop() {
        see(key);
        heads.extend(next(&mut readers[run])?.map(|key| std::cmp::Reverse((key, run))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn counted(parts: &[Vec<u128>]) -> BTreeMap<u128, u64> {
        // Halves that may each have gone to disk, as when parts are joined in a tree.
        let (one, two) = parts.split_at(parts.len() / 2);
        let [mut keys, later] = [one, two].map(|parts| {
            let mut keys = Keys::default();
            for part in parts {
                let mut more = Keys::default();
                more.add_all(part.clone());
                keys.merge(more).unwrap();
            }
            keys
        });
        keys.merge(later).unwrap();
        let mut counts = BTreeMap::new();
        keys.groups(|key, count| assert!(counts.insert(key, count).is_none()))
            .unwrap();
        counts
    }

    proptest! {
        #[test]
        fn keys_are_counted_whether_they_fit_into_memory_or_not(
            values in proptest::collection::vec(0_u64..3000, 0..9000),
            cut in 1_usize..5000,
        ) {
            let mut expected = BTreeMap::new();
            values.iter().for_each(|value| *expected.entry(of_bits(*value)).or_insert(0) += 1);
            let parts: Vec<Vec<u128>> = values
                .chunks(cut)
                .map(|part| part.iter().map(|value| of_bits(*value)).collect())
                .collect();
            prop_assert_eq!(counted(&parts), expected);
        }

        #[test]
        fn texts_that_differ_have_keys_that_differ(a in ".{0,24}", b in ".{0,24}") {
            prop_assert_eq!(a == b, of_text(&a) == of_text(&b));
        }
    }

    #[test]
    fn neighbours_and_swapped_pairs_have_keys_of_their_own() {
        assert_ne!(of_text(""), of_text("\0"));
        assert_ne!(of_text("a"), of_text("a\0"));
        let keys: std::collections::BTreeSet<u128> = (0..200_u64)
            .flat_map(|a| (0..200_u64).map(move |b| joined(joined(1, of_bits(a)), of_bits(b))))
            .collect();
        assert_eq!(keys.len(), 40_000);
    }
}

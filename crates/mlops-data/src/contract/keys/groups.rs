//! How often each key came: in memory, or, once they are too many, in sorted runs on disk that are merged.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fs::File;
use std::hash::BuildHasherDefault;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

use super::{KeyHasher, KeySet};
use crate::DataError;

/// Keys that are held in memory: 256 MB.
#[cfg(not(test))]
const IN_MEMORY: usize = 1 << 24;
#[cfg(test)]
const IN_MEMORY: usize = 1 << 12;

/// Different keys that are counted as they come: beyond that, collecting them is faster.
#[cfg(not(test))]
const FEW: usize = 1 << 10;
#[cfg(test)]
const FEW: usize = 1 << 6;

type KeyCounts = HashMap<u128, u64, BuildHasherDefault<KeyHasher>>;

/// Keys as they come, and how often each came.
#[derive(Default)]
pub(crate) struct Keys {
    /// How often those came that came while they were few.
    counts: KeyCounts,
    are_many: bool,
    /// All others, one by one.
    chunks: Vec<Vec<u128>>,
    held: usize,
    runs: Vec<File>,
    /// How many, one by one, went into the runs.
    spilled: usize,
}

impl Keys {
    pub(crate) fn add_all(&mut self, mut keys: Vec<u128>) {
        if !self.are_many {
            let Some(place) = keys.iter().position(|key| !self.count(*key)) else {
                return;
            };
            self.are_many = true;
            keys.drain(..place);
        }
        self.held += keys.len();
        if !keys.is_empty() {
            self.chunks.push(keys);
        }
    }

    /// How many are there one by one, in memory or on disk.
    pub(crate) fn remembered(&self) -> usize {
        self.held + self.spilled
    }

    /// Counts a key, unless it is new and they are too many to be counted as they come.
    #[inline]
    fn count(&mut self, key: u128) -> bool {
        if let Some(count) = self.counts.get_mut(&key) {
            *count += 1;
            return true;
        }
        let has_room = self.counts.len() < FEW;
        if has_room {
            self.counts.insert(key, 1);
        }
        has_room
    }

    pub(crate) fn merge(&mut self, later: Self) -> Result<(), DataError> {
        for (key, count) in later.counts {
            *self.counts.entry(key).or_insert(0) += count;
        }
        self.chunks.extend(later.chunks);
        self.held += later.held;
        self.runs.extend(later.runs);
        self.spilled += later.spilled;
        // A count takes the room of two keys.
        if self.held + 2 * self.counts.len() > IN_MEMORY {
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
        self.spilled += std::mem::take(&mut self.held);
        sorted(chunks, std::mem::take(&mut self.counts), |key, count| {
            if outcome.is_ok() {
                outcome = write_group(&mut output, key, count);
            }
        });
        outcome.and_then(|()| output.flush()).map_err(failed)?;
        drop(output);
        file.rewind().map_err(failed)?;
        self.runs.push(file);
        Ok(())
    }

    /// Gives each key once, in ascending order, with how often it came.
    pub(crate) fn groups(mut self, see: impl FnMut(u128, u64)) -> Result<(), DataError> {
        if self.runs.is_empty() {
            sorted(self.chunks, self.counts, see);
            return Ok(());
        }
        if self.held + self.counts.len() > 0 {
            self.spill()?;
        }
        merged(self.runs, see)
    }

    /// The keys that came more than once, and how many came together. No order is needed, so nothing is sorted: a first look at
    /// the keys finds those that may be the same as one before, of which few are not, and a second one counts them. Of keys that
    /// did not fit into memory only the first `most` in their order are given, so that what is given fits.
    pub(crate) fn repeated(self, most: usize) -> Result<(KeySet, u64), DataError> {
        let mut again = KeyCounts::default();
        if self.runs.is_empty() {
            let mut seen = Seen::with_room_for(self.held + self.counts.len());
            for (key, count) in &self.counts {
                if seen.insert(*key) || *count > 1 {
                    again.insert(*key, 0);
                }
            }
            for key in self.chunks.iter().flatten() {
                if seen.insert(*key) {
                    again.insert(*key, 0);
                }
            }
            drop(seen);
            // Most keys are none of these, which a few bits in the nearest cache tell.
            let mut candidates = Seen::with_room_for(again.len());
            for key in again.keys() {
                candidates.insert(*key);
            }
            for key in self.chunks.into_iter().flatten() {
                if candidates.may_have(key)
                    && let Some(count) = again.get_mut(&key)
                {
                    *count += 1;
                }
            }
            for (key, more) in self.counts {
                if let Some(count) = again.get_mut(&key) {
                    *count += more;
                }
            }
            again.retain(|_, count| *count > 1);
            let rows = again.values().sum();
            return Ok((again.into_keys().collect(), rows));
        }
        let (mut keys, mut rows) = (KeySet::default(), 0);
        self.groups(|key, count| {
            if count > 1 {
                rows += count;
                if keys.len() < most {
                    keys.insert(key);
                }
            }
        })?;
        Ok((keys, rows))
    }
}

/// A bit for each key that was seen; two keys may share one.
struct Seen {
    bits: Vec<u64>,
    shift: u32,
}

impl Seen {
    /// For each key so many bits: of a hundred keys that were not there one or two seem to be.
    const BITS: usize = 32;

    fn with_room_for(keys: usize) -> Self {
        let bits = (keys.max(2) * Self::BITS).next_power_of_two();
        Self {
            bits: vec![0; bits / 64],
            shift: 128 - bits.ilog2(),
        }
    }

    /// Whether the key may be there.
    #[inline]
    fn may_have(&self, key: u128) -> bool {
        let place = (key >> self.shift) as usize;
        self.bits[place / 64] & 1 << (place % 64) != 0
    }

    /// Whether the key may have been there before; it is now.
    #[inline]
    fn insert(&mut self, key: u128) -> bool {
        let place = (key >> self.shift) as usize;
        let (word, bit) = (&mut self.bits[place / 64], 1 << (place % 64));
        let was_there = *word & bit != 0;
        *word |= bit;
        was_there
    }
}

/// Keys dealt into buckets by their highest bits, so that the work on each fits the cache.
struct Buckets {
    keys: Vec<u128>,
    /// Where each bucket begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Buckets {
    const BITS: u32 = 8;
    const COUNT: usize = 1 << Self::BITS;

    fn of(chunks: Vec<Vec<u128>>) -> Self {
        let mut starts = vec![0_usize; Self::COUNT + 1];
        for key in chunks.iter().flatten() {
            starts[Self::place(*key) + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut keys = vec![0_u128; starts[Self::COUNT]];
        let mut next = starts.clone();
        for chunk in chunks {
            for key in chunk {
                let place = &mut next[Self::place(key)];
                keys[*place] = key;
                *place += 1;
            }
        }
        Self { keys, starts }
    }

    #[inline]
    fn place(key: u128) -> usize {
        (key >> (128 - Self::BITS)) as usize
    }
}

/// Gives each key once, in ascending order, with how often it is in the chunks and in the counts together.
fn sorted(chunks: Vec<Vec<u128>>, counts: KeyCounts, mut see: impl FnMut(u128, u64)) {
    let mut counts: Vec<(u128, u64)> = counts.into_iter().collect();
    counts.sort_unstable();
    let mut counts = counts.into_iter().peekable();
    let Buckets { mut keys, starts } = Buckets::of(chunks);
    for pair in starts.windows(2) {
        let keys = &mut keys[pair[0]..pair[1]];
        keys.sort_unstable();
        for group in keys.chunk_by(|one, two| one == two) {
            let mut count = group.len() as u64;
            while let Some((counted, more)) = counts.next_if(|(counted, _)| *counted <= group[0]) {
                if counted == group[0] {
                    count += more;
                } else {
                    see(counted, more);
                }
            }
            see(group[0], count);
        }
    }
    counts.for_each(|(key, count)| see(key, count));
}

/// A key, and how often it came in groups of seven bits, the lowest first: one byte for most.
fn write_group(output: &mut impl Write, key: u128, count: u64) -> std::io::Result<()> {
    output.write_all(&key.to_le_bytes())?;
    let mut rest = count;
    while rest >= 0x80 {
        output.write_all(&[rest as u8 | 0x80])?;
        rest >>= 7;
    }
    output.write_all(&[rest as u8])
}

fn read_group(input: &mut impl Read) -> std::io::Result<Option<(u128, u64)>> {
    let mut key = [0; 16];
    match input.read_exact(&mut key) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let (mut count, mut shift) = (0, 0);
    loop {
        let mut byte = [0];
        input.read_exact(&mut byte)?;
        count |= u64::from(byte[0] & 0x7f) << (shift % u64::BITS);
        if byte[0] < 0x80 {
            return Ok(Some((u128::from_le_bytes(key), count)));
        }
        shift += 7;
    }
}

/// Gives each key of the runs once, in ascending order, with how often it is in all of them.
fn merged(runs: Vec<File>, mut see: impl FnMut(u128, u64)) -> Result<(), DataError> {
    let mut readers: Vec<_> = runs
        .into_iter()
        .map(|run| BufReader::with_capacity(1 << 17, run))
        .collect();
    let next = |reader: &mut BufReader<File>| {
        read_group(reader).map_err(|cause| DataError::Spill { cause })
    };
    let mut heads = BinaryHeap::new();
    for (run, reader) in readers.iter_mut().enumerate() {
        heads.extend(next(reader)?.map(|(key, count)| Reverse((key, count, run))));
    }
    let mut current: Option<(u128, u64)> = None;
    while let Some(Reverse((key, count, run))) = heads.pop() {
        match &mut current {
            Some((last, all)) if *last == key => *all += count,
            last => {
                if let Some((key, all)) = last.replace((key, count)) {
                    see(key, all);
                }
            }
        }
        let head = next(&mut readers[run])?;
        heads.extend(head.map(|(key, count)| Reverse((key, count, run))));
    }
    if let Some((key, all)) = current {
        see(key, all);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::of_bits;
    use super::*;

    fn gathered(parts: &[Vec<u128>]) -> Keys {
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
        keys
    }

    fn counts_of(parts: &[Vec<u128>]) -> BTreeMap<u128, u64> {
        let mut counts = BTreeMap::new();
        let mut before = None;
        let see = |key, count| {
            assert!(
                before.is_none_or(|before| before < key),
                "in ascending order"
            );
            before = Some(key);
            assert!(counts.insert(key, count).is_none());
        };
        gathered(parts).groups(see).unwrap();
        counts
    }

    proptest! {
        #[test]
        fn keys_are_counted_whether_they_fit_into_memory_or_not(
            values in proptest::collection::vec(0_u64..3000, 0..9000),
            cut in 1_usize..5000,
            different in 1_u64..3000,
        ) {
            let values: Vec<u64> = values.into_iter().map(|value| value % different).collect();
            let mut expected = BTreeMap::new();
            values.iter().for_each(|value| *expected.entry(of_bits(*value)).or_insert(0) += 1);
            let parts: Vec<Vec<u128>> = values
                .chunks(cut)
                .map(|part| part.iter().map(|value| of_bits(*value)).collect())
                .collect();
            let (again, rows) = gathered(&parts).repeated(usize::MAX).unwrap();
            let repeated = expected.iter().filter(|(_, count)| **count > 1);
            prop_assert_eq!(again, repeated.clone().map(|(key, _)| *key).collect::<KeySet>());
            prop_assert_eq!(rows, repeated.map(|(_, count)| count).sum::<u64>());
            prop_assert_eq!(counts_of(&parts), expected);
        }
    }

    #[test]
    fn of_keys_that_are_on_disk_so_many_are_given_as_were_asked_for_and_all_are_counted() {
        let parts: Vec<Vec<u128>> = (0..4)
            .map(|part| {
                (0..6_000)
                    .map(|value| of_bits(value / (1 + part % 2)))
                    .collect()
            })
            .collect();
        let counts = counts_of(&parts);
        let repeated: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
        let (some, rows) = gathered(&parts).repeated(100).unwrap();
        assert_eq!(rows, repeated.iter().map(|(_, count)| **count).sum::<u64>());
        let first: KeySet = repeated.iter().take(100).map(|(key, _)| **key).collect();
        assert!(some == first, "the first hundred in their order");
    }

    #[test]
    fn what_went_to_disk_is_remembered_as_what_is_in_memory_is() {
        let parts: Vec<Vec<u128>> = (0..4)
            .map(|part| (part * 3_000..(part + 1) * 3_000).map(of_bits).collect())
            .collect();
        let keys = gathered(&parts);
        assert!(!keys.runs.is_empty());
        assert!(keys.remembered() > 11_000, "{}", keys.remembered());
    }

    #[test]
    fn a_count_of_any_size_comes_back_from_disk() {
        for count in [1, 127, 128, 70_000, u64::MAX] {
            let mut bytes = Vec::new();
            write_group(&mut bytes, 7, count).unwrap();
            let mut input = bytes.as_slice();
            assert_eq!(read_group(&mut input).unwrap(), Some((7, count)));
            assert_eq!(read_group(&mut input).unwrap(), None);
        }
    }
}

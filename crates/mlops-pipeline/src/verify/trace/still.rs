//! Answers in the place of the system, the same each time: hash seeds, random numbers, the wall clock.

use std::collections::BTreeSet;

use mlops_core::Digest;
use nix::libc;
use nix::unistd::Pid;

use super::calls::Call;
use super::memory;
use crate::verify::cause::Cause;
use crate::verify::watch::STILL_SINCE;

/// The flag by which the standard library asks for the seed of its hash maps, and how many bytes it asks for.
const GRND_INSECURE: u64 = 4;
const HASH_SEED: u64 = 16;
/// How many bytes the hash maps of the crate `ahash` ask for, which many crates use, Arrow among them. It asks as anybody asks who
/// wants random numbers; but generators seed themselves from 32 bytes, and identifiers take 16.
const AHASH_SEED: (u64, u64) = (64, 0);
/// How the allocator of the C library asks for a number that guards its lists.
const ALLOCATOR: (u64, u64) = (8, 1);
/// What the bytes of a hash seed are when they are held still.
const STILL_SEED: u8 = 0x5a;
/// Random numbers as files, and what is read in their place.
pub(super) const RANDOM_FILES: [&[u8]; 2] = [b"/dev/urandom", b"/dev/random"];
const ZEROS: &[u8] = b"/dev/zero\0";

/// What is held still, and how often it was asked for.
pub(super) struct Still<'a> {
    causes: Option<&'a BTreeSet<Cause>>,
    drawn: u64,
    read: u64,
}

impl<'a> Still<'a> {
    pub(super) fn new(causes: Option<&'a BTreeSet<Cause>>) -> Self {
        Self {
            causes,
            drawn: 0,
            read: 0,
        }
    }

    fn holds(&self, cause: Cause) -> bool {
        self.causes.is_some_and(|causes| causes.contains(&cause))
    }

    /// Where random numbers are about to be read as a file, lets zeros be read. Returns what has to be put back after the
    /// call.
    pub(super) fn open_zeros_instead(
        &self,
        thread: Pid,
        call: Call,
        arguments: &[u64; 6],
    ) -> Option<(u64, Vec<u8>)> {
        let (Call::Open { path, .. } | Call::OpenHow { path, .. }) = call else {
            return None;
        };
        if !self.holds(Cause::Random) {
            return None;
        }
        let address = arguments[path.path];
        let named = memory::string(thread, address)?;
        if !RANDOM_FILES.contains(&named.as_slice()) {
            return None;
        }
        memory::put(thread, address, ZEROS);
        Some((address, named[..ZEROS.len()].to_vec()))
    }

    /// Puts what is the same each time in the place of what the system has answered. Hash seeds are held from the very
    /// beginning: a thread draws one for all of its maps, and may have done so before the stage began.
    pub(super) fn answer(
        &mut self,
        thread: Pid,
        call: Call,
        arguments: &[u64; 6],
        result: i64,
        is_inside: bool,
    ) {
        let length = usize::try_from(result).unwrap_or_default();
        match call {
            Call::Random if is_hash_seed(arguments) && self.holds(Cause::HashOrder) => {
                memory::write(thread, arguments[0], &vec![STILL_SEED; length]);
            }
            _ if !is_inside => {}
            Call::Random if is_random(arguments) && self.holds(Cause::Random) => {
                self.drawn += 1;
                memory::write(thread, arguments[0], &stream(self.drawn, length));
            }
            Call::Clock if is_wall_clock(arguments[0]) && self.holds(Cause::Time) => {
                self.answer_time(thread, arguments[1], 1_000);
            }
            Call::TimeOfDay if self.holds(Cause::Time) => {
                self.answer_time(thread, arguments[0], 1);
            }
            _ => {}
        }
    }

    /// A clock that goes on by a microsecond each time it is read, so that nobody waits for ever; `unit` is how much of the
    /// second number that is.
    fn answer_time(&mut self, thread: Pid, address: u64, unit: u64) {
        self.read += 1;
        let seconds = u64::from(STILL_SINCE) + self.read / 1_000_000;
        let rest = self.read % 1_000_000 * unit;
        let bytes = [seconds.to_ne_bytes(), rest.to_ne_bytes()].concat();
        memory::write(thread, address, &bytes);
    }
}

/// Whether this clock tells the date. The others only tell how long something took.
pub(super) fn is_wall_clock(clock: u64) -> bool {
    let clock = i32::try_from(clock).unwrap_or(-1);
    [
        libc::CLOCK_REALTIME,
        libc::CLOCK_REALTIME_COARSE,
        libc::CLOCK_TAI,
    ]
    .contains(&clock)
}

/// Whether these are the arguments with which hash maps are seeded.
fn is_hash_seed(arguments: &[u64; 6]) -> bool {
    let [_, length, flags, ..] = *arguments;
    (length == HASH_SEED && flags & GRND_INSECURE != 0) || (length, flags) == AHASH_SEED
}

/// Whether these are the arguments of somebody who wants random numbers for themselves.
pub(super) fn is_random(arguments: &[u64; 6]) -> bool {
    let [_, length, flags, ..] = *arguments;
    // Nothing is drawn by who only asks whether it could be.
    length != 0 && !is_hash_seed(arguments) && (length, flags) != ALLOCATOR
}

/// Numbers that look random and are the same each time.
fn stream(number: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 32);
    for part in 0_u64.. {
        if bytes.len() >= length {
            break;
        }
        let seed = [number.to_le_bytes(), part.to_le_bytes()].concat();
        bytes.extend_from_slice(Digest::of(&seed).as_bytes());
    }
    bytes.truncate(length);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_same_each_time_and_another_for_each_draw() {
        assert_eq!(stream(1, 40), stream(1, 40));
        assert_eq!(stream(1, 40).len(), 40);
        assert_ne!(stream(1, 16), stream(2, 16));
        assert!(stream(1, 0).is_empty());
    }

    #[test]
    fn seeds_of_hash_maps_and_the_allocator_are_no_random_numbers() {
        assert!(is_hash_seed(&[0, 16, 4, 0, 0, 0]) && !is_random(&[0, 16, 4, 0, 0, 0]));
        assert!(is_hash_seed(&[0, 64, 0, 0, 0, 0]) && !is_random(&[0, 64, 0, 0, 0, 0]));
        assert!(!is_random(&[0, 8, 1, 0, 0, 0]) && !is_random(&[0, 0, 0, 0, 0, 0]));
        assert!(is_random(&[0, 16, 0, 0, 0, 0]) && is_random(&[0, 32, 4, 0, 0, 0]));
    }
}

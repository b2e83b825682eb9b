//! The memory of a traced process: reading what a call points to, and changing what it returned.

use std::io::{IoSlice, IoSliceMut};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;

use super::registers;

/// A read never crosses the end of a page, because the next one may not be there.
const PAGE: usize = 4096;
/// Paths are never longer on Linux.
const LONGEST_PATH: usize = 4096;
/// The entry of the auxiliary vector that says where the kernel's own code for clocks is.
const VDSO: u64 = 33;
const IGNORED: i64 = 1;
/// More entries than this are no vector.
const MOST_ENTRIES: usize = 65_536;

pub(super) fn read(process: Pid, address: u64, length: usize) -> Option<Vec<u8>> {
    let base = usize::try_from(address).ok().filter(|base| *base != 0)?;
    let mut bytes = vec![0; length];
    let remote = RemoteIoVec { base, len: length };
    let count = process_vm_readv(process, &mut [IoSliceMut::new(&mut bytes)], &[remote]).ok()?;
    (count == length).then_some(bytes)
}

pub(super) fn write(process: Pid, address: u64, bytes: &[u8]) {
    let Ok(base) = usize::try_from(address) else {
        return;
    };
    let remote = RemoteIoVec {
        base,
        len: bytes.len(),
    };
    // A process that has just died needs nothing written.
    let _ = process_vm_writev(process, &[IoSlice::new(bytes)], &[remote]);
}

/// The same for memory that the process itself may not write, such as its constants.
pub(super) fn put(process: Pid, address: u64, bytes: &[u8]) {
    let mut at = address;
    for part in bytes.chunks(8) {
        let Some(word) = word(process, at) else {
            return;
        };
        let mut new = word.to_ne_bytes();
        new[..part.len()].copy_from_slice(part);
        let new = i64::from_ne_bytes(new);
        if ptrace::write(process, at as ptrace::AddressType, new).is_err() {
            return;
        }
        at += 8;
    }
}

/// The bytes up to the first zero.
pub(super) fn string(process: Pid, address: u64) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut next = address;
    while text.len() < LONGEST_PATH {
        let offset = usize::try_from(next).ok()? % PAGE;
        let part = read(process, next, PAGE - offset)?;
        if let Some(end) = part.iter().position(|byte| *byte == 0) {
            text.extend_from_slice(&part[..end]);
            return Some(text);
        }
        next += part.len() as u64;
        text.extend(part);
    }
    None
}

pub(super) fn word(process: Pid, address: u64) -> Option<u64> {
    let bytes = read(process, address, 8)?;
    Some(u64::from_ne_bytes(bytes.try_into().ok()?))
}

/// Hides the kernel's own code for clocks and random numbers from a program that is about to begin, so that it asks by system
/// calls, which are seen.
///
/// At the beginning of a program its stack holds the arguments, the environment and the auxiliary vector, each list
/// ended by a zero.
pub(super) fn hide_vdso(process: Pid) -> Option<()> {
    let mut at = registers::stack(process)?;
    let arguments = word(process, at)?;
    at = at.checked_add(arguments.checked_add(2)?.checked_mul(8)?)?;
    let mut entries = (0..MOST_ENTRIES).map(|_| ());
    while word(process, at)? != 0 {
        entries.next()?;
        at += 8;
    }
    at += 8;
    loop {
        entries.next()?;
        match word(process, at)? {
            0 => return None,
            VDSO => return replace(process, at).ok(),
            _ => at += 16,
        }
    }
}

fn replace(process: Pid, address: u64) -> Result<(), Errno> {
    ptrace::write(process, address as ptrace::AddressType, IGNORED)
}

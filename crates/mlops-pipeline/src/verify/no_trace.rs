//! Where programs cannot be traced: the same words, each of which says so.

use std::io;
use std::process::Command;

use super::watch::{Seen, Watch};

/// Whether programs can be traced on this machine, as far as the build can tell.
pub(super) const IS_POSSIBLE: bool = false;

fn impossible() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "programs are traced on Linux only, on x86-64 and aarch64",
    )
}

pub(super) fn let_trace() -> io::Result<()> {
    Err(impossible())
}

pub(super) fn run(_command: &mut Command, _watch: &Watch<'_>) -> io::Result<Seen> {
    Err(impossible())
}

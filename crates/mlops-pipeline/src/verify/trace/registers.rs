//! The registers of a traced thread: which system call, with which arguments, and what came of it.

use nix::sys::ptrace;
use nix::unistd::Pid;

/// A system call that begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) number: i64,
    pub(super) arguments: [u64; 6],
}

#[cfg(target_arch = "x86_64")]
pub(super) fn entry(thread: Pid) -> Option<Entry> {
    let now = ptrace::getregs(thread).ok()?;
    Some(Entry {
        number: now.orig_rax.cast_signed(),
        arguments: [now.rdi, now.rsi, now.rdx, now.r10, now.r8, now.r9],
    })
}

#[cfg(target_arch = "aarch64")]
pub(super) fn entry(thread: Pid) -> Option<Entry> {
    let now = ptrace::getregs(thread).ok()?;
    let mut arguments = [0; 6];
    arguments.copy_from_slice(&now.regs[..6]);
    Some(Entry {
        number: now.regs[8].cast_signed(),
        arguments,
    })
}

/// What a system call returned: a negative number is an error.
#[cfg(target_arch = "x86_64")]
pub(super) fn result(thread: Pid) -> Option<i64> {
    Some(ptrace::getregs(thread).ok()?.rax.cast_signed())
}

/// What a system call returned: a negative number is an error.
#[cfg(target_arch = "aarch64")]
pub(super) fn result(thread: Pid) -> Option<i64> {
    Some(ptrace::getregs(thread).ok()?.regs[0].cast_signed())
}

/// Where the stack is.
#[cfg(target_arch = "x86_64")]
pub(super) fn stack(thread: Pid) -> Option<u64> {
    Some(ptrace::getregs(thread).ok()?.rsp)
}

/// Where the stack is.
#[cfg(target_arch = "aarch64")]
pub(super) fn stack(thread: Pid) -> Option<u64> {
    Some(ptrace::getregs(thread).ok()?.sp)
}

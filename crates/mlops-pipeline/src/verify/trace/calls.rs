//! The system calls that say something about the world outside, by number: which argument is a path, which an address.

use nix::libc;

use crate::verify::attempt::Operation;

/// What a system call does, as far as it is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    /// Something with one or two paths.
    Paths(&'static [PathArgument]),
    /// Opens a path; the flags are this argument.
    Open { path: PathArgument, flags: usize },
    /// Opens a path; the flags are behind this argument.
    OpenHow { path: PathArgument, how: usize },
    /// Connects to, takes, or sends to an address; the arguments where it is and how long it is.
    Address {
        operation: Operation,
        at: usize,
        length: usize,
    },
    /// Sends a message, which may name an address.
    Message { at: usize },
    /// Draws random numbers.
    Random,
    /// Reads a clock; the argument says which.
    Clock,
    /// Reads the wall clock in an older way.
    TimeOfDay,
    /// Something without arguments that matter.
    Plain(Operation),
}

/// A path among the arguments.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathArgument {
    pub(super) operation: Operation,
    /// The argument with the folder that a relative path begins in; the working directory without one.
    pub(super) folder: Option<usize>,
    pub(super) path: usize,
}

const fn at(operation: Operation, folder: usize, path: usize) -> PathArgument {
    PathArgument {
        operation,
        folder: Some(folder),
        path,
    }
}

const fn plain(operation: Operation, path: usize) -> PathArgument {
    PathArgument {
        operation,
        folder: None,
        path,
    }
}

use Operation::{Execute, Look, Read, Remove, Write};

/// The system calls of every machine.
const EVERYWHERE: &[(i64, Call)] = &[
    (
        libc::SYS_openat,
        Call::Open {
            path: at(Read, 0, 1),
            flags: 2,
        },
    ),
    (
        libc::SYS_openat2,
        Call::OpenHow {
            path: at(Read, 0, 1),
            how: 2,
        },
    ),
    (libc::SYS_newfstatat, Call::Paths(&[at(Look, 0, 1)])),
    (libc::SYS_statx, Call::Paths(&[at(Look, 0, 1)])),
    (libc::SYS_faccessat, Call::Paths(&[at(Look, 0, 1)])),
    (libc::SYS_faccessat2, Call::Paths(&[at(Look, 0, 1)])),
    (libc::SYS_readlinkat, Call::Paths(&[at(Look, 0, 1)])),
    (libc::SYS_statfs, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_chdir, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_getxattr, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_lgetxattr, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_listxattr, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_inotify_add_watch, Call::Paths(&[plain(Look, 1)])),
    (libc::SYS_unlinkat, Call::Paths(&[at(Remove, 0, 1)])),
    (
        libc::SYS_renameat,
        Call::Paths(&[at(Remove, 0, 1), at(Write, 2, 3)]),
    ),
    (
        libc::SYS_renameat2,
        Call::Paths(&[at(Remove, 0, 1), at(Write, 2, 3)]),
    ),
    (
        libc::SYS_linkat,
        Call::Paths(&[at(Read, 0, 1), at(Write, 2, 3)]),
    ),
    (libc::SYS_symlinkat, Call::Paths(&[at(Write, 1, 2)])),
    (libc::SYS_mkdirat, Call::Paths(&[at(Write, 0, 1)])),
    (libc::SYS_mknodat, Call::Paths(&[at(Write, 0, 1)])),
    (libc::SYS_fchmodat, Call::Paths(&[at(Write, 0, 1)])),
    (libc::SYS_fchownat, Call::Paths(&[at(Write, 0, 1)])),
    (libc::SYS_utimensat, Call::Paths(&[at(Write, 0, 1)])),
    (libc::SYS_truncate, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_setxattr, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_execve, Call::Paths(&[plain(Execute, 0)])),
    (libc::SYS_execveat, Call::Paths(&[at(Execute, 0, 1)])),
    (
        libc::SYS_connect,
        Call::Address {
            operation: Operation::Connect,
            at: 1,
            length: 2,
        },
    ),
    (
        libc::SYS_bind,
        Call::Address {
            operation: Operation::Listen,
            at: 1,
            length: 2,
        },
    ),
    (
        libc::SYS_sendto,
        Call::Address {
            operation: Operation::Send,
            at: 4,
            length: 5,
        },
    ),
    (libc::SYS_sendmsg, Call::Message { at: 1 }),
    (libc::SYS_getrandom, Call::Random),
    (libc::SYS_clock_gettime, Call::Clock),
    (libc::SYS_gettimeofday, Call::TimeOfDay),
    (libc::SYS_uname, Call::Plain(Operation::Machine)),
    (libc::SYS_io_uring_setup, Call::Plain(Operation::Ring)),
];

/// The older forms that only this machine has.
#[cfg(target_arch = "x86_64")]
const HERE: &[(i64, Call)] = &[
    (
        libc::SYS_open,
        Call::Open {
            path: plain(Read, 0),
            flags: 1,
        },
    ),
    (libc::SYS_creat, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_stat, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_lstat, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_access, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_readlink, Call::Paths(&[plain(Look, 0)])),
    (libc::SYS_unlink, Call::Paths(&[plain(Remove, 0)])),
    (libc::SYS_rmdir, Call::Paths(&[plain(Remove, 0)])),
    (
        libc::SYS_rename,
        Call::Paths(&[plain(Remove, 0), plain(Write, 1)]),
    ),
    (
        libc::SYS_link,
        Call::Paths(&[plain(Read, 0), plain(Write, 1)]),
    ),
    (libc::SYS_symlink, Call::Paths(&[plain(Write, 1)])),
    (libc::SYS_mkdir, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_mknod, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_chmod, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_chown, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_lchown, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_utime, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_utimes, Call::Paths(&[plain(Write, 0)])),
    (libc::SYS_futimesat, Call::Paths(&[at(Write, 0, 1)])),
    (libc::SYS_time, Call::Plain(Operation::Clock)),
];

/// The older forms that only this machine has: none.
#[cfg(target_arch = "aarch64")]
const HERE: &[(i64, Call)] = &[];

/// What the system call of this number does.
pub(super) fn find(number: i64) -> Option<Call> {
    EVERYWHERE
        .iter()
        .chain(HERE)
        .find(|(known, _)| *known == number)
        .map(|(_, call)| *call)
}

/// What opening a path with these flags is.
pub(super) fn opening(flags: u64) -> Operation {
    let has = |flag: i32| flags & u64::from(flag.cast_unsigned()) != 0;
    let access = flags & u64::from(libc::O_ACCMODE.cast_unsigned());
    let writes = access == u64::from(libc::O_WRONLY.cast_unsigned())
        || access == u64::from(libc::O_RDWR.cast_unsigned());
    if has(libc::O_PATH) {
        Operation::Look
    } else if writes || has(libc::O_CREAT) || has(libc::O_TRUNC) {
        Operation::Write
    } else if has(libc::O_DIRECTORY) {
        Operation::List
    } else {
        Operation::Read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_system_call_stands_in_the_tables_twice() {
        let mut numbers: Vec<i64> = EVERYWHERE.iter().chain(HERE).map(|(n, _)| *n).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }

    #[test]
    fn the_flags_say_what_opening_is() {
        let of = |flags: i32| opening(u64::from(flags.cast_unsigned()));
        assert_eq!(of(libc::O_RDONLY | libc::O_CLOEXEC), Operation::Read);
        assert_eq!(of(libc::O_RDONLY | libc::O_DIRECTORY), Operation::List);
        assert_eq!(of(libc::O_PATH | libc::O_DIRECTORY), Operation::Look);
        assert_eq!(of(libc::O_RDWR), Operation::Write);
        assert_eq!(of(libc::O_WRONLY | libc::O_APPEND), Operation::Write);
        assert_eq!(of(libc::O_RDONLY | libc::O_CREAT), Operation::Write);
    }
}

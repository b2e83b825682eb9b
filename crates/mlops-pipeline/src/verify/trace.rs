//! Runs a program under `ptrace`: names what it tries, and holds still what would be another each time.
//!
//! The kernel's sandbox refuses and does not say what; a tracer sees each system call with its arguments. Time and
//! random numbers are usually read from a page that the kernel maps into each process, without any call; that page
//! is hidden from the program before it begins, so that they are asked for and can be seen, or answered by us.
//!
//! All of this is done by the thread that started the program, because a tracer is a thread and not a process.

mod calls;
mod memory;
mod places;
mod registers;
mod still;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use self::calls::Call;
use self::still::{RANDOM_FILES, Still, is_random, is_wall_clock};
use super::attempt::{Attempts, Ending, Operation};
use super::watch::{Depth, Ended, Seen, Watch};

/// Whether programs can be traced on this machine, as far as the build can tell.
pub(super) const IS_POSSIBLE: bool = true;

/// Lets the parent trace this program from the next `exec` on.
///
/// # Errors
/// The system does not allow it.
pub(super) fn let_trace() -> io::Result<()> {
    Ok(ptrace::traceme()?)
}

/// Runs a program that lets itself be traced.
///
/// # Errors
/// It cannot be started, or the system refused a step of tracing.
pub(super) fn run(command: &mut Command, watch: &Watch<'_>) -> io::Result<Seen> {
    let child = command.spawn()?;
    let main = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    let clock = watch.limit.map(|limit| Limit::start(main, limit));
    let mut tracer = Tracer {
        watch,
        main,
        inside: false,
        known: BTreeSet::from([main]),
        pending: BTreeMap::new(),
        threads: 0,
        attempts: Attempts::default(),
        still: Still::new(match watch.depth {
            Depth::Threads => None,
            Depth::Calls { still, .. } => Some(still),
        }),
    };
    let mut ended = match tracer.attach()? {
        Some(ended) => ended,
        None => tracer.follow()?,
    };
    if clock.is_some_and(|clock| clock.is_over()) {
        ended = Ended::OutOfTime;
    }
    Ok(Seen {
        ended,
        threads: tracer.threads,
        attempts: tracer.attempts.into_list(),
    })
}

struct Tracer<'a> {
    watch: &'a Watch<'a>,
    main: Pid,
    /// Whether the stage is running.
    inside: bool,
    /// Every thread that has stopped at least once: the first stop of a new one is no signal to it.
    known: BTreeSet<Pid>,
    /// What each thread is in the middle of.
    pending: BTreeMap<Pid, Pending>,
    threads: u32,
    attempts: Attempts,
    still: Still<'a>,
}

/// A system call that has begun.
struct Pending {
    arguments: [u64; 6],
    call: Call,
    /// What was tried that nobody allowed.
    tried: Vec<(Operation, String)>,
    /// What stood at an address before we wrote there.
    restore: Option<(u64, Vec<u8>)>,
}

impl Tracer<'_> {
    /// Waits until the program begins; returns how it ended, if it never did.
    fn attach(&self) -> io::Result<Option<Ended>> {
        loop {
            match waitpid(self.main, Some(WaitPidFlag::__WALL)) {
                Ok(WaitStatus::Stopped(_, Signal::SIGTRAP)) => break,
                Ok(WaitStatus::Stopped(_, signal)) => ptrace::cont(self.main, signal)?,
                Ok(WaitStatus::Exited(_, code)) => return Ok(Some(Ended::Exited(code))),
                Ok(WaitStatus::Signaled(_, signal, _)) => return Ok(Some(killed(signal))),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        ptrace::setoptions(
            self.main,
            Options::PTRACE_O_TRACESYSGOOD
                | Options::PTRACE_O_TRACECLONE
                | Options::PTRACE_O_TRACEFORK
                | Options::PTRACE_O_TRACEVFORK
                | Options::PTRACE_O_TRACEEXEC
                | Options::PTRACE_O_EXITKILL,
        )?;
        self.hide_clocks(self.main);
        self.go_on(self.main, None);
        Ok(None)
    }

    /// Follows every thread until the program has ended.
    fn follow(&mut self) -> io::Result<Ended> {
        // Only what this thread started: others of this process may wait for programs of their own.
        let which = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        let ended = loop {
            match waitpid(None, Some(which)) {
                Ok(WaitStatus::Exited(thread, code)) => {
                    self.forget(thread);
                    if thread == self.main {
                        break Ended::Exited(code);
                    }
                }
                Ok(WaitStatus::Signaled(thread, signal, _)) => {
                    self.forget(thread);
                    if thread == self.main {
                        break killed(signal);
                    }
                }
                Ok(WaitStatus::Stopped(thread, signal)) => {
                    let is_new = self.known.insert(thread);
                    let is_start = is_new && signal == Signal::SIGSTOP;
                    self.go_on(thread, (!is_start).then_some(signal));
                }
                Ok(WaitStatus::PtraceEvent(thread, _, event)) => {
                    if event == libc::PTRACE_EVENT_CLONE {
                        let counts = self.inside || matches!(self.watch.depth, Depth::Threads);
                        self.threads += u32::from(counts);
                    } else if event == libc::PTRACE_EVENT_EXEC {
                        self.hide_clocks(thread);
                    }
                    self.go_on(thread, None);
                }
                Ok(WaitStatus::PtraceSyscall(thread)) => {
                    self.system_call(thread);
                    self.go_on(thread, None);
                }
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        };
        self.end_what_is_left();
        Ok(ended)
    }

    /// Lets a thread run to its next stop. One that has died meanwhile needs nothing.
    fn go_on(&self, thread: Pid, signal: Option<Signal>) {
        let _ = match self.watch.depth {
            Depth::Threads => ptrace::cont(thread, signal),
            Depth::Calls { .. } => ptrace::syscall(thread, signal),
        };
    }

    fn hide_clocks(&self, process: Pid) {
        if let Depth::Calls { .. } = self.watch.depth {
            memory::hide_vdso(process);
        }
    }

    fn forget(&mut self, thread: Pid) {
        self.known.remove(&thread);
        if let Some(pending) = self.pending.remove(&thread) {
            self.note(pending.tried, Ending::Done);
        }
    }

    /// Programs that the stage started and did not wait for.
    fn end_what_is_left(&mut self) {
        for process in std::mem::take(&mut self.known) {
            let is_there = process != self.main && kill(process, Signal::SIGKILL).is_ok();
            if is_there {
                let _ = waitpid(process, Some(WaitPidFlag::__WALL));
            }
        }
    }

    fn system_call(&mut self, thread: Pid) {
        let Ok(stop) = ptrace::syscall_info(thread) else {
            return;
        };
        if stop.op == libc::PTRACE_SYSCALL_INFO_ENTRY {
            if let Some(entry) = registers::entry(thread)
                && let Some(call) = calls::find(entry.number)
            {
                let tried = self.tried(thread, call, &entry.arguments);
                let pending = Pending {
                    restore: self
                        .inside
                        .then(|| {
                            self.still
                                .open_zeros_instead(thread, call, &entry.arguments)
                        })
                        .flatten(),
                    arguments: entry.arguments,
                    call,
                    tried,
                };
                self.pending.insert(thread, pending);
            }
        } else if stop.op == libc::PTRACE_SYSCALL_INFO_EXIT
            && let Some(pending) = self.pending.remove(&thread)
            && let Some(result) = registers::result(thread)
        {
            self.note(pending.tried, ending_of(result));
            if let Some((address, bytes)) = pending.restore {
                memory::put(thread, address, &bytes);
            }
            if result >= 0 {
                let (call, arguments) = (pending.call, &pending.arguments);
                self.still
                    .answer(thread, call, arguments, result, self.inside);
            }
        }
    }

    /// What is tried that nobody allowed; also where the stage begins and ends.
    fn tried(&mut self, thread: Pid, call: Call, arguments: &[u64; 6]) -> Vec<(Operation, String)> {
        let paths = self.paths(thread, call, arguments);
        if let [(Operation::Look, path)] = paths.as_slice() {
            if *path == self.watch.begin {
                self.inside = true;
            } else if *path == self.watch.end {
                self.inside = false;
            }
        }
        let Depth::Calls {
            allowed: Some(allowed),
            ..
        } = self.watch.depth
        else {
            return Vec::new();
        };
        let is_marker = |path: &Path| path == self.watch.begin || path == self.watch.end;
        if !self.inside {
            return Vec::new();
        }
        let mut tried: Vec<(Operation, String)> = paths
            .into_iter()
            .filter(|(operation, path)| {
                !is_marker(path) && !places::permits(allowed, *operation, path)
            })
            .map(|(operation, path)| {
                let is_random = RANDOM_FILES.contains(&path.as_os_str().as_encoded_bytes());
                match operation {
                    Operation::Read if is_random => {
                        let what = format!("random numbers of {}", path.display());
                        (Operation::Random, what)
                    }
                    operation => (operation, path.display().to_string()),
                }
            })
            .collect();
        tried.extend(match call {
            Call::Address {
                operation,
                at,
                length,
            } => places::address(allowed, thread, arguments[at], arguments[length])
                .map(|address| (operation, address)),
            Call::Message { at } => places::address_of_message(allowed, thread, arguments[at])
                .map(|address| (Operation::Send, address)),
            Call::Random if is_random(arguments) => {
                Some((Operation::Random, "random numbers of the system".to_owned()))
            }
            Call::Clock if is_wall_clock(arguments[0]) => Some(wall_clock()),
            Call::TimeOfDay | Call::Plain(Operation::Clock) => Some(wall_clock()),
            Call::Plain(Operation::Machine) => {
                Some((Operation::Machine, "the name of the machine".to_owned()))
            }
            Call::Plain(operation) => Some((operation, "io_uring".to_owned())),
            _ => None,
        });
        tried
    }

    fn paths(&self, thread: Pid, call: Call, arguments: &[u64; 6]) -> Vec<(Operation, PathBuf)> {
        let resolve = |argument: &calls::PathArgument, operation| {
            let folder = argument.folder.map(|folder| arguments[folder]);
            let path = places::path(thread, folder, arguments[argument.path], &self.known)?;
            Some((operation, path))
        };
        match call {
            Call::Paths(paths) => {
                let resolved = paths.iter().map(|path| resolve(path, path.operation));
                resolved.flatten().collect()
            }
            Call::Open { path, flags } => {
                let operation = calls::opening(arguments[flags]);
                resolve(&path, operation).into_iter().collect()
            }
            Call::OpenHow { path, how } => {
                let flags = memory::word(thread, arguments[how]).unwrap_or_default();
                resolve(&path, calls::opening(flags)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn note(&mut self, tried: Vec<(Operation, String)>, ending: Ending) {
        for (operation, what) in tried {
            self.attempts.add(operation, what, ending);
        }
    }
}

fn killed(signal: Signal) -> Ended {
    Ended::Killed(signal.as_str().to_owned())
}

fn wall_clock() -> (Operation, String) {
    (Operation::Clock, "the wall clock".to_owned())
}

fn ending_of(result: i64) -> Ending {
    let error = i32::try_from(-result).map_or(Errno::UnknownErrno, Errno::from_raw);
    match error {
        Errno::EACCES | Errno::EPERM if result < 0 => Ending::Refused,
        Errno::ENOENT | Errno::ENOTDIR if result < 0 => Ending::Missing,
        _ => Ending::Done,
    }
}

/// Ends a program that takes too long.
struct Limit {
    over: Arc<AtomicBool>,
    /// Dropped when the program has ended.
    _running: Sender<()>,
}

impl Limit {
    fn start(process: Pid, limit: Duration) -> Self {
        let (running, ended) = channel::<()>();
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        std::thread::spawn(move || {
            if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                is_over.store(true, Ordering::SeqCst);
                let _ = kill(process, Signal::SIGKILL);
            }
        });
        Self {
            over,
            _running: running,
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_whether_something_was_refused_or_missing() {
        assert_eq!(ending_of(3), Ending::Done);
        assert_eq!(ending_of(13), Ending::Done);
        assert_eq!(ending_of(-13), Ending::Refused);
        assert_eq!(ending_of(-2), Ending::Missing);
        assert_eq!(ending_of(-111), Ending::Done);
    }
}

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

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use mlops_core::Digest;
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use self::calls::Call;
use super::attempt::{Attempts, Ending, Operation};
use super::cause::Cause;
use super::watch::{Depth, Ended, Seen, Watch};

/// Whether programs can be traced on this machine, as far as the build can tell.
pub(super) const IS_POSSIBLE: bool = true;

/// The moment at which a clock stands that is held still: 2001-02-03 04:05:06 UTC, a year, a month, a day and an hour that
/// no present run shares with it.
const STILL_SINCE: u64 = 981_173_106;
/// The flag by which the standard library asks for the seed of its hash maps, and how many bytes it asks for.
const GRND_INSECURE: u64 = 4;
const HASH_SEED: u64 = 16;
/// How the allocator of the C library asks for a number that guards its lists.
const ALLOCATOR: (u64, u64) = (8, 1);
/// Random numbers as files, and what is read in their place.
const RANDOM_FILES: [&[u8]; 2] = [b"/dev/urandom", b"/dev/random"];
const ZEROS: &[u8] = b"/dev/zero\0";
/// What the bytes of a hash seed are when they are held still.
const STILL_SEED: u8 = 0x5a;

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
        drawn: 0,
        read: 0,
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
    /// How often random numbers were drawn.
    drawn: u64,
    /// How often a wall clock was read.
    read: u64,
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
                    restore: self.open_zeros_instead(thread, call, &entry.arguments),
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
                self.hold_still(thread, pending.call, &pending.arguments, result);
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

    /// Where random numbers are read as a file, zeros are read instead. Returns what has to be put back.
    fn open_zeros_instead(
        &self,
        thread: Pid,
        call: Call,
        arguments: &[u64; 6],
    ) -> Option<(u64, Vec<u8>)> {
        let (Call::Open { path, .. } | Call::OpenHow { path, .. }) = call else {
            return None;
        };
        if !self.inside || !self.holds(Cause::Random) {
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

    fn holds(&self, cause: Cause) -> bool {
        matches!(self.watch.depth, Depth::Calls { still, .. } if still.contains(&cause))
    }

    /// Puts what is the same each time in the place of what the system answered. Hash seeds are held from the very
    /// beginning: a thread draws one for all of its maps, and may have done so before the stage began.
    fn hold_still(&mut self, thread: Pid, call: Call, arguments: &[u64; 6], result: i64) {
        let length = usize::try_from(result).unwrap_or_default();
        match call {
            Call::Random if is_hash_seed(arguments) && self.holds(Cause::HashOrder) => {
                memory::write(thread, arguments[0], &vec![STILL_SEED; length]);
            }
            _ if !self.inside => {}
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
        let seconds = STILL_SINCE + self.read / 1_000_000;
        let rest = self.read % 1_000_000 * unit;
        let bytes = [seconds.to_ne_bytes(), rest.to_ne_bytes()].concat();
        memory::write(thread, address, &bytes);
    }
}

fn killed(signal: Signal) -> Ended {
    Ended::Killed(signal.as_str().to_owned())
}

fn wall_clock() -> (Operation, String) {
    (Operation::Clock, "the wall clock".to_owned())
}

/// Whether this clock tells the date. The others only tell how long something took.
fn is_wall_clock(clock: u64) -> bool {
    let clock = i32::try_from(clock).unwrap_or(-1);
    [
        libc::CLOCK_REALTIME,
        libc::CLOCK_REALTIME_COARSE,
        libc::CLOCK_TAI,
    ]
    .contains(&clock)
}

/// Whether these are the arguments with which the standard library seeds its hash maps.
fn is_hash_seed(arguments: &[u64; 6]) -> bool {
    arguments[1] == HASH_SEED && arguments[2] & GRND_INSECURE != 0
}

fn is_random(arguments: &[u64; 6]) -> bool {
    !is_hash_seed(arguments) && (arguments[1], arguments[2]) != ALLOCATOR
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
    fn a_stream_is_the_same_each_time_and_another_for_each_draw() {
        assert_eq!(stream(1, 40), stream(1, 40));
        assert_eq!(stream(1, 40).len(), 40);
        assert_ne!(stream(1, 16), stream(2, 16));
        assert!(stream(1, 0).is_empty());
    }

    #[test]
    fn seeds_of_hash_maps_and_the_allocator_are_no_random_numbers() {
        assert!(is_hash_seed(&[0, 16, 4, 0, 0, 0]) && !is_random(&[0, 16, 4, 0, 0, 0]));
        assert!(!is_random(&[0, 8, 1, 0, 0, 0]));
        assert!(is_random(&[0, 16, 0, 0, 0, 0]) && is_random(&[0, 32, 4, 0, 0, 0]));
    }

    #[test]
    fn errors_say_whether_something_was_refused_or_missing() {
        assert_eq!(ending_of(3), Ending::Done);
        assert_eq!(ending_of(13), Ending::Done);
        assert_eq!(ending_of(-13), Ending::Refused);
        assert_eq!(ending_of(-2), Ending::Missing);
        assert_eq!(ending_of(-111), Ending::Done);
    }
}

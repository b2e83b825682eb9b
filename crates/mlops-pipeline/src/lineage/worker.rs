//! The thread that serves one transport: reads on from its cursor, makes events, sends them, moves the cursor.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mlops_core::Digest;
use mlops_store::{JournalKind, Store, StoreError};

use super::event::Event;
use super::line_file::take_turn;
use super::records::{Records, Subject};
use super::transport::Transport;

/// The pause after the first failure; it doubles with each, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How soon to look again when another process has the turn.
const TURN_PAUSE: Duration = Duration::from_millis(10);
/// So much news is not gathered any further: a run that reuses thousands of stages would end before its lineage began.
const ENOUGH: u32 = 256;

/// What the thread and its owner say to each other.
#[derive(Debug, Default)]
pub(super) struct Line {
    state: Mutex<State>,
    changed: Condvar,
}

/// What is known of a transport.
#[derive(Debug, Default, Clone)]
pub(super) struct State {
    /// How often there may be new lines in the journal since the last look.
    news: u32,
    /// What is there is to be sent, and then the thread ends.
    last: bool,
    /// The thread ends after what it is just doing.
    abandoned: bool,
    /// The thread has ended.
    pub(super) ended: bool,
    /// Everything up to the end of the journal is delivered.
    pub(super) drained: bool,
    /// Why the last attempt failed, if it did.
    pub(super) failure: Option<String>,
    pub(super) taken: u64,
    pub(super) rejected: u64,
    pub(super) unreadable: u64,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Says that there may be something new.
    pub(super) fn ring(&self) {
        let mut state = self.lock();
        state.news = state.news.saturating_add(1);
        // Others change nothing, and the thread would only wake to wait again.
        if state.news == 1 || state.news == ENOUGH {
            self.changed.notify_all();
        }
    }

    /// Asks for the last delivery.
    pub(super) fn ask_to_finish(&self) {
        self.change(|state| state.last = true);
    }

    /// Tells the thread to end.
    pub(super) fn abandon(&self) {
        self.change(|state| {
            state.last = true;
            state.abandoned = true;
        });
    }

    /// Waits until the thread has ended, or `enough` says so, or until `deadline`.
    pub(super) fn wait(&self, deadline: Instant, enough: impl Fn(&State) -> bool) -> State {
        let mut state = self.lock();
        while !state.ended && !enough(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.clone()
    }

    fn is_abandoned(&self) -> bool {
        self.lock().abandoned
    }

    /// The thread's rest: until the pause is over, or until there is something new. Whether this is the last delivery.
    fn rest(&self, pause: Option<Duration>, gather: Duration) -> bool {
        let mut state = self.lock();
        let mut until = pause.map(|pause| Instant::now() + pause);
        let is_enough = |state: &State| pause.is_none() && state.news >= ENOUGH;
        while !state.last && !is_enough(&state) {
            match until {
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    state = self
                        .changed
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0;
                }
                None if state.news > 0 => until = Some(Instant::now() + gather),
                None => {
                    state = self
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        state.news = 0;
        state.last
    }
}

/// How one delivery went.
enum Pass {
    /// To the end of the journal.
    Drained,
    /// Another process has the turn.
    NotOurTurn,
    /// As far as it went; the reason is in the state.
    Failed,
    /// It was told to end.
    Abandoned,
}

/// One transport and where it stands.
pub(super) struct Worker<T> {
    pub(super) transport: T,
    pub(super) line: Arc<Line>,
    pub(super) store: Store,
    pub(super) folder: PathBuf,
    pub(super) namespace: String,
    pub(super) profile: String,
    pub(super) records: Records,
}

/// The name of a transport's cursor. Each profile has its own, because each says where its lineage goes.
pub(super) fn cursor(transport: &str, profile: &str) -> String {
    format!("openlineage {transport} {profile}")
}

impl<T: Transport> Worker<T> {
    /// Starts the thread.
    ///
    /// # Errors
    /// The machine has no thread left.
    pub(super) fn start(self) -> std::io::Result<std::thread::JoinHandle<()>> {
        self.line.ring();
        std::thread::Builder::new()
            .name(format!("lineage {}", T::NAME))
            .spawn(move || {
                // Also after a panic, nobody must wait for this thread.
                struct Ended(Arc<Line>);
                impl Drop for Ended {
                    fn drop(&mut self) {
                        self.0.change(|state| state.ended = true);
                    }
                }
                let _ended = Ended(Arc::clone(&self.line));
                self.work();
            })
    }

    fn work(mut self) {
        let mut pause = None;
        let mut failures = 0;
        loop {
            let last = self.line.rest(pause, T::GATHER);
            if self.line.is_abandoned() || (last && failures > 0 && !T::INSISTS) {
                return;
            }
            match self.pass() {
                Ok(Pass::Drained) => {
                    failures = 0;
                    pause = None;
                    if last {
                        return;
                    }
                }
                Ok(Pass::NotOurTurn) => {
                    pause = Some(TURN_PAUSE);
                    if last {
                        // Whoever has it may deliver for another profile, or have read before our last line.
                        std::thread::sleep(TURN_PAUSE);
                    }
                }
                Ok(Pass::Abandoned) => return,
                Ok(Pass::Failed) | Err(_) if last => return,
                Ok(Pass::Failed) | Err(_) => {
                    failures += 1;
                    let doubled = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(16));
                    pause = Some(doubled.min(LONGEST_PAUSE));
                }
            }
        }
    }

    fn pass(&mut self) -> Result<Pass, StoreError> {
        self.line.change(|state| state.drained = false);
        let passed = self.deliver();
        if let Err(error) = &passed {
            let reason = crate::engine::in_full(error);
            self.line.change(|state| state.failure = Some(reason));
        }
        passed
    }

    /// Delivers from the cursor to the end of the journal, as long as it is this process's turn.
    fn deliver(&mut self) -> Result<Pass, StoreError> {
        let profile = Digest::of(self.profile.as_bytes()).short();
        let _turn = match take_turn(&self.folder, &format!("{}-{profile}", T::NAME)) {
            Ok(Some(turn)) => turn,
            Ok(None) => return Ok(Pass::NotOurTurn),
            Err(error) => {
                let reason = format!("the turn to deliver lineage could not be taken: {error}");
                self.line.change(|state| state.failure = Some(reason));
                return Ok(Pass::Failed);
            }
        };
        let cursor_name = cursor(T::NAME, &self.profile);
        let mut cursor = self.store.delivered(&cursor_name)?;
        loop {
            let mut lines = self.store.journal_after(cursor, T::BATCH)?;
            if self.line.lock().failure.is_some() {
                // One event tells whether the other end is back; then nobody must think that it is still down.
                lines.truncate(1);
            }
            if lines.is_empty() {
                self.line.change(|state| {
                    state.drained = true;
                    state.failure = None;
                });
                return Ok(Pass::Drained);
            }
            self.records.refresh();
            let mut events = Vec::with_capacity(lines.len());
            let mut sequences = Vec::with_capacity(lines.len());
            let mut unreadable = 0;
            for line in &lines {
                let subject = self.records.subject(line)?;
                let event = Event::of(&self.namespace, line, &subject);
                // Nothing in an event is what JSON cannot say; if it ever is, the line counts as lost, and is reported.
                match event.map(|event| serde_json::to_string(&event)) {
                    Some(Ok(event)) => {
                        events.push(event);
                        sequences.push(line.sequence);
                    }
                    None if matches!(subject, Subject::Elsewhere) => {}
                    None | Some(Err(_)) => unreadable += 1,
                }
                if line.stage.is_none() && line.kind != JournalKind::Start {
                    self.records.forget(line.run);
                }
            }
            let watched = Arc::clone(&self.line);
            let sent = self.transport.send(&events, &|| !watched.is_abandoned());
            let is_whole = sent.taken == events.len();
            let reached = if is_whole {
                lines.last().map_or(cursor, |line| line.sequence)
            } else {
                // Everything before the first event that was not taken is done with.
                sequences[sent.taken] - 1
            };
            if reached > cursor {
                self.store.set_delivered(&cursor_name, reached)?;
                cursor = reached;
            }
            self.line.change(|state| {
                state.taken += sent.taken as u64 - sent.rejected;
                state.rejected += sent.rejected;
                state.unreadable += if is_whole { unreadable } else { 0 };
                if sent.taken > 0 {
                    state.failure = None;
                }
                if let Some(reason) = &sent.failure {
                    state.failure = Some(reason.clone());
                }
            });
            if !is_whole {
                let failed = sent.failure.is_some();
                return Ok(if failed {
                    Pass::Failed
                } else {
                    Pass::Abandoned
                });
            }
        }
    }
}

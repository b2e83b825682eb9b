//! Brings events to where they go, beside the run and after it, and says what became of them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mlops_core::SecretValue;
use mlops_store::{Store, StoreError};

use super::error::LineageError;
use super::http::Http;
use super::line_file::LineFile;
use super::records::Records;
use super::transport::{EventFile, Transport};
use super::worker::{Line, State, Worker, cursor};

/// How long the file may take at the end. It waits for nobody but writers of the same file, who take milliseconds.
const FILE_LIMIT: Duration = Duration::from_secs(10);

/// Where events go, for the runs under one profile.
#[derive(Default)]
pub struct LineageOptions {
    /// The profile: only its runs are delivered, because another may send its own elsewhere, or nowhere.
    pub profile: String,
    /// The namespace of jobs and artifacts.
    pub namespace: String,
    /// Whether events are appended to `lineage/openlineage.jsonl` in the store.
    pub file: bool,
    /// The collector: its address, or that of its endpoint.
    pub url: Option<String>,
    /// The collector's key, sent as `Authorization: Bearer`.
    pub api_key: Option<SecretValue>,
    /// Whether the file must outlive a power cut.
    pub sync: bool,
}

impl fmt::Debug for LineageOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineageOptions")
            .field("profile", &self.profile)
            .field("namespace", &self.namespace)
            .field("file", &self.file)
            .field("url", &self.url.is_some())
            .field("api_key", &self.api_key.is_some())
            .field("sync", &self.sync)
            .finish()
    }
}

/// Delivers the journal's lines as events.
///
/// The journal in the store is the spool: a line is written in the transaction that makes it true, and each transport
/// remembers how far it has come. So neither a dead collector nor a dead process loses an event; it is sent by whichever run
/// under the profile comes next, in the order of the journal, at least once, and with the same identity.
#[derive(Debug)]
pub struct LineageDelivery {
    store: Store,
    profile: String,
    file: Option<Serving>,
    http: Option<Serving>,
}

#[derive(Debug)]
struct Serving {
    line: Arc<Line>,
    thread: JoinHandle<()>,
}

/// What became of events while a [`LineageDelivery`] was at work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineageReport {
    /// Events appended to the file.
    pub written: u64,
    /// Events that the collector took.
    pub posted: u64,
    /// Events that the collector refused for ever; they are in `lineage/rejected.jsonl`, with its answers.
    pub rejected: u64,
    /// Lines of the journal whose records are gone or damaged, so that there is no event.
    pub unreadable: u64,
    /// Events that wait for the collector; the next run sends them. Counted up to 1,000.
    pub waiting: u64,
    /// Why the file is not complete.
    pub file_failure: Option<String>,
    /// Why events wait.
    pub collector_failure: Option<String>,
}

impl LineageReport {
    /// What a person should know, a line each; empty when all is well.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(reason) = &self.file_failure {
            warnings.push(format!("lineage is not complete on disk yet: {reason}"));
        }
        if self.waiting > 0 {
            let events = counted(self.waiting, "lineage event waits", "lineage events wait");
            let reason = match &self.collector_failure {
                Some(reason) => format!(" ({reason})"),
                None => String::new(),
            };
            warnings.push(format!(
                "{events} for the collector{reason}; the next run sends what waits"
            ));
        }
        if self.rejected > 0 {
            let events = counted(self.rejected, "lineage event", "lineage events");
            warnings.push(format!(
                "the collector refused {events}; see lineage/rejected.jsonl in the store"
            ));
        }
        if self.unreadable > 0 {
            let events = counted(self.unreadable, "lineage event is", "lineage events are");
            warnings.push(format!(
                "{events} lost, because records are damaged or gone; `store check` says which"
            ));
        }
        warnings
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        MOST_COUNTED.. => format!("{count} or more {many}"),
        count => format!("{count} {many}"),
    }
}

impl LineageDelivery {
    /// Starts delivering, from where the last one stopped. Without a transport it does nothing, and costs nothing.
    ///
    /// # Errors
    /// The collector's address or key cannot be used, the folder cannot be made, or no thread could be started.
    pub fn start(store: &Store, options: LineageOptions) -> Result<Self, LineageError> {
        let mut delivery = Self {
            store: store.clone(),
            profile: options.profile,
            file: None,
            http: None,
        };
        if !options.file && options.url.is_none() {
            return Ok(delivery);
        }
        let folder = store.folder().join("lineage");
        std::fs::create_dir_all(&folder).map_err(LineageError::Folder)?;
        if options.file {
            let file = LineFile::new(&folder, "openlineage.jsonl", options.sync);
            let serving = delivery.serve(EventFile(file), &folder, &options.namespace)?;
            delivery.file = Some(serving);
        }
        if let Some(url) = options.url {
            let rejected = LineFile::new(&folder, "rejected.jsonl", options.sync);
            let http = Http::new(&url, options.api_key, rejected)?;
            let serving = delivery.serve(http, &folder, &options.namespace)?;
            delivery.http = Some(serving);
        }
        Ok(delivery)
    }

    fn serve<T: Transport>(
        &self,
        transport: T,
        folder: &Path,
        namespace: &str,
    ) -> Result<Serving, LineageError> {
        let line = Arc::new(Line::default());
        let worker = Worker {
            transport,
            line: Arc::clone(&line),
            store: self.store.clone(),
            folder: folder.to_path_buf(),
            namespace: namespace.to_owned(),
            profile: self.profile.clone(),
            records: Records::new(self.store.clone(), self.profile.clone()),
        };
        let thread = worker.start().map_err(LineageError::Thread)?;
        Ok(Serving { line, thread })
    }

    /// Says that something may have happened. Cheap: it waits for nothing and reads nothing.
    pub fn notify(&self) {
        for serving in [&self.file, &self.http].into_iter().flatten() {
            serving.line.ring();
        }
    }

    /// Delivers what the run has left and says what became of everything.
    ///
    /// The file is complete when this returns, unless the disk failed. The collector gets as long as `limit`, and nothing if
    /// it was down a moment ago: what it does not take now is sent by the next run.
    pub fn finish(mut self, limit: Duration) -> LineageReport {
        let begun = Instant::now();
        let mut report = LineageReport::default();
        for serving in [&self.file, &self.http].into_iter().flatten() {
            serving.line.ask_to_finish();
        }
        if let Some(serving) = self.file.take() {
            let state = serving.line.wait(begun + FILE_LIMIT, |_| false);
            serving.line.abandon();
            if state.ended {
                let _ = serving.thread.join();
            }
            report.written = state.taken;
            report.unreadable = state.unreadable;
            report.file_failure = reason(&state);
        }
        if let Some(serving) = self.http.take() {
            let state = serving
                .line
                .wait(begun + limit, |state| state.failure.is_some());
            serving.line.abandon();
            report.posted = state.taken;
            report.rejected = state.rejected;
            report.unreadable = report.unreadable.max(state.unreadable);
            if !(state.ended && state.drained) {
                report.collector_failure = state.failure;
                // A store that cannot be read was reported by whoever read it for the run.
                report.waiting = self.waiting().unwrap_or(1);
            }
        }
        report
    }

    /// How many events the collector has not taken.
    fn waiting(&self) -> Result<u64, StoreError> {
        let cursor = self.store.delivered(&cursor(Http::NAME, &self.profile))?;
        let mut records = Records::new(self.store.clone(), self.profile.clone());
        let mut waiting = 0;
        let most = usize::try_from(MOST_COUNTED).unwrap_or(usize::MAX);
        for line in self.store.journal_after(cursor, most)? {
            waiting += u64::from(records.is_ours(&line)?);
        }
        Ok(waiting)
    }
}

/// Waiting events are counted up to here: the number is for people.
const MOST_COUNTED: u64 = 1000;

/// Why a transport that must have come to the end has not.
fn reason(state: &State) -> Option<String> {
    if state.ended && state.drained {
        return None;
    }
    let unknown = || "another process kept the file".to_owned();
    Some(state.failure.clone().unwrap_or_else(unknown))
}

impl Drop for LineageDelivery {
    fn drop(&mut self) {
        for serving in [&self.file, &self.http].into_iter().flatten() {
            serving.line.abandon();
        }
    }
}

//! What is remembered: artifacts by content, metadata in SQLite, leases, the audit log.

mod api;
mod connection;
mod error;
mod options;
mod record;
mod run_record;

pub use api::{
    Acquire, AuditEntry, AuditFilter, AuditRecord, AuditVerdict, CheckReport, CheckScope,
    Checkpoint, Commit, JournalKind, JournalLine, KnownSource, Lease, LeaseHolder, LineageEntry,
    LineageGraph, LineageInput, LineageItem, LineageOutput, Problem, RunFilter, ScratchFolder,
    Severity, StagedArtifact, Stats, Store, StoredArtifact,
};
pub use error::StoreError;
#[doc(hidden)]
pub use options::Faults;
pub use options::{Access, Durability, StoreOptions};
pub use record::{ArtifactReference, Entry, InputKind, InputRecord, LogLine, Metric, Playback};
pub use run_record::{CodeState, Counts, RunOutcome, RunRecord, StageOutcome, StageRecord};

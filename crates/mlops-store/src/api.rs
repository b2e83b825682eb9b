//! The public interface, still without what is behind it.
#![expect(
    clippy::todo,
    missing_docs,
    unused_variables,
    reason = "a skeleton for the engine to be written against"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use mlops_core::{
    ArtifactError, ArtifactInput, ArtifactOutput, Description, Digest, Level, SourceState,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::*;

#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}
#[derive(Debug)]
struct Inner;

#[derive(Debug, Clone)]
pub struct StagedArtifact {
    digest: Digest,
    size: u64,
    media_type: String,
}
impl StagedArtifact {
    pub fn digest(&self) -> Digest {
        self.digest
    }
    pub fn size(&self) -> u64 {
        self.size
    }
    pub fn media_type(&self) -> &str {
        &self.media_type
    }
    pub fn reference(&self, description: Description) -> ArtifactReference {
        todo!()
    }
}
#[derive(Debug, Clone)]
pub struct StoredArtifact {
    media_type: String,
    bytes: Bytes,
}
impl StoredArtifact {
    pub fn digest(&self) -> Digest {
        todo!()
    }
    pub fn media_type(&self) -> &str {
        &self.media_type
    }
}
impl ArtifactInput for StoredArtifact {
    fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
    fn item(&self, digest: &Digest) -> Result<Box<dyn ArtifactInput>, ArtifactError> {
        todo!()
    }
}
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    pub pipeline: Option<String>,
    pub profile: Option<String>,
    pub outcome: Option<RunOutcome>,
    pub limit: Option<usize>,
    pub before: Option<Timestamp>,
}
#[derive(Debug)]
pub struct Commit<'a> {
    pub entry: Entry,
    pub staged: Vec<StagedArtifact>,
    pub stage: Option<StageRecord>,
    pub lease: Option<&'a Lease>,
}
#[derive(Debug)]
pub struct Lease;
impl Lease {
    pub fn key(&self) -> Digest {
        todo!()
    }
}
#[derive(Debug)]
pub enum Acquire {
    Granted(Lease),
    Held(LeaseHolder),
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHolder {
    pub owner: Uuid,
    pub process: u32,
    pub host: String,
    pub since: Timestamp,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub sequence: u64,
    pub at: Timestamp,
    pub bytes: Bytes,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalKind {
    Start,
    Complete,
    Fail,
    Abort,
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    pub sequence: i64,
    pub run: Uuid,
    pub stage: Option<u64>,
    pub kind: JournalKind,
    pub at: Timestamp,
}
#[derive(Debug, Clone, PartialEq)]
pub struct KnownSource {
    pub state: SourceState,
    pub digest: Digest,
    pub observed: Timestamp,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub reason: Option<String>,
    pub evidence: serde_json::Value,
    pub at: Timestamp,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub sequence: i64,
    pub record: AuditRecord,
    pub previous: Digest,
    pub hash: Digest,
}
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub subject: Option<String>,
    pub after: Option<i64>,
    pub limit: Option<usize>,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditVerdict {
    pub entries: u64,
    pub head: Option<Digest>,
    pub broken_at: Option<i64>,
    pub why: Option<String>,
}
#[derive(Debug, Clone, Default)]
pub struct LineageGraph {
    pub entries: Vec<LineageEntry>,
    pub inputs: Vec<LineageInput>,
    pub outputs: Vec<LineageOutput>,
    pub items: Vec<LineageItem>,
}
#[derive(Debug, Clone, PartialEq)]
pub struct LineageEntry {
    pub id: i64,
    pub stage: String,
    pub key: Digest,
    pub run: Uuid,
    pub level: Level,
}
#[derive(Debug, Clone, PartialEq)]
pub struct LineageInput {
    pub entry: i64,
    pub name: String,
    pub kind: InputKind,
    pub digest: Option<Digest>,
    pub location: Option<String>,
}
#[derive(Debug, Clone, PartialEq)]
pub struct LineageOutput {
    pub entry: i64,
    pub position: u64,
    pub digest: Digest,
}
#[derive(Debug, Clone, PartialEq)]
pub struct LineageItem {
    pub holder: Digest,
    pub item: Digest,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckScope {
    Everything,
    Sample(usize),
}
#[derive(Debug, Clone, Default, Serialize)]
pub struct CheckReport {
    pub rows: u64,
    pub artifacts: u64,
    pub bytes: u64,
    pub problems: Vec<Problem>,
}
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    pub severity: Severity,
    pub code: &'static str,
    pub subject: String,
    pub message: String,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    Note,
    Damage,
}
#[derive(Debug, Clone, Default, Serialize)]
pub struct Stats {
    pub runs: u64,
    pub stages: u64,
    pub entries: Vec<(Level, u64)>,
    pub small_artifacts: u64,
    pub small_bytes: u64,
    pub large_artifacts: u64,
    pub large_bytes: u64,
    pub checkpoints: u64,
    pub audit_entries: u64,
    pub database_bytes: u64,
    pub oldest: Option<Timestamp>,
    pub newest: Option<Timestamp>,
    pub damaged_rows_seen: u64,
}
#[derive(Debug)]
pub struct ScratchFolder {
    path: PathBuf,
}
impl ScratchFolder {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

type R<T> = Result<T, StoreError>;
impl Store {
    pub fn open(folder: &Path, options: StoreOptions) -> R<Self> {
        todo!()
    }
    pub fn folder(&self) -> &Path {
        todo!()
    }
    pub fn owner_id(&self) -> Uuid {
        todo!()
    }
    pub fn stage_artifact(
        &self,
        media_type: &str,
        write: impl FnOnce(&mut dyn ArtifactOutput) -> Result<(), ArtifactError>,
    ) -> R<StagedArtifact> {
        todo!()
    }
    pub fn put_bytes(&self, media_type: &str, bytes: &[u8]) -> R<ArtifactReference> {
        todo!()
    }
    pub fn put_staged(&self, staged: Vec<StagedArtifact>) -> R<()> {
        todo!()
    }
    pub fn read_artifact(&self, digest: &Digest) -> R<StoredArtifact> {
        todo!()
    }
    pub fn has_artifact(&self, digest: &Digest) -> R<bool> {
        todo!()
    }
    pub fn begin_run(&self, run: &RunRecord) -> R<()> {
        todo!()
    }
    pub fn finish_run(&self, run: &RunRecord) -> R<()> {
        todo!()
    }
    pub fn record_stages(&self, stages: &[StageRecord]) -> R<()> {
        todo!()
    }
    pub fn run(&self, id: Uuid) -> R<RunRecord> {
        todo!()
    }
    pub fn runs(&self, filter: &RunFilter) -> R<Vec<RunRecord>> {
        todo!()
    }
    pub fn find_run(&self, selector: &str, pipeline: Option<&str>) -> R<RunRecord> {
        todo!()
    }
    pub fn stages(&self, run: Uuid) -> R<Vec<StageRecord>> {
        todo!()
    }
    pub fn stage(&self, run: Uuid, index: u64) -> R<StageRecord> {
        todo!()
    }
    pub fn reconcile_dead_runs(&self) -> R<Vec<RunRecord>> {
        todo!()
    }
    pub fn lookup(&self, key: &Digest, level: Level) -> R<Option<Entry>> {
        todo!()
    }
    pub fn commit(&self, commit: Commit<'_>) -> R<i64> {
        todo!()
    }
    pub fn entry(&self, id: i64) -> R<Entry> {
        todo!()
    }
    pub fn latest_entry(&self, stage: &str) -> R<Option<Entry>> {
        todo!()
    }
    pub fn latest_entry_like(&self, stage: &str, call: &str) -> R<Option<Entry>> {
        todo!()
    }
    pub fn entries_producing(&self, digest: &Digest) -> R<Vec<LineageEntry>> {
        todo!()
    }
    pub fn entries_consuming(&self, digest: &Digest) -> R<Vec<LineageEntry>> {
        todo!()
    }
    pub fn lineage_up(&self, digests: &[Digest]) -> R<LineageGraph> {
        todo!()
    }
    pub fn lineage_down(&self, digests: &[Digest]) -> R<LineageGraph> {
        todo!()
    }
    pub fn acquire(&self, key: &Digest) -> R<Acquire> {
        todo!()
    }
    pub fn acquire_and_start(&self, key: &Digest, stage: &StageRecord) -> R<Acquire> {
        todo!()
    }
    pub fn save_checkpoint(
        &self,
        lease: &Lease,
        sequence: u64,
        at: Timestamp,
        bytes: &[u8],
    ) -> R<()> {
        todo!()
    }
    pub fn latest_checkpoint(&self, key: &Digest) -> R<Option<Checkpoint>> {
        todo!()
    }
    pub fn journal_after(&self, sequence: i64, limit: usize) -> R<Vec<JournalLine>> {
        todo!()
    }
    pub fn delivered(&self, transport: &str) -> R<i64> {
        todo!()
    }
    pub fn set_delivered(&self, transport: &str, sequence: i64) -> R<()> {
        todo!()
    }
    pub fn known_source(&self, location: &str) -> R<Option<KnownSource>> {
        todo!()
    }
    pub fn remember_source(&self, location: &str, known: &KnownSource) -> R<()> {
        todo!()
    }
    pub fn audit(&self, record: &AuditRecord) -> R<AuditEntry> {
        todo!()
    }
    pub fn audit_log(&self, filter: &AuditFilter) -> R<Vec<AuditEntry>> {
        todo!()
    }
    pub fn audit_verify(&self) -> R<AuditVerdict> {
        todo!()
    }
    pub fn check(&self, scope: CheckScope) -> R<CheckReport> {
        todo!()
    }
    pub fn stats(&self) -> R<Stats> {
        todo!()
    }
    pub fn scratch_folder(&self, run: Uuid, stage: u64) -> R<ScratchFolder> {
        todo!()
    }
    pub fn remove_leftovers(&self) -> R<()> {
        todo!()
    }
}

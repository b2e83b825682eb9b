//! What is remembered: artifacts by content, metadata in SQLite, leases, the audit log.
//!
//! A [`Store`] is a folder. Small artifacts and all metadata are in one SQLite database, large artifacts are files named by
//! their digest. Three rules hold at any instant, whoever is killed and whatever is full:
//!
//! - **Whole or absent.** Bytes come first, the row that lists them after; what belongs together (artifacts, the cache
//!   entry, its edges, the stage's record, the journal's line, the end of the lease) is one transaction.
//! - **Wrong is absent.** Every row carries a checksum and every artifact its digest. A cache entry that is not what was
//!   written is as if it had never been made, so that the stage runs again; a damaged artifact is set aside.
//! - **No last writer wins.** Who makes something holds a lease whose owner is alive as long as its process holds a file
//!   lock; a commit whose lease was taken over is refused.
//!
//! Why own rows and not an object store: a stage that does nothing must cost microseconds, and a file for each small
//! result, synced or not, costs more than the result.
//!
//! ```
//! use mlops_core::{ArtifactInput, Digest};
//! use mlops_store::{Store, StoreOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let store = Store::open(folder.path(), StoreOptions::default())?;
//! let rows = store.put_bytes("text/csv", b"tenure,churned\n3,0\n")?;
//! assert_eq!(rows.digest, Digest::of(b"tenure,churned\n3,0\n"));
//! assert_eq!(store.read_artifact(&rows.digest)?.bytes().len(), 19);
//! # Ok(())
//! # }
//! ```

mod artifacts;
mod audit;
mod beside;
mod check;
mod checkpoints;
mod connection;
mod dead_runs;
mod entries;
mod error;
mod find;
mod folder;
mod journal;
mod leases;
mod lineage;
mod machine;
mod map;
mod migrations;
mod options;
mod owner;
mod record;
mod row;
mod run_record;
mod runs;
mod scratch;
mod sources;
mod sqlite;
mod staging;
mod stats;
mod store;

pub use artifacts::StoredArtifact;
pub use audit::{AuditEntry, AuditFilter, AuditRecord, AuditVerdict};
pub use check::{CheckReport, CheckScope, Problem, Severity};
pub use checkpoints::Checkpoint;
pub use entries::{CodeReach, Commit};
pub use error::StoreError;
pub use journal::{JournalKind, JournalLine};
pub use leases::{Acquire, Lease, LeaseHolder};
pub use lineage::{LineageEntry, LineageGraph, LineageInput, LineageOutput};
pub use machine::{host_name, user_name};
pub use mlops_core::Durability;
#[doc(hidden)]
pub use options::Faults;
pub use options::{Access, StoreOptions};
pub use record::{
    Accepted, ArtifactReference, Entry, InputKind, InputRecord, LogLine, Metric, Playback,
};
pub use run_record::{CodeState, Counts, RunOutcome, RunRecord, StageOutcome, StageRecord};
pub use runs::RunFilter;
pub use scratch::ScratchFolder;
pub use sources::KnownSource;
pub use sqlite::{open_database, open_database_to_look};
pub use staging::StagedArtifact;
pub use stats::Stats;
pub use store::Store;

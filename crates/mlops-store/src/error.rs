//! Everything that can go wrong with a store, each with a stable code and the next step.

use std::io;
use std::path::{Path, PathBuf};

use mlops_core::{ArtifactError, BoxError, Digest};
use rusqlite::ErrorCode;

/// What was tried, before the one who tried says it.
const UNNAMED: &str = "use the metadata database";

/// `SQLITE_IOERR_SHMSIZE`.
const INDEX_CANNOT_GROW: std::ffi::c_int = 4874;

/// The store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store was written by a newer version of this library.
    #[error(
        "open the store at {}: its schema is {found}, this program knows up to {known}; it needs {needed} or newer",
        folder.display()
    )]
    NewerSchema {
        /// The store's folder.
        folder: PathBuf,
        /// The schema that was found.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
        /// The version that wrote the schema.
        needed: String,
    },
    /// A migration that was applied is not the one that this program has.
    #[error("open the store: migration {number} was applied in another form than this program has")]
    ChangedMigration {
        /// The migration's number.
        number: i64,
    },
    /// The SQLite library has a bug that corrupts databases.
    #[error(
        "open the store: SQLite {found} can corrupt a write-ahead log; 3.51.3 or newer is needed"
    )]
    OldSqlite {
        /// The version that was found.
        found: String,
    },
    /// The file system takes locks without keeping them.
    #[error("open the store at {}: its file system does not keep file locks", folder.display())]
    NoLocks {
        /// The store's folder.
        folder: PathBuf,
    },
    /// Nothing may be written here.
    #[error("write to the store at {}: it is read-only for {user}", folder.display())]
    ReadOnly {
        /// The store's folder.
        folder: PathBuf,
        /// The present user, as far as known.
        user: String,
    },
    /// The folder belongs to somebody else and may not be written.
    #[error("write to the store at {}: it belongs to {owner}, and this is {user}", folder.display())]
    ForeignOwner {
        /// The store's folder.
        folder: PathBuf,
        /// The folder's owner.
        owner: String,
        /// The present user, as far as known.
        user: String,
    },
    /// There is no store.
    #[error("open the store at {}: there is none", folder.display())]
    NoStore {
        /// The folder.
        folder: PathBuf,
    },
    /// The disk is full.
    #[error("{what}: no space is left")]
    NoSpace {
        /// What was being written.
        what: String,
        /// The cause.
        #[source]
        cause: BoxError,
    },
    /// A row or the database is not what was written.
    #[error("read {what}: it is not what was written")]
    Damaged {
        /// What is damaged.
        what: String,
    },
    /// An artifact's bytes are not what was written; it was set aside, so that it can be made again.
    #[error("read the artifact {}: its bytes are not what was written", digest.short())]
    ArtifactDamaged {
        /// The artifact.
        digest: Digest,
    },
    /// An artifact is not in the store.
    #[error("read the artifact {}: it is not in the store", digest.short())]
    ArtifactMissing {
        /// The artifact.
        digest: Digest,
    },
    /// A record that was asked for is not there.
    #[error("find {what}")]
    Missing {
        /// What was asked for.
        what: String,
    },
    /// No run has this name.
    #[error("find the run `{selector}`")]
    NoSuchRun {
        /// What was asked for.
        selector: String,
        /// Runs that exist, newest first.
        candidates: Vec<String>,
    },
    /// Several runs have this name.
    #[error("find the run `{selector}`: several begin or end so")]
    AmbiguousRun {
        /// What was asked for.
        selector: String,
        /// The runs that fit.
        candidates: Vec<String>,
    },
    /// The lease was taken over by another process, which makes the same thing.
    #[error("commit the stage {}: its lease was taken over", key.short())]
    LeaseLost {
        /// The key.
        key: Digest,
    },
    /// Another process kept the database for longer than is sane.
    #[error("write to the store: another process kept it locked for {seconds} s")]
    Busy {
        /// How long was waited.
        seconds: u64,
    },
    /// The value could not become bytes.
    #[error("write an artifact")]
    Artifact(#[source] ArtifactError),
    /// A file could not be read or written.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// The cause.
        #[source]
        cause: io::Error,
    },
    /// SQLite refused.
    #[error("{what}")]
    Database {
        /// What was tried.
        what: String,
        /// The cause.
        #[source]
        cause: BoxError,
    },
    /// A record could not become JSON, or JSON could not become a record.
    #[error("{what}")]
    Record {
        /// What was tried.
        what: String,
        /// The cause.
        #[source]
        cause: serde_json::Error,
    },
}

impl StoreError {
    /// The stable code, by which the book and programs know the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NewerSchema { .. } => "store::newer_schema",
            Self::ChangedMigration { .. } => "store::changed_migration",
            Self::OldSqlite { .. } => "store::old_sqlite",
            Self::NoLocks { .. } => "store::no_locks",
            Self::ReadOnly { .. } => "store::read_only",
            Self::ForeignOwner { .. } => "store::foreign_owner",
            Self::NoStore { .. } => "store::no_store",
            Self::NoSpace { .. } => "store::no_space",
            Self::Damaged { .. } | Self::ArtifactDamaged { .. } => "store::damaged",
            Self::ArtifactMissing { .. } | Self::Missing { .. } => "store::missing",
            Self::NoSuchRun { .. } => "store::no_such_run",
            Self::AmbiguousRun { .. } => "store::ambiguous_run",
            Self::LeaseLost { .. } => "store::lease_lost",
            Self::Busy { .. } => "store::busy",
            Self::Artifact(_) => "store::artifact",
            Self::Io { .. } => "store::io",
            Self::Database { .. } => "store::database",
            Self::Record { .. } => "store::record",
        }
    }

    /// The next step.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NewerSchema { needed, .. } => {
                format!("build this program with {needed}, or name another store in the profile")
            }
            Self::ChangedMigration { .. } => {
                "use the release of mlops that made the store, or name another store".to_owned()
            }
            Self::OldSqlite { .. } => {
                "build with rusqlite's `bundled` feature, not with the system's SQLite".to_owned()
            }
            Self::NoLocks { .. } => {
                "put the store on a local disk; many network file systems keep no locks".to_owned()
            }
            Self::ReadOnly { folder, .. } => format!(
                "make {} writable, or name another store in the profile",
                folder.display()
            ),
            Self::ForeignOwner { folder, owner, .. } => format!(
                "run as {owner}, or `chown -R` {}, or name another store in the profile",
                folder.display()
            ),
            Self::NoStore { .. } => "run the pipeline once, which makes the store".to_owned(),
            Self::NoSpace { .. } => {
                "free some space and run again: what was kept before is whole".to_owned()
            }
            Self::Damaged { .. } => {
                "`store check` lists all that is damaged; where not even that can be read, move the store's folder away and run again: all of it is made anew".to_owned()
            }
            Self::ArtifactDamaged { .. } | Self::ArtifactMissing { .. } => {
                "run the pipeline again: what is missing is made again".to_owned()
            }
            Self::NoSuchRun { candidates, .. } if candidates.is_empty() => {
                "there are no runs yet".to_owned()
            }
            Self::NoSuchRun { candidates, .. } => {
                format!("the latest are: {}", candidates.join(", "))
            }
            Self::AmbiguousRun { candidates, .. } => {
                format!("give more of its id; candidates: {}", candidates.join(", "))
            }
            Self::LeaseLost { .. } => "run again: the other process's result is reused".to_owned(),
            Self::Busy { .. } => "see which process keeps the database open, and run again".to_owned(),
            _ => return None,
        };
        Some(help)
    }

    /// Whether something in the store is not what was written, so that making it again is the remedy.
    pub const fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. } | Self::ArtifactDamaged { .. } | Self::ArtifactMissing { .. }
        )
    }

    /// Sorts an error of the operating system.
    pub(crate) fn io(what: impl Into<String>, cause: io::Error) -> Self {
        let what = what.into();
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace {
                what,
                cause: cause.into(),
            },
            _ => Self::Io { what, cause },
        }
    }

    /// The same, for a path.
    pub(crate) fn path(verb: &str, path: &Path, cause: io::Error) -> Self {
        Self::io(format!("{verb} {}", path.display()), cause)
    }

    /// Says what was tried, where only SQLite's part is known.
    pub(crate) fn named(self, tried: &str) -> Self {
        match self {
            Self::Database { what, cause } if what == UNNAMED => Self::Database {
                what: tried.to_owned(),
                cause,
            },
            Self::NoSpace { what, cause } if what == UNNAMED => Self::NoSpace {
                what: tried.to_owned(),
                cause,
            },
            other => other,
        }
    }

    /// Sorts an error of SQLite.
    pub(crate) fn database(what: &str, cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::NoSpace {
                what: what.to_owned(),
                cause: cause.into(),
            },
            // SQLite says so when the index of its log cannot grow, and does not say that the disk is full.
            _ if cause
                .sqlite_error()
                .is_some_and(|error| error.extended_code == INDEX_CANNOT_GROW) =>
            {
                Self::NoSpace {
                    what: what.to_owned(),
                    cause: cause.into(),
                }
            }
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                // Our own statement is misunderstood or breaks a rule: the schema is not what was written.
                | ErrorCode::Unknown
                | ErrorCode::ConstraintViolation,
            ) => Self::Damaged {
                what: "the metadata database".to_owned(),
            },
            _ if matches!(cause, rusqlite::Error::SqlInputError { .. }) => Self::Damaged {
                what: "the metadata database".to_owned(),
            },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy {
                seconds: crate::connection::PATIENCE.as_secs(),
            },
            _ => Self::Database {
                what: what.to_owned(),
                cause: cause.into(),
            },
        }
    }
}

/// Errors of SQLite inside a transaction; the transaction names what was tried.
impl From<rusqlite::Error> for StoreError {
    fn from(cause: rusqlite::Error) -> Self {
        Self::database(UNNAMED, cause)
    }
}

impl From<StoreError> for ArtifactError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

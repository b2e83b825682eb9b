//! What is known of sources: a file whose size and times are as before need not be hashed again.

use jiff::Timestamp;
use mlops_core::Digest;
use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;

use crate::row::{KNOWN_SOURCE, digest_of, signed, text};
use crate::{Store, StoreError};

/// The digest that a source had in a state.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownSource {
    /// Size, times and identity, in a form that is only compared.
    pub fingerprint: String,
    /// Size in bytes.
    pub size: u64,
    /// When the content was last changed.
    pub modified: Option<Timestamp>,
    /// The digest of the content.
    pub digest: Digest,
    /// When both were seen together; a file that was changed at nearly the same moment may have changed again since.
    pub observed: Timestamp,
}

impl Store {
    /// What is known of the source at `location`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn known_source(&self, location: &str) -> Result<Option<KnownSource>, StoreError> {
        self.inner
            .read("read what is known of a source", |connection| {
                Ok(connection
                    .prepare_cached(
                        "SELECT location, fingerprint, size, modified, digest, observed, checksum
                     FROM known_source WHERE location = ?1",
                    )?
                    .query_row([location], |row| {
                        let Some(digest) = digest_of(row.get_ref(4)?) else {
                            return Ok(None);
                        };
                        if !KNOWN_SOURCE.is_whole(row)? {
                            self.inner.count_damage();
                            return Ok(None);
                        }
                        let modified: Option<i64> = row.get(3)?;
                        Ok(Some(KnownSource {
                            fingerprint: row.get(1)?,
                            size: u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
                            modified: modified.and_then(|moment| {
                                Timestamp::from_nanosecond(i128::from(moment)).ok()
                            }),
                            digest,
                            observed: Timestamp::from_microsecond(row.get(5)?).unwrap_or_default(),
                        }))
                    })
                    .optional()?
                    .flatten())
            })
    }

    /// Remembers what a source's content was.
    ///
    /// # Errors
    /// The store is read-only, or the database cannot be written.
    pub fn remember_source(&self, location: &str, known: &KnownSource) -> Result<(), StoreError> {
        self.inner.write("remember a source", |connection| {
            KNOWN_SOURCE.write(
                connection,
                "INSERT OR REPLACE",
                &[
                    text(location),
                    text(&known.fingerprint),
                    ValueRef::Integer(signed(known.size)?),
                    known
                        .modified
                        .and_then(|moment| i64::try_from(moment.as_nanosecond()).ok())
                        .map_or(ValueRef::Null, ValueRef::Integer),
                    ValueRef::Blob(known.digest.as_bytes()),
                    ValueRef::Integer(known.observed.as_microsecond()),
                ],
                ValueRef::Null,
            )?;
            Ok(())
        })
    }
}

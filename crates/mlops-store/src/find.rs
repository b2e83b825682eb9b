//! Finding an artifact by the short form of its digest, as people copy it from a table, or by what kind of bytes it is.

use jiff::Timestamp;
use mlops_core::Digest;

use crate::row::{ARTIFACT, digest_of};
use crate::{Store, StoreError};

/// More candidates than this help nobody.
const CANDIDATES: i64 = 6;

impl Store {
    /// The digests that begin with these hexadecimal digits, at most six; none for anything else.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn artifacts_like(&self, digits: &str) -> Result<Vec<Digest>, StoreError> {
        let digits = digits.to_ascii_uppercase();
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        self.inner.read("find an artifact", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT digest FROM artifact WHERE hex(digest) LIKE ?1 || '%' ORDER BY digest LIMIT ?2",
            )?;
            let found = statement
                .query_map((digits, CANDIDATES), |row| Ok(digest_of(row.get_ref(0)?)))?
                .filter_map(Result::transpose)
                .collect::<rusqlite::Result<_>>()?;
            Ok(found)
        })
    }

    /// The artifacts of a media type, each with when it was first kept, the newest first. A row that is not what was written is
    /// left out, and counted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn artifacts_of(&self, media_type: &str) -> Result<Vec<(Digest, Timestamp)>, StoreError> {
        self.inner.read_long("list artifacts", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT digest, size, media_type, place, made_at, checksum FROM artifact
                 WHERE media_type = ?1 ORDER BY made_at DESC, digest",
            )?;
            let mut rows = statement.query([media_type])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                match digest_of(row.get_ref(0)?) {
                    Some(digest) if ARTIFACT.is_whole(row)? => {
                        let made = Timestamp::from_microsecond(row.get(4)?).unwrap_or_default();
                        found.push((digest, made));
                    }
                    _ => self.inner.count_damage(),
                }
            }
            Ok(found)
        })
    }
}

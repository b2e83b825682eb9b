//! Finding an artifact by the short form of its digest, as people copy it from a table.

use mlops_core::Digest;

use crate::row::digest_of;
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
}

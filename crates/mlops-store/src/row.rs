//! Rows that say whether they are what was written: SQLite's own check does not see a flipped digit.
//!
//! Every table follows one rule: the columns that count, then `checksum`, then (in some) one long column whose digest is
//! among those that count. So one function writes every row and one verifies it, and a row's head can be verified without
//! reading its body.

use mlops_core::Encoder;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use crate::StoreError;

/// How many bytes of BLAKE3 a checksum keeps: against flipped bits, not against an adversary (the audit log is).
pub(crate) const CHECKSUM_BYTES: usize = 16;

/// A table by the rule above.
#[derive(Debug)]
pub(crate) struct Table {
    /// The name, which is part of the checksum.
    pub(crate) name: &'static str,
    /// The columns that count, in order.
    pub(crate) columns: &'static [&'static str],
    /// The long column after the checksum.
    pub(crate) long: Option<&'static str>,
}

/// Every table with checksums, for the check of the whole store.
pub(crate) const TABLES: [&Table; 13] = [
    &ARTIFACT,
    &ARTIFACT_ITEM,
    &ENTRY,
    &KEY_RECORD,
    &CODE_REACH,
    &ENTRY_INPUT,
    &ENTRY_OUTPUT,
    &RUN,
    &STAGE,
    &LEASE,
    &CHECKPOINT,
    &JOURNAL,
    &KNOWN_SOURCE,
];

macro_rules! table {
    ($constant:ident, $name:literal, [$($column:literal),+], $long:expr) => {
        pub(crate) const $constant: Table = Table {
            name: $name,
            columns: &[$($column),+],
            long: $long,
        };
    };
}

table!(
    ARTIFACT,
    "artifact",
    ["digest", "size", "media_type", "place", "made_at"],
    Some("bytes")
);
table!(ARTIFACT_ITEM, "artifact_item", ["holder", "item"], None);
table!(
    ENTRY,
    "entry",
    [
        "id",
        "key",
        "level",
        "reusable",
        "stage",
        "call",
        "run",
        "made_at",
        "body_digest"
    ],
    Some("body")
);
table!(
    KEY_RECORD,
    "key_record",
    ["entry", "body_digest"],
    Some("body")
);
table!(
    CODE_REACH,
    "code_reach",
    ["digest", "body_digest"],
    Some("body")
);
table!(
    ENTRY_INPUT,
    "entry_input",
    ["entry", "position", "name", "kind", "digest", "location"],
    None
);
table!(
    ENTRY_OUTPUT,
    "entry_output",
    ["entry", "position", "digest"],
    None
);
table!(
    RUN,
    "run",
    [
        "id",
        "pipeline",
        "profile",
        "started",
        "outcome",
        "owner",
        "body_digest"
    ],
    Some("body")
);
table!(
    STAGE,
    "stage",
    ["run", "position", "path", "outcome", "entry", "body_digest"],
    Some("body")
);
table!(
    LEASE,
    "lease",
    ["key", "owner", "token", "process", "host", "since"],
    None
);
table!(
    CHECKPOINT,
    "checkpoint",
    ["key", "sequence", "at", "size", "digest", "place"],
    Some("bytes")
);
table!(
    JOURNAL,
    "journal",
    ["sequence", "run", "stage", "kind", "at"],
    None
);
table!(
    KNOWN_SOURCE,
    "known_source",
    [
        "location",
        "fingerprint",
        "size",
        "modified",
        "digest",
        "observed"
    ],
    None
);

/// The checksum of a row: framed and typed, so that two different rows never share what is hashed.
pub(crate) fn checksum<'a>(
    table: &str,
    columns: impl ExactSizeIterator<Item = ValueRef<'a>>,
) -> [u8; CHECKSUM_BYTES] {
    short_digest(encoded(table, columns).as_bytes())
}

/// What is hashed of a row.
fn encoded<'a>(table: &str, columns: impl ExactSizeIterator<Item = ValueRef<'a>>) -> Encoder {
    let mut encoder = Encoder::new();
    encode(table, columns, &mut encoder);
    encoder
}

fn encode<'a>(
    table: &str,
    columns: impl ExactSizeIterator<Item = ValueRef<'a>>,
    encoder: &mut Encoder,
) {
    encoder.text(table).list(columns.len());
    for column in columns {
        match column {
            ValueRef::Null => encoder.null(),
            ValueRef::Integer(value) => encoder.integer(i128::from(value)),
            ValueRef::Real(value) => encoder.float(value),
            // Bytes under the text's tag: SQLite does not promise that a text is UTF-8.
            ValueRef::Text(value) => match std::str::from_utf8(value) {
                Ok(text) => encoder.text(text),
                Err(_) => encoder.absent().bytes(value),
            },
            ValueRef::Blob(value) => encoder.bytes(value),
        };
    }
}

/// What rows say of themselves, to be verified away from the database; one buffer for all, because a thread that frees what
/// another has allocated waits for it.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    bytes: Vec<u8>,
    /// Where each part ends that has a digest, and the digest.
    parts: Vec<(usize, [u8; CHECKSUM_BYTES])>,
}

impl Claims {
    /// Takes what there is, and leaves room for as much again.
    pub(crate) fn take(&mut self) -> Self {
        let next = Self {
            bytes: Vec::with_capacity(self.bytes.len()),
            parts: Vec::with_capacity(self.parts.len()),
        };
        std::mem::replace(self, next)
    }

    /// How many digests there are to compare.
    pub(crate) const fn len(&self) -> usize {
        self.parts.len()
    }

    fn add(&mut self, part: &[u8], digest: [u8; CHECKSUM_BYTES]) {
        self.bytes.extend_from_slice(part);
        self.parts.push((self.bytes.len(), digest));
    }

    /// Whether all rows are what was written.
    pub(crate) fn hold(&self) -> bool {
        let mut begin = 0;
        self.parts.iter().all(|(end, digest)| {
            let part = &self.bytes[begin..*end];
            begin = *end;
            short_digest(part) == *digest
        })
    }
}

/// The digest by which a long column is covered.
pub(crate) fn short_digest(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut short = [0; CHECKSUM_BYTES];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..CHECKSUM_BYTES]);
    short
}

impl Table {
    /// `INSERT OR …`'s end: `INTO table (…) VALUES (…)`.
    fn values_clause(&self) -> String {
        let mut columns = self.columns.join(", ");
        columns.push_str(", checksum");
        let mut count = self.columns.len() + 1;
        if let Some(long) = self.long {
            columns.push_str(", ");
            columns.push_str(long);
            count += 1;
        }
        let marks = vec!["?"; count].join(", ");
        format!("INTO {} ({columns}) VALUES ({marks})", self.name)
    }

    /// Writes a row by `verb`: `INSERT`, `INSERT OR IGNORE` or `INSERT OR REPLACE`.
    pub(crate) fn write(
        &self,
        connection: &Connection,
        verb: &'static str,
        columns: &[ValueRef<'_>],
        long: ValueRef<'_>,
    ) -> rusqlite::Result<usize> {
        debug_assert_eq!(columns.len(), self.columns.len());
        let sum = checksum(self.name, columns.iter().copied());
        let mut statement = statements::cached(connection, self, verb)?;
        let mut index = 1;
        for column in columns {
            statement.raw_bind_parameter(index, ToSqlOutput::Borrowed(*column))?;
            index += 1;
        }
        statement.raw_bind_parameter(index, ToSqlOutput::Borrowed(ValueRef::Blob(&sum)))?;
        if self.long.is_some() {
            statement.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(long))?;
        }
        statement.raw_execute()
    }

    /// Writes a row without a long column.
    pub(crate) fn insert(
        &self,
        connection: &Connection,
        columns: &[ValueRef<'_>],
    ) -> rusqlite::Result<usize> {
        self.write(connection, "INSERT", columns, ValueRef::Null)
    }

    /// Whether the row, read from the table's columns in order and then the checksum, is what was written. The long column
    /// is not looked at.
    pub(crate) fn is_whole(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        self.is_whole_from(row, 0)
    }

    /// The same for a row whose columns begin at `first`.
    pub(crate) fn is_whole_from(&self, row: &Row<'_>, first: usize) -> rusqlite::Result<bool> {
        let count = self.columns.len();
        // A column that is not there cannot be asked for: every statement names its table's columns.
        let columns = (0..count).map(|index| row.get_ref(first + index).unwrap_or(ValueRef::Null));
        let sum = checksum(self.name, columns);
        Ok(matches!(row.get_ref(first + count)?, ValueRef::Blob(stored) if stored == sum))
    }

    /// The index of the long column in a row read from all columns.
    pub(crate) const fn long_index(&self) -> usize {
        self.columns.len() + 1
    }

    /// Reads a body that is covered by the column before the checksum, if it is what was written.
    pub(crate) fn body<'a>(&self, row: &'a Row<'_>) -> rusqlite::Result<Option<&'a str>> {
        let (ValueRef::Text(body), ValueRef::Blob(digest)) = (
            row.get_ref(self.long_index())?,
            row.get_ref(self.columns.len() - 1)?,
        ) else {
            return Ok(None);
        };
        if short_digest(body) != digest || !self.is_whole(row)? {
            return Ok(None);
        }
        Ok(std::str::from_utf8(body).ok())
    }

    /// Adds what a row, read from all columns, says of itself; false when it is wrong at first sight.
    pub(crate) fn claim(&self, row: &Row<'_>, claims: &mut Claims) -> rusqlite::Result<bool> {
        let (ValueRef::Text(body), ValueRef::Blob(digest)) = (
            row.get_ref(self.long_index())?,
            row.get_ref(self.columns.len() - 1)?,
        ) else {
            return Ok(false);
        };
        let Ok(digest) = digest.try_into() else {
            return Ok(false);
        };
        claims.add(body, digest);
        self.claim_head(row, claims)
    }

    /// The same for a row that was read up to its checksum.
    pub(crate) fn claim_head(&self, row: &Row<'_>, claims: &mut Claims) -> rusqlite::Result<bool> {
        let count = self.columns.len();
        let ValueRef::Blob(digest) = row.get_ref(count)? else {
            return Ok(false);
        };
        let Ok(digest) = digest.try_into() else {
            return Ok(false);
        };
        let columns = (0..count).map(|index| row.get_ref(index).unwrap_or(ValueRef::Null));
        let mut encoder = Encoder::behind(std::mem::take(&mut claims.bytes));
        encode(self.name, columns, &mut encoder);
        claims.bytes = encoder.into_bytes();
        claims.parts.push((claims.bytes.len(), digest));
        Ok(true)
    }

    /// The columns, the checksum and the long column, for a `SELECT`.
    pub(crate) fn all_columns(&self) -> String {
        let mut columns = self.columns.join(", ");
        columns.push_str(", checksum");
        if let Some(long) = self.long {
            columns.push_str(", ");
            columns.push_str(long);
        }
        columns
    }
}

/// Texts of statements are made once per process, so that a prepared one is found by a comparison of texts.
mod statements {
    use std::collections::BTreeMap;
    use std::sync::{OnceLock, PoisonError, RwLock};

    use rusqlite::{CachedStatement, Connection};

    use super::Table;

    type Texts = RwLock<BTreeMap<(&'static str, &'static str), &'static str>>;
    static TEXTS: OnceLock<Texts> = OnceLock::new();

    pub(super) fn cached<'c>(
        connection: &'c Connection,
        table: &Table,
        verb: &'static str,
    ) -> rusqlite::Result<CachedStatement<'c>> {
        let texts = TEXTS.get_or_init(RwLock::default);
        let key = (table.name, verb);
        let known = texts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .copied();
        let text = known.unwrap_or_else(|| {
            // Bounded: one text for each table and verb.
            let text: &'static str = format!("{verb} {}", table.values_clause()).leak();
            texts
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key, text);
            text
        });
        connection.prepare_cached(text)
    }
}

/// Reads a digest.
pub(crate) fn digest_of(value: ValueRef<'_>) -> Option<mlops_core::Digest> {
    match value {
        ValueRef::Blob(bytes) => bytes.try_into().ok().map(mlops_core::Digest::from_bytes),
        _ => None,
    }
}

/// Reads a UUID.
pub(crate) fn uuid_of(value: ValueRef<'_>) -> Option<Uuid> {
    match value {
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes).ok(),
        _ => None,
    }
}

/// A text as a value.
pub(crate) fn text(value: &str) -> ValueRef<'_> {
    ValueRef::Text(value.as_bytes())
}

/// A text that may be missing, as a value.
pub(crate) fn optional_text(value: Option<&str>) -> ValueRef<'_> {
    value.map_or(ValueRef::Null, text)
}

/// An unsigned number as SQLite keeps it.
///
/// # Errors
/// It is larger than SQLite can keep.
pub(crate) fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Damaged {
        what: format!("the number {value}, which is larger than 2^63"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_rows_never_share_a_checksum() {
        let rows: Vec<(&str, Vec<ValueRef<'_>>)> = vec![
            ("a", vec![text("a b")]),
            ("a", vec![text("a"), text("b")]),
            ("a", vec![text("ab"), text("")]),
            ("aa", vec![text("b"), text("")]),
            ("a", vec![ValueRef::Blob(b"a"), text("b")]),
            ("a", vec![ValueRef::Integer(1)]),
            ("a", vec![ValueRef::Real(1.0)]),
            ("a", vec![text("1")]),
            ("a", vec![ValueRef::Null]),
            ("a", vec![text("")]),
            ("a", vec![ValueRef::Blob(b"")]),
            ("a", vec![ValueRef::Real(-0.0)]),
            ("a", vec![ValueRef::Real(0.0)]),
            ("a", vec![]),
            ("b", vec![ValueRef::Null]),
        ];
        let sums: std::collections::BTreeSet<_> = rows
            .iter()
            .map(|(table, columns)| checksum(table, columns.iter().copied()))
            .collect();
        assert_eq!(sums.len(), rows.len());
    }
}

//! Brings the events of a table or a file into the store.

use mlops_core::Source;

use super::OnlineError;
use super::rows::{MissingCreated, Rows};
use super::store::OnlineStore;
use super::view::{self, View};
use super::write;
use crate::point_in_time::{EventSource, Events};

/// Entities and coming events that a worker holds before it writes them.
const HELD: usize = 1 << 18;

/// Rows of one transaction: others write between them, and what is not written when the process ends is little.
const AT_ONCE: usize = 4_096;

/// What became of events that were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// How many events there were.
    pub seen: u64,
    /// How many of them have no key, so that they are about nobody.
    pub of_nobody: u64,
    /// How often an event was newer than what was there.
    pub newer: u64,
    /// How many are of the future, and were not there yet.
    pub pending: u64,
    /// Whether the file was in already, so that it was not read.
    pub skipped: bool,
}

impl Written {
    fn add(&mut self, other: Self) {
        self.seen += other.seen;
        self.of_nobody += other.of_nobody;
        self.newer += other.newer;
        self.pending += other.pending;
    }
}

impl OnlineStore {
    /// Brings events into the store. A file whose content is in already is not read.
    ///
    /// It may be stopped at any time and begun again, and done by several at once: the end is the same.
    ///
    /// # Errors
    /// The columns are not those of the view, an event does not say when it was, the source cannot be read, or the database fails.
    pub fn materialize(
        &self,
        events: &Events,
        source: impl Into<EventSource>,
    ) -> Result<Written, OnlineError> {
        self.bring(events, &source.into(), false)
    }

    /// Brings events into the store, even those of a file that is in already: where rows are damaged.
    ///
    /// # Errors
    /// As [`materialize`](Self::materialize).
    pub fn materialize_again(
        &self,
        events: &Events,
        source: impl Into<EventSource>,
    ) -> Result<Written, OnlineError> {
        self.bring(events, &source.into(), true)
    }

    fn bring(
        &self,
        events: &Events,
        source: &EventSource,
        again: bool,
    ) -> Result<Written, OnlineError> {
        let values: Vec<&str> = events.values.iter().map(String::as_str).collect();
        let columns = events.columns(&values);
        let digest = match source {
            EventSource::File(file) => Some(file.digest()?),
            EventSource::Table(_) => None,
        };
        let schema = source.schema(&columns)?;
        let view = write::whole(&mut self.writer(), |transaction| {
            view::register(transaction, events, &schema)
        })?;
        if let (Some(digest), false) = (&digest, again)
            && self.is_in(&view, digest.as_bytes())?
        {
            return Ok(Written {
                skipped: true,
                ..Written::default()
            });
        }
        if again {
            self.drop_damaged(&view)?;
        }
        let now = self.now();
        let workers = source.open(&columns)?.on_all_cores(
            || (Rows::default(), Written::default()),
            |(rows, written), batch| -> Result<(), OnlineError> {
                rows.add(&view.definition, &batch, now, MissingCreated::Refuse)?;
                if rows.len() > HELD {
                    written.add(self.write_rows(&view, std::mem::take(rows))?);
                }
                Ok(())
            },
        )?;
        let mut written = Written::default();
        for (rows, before) in workers {
            written.add(before);
            written.add(self.write_rows(&view, rows)?);
        }
        if let (Some(digest), EventSource::File(file)) = (digest, source) {
            // What was read need not be what was looked at before. Its events are in, and do no harm; the file is not.
            if file.digest()? != digest {
                return Err(OnlineError::ChangedFile {
                    file: file.location(),
                });
            }
            write::whole(&mut self.writer(), |transaction| {
                view::check_is_there(transaction, &view)?;
                transaction.execute(
                    "INSERT INTO source (view, digest) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    (view.id, digest.as_bytes().as_slice()),
                )?;
                Ok(())
            })?;
        }
        Ok(written)
    }

    fn is_in(&self, view: &View, digest: &[u8]) -> Result<bool, OnlineError> {
        self.with_reader(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM source WHERE view = ?1 AND digest = ?2)",
            )?;
            Ok(statement.query_row((view.id, digest), |row| row.get(0))?)
        })
    }

    fn write_rows(&self, view: &View, rows: Rows) -> Result<Written, OnlineError> {
        let mut written = Written {
            seen: rows.seen,
            of_nobody: rows.of_nobody,
            ..Written::default()
        };
        // In the order of the tree, each page of it is touched once.
        let mut newest: Vec<_> = rows.newest.iter().collect();
        newest.sort_unstable();
        for some in newest.chunks(AT_ONCE) {
            written.newer += write::whole(&mut self.writer(), |transaction| {
                view::check_is_there(transaction, view)?;
                write::settle(transaction, self.now())?;
                write::known(transaction, view.id, some.iter().copied())
            })?;
        }
        for some in rows.pending.chunks(AT_ONCE) {
            written.pending += write::whole(&mut self.writer(), |transaction| {
                view::check_is_there(transaction, view)?;
                write::pending(transaction, view.id, some)
            })?;
        }
        Ok(written)
    }
}

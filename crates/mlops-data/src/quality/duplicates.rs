//! Rows that occur more than once: whole, or by a key.

use std::collections::{BTreeMap, HashMap};

use arrow_array::RecordBatch;
use arrow_buffer::NullBuffer;
use serde::{Deserialize, Serialize};

use super::EXAMPLES;
use crate::batches::Origin;
use crate::batches::parallel::{self, Pass};
use crate::contract::keys::{self, Keys};
use crate::contract::state::shown_row;
use crate::profile::Values;
use crate::{DataError, File, Table};

/// How many rows are repeated.
///
/// Values are compared as a profile reads them: times to the microsecond, decimals as floats.
///
/// Rows are told apart by keys of 128 bits, so memory holds 16 bytes a row, and beyond 16 million rows a file on disk does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicates {
    /// The columns that make a row the same; none for all of them.
    pub key: Vec<String>,
    /// How many rows there are.
    pub rows: u64,
    /// How many lack a value in a column of the key: they are like no other row. Always zero without a key, where a missing
    /// value is as good as any.
    pub without_key: u64,
    /// How many rows, or keys, occur more than once.
    pub groups: u64,
    /// How many rows belong to one of those.
    pub repeated: u64,
    /// How many rows would go if one of each were kept.
    pub surplus: u64,
    /// Those that occur most often.
    pub examples: Vec<Repeated>,
}

/// A row, or key, that occurs more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// Its values.
    pub value: String,
    /// How often it occurs.
    pub count: u64,
    /// Where, counted from 0; the first few.
    pub rows: Vec<u64>,
}

impl Duplicates {
    /// Rows that are equal in all columns. A number is equal to itself whatever its sign where it is zero, `NaN` to `NaN`.
    ///
    /// # Errors
    /// Arrow cannot convert a column, or keys cannot be set aside on disk.
    pub fn of(table: &Table) -> Result<Self, DataError> {
        Self::of_origin(&Origin::table(table), &[])
    }

    /// Rows that are equal in the columns of a key.
    ///
    /// # Errors
    /// There is no such column, or as [`of`](Self::of).
    pub fn by_key(table: &Table, key: &[&str]) -> Result<Self, DataError> {
        Self::of_origin(&Origin::table(table), key)
    }

    /// The same of a file, which may be larger than memory; without a key, rows that are equal in all columns.
    ///
    /// # Errors
    /// As [`by_key`](Self::by_key), or the file cannot be read.
    pub fn of_file(file: &File, key: &[&str]) -> Result<Self, DataError> {
        Self::of_origin(&Origin::file(file, None)?, key)
    }

    fn of_origin(origin: &Origin, key: &[&str]) -> Result<Self, DataError> {
        let schema = origin.schema();
        let places = key
            .iter()
            .map(|name| {
                let known = || schema.fields().iter().map(|field| field.name().clone());
                schema.index_of(name).map_err(|_| DataError::UnknownColumn {
                    name: (*name).to_owned(),
                    candidates: known().collect(),
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let projection = (!key.is_empty()).then_some(places.as_slice());
        let counting = Counting {
            needs_all: !key.is_empty(),
        };
        let counted = parallel::run(origin, projection, &counting)?;
        let mut found = Self {
            key: key.iter().map(|name| (*name).to_owned()).collect(),
            rows: counted.rows,
            without_key: counted.without_key,
            groups: 0,
            repeated: 0,
            surplus: 0,
            examples: Vec::new(),
        };
        let mut most: Vec<(u64, u128)> = Vec::new();
        counted.keys.groups(|key, count| {
            if count < 2 {
                return;
            }
            found.groups += 1;
            found.repeated += count;
            found.surplus += count - 1;
            // Keys come in their order, so of equals the least stays.
            let place = most.partition_point(|(other, _)| *other >= count);
            if place < EXAMPLES {
                most.insert(place, (count, key));
                most.truncate(EXAMPLES);
            }
        })?;
        if !most.is_empty() {
            let wanted: HashMap<u128, usize> = most
                .iter()
                .enumerate()
                .map(|(place, (_, key))| (*key, place))
                .collect();
            let seen = parallel::run(origin, projection, &Finding(&wanted))?;
            found.examples = seen
                .found
                .into_iter()
                .map(|(place, (value, rows))| Repeated {
                    value,
                    count: most[place].0,
                    rows,
                })
                .collect();
        }
        Ok(found)
    }
}

/// The keys of the rows of a batch.
struct Rows {
    columns: Vec<Values>,
    nulls: Vec<Option<NullBuffer>>,
}

impl Rows {
    fn of(batch: &RecordBatch) -> Result<Self, DataError> {
        let columns = batch
            .columns()
            .iter()
            .map(Values::of)
            .collect::<Result<Vec<_>, _>>()?;
        let nulls = columns.iter().map(Values::nulls).collect();
        Ok(Self { columns, nulls })
    }

    fn key(&self, row: usize) -> u128 {
        let columns: Vec<&Values> = self.columns.iter().collect();
        keys::of_rows(&columns, &self.nulls, row)
    }

    fn is_whole(&self, row: usize) -> bool {
        let mut nulls = self.nulls.iter().flatten();
        nulls.all(|nulls| nulls.is_valid(row))
    }
}

struct Counting {
    /// Whether a row that lacks a value is like no other.
    needs_all: bool,
}

struct Counted {
    rows: u64,
    without_key: u64,
    keys: Keys,
}

impl Pass for Counting {
    type State = Counted;

    fn begin(&self) -> Counted {
        Counted {
            rows: 0,
            without_key: 0,
            keys: Keys::default(),
        }
    }

    fn see(&self, state: &mut Counted, _: u64, batch: &RecordBatch) -> Result<(), DataError> {
        let rows = Rows::of(batch)?;
        let columns: Vec<&Values> = rows.columns.iter().collect();
        let mut found = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            if !self.needs_all || rows.is_whole(row) {
                found.push(keys::of_rows(&columns, &rows.nulls, row));
            }
        }
        state.rows += batch.num_rows() as u64;
        state.without_key += (batch.num_rows() - found.len()) as u64;
        state.keys.add_all(found);
        Ok(())
    }

    fn join(&self, state: &mut Counted, later: Counted) -> Result<(), DataError> {
        state.rows += later.rows;
        state.without_key += later.without_key;
        state.keys.merge(later.keys)
    }
}

/// Where the keys that occur most often stand.
struct Finding<'k>(&'k HashMap<u128, usize>);

struct Found {
    rows: u64,
    found: BTreeMap<usize, (String, Vec<u64>)>,
}

impl Pass for Finding<'_> {
    type State = Found;

    fn begin(&self) -> Found {
        Found {
            rows: 0,
            found: BTreeMap::new(),
        }
    }

    fn see(&self, state: &mut Found, row: u64, batch: &RecordBatch) -> Result<(), DataError> {
        let rows = Rows::of(batch)?;
        let columns: Vec<&Values> = rows.columns.iter().collect();
        for place in 0..batch.num_rows() {
            let Some(wanted) = self.0.get(&rows.key(place)) else {
                continue;
            };
            let value = || shown_row(&columns, &rows.nulls, place);
            let (_, places) = state
                .found
                .entry(*wanted)
                .or_insert_with(|| (value(), Vec::new()));
            if places.len() < EXAMPLES {
                places.push(row + place as u64);
            }
        }
        state.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn join(&self, state: &mut Found, later: Found) -> Result<(), DataError> {
        for (wanted, (value, rows)) in later.found {
            let (_, own) = state.found.entry(wanted).or_insert((value, Vec::new()));
            let room = EXAMPLES - own.len();
            own.extend(rows.into_iter().take(room).map(|row| row + state.rows));
        }
        state.rows += later.rows;
        Ok(())
    }
}

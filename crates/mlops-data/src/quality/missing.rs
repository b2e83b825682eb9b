//! Missing values, by column and by row, and whether more are missing than before.

use arrow_array::{Array, RecordBatch};
use arrow_buffer::BooleanBuffer;
use serde::{Deserialize, Serialize};

use super::EXAMPLES;
use crate::batches::Origin;
use crate::batches::parallel::{self, Pass};
use crate::change::{Verdict, choice};
use crate::profile::Values;
use crate::statistics::benjamini_hochberg;
use crate::{DataError, File, Table};

/// What is missing: nulls, and numbers that are `NaN`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// How many rows there are.
    pub rows: u64,
    /// The columns, in their order.
    pub columns: Vec<ColumnMissing>,
    /// How many rows lack so many values: the first is how many lack none.
    pub by_row: Vec<u64>,
    /// The rows that lack most, the emptiest first.
    pub emptiest: Vec<RowMissing>,
}

/// What is missing in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnMissing {
    /// The column.
    pub column: String,
    /// How many rows have no value, or `NaN`.
    pub missing: u64,
    /// How many of them are `NaN`.
    pub nans: u64,
    /// The share of the rows; none where there are no rows.
    pub share: Option<f64>,
}

/// A row with missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowMissing {
    /// The row, counted from 0.
    pub row: u64,
    /// How many of its values are missing.
    pub missing: u64,
}

/// How the share of missing values of a column changed.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingChange {
    /// The column.
    pub column: String,
    /// The share before and now; none where there is no such column, or no rows.
    pub shares: [Option<f64>; 2],
    /// The test: `two_proportions`, or `fisher` where counts are small.
    pub test: Option<&'static str>,
    /// How probable a difference at least as large is if nothing changed, adjusted for all columns.
    pub adjusted_p: Option<f64>,
    /// Drift needs that chance is no explanation and that the difference is at least as large as what matters.
    pub verdict: Verdict,
}

impl Missing {
    /// Looks at a table.
    ///
    /// # Errors
    /// Arrow cannot convert a column.
    pub fn of(table: &Table) -> Result<Self, DataError> {
        Self::of_origin(&Origin::table(table))
    }

    /// Looks at a file, which may be larger than memory.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of_file(file: &File) -> Result<Self, DataError> {
        Self::of_origin(&Origin::file(file, None)?)
    }

    fn of_origin(origin: &Origin) -> Result<Self, DataError> {
        let fields = origin.schema().fields();
        let state = parallel::run(origin, None, &Looking(fields.len()))?;
        let rows = state.rows;
        let columns = fields.iter().zip(&state.columns);
        Ok(Self {
            rows,
            columns: columns
                .map(|(field, [missing, nans])| ColumnMissing {
                    column: field.name().clone(),
                    missing: *missing,
                    nans: *nans,
                    share: (rows > 0).then(|| *missing as f64 / rows as f64),
                })
                .collect(),
            by_row: state.by_row,
            emptiest: state.emptiest,
        })
    }

    /// How many rows lack more than so many values.
    pub fn rows_lacking_more_than(&self, values: u64) -> u64 {
        let from = usize::try_from(values)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        self.by_row.iter().skip(from).sum()
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&ColumnMissing> {
        self.columns.iter().find(|column| column.column == name)
    }

    /// How each column changed since `before`, with false alarms held at `level` over all of them; a difference of shares
    /// matters from `least_share` on. [`change`](crate::change) does the same for missing values, beside the values themselves.
    ///
    /// # Errors
    /// A p-value cannot be computed.
    pub fn change_since(
        &self,
        before: &Self,
        level: f64,
        least_share: f64,
    ) -> Result<Vec<MissingChange>, DataError> {
        let gone = |column: &&ColumnMissing| self.column(&column.column).is_none();
        let names = self
            .columns
            .iter()
            .chain(before.columns.iter().filter(gone));
        let mut changes = Vec::new();
        let mut p_values = Vec::new();
        for ColumnMissing { column, .. } in names {
            let sides = [before, self].map(|side| (side.rows, side.column(column)));
            let shares = sides.map(|(_, found)| found.and_then(|found| found.share));
            let tested = match sides {
                [(n, Some(was)), (m, Some(is))] if n > 0 && m > 0 => {
                    Some(choice::of_shares([(was.missing, n), (is.missing, m)])?)
                }
                _ => None,
            };
            p_values.extend(tested.as_ref().map(|tested| tested.p_value));
            changes.push(MissingChange {
                column: column.clone(),
                shares,
                test: tested.map(|tested| tested.test),
                adjusted_p: None,
                verdict: Verdict::NoEvidence,
            });
        }
        let mut adjusted = benjamini_hochberg(&p_values)?.into_iter();
        for change in &mut changes {
            let (Some(_), [Some(was), Some(is)]) = (change.test, change.shares) else {
                continue;
            };
            change.adjusted_p = adjusted.next();
            let is_certain = change.adjusted_p.is_some_and(|p| p <= level);
            change.verdict = if is_certain && (is - was).abs() >= least_share {
                Verdict::Drift
            } else {
                Verdict::Stable
            };
        }
        Ok(changes)
    }
}

/// What was seen of a piece of the rows.
struct Seen {
    rows: u64,
    /// Missing values, and those of them that are `NaN`.
    columns: Vec<[u64; 2]>,
    by_row: Vec<u64>,
    emptiest: Vec<RowMissing>,
}

impl Seen {
    fn note(&mut self, row: RowMissing) {
        let is_full = self.emptiest.len() >= EXAMPLES;
        if is_full
            && self
                .emptiest
                .last()
                .is_some_and(|last| row.missing <= last.missing)
        {
            return;
        }
        // After those that lack as much: rows come in their order, and the first stays first.
        let place = self
            .emptiest
            .partition_point(|other| other.missing >= row.missing);
        self.emptiest.insert(place, row);
        self.emptiest.truncate(EXAMPLES);
    }
}

struct Looking(usize);

impl Pass for Looking {
    type State = Seen;

    fn begin(&self) -> Seen {
        Seen {
            rows: 0,
            columns: vec![[0; 2]; self.0],
            by_row: vec![0; self.0 + 1],
            emptiest: Vec::new(),
        }
    }

    fn see(&self, state: &mut Seen, row: u64, batch: &RecordBatch) -> Result<(), DataError> {
        let rows = batch.num_rows();
        let mut lacking = vec![0_u32; rows];
        for (column, counts) in batch.columns().iter().zip(&mut state.columns) {
            let nulls = column.logical_nulls();
            let null_count = nulls.as_ref().map_or(0, |nulls| nulls.null_count());
            if let Some(nulls) = nulls.as_ref().filter(|_| null_count > 0) {
                let missing: BooleanBuffer = !nulls.inner();
                missing.set_indices().for_each(|row| lacking[row] += 1);
            }
            let mut nans = 0;
            if column.data_type().is_floating()
                && let Values::Number(numbers) = Values::of(column)?
            {
                for (row, value) in numbers.iter().enumerate() {
                    if value.is_some_and(f64::is_nan) {
                        lacking[row] += 1;
                        nans += 1;
                    }
                }
            }
            counts[0] += null_count as u64 + nans;
            counts[1] += nans;
        }
        for (place, missing) in lacking.into_iter().enumerate() {
            state.by_row[missing as usize] += 1;
            if missing > 0 {
                state.note(RowMissing {
                    row: row + place as u64,
                    missing: u64::from(missing),
                });
            }
        }
        state.rows += rows as u64;
        Ok(())
    }

    fn join(&self, state: &mut Seen, later: Seen) -> Result<(), DataError> {
        for (own, theirs) in state.columns.iter_mut().zip(later.columns) {
            own[0] += theirs[0];
            own[1] += theirs[1];
        }
        for (own, theirs) in state.by_row.iter_mut().zip(later.by_row) {
            *own += theirs;
        }
        for found in later.emptiest {
            state.note(RowMissing {
                row: found.row + state.rows,
                ..found
            });
        }
        state.rows += later.rows;
        Ok(())
    }
}

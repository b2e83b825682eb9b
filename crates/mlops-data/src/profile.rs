//! What a table holds, column by column, in one pass and a few kilobytes.
//!
//! Each column has a state that batches are added to; states of parts merge to the state of the whole. Counts, sums, means,
//! variances, smallest and largest values are the same bits in any order; quantiles, numbers of different values beyond 256
//! and frequent values beyond that (of texts beyond 1,000) are sketches, whose bounds the fields state.

mod category;
mod column;
mod exact;
mod quantile;
mod values;

#[cfg(test)]
mod tests;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use mlops_core::Digest;
use serde::{Deserialize, Serialize};

use crate::batches::Origin;
use crate::batches::parallel::{self, Pass};
use crate::{CsvOptions, DataError, File, Table};
use column::ColumnState;

pub use category::{Distinct, Frequent};
pub(crate) use category::{MOST_CATEGORIES, SHOWN};
pub use column::{ColumnProfile, NumberProfile, TextProfile, TimeProfile};
pub use exact::{ExactSum, Moments};
pub(crate) use quantile::{Quantiles, uncertainty};
pub use values::ColumnKind;
pub(crate) use values::{Texts, Values, shown_date, shown_time, valid_rows};

/// What a table holds: of each column counts, sizes, quantiles, frequent values; at most 64 kB a column.
///
/// ```
/// use mlops_data::{TableProfile, table};
/// let profile = TableProfile::of(&table! { "age" => [Some(30), None, Some(34)] })?;
/// let age = &profile.columns[0];
/// assert_eq!((age.rows, age.nulls), (3, 1));
/// assert_eq!(age.numbers.as_ref().and_then(|numbers| numbers.mean), Some(32.0));
/// # Ok::<(), mlops_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableProfile {
    /// How many rows there are.
    pub rows: u64,
    /// The columns, in their order.
    pub columns: Vec<ColumnProfile>,
}

impl TableProfile {
    /// Looks at a table.
    ///
    /// # Errors
    /// Arrow cannot convert a column.
    pub fn of(table: &Table) -> Result<Self, DataError> {
        profiled(&Origin::table(table))
    }

    /// Looks at a file, which may be larger than memory.
    ///
    /// # Errors
    /// The file cannot be read or is malformed.
    pub fn of_file(file: &File) -> Result<Self, DataError> {
        profiled(&Origin::file(file, None)?)
    }

    /// Looks at a file of comma-separated values.
    ///
    /// # Errors
    /// The file cannot be read or is malformed.
    pub fn of_csv(file: &File, options: &CsvOptions) -> Result<Self, DataError> {
        profiled(&Origin::file(file, Some(options))?)
    }

    /// The profile of a column.
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The profile as JSON: the same bytes for the same rows in the same batches.
    pub fn to_json(&self) -> String {
        // Every field is a number, a text or a list of them, and what is not finite is left out.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A profile from what [`to_json`](Self::to_json) made.
    ///
    /// # Errors
    /// It is none.
    pub fn from_json(text: &str) -> Result<Self, DataError> {
        let refused = |cause| DataError::Unreadable {
            location: "the profile".to_owned(),
            format: "profile",
            cause,
        };
        let found: Self = serde_json::from_str(text).map_err(|cause| refused(cause.into()))?;
        if found.adds_up() {
            Ok(found)
        } else {
            Err(refused("its counts do not add up".into()))
        }
    }

    /// Whether counts are such that whoever subtracts and adds them gets counts, and quantiles such that they can be ones.
    fn adds_up(&self) -> bool {
        const MOST: u64 = 1 << 53;
        let of_values = |column: &ColumnProfile| {
            let nans = column.numbers.as_ref().map_or(0, |numbers| numbers.nans);
            let missing = column.nulls.checked_add(nans);
            let mut named = column.frequent.iter().map(|value| value.at_least);
            let named = named.try_fold(0_u64, u64::checked_add);
            let is_within = |count: Option<u64>, all: u64| count.is_some_and(|count| count <= all);
            let mut bounds = column.frequent.iter();
            is_within(missing, column.rows)
                && is_within(named, column.rows.saturating_sub(column.nulls))
                && bounds.all(|value| value.at_least <= value.at_most)
        };
        let of_sizes = |column: &ColumnProfile| {
            let of_numbers = column.numbers.as_ref().map(|found| &found.quantiles);
            let of_texts = column.texts.as_ref().map(|found| &found.lengths);
            let are_lengths = of_texts.is_none_or(|lengths| lengths.iter().all(|x| *x >= 0.0));
            let mut all = of_numbers.into_iter().chain(of_texts);
            are_lengths && all.all(|quantiles| ascend(quantiles))
        };
        self.rows <= MOST
            && self
                .columns
                .iter()
                .all(|column| column.rows <= MOST && of_values(column) && of_sizes(column))
    }

    /// The digest of [`to_json`](Self::to_json).
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_json().as_bytes())
    }
}

/// Whether these may be quantiles: what they stand for does not fall, though they themselves may by as much as they are off.
fn ascend(quantiles: &[f64]) -> bool {
    let mut pairs = quantiles.windows(2);
    pairs.all(|pair| pair[1] + uncertainty(pair[1]) >= pair[0] - uncertainty(pair[0]))
}

/// The state of a table while batches go by.
#[derive(Clone)]
struct TableState {
    rows: u64,
    columns: Vec<ColumnState>,
}

impl TableState {
    fn new(schema: &SchemaRef) -> Self {
        Self {
            rows: 0,
            columns: schema.fields().iter().map(|_| ColumnState::new()).collect(),
        }
    }

    fn see(&mut self, batch: &RecordBatch) -> Result<(), DataError> {
        self.rows += batch.num_rows() as u64;
        self.columns
            .iter_mut()
            .zip(batch.columns())
            .try_for_each(|(state, column)| state.see(column))
    }

    fn merge(&mut self, later: &Self) {
        self.rows += later.rows;
        for (own, theirs) in self.columns.iter_mut().zip(&later.columns) {
            own.merge(theirs);
        }
    }

    fn profile(&self, schema: &SchemaRef) -> TableProfile {
        let columns = self.columns.iter().zip(schema.fields());
        TableProfile {
            rows: self.rows,
            columns: columns.map(|(state, field)| state.profile(field)).collect(),
        }
    }
}

pub(crate) fn profiled(origin: &Origin) -> Result<TableProfile, DataError> {
    let state = parallel::run(origin, None, &Profiling(origin.schema()))?;
    Ok(state.profile(origin.schema()))
}

struct Profiling<'a>(&'a SchemaRef);

impl Pass for Profiling<'_> {
    type State = TableState;

    fn begin(&self) -> TableState {
        TableState::new(self.0)
    }

    fn see(&self, state: &mut TableState, _: u64, batch: &RecordBatch) -> Result<(), DataError> {
        state.see(batch)
    }

    fn join(&self, state: &mut TableState, later: TableState) -> Result<(), DataError> {
        state.merge(&later);
        Ok(())
    }
}

//! Has it changed: two tables, column by column, with a verdict that needs evidence.
//!
//! A column has drifted if two things hold: chance is no explanation (a test, its p-value adjusted for all the other tests of
//! the report), and the change is large enough to matter (an effect in the column's own unit, against a threshold that can be
//! set). Significance alone makes every table of a million rows an alarm; an effect alone makes every small one.
//! What cannot be compared is neither: [`Verdict::NoEvidence`].
//!
//! ```
//! use mlops_data::change::{TableChange, Verdict};
//! use mlops_data::table;
//!
//! let ages = |from: i64| (0..200).map(|i| from + i % 37).collect::<Vec<_>>();
//! let before = table! { "age" => ages(20), "plan" => vec!["free"; 200] };
//! let after = table! { "age" => ages(30), "plan" => vec!["free"; 200] };
//!
//! let change = TableChange::between(&before, &after)?;
//! assert_eq!(change.verdict, Verdict::Drift);
//! let age = change.column("age").expect("it is in both");
//! assert_eq!(age.verdict, Verdict::Drift);
//! let shift = age.effect.as_ref().expect("measured").value;
//! assert!((shift - 10.0).abs() < 1e-9); // in years, as the column is
//! assert_eq!(change.column("plan").expect("it is in both").verdict, Verdict::Stable);
//! # Ok::<(), mlops_data::DataError>(())
//! ```

pub(crate) mod choice;
mod comparison;
mod domain;
mod evidence;
mod html;
mod json;
mod origin;
mod picture;
mod since;
mod values;

pub use comparison::Comparison;
pub use domain::DomainClassifier;
pub use picture::Picture;

use crate::{DataError, File, Table, TableProfile};

#[cfg(test)]
mod tests;

/// What the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It changed: more than chance explains, and enough to matter.
    Drift,
    /// It was compared, and no change that matters was found.
    Stable,
    /// It could not be compared. No pass: whoever asks must be told.
    NoEvidence,
}

impl Verdict {
    /// `drift`, `stable` or `no_evidence`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::Stable => "stable",
            Self::NoEvidence => "no_evidence",
        }
    }
}

/// What kind of values a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Integers, floats, decimals.
    Numeric,
    /// Booleans, and texts of at most 1,000 different values that occur twice or more on average.
    Categorical,
    /// Dates, times, durations.
    Time,
    /// Other texts: their lengths are compared.
    Text,
    /// Lists, structs, bytes: not compared.
    Other,
}

impl ColumnKind {
    /// `numeric`, `categorical`, `time`, `text` or `other`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Categorical => "categorical",
            Self::Time => "time",
            Self::Text => "text",
            Self::Other => "other",
        }
    }
}

/// How much something changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// `trimmed_wasserstein`: how far the values moved, on average over the middle 98 %, in the column's own unit (characters for
    /// texts, seconds or days for times). `total_variation`: the share of rows whose category would have to change. `ks`: the
    /// largest distance of the distribution functions, for columns of nearly one value. `missing_share`: how much larger the
    /// share of missing values is.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// Its value in reference spreads (1.4826 times the median distance from the median) where it has a unit, else the value.
    pub relative: f64,
    /// From where on it matters, against `relative`.
    pub threshold: f64,
}

impl Effect {
    /// Whether it is large enough to matter.
    pub fn matters(&self) -> bool {
        self.relative.abs() >= self.threshold
    }
}

/// How one column changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnChange {
    /// The column.
    pub column: String,
    /// What kind of values it holds.
    pub kind: ColumnKind,
    /// The test that decides: `ks`, `chi2` or `fisher` on the values, `two_proportions` or `fisher` on missing ones.
    pub test: Option<&'static str>,
    /// The test's statistic.
    pub statistic: Option<f64>,
    /// How probable a statistic at least as far out is if nothing changed.
    pub p_value: Option<f64>,
    /// The same, adjusted for all tests of the report.
    pub adjusted_p: Option<f64>,
    /// How much it changed.
    pub effect: Option<Effect>,
    /// The share of missing values (null or `NaN`) in the reference and in the current table; none where there is no such
    /// column, or no rows.
    pub missing: [Option<f64>; 2],
    /// What the evidence says.
    pub verdict: Verdict,
    /// In words: what changed, or why there is no evidence.
    pub explanation: String,
    /// Both distributions, to draw side by side.
    pub picture: Option<Picture>,
}

/// How a table changed.
#[derive(Debug, Clone, PartialEq)]
pub struct TableChange {
    /// Each column of either table, in the reference's order, then those that only the current table has.
    pub columns: Vec<ColumnChange>,
    /// How many rows the reference and the current table have.
    pub rows: [usize; 2],
    /// Whether the tables can be told apart by several columns at once, if that was asked for.
    pub domain: Option<DomainClassifier>,
    /// Drift if a column or the domain classifier says so; else no evidence if a column has none that was not allowed to; else
    /// stable.
    pub verdict: Verdict,
    /// The level of the false-discovery rate.
    pub level: f64,
}

impl TableChange {
    /// Compares two tables by the default thresholds; see [`Comparison`] for others.
    ///
    /// # Errors
    /// A column cannot be computed with.
    pub fn between(reference: &Table, current: &Table) -> Result<Self, DataError> {
        Comparison::new().between(reference, current)
    }

    /// Compares two files by the default thresholds. Parquet files are read a column at a time, so that they may be larger than
    /// memory.
    ///
    /// # Errors
    /// A file cannot be read, or a column cannot be computed with.
    pub fn between_files(reference: &File, current: &File) -> Result<Self, DataError> {
        Comparison::new().between_files(reference, current)
    }

    /// What changed since a profile was made, by the default thresholds. The table of the profile is not read again: its figures
    /// are all that is needed, and what they cannot tell is no evidence.
    ///
    /// # Errors
    /// A column cannot be computed with.
    pub fn since(reference: &TableProfile, current: &Table) -> Result<Self, DataError> {
        Comparison::new().since(reference, current)
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&ColumnChange> {
        self.columns.iter().find(|column| column.column == name)
    }

    /// The columns of which the evidence says this.
    pub fn with_verdict(&self, verdict: Verdict) -> impl Iterator<Item = &ColumnChange> {
        let columns = self.columns.iter();
        columns.filter(move |column| column.verdict == verdict)
    }
}

//! Every look at a table at once, with the limits that somebody sets.

use jiff::{SignedDuration, Timestamp};
use mlops_core::{Clock, SystemClock};

use super::checks::{Findings, Limits};
use super::{Duplicates, Labels, Mislabelled, Missing, Outliers, Quality, UnusualRows};
use crate::contract::{Clause, Contract, Report, Rule};
use crate::statistics::StatisticsError;
use crate::{DataError, File, Table};

/// What to look at, and what is too much of it.
///
/// Without a limit there are figures and no verdict, except for what is wrong in every table: rows that are repeated whole and
/// inputs with different labels are warned of, a key that is repeated refuses the table. Each limit can be set; what breaks one that
/// was set refuses the table.
///
/// ```
/// use mlops_data::quality::Inspection;
/// use mlops_data::table;
///
/// let inspection = Inspection::new().missing_at_most(0.2).missing_in_row_at_most(1);
/// let half = table! { "age" => [Some(30), None], "plan" => [Some("free"), None] };
/// let quality = inspection.of(&half)?;
/// assert!(!quality.passes());
/// assert!(inspection.enforce(&half).is_err());
/// # Ok::<(), mlops_data::DataError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Inspection {
    key: Vec<String>,
    label: Option<String>,
    ignored: Vec<String>,
    probabilities: Option<Table>,
    outliers: Outliers,
    seed: u64,
    limits: Limits,
    fresh: Vec<(String, SignedDuration)>,
    now: Option<Timestamp>,
}

impl Inspection {
    /// Looks at everything that can be looked at without a key or a label.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The columns that together name a row: no two rows may have the same.
    #[must_use]
    pub fn key<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.key = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The column that a model is to learn.
    #[must_use]
    pub fn label(mut self, column: impl Into<String>) -> Self {
        self.label = Some(column.into());
        self
    }

    /// Columns that are no inputs: neither rows nor labels are told apart by them. A key is none anyway.
    #[must_use]
    pub fn ignoring<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.ignored.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Out-of-sample probabilities of each label, to find rows that are likely mislabelled; see [`Mislabelled::of`].
    #[must_use]
    pub fn probabilities(mut self, probabilities: &Table) -> Self {
        self.probabilities = Some(probabilities.clone());
        self
    }

    /// How outliers are told from the rest.
    #[must_use]
    pub fn outliers(mut self, outliers: Outliers) -> Self {
        self.outliers = outliers;
        self
    }

    /// What rows are drawn by where a table has too many to hold each against each; 0 unless set.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The share of the rows that may lack a value, for each column.
    #[must_use]
    pub fn missing_at_most(mut self, share: f64) -> Self {
        self.limits.missing = Some(share);
        self
    }

    /// How many values a row may lack.
    #[must_use]
    pub fn missing_in_row_at_most(mut self, values: u64) -> Self {
        self.limits.missing_in_row = Some(values);
        self
    }

    /// The share of the rows that may be like another one.
    #[must_use]
    pub fn repeated_at_most(mut self, share: f64) -> Self {
        self.limits.repeated = Some(share);
        self
    }

    /// The share of the rows that may have an input with different labels.
    #[must_use]
    pub fn conflicts_at_most(mut self, share: f64) -> Self {
        self.limits.conflicts = Some(share);
        self
    }

    /// The share of the rows that the rarest label must have.
    #[must_use]
    pub fn rarest_label_at_least(mut self, share: f64) -> Self {
        self.limits.rarest = Some(share);
        self
    }

    /// The share of the rows that may be likely mislabelled.
    #[must_use]
    pub fn mislabelled_at_most(mut self, share: f64) -> Self {
        self.limits.mislabelled = Some(share);
        self
    }

    /// The share of its values that may be outliers, for each column of numbers.
    #[must_use]
    pub fn outliers_at_most(mut self, share: f64) -> Self {
        self.limits.outliers = Some(share);
        self
    }

    /// The share of the rows that may be unusual.
    #[must_use]
    pub fn unusual_at_most(mut self, share: f64) -> Self {
        self.limits.unusual = Some(share);
        self
    }

    /// The newest day or moment of a column must not be older than this.
    #[must_use]
    pub fn fresh(mut self, column: impl Into<String>, within: SignedDuration) -> Self {
        self.fresh.push((column.into(), within));
        self
    }

    /// The moment from which ages are counted, in place of the present one.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Looks at a table.
    ///
    /// # Errors
    /// A limit is no share, a column to ignore does not exist, or Arrow cannot convert a column. A column of the key, or a label,
    /// that does not exist is no error but no evidence.
    pub fn of(&self, table: &Table) -> Result<Quality, DataError> {
        self.located(table, "the table")
    }

    /// Reads a file and looks at it. The whole of it is in memory; [`Missing`] and [`Duplicates`] look at files that are larger.
    ///
    /// # Errors
    /// The file cannot be read, or as [`of`](Self::of).
    pub fn of_file(&self, file: &File) -> Result<Quality, DataError> {
        self.located(&Table::read(file)?, &file.path().display().to_string())
    }

    /// Gives the table back if it keeps within the limits.
    ///
    /// # Errors
    /// It does not; the error holds the report. Or as [`of`](Self::of).
    pub fn enforce(&self, table: &Table) -> Result<Table, DataError> {
        let quality = self.of(table)?;
        if quality.passes() {
            return Ok(table.clone());
        }
        Err(DataError::ContractBroken {
            report: Box::new(quality.report),
        })
    }

    fn located(&self, table: &Table, location: &str) -> Result<Quality, DataError> {
        self.check()?;
        let has = |name: &String| table.column(name).is_ok();
        let key: Vec<&str> = self.key.iter().map(String::as_str).collect();
        let has_key = !key.is_empty() && self.key.iter().all(has);
        let by_key = has_key
            .then(|| Duplicates::by_key(table, &key))
            .transpose()?;
        let mut no_inputs: Vec<&str> = self.ignored.iter().map(String::as_str).collect();
        no_inputs.extend(self.key.iter().filter(|name| has(name)).map(String::as_str));
        let label = self.label.as_ref().filter(|label| has(label));
        let labels = label
            .map(|label| Labels::of(table, label, &no_inputs))
            .transpose()?;
        let mislabelled = label
            .zip(self.probabilities.as_ref())
            .map(|(label, probabilities)| Mislabelled::of(table, label, probabilities))
            .transpose()?;
        let findings = Findings {
            missing: Missing::of(table)?,
            repeated: Duplicates::of(table)?,
            by_key,
            outliers: self.outliers.of(table)?,
            unusual: UnusualRows::of(table, &no_inputs, self.seed)?,
            labels,
            mislabelled,
        };
        let mut checks = findings.checks(&self.limits, &self.key, self.label.as_deref());
        checks.extend(self.freshness(table)?);
        let report = Report {
            contract: "quality".to_owned(),
            location: location.to_owned(),
            rows: table.rows() as u64,
            checks,
            changes: Vec::new(),
        };
        mlops_core::note_report(|| report.for_stage());
        Ok(Quality::new(findings, report))
    }

    fn freshness(&self, table: &Table) -> Result<Vec<crate::contract::Check>, DataError> {
        if self.fresh.is_empty() {
            return Ok(Vec::new());
        }
        let contract =
            self.fresh
                .iter()
                .fold(Contract::new("quality"), |contract, (column, within)| {
                    let within = *within;
                    contract.clause(Clause::on(column.clone(), Rule::Freshness { within }))
                });
        let now = self.now.unwrap_or_else(|| SystemClock.now());
        let judge = || contract.judge().at(now).report(table);
        // It becomes a part of this report, so that the run keeps one.
        let judged = mlops_core::collect_reports(drop, judge)?;
        Ok(judged.checks)
    }

    fn check(&self) -> Result<(), StatisticsError> {
        for share in self.limits.shares() {
            if !(0.0..=1.0).contains(&share) {
                return Err(StatisticsError::argument("a limit", share, "from 0 to 1"));
            }
        }
        Ok(())
    }
}

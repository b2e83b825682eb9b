//! What must not be in two parts at once: rows, groups, times; and columns that give the answer away.

mod disguise;
mod near;
mod report;
mod shared;

use mlops_core::note_report;

use super::Parts;
use crate::contract::Verdict;
use crate::{DataError, Table};

pub use report::{LeakCheck, LeakKind, LeakageReport};

/// What is known of two parts, and what is looked for between them.
///
/// Equal rows, and rows that are equal but for rounding, are looked for always; groups, times and columns that are the label
/// in disguise where the columns are named.
///
/// ```
/// use mlops_data::dataset::{LeakKind, Leakage};
/// use mlops_data::table;
///
/// let training = table! { "customer" => [1, 1, 2, 3], "spent" => [9.5, 3.0, 7.25, 1.0] };
/// let test = table! { "customer" => [3, 4], "spent" => [2.0, 8.0] };
/// let report = Leakage::new().group("customer").between(&training, &test)?;
/// let groups = report.check(LeakKind::SameGroups).map(|check| check.evidence.as_str());
/// assert_eq!(groups, Some("1 of 2 groups is in both: `3`"));
/// # Ok::<(), mlops_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Leakage {
    label: Option<String>,
    groups: Vec<String>,
    time: Option<String>,
    ignored: Vec<String>,
    tolerated: f64,
    suspicious: f64,
    without_evidence: Vec<LeakKind>,
}

impl Default for Leakage {
    fn default() -> Self {
        Self {
            label: None,
            groups: Vec::new(),
            time: None,
            ignored: Vec::new(),
            tolerated: 0.0,
            suspicious: 0.98,
            without_evidence: Vec::new(),
        }
    }
}

impl Leakage {
    /// Looks for equal rows only.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The column that a model is to foretell: no other column may be it in disguise.
    #[must_use]
    pub fn label(mut self, column: impl Into<String>) -> Self {
        self.label = Some(column.into());
        self
    }

    /// A column whose values must not be in both parts. May be called more than once.
    #[must_use]
    pub fn group(mut self, column: impl Into<String>) -> Self {
        self.groups.push(column.into());
        self
    }

    /// The column of the time: everything in the second part must be later than all of the first.
    #[must_use]
    pub fn time(mut self, column: impl Into<String>) -> Self {
        self.time = Some(column.into());
        self
    }

    /// Does not look at these columns. A number that counts up makes every row another one: name it here, and copies are found.
    #[must_use]
    pub fn ignoring<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.ignored.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Which share of the second part's rows may also be in the first; none unless set. Where a table has few columns, different
    /// things have equal rows.
    #[must_use]
    pub fn tolerating(mut self, share: f64) -> Self {
        self.tolerated = share;
        self
    }

    /// From which skill on a single column is the label in disguise: the share of the errors that it alone takes away, 0.98 unless
    /// set.
    #[must_use]
    pub fn suspicious_from(mut self, skill: f64) -> Self {
        self.suspicious = skill;
        self
    }

    /// Lets a check have no evidence without the parts being refused.
    #[must_use]
    pub fn allowing_no_evidence(mut self, kind: LeakKind) -> Self {
        self.without_evidence.push(kind);
        self
    }

    /// Looks for leaks from the first table into the second, which judges what is made of the first.
    ///
    /// # Errors
    /// A column that was named is in neither table, a share is none, or Arrow cannot convert a column. A leak is no error but a
    /// verdict.
    pub fn between(&self, first: &Table, second: &Table) -> Result<LeakageReport, DataError> {
        self.named(["first", "second"], first, second)
    }

    /// Looks for leaks between all parts of a split: a report for each pair.
    ///
    /// # Errors
    /// As [`between`](Self::between).
    pub fn of(&self, parts: &Parts) -> Result<Vec<LeakageReport>, DataError> {
        let parts: Vec<_> = parts.iter().collect();
        let mut reports = Vec::new();
        for (place, (role, first)) in parts.iter().enumerate() {
            for (other, second) in &parts[place + 1..] {
                reports.push(self.named([role.name(), other.name()], first, second)?);
            }
        }
        Ok(reports)
    }

    /// Refuses parts with leaks between them.
    ///
    /// # Errors
    /// There is a leak; the error holds the report. Or as [`between`](Self::between).
    pub fn enforce(&self, parts: &Parts) -> Result<(), DataError> {
        match self.of(parts)?.into_iter().find(|report| !report.passes()) {
            None => Ok(()),
            Some(report) => Err(DataError::Leak {
                report: Box::new(report),
            }),
        }
    }

    fn named(
        &self,
        names: [&str; 2],
        first: &Table,
        second: &Table,
    ) -> Result<LeakageReport, DataError> {
        self.check(first, second)?;
        let tables = Pair {
            first,
            second,
            columns: self.columns(first, second),
        };
        let keys = shared::keys(&tables)?;
        let mut checks = vec![
            shared::rows(&tables, &keys, self.tolerated),
            near::rows(&tables, &keys, self.tolerated)?,
        ];
        for column in &self.groups {
            checks.push(shared::groups(&tables, column)?);
        }
        if let Some(column) = &self.time {
            checks.push(shared::times(&tables, column)?);
        }
        if let Some(label) = &self.label {
            let apart = self.groups.iter().chain(&self.time).map(String::as_str);
            let apart: Vec<&str> = apart.collect();
            checks.extend(disguise::columns(&tables, label, &apart, self.suspicious)?);
        }
        for check in &mut checks {
            check.allowed =
                check.verdict == Verdict::NoEvidence && self.without_evidence.contains(&check.kind);
        }
        let report = LeakageReport {
            parts: names.map(str::to_owned),
            rows: [first.rows() as u64, second.rows() as u64],
            checks,
        };
        note_report(|| report.for_stage());
        Ok(report)
    }

    fn check(&self, first: &Table, second: &Table) -> Result<(), DataError> {
        for found in [self.tolerated, self.suspicious] {
            if !(0.0..=1.0).contains(&found) {
                return Err(DataError::Fraction { found });
            }
        }
        let named = self.groups.iter().chain(&self.time).chain(&self.label);
        for column in named.chain(&self.ignored) {
            let is_in = |table: &Table| table.columns().contains(&column.as_str());
            if !is_in(first) && !is_in(second) {
                first.column(column)?;
            }
        }
        Ok(())
    }

    /// The columns that both have and that count, each with its two places.
    fn columns(&self, first: &Table, second: &Table) -> Vec<[usize; 2]> {
        let fields = first.schema().fields().iter().enumerate();
        fields
            .filter(|(_, field)| !self.ignored.contains(field.name()))
            .filter_map(|(place, field)| {
                Some([place, second.schema().index_of(field.name()).ok()?])
            })
            .collect()
    }
}

/// Two parts, and the columns that they share.
struct Pair<'t> {
    first: &'t Table,
    second: &'t Table,
    columns: Vec<[usize; 2]>,
}

impl Pair<'_> {
    fn names(&self) -> Vec<String> {
        let names = self.columns.iter();
        names
            .map(|[place, _]| self.first.schema().field(*place).name().clone())
            .collect()
    }

    /// The places of a column in both, if both have it.
    fn both(&self, column: &str) -> Option<[usize; 2]> {
        let place = |table: &Table| table.schema().index_of(column).ok();
        Some([place(self.first)?, place(self.second)?])
    }

    /// Why nothing can be said of two tables that no check can look at.
    fn without_evidence(&self) -> Option<&'static str> {
        if self.first.is_empty() || self.second.is_empty() {
            Some("one of the tables is empty")
        } else if self.columns.is_empty() {
            Some("the tables have no column in common")
        } else {
            None
        }
    }
}

/// The places of so many rows, evenly chosen, so that the end of a sorted table counts as much as its beginning.
fn evenly_chosen(table: &Table, most: usize) -> Vec<usize> {
    let most = most.min(table.rows());
    (0..most).map(|place| place * table.rows() / most).collect()
}

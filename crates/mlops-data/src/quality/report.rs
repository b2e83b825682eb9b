//! What an inspection found, as figures, verdicts and a few lines of text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::checks::{Findings, percent};
use super::{ColumnOutliers, Duplicates, LabelIssue, Labels, Mislabelled, Missing, UnusualRows};
use crate::contract::figures::number;
use crate::contract::{Check, Report};

/// What an [`Inspection`](super::Inspection) found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// What is missing.
    pub missing: Missing,
    /// Rows that are repeated whole.
    pub repeated: Duplicates,
    /// Keys that are repeated, if a key was named and is there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by_key: Option<Duplicates>,
    /// Outliers of each column of numbers.
    pub outliers: Vec<ColumnOutliers>,
    /// Rows that are far from the others in several columns at once.
    pub unusual: UnusualRows,
    /// What the labels say, if a label was named and is there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub labels: Option<Labels>,
    /// Rows that are likely mislabelled, if there were probabilities.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mislabelled: Option<Mislabelled>,
    /// A verdict for each limit: what is kept with a run.
    pub report: Report,
}

impl Quality {
    pub(super) fn new(findings: Findings, report: Report) -> Self {
        Self {
            missing: findings.missing,
            repeated: findings.repeated,
            by_key: findings.by_key,
            outliers: findings.outliers,
            unusual: findings.unusual,
            labels: findings.labels,
            mislabelled: findings.mislabelled,
            report,
        }
    }

    /// Whether nothing stands against using the table.
    pub fn passes(&self) -> bool {
        self.report.passes()
    }

    /// The first verdict of this name, such as `repeated_keys`.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.report.checks.iter().find(|check| check.name == name)
    }
}

/// Columns that a line names.
const NAMED: usize = 5;

/// A line for each kind of figure.
impl fmt::Display for Quality {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.missing.fmt(formatter)?;
        writeln!(formatter)?;
        self.repeated.fmt(formatter)?;
        if let Some(by_key) = &self.by_key {
            writeln!(formatter)?;
            by_key.fmt(formatter)?;
        }
        for column in &self.outliers {
            if column.below + column.above > 0 {
                writeln!(formatter)?;
                column.fmt(formatter)?;
            }
        }
        writeln!(formatter)?;
        self.unusual.fmt(formatter)?;
        if let Some(labels) = &self.labels {
            writeln!(formatter)?;
            labels.fmt(formatter)?;
        }
        if let Some(mislabelled) = &self.mislabelled {
            writeln!(formatter)?;
            mislabelled.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: u64 = self.columns.iter().map(|column| column.missing).sum();
        if all == 0 {
            return formatter.write_str("missing values: none");
        }
        let whole = self.by_row.first().copied().unwrap_or_default();
        let lacking = self.rows - whole;
        write!(
            formatter,
            "missing values: {all}, in {lacking} of {} rows",
            self.rows
        )?;
        let mut columns: Vec<_> = self.columns.iter().collect();
        columns.retain(|column| column.missing > 0);
        columns.sort_by_key(|column| std::cmp::Reverse(column.missing));
        let names = columns.iter().take(NAMED).map(|column| {
            let share = percent(column.share.unwrap_or_default());
            format!("`{}` {} ({share})", column.column, column.missing)
        });
        write!(formatter, ": {}", names.collect::<Vec<_>>().join(", "))?;
        if columns.len() > NAMED {
            write!(formatter, " and {} columns more", columns.len() - NAMED)?;
        }
        if let Some(worst) = self.emptiest.first().filter(|worst| worst.missing > 1) {
            write!(formatter, "; row {} lacks {}", worst.row, worst.missing)?;
        }
        Ok(())
    }
}

impl fmt::Display for Duplicates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            formatter.write_str("repeated rows: ")?;
        } else {
            write!(formatter, "repeated `{}`: ", self.key.join("`, `"))?;
        }
        if self.groups == 0 {
            formatter.write_str("none")?;
        } else {
            let Self { repeated, rows, .. } = self;
            write!(
                formatter,
                "{repeated} of {rows} rows, {} different, so {} too many",
                self.groups, self.surplus
            )?;
            if let Some(most) = self.examples.first() {
                let rows: Vec<String> = most.rows.iter().map(ToString::to_string).collect();
                let more = if most.count > most.rows.len() as u64 {
                    ", …"
                } else {
                    ""
                };
                write!(
                    formatter,
                    "; `{}` in rows {}{more}",
                    most.value,
                    rows.join(", ")
                )?;
            }
        }
        if self.without_key > 0 {
            write!(formatter, "; {} rows have no key", self.without_key)?;
        }
        Ok(())
    }
}

impl fmt::Display for ColumnOutliers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "outliers of `{}`: ", self.column)?;
        if let Some(reason) = self.reason {
            return formatter.write_str(reason.words());
        }
        let (Some(low), Some(high)) = (self.low, self.high) else {
            return Ok(());
        };
        write!(
            formatter,
            "{} of {} beyond {} to {}",
            self.below + self.above,
            self.values,
            number(low),
            number(high)
        )?;
        if let Some(worst) = self.examples.first() {
            write!(formatter, "; {} in row {}", number(worst.value), worst.row)?;
        }
        Ok(())
    }
}

impl fmt::Display for UnusualRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("unusual rows: ")?;
        if let Some(reason) = self.reason {
            return formatter.write_str(reason.words());
        }
        let (Some(usual), Some(threshold)) = (self.usual, self.threshold) else {
            return Ok(());
        };
        write!(
            formatter,
            "{} of {} are farther than {} from the rows nearest to them, usual is {}",
            self.unusual,
            self.rows,
            number(threshold),
            number(usual)
        )?;
        if let Some(first) = self.examples.first() {
            let values = first.values.iter();
            let values: Vec<String> = values
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            write!(
                formatter,
                "; farthest is row {}, {}: {}",
                first.row,
                number(first.distance),
                values.join(", ")
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "labels of `{}`: ", self.label)?;
        let classes = self.classes.iter().take(NAMED).map(|class| {
            let [low, high] = class
                .interval
                .map(|end| number((end * 1000.0).round() / 10.0));
            format!(
                "{} {} ({}, {low} to {high})",
                class.label,
                class.count,
                percent(class.share)
            )
        });
        let classes: Vec<String> = classes.collect();
        formatter.write_str(if classes.is_empty() { "none" } else { "" })?;
        formatter.write_str(&classes.join(", "))?;
        if self.classes.len() > NAMED {
            write!(formatter, " and {} more", self.classes.len() - NAMED)?;
        }
        if self.missing > 0 {
            write!(formatter, "; {} rows have none", self.missing)?;
        }
        let conflicts = &self.conflicts;
        if conflicts.groups > 0 {
            write!(
                formatter,
                "; {} inputs have different labels in {} rows, of which at least {} are wrong",
                conflicts.groups, conflicts.rows, conflicts.least_wrong
            )?;
        }
        if let Some(example) = conflicts.examples.first() {
            let rows = example
                .iter()
                .map(|(row, label)| format!("row {row} {label}"));
            write!(formatter, ": {}", rows.collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Mislabelled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "likely mislabelled: {} of {} rows",
            self.issues.len(),
            self.judged
        )?;
        if let Some(noise) = self.noise {
            write!(formatter, ", an estimated {} of all labels", percent(noise))?;
        }
        for (place, issue) in self.worst().enumerate() {
            let LabelIssue {
                row,
                given,
                likely,
                confidence,
            } = issue;
            let before = if place == 0 { "; " } else { ", " };
            write!(
                formatter,
                "{before}row {row} is {given} ({confidence:.2}), likely {likely}"
            )?;
        }
        Ok(())
    }
}

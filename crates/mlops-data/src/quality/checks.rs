//! From figures to verdicts: what was found, held against what may be.

use serde::{Deserialize, Serialize};

use super::{ColumnOutliers, Duplicates, Labels, Mislabelled, Missing, UnusualRows};
use crate::contract::figures::number;
use crate::contract::{Check, NoEvidence, Severity, Verdict};

/// How much of each may be; what is not set has no verdict, or is warned of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    pub(super) missing: Option<f64>,
    pub(super) missing_in_row: Option<u64>,
    pub(super) repeated: Option<f64>,
    pub(super) conflicts: Option<f64>,
    pub(super) rarest: Option<f64>,
    pub(super) mislabelled: Option<f64>,
    pub(super) outliers: Option<f64>,
    pub(super) unusual: Option<f64>,
}

impl Limits {
    /// Those that are shares.
    pub(super) fn shares(&self) -> impl Iterator<Item = f64> {
        let shares = [
            self.missing,
            self.repeated,
            self.conflicts,
            self.rarest,
            self.mislabelled,
            self.outliers,
            self.unusual,
        ];
        shares.into_iter().flatten()
    }
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Findings {
    pub(super) missing: Missing,
    pub(super) repeated: Duplicates,
    pub(super) by_key: Option<Duplicates>,
    pub(super) outliers: Vec<ColumnOutliers>,
    pub(super) unusual: UnusualRows,
    pub(super) labels: Option<Labels>,
    pub(super) mislabelled: Option<Mislabelled>,
}

impl Findings {
    /// One verdict for each limit, in the order of the figures.
    pub(super) fn checks(
        &self,
        limits: &Limits,
        key: &[String],
        label: Option<&str>,
    ) -> Vec<Check> {
        let mut checks = Vec::new();
        self.of_missing(limits, &mut checks);
        self.of_repeated(limits, key, &mut checks);
        let rows = self.missing.rows;
        if let Some(share) = limits.outliers {
            for column in &self.outliers {
                let broken = column.below + column.above;
                let judged = column.reason.map_or(Ok(column.values), Err);
                checks.push(
                    Stated::critical("outliers", &[&column.column]).rows(judged, broken, share),
                );
            }
        }
        if let Some(share) = limits.unusual {
            let judged = self.unusual.reason.map_or(Ok(rows), Err);
            let stated = Stated::critical("unusual_rows", &[]);
            checks.push(stated.rows(judged, self.unusual.unusual, share));
        }
        if let Some(label) = label {
            self.of_labels(limits, label, &mut checks);
        }
        checks
    }

    fn of_missing(&self, limits: &Limits, checks: &mut Vec<Check>) {
        let rows = self.missing.rows;
        let judged = if rows > 0 {
            Ok(rows)
        } else {
            Err(NoEvidence::EmptyTable)
        };
        if let Some(share) = limits.missing {
            for column in &self.missing.columns {
                let stated = Stated::critical("missing", &[&column.column]);
                checks.push(stated.rows(judged, column.missing, share));
            }
        }
        if let Some(values) = limits.missing_in_row {
            let broken = self.missing.rows_lacking_more_than(values);
            let mut check = Stated::critical("missing_in_row", &[]).rows(judged, broken, 0.0);
            check.expected = format!("at most {values}");
            checks.push(check);
        }
    }

    fn of_repeated(&self, limits: &Limits, key: &[String], checks: &mut Vec<Check>) {
        let judged = |found: &Duplicates| match (found.rows, found.rows - found.without_key) {
            (0, _) => Err(NoEvidence::EmptyTable),
            (_, 0) => Err(NoEvidence::AllNull),
            (_, judged) => Ok(judged),
        };
        let stated = Stated::if_set("repeated_rows", &[], limits.repeated);
        let (repeated, share) = (&self.repeated, limits.repeated.unwrap_or(0.0));
        checks.push(stated.rows(judged(repeated), repeated.repeated, share));
        if key.is_empty() {
            return;
        }
        let columns: Vec<&str> = key.iter().map(String::as_str).collect();
        let stated = Stated::critical("repeated_keys", &columns);
        checks.push(match &self.by_key {
            Some(found) => stated.rows(judged(found), found.repeated, 0.0),
            None => stated.rows(Err(NoEvidence::MissingColumn), 0, 0.0),
        });
    }

    fn of_labels(&self, limits: &Limits, label: &str, checks: &mut Vec<Check>) {
        let judged = match &self.labels {
            None => Err(NoEvidence::MissingColumn),
            Some(labels) if labels.rows == 0 => Err(NoEvidence::EmptyTable),
            Some(labels) if labels.conflicts.judged == 0 => Err(NoEvidence::AllNull),
            Some(labels) => Ok(labels.conflicts.judged),
        };
        let conflicts = self.labels.as_ref().map(|labels| &labels.conflicts);
        let comparable = match conflicts {
            Some(found) if found.inputs.is_empty() && judged.is_ok() => Err(NoEvidence::WrongKind),
            _ => judged,
        };
        let stated = Stated::if_set("conflicting_labels", &[label], limits.conflicts);
        let broken = conflicts.map_or(0, |found| found.rows);
        checks.push(stated.rows(comparable, broken, limits.conflicts.unwrap_or(0.0)));
        if let Some(least) = limits.rarest {
            let mut check = Stated::critical("rarest_label", &[label]).check(judged);
            check.expected = format!("at least {}", percent(least));
            let share = self.labels.as_ref().and_then(Labels::rarest_share);
            if let (Ok(_), Some(share)) = (judged, share) {
                check.observed = Some(percent(share));
                check.verdict = if share >= least {
                    Verdict::Pass
                } else {
                    Verdict::Fail
                };
            }
            checks.push(check);
        }
        if let Some(share) = limits.mislabelled {
            let found = self.mislabelled.as_ref();
            let judged = match (judged, found.map(|found| found.judged)) {
                (Err(reason), _) => Err(reason),
                (_, None) => Err(NoEvidence::MissingReference),
                (_, Some(0)) => Err(NoEvidence::AllNull),
                (_, Some(judged)) => Ok(judged),
            };
            let broken = found.map_or(0, |found| found.issues.len() as u64);
            let stated = Stated::critical("mislabelled", &[label]);
            checks.push(stated.rows(judged, broken, share));
        }
    }
}

/// A check before its verdict.
struct Stated {
    name: &'static str,
    columns: Vec<String>,
    severity: Severity,
}

impl Stated {
    fn critical(name: &'static str, columns: &[&str]) -> Self {
        Self {
            name,
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            severity: Severity::Critical,
        }
    }

    /// Critical if somebody set a limit, else a warning.
    fn if_set(name: &'static str, columns: &[&str], limit: Option<f64>) -> Self {
        let stated = Self::critical(name, columns);
        match limit {
            Some(_) => stated,
            None => Self {
                severity: Severity::Warning,
                ..stated
            },
        }
    }

    fn check(self, judged: Result<u64, NoEvidence>) -> Check {
        Check {
            name: self.name.to_owned(),
            rule: self.name.to_owned(),
            columns: self.columns,
            expected: String::new(),
            severity: self.severity,
            verdict: Verdict::NoEvidence,
            reason: judged.err(),
            allowed: false,
            rows: judged.unwrap_or(0),
            broken: None,
            mostly: 1.0,
            observed: None,
            p_value: None,
            examples: Vec::new(),
        }
    }

    /// So many of the judged rows may break it.
    fn rows(self, judged: Result<u64, NoEvidence>, broken: u64, at_most: f64) -> Check {
        let mut check = self.check(judged);
        check.expected = if at_most == 0.0 {
            "none".to_owned()
        } else {
            format!("at most {}", percent(at_most))
        };
        check.mostly = 1.0 - at_most;
        if judged.is_ok() {
            check.settle(broken);
        }
        check
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{} %", number((share * 1000.0).round() / 10.0))
}

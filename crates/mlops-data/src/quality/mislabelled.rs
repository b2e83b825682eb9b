//! Rows whose label is likely wrong, by what a model that has not seen them makes of them.

use serde::{Deserialize, Serialize};

use super::EXAMPLES;
use super::labels::labelled;
use crate::profile::Values;
use crate::statistics::{ConfidentLearning, LabelFilter, confident_learning};
use crate::{DataError, Table};

/// What confident learning says of a column of labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mislabelled {
    /// The column.
    pub label: String,
    /// The classes, in the order of the columns of probabilities.
    pub classes: Vec<String>,
    /// How many rows have a label and probabilities, and so were judged.
    pub judged: u64,
    /// How many rows of a given label (first index) are likely of a true one (second index).
    pub joint: Vec<Vec<u64>>,
    /// The share of rows whose true label is likely another one.
    pub noise: Option<f64>,
    /// The rows that are likely mislabelled, the likeliest first.
    pub issues: Vec<LabelIssue>,
}

/// A row whose label is likely wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelIssue {
    /// The row, counted from 0.
    pub row: u64,
    /// The label that it has.
    pub given: String,
    /// The label that is likeliest.
    pub likely: String,
    /// The probability of the label that it has.
    pub confidence: f64,
}

impl Mislabelled {
    /// Holds labels against out-of-sample probabilities: a table of as many rows in the same order, with a column for each
    /// class, named as the label is. Rows without a label, or without a probability, are not judged.
    ///
    /// The probabilities must be of a model that has not seen the row (cross-validation): one that has seen it has learnt the wrong
    /// label, too.
    ///
    /// # Errors
    /// There is no such column of labels, a label has no column of probabilities, the tables differ in length, or a number is no
    /// probability.
    pub fn of(table: &Table, label: &str, probabilities: &Table) -> Result<Self, DataError> {
        Self::by(table, label, probabilities, LabelFilter::default())
    }

    /// The same by another rule for which rows are taken.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn by(
        table: &Table,
        label: &str,
        probabilities: &Table,
        filter: LabelFilter,
    ) -> Result<Self, DataError> {
        if probabilities.rows() != table.rows() {
            return Err(DataError::ColumnLength {
                name: "the probabilities".to_owned(),
                found: probabilities.rows(),
                expected: table.rows(),
            });
        }
        let array = table.column(label)?;
        let labels = Values::of(&array)?;
        let classes: Vec<String> = probabilities
            .columns()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let columns = classes
            .iter()
            .map(|class| probabilities.numbers(class))
            .collect::<Result<Vec<_>, _>>()?;
        let (mut rows, mut given, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for row in labelled(&labels, table.rows()) {
            let name = labels.shown(row);
            let Some(class) = classes.iter().position(|class| *class == name) else {
                return Err(DataError::UnknownColumn {
                    name,
                    candidates: classes,
                });
            };
            let found: Option<Vec<f64>> = columns.iter().map(|column| column[row]).collect();
            if let Some(found) = found {
                rows.push(row as u64);
                given.push(class);
                values.push(found);
            }
        }
        let mut found = Self {
            label: label.to_owned(),
            classes,
            judged: rows.len() as u64,
            joint: Vec::new(),
            noise: None,
            issues: Vec::new(),
        };
        if !rows.is_empty() {
            let learnt = confident_learning(&given, &values)?;
            found.noise = Some(learnt.noise);
            found.issues = found.issues(&learnt, &rows, &given, filter);
            found.joint = learnt.joint;
        }
        Ok(found)
    }

    fn issues(
        &self,
        learnt: &ConfidentLearning,
        rows: &[u64],
        given: &[usize],
        filter: LabelFilter,
    ) -> Vec<LabelIssue> {
        let mut issues: Vec<LabelIssue> = learnt
            .issues(filter)
            .into_iter()
            .filter_map(|place| {
                Some(LabelIssue {
                    row: rows[place],
                    given: self.classes[given[place]].clone(),
                    likely: self.classes[learnt.likeliest(place)?].clone(),
                    confidence: learnt.self_confidence(place)?,
                })
            })
            .collect();
        issues.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
        issues
    }

    /// The first few issues, for a report.
    pub(super) fn worst(&self) -> impl Iterator<Item = &LabelIssue> {
        self.issues.iter().take(EXAMPLES)
    }
}

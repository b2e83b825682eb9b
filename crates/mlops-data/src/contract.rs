//! What a table must satisfy: columns, rules, and what follows when one is broken.
//!
//! A [`Contract`] declares columns and states clauses. It judges a table or a file in one pass, on every core, in bounded
//! memory, and gives a [`Report`]: one verdict a clause. A verdict is one of three: a rule that had nothing to judge (an empty
//! table, a column of nulls, a column that is not there) is neither kept nor broken, and what is critical then blocks,
//! unless the contract allows it by name.
//!
//! ```
//! use mlops_data::contract::{Clause, Column, Contract, Rule, Verdict};
//! use mlops_data::{ColumnKind, table};
//!
//! let contract = Contract::new("customers")
//!     .column(Column::new("id", ColumnKind::Text).rule(Rule::Unique))
//!     .column(Column::new("age", ColumnKind::Integer).nullable().rule(Rule::Range((0..=120).into())))
//!     .clause(Clause::on_table(Rule::RowCount((1..).into())));
//!
//! let good = table! { "id" => ["a", "b"], "age" => [Some(30), None] };
//! assert_eq!(contract.enforce(&good)?, good);
//!
//! let bad = table! { "id" => ["a", "a"], "age" => [Some(130), Some(31)] };
//! let filtered = contract.filter(&bad)?;
//! assert_eq!(filtered.quarantine.rows(), 2);
//! assert_eq!(contract.report(&good.filter_rows(|_| false)?)?.count(Verdict::Pass), 0);
//! # Ok::<(), mlops_data::DataError>(())
//! ```

mod change;
mod check;
mod clause;
mod distribution;
pub(crate) mod figures;
mod filter;
mod finish;
mod form;
mod infer;
mod json;
mod judge;
pub(crate) mod keys;
mod order;
mod pattern;
mod program;
mod row;
mod row_type;
mod rule;
pub(crate) mod state;
mod text;
mod value;

#[cfg(test)]
mod tests;

use mlops_core::Clock;

use crate::{DataError, File, Table};

pub use crate::profile::ColumnKind;
pub use change::{ChangeKind, Changes, SchemaChange};
pub use check::{Check, Example, NoEvidence, Report, Verdict};
pub use clause::{Clause, Condition, Severity};
pub use filter::Filtered;
pub use infer::{infer, infer_file};
pub use judge::Judge;
pub use row_type::ColumnType;
pub use rule::{Comparison, JsonSchema, Measure, OutlierMethod, Rule, RuleKind, Subject, TextForm};
pub use value::{Bounds, Value};

/// A column that a contract declares, with the rules on it.
#[derive(Debug, Clone)]
pub struct Column {
    name: String,
    kind: Option<ColumnKind>,
    nullable: bool,
    clauses: Vec<Clause>,
}

impl Column {
    /// A column of this type that has a value in every row.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self {
            name: name.into(),
            kind: Some(kind),
            nullable: false,
            clauses: Vec::new(),
        }
    }

    /// A column of any type that has a value in every row.
    pub fn untyped(name: impl Into<String>) -> Self {
        Self {
            kind: None,
            ..Self::new(name, ColumnKind::Other)
        }
    }

    /// Rows without a value are as good as others.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// A rule that is critical and holds in every row.
    #[must_use]
    pub fn rule(self, rule: Rule) -> Self {
        self.clause(rule, |clause| clause)
    }

    /// A rule, with what the clause around it says.
    #[must_use]
    pub fn clause(mut self, rule: Rule, with: impl FnOnce(Clause) -> Clause) -> Self {
        let clause = Clause::on(self.name.clone(), rule);
        self.clauses.push(with(clause));
        self
    }
}

/// What a table must satisfy.
#[derive(Debug, Clone)]
pub struct Contract {
    name: String,
    columns: Vec<Column>,
    clauses: Vec<Clause>,
    changes: Changes,
    empty_allowed: bool,
}

impl Contract {
    /// A contract that states nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            columns: Vec::new(),
            clauses: Vec::new(),
            changes: Changes::default(),
            empty_allowed: false,
        }
    }

    /// Declares a column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// States a clause.
    #[must_use]
    pub fn clause(mut self, clause: Clause) -> Self {
        self.clauses.push(clause);
        self
    }

    /// A table without rows is no reason to refuse the data, whatever is stated of them: the partition of a holiday.
    #[must_use]
    pub fn allow_empty(mut self) -> Self {
        self.empty_allowed = true;
        self
    }

    /// Allows a kind of change of the columns.
    #[must_use]
    pub fn allow(mut self, change: ChangeKind) -> Self {
        self.changes.set(change, true);
        self
    }

    /// Refuses a kind of change of the columns.
    #[must_use]
    pub fn refuse(mut self, change: ChangeKind) -> Self {
        self.changes.set(change, false);
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every clause: those on columns first, in the order of the columns, and among them what their types say.
    pub fn clauses(&self) -> Vec<Clause> {
        let mut clauses = Vec::new();
        for column in &self.columns {
            if let Some(kind) = column.kind {
                let mut clause = Clause::on(&column.name, Rule::Type(kind));
                // Of an optional column one may have no value at all.
                clause.all_null_allowed = column.nullable;
                clauses.push(clause);
            }
            if !column.nullable {
                clauses.push(Clause::on(&column.name, Rule::NotNull));
            }
            clauses.extend(column.clauses.iter().cloned());
        }
        clauses.extend(self.clauses.iter().cloned());
        clauses
    }

    /// Judges with other tables at hand, or as of another moment.
    pub fn judge(&self) -> Judge<'_> {
        Judge::new(self, mlops_core::SystemClock.now())
    }

    /// Judges a table.
    ///
    /// # Errors
    /// The contract contradicts itself, or Arrow cannot convert a column. A broken rule is no error but a verdict.
    pub fn report(&self, table: &Table) -> Result<Report, DataError> {
        self.judge().report(table)
    }

    /// Judges a file, which may be larger than memory.
    ///
    /// # Errors
    /// As [`report`](Self::report), or the file cannot be read.
    pub fn report_file(&self, file: &File) -> Result<Report, DataError> {
        self.judge().report_file(file)
    }

    /// Gives the table back if it keeps the contract.
    ///
    /// # Errors
    /// It does not; the error holds the report. Or as [`report`](Self::report).
    pub fn enforce(&self, table: &Table) -> Result<Table, DataError> {
        self.judge().enforce(table)
    }

    /// Keeps the rows that break no critical rule, and sets the others aside with their reasons.
    ///
    /// # Errors
    /// What is wrong lies in no row: a type, a mean, a missing column. Or as [`report`](Self::report).
    pub fn filter(&self, table: &Table) -> Result<Filtered, DataError> {
        self.judge().filter(table)
    }
}

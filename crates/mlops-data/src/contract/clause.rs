//! One statement of a contract: a rule, the columns that it speaks of, and what follows when it is broken.

use super::rule::{Rule, Subject};
use super::value::{Bounds, Value};

/// What follows from a broken rule.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is said, and nothing else.
    Info,
    /// It is said where everybody sees it.
    Warning,
    /// The data are refused.
    #[default]
    Critical,
}

impl Severity {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Info, Self::Warning, Self::Critical];

    /// The name in a contract's TOML and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Which rows a clause speaks of: those where another column is so.
#[derive(Debug, Clone)]
pub struct Condition {
    pub(super) column: String,
    pub(super) test: ConditionTest,
}

#[derive(Debug, Clone)]
pub(super) enum ConditionTest {
    Present,
    Missing,
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    Within(Bounds),
}

impl Condition {
    /// Rows where the column has a value.
    pub fn present(column: impl Into<String>) -> Self {
        Self {
            column: column.into(),
            test: ConditionTest::Present,
        }
    }

    /// Rows where the column has no value.
    pub fn missing(column: impl Into<String>) -> Self {
        Self {
            column: column.into(),
            test: ConditionTest::Missing,
        }
    }

    /// Rows where the column has this value.
    pub fn equals(column: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::one_of(column, [value])
    }

    /// Rows where the column has one of these values.
    pub fn one_of<V: Into<Value>>(
        column: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self {
            column: column.into(),
            test: ConditionTest::OneOf(values),
        }
    }

    /// Rows where the column has another value than these.
    pub fn none_of<V: Into<Value>>(
        column: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self {
            column: column.into(),
            test: ConditionTest::NoneOf(values),
        }
    }

    /// Rows where the column lies within bounds.
    pub fn within(column: impl Into<String>, bounds: impl Into<Bounds>) -> Self {
        Self {
            column: column.into(),
            test: ConditionTest::Within(bounds.into()),
        }
    }
}

/// A rule, the columns that it speaks of, and what follows when it is broken.
///
/// ```
/// use mlops_data::contract::{Bounds, Clause, Rule, Severity};
/// let clause = Clause::on("age", Rule::Range(Bounds::between(0, 120)))
///     .mostly(0.99)
///     .severity(Severity::Warning);
/// assert_eq!(clause.rule().to_string(), "from 0 to 120");
/// ```
#[derive(Debug, Clone)]
pub struct Clause {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) rule: Rule,
    pub(super) mostly: f64,
    pub(super) severity: Severity,
    pub(super) when: Option<Condition>,
    pub(super) empty_allowed: bool,
    pub(super) all_null_allowed: bool,
    pub(super) missing_allowed: bool,
}

impl Clause {
    /// A rule on a column.
    pub fn on(column: impl Into<String>, rule: Rule) -> Self {
        Self::over([column], rule)
    }

    /// A rule on several columns, in this order.
    pub fn over<N: Into<String>>(columns: impl IntoIterator<Item = N>, rule: Rule) -> Self {
        Self {
            name: None,
            columns: columns.into_iter().map(Into::into).collect(),
            rule,
            mostly: 1.0,
            severity: Severity::Critical,
            when: None,
            empty_allowed: false,
            all_null_allowed: false,
            missing_allowed: false,
        }
    }

    /// A rule on the table.
    pub fn on_table(rule: Rule) -> Self {
        Self::over::<String>([], rule)
    }

    /// The name under which reports speak of it, in place of the rule's.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The share of the rows that must keep the rule, where rows can break it. Without it, all.
    #[must_use]
    pub fn mostly(mut self, share: f64) -> Self {
        self.mostly = share;
        self
    }

    /// What follows when it is broken. Without it, the data are refused.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Only these rows count.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.when = Some(condition);
        self
    }

    /// A table without rows, or without rows that the condition leaves, is no reason to refuse the data.
    #[must_use]
    pub fn allow_empty(mut self) -> Self {
        self.empty_allowed = true;
        self
    }

    /// A column without any value is no reason to refuse the data.
    #[must_use]
    pub fn allow_all_null(mut self) -> Self {
        self.all_null_allowed = true;
        self
    }

    /// That the column does not exist is no reason to refuse the data.
    #[must_use]
    pub fn allow_missing(mut self) -> Self {
        self.missing_allowed = true;
        self
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The columns that it speaks of; none if it speaks of the table.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What is wrong with the clause itself, whatever the data: a rule on two columns has two, and so on.
    pub(super) fn problem(&self) -> Option<String> {
        let kind = self.rule.kind();
        let name = kind.name();
        let found = self.columns.len();
        let expected = match (kind.speaks_of(), &self.rule) {
            (Subject::Value | Subject::Column, _) => Some(1),
            (Subject::Columns, _) | (_, Rule::Compare(_) | Rule::PairIn(_)) => Some(2),
            (Subject::Table, _) => Some(0),
            (Subject::Row, _) => None,
        };
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            let plural = if expected == 1 { "" } else { "s" };
            return Some(format!(
                "`{name}` speaks of {expected} column{plural}, not of {found}"
            ));
        }
        if expected.is_none() && found == 0 {
            return Some(format!("`{name}` needs columns"));
        }
        if !(self.mostly > 0.0 && self.mostly <= 1.0) {
            return Some(format!(
                "`mostly` is {}: expected a share above 0, at most 1",
                self.mostly
            ));
        }
        let of_rows = matches!(kind.speaks_of(), Subject::Value | Subject::Row);
        if self.mostly < 1.0 && !of_rows {
            return Some(format!(
                "`{name}` speaks of the whole, so `mostly` says nothing"
            ));
        }
        if self.when.is_some() && matches!(kind.speaks_of(), Subject::Table) {
            return Some(format!(
                "`{name}` speaks of the whole table, so `when` says nothing"
            ));
        }
        None
    }
}

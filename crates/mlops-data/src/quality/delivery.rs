//! What sources delivered, kept so that it can be looked back at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::Report;
use crate::{DataError, Table};

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It came, and was as it should be.
    Arrived,
    /// It came, and broke its contract.
    Broken,
    /// It did not come: the source was missing, stale, or could not be read.
    Failed,
}

impl Outcome {
    /// `arrived`, `broken` or `failed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Broken => "broken",
            Self::Failed => "failed",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Arrived, Self::Broken, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.name() == name)
    }
}

/// One delivery of a source, or one that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The source: its location, or a name.
    pub source: String,
    /// When it was seen.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// What tells its content from another; the same content seen again is no other delivery.
    pub content: Option<String>,
    /// In words, what was wrong.
    pub detail: Option<String>,
}

impl Delivery {
    /// Something came.
    pub fn arrived(source: impl Into<String>, at: Timestamp) -> Self {
        Self {
            source: source.into(),
            at,
            outcome: Outcome::Arrived,
            content: None,
            detail: None,
        }
    }

    /// Nothing came, and why.
    pub fn failed(source: impl Into<String>, at: Timestamp, why: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Failed,
            detail: Some(why.into()),
            ..Self::arrived(source, at)
        }
    }

    /// Something came, and a contract judged it.
    pub fn judged(source: impl Into<String>, at: Timestamp, report: &Report) -> Self {
        let arrived = Self::arrived(source, at);
        if report.passes() {
            return arrived;
        }
        Self {
            outcome: Outcome::Broken,
            detail: Some(report.summary()),
            ..arrived
        }
    }

    /// Says what tells its content from another: a digest.
    #[must_use]
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }
}

/// What sources delivered, in any order. As a table it is kept, and read again in the next run.
///
/// ```
/// use mlops_data::quality::{Delivery, Promise, SourceHistory};
///
/// let at = |day: i8| format!("2026-10-{day:02}T06:00:00Z").parse::<jiff::Timestamp>();
/// let mut history = SourceHistory::new();
/// for day in 1..=20 {
///     history.record(match day {
///         7 => Delivery::failed("orders", at(day)?, "the host did not answer"),
///         _ => Delivery::arrived("orders", at(day)?),
///     });
/// }
/// let again = SourceHistory::from_table(&history.to_table()?)?;
/// let daily = Promise::every("24h".parse()?);
/// let orders = again.of("orders", Some(daily), at(20)?)?;
/// assert_eq!((orders.good, orders.failed, orders.expected), (19, 1, 20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHistory(pub(super) Vec<Delivery>);

const COLUMNS: [&str; 5] = ["source", "at", "outcome", "content", "detail"];

impl SourceHistory {
    /// Nothing was delivered yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a delivery.
    pub fn record(&mut self, delivery: Delivery) {
        self.0.push(delivery);
    }

    /// All of them, in the order in which they were recorded.
    pub fn deliveries(&self) -> &[Delivery] {
        &self.0
    }

    /// The sources, in the order of their names.
    pub fn sources(&self) -> Vec<&str> {
        let mut sources: Vec<&str> = self.0.iter().map(|found| found.source.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// As a table with a row for each delivery, to keep as an artifact or a file.
    ///
    /// # Errors
    /// Never in practice: the columns are made here.
    pub fn to_table(&self) -> Result<Table, DataError> {
        let texts = |of: &dyn Fn(&Delivery) -> Option<String>| self.0.iter().map(of).collect();
        let columns: [Vec<Option<String>>; 5] = [
            texts(&|found| Some(found.source.clone())),
            texts(&|found| Some(found.at.to_string())),
            texts(&|found| Some(found.outcome.name().to_owned())),
            texts(&|found| found.content.clone()),
            texts(&|found| found.detail.clone()),
        ];
        let mut columns = COLUMNS.into_iter().zip(columns);
        let Some((first, values)) = columns.next() else {
            return Table::from_columns(Vec::<(String, arrow_array::ArrayRef)>::new());
        };
        let array: arrow_array::ArrayRef =
            std::sync::Arc::new(arrow_array::StringArray::from(values));
        let table = Table::from_columns(vec![(first, array)])?;
        columns.try_fold(table, |table, (name, values)| {
            table.with_texts(name, values)
        })
    }

    /// From such a table.
    ///
    /// # Errors
    /// A column is missing, or a value is not what [`to_table`](Self::to_table) writes.
    pub fn from_table(table: &Table) -> Result<Self, DataError> {
        let columns = COLUMNS
            .into_iter()
            .map(|name| texts(table, name))
            .collect::<Result<Vec<_>, _>>()?;
        let deliveries = (0..table.rows()).map(|row| {
            let text = |place: usize| columns[place][row].clone();
            let needed =
                |place: usize| text(place).ok_or_else(|| wrong(place, row, "a value is missing"));
            let at: Result<Timestamp, _> = needed(1)?.parse();
            Ok(Delivery {
                source: needed(0)?,
                at: at.map_err(|_| wrong(1, row, "expected a moment"))?,
                outcome: Outcome::of(&needed(2)?)
                    .ok_or_else(|| wrong(2, row, "expected arrived, broken or failed"))?,
                content: text(3),
                detail: text(4),
            })
        });
        Ok(Self(deliveries.collect::<Result<_, DataError>>()?))
    }
}

/// The texts of a column; moments as they are written. A column without a value may have any type, as after a file of text.
fn texts(table: &Table, name: &str) -> Result<Vec<Option<String>>, DataError> {
    let values = crate::profile::Values::of(&table.column(name)?)?;
    let nulls = values.nulls();
    let shown = |row: usize| match (&nulls, &values) {
        (Some(nulls), _) if nulls.is_null(row) => None,
        (_, crate::profile::Values::Opaque(_)) => None,
        (_, crate::profile::Values::Time(_)) => Some(format!("{}Z", values.shown(row))),
        _ => Some(values.shown(row)),
    };
    Ok((0..table.rows()).map(shown).collect())
}

fn wrong(place: usize, row: usize, problem: &str) -> DataError {
    DataError::Value {
        name: COLUMNS[place].to_owned(),
        row,
        problem: problem.to_owned(),
    }
}

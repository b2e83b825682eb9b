//! Good rows kept, bad rows set aside with their reasons.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, StringArray};

use super::Severity;
use super::check::{Report, Verdict};
use super::judge::{Judged, broken_rows};
use super::order::{Item, order};
use super::program::Work;
use super::state::Seen;
use crate::{DataError, Table};

/// What a contract kept of a table, and what it set aside.
#[derive(Debug, Clone)]
pub struct Filtered {
    /// The rows that break no critical rule, in their order.
    pub good: Table,
    /// The others: all columns, then `quarantine_row`, the row's number in the table, counted from 0, and
    /// `quarantine_reasons`, the broken rules.
    pub quarantine: Table,
    /// What was found in the table as it was.
    pub report: Report,
}

/// The columns that a quarantine adds.
const ROW: &str = "quarantine_row";
const REASONS: &str = "quarantine_reasons";

pub(super) fn filter(table: &Table, judged: Judged<'_>) -> Result<Filtered, DataError> {
    let Judged {
        report,
        finished,
        program,
    } = judged;
    // What no row can be blamed for cannot be mended by leaving rows out.
    let unmendable = finished.iter().any(|finished| {
        let check = &finished.check;
        let lies_in_rows = check.verdict == Verdict::Fail && check.broken.is_some();
        check.blocks() && !lies_in_rows
    });
    if unmendable
        || report
            .changes
            .iter()
            .any(|change| !change.allowed && !is_values(change))
    {
        return Err(DataError::ContractBroken {
            report: Box::new(report),
        });
    }
    let mut reasons: Vec<String> = vec![String::new(); table.rows()];
    let mut lasts: Vec<Option<Item>> = program.clauses.iter().map(|_| None).collect();
    let mut start = 0;
    for batch in table.batches() {
        let batch = batch.project(&program.projection)?;
        let seen = Seen::of(&batch)?;
        for (place, compiled) in program.clauses.iter().enumerate() {
            let check = &finished[place].check;
            let is_open = check.severity == Severity::Critical
                && !check.allowed
                && check.broken.is_some_and(|broken| broken > 0);
            if !is_open {
                continue;
            }
            let condition = compiled
                .condition
                .as_ref()
                .map(|(place, test)| (*place, test));
            let broken = match (&compiled.work, &finished[place].test) {
                (Work::Order { descending, strict }, _) => {
                    let column = compiled.places[0];
                    let left = condition.map(|(place, test)| seen.meets(place, test));
                    let judged =
                        compiled.judged(&seen.nulls[column..=column], left.as_ref(), seen.rows);
                    let values = &seen.columns[column];
                    order(
                        values,
                        judged.as_ref(),
                        seen.rows,
                        &mut lasts[place],
                        *descending,
                        *strict,
                    )
                    .0
                }
                (_, Some(test)) => broken_rows(&seen, compiled, test, &compiled.places, condition),
                (_, None) => continue,
            };
            let reason = match check.expected.as_str() {
                "" => check.subject(),
                expected => format!("{} {expected}", check.subject()),
            };
            for row in broken.set_indices() {
                let reasons = &mut reasons[start + row];
                if !reasons.is_empty() {
                    reasons.push_str("; ");
                }
                reasons.push_str(&reason);
            }
        }
        start += batch.num_rows();
    }
    let good = BooleanArray::from_iter(reasons.iter().map(|reasons| Some(reasons.is_empty())));
    let bad = BooleanArray::from_iter(reasons.iter().map(|reasons| Some(!reasons.is_empty())));
    let numbered = || {
        reasons
            .iter()
            .zip(0_i64..)
            .filter(|(reasons, _)| !reasons.is_empty())
    };
    let rows: ArrayRef = Arc::new(Int64Array::from_iter_values(numbered().map(|(_, row)| row)));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(
        numbered().map(|(reasons, _)| reasons),
    ));
    let quarantine = table
        .filter(&bad)?
        .with_column(ROW, rows)?
        .with_column(REASONS, texts)?;
    Ok(Filtered {
        good: table.filter(&good)?,
        quarantine,
        report,
    })
}

fn is_values(change: &super::SchemaChange) -> bool {
    change.kind == super::ChangeKind::NewCategories
}

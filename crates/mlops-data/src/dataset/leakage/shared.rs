//! What is in both parts to the last bit: rows, groups, stretches of time.

use std::collections::HashSet;

use super::Pair;
use super::report::{LeakCheck, LeakKind};
use crate::DataError;
use crate::contract::Verdict;
use crate::dataset::keys::{row_keys, shown_values, value_keys};
use crate::dataset::times::Times;

/// Rows that are named as examples.
pub(super) const EXAMPLES: usize = 5;

/// The keys of the rows of both parts over the columns that they share.
pub(super) fn keys(pair: &Pair<'_>) -> Result<[Vec<u128>; 2], DataError> {
    let places =
        |side: usize| -> Vec<usize> { pair.columns.iter().map(|places| places[side]).collect() };
    Ok([
        row_keys(pair.first, &places(0), 0)?,
        row_keys(pair.second, &places(1), 0)?,
    ])
}

/// Rows of the second part that are in the first.
pub(super) fn rows(pair: &Pair<'_>, [first, second]: &[Vec<u128>; 2], tolerated: f64) -> LeakCheck {
    let kind = LeakKind::SameRows;
    if let Some(why) = pair.without_evidence() {
        return LeakCheck::no_evidence(kind, Vec::new(), why);
    }
    let first: HashSet<u128> = first.iter().copied().collect();
    let rows: Vec<usize> = (0..second.len())
        .filter(|row| first.contains(&second[*row]))
        .collect();
    let is_leak = rows.len() as f64 > tolerated * second.len() as f64;
    LeakCheck {
        kind,
        columns: Vec::new(),
        verdict: verdict(is_leak),
        allowed: false,
        found: rows.len() as u64,
        of: second.len() as u64,
        evidence: format!(
            "{} of {} rows {} in both, by {} columns",
            rows.len(),
            second.len(),
            if rows.len() == 1 { "is" } else { "are" },
            pair.columns.len()
        ),
        rows: examples(&rows),
    }
}

/// Groups that are in both.
pub(super) fn groups(pair: &Pair<'_>, column: &str) -> Result<LeakCheck, DataError> {
    let kind = LeakKind::SameGroups;
    let none = |why| Ok(LeakCheck::no_evidence(kind, vec![column.to_owned()], why));
    let Some([first, second]) = pair.both(column) else {
        return none("only one of the tables has this column");
    };
    let in_first: HashSet<u128> = value_keys(pair.first, first, 0)?
        .into_iter()
        .flatten()
        .collect();
    let in_second = value_keys(pair.second, second, 0)?;
    let all: HashSet<u128> = in_second.iter().copied().flatten().collect();
    if in_first.is_empty() || all.is_empty() {
        return none("one of the tables has no group in any row");
    }
    let rows: Vec<usize> = (0..in_second.len())
        .filter(|row| in_second[*row].is_some_and(|group| in_first.contains(&group)))
        .collect();
    let mut seen = HashSet::new();
    let firsts = rows
        .iter()
        .copied()
        .filter(|row| seen.insert(in_second[*row]));
    let firsts: Vec<usize> = firsts.collect();
    let shown = shown_values(pair.second, second, firsts.iter().copied().take(3))?;
    let shown: Vec<String> = shown
        .into_iter()
        .flatten()
        .map(|group| format!("`{group}`"))
        .collect();
    let found = firsts.len();
    let mut evidence = format!(
        "{found} of {} groups {} in both",
        all.len(),
        if found == 1 { "is" } else { "are" }
    );
    if found > 0 {
        evidence.push_str(&format!(": {}", shown.join(", ")));
    }
    Ok(LeakCheck {
        kind,
        columns: vec![column.to_owned()],
        verdict: verdict(found > 0),
        allowed: false,
        found: found as u64,
        of: all.len() as u64,
        evidence,
        rows: examples(&rows),
    })
}

/// Rows of the second part that are not later than all of the first.
pub(super) fn times(pair: &Pair<'_>, column: &str) -> Result<LeakCheck, DataError> {
    let kind = LeakKind::TimeOverlap;
    let none = |why| Ok(LeakCheck::no_evidence(kind, vec![column.to_owned()], why));
    if pair.both(column).is_none() {
        return none("only one of the tables has this column");
    }
    let first = Times::of(pair.first, column)?;
    let second = Times::of(pair.second, column)?;
    let Some(latest) = first.values.iter().flatten().max() else {
        return none("one of the tables has no time in any row");
    };
    if second.values.iter().flatten().next().is_none() {
        return none("one of the tables has no time in any row");
    }
    if !first.compares_with(&second) {
        return none("the times of the two tables are of different kinds");
    }
    let rows: Vec<usize> = (0..second.values.len())
        .filter(|row| second.values[*row].is_some_and(|time| time <= *latest))
        .collect();
    let judged = second.values.iter().flatten().count();
    Ok(LeakCheck {
        kind,
        columns: vec![column.to_owned()],
        verdict: verdict(!rows.is_empty()),
        allowed: false,
        found: rows.len() as u64,
        of: judged as u64,
        evidence: format!(
            "{} of {judged} rows {} not after {}",
            rows.len(),
            if rows.len() == 1 { "is" } else { "are" },
            first.shown(*latest)
        ),
        rows: examples(&rows),
    })
}

pub(super) fn verdict(is_leak: bool) -> Verdict {
    if is_leak {
        Verdict::Fail
    } else {
        Verdict::Pass
    }
}

pub(super) fn examples(rows: &[usize]) -> Vec<u64> {
    rows.iter().take(EXAMPLES).map(|row| *row as u64).collect()
}

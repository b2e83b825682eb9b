//! Which row goes into which part: by rank of whole units, by cuts in time, within strata.
//!
//! Nothing here looks at where a row stands or at how the table is cut into batches: what decides is what is in the row.

use std::collections::BTreeMap;

use super::keys::{row_keys, shown_values, value_keys};
use super::record::{Extent, Method};
use super::split::unusable;
use super::times::Times;
use crate::{DataError, Table};

/// For each row the place of its part, and what was found out on the way.
pub(super) struct Assigned {
    pub(super) parts: Vec<usize>,
    /// In a split by group: how many groups each part has.
    pub(super) groups: Option<Vec<u64>>,
    /// In a stratified split: the rows of each part by stratum.
    pub(super) strata: Option<Vec<BTreeMap<String, u64>>>,
}

impl Assigned {
    fn plain(parts: Vec<usize>) -> Self {
        Self {
            parts,
            groups: None,
            strata: None,
        }
    }
}

/// How much each part gets, checked: all of it is said in one of two ways.
pub(super) enum Wanted<'a> {
    /// Shares that sum to one.
    Shares(Vec<f64>),
    /// The moments at which every part but the last ends.
    Cuts(Vec<&'a str>),
}

impl<'a> Wanted<'a> {
    pub(super) fn of(extents: &'a [Extent]) -> Result<Self, DataError> {
        let cuts: Vec<&str> = extents
            .iter()
            .filter_map(|extent| match extent {
                Extent::Until(moment) => Some(moment.as_str()),
                Extent::Share(_) | Extent::Rest => None,
            })
            .collect();
        if !cuts.is_empty() {
            let is_rest_last = extents.last() == Some(&Extent::Rest);
            if cuts.len() + 1 == extents.len() && is_rest_last {
                return Ok(Self::Cuts(cuts));
            }
            return Err(unusable(
                "a part ends at a moment, so all but the last must, and the last is the rest",
                "write `until` for each part in order of time, then `rest` for the last",
            ));
        }
        let given: f64 = extents.iter().map(share_of).sum();
        let rests = extents
            .iter()
            .filter(|extent| **extent == Extent::Rest)
            .count();
        if let Some(wrong) = extents.iter().find_map(|extent| match extent {
            Extent::Share(share) if !(*share > 0.0 && *share < 1.0) => Some(*share),
            _ => None,
        }) {
            return Err(unusable(
                &format!("a part was to get the share {wrong}"),
                "a share lies between 0 and 1, without them: write `0.2` for a fifth",
            ));
        }
        match rests {
            0 if (given - 1.0).abs() > 1e-9 => Err(unusable(
                &format!("the shares sum to {}, not to 1", rounded(given)),
                "let one part be the rest",
            )),
            1 if given >= 1.0 - 1e-9 => Err(unusable(
                &format!("the shares sum to {}, and leave no rest", rounded(given)),
                "make them smaller, or leave out the part that is the rest",
            )),
            0 | 1 => Ok(Self::Shares(
                extents
                    .iter()
                    .map(|extent| match extent {
                        Extent::Rest => 1.0 - given,
                        other => share_of(other),
                    })
                    .collect(),
            )),
            _ => Err(unusable(
                "two parts are the rest",
                "give one of them a share",
            )),
        }
    }
}

fn share_of(extent: &Extent) -> f64 {
    match extent {
        Extent::Share(share) => *share,
        Extent::Until(_) | Extent::Rest => 0.0,
    }
}

/// Without the digits that come from adding.
fn rounded(share: f64) -> f64 {
    (share * 1e9).round() / 1e9
}

/// Assigns every row.
pub(super) fn assign(
    table: &Table,
    method: &Method,
    wanted: &Wanted<'_>,
    seed: u64,
    lasting: bool,
) -> Result<Assigned, DataError> {
    let every: Vec<usize> = (0..table.schema().fields().len()).collect();
    match (method, wanted) {
        (Method::Time { column }, Wanted::Shares(shares)) => {
            let times = times(table, column)?;
            units_in_order(&times, shares, "moments").map(Assigned::plain)
        }
        (Method::Time { column }, Wanted::Cuts(cuts)) => by_cuts(table, column, cuts),
        (_, Wanted::Cuts(_)) => Err(unusable(
            &format!("a split by {} has no moments to cut at", method.name()),
            "split by time, or give the parts shares",
        )),
        (Method::Fraction, Wanted::Shares(shares)) => {
            let keys = row_keys(table, &every, seed)?;
            if lasting {
                return Ok(Assigned::plain(each_by_itself(&keys, shares)));
            }
            units_in_order(&keys, shares, "different rows").map(Assigned::plain)
        }
        (Method::Group { column }, Wanted::Shares(shares)) => {
            let groups = value_keys(table, table.schema().index_of(column)?, seed)?;
            let keys = without_nulls(groups, column, "group")?;
            let parts = if lasting {
                each_by_itself(&keys, shares)
            } else {
                units_in_order(&keys, shares, "groups")?
            };
            let mut pairs: Vec<(usize, u128)> = parts.iter().copied().zip(keys).collect();
            pairs.sort_unstable();
            pairs.dedup();
            let mut groups = vec![0; shares.len()];
            pairs.iter().for_each(|(part, _)| groups[*part] += 1);
            Ok(Assigned {
                groups: Some(groups),
                ..Assigned::plain(parts)
            })
        }
        (Method::Stratified { column }, Wanted::Shares(shares)) => {
            let keys = row_keys(table, &every, seed)?;
            stratified(table, column, &keys, shares)
        }
    }
}

fn times(table: &Table, column: &str) -> Result<Vec<i128>, DataError> {
    without_nulls(Times::of(table, column)?.values, column, "time")
}

fn without_nulls<T>(values: Vec<Option<T>>, column: &str, what: &str) -> Result<Vec<T>, DataError> {
    let missing = values.iter().filter(|value| value.is_none()).count();
    let Some(first) = values.iter().position(Option::is_none) else {
        return Ok(values.into_iter().flatten().collect());
    };
    Err(unusable(
        &format!(
            "{missing} of {} rows have no {what}: column `{column}`, first in row {first}",
            values.len()
        ),
        &format!(
            "fill the column or drop these rows first; where nothing is known of a row's {what}, nobody can say on which side it belongs"
        ),
    ))
}

/// Whole units in the order of their keys: each boundary is where the number of rows is nearest to what was wanted, and
/// every part gets at least one unit.
fn units_in_order<K: Ord + Copy>(
    keys: &[K],
    shares: &[f64],
    units: &str,
) -> Result<Vec<usize>, DataError> {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    // The first key of each unit after the first, with the rows before it.
    let mut bounds = vec![0];
    bounds.extend((1..sorted.len()).filter(|row| sorted[row - 1] != sorted[*row]));
    if bounds.len() < shares.len() {
        return Err(unusable(
            &format!(
                "{} {units} cannot make {} parts",
                bounds.len(),
                shares.len()
            ),
            "split by another column, or into fewer parts",
        ));
    }
    // The key with which each part but the first begins.
    let mut begins = Vec::with_capacity(shares.len() - 1);
    let (mut least, mut share) = (1, 0.0);
    for (place, part) in shares.iter().enumerate().take(shares.len() - 1) {
        share += part;
        let target = share * sorted.len() as f64;
        let most = bounds.len() - (shares.len() - 1 - place);
        let above = bounds.partition_point(|rows| (*rows as f64) < target);
        let nearest = match (above.checked_sub(1), bounds.get(above)) {
            (Some(below), Some(rows)) => {
                let is_below = target - (bounds[below] as f64) <= *rows as f64 - target;
                if is_below { below } else { above }
            }
            (Some(below), None) => {
                let is_below = target - (bounds[below] as f64) <= sorted.len() as f64 - target;
                if is_below { below } else { bounds.len() }
            }
            (None, _) => above,
        };
        let bound = nearest.clamp(least, most);
        begins.push(sorted[bounds[bound]]);
        least = bound + 1;
    }
    Ok(keys
        .iter()
        .map(|key| begins.partition_point(|begin| begin <= key))
        .collect())
}

/// Each unit decided by its own key, as a fraction of all that there could be: what is added later moves nobody.
fn each_by_itself(keys: &[u128], shares: &[f64]) -> Vec<usize> {
    let ends: Vec<f64> = shares
        .iter()
        .scan(0.0, |sum, share| {
            *sum += share;
            Some(*sum)
        })
        .take(shares.len() - 1)
        .collect();
    keys.iter()
        .map(|key| {
            // The upper 53 bits are a double without rounding, so that nobody is rounded over a boundary.
            let fraction = (key >> 75) as f64 / (1_u64 << 53) as f64;
            ends.partition_point(|end| *end <= fraction)
        })
        .collect()
}

fn by_cuts(table: &Table, column: &str, cuts: &[&str]) -> Result<Assigned, DataError> {
    let moments = Times::of(table, column)?;
    let bounds = cuts
        .iter()
        .map(|cut| {
            moments.cut(cut).map_err(|problem| {
                unusable(
                    &format!("column `{column}` cannot be cut there: {problem}"),
                    "a part has the rows before its moment; write the moment in the column's own form",
                )
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(place) = (1..bounds.len()).find(|place| bounds[place - 1] >= bounds[*place]) {
        return Err(unusable(
            &format!("`{}` is not after `{}`", cuts[place], cuts[place - 1]),
            "list the parts in order of time",
        ));
    }
    let times = without_nulls(moments.values, column, "time")?;
    Ok(Assigned::plain(
        times
            .iter()
            .map(|time| bounds.partition_point(|bound| bound <= time))
            .collect(),
    ))
}

/// By chance within each value of a column. Each part gets, of each stratum, its share to within one row; what rounding gives
/// to a part in one stratum it takes back in the next.
fn stratified(
    table: &Table,
    column: &str,
    keys: &[u128],
    shares: &[f64],
) -> Result<Assigned, DataError> {
    let place = table.schema().index_of(column)?;
    let strata = value_keys(table, place, 0)?;
    let mut rows: BTreeMap<Option<u128>, Vec<usize>> = BTreeMap::new();
    for (row, stratum) in strata.into_iter().enumerate() {
        rows.entry(stratum).or_default().push(row);
    }
    let firsts = rows.values().map(|rows| rows[0]);
    let names = shown_values(table, place, firsts)?;
    let mut parts = vec![0; keys.len()];
    let mut found = vec![BTreeMap::new(); shares.len()];
    let mut owed = vec![0.0; shares.len()];
    for (name, mut rows) in names.into_iter().zip(rows.into_values()) {
        let name = name.unwrap_or_else(|| "(no value)".to_owned());
        if rows.len() < shares.len() {
            let many = if rows.len() == 1 { "row" } else { "rows" };
            return Err(unusable(
                &format!(
                    "`{name}` of column `{column}` has {} {many}, too few for {} parts",
                    rows.len(),
                    shares.len()
                ),
                "put rare values together, leave these rows out, or split by fraction",
            ));
        }
        // Equal keys are equal rows: which of them comes first makes no difference to what is in a part.
        rows.sort_unstable_by_key(|row| (keys[*row], *row));
        let mut rest = rows.as_slice();
        for (part, count) in counts(rows.len(), shares, &mut owed)
            .into_iter()
            .enumerate()
        {
            let (own, others) = rest.split_at(count.min(rest.len()));
            own.iter().for_each(|row| parts[*row] = part);
            // Two strata may look the same: none, and the text that is shown for it.
            *found[part].entry(name.clone()).or_default() += own.len() as u64;
            rest = others;
        }
    }
    Ok(Assigned {
        strata: Some(found),
        ..Assigned::plain(parts)
    })
}

/// How many of a stratum's rows each part gets: its share rounded down, and what is left to those who are owed most.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the rows is from 0 to their number"
)]
fn counts(rows: usize, shares: &[f64], owed: &mut [f64]) -> Vec<usize> {
    let exact: Vec<f64> = shares.iter().map(|share| share * rows as f64).collect();
    // A share that is whole but for the last bits of a product is whole.
    let mut counts: Vec<usize> = exact
        .iter()
        .map(|exact| (exact + 1e-9).floor() as usize)
        .collect();
    let left = rows.saturating_sub(counts.iter().sum());
    let mut by_debt: Vec<usize> = (0..shares.len())
        .filter(|part| exact[*part] - counts[*part] as f64 > 1e-9)
        .collect();
    let debt = |part: &usize| owed[*part] + exact[*part] - counts[*part] as f64;
    by_debt.sort_by(|one, two| debt(two).total_cmp(&debt(one)));
    by_debt
        .iter()
        .take(left)
        .for_each(|part| counts[*part] += 1);
    for (owed, (exact, count)) in owed.iter_mut().zip(exact.iter().zip(&counts)) {
        *owed += exact - *count as f64;
    }
    counts
}

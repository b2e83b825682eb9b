//! Rows that are equal but for rounding: copies that were written with fewer digits, or jittered.
//!
//! How near is too near depends on how dense the rows lie, so no fixed distance will do. Distances are shares of the rows that
//! lie between two values of a column, which makes every column evenly dense. Where rows are spread by chance, the number of
//! them that have a neighbour within a distance then grows with the distance, at least in proportion: at most a tenth of
//! those with a neighbour within ten steps has one within one step. Copies break that law: they have theirs at once. (In units
//! of the column's own spread the law fails without any copy, where values crowd together around one.)

use std::collections::{HashMap, HashSet};

use arrow_array::Array;

use super::report::{LeakCheck, LeakKind};
use super::shared::{examples, verdict};
use super::{Pair, evenly_chosen};
use crate::contract::Verdict;
use crate::dataset::keys::as_compared;
use crate::dataset::keys::row_keys;
use crate::profile::{ColumnKind, Values};
use crate::statistics::binomial_upper;
use crate::{DataError, Table};

/// The widest look: this share of the rows lies between.
const WIDEST: f64 = 0.05;
/// How often the look is narrowed to a tenth.
const SCALES: i32 = 10;
/// The chance of a false alarm, over all scales.
const LEVEL: f64 = 1e-3;
/// Where more rows than this share have a neighbour, neighbours say nothing.
const CROWDED: f64 = 0.25;
/// Rows of the first part and of the second that are looked at, evenly chosen.
const MOST_ROWS: [usize; 2] = [200_000, 10_000];
/// Columns by which neighbours are found; the others are then compared.
const AXES: usize = 3;

/// Rows of the second part that are in the first but for rounding.
pub(super) fn rows(
    pair: &Pair<'_>,
    [in_first, in_second]: &[Vec<u128>; 2],
    tolerated: f64,
) -> Result<LeakCheck, DataError> {
    let kind = LeakKind::NearRows;
    if let Some(why) = pair.without_evidence() {
        return Ok(LeakCheck::no_evidence(kind, Vec::new(), why));
    }
    let (measured, exact): (Vec<[usize; 2]>, Vec<[usize; 2]>) = pair
        .columns
        .iter()
        .partition(|places| is_measured(pair, **places));
    let first = Side::of(pair.first, &measured, &exact, 0)?;
    let second = Side::of(pair.second, &measured, &exact, 1)?;
    if first
        .numbers
        .iter()
        .all(|numbers| numbers.iter().all(|number| number.is_nan()))
    {
        return Ok(LeakCheck {
            verdict: Verdict::Pass,
            of: pair.second.rows() as u64,
            ..LeakCheck::no_evidence(kind, Vec::new(), "no column could be rounded")
        });
    }
    let names: Vec<String> = measured
        .iter()
        .map(|[place, _]| pair.first.schema().field(*place).name().clone())
        .collect();
    let mut distances = nearest(&first.ranked(&first), &second.ranked(&first));
    // A row that is in both as it is, is told by another check.
    let in_first: HashSet<u128> = in_first.iter().copied().collect();
    let mut same = 0;
    for (distance, row) in distances.iter_mut().zip(&second.rows) {
        if in_first.contains(&in_second[*row]) {
            *distance = None;
            same += 1;
        }
    }
    let judged = distances.len() as u64;
    let mut crowded = 0;
    let mut leak = None;
    for scale in 0..SCALES {
        let narrow = WIDEST / 10_f64.powi(scale + 1);
        let within = |reach: f64| {
            let near = distances.iter().enumerate();
            near.filter_map(move |(place, distance)| {
                let is_near = distance.is_some_and(|distance| distance <= reach);
                is_near.then_some(place)
            })
        };
        let around = within(narrow * 10.0).count() as u64;
        if (around + same) as f64 > CROWDED * judged as f64 {
            crowded += 1;
            continue;
        }
        let near: Vec<usize> = within(narrow).collect();
        let chance = binomial_upper(near.len() as u64, around, 0.1);
        if !near.is_empty() && chance < LEVEL / f64::from(SCALES) {
            leak = Some((narrow, near));
            break;
        }
    }
    if let Some((reach, near)) = leak {
        let rows: Vec<usize> = near.iter().map(|place| second.rows[*place]).collect();
        return Ok(LeakCheck {
            kind,
            columns: names,
            verdict: verdict(near.len() as f64 > tolerated * judged as f64),
            allowed: false,
            found: near.len() as u64,
            of: judged,
            evidence: format!(
                "{} of {judged} rows are in both but for rounding: no column has more than {reach} of its rows between, and chance would put far fewer so near",
                near.len(),
            ),
            rows: examples(&rows),
        });
    }
    if crowded == SCALES {
        let why = "the rows lie too dense to tell a copy from a neighbour";
        return Ok(LeakCheck::no_evidence(kind, names, why));
    }
    Ok(LeakCheck {
        kind,
        columns: names,
        verdict: Verdict::Pass,
        allowed: false,
        found: 0,
        of: judged,
        evidence: "no more rows are near each other than chance puts there".to_owned(),
        rows: Vec::new(),
    })
}

/// Whether a column is a number or a time in both, so that its values can be near each other.
fn is_measured(pair: &Pair<'_>, [first, second]: [usize; 2]) -> bool {
    let kind =
        |table: &Table, place: usize| ColumnKind::of(table.schema().field(place).data_type());
    [kind(pair.first, first), kind(pair.second, second)]
        .iter()
        .all(|kind| kind.is_measured())
}

/// Some rows of a part: numbers that may be near, and a key of all that must be equal.
struct Side {
    rows: Vec<usize>,
    exact: Vec<u128>,
    /// By column; what is no finite number is `NaN` here, and stands in the key.
    numbers: Vec<Vec<f64>>,
}

impl Side {
    fn of(
        table: &Table,
        measured: &[[usize; 2]],
        exact: &[[usize; 2]],
        side: usize,
    ) -> Result<Self, DataError> {
        let rows = evenly_chosen(table, MOST_ROWS[side]);
        let table = table.take(&rows)?;
        let places: Vec<usize> = exact.iter().map(|places| places[side]).collect();
        let mut exact = row_keys(&table, &places, 0)?;
        let mut numbers = Vec::with_capacity(measured.len());
        for (column, places) in measured.iter().enumerate() {
            let name = table.schema().field(places[side]).name();
            let array = table.column(name)?;
            let nulls = array.logical_nulls();
            let values = Values::of(&array)?;
            let value = |row: usize| {
                let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                if is_null { None } else { values.number(row) }
            };
            let found = exact
                .iter_mut()
                .enumerate()
                .map(|(row, key)| match value(row) {
                    Some(number) if number.is_finite() => number,
                    other => {
                        let word = other.map_or(1, |number| as_compared(number).to_bits() | 2);
                        *key ^= u128::from(word).wrapping_mul(ODD.wrapping_add(column as u128 * 2));
                        f64::NAN
                    }
                });
            numbers.push(found.collect());
        }
        Ok(Self {
            rows,
            exact,
            numbers,
        })
    }

    /// Where the values of each column stand among those of `others`, as shares of the rows.
    fn ranked(&self, others: &Self) -> Ranked {
        let columns = self.numbers.iter().zip(&others.numbers);
        Ranked {
            exact: self.exact.clone(),
            columns: columns
                .map(|(numbers, others)| {
                    let scale = Scale::of(others);
                    numbers.iter().map(|number| scale.rank(*number)).collect()
                })
                .collect(),
        }
    }
}

/// The different values of a column, each with the share of the rows below its middle.
struct Scale(Vec<(f64, f64)>);

impl Scale {
    fn of(numbers: &[f64]) -> Self {
        let numbers = numbers.iter().copied();
        let mut sorted: Vec<f64> = numbers.filter(|number| !number.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let count = sorted.len() as f64;
        let mut below = 0;
        let equal = sorted.chunk_by(|one, two| one == two);
        Self(
            equal
                .map(|values| {
                    let middle = below as f64 + values.len() as f64 / 2.0;
                    below += values.len();
                    (values[0], middle / count)
                })
                .collect(),
        )
    }

    /// Between two values in proportion; beyond the ends at the slope of the whole. Where there is one value, whatever is
    /// another is far away.
    fn rank(&self, number: f64) -> f64 {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else {
            return number;
        };
        let along = |from: &(f64, f64), slope: f64| from.1 + (number - from.0) * slope;
        let slope = |from: &(f64, f64), to: &(f64, f64)| (to.1 - from.1) / (to.0 - from.0);
        let above = self.0.partition_point(|(value, _)| *value < number);
        match (
            above.checked_sub(1).and_then(|below| self.0.get(below)),
            self.0.get(above),
        ) {
            (_, Some(found)) if found.0 == number => found.1,
            _ if number.is_nan() => number,
            _ if self.0.len() == 1 => f64::INFINITY.copysign(number - first.0),
            (Some(below), Some(above)) => along(below, slope(below, above)),
            (None, _) => along(first, slope(first, last)),
            (_, None) => along(last, slope(first, last)),
        }
    }
}

/// Spreads a word over all bits of a key.
const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// Rows as places among those of the first part.
struct Ranked {
    exact: Vec<u128>,
    columns: Vec<Vec<f64>>,
}

impl Ranked {
    fn cell(&self, column: usize, row: usize) -> i64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast of a float stops at the ends, and what is beyond them is far from everything"
        )]
        let cell = (self.columns[column][row] / WIDEST).floor() as i64;
        cell
    }

    /// The columns with the most different cells: by them the fewest candidates are left.
    fn axes(&self) -> Vec<usize> {
        let mut axes: Vec<(usize, usize)> = (0..self.columns.len())
            .map(|column| {
                let cells = (0..self.exact.len()).map(|row| self.cell(column, row));
                let cells: HashSet<i64> = cells.collect();
                (cells.len(), column)
            })
            .collect();
        axes.sort_unstable_by(|one, two| two.cmp(one));
        axes.into_iter()
            .take(AXES)
            .map(|(_, column)| column)
            .collect()
    }
}

/// For each row of the second part how far the nearest row of the first is, by the column in which they differ most; nothing
/// beyond the widest look.
fn nearest(first: &Ranked, second: &Ranked) -> Vec<Option<f64>> {
    let axes = first.axes();
    let mut cells: HashMap<(u128, [i64; AXES]), Vec<usize>> = HashMap::new();
    let cell = |side: &Ranked, row: usize| {
        let mut cell = [0; AXES];
        for (own, axis) in cell.iter_mut().zip(&axes) {
            *own = side.cell(*axis, row);
        }
        cell
    };
    for (row, exact) in first.exact.iter().enumerate() {
        cells
            .entry((*exact, cell(first, row)))
            .or_default()
            .push(row);
    }
    let mut order: Vec<usize> = axes.clone();
    order.extend((0..first.columns.len()).filter(|column| !axes.contains(column)));
    let distance = |one: usize, two: usize, best: f64| {
        let mut most = 0.0_f64;
        for column in &order {
            let (one, two) = (first.columns[*column][one], second.columns[*column][two]);
            // Where neither is a number, the keys have compared them.
            let apart = if one == two || (one.is_nan() && two.is_nan()) {
                0.0
            } else {
                (one - two).abs()
            };
            most = most.max(apart);
            if most >= best {
                return None;
            }
        }
        Some(most)
    };
    let mut found = Vec::with_capacity(second.exact.len());
    for (row, exact) in second.exact.iter().enumerate() {
        let middle = cell(second, row);
        // Just above, so that what is as far as the widest look counts.
        let mut best = WIDEST * (1.0 + 1e-9);
        let mut nearest = None;
        for step in 0..3_usize.pow(axes.len() as u32) {
            let mut around = middle;
            let mut step = step;
            for own in around.iter_mut().take(axes.len()) {
                *own = own.saturating_add((step % 3) as i64 - 1);
                step /= 3;
            }
            for candidate in cells.get(&(*exact, around)).into_iter().flatten() {
                if let Some(distance) = distance(*candidate, row, best) {
                    best = distance;
                    nearest = Some(distance);
                }
            }
        }
        found.push(nearest);
    }
    found
}

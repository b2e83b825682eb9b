//! What a clause remembers of the rows that went by; what is remembered of parts joins to that of the whole.

use std::collections::{BTreeSet, HashMap};

use arrow_array::{Array, ArrayRef};
use arrow_buffer::{BooleanBuffer, NullBuffer};

use super::check::Example;
use super::keys::{self, KeySet, Keys};
use super::order::{Ends, order};
use super::program::{Compiled, Work};
use super::row::RowTest;
use super::rule::Rule;
use crate::DataError;
use crate::profile::{Moments, Quantiles, Values, valid_rows};

/// Examples that a check shows.
const EXAMPLES: usize = 5;
/// New values that a change of categories names.
const NEW_VALUES: usize = 20;
/// Numbers that are kept one by one: 32 MB. Beyond that, quantiles are sketched.
const KEPT: usize = 1 << 22;
/// Pairs of values that are counted one by one.
const PAIRS: usize = 1 << 20;

/// What a clause remembers.
pub(super) struct Running {
    /// Rows that went by.
    pub(super) rows: u64,
    /// Rows that the condition left.
    pub(super) left: u64,
    /// Rows, of those, with values.
    pub(super) valid: u64,
    pub(super) broken: u64,
    pub(super) examples: Vec<Example>,
    /// Values that `one_of` does not name.
    pub(super) new_values: BTreeSet<String>,
    pub(super) data: Data,
}

/// What is remembered beyond counts.
pub(super) enum Data {
    Nothing,
    Order(Option<Ends>),
    Keys(Keys),
    Numbers(Numbers),
    Moments {
        moments: Box<Moments>,
        nans: u64,
    },
    Extremes(Option<(f64, f64)>),
    /// Of the first column, the second, their sum and their difference.
    Pair(Box<[Moments; 4]>),
    Contingency {
        counts: HashMap<(u128, u128), u64>,
        overflowed: bool,
    },
    Rowset {
        sum: u128,
        mixed: u128,
    },
}

/// Numbers one by one, or, when they are too many, in a sketch.
pub(super) struct Numbers {
    pub(super) chunks: Vec<Vec<f64>>,
    pub(super) count: usize,
    pub(super) nans: u64,
    pub(super) moments: Option<Box<Moments>>,
    pub(super) sketch: Option<Box<Quantiles>>,
}

impl Numbers {
    fn new(needs_moments: bool) -> Self {
        Self {
            chunks: Vec::new(),
            count: 0,
            nans: 0,
            moments: needs_moments.then(Box::default),
            sketch: None,
        }
    }

    fn add(&mut self, numbers: Vec<f64>) {
        if let Some(moments) = &mut self.moments {
            moments.add_all(&numbers);
        }
        self.count += numbers.len();
        match &mut self.sketch {
            Some(sketch) => numbers
                .into_iter()
                .filter(|number| number.is_finite())
                .for_each(|number| sketch.add(number)),
            None => self.chunks.push(numbers),
        }
        self.shrink();
    }

    fn shrink(&mut self) {
        if self.count > KEPT && !self.chunks.is_empty() {
            let sketch = self.sketch.get_or_insert_default();
            let numbers = std::mem::take(&mut self.chunks).into_iter().flatten();
            numbers
                .filter(|number| number.is_finite())
                .for_each(|number| sketch.add(number));
        }
    }

    fn merge(&mut self, later: Self) {
        self.count += later.count;
        self.nans += later.nans;
        self.chunks.extend(later.chunks);
        if let (Some(own), Some(theirs)) = (&mut self.moments, &later.moments) {
            own.merge(theirs);
        }
        if let Some(theirs) = &later.sketch {
            self.sketch.get_or_insert_default().merge(theirs);
        }
        self.shrink();
    }
}

impl Running {
    pub(super) fn new(compiled: &Compiled<'_>) -> Self {
        let data = match compiled.work {
            Work::Nothing(_) | Work::Count | Work::Rows(_) => Data::Nothing,
            Work::Order { .. } => Data::Order(None),
            Work::Keys => Data::Keys(Keys::default()),
            Work::Numbers => {
                let rule = &compiled.clause.rule;
                Data::Numbers(Numbers::new(matches!(
                    rule,
                    Rule::ZScore(_) | Rule::NoOutliers { .. }
                )))
            }
            Work::Moments => Data::Moments {
                moments: Box::default(),
                nans: 0,
            },
            Work::Extremes => Data::Extremes(None),
            Work::Pair => Data::Pair(Box::default()),
            Work::Contingency => Data::Contingency {
                counts: HashMap::new(),
                overflowed: false,
            },
            Work::Rowset => Data::Rowset { sum: 0, mixed: 0 },
        };
        Self {
            rows: 0,
            left: 0,
            valid: 0,
            broken: 0,
            examples: Vec::new(),
            new_values: BTreeSet::new(),
            data,
        }
    }

    /// Looks at a batch that begins at `row`.
    pub(super) fn see(&mut self, compiled: &Compiled<'_>, batch: &Seen, row: u64) {
        let rows = batch.rows;
        self.rows += rows as u64;
        if matches!(compiled.work, Work::Nothing(_)) {
            return;
        }
        let columns: Vec<&Values> = compiled
            .places
            .iter()
            .map(|place| &batch.columns[*place])
            .collect();
        let nulls: Vec<Option<NullBuffer>> = compiled
            .places
            .iter()
            .map(|place| batch.nulls[*place].clone())
            .collect();
        let left = compiled
            .condition
            .as_ref()
            .map(|(place, test)| batch.meets(*place, test));
        self.left += left.as_ref().map_or(rows, BooleanBuffer::count_set_bits) as u64;
        let judged = compiled.judged(&nulls, left.as_ref(), rows);
        let judged = judged.as_ref();
        let valid = judged.map_or(rows, |judged| rows - judged.null_count());
        match &compiled.work {
            Work::Rows(test) => {
                if test.sees_nulls() {
                    // Only what is there counts as evidence of anything.
                    let present = (0..rows).filter(|row| {
                        left.as_ref().is_none_or(|left| left.value(*row))
                            && nulls.iter().any(|nulls| {
                                nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row))
                            })
                    });
                    self.valid += match (nulls.as_slice(), &left) {
                        ([None], None) => rows as u64,
                        ([Some(nulls)], None) => (rows - nulls.null_count()) as u64,
                        _ => present.count() as u64,
                    };
                } else {
                    self.valid += valid as u64;
                }
                let broken = test.broken(&columns, &nulls, rows);
                let broken = match judged {
                    None => broken,
                    Some(judged) => &broken & judged.inner(),
                };
                self.tally(&columns, &nulls, &broken, row);
                if matches!(compiled.clause.rule, Rule::OneOf(_)) {
                    let new = broken.set_indices().map(|row| columns[0].shown(row));
                    for value in new {
                        if self.new_values.len() >= NEW_VALUES {
                            break;
                        }
                        self.new_values.insert(value);
                    }
                }
                return;
            }
            Work::Order { descending, strict } => {
                let mut last = match &self.data {
                    Data::Order(Some(ends)) => Some(ends.last.clone()),
                    _ => None,
                };
                let (broken, first) =
                    order(columns[0], judged, rows, &mut last, *descending, *strict);
                self.tally(&columns, &nulls, &broken, row);
                if let Data::Order(ends) = &mut self.data
                    && let (Some((place, first)), Some(last)) = (first, last)
                {
                    match ends {
                        Some(ends) => ends.last = last,
                        None => {
                            let example = Example {
                                row: Some(row + place as u64),
                                value: shown_row(&columns, &nulls, place),
                            };
                            *ends = Some(Ends {
                                first,
                                example,
                                last,
                            });
                        }
                    }
                }
            }
            _ => self.data.see(&columns, &nulls, judged, rows),
        }
        self.valid += valid as u64;
    }

    fn tally(
        &mut self,
        columns: &[&Values],
        nulls: &[Option<NullBuffer>],
        broken: &BooleanBuffer,
        row: u64,
    ) {
        let count = broken.count_set_bits() as u64;
        self.broken += count;
        if count > 0 && self.examples.len() < EXAMPLES {
            for place in broken.set_indices().take(EXAMPLES - self.examples.len()) {
                self.examples.push(Example {
                    row: Some(row + place as u64),
                    value: shown_row(columns, nulls, place),
                });
            }
        }
    }

    /// How many values are remembered one by one.
    pub(super) fn remembered(&self) -> usize {
        match &self.data {
            Data::Keys(keys) => keys.remembered(),
            Data::Numbers(numbers) => numbers.chunks.iter().map(Vec::len).sum(),
            _ => 0,
        }
    }

    /// Joins what the rows that follow left behind.
    pub(super) fn join(
        &mut self,
        compiled: &Compiled<'_>,
        mut later: Self,
    ) -> Result<(), DataError> {
        if let (Work::Order { descending, strict }, Data::Order(own), Data::Order(theirs)) =
            (&compiled.work, &mut self.data, &mut later.data)
            && let Some(mut theirs) = theirs.take()
        {
            theirs.example.row = theirs.example.row.map(|row| row + self.rows);
            match own {
                Some(own) => {
                    if !own.last.leads_to(&theirs.first, *descending, *strict) {
                        self.broken += 1;
                        if self.examples.len() < EXAMPLES {
                            self.examples.push(theirs.example);
                        }
                    }
                    own.last = theirs.last;
                }
                None => *own = Some(theirs),
            }
        }
        let offset = self.rows;
        self.rows += later.rows;
        self.left += later.left;
        self.valid += later.valid;
        self.broken += later.broken;
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(
            later
                .examples
                .into_iter()
                .take(room)
                .map(|example| Example {
                    row: example.row.map(|row| row + offset),
                    ..example
                }),
        );
        self.new_values.extend(later.new_values);
        while self.new_values.len() > NEW_VALUES {
            self.new_values.pop_last();
        }
        self.data.merge(later.data)
    }
}

impl Data {
    fn see(
        &mut self,
        columns: &[&Values],
        nulls: &[Option<NullBuffer>],
        judged: Option<&NullBuffer>,
        rows: usize,
    ) {
        let valid = || valid_rows(judged, rows);
        match self {
            Self::Nothing | Self::Order(_) => {}
            Self::Keys(keys) => keys.add_all(match columns {
                [one] => keys::of_column(one, judged, rows),
                many => keys::of_columns(many, nulls, judged, rows),
            }),
            Self::Numbers(numbers) => {
                let mut found = numbers_of(columns[0], judged, rows);
                let before = found.len();
                found.retain(|number| !number.is_nan());
                numbers.nans += (before - found.len()) as u64;
                numbers.add(found);
            }
            Self::Moments { moments, nans } => match columns[0] {
                Values::Integer(values) if judged.is_none() => {
                    moments.add_integers(values.values());
                }
                Values::Integer(values) => {
                    let found: Vec<i64> = valid().map(|row| values.value(row)).collect();
                    moments.add_integers(&found);
                }
                Values::Unsigned(values) => {
                    valid().for_each(|row| moments.add_integer(i128::from(values.value(row))))
                }
                other => {
                    let mut found = numbers_of(other, judged, rows);
                    let before = found.len();
                    found.retain(|number| !number.is_nan());
                    *nans += (before - found.len()) as u64;
                    moments.add_all(&found);
                }
            },
            Self::Extremes(extremes) => {
                let numbers = numbers_of(columns[0], judged, rows);
                if numbers.is_empty() {
                    return;
                }
                let known = extremes.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
                // `NaN` is smaller and larger than everything: it must not hide behind numbers.
                let is_nan = known.0.is_nan() || numbers.iter().any(|number| number.is_nan());
                *extremes = Some(if is_nan {
                    (f64::NAN, f64::NAN)
                } else {
                    let least = |a: f64, b: &f64| if *b < a { *b } else { a };
                    let most = |a: f64, b: &f64| if *b > a { *b } else { a };
                    let (low, high) = known;
                    (
                        numbers.iter().fold(low, least),
                        numbers.iter().fold(high, most),
                    )
                });
            }
            Self::Pair(sums) => {
                for row in valid() {
                    if let (Some(one), Some(two)) = (columns[0].number(row), columns[1].number(row))
                        && !one.is_nan()
                        && !two.is_nan()
                    {
                        sums[0].add(one);
                        sums[1].add(two);
                        sums[2].add(one + two);
                        sums[3].add(one - two);
                    }
                }
            }
            Self::Contingency { counts, overflowed } => {
                for row in valid() {
                    let pair = (keys::of_row(columns[0], row), keys::of_row(columns[1], row));
                    if counts.len() < PAIRS || counts.contains_key(&pair) {
                        *counts.entry(pair).or_insert(0) += 1;
                    } else {
                        *overflowed = true;
                    }
                }
            }
            Self::Rowset { sum, mixed } => {
                for row in 0..rows {
                    let key = keys::of_rows(columns, nulls, row);
                    *sum = sum.wrapping_add(key);
                    *mixed = mixed.wrapping_add(key.wrapping_mul(key | 1));
                }
            }
        }
    }

    fn merge(&mut self, later: Self) -> Result<(), DataError> {
        match (self, later) {
            (Self::Keys(own), Self::Keys(theirs)) => own.merge(theirs)?,
            (Self::Numbers(own), Self::Numbers(theirs)) => own.merge(theirs),
            (
                Self::Moments { moments, nans },
                Self::Moments {
                    moments: theirs,
                    nans: more,
                },
            ) => {
                moments.merge(&theirs);
                *nans += more;
            }
            (Self::Extremes(own), Self::Extremes(Some((least, most)))) => {
                *own = Some(match *own {
                    None => (least, most),
                    Some((a, _)) if a.is_nan() || least.is_nan() => (f64::NAN, f64::NAN),
                    Some((a, b)) => (a.min(least), b.max(most)),
                });
            }
            (Self::Pair(own), Self::Pair(theirs)) => {
                own.iter_mut()
                    .zip(theirs.iter())
                    .for_each(|(own, theirs)| own.merge(theirs));
            }
            (
                Self::Contingency { counts, overflowed },
                Self::Contingency {
                    counts: theirs,
                    overflowed: also,
                },
            ) => {
                *overflowed |= also;
                for (pair, count) in theirs {
                    *counts.entry(pair).or_insert(0) += count;
                }
                *overflowed |= counts.len() > PAIRS;
            }
            (Self::Rowset { sum, mixed }, Self::Rowset { sum: s, mixed: m }) => {
                *sum = sum.wrapping_add(s);
                *mixed = mixed.wrapping_add(m);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Compiled<'_> {
    /// The rows that the clause judges: those that its condition leaves and where its columns have values. `None` is all.
    pub(super) fn judged(
        &self,
        nulls: &[Option<NullBuffer>],
        left: Option<&BooleanBuffer>,
        rows: usize,
    ) -> Option<NullBuffer> {
        let left = left.map(|left| NullBuffer::new(left.clone()));
        let takes_nulls = match &self.work {
            Work::Rows(test) => test.sees_nulls(),
            _ => false,
        };
        if takes_nulls {
            return left;
        }
        match self.clause.rule {
            // A null is a value among others, but a row of nothing but nulls is no row.
            Rule::UniqueTogether | Rule::DifferWithinRow => {
                let any = BooleanBuffer::collect_bool(rows, |row| {
                    nulls
                        .iter()
                        .any(|nulls| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)))
                });
                NullBuffer::union(Some(&NullBuffer::new(any)), left.as_ref())
            }
            Rule::SameRows { .. } => left,
            _ => nulls.iter().fold(left, |all, nulls| {
                NullBuffer::union(all.as_ref(), nulls.as_ref())
            }),
        }
    }
}

/// The values of the rows that are judged, as numbers; without a choice all are.
fn numbers_of(values: &Values, judged: Option<&NullBuffer>, rows: usize) -> Vec<f64> {
    match (values, judged) {
        (Values::Number(values), None) => values.values().to_vec(),
        (Values::Number(values), Some(judged)) => {
            let mut found = Vec::with_capacity(rows);
            let values = values.values();
            for (start, end) in judged.valid_slices() {
                found.extend_from_slice(&values[start..end]);
            }
            found
        }
        (values, judged) => valid_rows(judged, rows)
            .filter_map(|row| values.number(row))
            .collect(),
    }
}

/// A batch as clauses see it.
pub(super) struct Seen {
    pub(super) columns: Vec<Values>,
    pub(super) nulls: Vec<Option<NullBuffer>>,
    pub(super) rows: usize,
}

impl Seen {
    pub(super) fn of(batch: &arrow_array::RecordBatch) -> Result<Self, DataError> {
        let columns = batch
            .columns()
            .iter()
            .map(Values::of)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            nulls: columns.iter().map(Values::nulls).collect(),
            rows: batch.num_rows(),
            columns,
        })
    }

    /// The rows that meet a condition; where its column has no value, a row meets only what speaks of nulls.
    pub(super) fn meets(&self, place: usize, test: &RowTest) -> BooleanBuffer {
        let nulls = &self.nulls[place..=place];
        let met = !&test.broken(&[&self.columns[place]], nulls, self.rows);
        match &nulls[0] {
            Some(nulls) if !test.sees_nulls() => &met & nulls.inner(),
            _ => met,
        }
    }
}

pub(crate) fn shown_row(columns: &[&Values], nulls: &[Option<NullBuffer>], row: usize) -> String {
    const LONGEST: usize = 80;
    let shown = columns.iter().zip(nulls).map(|(values, nulls)| {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return "null".to_owned();
        }
        let text = values.shown(row);
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// The keys of all values of a column.
pub(super) fn key_set(column: &ArrayRef) -> Result<KeySet, DataError> {
    let values = Values::of(column)?;
    let nulls = values.nulls();
    let keys = keys::of_column(&values, nulls.as_ref(), column.len());
    Ok(keys.into_iter().collect())
}

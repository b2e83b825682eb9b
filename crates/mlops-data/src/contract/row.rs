//! Rules that a row keeps or breaks by itself.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

use super::form::{has_date_format, has_form, parses_as};
use super::json::is_json;
use super::keys::{self, KeySet};
use super::pattern::Pattern;
use super::rule::{Comparison, JsonSchema, TextForm};
use super::value::{Bounds, Value};
use crate::profile::{ColumnKind, Texts, Values};

/// A test of rows that needs nothing but the row.
#[derive(Clone)]
pub(super) enum RowTest {
    NotNull,
    Null,
    AnyPresent,
    Finite,
    /// Whole numbers, days, moments: both ends included.
    Whole(i64, i64),
    Unsigned(u64, u64),
    Real {
        least: f64,
        most: f64,
        above: bool,
        below: bool,
    },
    TextRange {
        least: Option<String>,
        most: Option<String>,
        above: bool,
        below: bool,
    },
    Among {
        set: Set,
        negated: bool,
    },
    Matches {
        pattern: Pattern,
        negated: bool,
    },
    Length(usize, usize),
    Json,
    JsonSchema(JsonSchema),
    DateFormat(String),
    ParsesAs(ColumnKind),
    Form(TextForm),
    /// Broken by a key that is among these, or by one that is not.
    Keys {
        keys: Arc<KeySet>,
        among: bool,
    },
    Compare(Comparison),
    Pairs(Arc<KeySet>),
    Differ,
    Sum {
        total: f64,
        within: f64,
    },
}

/// Stated values, in the form in which a column has them.
#[derive(Clone)]
pub(super) enum Set {
    /// Few texts: compared one by one, the length first.
    Texts(Vec<String>),
    ManyTexts(Arc<HashSet<String>>),
    Keys(Arc<KeySet>),
}

impl Set {
    pub(super) fn of(values: &[Value], kind: ColumnKind) -> Option<Self> {
        if kind == ColumnKind::Text {
            let texts = values.iter().map(|value| match value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            });
            let texts = texts.collect::<Option<Vec<_>>>()?;
            return Some(if texts.len() <= 16 {
                Self::Texts(texts)
            } else {
                Self::ManyTexts(Arc::new(texts.into_iter().collect()))
            });
        }
        // A value that the column cannot have is in no row.
        let keys = values
            .iter()
            .filter_map(|value| keys::of_value(value, kind))
            .collect::<KeySet>();
        (!keys.is_empty() || values.is_empty()).then(|| Self::Keys(Arc::new(keys)))
    }
}

impl RowTest {
    /// A range for a column of this kind, if the two can be compared.
    pub(super) fn range(bounds: &Bounds, kind: ColumnKind, unsigned: bool) -> Option<Self> {
        if !bounds.fit(kind) {
            return None;
        }
        match kind {
            ColumnKind::Text => {
                let text = |end: &Option<Value>| match end {
                    Some(Value::Text(text)) => Some(text.clone()),
                    _ => None,
                };
                Some(Self::TextRange {
                    least: text(&bounds.least),
                    most: text(&bounds.most),
                    above: bounds.above,
                    below: bounds.below,
                })
            }
            ColumnKind::Integer | ColumnKind::Date | ColumnKind::Time | ColumnKind::Boolean => {
                let least = match bounds.least.as_ref() {
                    None => i128::MIN,
                    Some(end) => match end.whole(kind) {
                        Some(whole) => whole + i128::from(bounds.above),
                        None => end.on_scale(kind)?.floor() as i128 + 1,
                    },
                };
                let most = match bounds.most.as_ref() {
                    None => i128::MAX,
                    Some(end) => match end.whole(kind) {
                        Some(whole) => whole - i128::from(bounds.below),
                        None => end.on_scale(kind)?.ceil() as i128 - 1,
                    },
                };
                Some(if unsigned {
                    let clamp = |value: i128| {
                        u64::try_from(value.clamp(0, i128::from(u64::MAX))).unwrap_or_default()
                    };
                    if most < 0 {
                        Self::Unsigned(1, 0)
                    } else {
                        Self::Unsigned(clamp(least), clamp(most))
                    }
                } else {
                    let (lowest, highest) = (i128::from(i64::MIN), i128::from(i64::MAX));
                    if least > highest || most < lowest {
                        Self::Whole(1, 0)
                    } else {
                        let clamp = |value: i128| {
                            i64::try_from(value.clamp(lowest, highest)).unwrap_or_default()
                        };
                        Self::Whole(clamp(least), clamp(most))
                    }
                })
            }
            ColumnKind::Number => Some(Self::Real {
                least: bounds
                    .least
                    .as_ref()
                    .map_or(Some(f64::NEG_INFINITY), |end| end.on_scale(kind))?,
                most: bounds
                    .most
                    .as_ref()
                    .map_or(Some(f64::INFINITY), |end| end.on_scale(kind))?,
                above: bounds.above && bounds.least.is_some(),
                below: bounds.below && bounds.most.is_some(),
            }),
            _ => None,
        }
    }

    /// Whether it looks at nulls, too, rather than only at values.
    pub(super) fn sees_nulls(&self) -> bool {
        matches!(self, Self::NotNull | Self::Null | Self::AnyPresent)
    }

    /// Which rows break it. Of a row where a column has no value only what looks at nulls says anything.
    pub(super) fn broken(
        &self,
        columns: &[&Values],
        nulls: &[Option<NullBuffer>],
        rows: usize,
    ) -> BooleanBuffer {
        let first = columns[0];
        let is_null = |place: usize, row: usize| {
            nulls[place]
                .as_ref()
                .is_some_and(|nulls| nulls.is_null(row))
        };
        match self {
            Self::NotNull => match &nulls[0] {
                None => BooleanBuffer::new_unset(rows),
                Some(nulls) => !nulls.inner(),
            },
            Self::Null => match &nulls[0] {
                None => BooleanBuffer::new_set(rows),
                Some(nulls) => nulls.inner().clone(),
            },
            Self::AnyPresent => collect(rows, |row| {
                (0..columns.len()).all(|place| is_null(place, row))
            }),
            Self::Finite => match first {
                Values::Number(values) => collect(rows, |row| !values.value(row).is_finite()),
                _ => BooleanBuffer::new_unset(rows),
            },
            Self::Whole(least, most) => whole(first, rows, |value| value < *least || value > *most),
            Self::Unsigned(least, most) => match first {
                Values::Unsigned(values) => {
                    each(values.values(), |value| value < *least || value > *most)
                }
                _ => BooleanBuffer::new_unset(rows),
            },
            Self::Real {
                least,
                most,
                above,
                below,
            } => match first {
                Values::Number(values) => {
                    let values = values.values();
                    let (least, most) = (*least, *most);
                    if *above || *below {
                        each(values, |value| {
                            let low = if *above {
                                value > least
                            } else {
                                value >= least
                            };
                            let high = if *below { value < most } else { value <= most };
                            !(low && high)
                        })
                    } else {
                        each(values, |value| !(value >= least && value <= most))
                    }
                }
                other => collect(rows, |row| {
                    other
                        .number(row)
                        .is_none_or(|value| !(value >= *least && value <= *most))
                }),
            },
            Self::TextRange {
                least,
                most,
                above,
                below,
            } => text(first, rows, |text| {
                least
                    .as_deref()
                    .is_some_and(|end| if *above { text <= end } else { text < end })
                    || most
                        .as_deref()
                        .is_some_and(|end| if *below { text >= end } else { text > end })
            }),
            Self::Among { set, negated } => match set {
                Set::Texts(texts) => text(first, rows, |text| {
                    texts.iter().any(|known| known == text) == *negated
                }),
                Set::ManyTexts(texts) => text(first, rows, |text| texts.contains(text) == *negated),
                Set::Keys(keys) => collect(rows, |row| {
                    keys.contains(&keys::of_row(first, row)) == *negated
                }),
            },
            Self::Matches { pattern, negated } => matches(first, rows, pattern, *negated),
            Self::Length(least, most) => text(first, rows, |text| {
                let length = if text.is_ascii() {
                    text.len()
                } else {
                    text.chars().count()
                };
                length < *least || length > *most
            }),
            Self::Json => text(first, rows, |text| !is_json(text)),
            Self::JsonSchema(schema) => text(first, rows, |text| !schema.accepts(text)),
            Self::DateFormat(format) => text(first, rows, |text| !has_date_format(text, format)),
            Self::ParsesAs(kind) => text(first, rows, |text| !parses_as(text, *kind)),
            Self::Form(form) => text(first, rows, |text| !has_form(text, *form)),
            Self::Keys { keys, among } => match columns {
                [one] => collect(rows, |row| keys.contains(&keys::of_row(one, row)) == *among),
                many => collect(rows, |row| {
                    keys.contains(&keys::of_rows(many, nulls, row)) == *among
                }),
            },
            Self::Compare(comparison) => compare(first, columns[1], *comparison, rows),
            Self::Pairs(pairs) => collect(rows, |row| {
                !pairs.contains(&keys::of_rows(columns, nulls, row))
            }),
            Self::Differ => collect(rows, |row| {
                let present = (0..columns.len()).filter(|place| !is_null(*place, row));
                let mut keys: Vec<u128> = present
                    .map(|place| keys::of_row(columns[place], row))
                    .collect();
                let count = keys.len();
                keys.sort_unstable();
                keys.dedup();
                keys.len() < count
            }),
            Self::Sum { total, within } => collect(rows, |row| {
                let sum: f64 = columns.iter().filter_map(|values| values.number(row)).sum();
                sum.is_nan() || (sum - total).abs() > *within
            }),
        }
    }
}

fn collect(rows: usize, broken: impl Fn(usize) -> bool) -> BooleanBuffer {
    BooleanBuffer::collect_bool(rows, broken)
}

/// As [`collect`], of values beside each other: the compiler then compares several at once.
fn each<T: Copy>(values: &[T], broken: impl Fn(T) -> bool) -> BooleanBuffer {
    let words = values.chunks(64).map(|values| {
        let mut bytes = [0_u8; 64];
        for (byte, value) in bytes.iter_mut().zip(values) {
            *byte = u8::from(broken(*value));
        }
        let (eights, _) = bytes.as_chunks::<8>();
        let bits = eights.iter().enumerate().map(|(place, eight)| {
            // The product moves the lowest bit of each byte beside the others, into the highest byte.
            let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            gathered << (8 * place)
        });
        bits.fold(0, |word, bits| word | bits).to_le()
    });
    let words: Vec<u64> = words.collect();
    BooleanBuffer::new(Buffer::from_vec(words), 0, values.len())
}

fn text(values: &Values, rows: usize, broken: impl Fn(&str) -> bool) -> BooleanBuffer {
    match values {
        // Each different text is looked at once.
        Values::Text(Texts::Coded(texts)) if texts.different().len() <= rows => {
            let known: Vec<bool> = texts.different().map(broken).collect();
            collect(rows, |row| {
                known.get(texts.code(row)).is_some_and(|broken| *broken)
            })
        }
        Values::Text(Texts::Small(texts)) => collect(rows, |row| broken(texts.value(row))),
        Values::Text(texts) => collect(rows, |row| broken(texts.value(row))),
        _ => BooleanBuffer::new_unset(rows),
    }
}

/// Broken by the texts without a match, or, negated, by those with one.
fn matches(values: &Values, rows: usize, pattern: &Pattern, negated: bool) -> BooleanBuffer {
    let found = match values {
        Values::Text(Texts::Coded(_)) => {
            return text(values, rows, |text| pattern.is_in(text) == negated);
        }
        Values::Text(texts) => pattern.are_in(rows, |row| texts.value(row)),
        _ => return BooleanBuffer::new_unset(rows),
    };
    if negated { found } else { !&found }
}

fn whole(values: &Values, rows: usize, broken: impl Fn(i64) -> bool) -> BooleanBuffer {
    match values {
        Values::Integer(values) => each(values.values(), broken),
        Values::Time(values) => each(values.values(), broken),
        Values::Date(values) => each(values.values(), |value| broken(i64::from(value))),
        Values::Boolean(values) => collect(rows, |row| broken(i64::from(values.value(row)))),
        _ => BooleanBuffer::new_unset(rows),
    }
}

/// Whether values of these kinds can be compared with each other.
pub(super) fn comparable(one: ColumnKind, two: ColumnKind) -> bool {
    let number = |kind| matches!(kind, ColumnKind::Integer | ColumnKind::Number);
    let time = |kind| matches!(kind, ColumnKind::Date | ColumnKind::Time);
    let same = one == two && matches!(one, ColumnKind::Text | ColumnKind::Boolean);
    same || (number(one) && number(two)) || (time(one) && time(two))
}

/// Pairs of integers of which the comparison does not hold; which one it is, is asked once.
fn whole_pairs(one: &[i64], two: &[i64], comparison: Comparison) -> BooleanBuffer {
    let rows = one.len().min(two.len());
    let (one, two) = (&one[..rows], &two[..rows]);
    match comparison {
        Comparison::Less => collect(rows, |row| one[row] >= two[row]),
        Comparison::AtMost => collect(rows, |row| one[row] > two[row]),
        Comparison::Equal => collect(rows, |row| one[row] != two[row]),
        Comparison::Different => collect(rows, |row| one[row] == two[row]),
        Comparison::AtLeast => collect(rows, |row| one[row] < two[row]),
        Comparison::Greater => collect(rows, |row| one[row] <= two[row]),
    }
}

fn compare(one: &Values, two: &Values, comparison: Comparison, rows: usize) -> BooleanBuffer {
    use std::cmp::Ordering::{Equal, Greater, Less};
    const DAY: i64 = 86_400_000_000;
    let holds = |order: Option<std::cmp::Ordering>| match comparison {
        Comparison::Less => order == Some(Less),
        Comparison::AtMost => matches!(order, Some(Less | Equal)),
        Comparison::Equal => order == Some(Equal),
        Comparison::Different => matches!(order, Some(Less | Greater)),
        Comparison::AtLeast => matches!(order, Some(Greater | Equal)),
        Comparison::Greater => order == Some(Greater),
    };
    match (one, two) {
        (Values::Text(one), Values::Text(two)) => {
            collect(rows, |row| !holds(Some(one.value(row).cmp(two.value(row)))))
        }
        (Values::Integer(one), Values::Integer(two)) => {
            whole_pairs(one.values(), two.values(), comparison)
        }
        (Values::Time(one), Values::Time(two)) => {
            whole_pairs(one.values(), two.values(), comparison)
        }
        (Values::Date(one), Values::Time(two)) => collect(rows, |row| {
            !holds(Some((i64::from(one.value(row)) * DAY).cmp(&two.value(row))))
        }),
        (Values::Time(one), Values::Date(two)) => collect(rows, |row| {
            !holds(Some(one.value(row).cmp(&(i64::from(two.value(row)) * DAY))))
        }),
        (one, two) => collect(rows, |row| match (one.number(row), two.number(row)) {
            (Some(one), Some(two)) => !holds(one.partial_cmp(&two)),
            _ => true,
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn many_at_once_are_as_one_by_one(values in proptest::collection::vec(any::<i64>(), 0..300)) {
            let found = each(&values, |value| value % 3 == 0);
            let expected = collect(values.len(), |row| values[row] % 3 == 0);
            prop_assert_eq!(found, expected);
        }
    }
}

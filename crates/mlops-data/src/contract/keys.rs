//! How often each value of a column, or combination of values, occurs: exact, and in bounded memory.
//!
//! A value becomes a key of 128 bits. Numbers, days, moments and texts of up to 15 bytes become different keys if they
//! differ; longer texts and combinations become a hash, so that two of 10^9 different ones share a key with a chance of
//! 10^-21. Keys are sorted in memory, or, once they are too many, in runs on disk that are merged.

mod groups;

use arrow_buffer::NullBuffer;

use super::value::Value;
use crate::profile::{ColumnKind, Texts, Values};

pub(crate) use groups::Keys;

/// Odd, so that multiplying by it is one to one; it brings what differs in any bit into the highest ones.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// A set of keys. Keys are spread already, so hashing them again would cost more than all else.
pub(crate) type KeySet = std::collections::HashSet<u128, std::hash::BuildHasherDefault<KeyHasher>>;

/// Takes the half of a key that differs in every bit.
#[derive(Default)]
pub(crate) struct KeyHasher(u64);

impl std::hash::Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|byte| self.0 = (self.0 << 8) | u64::from(*byte));
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = (key >> 64) as u64;
    }
}

/// A key of a value of 64 bits.
#[inline]
fn of_bits(bits: u64) -> u128 {
    u128::from(bits).wrapping_mul(SPREAD)
}

/// A key of a text: exact up to 15 bytes.
#[inline]
fn of_text(text: &str) -> u128 {
    let bytes = text.as_bytes();
    if bytes.len() <= 15 {
        let mut packed = [0; 16];
        packed[..bytes.len()].copy_from_slice(bytes);
        packed[15] = bytes.len() as u8 + 1;
        return u128::from_le_bytes(packed).wrapping_mul(SPREAD);
    }
    let hash = hashed(bytes, 0) & (u128::MAX >> 8);
    (hash | 0xff << 120).wrapping_mul(SPREAD)
}

/// Multiplies halves crosswise and folds the product, as wyhash does; no secret, so no defence against whoever seeks a clash.
#[inline]
fn folded(one: u64, two: u64) -> u64 {
    let product = u128::from(one) * u128::from(two);
    (product as u64) ^ (product >> 64) as u64
}

fn hashed(bytes: &[u8], seed: u64) -> u128 {
    let (mut low, mut high) = (
        seed ^ 0xa076_1d64_78bd_642f,
        bytes.len() as u64 ^ 0xe703_7ed1_a0b4_28db,
    );
    for chunk in bytes.chunks(16) {
        let mut padded = [0; 16];
        padded[..chunk.len()].copy_from_slice(chunk);
        let word = u128::from_le_bytes(padded);
        let (a, b) = (word as u64, (word >> 64) as u64);
        let next = folded(low ^ a, 0x8ebc_6af0_9c88_c6e3 ^ b);
        high = folded(high ^ b.rotate_left(32), 0x5899_65cc_7537_4cc3 ^ a)
            .wrapping_add(next.rotate_left(17));
        low = next;
    }
    let low = folded(low ^ high, 0xa076_1d64_78bd_642f);
    u128::from(low) | u128::from(folded(high ^ low, 0xe703_7ed1_a0b4_28db)) << 64
}

/// Calls with the key of each of the rows of a column, of which there are so many. What kind of values it has is asked once, not for every row.
#[inline]
fn visit(
    values: &Values,
    rows: impl Iterator<Item = usize>,
    count: usize,
    mut see: impl FnMut(usize, u128),
) {
    match values {
        Values::Boolean(values) => {
            rows.for_each(|row| see(row, of_bits(u64::from(values.value(row)))));
        }
        Values::Integer(values) => {
            let values = values.values();
            rows.for_each(|row| see(row, of_bits(values[row] as u64)));
        }
        Values::Unsigned(values) => {
            let values = values.values();
            rows.for_each(|row| see(row, of_bits(values[row])));
        }
        // `-0.0` is `0.0`, and `NaN` is `NaN`, whatever its bits.
        Values::Number(values) => {
            let values = values.values();
            rows.for_each(|row| see(row, of_number(values[row])));
        }
        Values::Text(Texts::Coded(texts)) if texts.different().len() <= count => {
            let known: Vec<u128> = texts.different().map(of_text).collect();
            let nothing = of_text("");
            rows.for_each(|row| see(row, *known.get(texts.code(row)).unwrap_or(&nothing)));
        }
        Values::Text(values) => rows.for_each(|row| see(row, of_text(values.value(row)))),
        Values::Date(values) => {
            let values = values.values();
            rows.for_each(|row| see(row, of_bits(i64::from(values[row]) as u64)));
        }
        Values::Time(values) => {
            let values = values.values();
            rows.for_each(|row| see(row, of_bits(values[row] as u64)));
        }
        Values::Opaque(_) => rows.for_each(|row| see(row, of_text(&values.shown(row)))),
    }
}

/// The key of a value of a column.
#[inline]
pub(crate) fn of_row(values: &Values, row: usize) -> u128 {
    let mut found = 0;
    visit(values, std::iter::once(row), 1, |_, key| found = key);
    found
}

/// The keys of those rows of a column that are judged, in their order; without a choice all are.
pub(crate) fn of_column(values: &Values, judged: Option<&NullBuffer>, rows: usize) -> Vec<u128> {
    let count = judged.map_or(rows, |judged| rows - judged.null_count());
    let mut keys = Vec::with_capacity(count);
    match judged {
        None => visit(values, 0..rows, count, |_, key| keys.push(key)),
        Some(judged) => visit(values, judged.valid_indices(), count, |_, key| {
            keys.push(key)
        }),
    }
    keys
}

/// The keys of those rows of several columns that are judged, each as of [`of_rows`]; a column after the other.
pub(crate) fn of_columns(
    columns: &[&Values],
    nulls: &[Option<NullBuffer>],
    judged: Option<&NullBuffer>,
    rows: usize,
) -> Vec<u128> {
    let mut keys = vec![ROW; rows];
    for (values, nulls) in columns.iter().zip(nulls) {
        match nulls {
            None => visit(values, 0..rows, rows, |row, key| {
                keys[row] = joined(keys[row], key)
            }),
            Some(nulls) => visit(values, 0..rows, rows, |row, key| {
                let part = if nulls.is_null(row) { u128::MAX } else { key };
                keys[row] = joined(keys[row], part);
            }),
        }
    }
    match judged.filter(|judged| judged.null_count() > 0) {
        None => keys,
        Some(judged) => judged.valid_indices().map(|row| keys[row]).collect(),
    }
}

#[inline]
fn of_number(value: f64) -> u128 {
    let value = if value.is_nan() {
        f64::NAN
    } else {
        value + 0.0
    };
    of_bits(value.to_bits())
}

/// Where the key of a row begins.
const ROW: u128 = 0x243f_6a88_85a3_08d3_1319_8a2e_0370_7344;

/// The key of a combination of values; a null is a value of its own.
#[inline]
pub(crate) fn of_rows(columns: &[&Values], nulls: &[Option<NullBuffer>], row: usize) -> u128 {
    let mut key = ROW;
    for (values, nulls) in columns.iter().zip(nulls) {
        let part = if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            u128::MAX
        } else {
            of_row(values, row)
        };
        key = joined(key, part);
    }
    key
}

/// The key that a pair of values has as a row of two columns.
pub(crate) fn of_pair(one: u128, two: u128) -> u128 {
    joined(joined(ROW, one), two)
}

/// A key of two, in their order.
#[inline]
fn joined(one: u128, two: u128) -> u128 {
    let (a, b) = (one as u64, (one >> 64) as u64);
    let (c, d) = (two as u64, (two >> 64) as u64);
    let low = folded(a ^ c, b ^ d.rotate_left(21) ^ 0x8ebc_6af0_9c88_c6e3);
    let high = folded(b ^ c.rotate_left(13) ^ 0x5899_65cc_7537_4cc3, a ^ d)
        .wrapping_add(low.rotate_left(29));
    (u128::from(low) | u128::from(high) << 64).wrapping_mul(SPREAD)
}

/// The key that a stated value has in a column of this kind, if it can be there.
pub(crate) fn of_value(value: &Value, kind: ColumnKind) -> Option<u128> {
    match (value, kind) {
        (Value::Text(text), ColumnKind::Text) => Some(of_text(text)),
        (value, ColumnKind::Number) => value.on_scale(kind).map(of_number),
        (value, kind) => {
            let whole = value.whole(kind)?;
            let bits = i64::try_from(whole)
                .map(|whole| whole as u64)
                .or_else(|_| u64::try_from(whole))
                .ok()?;
            Some(of_bits(bits))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_that_differ_have_keys_that_differ(a in ".{0,24}", b in ".{0,24}") {
            prop_assert_eq!(a == b, of_text(&a) == of_text(&b));
        }
    }

    #[test]
    fn a_column_after_the_other_gives_the_keys_that_row_after_row_gives() {
        use std::sync::Arc;
        let arrays: [arrow_array::ArrayRef; 3] = [
            Arc::new(arrow_array::Int64Array::from(vec![
                Some(1),
                None,
                Some(3),
                None,
            ])),
            Arc::new(arrow_array::Float64Array::from(vec![
                -0.0,
                0.5,
                f64::NAN,
                2.0,
            ])),
            Arc::new(arrow_array::StringArray::from(vec![
                Some("a"),
                Some(""),
                None,
                None,
            ])),
        ];
        let values = arrays.each_ref().map(|array| Values::of(array).unwrap());
        let columns: Vec<&Values> = values.iter().collect();
        let nulls: Vec<_> = values.iter().map(Values::nulls).collect();
        let row_by_row: Vec<u128> = (0..4).map(|row| of_rows(&columns, &nulls, row)).collect();
        assert_eq!(of_columns(&columns, &nulls, None, 4), row_by_row);
        let judged = NullBuffer::from(vec![true, false, false, true]);
        let some = of_columns(&columns, &nulls, Some(&judged), 4);
        assert_eq!(some, [row_by_row[0], row_by_row[3]]);
        let first: Vec<u128> = [0, 2].map(|row| of_row(&values[0], row)).to_vec();
        assert_eq!(of_column(&values[0], nulls[0].as_ref(), 4), first);
    }

    #[test]
    fn neighbours_and_swapped_pairs_have_keys_of_their_own() {
        assert_ne!(of_text(""), of_text("\0"));
        assert_ne!(of_text("a"), of_text("a\0"));
        let keys: std::collections::BTreeSet<u128> = (0..200_u64)
            .flat_map(|a| (0..200_u64).map(move |b| joined(joined(1, of_bits(a)), of_bits(b))))
            .collect();
        assert_eq!(keys.len(), 40_000);
    }
}

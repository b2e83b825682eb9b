//! Deterministic splits: the same rows on the same side on every machine, today and next year.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_cast::cast;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use mlops_core::Encoder;

use super::Table;
use super::display::showable;
use crate::DataError;

impl Table {
    /// Splits the rows in two; the second table gets `fraction` of them, rounded to a whole row. Both keep the order.
    ///
    /// Row *i* is ranked by the SplitMix64 output for `seed` at position *i*, ties by *i*, and the lowest ranks go to the
    /// second table. So the split depends on the number of rows and their order; use
    /// [`split_by_key`](Self::split_by_key) where rows are added over time, or where one customer has several.
    ///
    /// # Errors
    /// The fraction is not from 0 to 1.
    ///
    /// ```
    /// # use mlops_data::table;
    /// let table = table! { "x" => (0..10).collect::<Vec<i64>>() };
    /// let (training, test) = table.split(0.2, 7)?;
    /// assert_eq!((training.rows(), test.rows()), (8, 2));
    /// # Ok::<(), mlops_data::DataError>(())
    /// ```
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        checked(fraction)?;
        let rows = self.rows();
        let mut ranks: Vec<(u64, usize)> = (0..rows)
            .map(|row| (split_mix(seed, row as u64), row))
            .collect();
        ranks.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the fraction is from 0 to 1, so the product is from 0 to the number of rows"
        )]
        let count = ((rows as f64 * fraction).round() as usize).min(rows);
        let mut second = vec![false; rows];
        for (_, row) in &ranks[..count] {
            second[*row] = true;
        }
        self.parted(second)
    }

    /// Splits the rows in two by the values of one column; the second table gets about `fraction` of the values.
    ///
    /// A row goes to the second table if the first eight bytes of its value's BLAKE3 digest, as a fraction of 2^64, are
    /// below `fraction`. So rows with equal values stay together, no row changes sides when others are added, and growing
    /// the fraction only moves rows towards the second table. Nulls count as one value.
    ///
    /// # Errors
    /// The fraction is not from 0 to 1, there is no such column, or its values cannot be shown.
    pub fn split_by_key(&self, fraction: f64, column: &str) -> Result<(Self, Self), DataError> {
        checked(fraction)?;
        let keys = self.column(column)?;
        let encode = encoder_of(&keys)?;
        let second = (0..keys.len())
            .map(|row| {
                let mut encoder = Encoder::new();
                if keys.is_null(row) || *keys.data_type() == DataType::Null {
                    encoder.null();
                } else {
                    encode(row, &mut encoder)?;
                }
                let digest = encoder.digest_of_all();
                let mut first = [0; 8];
                first.copy_from_slice(&digest.as_bytes()[..8]);
                Ok(u64::from_le_bytes(first) as f64 / TWO_TO_THE_64 < fraction)
            })
            .collect::<Result<_, DataError>>()?;
        self.parted(second)
    }

    fn parted(&self, second: Vec<bool>) -> Result<(Self, Self), DataError> {
        let first: Vec<bool> = second.iter().map(|second| !second).collect();
        Ok((
            self.filter(&BooleanArray::from(first))?,
            self.filter(&BooleanArray::from(second))?,
        ))
    }
}

const TWO_TO_THE_64: f64 = 18_446_744_073_709_551_616.0;

fn checked(fraction: f64) -> Result<(), DataError> {
    if (0.0..=1.0).contains(&fraction) {
        Ok(())
    } else {
        Err(DataError::Fraction { found: fraction })
    }
}

/// Output number `index` of the generator SplitMix64 (Steele, Lea, Flood 2014) from `seed`.
pub(crate) fn split_mix(seed: u64, index: u64) -> u64 {
    let state = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = seed.wrapping_add(state);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

type EncodeRow = Box<dyn Fn(usize, &mut Encoder) -> Result<(), DataError>>;

/// How a key enters its digest: by value, so that a text is on the same side whatever width its offsets have.
fn encoder_of(keys: &ArrayRef) -> Result<EncodeRow, DataError> {
    let data_type = keys.data_type();
    if *data_type == DataType::UInt64 {
        let keys = keys.clone();
        return Ok(Box::new(move |row, encoder| {
            encoder.integer(keys.as_primitive::<UInt64Type>().value(row).into());
            Ok(())
        }));
    }
    if data_type.is_integer() {
        let keys = cast(keys, &DataType::Int64)?;
        return Ok(Box::new(move |row, encoder| {
            encoder.integer(keys.as_primitive::<Int64Type>().value(row).into());
            Ok(())
        }));
    }
    if matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    ) {
        let keys = cast(keys, &DataType::LargeUtf8)?;
        return Ok(Box::new(move |row, encoder| {
            encoder.text(keys.as_string::<i64>().value(row));
            Ok(())
        }));
    }
    if data_type.is_floating() {
        let keys = cast(keys, &DataType::Float64)?;
        return Ok(Box::new(move |row, encoder| {
            encoder.float(keys.as_primitive::<Float64Type>().value(row));
            Ok(())
        }));
    }
    let keys = showable(keys)?;
    // Refuse types that cannot be shown before the first row.
    ArrayFormatter::try_new(&keys, &FormatOptions::new())?;
    Ok(Box::new(move |row, encoder| {
        let options = FormatOptions::new();
        let shown = ArrayFormatter::try_new(&keys, &options)?;
        encoder.text(&shown.value(row).try_to_string()?);
        Ok(())
    }))
}

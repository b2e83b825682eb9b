//! Sums without rounding: any order, any splitting, the same bits.
//!
//! A double is an integer times a power of two, so a sum of doubles is an integer in units of the smallest double: about
//! 2100 bits hold every sum there is. The layout, 32-bit digits in 64-bit words with room for carries, is that of Neal,
//! *Fast exact summation using small and large superaccumulators* (2015). Squares are summed the same way in units of the
//! square of the smallest double, so the variance is computed from two exact numbers and rounded once, where subtracting
//! rounded sums would lose all digits of it.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

/// Digits of 32 bits. A sum of squares reaches 2^2048 and is counted in units of 2^-2148; 64 more bits hold 2^64 addends.
const DIGITS: usize = 136;
/// Additions after which the words are brought back to digits: each addition adds less than 2^32 to a word.
const ADDITIONS: u32 = 1 << 29;

/// The exponent of the unit of a sum, and of a sum of squares.
const UNIT: i32 = -1074;
const SQUARED_UNIT: i32 = 2 * UNIT;

#[derive(Clone, Debug)]
struct Accumulator {
    words: Box<[i64; DIGITS]>,
    additions: u32,
}

impl Accumulator {
    fn new() -> Self {
        Self {
            words: Box::new([0; DIGITS]),
            additions: 0,
        }
    }

    /// Adds `±magnitude · 2^position`, in units.
    #[inline]
    fn add(&mut self, negative: bool, magnitude: u64, position: usize) {
        let shifted = u128::from(magnitude) << (position % 32);
        let digits = [
            (shifted & 0xffff_ffff) as i64,
            ((shifted >> 32) & 0xffff_ffff) as i64,
            (shifted >> 64) as i64,
        ];
        let sign = if negative { -1 } else { 1 };
        let words = &mut self.words[position / 32..position / 32 + 3];
        for (word, digit) in words.iter_mut().zip(digits) {
            *word += sign * digit;
        }
        self.additions += 1;
        if self.additions == ADDITIONS {
            self.carry();
        }
    }

    /// Adds `±magnitude · 2^position`, in units.
    #[inline]
    fn add_wide(&mut self, negative: bool, magnitude: u128, position: usize) {
        self.add(negative, magnitude as u64, position);
        let high = (magnitude >> 64) as u64;
        if high > 0 {
            self.add(negative, high, position + 64);
        }
    }

    /// Brings every word but the last back to 32 bits, without a change of the sum.
    fn carry(&mut self) {
        let mut carried = 0;
        let last = DIGITS - 1;
        for word in &mut self.words[..last] {
            let value = *word + carried;
            carried = value >> 32;
            *word = value & 0xffff_ffff;
        }
        self.words[last] += carried;
        self.additions = 1;
    }

    fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        other.carry();
        self.carry();
        for (word, more) in self.words.iter_mut().zip(other.words.iter()) {
            *word += more;
        }
        self.carry();
    }

    /// The sign and the digits of the magnitude, the lowest first.
    fn magnitude(&self) -> (bool, Vec<u32>) {
        let mut whole = self.clone();
        whole.carry();
        let negative = whole.words[DIGITS - 1] < 0;
        if negative {
            whole.words.iter_mut().for_each(|word| *word = -*word);
            whole.carry();
        }
        let digits = whole.words.iter().map(|word| *word as u32).collect();
        (negative, digits)
    }
}

/// `digits · 2^exponent`, rounded to the nearest double, ties to even.
fn rounded(digits: &[u32], exponent: i32) -> f64 {
    let Some(top) = digits.iter().rposition(|digit| *digit != 0) else {
        return 0.0;
    };
    let length = top * 32 + (32 - digits[top].leading_zeros() as usize);
    let bit = |index: usize| digits[index / 32] >> (index % 32) & 1;
    // How many bits of the result a double of this size has: fewer below the smallest normal one.
    let lowest = (length as i32 - 53).max(UNIT - exponent).max(0) as usize;
    let mut mantissa: u64 = (lowest..length)
        .rev()
        .fold(0, |value, index| (value << 1) | u64::from(bit(index)));
    if lowest > 0 && lowest <= length {
        let half = bit(lowest - 1) == 1;
        let rest = (0..lowest - 1).any(|index| bit(index) == 1);
        if half && (rest || mantissa & 1 == 1) {
            mantissa += 1;
        }
    }
    scaled(mantissa as f64, exponent + lowest as i32)
}

/// `value · 2^exponent`; exact unless it overflows.
fn scaled(value: f64, exponent: i32) -> f64 {
    let mut value = value;
    let mut exponent = exponent;
    while exponent > 1000 && value.is_finite() && value != 0.0 {
        value *= 2f64.powi(1000);
        exponent -= 1000;
    }
    while exponent < -1000 && value != 0.0 {
        // A value that becomes subnormal was rounded to that precision before: the steps lose nothing.
        value *= 2f64.powi(-1000);
        exponent += 1000;
    }
    value * 2f64.powi(exponent)
}

fn product(one: &[u32], two: &[u32]) -> Vec<u32> {
    let mut digits = vec![0_u32; one.len() + two.len()];
    for (place, a) in one.iter().enumerate().filter(|(_, digit)| **digit != 0) {
        let mut carried = 0_u64;
        for (offset, b) in two.iter().enumerate() {
            let value = u64::from(*a) * u64::from(*b) + u64::from(digits[place + offset]) + carried;
            digits[place + offset] = value as u32;
            carried = value >> 32;
        }
        digits[place + two.len()] = carried as u32;
    }
    digits
}

fn compared(one: &[u32], two: &[u32]) -> Ordering {
    let digit = |digits: &[u32], place: usize| digits.get(place).copied().unwrap_or(0);
    (0..one.len().max(two.len()))
        .rev()
        .map(|place| digit(one, place).cmp(&digit(two, place)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// `one - two`, as a sign and a magnitude.
fn difference(one: &[u32], two: &[u32]) -> (bool, Vec<u32>) {
    let negative = compared(one, two).is_lt();
    let (large, small) = if negative { (two, one) } else { (one, two) };
    let mut borrowed = 0_i64;
    let digits = (0..large.len().max(small.len()))
        .map(|place| {
            let value = i64::from(large.get(place).copied().unwrap_or(0))
                - i64::from(small.get(place).copied().unwrap_or(0))
                - borrowed;
            borrowed = i64::from(value < 0);
            value as u32
        })
        .collect();
    (negative, digits)
}

/// The sum of numbers, exact until it is asked for. `NaN` is not summed; infinities are kept apart.
#[derive(Clone, Debug)]
pub struct ExactSum {
    sum: Accumulator,
    /// How many are infinite; with a sign, so that one may be taken back before it is added.
    rises: i64,
    falls: i64,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self {
            sum: Accumulator::new(),
            rises: 0,
            falls: 0,
        }
    }
}

impl ExactSum {
    /// Adds a double.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let (negative, magnitude, position) = parts(value);
        if position == INFINITE {
            if value == f64::INFINITY {
                self.rises += 1;
            } else if value == f64::NEG_INFINITY {
                self.falls += 1;
            }
            return;
        }
        self.sum.add(negative, magnitude, position);
    }

    /// Takes back a double that was added, or will be: the sum is as if it had never been.
    #[inline]
    pub fn remove(&mut self, value: f64) {
        if value == f64::INFINITY {
            self.rises -= 1;
        } else if value == f64::NEG_INFINITY {
            self.falls -= 1;
        } else {
            self.add(-value);
        }
    }

    /// Adds an integer.
    pub fn add_integer(&mut self, value: i128) {
        let position = UNIT.unsigned_abs() as usize;
        self.sum.add_wide(value < 0, value.unsigned_abs(), position);
    }

    /// Takes back an integer, as [`remove`](Self::remove) does a double. The least one has no opposite to add.
    fn remove_integer(&mut self, value: i128) {
        let position = UNIT.unsigned_abs() as usize;
        self.sum.add_wide(value > 0, value.unsigned_abs(), position);
    }

    /// Adds what another sum holds.
    pub fn merge(&mut self, other: &Self) {
        self.sum.merge(&other.sum);
        self.rises += other.rises;
        self.falls += other.falls;
    }

    /// The double that is nearest to the sum.
    pub fn value(&self) -> f64 {
        match (self.rises, self.falls) {
            (0, 0) => {
                let (negative, digits) = self.sum.magnitude();
                let value = rounded(&digits, UNIT);
                if negative { -value } else { value }
            }
            (1.., 0) => f64::INFINITY,
            (0, 1..) => f64::NEG_INFINITY,
            _ => f64::NAN,
        }
    }
}

/// Where [`parts`] has no position: the value is infinite or no number.
const INFINITE: usize = usize::MAX;

/// The sign, the 53 bits, and their place above the smallest double.
#[inline]
fn parts(value: f64) -> (bool, u64, usize) {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as usize;
    let fraction = bits & ((1 << 52) - 1);
    let negative = bits >> 63 == 1;
    match exponent {
        0 => (negative, fraction, 0),
        0x7ff => (negative, 0, INFINITE),
        _ => (negative, fraction | 1 << 52, exponent - 1),
    }
}

/// Count, sum and sum of squares of numbers: their mean and their spread, exact until they are asked for.
#[derive(Clone, Debug)]
pub struct Moments {
    /// With a sign, so that a number may be taken back before it is added.
    count: i64,
    sum: ExactSum,
    squares: Accumulator,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            count: 0,
            sum: ExactSum::default(),
            squares: Accumulator::new(),
        }
    }
}

impl Moments {
    /// Adds a double that is not `NaN`.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum.add(value);
        let (_, magnitude, position) = parts(value);
        if position != INFINITE {
            let square = u128::from(magnitude) * u128::from(magnitude);
            self.add_square(false, square, 2 * position);
        }
    }

    /// Takes back a double that was added, or will be: all is as if it had never been.
    #[inline]
    pub fn remove(&mut self, value: f64) {
        self.count -= 1;
        self.sum.remove(value);
        let (_, magnitude, position) = parts(value);
        if position != INFINITE {
            let square = u128::from(magnitude) * u128::from(magnitude);
            self.add_square(true, square, 2 * position);
        }
    }

    /// Takes back an integer that was added, or will be.
    #[inline]
    pub fn remove_integer(&mut self, value: i128) {
        self.count -= 1;
        self.sum.remove_integer(value);
        self.add_square_of(true, value.unsigned_abs());
    }

    /// Adds an integer.
    #[inline]
    pub fn add_integer(&mut self, value: i128) {
        self.count += 1;
        self.sum.add_integer(value);
        self.add_square_of(false, value.unsigned_abs());
    }

    /// Adds `±magnitude²`, in whole numbers.
    #[inline]
    fn add_square_of(&mut self, negative: bool, magnitude: u128) {
        let unit = SQUARED_UNIT.unsigned_abs() as usize;
        let (low, high) = (magnitude as u64, (magnitude >> 64) as u64);
        self.add_square(negative, u128::from(low) * u128::from(low), unit);
        if high > 0 {
            // (h·2^64 + l)² = h²·2^128 + h·l·2^65 + l².
            self.add_square(negative, u128::from(high) * u128::from(low), unit + 65);
            self.add_square(negative, u128::from(high) * u128::from(high), unit + 128);
        }
    }

    /// The same of its finite numbers alone.
    pub(crate) fn without_infinities(mut self) -> Self {
        self.count -= self.sum.rises + self.sum.falls;
        (self.sum.rises, self.sum.falls) = (0, 0);
        self
    }

    /// Adds doubles of which none is `NaN`: the same as one by one, but in a fraction of the time.
    ///
    /// Values of one exponent are integers of one unit, so their sum and the sum of their squares are integers of 128 bits,
    /// and few exponents occur in one column.
    pub(crate) fn add_all(&mut self, values: &[f64]) {
        const EXPONENTS: usize = 64;
        // 2^14 squares of 106 bits have 120.
        for values in values.chunks(1 << 14) {
            let exponent = |value: &f64| (value.to_bits() >> 52 & 0x7ff) as usize;
            let finite = values.iter().map(exponent).filter(|place| *place < 0x7ff);
            let highest = finite.max().unwrap_or(0);
            let lowest = highest.saturating_sub(EXPONENTS - 1).max(1);
            let mut sums = [0_i128; EXPONENTS];
            let mut squares = [0_u128; EXPONENTS];
            for value in values {
                let (negative, magnitude, position) = parts(*value);
                let place = position.wrapping_add(1).wrapping_sub(lowest);
                // The smallest doubles have the position of the second smallest exponent, and another meaning.
                if place < EXPONENTS && magnitude >> 52 == 1 {
                    let signed = if negative {
                        -(magnitude as i64)
                    } else {
                        magnitude as i64
                    };
                    sums[place] += i128::from(signed);
                    squares[place] += u128::from(magnitude) * u128::from(magnitude);
                    self.count += 1;
                } else {
                    self.add(*value);
                }
            }
            for (place, (sum, square)) in sums.into_iter().zip(squares).enumerate() {
                if square > 0 {
                    let position = lowest + place - 1;
                    self.sum.sum.add_wide(sum < 0, sum.unsigned_abs(), position);
                    self.squares.add_wide(false, square, 2 * position);
                }
            }
        }
    }

    /// Adds integers: the same as one by one.
    pub(crate) fn add_integers(&mut self, values: &[i64]) {
        // 2^14 squares of 112 bits have 126.
        for values in values.chunks(1 << 14) {
            let least = values.iter().copied().min().unwrap_or(0);
            let most = values.iter().copied().max().unwrap_or(0);
            if least <= -(1 << 56) || most >= 1 << 56 {
                values
                    .iter()
                    .for_each(|value| self.add_integer(i128::from(*value)));
                continue;
            }
            let square = |value: &i64| u128::from(value.unsigned_abs()).pow(2);
            self.count += values.len() as i64;
            self.sum
                .add_integer(values.iter().map(|value| i128::from(*value)).sum());
            self.add_square(
                false,
                values.iter().map(square).sum(),
                SQUARED_UNIT.unsigned_abs() as usize,
            );
        }
    }

    #[inline]
    fn add_square(&mut self, negative: bool, square: u128, position: usize) {
        self.squares.add_wide(negative, square, position);
    }

    /// Adds what another one holds.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        u64::try_from(self.count).unwrap_or(0)
    }

    /// The sum.
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// The mean, if there are numbers.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum() / self.count as f64)
    }

    /// The variance with divisor `n - 1`, if there are two numbers; not a number if one is infinite.
    pub fn variance(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        if (self.sum.rises, self.sum.falls) != (0, 0) {
            return Some(f64::NAN);
        }
        // n Σx² − (Σx)², exact: both are counted in the same unit.
        let (_, sum) = self.sum.sum.magnitude();
        let (_, squares) = self.squares.magnitude();
        let count = [self.count as u32, (self.count >> 32) as u32];
        let (_, numerator) = difference(&product(&squares, &count), &product(&sum, &sum));
        let top = numerator.iter().rposition(|digit| *digit != 0);
        let length = top.map_or(0, |top| top * 32 + 32);
        // Near 1, so that nothing overflows before the division.
        let lead = SQUARED_UNIT + length as i32;
        let near_one = rounded(&numerator, -(length as i32));
        let count = self.count as f64;
        Some(scaled(near_one / count / (count - 1.0), lead))
    }

    /// The standard deviation with divisor `n - 1`.
    pub fn standard_deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }
}

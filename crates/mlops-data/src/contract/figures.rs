//! Figures that verdicts rest on, and how they are shown.

use std::collections::{BTreeMap, HashMap};

use crate::profile::Quantiles;

/// A number as people read it: six significant digits.
pub(crate) fn number(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value}");
    }
    let digits = 5 - value.abs().log10().floor().clamp(-300.0, 5.0) as i32;
    if (0..=9).contains(&digits) {
        let text = format!("{value:.*}", digits as usize);
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{value:.5e}")
}

/// The quantile, interpolated between neighbours (definition 7 of Hyndman and Fan), or that of the sketch.
pub(super) fn quantile(values: &mut [f64], sketch: Option<&Quantiles>, at: f64) -> f64 {
    if let Some(sketch) = sketch {
        return sketch.at(at).unwrap_or(f64::NAN);
    }
    let place = at * (values.len() - 1) as f64;
    let (_, low, rest) = values.select_nth_unstable_by(place as usize, f64::total_cmp);
    let low = *low;
    let share = place.fract();
    if share == 0.0 {
        return low;
    }
    let high = rest.iter().copied().reduce(f64::min).unwrap_or(low);
    low + share * (high - low)
}

/// Cramér's V, if both sides have two values, and the mutual information in bits.
pub(super) fn association(counts: &HashMap<(u128, u128), u64>) -> (Option<f64>, f64) {
    // In the order of the keys, so that sums of doubles are the same on every run.
    let counts: BTreeMap<_, _> = counts.iter().collect();
    let (mut firsts, mut seconds) = (BTreeMap::new(), BTreeMap::new());
    let mut rows = 0.0;
    for ((one, two), count) in &counts {
        let count = **count as f64;
        *firsts.entry(one).or_insert(0.0) += count;
        *seconds.entry(two).or_insert(0.0) += count;
        rows += count;
    }
    // Σ (o − e)² / e = Σ o² / e − n, since the expected counts of all cells add up to n.
    let (mut squares, mut information) = (0.0, 0.0);
    for ((one, two), count) in &counts {
        let count = **count as f64;
        let expected = firsts[one] * seconds[two] / rows;
        squares += count * count / expected;
        information += count / rows * (count / expected).log2();
    }
    let smaller = firsts.len().min(seconds.len()) as f64;
    let v = (smaller > 1.0).then(|| ((squares - rows).max(0.0) / rows / (smaller - 1.0)).sqrt());
    (v, information.max(0.0))
}

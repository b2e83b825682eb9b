//! From numbers to counts: where the edges of bins are, by the rules that the field uses.

use std::collections::BTreeMap;

use super::robust::quantile;
use super::{Sample, StatisticsError};

/// Where the edges of bins are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binning {
    /// Between so many equal shares of the reference: a wild value stays one value in the last bin.
    ReferenceQuantiles(usize),
    /// Equal widths over both samples together, as many as H. A. Sturges (1926) says. One wild value puts all others into one bin
    /// and hides any drift. Evidently's for PSI and Jensen–Shannon, whatever its documentation says of quantiles.
    EvidentlySturges,
    /// Equal widths over the reference, as many as D. P. Doane (1976) says, and what lies outside in a bin of its own. NannyML's.
    ReferenceDoane,
}

/// How many values of each sample are in each bin. Bins are closed on the left, except [`Binning::ReferenceQuantiles`], whose are
/// closed on the right, so that each holds its share of the reference where values repeat.
pub fn binned_shares(
    reference: &Sample,
    current: &Sample,
    binning: Binning,
) -> (Vec<u64>, Vec<u64>) {
    match binning {
        Binning::ReferenceQuantiles(count) => {
            let mut edges: Vec<f64> = (1..count)
                .map(|k| quantile(reference, k as f64 / count as f64))
                .collect();
            edges.dedup();
            let counts = |sample: &Sample| {
                let mut before = 0;
                let ends = edges.iter().map(|edge| sample.count_up_to(*edge));
                ends.chain([sample.len()])
                    .map(|end| (end - std::mem::replace(&mut before, end)) as u64)
                    .collect()
            };
            (counts(reference), counts(current))
        }
        Binning::EvidentlySturges => {
            let edges = sturges_edges(reference, current);
            (histogram(reference, &edges), histogram(current, &edges))
        }
        Binning::ReferenceDoane => {
            let edges = doane_edges(reference);
            let counts = |sample: &Sample| {
                let mut counts = histogram(sample, &edges);
                let inside: u64 = counts.iter().sum();
                counts.push(sample.len() as u64 - inside);
                counts
            };
            (counts(reference), counts(current))
        }
    }
}

/// The edges of equal bins over both samples, by Sturges' rule, to the bit those of numpy's `histogram_bin_edges`.
pub fn sturges_edges(reference: &Sample, current: &Sample) -> Vec<f64> {
    let first = reference.least().min(current.least());
    let last = reference.greatest().max(current.greatest());
    let count = (reference.len() + current.len()) as f64;
    equal_bins(first, last, (last - first) / (count.log2() + 1.0))
}

/// The edges of equal bins over the sample, by Doane's rule, which takes more of them where the sample is skewed.
pub fn doane_edges(sample: &Sample) -> Vec<f64> {
    let (first, last) = (sample.least(), sample.greatest());
    let values = sample.values();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let moment = |power| {
        values
            .iter()
            .map(|value| (value - mean).powi(power))
            .sum::<f64>()
            / n
    };
    let deviation = moment(2).sqrt();
    if values.len() <= 2 || deviation == 0.0 {
        return equal_bins(first, last, 0.0);
    }
    let scale = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    let skewness = moment(3) / deviation.powi(3);
    let width = (last - first) / (1.0 + n.log2() + (1.0 + skewness.abs() / scale).log2());
    equal_bins(first, last, width)
}

fn equal_bins(first: f64, last: f64, width: f64) -> Vec<f64> {
    let (first, last) = if first == last {
        (first - 0.5, last + 0.5)
    } else {
        (first, last)
    };
    // More bins than this are no histogram; numpy would run out of memory instead.
    const MOST: f64 = 1e6;
    let bins = if width > 0.0 && width.is_finite() {
        ((last - first) / width).ceil().clamp(1.0, MOST)
    } else {
        1.0
    };
    let step = (last - first) / bins;
    let mut edges: Vec<f64> = (0..=bins as usize)
        .map(|k| k as f64 * step + first)
        .collect();
    if let Some(end) = edges.last_mut() {
        *end = last;
    }
    edges
}

/// Counts between edges, the last bin closed on both sides; what lies outside is not counted.
fn histogram(sample: &Sample, edges: &[f64]) -> Vec<u64> {
    edges
        .windows(2)
        .enumerate()
        .map(|(k, pair)| {
            let from = sample.count_below(pair[0]);
            let is_last = k + 2 == edges.len();
            let to = if is_last {
                sample.count_up_to(pair[1])
            } else {
                sample.count_below(pair[1])
            };
            to.saturating_sub(from) as u64
        })
        .collect()
}

/// How often each value that either side has occurs on each side, the values in order.
///
/// # Errors
/// A side has no values.
pub fn category_shares<T: Ord>(
    reference: impl IntoIterator<Item = T>,
    current: impl IntoIterator<Item = T>,
) -> Result<(Vec<u64>, Vec<u64>), StatisticsError> {
    let mut counts: BTreeMap<T, [u64; 2]> = BTreeMap::new();
    for value in reference {
        counts.entry(value).or_default()[0] += 1;
    }
    for value in current {
        counts.entry(value).or_default()[1] += 1;
    }
    let side = |index: usize| -> Vec<u64> { counts.values().map(|pair| pair[index]).collect() };
    let (reference, current) = (side(0), side(1));
    for counts in [&reference, &current] {
        if counts.iter().all(|count| *count == 0) {
            return Err(StatisticsError::Empty {
                what: "the categories",
            });
        }
    }
    Ok((reference, current))
}

#[cfg(test)]
mod tests {
    use super::{Binning, binned_shares, doane_edges, sturges_edges};
    use crate::statistics::oracles::{Draws, INPUTS, sample};
    use crate::statistics::{JensenShannon, ZeroShares, jensen_shannon, population_stability};

    #[test]
    fn every_value_is_in_exactly_one_bin_and_it_is_the_right_one() {
        let mut draws = Draws::new(71);
        for _ in 0..INPUTS {
            let (a, b) = (draws.values(60), draws.values(60));
            let (reference, current) = (sample(&a), sample(&b));
            let (counts, others) = binned_shares(&reference, &current, Binning::EvidentlySturges);
            let edges = sturges_edges(&reference, &current);
            let bins = edges.len() - 1;
            let slow = |values: &[f64]| {
                let mut counts = vec![0_u64; bins];
                for value in values {
                    let place = edges.iter().filter(|edge| *edge <= value).count() - 1;
                    counts[place.min(bins - 1)] += 1;
                }
                counts
            };
            assert_eq!((counts, others), (slow(&a), slow(&b)));
            let (counts, others) = binned_shares(&reference, &current, Binning::ReferenceDoane);
            assert_eq!(counts.iter().sum::<u64>(), a.len() as u64);
            assert_eq!(others.iter().sum::<u64>(), b.len() as u64);
            assert_eq!(
                counts[counts.len() - 1],
                0,
                "the reference is inside its edges"
            );
            let (counts, others) =
                binned_shares(&reference, &current, Binning::ReferenceQuantiles(10));
            assert_eq!(counts.iter().sum::<u64>(), a.len() as u64);
            assert_eq!(others.iter().sum::<u64>(), b.len() as u64);
        }
    }

    #[test]
    fn one_wild_value_hides_a_shift_from_equal_widths_but_not_from_quantiles() {
        let mut draws = Draws::new(72);
        let mut reference: Vec<f64> = (0..30_000).map(|_| draws.normal()).collect();
        let current = sample(
            &(0..30_000)
                .map(|_| draws.normal() + 1.0)
                .collect::<Vec<_>>(),
        );
        let scores = |reference: &[f64], binning| {
            let (a, b) = binned_shares(&sample(reference), &current, binning);
            let floats =
                |counts: &[u64]| counts.iter().map(|count| *count as f64).collect::<Vec<_>>();
            let distance = jensen_shannon(&floats(&a), &floats(&b), JensenShannon::DistanceNatural);
            let index = population_stability(&a, &b, ZeroShares::Evidently);
            (index.unwrap(), distance.unwrap())
        };
        let quantiles = Binning::ReferenceQuantiles(10);
        let before = (
            scores(&reference, Binning::EvidentlySturges),
            scores(&reference, quantiles),
        );
        reference[0] = 1e6;
        let after = (
            scores(&reference, Binning::EvidentlySturges),
            scores(&reference, quantiles),
        );
        assert!(
            before.0.0 > 0.9 && after.0.0 < 0.03,
            "PSI {before:?} {after:?}"
        );
        assert!(
            before.0.1 > 0.3 && after.0.1 < 0.02,
            "Jensen–Shannon {before:?} {after:?}"
        );
        assert!(
            (before.1.0 / after.1.0 - 1.0).abs() < 0.01,
            "PSI {before:?} {after:?}"
        );
        assert!(
            (before.1.1 / after.1.1 - 1.0).abs() < 0.01,
            "JS {before:?} {after:?}"
        );
    }

    #[test]
    fn constants_and_endless_widths_have_bins_too() {
        let constant = sample(&[3.0; 5]);
        assert_eq!(doane_edges(&constant), [2.5, 3.5]);
        assert_eq!(sturges_edges(&constant, &constant), [2.5, 3.5]);
        let endless = sample(&[0.0, 1.0, f64::INFINITY]);
        assert_eq!(sturges_edges(&endless, &constant).len(), 2);
        let (a, b) = binned_shares(&constant, &endless, Binning::ReferenceQuantiles(10));
        assert_eq!((a.iter().sum::<u64>(), b.iter().sum::<u64>()), (5, 3));
    }
}

//! How far the distribution of a column is from that of another: sizes of a difference, not probabilities.

use std::collections::BTreeMap;

use super::rule::Measure;

/// Values of a column: as numbers, or as counts of what has no order.
pub(super) enum Sample {
    Numbers(Vec<f64>),
    Categories(BTreeMap<u128, u64>),
}

/// Bins of a measure that needs them: tenths of the reference.
const BINS: usize = 10;

/// The distance, or nothing if a sample is empty or the measure says nothing about this kind of values.
///
/// Bins are cut by the quantiles of the reference, so that one value far away moves no bin; an empty bin counts half a row
/// where a logarithm needs more than nothing.
pub(super) fn distance(measure: Measure, reference: &Sample, current: &Sample) -> Option<f64> {
    if let (Measure::KolmogorovSmirnov, Sample::Numbers(reference), Sample::Numbers(current)) =
        (measure, reference, current)
    {
        return kolmogorov_smirnov(reference, current);
    }
    let (before, after) = match (reference, current) {
        (Sample::Numbers(reference), Sample::Numbers(current)) => binned(reference, current)?,
        (Sample::Categories(reference), Sample::Categories(current)) => {
            let keys: std::collections::BTreeSet<_> =
                reference.keys().chain(current.keys()).collect();
            let count = |sample: &BTreeMap<u128, u64>, key: &u128| {
                sample.get(key).copied().unwrap_or(0) as f64
            };
            keys.iter()
                .map(|key| (count(reference, key), count(current, key)))
                .unzip()
        }
        _ => return None,
    };
    let (rows_before, rows_after) = (before.iter().sum::<f64>(), after.iter().sum::<f64>());
    if rows_before == 0.0 || rows_after == 0.0 {
        return None;
    }
    let shares = |smoothed: bool| {
        before.iter().zip(&after).map(move |(before, after)| {
            let share = |count: f64, rows: f64| {
                if smoothed {
                    count.max(0.5) / rows
                } else {
                    count / rows
                }
            };
            (share(*before, rows_before), share(*after, rows_after))
        })
    };
    match measure {
        Measure::KolmogorovSmirnov => None,
        Measure::LargestDifference => shares(false).map(|(p, q)| (p - q).abs()).reduce(f64::max),
        Measure::PopulationStability => {
            Some(shares(true).map(|(p, q)| (q - p) * (q / p).ln()).sum())
        }
        Measure::KullbackLeibler => Some(
            shares(false)
                .filter(|(_, q)| *q > 0.0)
                .map(|(p, q)| q * (q / p).ln())
                .sum(),
        ),
        Measure::JensenShannon => {
            let part = |p: f64, mean: f64| if p > 0.0 { p * (p / mean).log2() } else { 0.0 };
            let divergence: f64 = shares(false)
                .map(|(p, q)| (part(p, f64::midpoint(p, q)) + part(q, f64::midpoint(p, q))) / 2.0)
                .sum();
            Some(divergence.max(0.0).sqrt())
        }
        Measure::ChiSquare => {
            let rows = rows_before + rows_after;
            let statistic: f64 = before
                .iter()
                .zip(&after)
                .filter(|(before, after)| *before + *after > 0.0)
                .map(|(before, after)| {
                    let share = (before + after) / rows;
                    let (one, two) = (share * rows_before, share * rows_after);
                    (before - one).powi(2) / one + (after - two).powi(2) / two
                })
                .sum();
            // A table of two rows: the smaller side less one is one.
            Some((statistic / rows).sqrt())
        }
    }
}

fn kolmogorov_smirnov(reference: &[f64], current: &[f64]) -> Option<f64> {
    if reference.is_empty() || current.is_empty() {
        return None;
    }
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (one, two) = (sorted(reference), sorted(current));
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < one.len() && j < two.len() {
        let value = one[i].min(two[j]);
        while i < one.len() && one[i] <= value {
            i += 1;
        }
        while j < two.len() && two[j] <= value {
            j += 1;
        }
        let distance = i as f64 / one.len() as f64 - j as f64 / two.len() as f64;
        largest = largest.max(distance.abs());
    }
    Some(largest)
}

/// Counts in bins that hold a tenth of the reference each; fewer where values are alike.
fn binned(reference: &[f64], current: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut sorted = reference.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..BINS)
        .filter_map(|bin| sorted.get(bin * sorted.len() / BINS).copied())
        .collect();
    edges.dedup();
    let counted = |values: &[f64]| {
        let mut counts = vec![0.0; edges.len() + 1];
        for value in values {
            counts[edges.partition_point(|edge| edge <= value)] += 1.0;
        }
        counts
    };
    (!sorted.is_empty()).then(|| (counted(reference), counted(current)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_samples_have_no_distance_and_a_shift_has_one() {
        let before: Vec<f64> = (0..1000).map(f64::from).collect();
        let after: Vec<f64> = before.iter().map(|value| value + 500.0).collect();
        for measure in Measure::ALL {
            let same = distance(
                *measure,
                &Sample::Numbers(before.clone()),
                &Sample::Numbers(before.clone()),
            );
            assert!(same.unwrap().abs() < 1e-12, "{}", measure.name());
            let moved = distance(
                *measure,
                &Sample::Numbers(before.clone()),
                &Sample::Numbers(after.clone()),
            );
            assert!(moved.unwrap() > 0.3, "{}: {moved:?}", measure.name());
        }
        assert_eq!(kolmogorov_smirnov(&before, &after), Some(0.5));
    }

    #[test]
    fn one_value_far_away_changes_little() {
        let before: Vec<f64> = (0..5000).map(|value| f64::from(value % 97)).collect();
        let mut after: Vec<f64> = before.iter().map(|value| value + 30.0).collect();
        let clean = distance(
            Measure::PopulationStability,
            &Sample::Numbers(before.clone()),
            &Sample::Numbers(after.clone()),
        )
        .unwrap();
        after.push(1e6);
        let with = distance(
            Measure::PopulationStability,
            &Sample::Numbers(before),
            &Sample::Numbers(after),
        )
        .unwrap();
        assert!((with / clean - 1.0).abs() < 0.05, "{with} for {clean}");
    }

    #[test]
    fn categories_are_compared_by_share() {
        let before = Sample::Categories(BTreeMap::from([(1, 50), (2, 50)]));
        let after = Sample::Categories(BTreeMap::from([(1, 25), (3, 75)]));
        let found = |measure| distance(measure, &before, &after).unwrap();
        assert_eq!(found(Measure::LargestDifference), 0.75);
        assert_eq!(found(Measure::KullbackLeibler), f64::INFINITY);
        // By hand: ((0.5 lb 4/3 + 0.25 lb 2/3) + 0.5 lb 2 + 0.75 lb 2) / 2, and the root of it.
        let divergence =
            (0.5 * (4_f64 / 3.0).log2() + 0.25 * (2_f64 / 3.0).log2() + 0.5 + 0.75) / 2.0;
        assert!((found(Measure::JensenShannon) - divergence.sqrt()).abs() < 1e-12);
        assert!(distance(Measure::KolmogorovSmirnov, &before, &after).is_none());
    }
}

//! How far the distribution of a column is from that of another, and whether chance explains it.

use std::collections::BTreeMap;

use super::check::{NoEvidence, Verdict};
use super::finish::{Circumstances, Finished};
use super::keys;
use super::program::Compiled;
use super::rule::{Measure, Rule};
use crate::DataError;
use crate::change::choice::{self, are_categories, few_values, is_too_small, largest_gap};
use crate::profile::{Values, valid_rows};
use crate::statistics::{
    Binning, JensenShannon, Sample, StatisticsError, ZeroShares, benjamini_hochberg, binned_shares,
    chi_square_homogeneity, jensen_shannon, kullback_leibler, largest_difference,
    population_stability,
};

/// The level at which false alarms of all `distribution` rules of a contract are held together.
const LEVEL: f64 = 0.05;

/// Bins of a measure that needs them: tenths of the reference.
const BINS: usize = 10;

/// What a column holds.
pub(super) enum Current {
    Numbers(Vec<f64>),
    Categories(BTreeMap<u128, u64>),
}

/// Values of a column on two sides, the reference first: as numbers, or as counts of what has no order.
enum Sides {
    Numbers(Sample, Sample),
    Categories(BTreeMap<u128, [u64; 2]>),
}

/// How far the sides are from each other, and how probable a difference at least as large is where nothing changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Difference {
    pub(super) distance: f64,
    pub(super) p_value: f64,
}

impl Compiled<'_> {
    /// How far the column is from its reference, and whether that is large enough to matter.
    pub(super) fn distribution(
        &self,
        current: Current,
        context: &Circumstances<'_>,
    ) -> Result<Result<(Difference, bool), NoEvidence>, DataError> {
        let Rule::Distribution {
            table,
            column,
            measure,
            at_most,
        } = &self.clause.rule
        else {
            return Ok(Err(NoEvidence::WrongKind));
        };
        let name = column.as_ref().unwrap_or(&self.clause.columns[0]);
        let other = context.tables[table].column(name)?;
        let values = Values::of(&other)?;
        let nulls = values.nulls();
        let rows = || valid_rows(nulls.as_ref(), other.len());
        let sides = match current {
            Current::Numbers(current) => {
                let numbers = rows().filter_map(|row| values.number(row));
                let reference: Vec<f64> = numbers.filter(|value| !value.is_nan()).collect();
                if reference.is_empty() {
                    return Ok(Err(NoEvidence::MissingReference));
                }
                Sides::Numbers(Sample::new(reference)?, Sample::new(current)?)
            }
            Current::Categories(current) => {
                let mut counts: BTreeMap<u128, [u64; 2]> = current
                    .into_iter()
                    .map(|(key, count)| (key, [0, count]))
                    .collect();
                rows()
                    .for_each(|row| counts.entry(keys::of_row(&values, row)).or_default()[0] += 1);
                Sides::Categories(counts)
            }
        };
        let found = difference(*measure, &sides)?;
        Ok(found.map(|found| (found, found.distance > *at_most)))
    }
}

/// Judges all differences of distributions together: one that matters fails if chance is no explanation, with the false alarms
/// held over all of them.
pub(super) fn judge_differences(finished: &mut [Finished]) -> Result<(), DataError> {
    let open: Vec<&mut Finished> = finished
        .iter_mut()
        .filter(|finished| finished.difference.is_some())
        .collect();
    let differences = open.iter().filter_map(|finished| finished.difference);
    let (p_values, matters): (Vec<f64>, Vec<bool>) = differences.unzip();
    let adjusted = benjamini_hochberg(&p_values)?;
    for ((finished, p_value), matters) in open.into_iter().zip(adjusted).zip(matters) {
        let fails = matters && p_value <= LEVEL;
        finished.check.p_value = Some(p_value);
        finished.check.verdict = if fails { Verdict::Fail } else { Verdict::Pass };
    }
    Ok(())
}

/// The distance by this measure, and the test that `change` would choose.
///
/// Bins are cut by the quantiles of the reference, so that one value far away moves no bin; each counts half a row more where a
/// logarithm needs more than nothing.
fn difference(
    measure: Measure,
    sides: &Sides,
) -> Result<Result<Difference, NoEvidence>, StatisticsError> {
    let (reference, current) = match sides {
        Sides::Numbers(reference, current) => {
            binned_shares(reference, current, Binning::ReferenceQuantiles(BINS))
        }
        Sides::Categories(counts) => {
            let mut pairs: Vec<[u64; 2]> = counts.values().copied().collect();
            pairs.sort_by_key(|pair| std::cmp::Reverse(pair[0] + pair[1]));
            pairs.into_iter().map(|[one, two]| (one, two)).unzip()
        }
    };
    let [n, m] = [&reference, &current].map(|counts| counts.iter().sum::<u64>());
    if n == 0 {
        return Ok(Err(NoEvidence::MissingReference));
    }
    if m == 0 || is_too_small(n as usize, m as usize, LEVEL) {
        return Ok(Err(NoEvidence::TooFew));
    }
    let floats = |counts: &[u64]| counts.iter().map(|count| *count as f64).collect::<Vec<_>>();
    let shares = [floats(&reference), floats(&current)];
    let distance = match (measure, sides) {
        (Measure::KolmogorovSmirnov, Sides::Numbers(one, two)) => largest_gap(one, two).statistic,
        (Measure::KolmogorovSmirnov, Sides::Categories(_)) => {
            return Ok(Err(NoEvidence::WrongKind));
        }
        (Measure::LargestDifference, _) => largest_difference(&shares[0], &shares[1])?,
        (Measure::PopulationStability, _) => {
            population_stability(&reference, &current, ZeroShares::HalfARow)?
        }
        (Measure::KullbackLeibler, _) => kullback_leibler(&shares[1], &shares[0])?,
        (Measure::JensenShannon, _) => {
            jensen_shannon(&shares[0], &shares[1], JensenShannon::DistanceBits)?
        }
        (Measure::ChiSquare, _) => {
            // A table of two rows: the smaller side less one is one.
            let found = chi_square_homogeneity(&reference, &current, false)?;
            (found.statistic / (n + m) as f64).sqrt()
        }
    };
    let tested = match sides {
        Sides::Numbers(one, two) => choice::of_numbers(one, two, few_values(one, two).as_deref())?,
        Sides::Categories(counts)
            if counts.len() > 1 && !are_categories(counts.len() as u64, n + m) =>
        {
            return Ok(Err(NoEvidence::TooFew));
        }
        Sides::Categories(_) => choice::of_counts(&reference, &current)?,
    };
    Ok(Ok(Difference {
        distance,
        p_value: tested.p_value,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(reference: &[f64], current: &[f64]) -> Sides {
        let sample = |values: &[f64]| Sample::new(values.to_vec()).unwrap();
        Sides::Numbers(sample(reference), sample(current))
    }

    fn found(measure: Measure, sides: &Sides) -> Difference {
        difference(measure, sides).unwrap().unwrap()
    }

    #[test]
    fn equal_samples_have_no_distance_and_a_shift_has_one_that_chance_does_not_explain() {
        let before: Vec<f64> = (0..1000).map(f64::from).collect();
        let after: Vec<f64> = before.iter().map(|value| value + 500.0).collect();
        for measure in Measure::ALL {
            let same = found(*measure, &numbers(&before, &before));
            assert!(same.distance.abs() < 1e-12, "{}", measure.name());
            assert_eq!(same.p_value, 1.0);
            let moved = found(*measure, &numbers(&before, &after));
            assert!(moved.distance > 0.3, "{}: {moved:?}", measure.name());
            assert!(moved.p_value < 1e-100, "{}: {moved:?}", measure.name());
        }
        let gap = found(Measure::KolmogorovSmirnov, &numbers(&before, &after));
        assert_eq!(gap.distance, 0.5);
    }

    #[test]
    fn a_large_distance_of_few_values_may_be_chance_and_of_fewer_is_unknown() {
        let few = numbers(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.5, 3.5, 4.5, 5.5, 6.5]);
        let found = found(Measure::KolmogorovSmirnov, &few);
        assert!(found.distance >= 0.4 && found.p_value > 0.5, "{found:?}");
        let fewer = difference(Measure::KolmogorovSmirnov, &numbers(&[1.0; 3], &[9.0; 3]));
        assert_eq!(fewer, Ok(Err(NoEvidence::TooFew)));
    }

    #[test]
    fn one_value_far_away_changes_little() {
        let before: Vec<f64> = (0..5000).map(|value| f64::from(value % 97)).collect();
        let mut after: Vec<f64> = before.iter().map(|value| value + 30.0).collect();
        let clean = found(Measure::PopulationStability, &numbers(&before, &after));
        after.push(1e6);
        let with = found(Measure::PopulationStability, &numbers(&before, &after));
        let change = with.distance / clean.distance - 1.0;
        assert!(change.abs() < 0.05, "{with:?} for {clean:?}");
    }

    #[test]
    fn categories_are_compared_by_share() {
        let sides = Sides::Categories(BTreeMap::from([(1, [50, 25]), (2, [50, 0]), (3, [0, 75])]));
        let distance = |measure| found(measure, &sides).distance;
        assert_eq!(distance(Measure::LargestDifference), 0.75);
        assert_eq!(distance(Measure::KullbackLeibler), f64::INFINITY);
        // By hand: ((0.5 lb 4/3 + 0.25 lb 2/3) + 0.5 lb 2 + 0.75 lb 2) / 2, and the root of it.
        let divergence =
            (0.5 * (4_f64 / 3.0).log2() + 0.25 * (2_f64 / 3.0).log2() + 0.5 + 0.75) / 2.0;
        assert!((distance(Measure::JensenShannon) - divergence.sqrt()).abs() < 1e-12);
        // Of a table of two rows: 100 rows a side, so that χ² = Σ (a − b)² / (a + b).
        let cramers_v = ((625.0 / 75.0 + 50.0 + 75.0) / 200.0_f64).sqrt();
        assert!((distance(Measure::ChiSquare) - cramers_v).abs() < 1e-12);
        assert!(found(Measure::LargestDifference, &sides).p_value < 1e-20);
        let by_rank = difference(Measure::KolmogorovSmirnov, &sides);
        assert_eq!(by_rank, Ok(Err(NoEvidence::WrongKind)));
    }

    #[test]
    fn values_that_hardly_repeat_are_unknown() {
        let names = (0..200).map(|key| (key, if key < 100 { [1, 0] } else { [0, 1] }));
        let found = difference(Measure::JensenShannon, &Sides::Categories(names.collect()));
        assert_eq!(found, Ok(Err(NoEvidence::TooFew)));
    }
}

//! Distances between two lists of shares: PSI, Jensen–Shannon, Hellinger, Kullback–Leibler, the largest difference.

use super::StatisticsError;

/// What is called Jensen–Shannon: tools agree neither on the base of the logarithm nor on whether the root is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JensenShannon {
    /// The root of the divergence in natural units: scipy's default, and Evidently's.
    #[default]
    DistanceNatural,
    /// The root of the divergence in bits, from 0 to 1: NannyML's.
    DistanceBits,
    /// The divergence in bits, from 0 to 1: what TensorFlow Data Validation's thresholds mean.
    DivergenceBits,
}

/// What PSI does with a category that one side lacks, where its formula divides by zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum ZeroShares {
    /// Both sides get this many rows more in every category, and the shares are taken anew: they still add up to one, and what an
    /// absent category costs depends on how many rows did not show it. One half is the usual choice (H. Jeffreys 1946).
    #[default]
    HalfARow,
    /// A zero becomes 0.0001, or a millionth of the least share of its side if that is at most 0.0001; nothing is scaled back. So
    /// one row more or less can change the value tenfold. Evidently's.
    Evidently,
}

/// The population stability index: Σ (b - a) ln(b / a) over the shares a and b of two lists of counts.
///
/// Credit scoring takes 0.1 for a change to look at and 0.25 for a large one. The value grows with the number of categories and
/// with fewer rows where nothing changed: compare it between tables of one size, or use a test.
///
/// # Errors
/// The lists differ in length, or one adds up to nothing.
pub fn population_stability(
    reference: &[u64],
    current: &[u64],
    zeros: ZeroShares,
) -> Result<f64, StatisticsError> {
    let side = |counts: &[u64]| {
        let counts: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
        match zeros {
            ZeroShares::HalfARow => {
                normalised(&counts.iter().map(|count| count + 0.5).collect::<Vec<_>>())
            }
            ZeroShares::Evidently => normalised(&counts).map(|shares| filled(&shares)),
        }
    };
    for counts in [reference, current] {
        if counts.iter().all(|count| *count == 0) {
            return Err(StatisticsError::Empty { what: "the counts" });
        }
    }
    same_length(reference.len(), current.len())?;
    let (reference, current) = (side(reference)?, side(current)?);
    let pairs = reference.iter().zip(&current);
    Ok(pairs.map(|(a, b)| (b - a) * (b / a).ln()).sum())
}

fn filled(shares: &[f64]) -> Vec<f64> {
    let least = shares
        .iter()
        .copied()
        .filter(|share| *share > 0.0)
        .fold(1.0, f64::min);
    let fill = if least <= 1e-4 { least / 1e6 } else { 1e-4 };
    let replace = |share: &f64| if *share == 0.0 { fill } else { *share };
    shares.iter().map(replace).collect()
}

/// The Jensen–Shannon distance or divergence of two lists of shares or weights, each scaled to add up to one.
///
/// # Errors
/// The lists differ in length, one adds up to nothing, or holds a negative weight or none.
pub fn jensen_shannon(
    reference: &[f64],
    current: &[f64],
    variant: JensenShannon,
) -> Result<f64, StatisticsError> {
    let (p, q) = both(reference, current)?;
    let mut sum = 0.0;
    for (p, q) in p.iter().zip(&q) {
        let middle = (p + q) / 2.0;
        for share in [p, q] {
            if *share > 0.0 {
                sum += share * (share / middle).ln();
            }
        }
    }
    // Rounding may leave a trace below zero.
    let natural = (sum / 2.0).max(0.0);
    Ok(match variant {
        JensenShannon::DistanceNatural => natural.sqrt(),
        JensenShannon::DistanceBits => (natural / std::f64::consts::LN_2).sqrt(),
        JensenShannon::DivergenceBits => natural / std::f64::consts::LN_2,
    })
}

/// Hellinger's distance of two lists of shares or weights, from 0 to 1.
///
/// # Errors
/// As [`jensen_shannon`].
pub fn hellinger(reference: &[f64], current: &[f64]) -> Result<f64, StatisticsError> {
    let (p, q) = both(reference, current)?;
    let pairs = p.iter().zip(&q);
    let squares: f64 = pairs.map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2)).sum();
    Ok((squares / 2.0).sqrt())
}

/// The Kullback–Leibler divergence Σ p ln(p / q) of `current` (p) from `reference` (q), in natural units.
///
/// Infinite where `current` has what `reference` lacks: that is the answer, not a failure.
///
/// # Errors
/// As [`jensen_shannon`].
pub fn kullback_leibler(current: &[f64], reference: &[f64]) -> Result<f64, StatisticsError> {
    let (p, q) = both(current, reference)?;
    let pairs = p.iter().zip(&q).filter(|(p, _)| **p > 0.0);
    let sum: f64 = pairs.map(|(p, q)| p * (p / q).ln()).sum();
    Ok(sum.max(0.0))
}

/// The largest difference between two shares of one category (L∞), from 0 to 1.
///
/// # Errors
/// As [`jensen_shannon`].
pub fn largest_difference(reference: &[f64], current: &[f64]) -> Result<f64, StatisticsError> {
    let (p, q) = both(reference, current)?;
    let pairs = p.iter().zip(&q);
    Ok(pairs.map(|(p, q)| (p - q).abs()).fold(0.0, f64::max))
}

/// The share of rows that would have to change their category, from 0 to 1.
///
/// # Errors
/// As [`jensen_shannon`].
pub fn total_variation(reference: &[f64], current: &[f64]) -> Result<f64, StatisticsError> {
    let (p, q) = both(reference, current)?;
    let pairs = p.iter().zip(&q);
    Ok(pairs.map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0)
}

fn both(first: &[f64], second: &[f64]) -> Result<(Vec<f64>, Vec<f64>), StatisticsError> {
    same_length(first.len(), second.len())?;
    Ok((normalised(first)?, normalised(second)?))
}

fn same_length(first: usize, second: usize) -> Result<(), StatisticsError> {
    if first == second {
        return Ok(());
    }
    Err(StatisticsError::argument(
        "the number of categories",
        format!("{first} and {second}"),
        "the same on both sides",
    ))
}

fn normalised(weights: &[f64]) -> Result<Vec<f64>, StatisticsError> {
    if let Some(weight) = weights
        .iter()
        .find(|weight| !(**weight >= 0.0 && weight.is_finite()))
    {
        return Err(StatisticsError::argument(
            "a weight",
            weight,
            "zero or more",
        ));
    }
    let sum: f64 = weights.iter().sum();
    if sum == 0.0 {
        return Err(StatisticsError::Empty {
            what: "the weights",
        });
    }
    Ok(weights.iter().map(|weight| weight / sum).collect())
}

#[cfg(test)]
mod tests {
    use super::{
        JensenShannon, ZeroShares, hellinger, jensen_shannon, kullback_leibler, largest_difference,
        population_stability, total_variation,
    };
    use crate::statistics::oracles::{Draws, INPUTS};

    fn entropy(shares: &[f64]) -> f64 {
        let used = shares.iter().filter(|share| **share > 0.0);
        -used.map(|share| share * share.log2()).sum::<f64>()
    }

    #[test]
    fn each_distance_is_that_of_its_other_definition() {
        let mut draws = Draws::new(61);
        let mut seen = 0;
        let near = |found: f64, expected: f64| {
            assert!(
                (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
                "{found} {expected}"
            );
        };
        while seen < INPUTS {
            let length = 1 + draws.below(12) as usize;
            let (a, b) = (draws.counts(length), draws.counts(length));
            let (n, m) = (a.iter().sum::<u64>() as f64, b.iter().sum::<u64>() as f64);
            if n == 0.0 || m == 0.0 {
                continue;
            }
            seen += 1;
            let p: Vec<f64> = a.iter().map(|count| *count as f64 / n).collect();
            let q: Vec<f64> = b.iter().map(|count| *count as f64 / m).collect();
            let pairs = || p.iter().zip(&q);
            // Jensen–Shannon is the entropy of the mixture less the mean of the entropies.
            let mixture: Vec<f64> = pairs().map(|(p, q)| (p + q) / 2.0).collect();
            let divergence = (entropy(&mixture) - (entropy(&p) + entropy(&q)) / 2.0).max(0.0);
            near(
                jensen_shannon(&p, &q, JensenShannon::DivergenceBits).unwrap(),
                divergence,
            );
            let distance = jensen_shannon(&p, &q, JensenShannon::DistanceBits).unwrap();
            near(distance * distance, divergence);
            let natural = jensen_shannon(&p, &q, JensenShannon::DistanceNatural).unwrap();
            near(natural * natural, divergence * std::f64::consts::LN_2);
            // Hellinger's is 1 less the overlap.
            let overlap: f64 = pairs().map(|(p, q)| (p * q).sqrt()).sum();
            near(hellinger(&p, &q).unwrap().powi(2), 1.0 - overlap);
            // Total variation is what one side has more of, the largest such difference L∞.
            let more: f64 = pairs().map(|(p, q)| (p - q).max(0.0)).sum();
            near(total_variation(&p, &q).unwrap(), more);
            let mut gaps: Vec<f64> = pairs().map(|(p, q)| (p - q).abs()).collect();
            gaps.sort_by(f64::total_cmp);
            near(largest_difference(&p, &q).unwrap(), gaps[gaps.len() - 1]);
            // PSI is the sum of both Kullback–Leibler divergences of the smoothed shares.
            let smooth = |counts: &[u64]| {
                counts
                    .iter()
                    .map(|count| *count as f64 + 0.5)
                    .collect::<Vec<_>>()
            };
            let (s, t) = (smooth(&a), smooth(&b));
            let both = kullback_leibler(&s, &t).unwrap() + kullback_leibler(&t, &s).unwrap();
            near(
                population_stability(&a, &b, ZeroShares::HalfARow).unwrap(),
                both,
            );
            let cross: f64 = pairs()
                .filter(|(p, _)| **p > 0.0)
                .map(|(p, q)| -p * q.log2())
                .sum();
            let found = kullback_leibler(&p, &q).unwrap();
            if cross.is_finite() {
                near(
                    found / std::f64::consts::LN_2,
                    (cross - entropy(&p)).max(0.0),
                );
            } else {
                assert!(found.is_infinite());
            }
        }
    }

    #[test]
    fn one_row_more_does_not_change_the_index_tenfold() {
        // 10,000 rows, one category with one or two of them, absent on the other side.
        let index = |rare: u64, zeros| {
            population_stability(&[10_000 - rare, rare, 0], &[9_000, 500, 500], zeros).unwrap()
        };
        let jump = |zeros| (index(2, zeros) - index(1, zeros)).abs() / index(2, zeros);
        assert!(
            jump(ZeroShares::Evidently) > 0.5,
            "{}",
            jump(ZeroShares::Evidently)
        );
        assert!(
            jump(ZeroShares::HalfARow) < 0.1,
            "{}",
            jump(ZeroShares::HalfARow)
        );
        // Deequ does not smooth at all.
        assert!((0.05 * (0.05_f64 / 0.0).ln()).is_infinite());
    }

    #[test]
    fn weights_that_are_none_are_refused() {
        assert!(hellinger(&[1.0], &[0.5, 0.5]).is_err());
        assert!(hellinger(&[0.0], &[1.0]).is_err());
        assert!(hellinger(&[-1.0, 2.0], &[0.5, 0.5]).is_err());
        assert!(hellinger(&[f64::NAN, 2.0], &[0.5, 0.5]).is_err());
        assert!(population_stability(&[0, 0], &[1, 2], ZeroShares::HalfARow).is_err());
    }
}

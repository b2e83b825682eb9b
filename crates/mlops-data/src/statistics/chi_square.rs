//! The chi-square test of homogeneity: are two tables of counts shares of one distribution?

use super::special::chi_square_tail;
use super::{StatisticsError, TestResult};

/// Expected counts below this make the chi-square distribution a poor guide (W. G. Cochran 1954).
const LEAST_EXPECTED: f64 = 5.0;

/// What the test of homogeneity found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HomogeneityTest {
    /// Pearson's statistic.
    pub statistic: f64,
    /// From 0 to 1.
    pub p_value: f64,
    /// One less than the categories that were compared.
    pub degrees_of_freedom: usize,
    /// How many categories were put together because they are rare.
    pub pooled: usize,
}

/// Tests whether two rows of counts, category by category, come from one distribution. Both rows are samples: to take the
/// reference for the truth, as a goodness-of-fit test does, gives 28 % false alarms at a nominal 5 %.
///
/// With `pool_rare`, categories that expect less than 5 in the smaller row are put together, and if that is still too few,
/// joined to the least of the others; which ones is decided by the two rows together, so that the test stays honest. Without it
/// the numbers are those of scipy's `chi2_contingency(…, correction=False)`, less the categories that occur nowhere.
///
/// # Errors
/// The rows differ in length, a row is empty or all zero.
pub fn chi_square_homogeneity(
    reference: &[u64],
    current: &[u64],
    pool_rare: bool,
) -> Result<HomogeneityTest, StatisticsError> {
    let (n, m) = totals(reference, current)?;
    let mut pairs: Vec<(u64, u64)> = reference
        .iter()
        .copied()
        .zip(current.iter().copied())
        .filter(|(a, b)| a + b > 0)
        .collect();
    let mut pooled = 0;
    if pool_rare {
        let share = n.min(m) / (n + m);
        let is_rare = |(a, b): &(u64, u64)| (a + b) as f64 * share < LEAST_EXPECTED;
        let (rare, mut kept): (Vec<_>, Vec<_>) = pairs.into_iter().partition(is_rare);
        if !rare.is_empty() {
            pooled = rare.len();
            let sum = |rows: &[(u64, u64)]| {
                rows.iter()
                    .fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1))
            };
            let mut pool = sum(&rare);
            if is_rare(&pool) && !kept.is_empty() {
                kept.sort_unstable_by_key(|(a, b)| std::cmp::Reverse(a + b));
                let least = kept.pop().unwrap_or_default();
                pool = sum(&[pool, least]);
                pooled += 1;
            }
            kept.push(pool);
        }
        pairs = kept;
    }
    let statistic = pairs
        .iter()
        .map(|(a, b)| {
            let both = (a + b) as f64;
            let (for_a, for_b) = (both * n / (n + m), both * m / (n + m));
            (*a as f64 - for_a).powi(2) / for_a + (*b as f64 - for_b).powi(2) / for_b
        })
        .sum();
    let degrees_of_freedom = pairs.len() - 1;
    Ok(HomogeneityTest {
        statistic,
        p_value: if degrees_of_freedom == 0 {
            1.0
        } else {
            chi_square_tail(statistic, degrees_of_freedom)
        },
        degrees_of_freedom,
        pooled,
    })
}

/// The test of a table of two by two with the continuity correction of F. Yates (1934), scipy's default for such tables.
///
/// It makes the p-value larger, at 5 % by about a half: prefer [`chi_square_homogeneity`], or
/// [`fisher_exact`](super::fisher_exact) where counts are small.
///
/// # Errors
/// A row or a column is all zero.
pub fn chi_square_two_by_two_yates(table: [[u64; 2]; 2]) -> Result<TestResult, StatisticsError> {
    let (n, m) = totals(&table[0], &table[1])?;
    let columns = [0, 1].map(|j| (table[0][j] + table[1][j]) as f64);
    if columns.contains(&0.0) {
        return Err(StatisticsError::Empty {
            what: "a column of the table",
        });
    }
    let mut statistic = 0.0;
    for (row, total) in table.iter().zip([n, m]) {
        for (count, column) in row.iter().zip(columns) {
            let expected = total * column / (n + m);
            let difference = (*count as f64 - expected).abs();
            statistic += (difference - difference.min(0.5)).powi(2) / expected;
        }
    }
    Ok(TestResult {
        statistic,
        p_value: chi_square_tail(statistic, 1),
    })
}

fn totals(reference: &[u64], current: &[u64]) -> Result<(f64, f64), StatisticsError> {
    if reference.len() != current.len() {
        return Err(StatisticsError::argument(
            "the number of categories",
            format!("{} and {}", reference.len(), current.len()),
            "the same on both sides",
        ));
    }
    let total = |counts: &[u64], what| match counts.iter().sum::<u64>() {
        0 => Err(StatisticsError::Empty { what }),
        total => Ok(total as f64),
    };
    Ok((
        total(reference, "the reference's counts")?,
        total(current, "the current counts")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::{chi_square_homogeneity, chi_square_two_by_two_yates};
    use crate::statistics::oracles::{Draws, INPUTS, assert_near};

    /// Pearson's statistic by the other formula, and the tail by integrating the density.
    fn slow(a: &[u64], b: &[u64]) -> (f64, usize) {
        let n: u64 = a.iter().sum();
        let m: u64 = b.iter().sum();
        let used = a.iter().zip(b).filter(|(a, b)| *a + *b > 0);
        let sum: f64 = used
            .clone()
            .map(|(a, b)| {
                let cross = *a as f64 * m as f64 - *b as f64 * n as f64;
                cross * cross / (*a + *b) as f64
            })
            .sum();
        (sum / (n as f64 * m as f64), used.count() - 1)
    }

    /// The upper tail by Simpson's rule after t = tan-like stretching, for a few degrees of freedom.
    fn tail_by_integration(x: f64, degrees: usize) -> f64 {
        let half = degrees as f64 / 2.0;
        let mut gamma = if degrees.is_multiple_of(2) {
            1.0
        } else {
            std::f64::consts::PI.sqrt()
        };
        let mut factor = half - 1.0;
        while factor > 0.0 {
            gamma *= factor;
            factor -= 1.0;
        }
        let density = |t: f64| (t / 2.0).powf(half - 1.0) * (-t / 2.0).exp() / (2.0 * gamma);
        // t = x + u/(1-u): the tail lives on 0 ≤ u < 1; trapezoid with a smooth end by u = tanh-sinh.
        let steps = 400;
        let h = 6.4 / steps as f64;
        (0..=steps)
            .map(|k| {
                let s = -3.2 + k as f64 * h;
                let inner = std::f64::consts::FRAC_PI_2 * s.sinh();
                // t - x = e^(2 inner), which runs from 0 to infinity.
                let t = (2.0 * inner).exp();
                let weight = 2.0 * t * std::f64::consts::FRAC_PI_2 * s.cosh();
                density(x + t) * weight
            })
            .filter(|value| value.is_finite())
            .sum::<f64>()
            * h
    }

    #[test]
    fn the_statistic_and_its_tail_are_those_of_the_definition() {
        let mut draws = Draws::new(11);
        let mut seen = 0;
        while seen < INPUTS {
            let length = 2 + draws.below(7) as usize;
            let (a, b) = (draws.counts(length), draws.counts(length));
            if a.iter().sum::<u64>() == 0 || b.iter().sum::<u64>() == 0 {
                continue;
            }
            seen += 1;
            let test = chi_square_homogeneity(&a, &b, false).unwrap();
            let (statistic, degrees) = slow(&a, &b);
            assert_near(test.statistic, statistic, 1e-11);
            assert_eq!(test.degrees_of_freedom, degrees);
            if degrees > 0 && test.statistic > 1e-3 {
                assert_near(
                    test.p_value,
                    tail_by_integration(test.statistic, degrees),
                    1e-9,
                );
            }
        }
    }

    #[test]
    fn yates_subtracts_a_half_but_never_overshoots() {
        let even = chi_square_two_by_two_yates([[10, 10], [10, 10]]).unwrap();
        assert_eq!((even.statistic, even.p_value), (0.0, 1.0));
        let nearly = chi_square_two_by_two_yates([[10, 11], [11, 10]]).unwrap();
        assert_eq!(nearly.statistic, 0.0);
        let mut draws = Draws::new(12);
        for _ in 0..INPUTS {
            let table = [0, 1].map(|_| [1 + draws.below(40), 1 + draws.below(40)]);
            let [[a, b], [c, d]] = table.map(|row| row.map(|count| count as f64));
            let n = a + b + c + d;
            // The textbook's shortcut.
            let cross = ((a * d - b * c).abs() - n / 2.0).max(0.0);
            let expected = n * cross * cross / ((a + b) * (c + d) * (a + c) * (b + d));
            let found = chi_square_two_by_two_yates(table).unwrap().statistic;
            assert!(
                (found - expected).abs() <= 1e-11 * expected.max(1.0),
                "{table:?}"
            );
        }
    }

    #[test]
    fn one_unseen_category_in_a_thousand_rows_is_no_news() {
        // Evidently's goodness of fit takes the reference for the truth: no row may ever be in a category it lacks.
        let (reference, current) = ([600_u64, 400, 0], [598_u64, 401, 1]);
        let shares = reference.map(|count| count as f64 / 1000.0);
        let goodness_of_fit: f64 = current
            .iter()
            .zip(shares)
            .map(|(count, share)| (*count as f64 - 1000.0 * share).powi(2) / (1000.0 * share))
            .sum();
        assert!(goodness_of_fit.is_infinite(), "the reference's p is 0");
        let plain = chi_square_homogeneity(&reference, &current, false).unwrap();
        assert!((plain.p_value - 0.6048).abs() < 1e-3, "{plain:?}");
        let ours = chi_square_homogeneity(&reference, &current, true).unwrap();
        assert!(ours.p_value > 0.9, "{ours:?}");
        assert_eq!((ours.degrees_of_freedom, ours.pooled), (1, 2));
    }

    #[test]
    fn rows_that_cannot_be_compared_are_refused() {
        for (a, b, code) in [
            (vec![1, 2], vec![1], "data::statistic_argument"),
            (vec![], vec![], "data::no_values"),
            (vec![0, 0], vec![1, 2], "data::no_values"),
        ] {
            let mistake = chi_square_homogeneity(&a, &b, true).unwrap_err();
            assert_eq!(mistake.code(), code);
        }
        assert!(chi_square_two_by_two_yates([[1, 0], [2, 0]]).is_err());
        let one = chi_square_homogeneity(&[5], &[9], true).unwrap();
        assert_eq!((one.p_value, one.degrees_of_freedom), (1.0, 0));
    }
}

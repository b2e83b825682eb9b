//! Which test fits two samples, and what it finds: one choice for reports of change and for contracts.

use crate::statistics::{
    KsMethod, Sample, StatisticsError, TestResult, chi_square_homogeneity, fisher_exact,
    kolmogorov_smirnov, two_proportions,
};

/// Numbers of at most so many different values are compared value by value: with that many ties the distribution of the
/// Kolmogorov–Smirnov statistic is far from the one that its p-value is of.
const FEW_VALUES: usize = 10;
/// Exact p-values for two samples whose sizes multiply to at most this, or equal ones up to 10,000: a millisecond.
const EXACT_PAIRS: usize = 1_000_000;
const EXACT_EQUAL: usize = 10_000;
/// Counts expected to be smaller get the exact test.
const LEAST_EXPECTED: f64 = 5.0;

/// Whether so many different values among so many are categories: those that hardly repeat have shares that no test can tell from
/// chance.
pub(crate) fn are_categories(different: u64, values: u64) -> bool {
    different.saturating_mul(2) <= values
}

/// What the test that fits found.
pub(crate) struct Tested {
    pub(crate) test: &'static str,
    pub(crate) statistic: f64,
    pub(crate) p_value: f64,
}

/// Whether even the most extreme of all ways to deal the values to two sides is too frequent to be significant.
pub(crate) fn is_too_small(n: usize, m: usize, level: f64) -> bool {
    let (n, m) = (n.min(m), n.max(m));
    let mut share = 2.0;
    for i in 1..=n {
        share *= i as f64 / (m + i) as f64;
        if share <= level {
            return false;
        }
    }
    true
}

/// Two samples of numbers; `few` are the values of both, if they are few.
pub(crate) fn of_numbers(
    reference: &Sample,
    current: &Sample,
    few: Option<&[f64]>,
) -> Result<Tested, StatisticsError> {
    if let Some(values) = few.filter(|values| values.len() > 1) {
        let counts = |sample: &Sample| -> Vec<u64> {
            let count = |value: &f64| sample.count_up_to(*value) - sample.count_below(*value);
            values.iter().map(|value| count(value) as u64).collect()
        };
        let found = chi_square_homogeneity(&counts(reference), &counts(current), true)?;
        if found.degrees_of_freedom > 0 {
            return Ok(Tested {
                test: "chi2",
                statistic: found.statistic,
                p_value: found.p_value,
            });
        }
    }
    let TestResult { statistic, p_value } = largest_gap(reference, current);
    Ok(Tested {
        test: "ks",
        statistic,
        p_value,
    })
}

/// The largest distance of the distribution functions, exact where that is quick.
pub(crate) fn largest_gap(reference: &Sample, current: &Sample) -> TestResult {
    let (n, m) = (reference.len(), current.len());
    let is_exact = n * m <= EXACT_PAIRS || n == m && n <= EXACT_EQUAL;
    let method = if is_exact {
        KsMethod::Exact
    } else {
        KsMethod::Asymptotic
    };
    kolmogorov_smirnov(reference, current, method)
}

/// The values of both samples in order, if they are few.
pub(crate) fn few_values(reference: &Sample, current: &Sample) -> Option<Vec<f64>> {
    let mut values = Vec::new();
    for sample in [reference, current] {
        let mut at = 0;
        while at < sample.len() {
            let value = sample.values()[at];
            if !values.contains(&value) {
                values.push(value);
            }
            if values.len() > FEW_VALUES {
                return None;
            }
            at = sample.count_up_to(value);
        }
    }
    values.sort_by(f64::total_cmp);
    Some(values)
}

/// How often each category occurs on both sides, the most frequent first.
pub(crate) fn of_counts(reference: &[u64], current: &[u64]) -> Result<Tested, StatisticsError> {
    let [n, m] = [reference, current].map(|counts| counts.iter().sum::<u64>());
    let found = chi_square_homogeneity(reference, current, true)?;
    if found.degrees_of_freedom <= 1 && reference.len() > 1 {
        // Two groups are left: the most frequent category, and the rest of them.
        let table = [
            [reference[0], n - reference[0]],
            [current[0], m - current[0]],
        ];
        if least_expected(table) < LEAST_EXPECTED {
            let exact = fisher_exact(table)?;
            return Ok(Tested {
                test: "fisher",
                statistic: exact.statistic,
                p_value: exact.p_value,
            });
        }
    }
    Ok(Tested {
        test: "chi2",
        statistic: found.statistic,
        p_value: found.p_value,
    })
}

/// Two shares, each as many of so many.
pub(crate) fn of_shares(pairs: [(u64, u64); 2]) -> Result<Tested, StatisticsError> {
    let table = pairs.map(|(found, all)| [found, all - found]);
    let (test, TestResult { statistic, p_value }) = if least_expected(table) < LEAST_EXPECTED {
        ("fisher", fisher_exact(table)?)
    } else {
        ("two_proportions", two_proportions(pairs[0], pairs[1])?)
    };
    Ok(Tested {
        test,
        statistic,
        p_value,
    })
}

fn least_expected(table: [[u64; 2]; 2]) -> f64 {
    let all: u64 = table.iter().flatten().sum();
    let rows = table.map(|row| row[0] + row[1]);
    let columns = [0, 1].map(|column| table[0][column] + table[1][column]);
    rows[0].min(rows[1]) as f64 * columns[0].min(columns[1]) as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::is_too_small;

    #[test]
    fn samples_whose_most_extreme_outcome_is_frequent_are_too_small() {
        assert!(is_too_small(3, 3, 0.05), "2 of 20");
        assert!(!is_too_small(4, 4, 0.05), "2 of 70");
        assert!(is_too_small(1, 38, 0.05) && !is_too_small(1, 39, 0.05));
    }
}

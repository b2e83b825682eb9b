//! Fisher's exact test of a table of two by two.

use super::{StatisticsError, TestResult};

/// Tests whether two rows of two counts come from one distribution, by the share of all tables of the same margins that are as
/// improbable (two-sided as scipy and R do it: every table whose probability is at most the one found). Exact at every size,
/// and on the safe side: a p-value below 0.05 is rarer than that.
///
/// The statistic is the odds ratio `ad / bc` of the table, infinite if only the denominator is zero and `NaN` if both are.
///
/// # Errors
/// All counts are zero.
pub fn fisher_exact(table: [[u64; 2]; 2]) -> Result<TestResult, StatisticsError> {
    let [[a, b], [c, d]] = table;
    let (row, other, column) = (a + b, c + d, a + c);
    if row + other == 0 {
        return Err(StatisticsError::Empty { what: "the table" });
    }
    let least = column.saturating_sub(other);
    let most = row.min(column);
    // The probabilities by their ratios to that of the table found: no factorials, no cancellation.
    let ratio_up = |x: u64| {
        (row - x) as f64 * (column - x) as f64 / ((x + 1) as f64 * (other + x + 1 - column) as f64)
    };
    let mut as_improbable = 0.0;
    let mut all = 0.0;
    let mut count = |weight: f64| {
        all += weight;
        // R's allowance for tables that are equally probable but for rounding.
        if weight <= 1.0 + 1e-7 {
            as_improbable += weight;
        }
    };
    count(1.0);
    let mut weight = 1.0;
    for x in a..most {
        weight *= ratio_up(x);
        count(weight);
        if weight == 0.0 {
            break;
        }
    }
    let mut weight = 1.0;
    for x in (least..a).rev() {
        weight /= ratio_up(x);
        count(weight);
        if weight == 0.0 {
            break;
        }
    }
    let p_value = if all.is_finite() {
        as_improbable / all
    } else {
        // So far out that the likeliest table outweighs this one beyond what a double holds.
        0.0
    };
    let statistic = a as f64 * d as f64 / (b as f64 * c as f64);
    Ok(TestResult {
        statistic,
        p_value: p_value.min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::fisher_exact;
    use crate::statistics::oracles::{Draws, INPUTS, assert_near};

    fn choose(n: u64, k: u64) -> u128 {
        (0..k).fold(1, |product, i| {
            product * u128::from(n - i) / u128::from(i + 1)
        })
    }

    #[test]
    fn it_counts_tables_in_whole_numbers() {
        let mut draws = Draws::new(21);
        for _ in 0..INPUTS {
            let [[a, b], [c, d]] = [0, 1].map(|_| [draws.below(25), draws.below(25)]);
            if a + b + c + d == 0 {
                continue;
            }
            let (row, other, column) = (a + b, c + d, a + c);
            let ways = |x: u64| choose(row, x) * choose(other, column - x);
            let found = ways(a);
            let range = column.saturating_sub(other)..=row.min(column);
            let all: u128 = range.clone().map(ways).sum();
            let as_improbable: u128 = range.map(ways).filter(|ways| *ways <= found).sum();
            let test = fisher_exact([[a, b], [c, d]]).unwrap();
            assert_near(test.p_value, as_improbable as f64 / all as f64, 1e-12);
        }
    }

    #[test]
    fn large_tables_neither_overflow_nor_lose_their_digits() {
        let far = fisher_exact([[100_000, 0], [0, 100_000]]).unwrap();
        assert_eq!((far.p_value, far.statistic), (0.0, f64::INFINITY));
        let even = fisher_exact([[100_000, 100_000], [100_000, 100_000]]).unwrap();
        assert_near(even.p_value, 1.0, 1e-12);
        assert_eq!(
            fisher_exact([[0; 2]; 2]).unwrap_err().code(),
            "data::no_values"
        );
    }
}

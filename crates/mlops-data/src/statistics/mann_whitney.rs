//! The Mann–Whitney U test: is a value of one side larger than one of the other as often as not?

use super::TestResult;
use super::sample::{Sample, steps};
use super::special::normal_tail;

/// Up to this size of the smaller sample the distribution is counted, where there are no ties.
const EXACT_UP_TO: usize = 8;

/// Tests whether values of one sample tend to be larger than those of the other, two-sided.
///
/// The statistic is U of the reference: how many pairs have the larger value there, ties half. The p-value is exact if the
/// smaller sample has at most 8 values and no two are equal; else normal, with the correction for ties and for continuity.
/// It sees a change of place, none of spread. Source: H. B. Mann and D. R. Whitney (1947).
pub fn mann_whitney(reference: &Sample, current: &Sample) -> TestResult {
    let (n, m) = (reference.len(), current.len());
    let (size_n, size_m) = (n as f64, m as f64);
    // Twice U: a whole number also with ties.
    let (mut twice, mut below, mut ties) = (0_u128, 0_u128, 0.0);
    let mut tied = false;
    for step in steps(reference, current) {
        let (a, b) = (step.in_first as u128, step.in_second as u128);
        twice += a * (2 * below + b);
        below += b;
        if a + b > 1 {
            tied = true;
            let together = (a + b) as f64;
            ties += together * (together * together - 1.0);
        }
    }
    let statistic = twice as f64 / 2.0;
    let larger = statistic.max(size_n * size_m - statistic);
    let p_value = if n.min(m) <= EXACT_UP_TO && !tied {
        2.0 * exact_tail(n.min(m), n.max(m), larger as usize)
    } else {
        let all = size_n + size_m;
        let variance = size_n * size_m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
        if variance > 0.0 {
            2.0 * normal_tail((larger - size_n * size_m / 2.0 - 0.5) / variance.sqrt())
        } else {
            1.0
        }
    };
    TestResult {
        statistic,
        p_value: p_value.min(1.0),
    }
}

/// P(U ≥ u): counts of partitions, by whether the largest value is of one side or of the other.
fn exact_tail(n: usize, m: usize, u: usize) -> f64 {
    let most = n * m;
    // probability[i][k] for i values against j, as j grows.
    let mut rows = vec![vec![0.0; most + 1]; n + 1];
    for row in &mut rows {
        row[0] = 1.0;
    }
    for j in 1..=m {
        for i in 1..=n {
            // The largest of i + j values is one of the i (and above all j) with probability i / (i + j).
            let share = i as f64 / (i + j) as f64;
            let (before, from) = rows.split_at_mut(i);
            for k in (0..=i * j).rev() {
                let with = if k >= j { before[i - 1][k - j] } else { 0.0 };
                let without = if k <= i * (j - 1) { from[0][k] } else { 0.0 };
                from[0][k] = share * with + (1.0 - share) * without;
            }
        }
    }
    rows[n][u..].iter().sum()
}

#[cfg(test)]
mod tests {
    use super::mann_whitney;
    use crate::statistics::oracles::{Draws, INPUTS, assert_near, sample};
    use crate::statistics::special::normal_tail;

    /// How many of all ways to choose n of the ranks give a U at least as far from the middle.
    fn enumerated(n: usize, m: usize, u: f64) -> f64 {
        let all = n + m;
        let middle = (n * m) as f64 / 2.0;
        let (mut far, mut ways) = (0_u64, 0_u64);
        for chosen in 0_u32..1 << all {
            if chosen.count_ones() as usize != n {
                continue;
            }
            ways += 1;
            let (mut seen, mut pairs) = (0, 0);
            for rank in 0..all {
                if chosen >> rank & 1 == 1 {
                    pairs += rank - seen;
                    seen += 1;
                }
            }
            if (pairs as f64 - middle).abs() >= (u - middle).abs() - 1e-9 {
                far += 1;
            }
        }
        far as f64 / ways as f64
    }

    #[test]
    fn it_counts_pairs_and_corrects_for_ties() {
        let mut draws = Draws::new(31);
        for _ in 0..INPUTS {
            let (a, b) = (draws.values(40), draws.values(40));
            let pairs: f64 = a
                .iter()
                .flat_map(|x| {
                    b.iter()
                        .map(move |y| f64::from(x > y) + 0.5 * f64::from(x == y))
                })
                .sum();
            let test = mann_whitney(&sample(&a), &sample(&b));
            assert_near(test.statistic, pairs, 1e-12);
            let all: Vec<f64> = a.iter().chain(&b).copied().collect();
            let mut sorted = all.clone();
            sorted.sort_by(f64::total_cmp);
            sorted.dedup();
            let has_ties = sorted.len() < all.len();
            if a.len().min(b.len()) <= 8 && !has_ties {
                continue;
            }
            // The variance of a sum of midranks drawn without replacement.
            let rank = |value: &f64| {
                let below = all.iter().filter(|other| *other < value).count() as f64;
                let equal = all.iter().filter(|other| *other == value).count() as f64;
                below + (equal + 1.0) / 2.0
            };
            let ranks: Vec<f64> = all.iter().map(rank).collect();
            let mean = ranks.iter().sum::<f64>() / ranks.len() as f64;
            let spread: f64 = ranks.iter().map(|rank| (rank - mean).powi(2)).sum();
            let (n, m) = (a.len() as f64, b.len() as f64);
            let variance = n * m / ((n + m) * (n + m - 1.0)) * spread;
            let far = (pairs - n * m / 2.0).abs() - 0.5;
            let expected = if variance > 1e-12 {
                (2.0 * normal_tail(far / variance.sqrt())).min(1.0)
            } else {
                1.0
            };
            assert_near(test.p_value, expected, 1e-11);
        }
    }

    #[test]
    fn small_samples_are_enumerated() {
        let mut draws = Draws::new(32);
        for _ in 0..INPUTS {
            let mut drawn = |most: u64| -> Vec<f64> {
                (0..1 + draws.below(most))
                    .map(|_| draws.uniform())
                    .collect()
            };
            let (a, b) = (drawn(6), drawn(8));
            let test = mann_whitney(&sample(&a), &sample(&b));
            assert_near(
                test.p_value,
                enumerated(a.len(), b.len(), test.statistic),
                1e-12,
            );
        }
    }

    #[test]
    fn equal_constants_do_not_differ() {
        let same = sample(&[1.0; 20]);
        let test = mann_whitney(&same, &same);
        assert_eq!((test.statistic, test.p_value), (200.0, 1.0));
    }
}

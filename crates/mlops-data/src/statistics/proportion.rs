//! Shares: their intervals, the test of one against a promise, the test of two against each other.

use super::special::{
    binomial, binomial_lower, binomial_upper, normal_tail, normal_upper_quantile,
};
use super::{StatisticsError, TestResult};

/// From `low` to `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Which departures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alternative {
    /// Both ways.
    #[default]
    TwoSided,
    /// More than promised.
    Greater,
    /// Less than promised.
    Less,
}

/// E. B. Wilson's interval (1927) for a share of which `successes` of `trials` were seen, at a confidence such as 0.95.
///
/// Its coverage is near the nominal one also for few trials and small shares, where that of the textbook's is far below.
///
/// # Errors
/// There are no trials, more successes than trials, or the confidence is not between 0 and 1.
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Result<Interval, StatisticsError> {
    let (n, share) = checked(successes, trials, confidence)?;
    let z = normal_upper_quantile((1.0 - confidence) / 2.0);
    let square = z * z;
    let centre = share + square / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    let scale = 1.0 + square / n;
    Ok(Interval {
        low: if successes == 0 {
            0.0
        } else {
            (centre - half) / scale
        },
        high: if successes == trials {
            1.0
        } else {
            (centre + half) / scale
        },
    })
}

/// The interval of C. Clopper and E. S. Pearson (1934): covers at least as often as it says, at every size; wider for it.
///
/// # Errors
/// There are no trials, more successes than trials, or the confidence is not between 0 and 1.
pub fn clopper_pearson(
    successes: u64,
    trials: u64,
    confidence: f64,
) -> Result<Interval, StatisticsError> {
    checked(successes, trials, confidence)?;
    let tail = (1.0 - confidence) / 2.0;
    // The share at which so many successes, or more, are as rare as `tail`; the other end mirrors it.
    let end = |successes: u64| {
        if successes == 0 {
            0.0
        } else {
            share_where(tail, |share| binomial_upper(successes, trials, share))
        }
    };
    Ok(Interval {
        low: end(successes),
        high: 1.0 - end(trials - successes),
    })
}

/// The argument from 0 to 1 at which a rising function reaches `target`: halved in its logarithm, down to neighbouring doubles,
/// so that small shares keep their digits.
fn share_where(target: f64, rising: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (f64::MIN_POSITIVE, 1.0_f64);
    for _ in 0..200 {
        let middle = if high > 2.0 * low {
            (low * high).sqrt()
        } else {
            low + (high - low) / 2.0
        };
        if middle <= low || middle >= high {
            break;
        }
        if rising(middle) < target {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Tests exactly whether a share is what was promised; the statistic is the share that was seen.
///
/// Two-sided as scipy and R do it: every outcome that is at most as probable as the one found counts.
///
/// # Errors
/// There are no trials, more successes than trials, or the promise is no share.
pub fn binomial_test(
    successes: u64,
    trials: u64,
    promised: f64,
    alternative: Alternative,
) -> Result<TestResult, StatisticsError> {
    let (n, statistic) = checked(successes, trials, 0.5)?;
    if !(0.0..=1.0).contains(&promised) {
        return Err(StatisticsError::argument(
            "the promised share",
            promised,
            "from 0 to 1",
        ));
    }
    let upper = || binomial_upper(successes, trials, promised);
    let lower = || binomial_lower(successes, trials, promised);
    let p_value = match alternative {
        Alternative::Greater => upper(),
        Alternative::Less => lower(),
        Alternative::TwoSided => {
            let probability = |k: u64| binomial(k as f64, n, promised);
            // R's allowance for outcomes that are equally probable but for rounding.
            let bound = probability(successes) * (1.0 + 1e-7);
            let expected = n * promised;
            if (successes as f64) == expected {
                1.0
            } else if (successes as f64) < expected {
                // The least k beyond the middle from which on all are as improbable.
                let k = first(expected.ceil() as u64, trials + 1, |k| {
                    probability(k) <= bound
                });
                lower() + binomial_upper(k, trials, promised)
            } else {
                let k = first(0, expected.floor() as u64 + 1, |k| probability(k) > bound);
                let below = if k == 0 {
                    0.0
                } else {
                    binomial_lower(k - 1, trials, promised)
                };
                upper() + below
            }
        }
    };
    Ok(TestResult {
        statistic,
        p_value: p_value.min(1.0),
    })
}

/// The first of `from..to` for which the condition holds, given that it holds for all later ones; `to` if for none.
fn first(mut from: u64, mut to: u64, holds: impl Fn(u64) -> bool) -> u64 {
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

/// Tests whether two shares differ, two-sided: the difference over its standard error with the shares pooled; the statistic is z.
///
/// Normal, so for expected counts of some 5 and more; [`fisher_exact`](super::fisher_exact) below that. Where all or none are
/// successes on both sides nothing differs: z is 0.
///
/// # Errors
/// A side has no trials, or more successes than trials.
pub fn two_proportions(
    reference: (u64, u64),
    current: (u64, u64),
) -> Result<TestResult, StatisticsError> {
    let (n, first) = checked(reference.0, reference.1, 0.5)?;
    let (m, second) = checked(current.0, current.1, 0.5)?;
    let pooled = (reference.0 as f64 + current.0 as f64) / (n + m);
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let statistic = if error > 0.0 {
        (first - second) / error
    } else {
        0.0
    };
    Ok(TestResult {
        statistic,
        p_value: (2.0 * normal_tail(statistic.abs())).min(1.0),
    })
}

fn checked(successes: u64, trials: u64, confidence: f64) -> Result<(f64, f64), StatisticsError> {
    if trials == 0 {
        return Err(StatisticsError::Empty {
            what: "there are no trials",
        });
    }
    if successes > trials {
        return Err(StatisticsError::argument(
            "the number of successes",
            successes,
            "at most the number of trials",
        ));
    }
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(StatisticsError::argument(
            "the confidence",
            confidence,
            "between 0 and 1",
        ));
    }
    Ok((trials as f64, successes as f64 / trials as f64))
}

#[cfg(test)]
mod tests {
    use super::{Alternative, binomial_test, clopper_pearson, two_proportions, wilson};
    use crate::statistics::oracles::{Draws, INPUTS, assert_near};
    use crate::statistics::special::normal_upper_quantile;

    /// All probabilities of a binomial, by Pascal's triangle.
    fn probabilities(n: u64, p: f64) -> Vec<f64> {
        let mut row = vec![1.0];
        for _ in 0..n {
            let mut next = vec![0.0; row.len() + 1];
            for (k, share) in row.iter().enumerate() {
                next[k] += share * (1.0 - p);
                next[k + 1] += share * p;
            }
            row = next;
        }
        row
    }

    #[test]
    fn the_binomial_test_adds_up_outcomes() {
        let mut draws = Draws::new(51);
        for _ in 0..INPUTS {
            let trials = 1 + draws.below(40);
            let successes = draws.below(trials + 1);
            let promised = (draws.uniform() * 20.0).round() / 20.0;
            let all = probabilities(trials, promised);
            let k = successes as usize;
            let outcomes = |side| {
                binomial_test(successes, trials, promised, side)
                    .unwrap()
                    .p_value
            };
            assert_near(
                outcomes(Alternative::Greater),
                all[k..].iter().sum::<f64>().min(1.0),
                1e-11,
            );
            assert_near(
                outcomes(Alternative::Less),
                all[..=k].iter().sum::<f64>().min(1.0),
                1e-11,
            );
            let bound = all[k] * (1.0 + 1e-7);
            let as_improbable: f64 = all.iter().filter(|share| **share <= bound).sum();
            assert_near(
                outcomes(Alternative::TwoSided),
                as_improbable.min(1.0),
                1e-11,
            );
        }
    }

    #[test]
    fn intervals_end_where_their_equations_hold() {
        let mut draws = Draws::new(52);
        for _ in 0..INPUTS {
            let trials = 1 + draws.below(40);
            let successes = draws.below(trials + 1);
            let confidence = [0.8, 0.95, 0.99][draws.below(3) as usize];
            let exact = clopper_pearson(successes, trials, confidence).unwrap();
            let tail = (1.0 - confidence) / 2.0;
            let k = successes as usize;
            if successes > 0 {
                let above: f64 = probabilities(trials, exact.low)[k..].iter().sum();
                assert_near(above, tail, 1e-10);
            } else {
                assert_eq!(exact.low, 0.0);
            }
            if successes < trials {
                let below: f64 = probabilities(trials, exact.high)[..=k].iter().sum();
                assert_near(below, tail, 1e-10);
            } else {
                assert_eq!(exact.high, 1.0);
            }
            // Wilson's ends are the shares that are z standard errors away.
            let score = wilson(successes, trials, confidence).unwrap();
            let z = normal_upper_quantile(tail);
            let (n, share) = (trials as f64, successes as f64 / trials as f64);
            for end in [score.low, score.high] {
                if end > 0.0 && end < 1.0 {
                    assert_near((share - end).powi(2), z * z * end * (1.0 - end) / n, 1e-9);
                }
            }
            assert!(score.low <= share && share <= score.high);
        }
    }

    #[test]
    fn small_shares_keep_their_digits() {
        // One of 10^9: the lower end is the solution of 1 - (1-p)^n = 0.025.
        let interval = clopper_pearson(1, 1_000_000_000, 0.95).unwrap();
        assert_near(interval.low, -(-0.025_f64).ln_1p() / 1e9, 1e-7);
    }

    #[test]
    fn two_shares_are_compared_by_their_pooled_error() {
        let mut draws = Draws::new(53);
        for _ in 0..INPUTS {
            let (n, m) = (1 + draws.below(200), 1 + draws.below(200));
            let (a, b) = (draws.below(n + 1), draws.below(m + 1));
            let test = two_proportions((a, n), (b, m)).unwrap();
            // z² is Pearson's chi-square of the table of two by two.
            let [a, b, n, m] = [a, b, n, m].map(|count| count as f64);
            let (yes, no) = (a + b, n + m - a - b);
            if yes == 0.0 || no == 0.0 {
                assert_eq!((test.statistic, test.p_value), (0.0, 1.0));
                continue;
            }
            let cross = a * (m - b) - b * (n - a);
            let expected = cross * cross * (n + m) / (n * m * yes * no);
            assert!((test.statistic.powi(2) - expected).abs() <= 1e-11 * expected.max(1.0));
            assert!(test.statistic * (a / n - b / m) >= 0.0);
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for code in [
            wilson(0, 0, 0.95).unwrap_err().code(),
            two_proportions((0, 0), (1, 2)).unwrap_err().code(),
        ] {
            assert_eq!(code, "data::no_values");
        }
        for code in [
            clopper_pearson(3, 2, 0.95).unwrap_err().code(),
            wilson(1, 2, 1.0).unwrap_err().code(),
            wilson(1, 2, f64::NAN).unwrap_err().code(),
            binomial_test(1, 2, 1.5, Alternative::Less)
                .unwrap_err()
                .code(),
        ] {
            assert_eq!(code, "data::statistic_argument");
        }
    }
}

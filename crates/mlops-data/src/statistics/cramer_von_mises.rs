//! The two-sample Cramér–von Mises test: how far two distribution functions are apart over all.

use std::f64::consts::PI;

use super::TestResult;
use super::sample::{Sample, steps};

/// Tests whether two samples come from one distribution, by the sum of the squared distances of their distribution functions.
///
/// More sensitive than Kolmogorov–Smirnov to small differences that are everywhere, less to one place. The p-value is that of the
/// limiting distribution, moved and scaled to the exact mean and variance, as scipy's `asymptotic`: good from some 20 values
/// on. With ties, midranks. Source: T. W. Anderson (1962).
pub fn cramer_von_mises(reference: &Sample, current: &Sample) -> TestResult {
    let (n, m) = (reference.len() as f64, current.len() as f64);
    let all = n + m;
    let (mut i, mut j) = (0.0, 0.0);
    let (mut from_reference, mut from_current) = (0.0, 0.0);
    for step in steps(reference, current) {
        let (a, b) = (step.in_first as f64, step.in_second as f64);
        let midrank = i + j + (a + b + 1.0) / 2.0;
        // Σ (midrank - i - k)² for k = 1 … a, in closed form.
        let squares = |count: f64, gap: f64| {
            let middle = (count + 1.0) / 2.0;
            count * (gap - middle).powi(2) + count * (count * count - 1.0) / 12.0
        };
        from_reference += squares(a, midrank - i);
        from_current += squares(b, midrank - j);
        i += a;
        j += b;
    }
    let product = n * m;
    let sum = n * from_reference + m * from_current;
    let statistic = sum / (product * all) - (4.0 * product - 1.0) / (6.0 * all);
    let mean = (1.0 + 1.0 / all) / 6.0;
    let variance = (all + 1.0) * (4.0 * product * all - 3.0 * (n * n + m * m) - 2.0 * product)
        / (45.0 * all * all * 4.0 * product);
    let normalised = 1.0 / 6.0 + (statistic - mean) / (45.0 * variance).sqrt();
    TestResult {
        statistic,
        p_value: limiting_tail(normalised),
    }
}

/// P(W² > x) of the limiting distribution (T. W. Anderson and D. A. Darling 1952, 1.3).
fn limiting_tail(x: f64) -> f64 {
    // Below this the distribution function is under 1e-17.
    if x.is_nan() || x < 0.003 {
        return 1.0;
    }
    let mut inside = 0.0;
    // Γ(k + 1/2) / Γ(k + 1)
    let mut ratio = PI.sqrt();
    for k in 0..100 {
        let k = f64::from(k);
        let y = 4.0 * k + 1.0;
        let q = y * y / (16.0 * x);
        let term = ratio / (PI.powf(1.5) * x.sqrt())
            * y.sqrt()
            * scaled_bessel_quarter(q)
            * (-2.0 * q).exp();
        inside += term;
        if term < 1e-17 {
            break;
        }
        ratio *= (k + 0.5) / (k + 1.0);
    }
    (1.0 - inside).clamp(0.0, 1.0)
}

/// e^q K(q) of the modified Bessel function of the second kind and order 1/4: ∫ e^(-q (cosh t - 1)) cosh(t/4) dt from zero on, by the
/// trapezoidal rule, which is exact to the last digits for an integrand that falls as fast as this.
fn scaled_bessel_quarter(q: f64) -> f64 {
    const STEP: f64 = 1.0 / 32.0;
    // Where q grows the integrand narrows like 1/√q: the step with it.
    let step = STEP / q.sqrt().max(1.0);
    let mut sum = 0.5;
    let mut k = 1.0;
    loop {
        let t: f64 = k * step;
        // cosh t - 1 = 2 sinh²(t/2), without cancellation.
        let term = (-2.0 * q * (t / 2.0).sinh().powi(2)).exp() * (t / 4.0).cosh();
        sum += term;
        if term < sum * 1e-17 {
            return sum * step;
        }
        k += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::{cramer_von_mises, limiting_tail, scaled_bessel_quarter};
    use crate::statistics::oracles::{Draws, INPUTS, assert_near, sample};

    #[test]
    fn the_statistic_is_the_sum_of_squared_distances() {
        let mut draws = Draws::new(41);
        for _ in 0..INPUTS {
            let (a, b) = (draws.values(40), draws.values(40));
            let mut all: Vec<f64> = a.iter().chain(&b).copied().collect();
            all.sort_by(f64::total_cmp);
            let distinct = all.windows(2).all(|pair| pair[0] < pair[1]);
            let (n, m) = (a.len() as f64, b.len() as f64);
            let test = cramer_von_mises(&sample(&a), &sample(&b));
            // With midranks, by their definition; without ties also by Anderson's integral.
            let rank = |value: &f64| {
                let below = all.iter().filter(|other| *other < value).count() as f64;
                let equal = all.iter().filter(|other| *other == value).count() as f64;
                below + (equal + 1.0) / 2.0
            };
            let sum = |values: &[f64]| {
                let mut values = values.to_vec();
                values.sort_by(f64::total_cmp);
                let squares = values.iter().enumerate();
                squares
                    .map(|(i, value)| (rank(value) - i as f64 - 1.0).powi(2))
                    .sum::<f64>()
            };
            let u = n * sum(&a) + m * sum(&b);
            let expected = u / (n * m * (n + m)) - (4.0 * n * m - 1.0) / (6.0 * (n + m));
            assert!(
                (test.statistic - expected).abs() < 1e-11,
                "{test:?} {expected}"
            );
            if distinct {
                let share = |values: &[f64], bound: &f64| {
                    values.iter().filter(|value| *value <= bound).count() as f64
                        / values.len() as f64
                };
                let squares: f64 = all
                    .iter()
                    .map(|x| (share(&a, x) - share(&b, x)).powi(2))
                    .sum();
                let integral = n * m / (n + m).powi(2) * squares;
                assert!(
                    (test.statistic - integral).abs() < 1e-11,
                    "{test:?} {integral}"
                );
            }
        }
    }

    #[test]
    fn the_limiting_distribution_has_its_published_quantiles() {
        // Anderson and Darling 1952, table 1.
        for (x, inside) in [
            (0.34730, 0.90),
            (0.46136, 0.95),
            (0.74346, 0.99),
            (1.16786, 0.999),
        ] {
            let tail = limiting_tail(x);
            assert!((tail - (1.0 - inside)).abs() < 5e-6, "{x} {tail}");
        }
    }

    #[test]
    fn the_bessel_function_is_right_to_the_last_digits() {
        // mpmath 1.4, exp(q) besselk(1/4, q).
        for (q, expected) in BESSEL {
            assert_near(scaled_bessel_quarter(q), expected, 1e-14);
        }
    }

    const BESSEL: [(f64, f64); 5] = [
        (0.03125, 4.3976888456166305),
        (0.25, 2.101960916165517),
        (1.0, 1.1708721016781378),
        (5.5, 0.5260765040903231),
        (300.0, 0.07233755399641476),
    ];
}

//! Distribution functions to nearly the last digit: the normal, chi-square, Poisson and binomial ones.
//!
//! statrs 0.19 was held against 60 digits and is not exact enough: its `erfc` is off by 9e-11 at 1/√2, and the factors
//! `exp(a ln x - x - ln Γ(a))` of its incomplete gamma and beta functions lose a digit for each factor of ten in `a`. It gives the
//! first guess of a quantile. Ours sum positive terms from the largest one, which is computed by the saddle-point form of
//! C. Loader, "Fast and accurate computation of binomial probabilities" (2000), whose error does not grow with its arguments.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::erf::erfc_inv;

/// P(Z > z) of a standard normal Z.
pub fn normal_tail(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}

/// The z with P(Z > z) = `tail`.
pub fn normal_upper_quantile(tail: f64) -> f64 {
    if tail > 0.5 {
        return -normal_upper_quantile(1.0 - tail);
    }
    let mut z = SQRT_2 * erfc_inv(2.0 * tail);
    if z.is_finite() {
        for _ in 0..2 {
            let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
            if density > 0.0 {
                z += (normal_tail(z) - tail) / density;
            }
        }
    }
    z
}

/// 1 - erf(x): by the series of the error function near zero, by its continued fraction beyond.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x.is_nan() || x > 28.0 {
        return if x.is_nan() { x } else { 0.0 };
    }
    // e^(-x²) with the part of x² that a double loses.
    let square = x * x;
    let power = (-square).exp() * (1.0 - x.mul_add(x, -square));
    if x < 1.0 {
        // 2/√π e^(-x²) Σ 2^n x^(2n+1) / (1·3·…·(2n+1))
        let (mut sum, mut term, mut odd) = (x, x, 1.0);
        while term > sum * 1e-17 {
            odd += 2.0;
            term *= 2.0 * square / odd;
            sum += term;
        }
        return 1.0 - 2.0 / PI.sqrt() * power * sum;
    }
    // e^(-x²)/√π / (x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from the inside; so many levels that none more is seen.
    let levels = (20.0 + 160.0 / square) as u32;
    let inner = (1..=levels)
        .rev()
        .fold(x, |inner, level| x + f64::from(level) / 2.0 / inner);
    power / PI.sqrt() / inner
}

/// P(X > x) of a chi-square X with so many degrees of freedom.
pub(crate) fn chi_square_tail(x: f64, degrees: usize) -> f64 {
    if x.is_nan() || degrees == 0 {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 1.0;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    // Q(s, y) = Q(s - 1, y) + y^(s-1) e^(-y) / Γ(s), down to Q(0, y) = 0 or Q(1/2, y) = erfc(√y): positive terms only.
    let y = x / 2.0;
    let half = degrees % 2 == 1;
    let start = if half { erfc(y.sqrt()) } else { 0.0 };
    let offset = if half { 0.5 } else { 0.0 };
    let terms = degrees / 2;
    if terms == 0 {
        return start;
    }
    // Term k is poisson(k + offset), k = 0 …; its largest is near y.
    let peak = ((y - offset).floor().max(0.0) as usize).min(terms - 1);
    let at_peak = poisson(peak as f64 + offset, y);
    let mut sum = at_peak;
    let mut term = at_peak;
    for k in (0..peak).rev() {
        term *= (k as f64 + 1.0 + offset) / y;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    let mut term = at_peak;
    for k in peak + 1..terms {
        term *= y / (k as f64 + offset);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    (start + sum).min(1.0)
}

/// P(X ≥ k) of a binomial X.
pub(crate) fn binomial_upper(k: u64, n: u64, p: f64) -> f64 {
    upper(k, n, p, 1.0 - p)
}

/// P(X ≤ k) of a binomial X.
pub(crate) fn binomial_lower(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    upper(n - k, n, 1.0 - p, p)
}

/// P(X ≥ k). Takes p and 1 - p: where one is small, it has digits that one less the other has not.
fn upper(k: u64, n: u64, p: f64, q: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    if q <= 0.0 {
        return 1.0;
    }
    if (k as f64) <= n as f64 * p {
        return (1.0 - upper(n - k + 1, n, q, p)).clamp(0.0, 1.0);
    }
    let odds = p / q;
    let first = probability(k as f64, n as f64, p, q);
    let (mut sum, mut term) = (first, first);
    for i in k..n {
        term *= (n - i) as f64 / (i + 1) as f64 * odds;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum.min(1.0)
}

/// P(X = k) of a binomial X.
pub(crate) fn binomial(k: f64, n: f64, p: f64) -> f64 {
    probability(k, n, p, 1.0 - p)
}

fn probability(k: f64, n: f64, p: f64, q: f64) -> f64 {
    if p <= 0.0 {
        return if k == 0.0 { 1.0 } else { 0.0 };
    }
    if q <= 0.0 {
        return if k == n { 1.0 } else { 0.0 };
    }
    // The logarithm of the one near 1 from the one that is small.
    let ln = |share: f64, other: f64| {
        if share > other {
            (-other).ln_1p()
        } else {
            share.ln()
        }
    };
    if k == 0.0 {
        return (n * ln(q, p)).exp();
    }
    if k == n {
        return (n * ln(p, q)).exp();
    }
    let exponent = stirling_error(n)
        - stirling_error(k)
        - stirling_error(n - k)
        - deviance(k, n * p)
        - deviance(n - k, n * q);
    exponent.exp() * (n / (2.0 * PI * k * (n - k))).sqrt()
}

/// λ^k e^-λ / Γ(k + 1), also for k that is no integer.
fn poisson(k: f64, mean: f64) -> f64 {
    if k == 0.0 {
        return (-mean).exp();
    }
    (-stirling_error(k) - deviance(k, mean)).exp() / (2.0 * PI * k).sqrt()
}

/// How far ln Γ(n + 1) is from Stirling's formula; for integers and halves.
pub(crate) fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        if n == 0.0 {
            return 0.0;
        }
        // Γ(n + 1) by its recurrence, from Γ(1) = 1 or Γ(1/2) = √π; below 16 the product is exact enough.
        let is_integer = n.fract() == 0.0;
        let mut gamma = if is_integer { 1.0 } else { PI.sqrt() };
        let mut factor = n;
        while factor > 0.0 {
            gamma *= factor;
            factor -= 1.0;
        }
        return f64::ln(gamma) - (n + 0.5) * n.ln() + n - 0.5 * (2.0 * PI).ln();
    }
    let square = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square)
            / square)
        / n
}

/// x ln(x/m) + m - x, without the cancellation where x is near m.
fn deviance(x: f64, mean: f64) -> f64 {
    let difference = x - mean;
    if difference.abs() < 0.1 * (x + mean) {
        // With v = (x-m)/(x+m) it is (x-m)v + 2x Σ v^(2j+1)/(2j+1).
        let v = difference / (x + mean);
        let square = v * v;
        let mut sum = difference * v;
        let mut power = 2.0 * x * v;
        let mut denominator = 3.0;
        loop {
            power *= square;
            let next = sum + power / denominator;
            if next == sum {
                return sum;
            }
            sum = next;
            denominator += 2.0;
        }
    }
    x * (x / mean).ln() + mean - x
}

#[cfg(test)]
mod tests {
    use super::{
        binomial, binomial_lower, binomial_upper, chi_square_tail, normal_tail,
        normal_upper_quantile,
    };
    use crate::statistics::oracles::{assert_near, mpmath};

    #[test]
    fn tails_are_right_to_the_last_digits_also_far_out_and_for_many_degrees() {
        for (z, tail) in mpmath::NORMAL_TAILS {
            // Far out the rounding of z/√2 alone is z²/2 roundings of the tail.
            assert_near(normal_tail(z), tail, 1e-15 * (8.0 + z * z / 4.0));
            assert_near(normal_upper_quantile(tail), z, 1e-14);
        }
        for (x, degrees, tail) in mpmath::CHI_SQUARE_TAILS {
            assert_near(chi_square_tail(x, degrees), tail, 2e-13);
        }
        for (k, n, p, tail) in mpmath::BINOMIAL_TAILS {
            assert_near(binomial_upper(k, n, p), tail, 2e-13);
            // One less a small share has lost the digits of the share.
            if p >= 0.01 {
                assert_near(binomial_lower(n - k, n, 1.0 - p), tail, 2e-12);
            }
        }
    }

    #[test]
    fn binomial_probabilities_are_those_of_pascals_triangle() {
        for p in [0.03, 0.5, 0.9] {
            let mut row = vec![1.0];
            for n in 1..60_usize {
                let mut next = vec![0.0; n + 1];
                for (k, share) in row.iter().enumerate() {
                    next[k] += share * (1.0 - p);
                    next[k + 1] += share * p;
                }
                row = next;
                for (k, share) in row.iter().enumerate() {
                    assert_near(binomial(k as f64, n as f64, p), *share, 1e-12);
                }
            }
        }
    }
}

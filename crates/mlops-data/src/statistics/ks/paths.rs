//! The exact distribution of the two-sample statistic: lattice paths that leave a band.
//!
//! Dealing n and m values to two sides is a path from (0, 0) to (n, m); its distance is the farthest it gets from the
//! diagonal. All paths are equally probable where nothing differs.

/// The probability that a random path from (0, 0) to (n, m) gets `steps / lcm(n, m)` or farther from the diagonal.
pub(super) fn probability_of_leaving(n: u64, m: u64, steps: u64) -> f64 {
    if steps == 0 {
        return 1.0;
    }
    if n == m {
        return of_square(n, steps);
    }
    let common = super::greatest_common_divisor(n, m);
    // Fewer columns than rows keep what is held small.
    let (n, m) = if n < m { (m, n) } else { (n, m) };
    of_rectangle(n, m, n / common, m / common, steps)
}

/// By the reflection principle: 2 Σ (-1)^(k+1) C(2n, n - kh) / C(2n, n), nested so that only factors below one occur.
fn of_square(n: u64, steps: u64) -> f64 {
    let mut probability = 0.0;
    for k in (0..=n / steps).rev() {
        let mut ratio = 1.0;
        for j in 0..steps {
            // C(2n, n - (k+1)h) over C(2n, n - kh), factor by factor; zero once n is used up.
            let above = (n - k * steps).saturating_sub(j) as f64;
            ratio *= above / (n + k * steps + j + 1) as f64;
        }
        probability = ratio * (1.0 - probability);
    }
    2.0 * probability
}

/// `left[j]` is the probability that a path to (i, j) has left the band |i·m' - j·n'| < steps (n', m': without their common
/// divisor). The last step into (i, j) comes from (i-1, j) with probability i/(i+j). Only positive terms are added, so that
/// small probabilities keep their digits, which one minus the probability of staying does not.
fn of_rectangle(n: u64, m: u64, unit_n: u64, unit_m: u64, steps: u64) -> f64 {
    let mut left = vec![1.0; m as usize + 1];
    left[0] = 0.0;
    for i in 0..=n {
        let along = i * unit_m;
        // j·n' > i·m' - steps, and j·n' < i·m' + steps.
        let from = if along < steps {
            0
        } else {
            (along - steps) / unit_n + 1
        };
        let to = ((along + steps).div_ceil(unit_n)).min(m + 1);
        if from >= to {
            return 1.0;
        }
        let mut below = if from == 0 { 0.0 } else { 1.0 };
        for j in from..to {
            let place = &mut left[j as usize];
            below = if i + j == 0 {
                0.0
            } else {
                let (i, j) = (i as f64, j as f64);
                (*place * i + below * j) / (i + j)
            };
            *place = below;
        }
    }
    left[m as usize]
}

//! The two-sample test against enumeration and against a recursion that counts paths.

use super::{KsMethod, greatest_common_divisor, kolmogorov_smirnov};
use crate::statistics::oracles::{Draws, INPUTS, assert_near, sample};

/// D by its definition: both distribution functions at every value.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let share = |values: &[f64], bound: f64| {
        let below = values.iter().filter(|value| **value <= bound).count();
        below as f64 / values.len() as f64
    };
    let points = a.iter().chain(b);
    points
        .map(|point| (share(a, *point) - share(b, *point)).abs())
        .fold(0.0, f64::max)
}

/// The share of paths that reach `steps`, by counting all paths and those that stay.
fn share_of_paths(n: usize, m: usize, steps: u64) -> f64 {
    let common = greatest_common_divisor(n as u64, m as u64) as i64;
    let (unit_n, unit_m) = (n as i64 / common, m as i64 / common);
    let count = |keep: &dyn Fn(i64, i64) -> bool| {
        let mut row = vec![0_u128; m + 1];
        for i in 0..=n {
            for j in 0..=m {
                let left = if j > 0 { row[j - 1] } else { 0 };
                let here = if i == 0 && j == 0 { 1 } else { row[j] + left };
                row[j] = if keep(i as i64, j as i64) { here } else { 0 };
            }
        }
        row[m]
    };
    let all = count(&|_, _| true);
    let staying = count(&|i, j| (i * unit_m - j * unit_n).unsigned_abs() < steps);
    (all - staying) as f64 / all as f64
}

#[test]
fn the_exact_test_counts_paths() {
    let mut draws = Draws::new(1);
    for _ in 0..INPUTS {
        let (a, b) = (draws.values(40), draws.values(40));
        let test = kolmogorov_smirnov(&sample(&a), &sample(&b), KsMethod::Exact);
        assert_near(test.statistic, distance(&a, &b), 1e-12);
        let common = greatest_common_divisor(a.len() as u64, b.len() as u64);
        let multiple = a.len() as f64 * b.len() as f64 / common as f64;
        let steps = (distance(&a, &b) * multiple).round() as u64;
        let expected = share_of_paths(a.len(), b.len(), steps).min(1.0);
        assert_near(test.p_value, expected, 1e-12);
    }
}

/// P(D < x) of one sample by Noé's recursion over the order statistics: value i of n stays between (i - nx)/n and (i - 1 + nx)/n.
fn one_sample_inside(n: usize, x: f64) -> f64 {
    let size = n as f64;
    let mut bounds: Vec<f64> = (1..=n)
        .flat_map(|i| [i as f64 / size - x, (i as f64 - 1.0) / size + x])
        .map(|bound| bound.clamp(0.0, 1.0))
        .chain([0.0, 1.0])
        .collect();
    bounds.sort_by(f64::total_cmp);
    let factorials: Vec<f64> = (0..=n)
        .scan(1.0, |product, i| {
            *product *= (i as f64).max(1.0);
            Some(*product)
        })
        .collect();
    // inside[i]: the probability, over i!, that i values lie below the bound in hand and no bound is broken.
    let mut inside = vec![0.0; n + 1];
    inside[0] = 1.0;
    for pair in bounds.windows(2) {
        let width = pair[1] - pair[0];
        let mut next = vec![0.0; n + 1];
        for (i, place) in next.iter_mut().enumerate() {
            // With i values, F is i/n: allowed from i/n - x on, and until i/n + x.
            let upper_ok = i as f64 / size <= pair[0] + x + 1e-12;
            let lower_ok = i as f64 / size + x > pair[1] + 1e-12;
            if upper_ok && lower_ok {
                *place = (0..=i)
                    .map(|k| inside[i - k] * width.powi(k as i32) / factorials[k])
                    .sum();
            }
        }
        inside = next;
    }
    inside[n] * factorials[n]
}

#[test]
fn the_asymptotic_test_is_the_one_sample_distribution_of_the_effective_size() {
    let mut draws = Draws::new(2);
    for _ in 0..INPUTS {
        let (a, b) = (draws.values(60), draws.values(60));
        let test = kolmogorov_smirnov(&sample(&a), &sample(&b), KsMethod::Asymptotic);
        let (n, m) = (a.len() as f64, b.len() as f64);
        let effective = (n * m / (n + m)).round().max(1.0);
        let inside = one_sample_inside(effective as usize, test.statistic);
        assert!(
            (test.p_value - (1.0 - inside)).abs() < 1e-11,
            "{test:?} {effective} {inside}"
        );
    }
}

#[test]
fn with_one_value_on_a_side_nothing_can_be_found() {
    let one = sample(&[1.0]);
    let many = sample(&[2.0, 3.0, 4.0]);
    assert_eq!(kolmogorov_smirnov(&one, &many, KsMethod::Auto).p_value, 0.5);
    assert_eq!(kolmogorov_smirnov(&one, &one, KsMethod::Auto).p_value, 1.0);
}

#[test]
fn one_wild_value_moves_the_distance_by_one_place() {
    let mut draws = Draws::new(3);
    let calm: Vec<f64> = (0..5_000).map(|_| draws.normal()).collect();
    let mut wild = calm.clone();
    wild[17] = 1e6;
    let current = sample(&(0..5_000).map(|_| draws.normal() + 1.0).collect::<Vec<_>>());
    let before = kolmogorov_smirnov(&sample(&calm), &current, KsMethod::Auto).statistic;
    let after = kolmogorov_smirnov(&sample(&wild), &current, KsMethod::Auto).statistic;
    assert!((before - after).abs() <= 1.0 / 5_000.0, "{before} {after}");
}

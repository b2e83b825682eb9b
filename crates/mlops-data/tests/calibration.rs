//! How often the tests and the report raise an alarm where nothing changed, and find what did: seeded, so that it is one answer.
//!
//! Ten thousand trials a test, two thousand a report; `MLOPS_CALIBRATION=20` takes twenty times as many (`just calibrate`), of
//! reports of 1,000 columns twice as many, and `MLOPS_POWER=1` prints the table of power that the book has.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

use std::io::Write;
use std::sync::Arc;

use mlops_data::Table;
use mlops_data::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use mlops_data::change::{Comparison, TableChange, Verdict};
use mlops_data::statistics::{
    Alternative, KsMethod, Sample, binomial_test, chi_square_homogeneity,
    chi_square_two_by_two_yates, cramer_von_mises, fisher_exact, kolmogorov_smirnov, mann_whitney,
    two_proportions,
};

const LEVEL: f64 = 0.05;

fn times() -> u64 {
    std::env::var("MLOPS_CALIBRATION")
        .ok()
        .and_then(|times| times.parse().ok())
        .unwrap_or(1)
}

/// SplitMix64 (Steele, Lea, Flood 2014), and normal numbers by the polar method.
struct Draws {
    state: u64,
    spare: Option<f64>,
}

impl Draws {
    fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
        Self { state, spare: None }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * factor);
                return x * factor;
            }
        }
    }

    fn normals(&mut self, count: usize, shift: f64) -> Vec<f64> {
        (0..count).map(|_| self.normal() + shift).collect()
    }

    fn sample(&mut self, count: usize, shift: f64) -> Sample {
        Sample::new(self.normals(count, shift)).unwrap()
    }

    /// How many of `count` fall to each of these shares.
    fn counts(&mut self, count: u64, shares: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; shares.len()];
        for _ in 0..count {
            let mut draw = self.uniform();
            let place = shares.iter().position(|share| {
                draw -= share;
                draw < 0.0
            });
            counts[place.unwrap_or(shares.len() - 1)] += 1;
        }
        counts
    }
}

/// The share of trials in which the test is significant.
fn rate(trials: u64, seed: u64, mut p_value: impl FnMut(&mut Draws) -> f64) -> f64 {
    let mut draws = Draws::new(seed);
    let alarms = (0..trials).filter(|_| p_value(&mut draws) <= LEVEL).count();
    alarms as f64 / trials as f64
}

#[test]
fn each_test_raises_as_many_false_alarms_as_it_says() {
    let trials = 10_000 * times();
    let five = [0.4, 0.3, 0.15, 0.1, 0.05];
    let mut report = Vec::new();
    // Both sides from n = 500 on: between 0.8 and 1.2 of the nominal level.
    let mut both_sides = |name: &str, rate: f64| report.push((name.to_owned(), rate, true));
    for (name, n, m, method) in [
        ("ks exact, 500 and 500", 500, 500, KsMethod::Exact),
        ("ks exact, 500 and 700", 500, 700, KsMethod::Exact),
        ("ks asymptotic, 500 and 500", 500, 500, KsMethod::Asymptotic),
        (
            "ks asymptotic, 1500 and 2000",
            1500,
            2000,
            KsMethod::Asymptotic,
        ),
    ] {
        // Large samples and counts of paths take longer: fewer trials, still two thousand.
        let trials = if m > 500 { trials / 5 } else { trials };
        let rate = rate(trials, 1, |draws| {
            kolmogorov_smirnov(&draws.sample(n, 0.0), &draws.sample(m, 0.0), method).p_value
        });
        both_sides(name, rate);
    }
    both_sides(
        "mann-whitney, 500 and 500",
        rate(trials, 2, |draws| {
            mann_whitney(&draws.sample(500, 0.0), &draws.sample(500, 0.0)).p_value
        }),
    );
    both_sides(
        "cramer-von mises, 500 and 500",
        rate(trials, 3, |draws| {
            cramer_von_mises(&draws.sample(500, 0.0), &draws.sample(500, 0.0)).p_value
        }),
    );
    both_sides(
        "chi-square, 500 and 500 of five",
        rate(trials, 4, |draws| {
            let (a, b) = (draws.counts(500, &five), draws.counts(500, &five));
            chi_square_homogeneity(&a, &b, true).unwrap().p_value
        }),
    );
    let many: Vec<f64> = (1..=40).map(|k| 1.0 / f64::from(k)).collect();
    let sum: f64 = many.iter().sum();
    let many: Vec<f64> = many.iter().map(|weight| weight / sum).collect();
    both_sides(
        "chi-square, 500 and 800 of forty, the rare pooled",
        rate(trials, 5, |draws| {
            let (a, b) = (draws.counts(500, &many), draws.counts(800, &many));
            chi_square_homogeneity(&a, &b, true).unwrap().p_value
        }),
    );
    both_sides(
        "two proportions, 500 and 500",
        rate(trials, 6, |draws| {
            let (a, b) = (
                draws.counts(500, &[0.2, 0.8]),
                draws.counts(500, &[0.2, 0.8]),
            );
            two_proportions((a[0], 500), (b[0], 500)).unwrap().p_value
        }),
    );
    both_sides(
        "binomial, 500",
        rate(trials, 7, |draws| {
            let seen = draws.counts(500, &[0.3, 0.7])[0];
            binomial_test(seen, 500, 0.3, Alternative::TwoSided)
                .unwrap()
                .p_value
        }),
    );
    // Small samples, and tests that are conservative by construction: only not above 1.2 of the nominal level.
    let mut not_above = |name: &str, rate: f64| report.push((name.to_owned(), rate, false));
    for (name, n, m, method) in [
        ("ks exact, 12 and 17", 12, 17, KsMethod::Exact),
        ("ks exact, 60 and 60", 60, 60, KsMethod::Exact),
        ("ks asymptotic, 60 and 80", 60, 80, KsMethod::Asymptotic),
    ] {
        not_above(
            name,
            rate(trials, 8, |draws| {
                kolmogorov_smirnov(&draws.sample(n, 0.0), &draws.sample(m, 0.0), method).p_value
            }),
        );
    }
    not_above(
        "ks exact on whole numbers, 500 and 500",
        rate(trials, 9, |draws| {
            let mut whole = || {
                let values = draws
                    .normals(500, 0.0)
                    .into_iter()
                    .map(|value| (value * 3.0).round());
                Sample::new(values.collect()).unwrap()
            };
            kolmogorov_smirnov(&whole(), &whole(), KsMethod::Exact).p_value
        }),
    );
    not_above(
        "mann-whitney, 7 and 9",
        rate(trials, 10, |draws| {
            mann_whitney(&draws.sample(7, 0.0), &draws.sample(9, 0.0)).p_value
        }),
    );
    not_above(
        "cramer-von mises, 20 and 25",
        rate(trials, 11, |draws| {
            cramer_von_mises(&draws.sample(20, 0.0), &draws.sample(25, 0.0)).p_value
        }),
    );
    for (name, n) in [("fisher, 20 and 20", 20), ("fisher, 500 and 500", 500)] {
        not_above(
            name,
            rate(trials, 12, |draws| {
                let (a, b) = (draws.counts(n, &[0.3, 0.7]), draws.counts(n, &[0.3, 0.7]));
                fisher_exact([[a[0], a[1]], [b[0], b[1]]]).unwrap().p_value
            }),
        );
    }
    not_above(
        "chi-square with yates, 100 and 100",
        rate(trials, 13, |draws| {
            let (a, b) = (
                draws.counts(100, &[0.3, 0.7]),
                draws.counts(100, &[0.3, 0.7]),
            );
            chi_square_two_by_two_yates([[a[0], a[1]], [b[0], b[1]]])
                .unwrap()
                .p_value
        }),
    );
    not_above(
        "chi-square, 40 and 40 of five",
        rate(trials, 14, |draws| {
            let (a, b) = (draws.counts(40, &five), draws.counts(40, &five));
            chi_square_homogeneity(&a, &b, true).unwrap().p_value
        }),
    );
    let wrong: Vec<_> = report
        .iter()
        .filter(|(_, rate, both)| *rate > 1.2 * LEVEL || *both && *rate < 0.8 * LEVEL)
        .collect();
    for (name, rate, _) in &report {
        say(&format!("{name}: {rate:.4}"));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Evidently's goodness of fit, to see that the trial above would find it out.
#[test]
fn taking_the_reference_for_the_truth_raises_five_times_as_many() {
    let five = [0.4, 0.3, 0.15, 0.1, 0.05];
    let alarms = rate(2_000, 15, |draws| {
        let (a, b) = (draws.counts(500, &five), draws.counts(500, &five));
        let statistic: f64 = a
            .iter()
            .zip(&b)
            .map(|(a, b)| (*b as f64 - *a as f64).powi(2) / *a as f64)
            .sum();
        // 9.4877 is the chi-square quantile at 0.95 for four degrees of freedom.
        if statistic > 9.487_729 { 0.0 } else { 1.0 }
    });
    assert!(alarms > 0.2, "{alarms}");
}

/// Columns of four kinds, none of which changes.
fn unchanged(draws: &mut Draws, columns: usize, rows: usize) -> Table {
    let arrays = (0..columns).map(|column| {
        let array: ArrayRef = match column % 4 {
            0 => Arc::new(Float64Array::from(draws.normals(rows, 0.0))),
            1 => {
                let names = ["free", "basic", "plus", "pro"];
                let pick = |draws: &mut Draws| names[(draws.uniform().powi(2) * 4.0) as usize];
                Arc::new(
                    (0..rows)
                        .map(|_| Some(pick(draws)))
                        .collect::<StringArray>(),
                )
            }
            2 => Arc::new(
                (0..rows)
                    .map(|_| Some((draws.normal() * 2.0).round() as i64))
                    .collect::<Int64Array>(),
            ),
            _ => {
                let value =
                    |draws: &mut Draws| (draws.uniform() > 0.1).then(|| draws.normal().exp());
                Arc::new((0..rows).map(|_| value(draws)).collect::<Float64Array>())
            }
        };
        (format!("c{column}"), array)
    });
    Table::from_columns(arrays).unwrap()
}

#[test]
fn tables_of_unchanged_columns_seldom_raise_any_alarm() {
    for (columns, rows, most) in [(50, 100, u64::MAX), (1_000, 40, 4_000)] {
        let trials = (2_000 * times()).min(most);
        let mut draws = Draws::new(columns as u64);
        let (mut alarms, mut discoveries) = (0, 0);
        for _ in 0..trials {
            let tables = [(); 2].map(|()| unchanged(&mut draws, columns, rows));
            let change = TableChange::between(&tables[0], &tables[1]).unwrap();
            alarms += u64::from(change.verdict == Verdict::Drift);
            // Also without the threshold on the effect.
            let is_significant = |p: Option<f64>| p.is_some_and(|p| p <= LEVEL);
            discoveries += u64::from(
                change
                    .columns
                    .iter()
                    .any(|column| is_significant(column.adjusted_p)),
            );
        }
        let [alarms, discoveries] = [alarms, discoveries].map(|count| count as f64 / trials as f64);
        say(&format!(
            "{columns} unchanged columns: any alarm {alarms:.4}, any discovery {discoveries:.4}"
        ));
        assert!(
            alarms <= 0.1 && discoveries <= 0.1,
            "{columns}: {alarms} {discoveries}"
        );
    }
}

#[test]
fn one_wild_value_in_five_thousand_changes_no_verdict() {
    let trials = 100 * times();
    let mut draws = Draws::new(77);
    let table = |values: &[f64]| {
        let array: ArrayRef = Arc::new(Float64Array::from(values.to_vec()));
        Table::from_columns([("x", array)]).unwrap()
    };
    for _ in 0..trials {
        let calm = draws.normals(5_000, 0.0);
        let mut wild = calm.clone();
        wild[(draws.next() % 5_000) as usize] = 1e6;
        let (same, moved) = (draws.normals(5_000, 0.0), draws.normals(5_000, 1.0));
        let verdict =
            |a: &[f64], b: &[f64]| TableChange::between(&table(a), &table(b)).unwrap().verdict;
        assert_eq!(verdict(&wild, &moved), Verdict::Drift);
        assert_eq!(verdict(&moved, &wild), Verdict::Drift);
        assert_eq!(verdict(&wild, &same), verdict(&calm, &same));
        assert_eq!(verdict(&same, &wild), verdict(&same, &calm));
    }
}

#[test]
fn the_classifier_raises_no_more_false_alarms_than_it_says() {
    let trials = 2_000 * times();
    let mut draws = Draws::new(5);
    let (mut significant, mut drifted, mut outside) = (0, 0, 0);
    for trial in 0..trials {
        let tables = [(); 2].map(|()| unchanged(&mut draws, 4, 100));
        let comparison = Comparison::new().with_classifier(trial);
        let change = comparison.between(&tables[0], &tables[1]).unwrap();
        let domain = change.domain.unwrap();
        significant += u64::from(domain.p_value <= LEVEL);
        drifted += u64::from(domain.verdict == Verdict::Drift);
        outside += u64::from(domain.interval.low > 0.5);
    }
    let share = |count: u64| count as f64 / trials as f64;
    say(&format!(
        "classifier: significant {:.4}, drift {:.4}, interval above a guess {:.4}",
        share(significant),
        share(drifted),
        share(outside)
    ));
    assert!(share(significant) <= 1.2 * LEVEL && share(drifted) <= 1.2 * LEVEL);
    assert!(share(outside) <= 1.2 * LEVEL, "{}", share(outside));
}

/// The table of the book: how often a shift is found, by test and by the report with its thresholds.
#[test]
fn a_shift_is_found_more_often_the_larger_it_is_and_the_more_rows_there_are() {
    let trials = 200 * times();
    let sizes = [100, 500, 1_000, 5_000];
    let mut table = String::from(
        "| shift | rows a side | KS | Mann–Whitney | Cramér–von Mises | verdict `drift` |\n|---|---|---|---|---|---|\n",
    );
    let mut last = [0.0; 4];
    for shift in [0.1, 0.2, 0.5] {
        for (place, rows) in sizes.into_iter().enumerate() {
            let mut draws = Draws::new(rows as u64);
            let mut found = [0_u64; 4];
            for _ in 0..trials {
                let (a, b) = (draws.normals(rows, 0.0), draws.normals(rows, shift));
                let [reference, current] =
                    [&a, &b].map(|values| Sample::new(values.clone()).unwrap());
                let tables = [a, b].map(|values| {
                    let array: ArrayRef = Arc::new(Float64Array::from(values));
                    Table::from_columns([("x", array)]).unwrap()
                });
                let p_values = [
                    kolmogorov_smirnov(&reference, &current, KsMethod::Auto).p_value,
                    mann_whitney(&reference, &current).p_value,
                    cramer_von_mises(&reference, &current).p_value,
                ];
                for (found, p) in found.iter_mut().zip(p_values) {
                    *found += u64::from(p <= LEVEL);
                }
                let change = TableChange::between(&tables[0], &tables[1]).unwrap();
                found[3] += u64::from(change.verdict == Verdict::Drift);
            }
            let power = found.map(|count| count as f64 / trials as f64);
            table += &format!("| {shift} | {rows} |");
            for share in power {
                table += &format!(" {:.0} % |", share * 100.0);
            }
            table.push('\n');
            assert!(
                power[0] >= last[place] - 0.05,
                "more shift, less power: {table}"
            );
            last[place] = power[0];
        }
        assert!(
            last.windows(2).all(|pair| pair[1] >= pair[0] - 0.05),
            "{table}"
        );
    }
    // Half a standard deviation is always found from 500 rows on.
    assert!(last[1] > 0.99, "{table}");
    if std::env::var_os("MLOPS_POWER").is_some() {
        say(&table);
    }
}

fn say(text: &str) {
    // Standard error is shown with `--nocapture` and where a test fails.
    let _ = writeln!(std::io::stderr(), "{text}");
}

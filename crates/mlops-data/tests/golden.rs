//! The statistics against numbers of scipy, statsmodels and Evidently: run with `--features conformance`, and `MLOPS_SHARED` if the
//! numbers are elsewhere.
#![cfg(feature = "conformance")]

use std::path::PathBuf;

use mlops_data::statistics::{
    Alternative, Binning, JensenShannon, KsMethod, LabelFilter, Sample, TestResult, ZeroShares,
    benjamini_hochberg, binned_shares, binomial_test, category_shares, chi_square_homogeneity,
    chi_square_two_by_two_yates, clopper_pearson, confident_learning, cramer_von_mises,
    doane_edges, fisher_exact, hellinger, interquartile_fences, jensen_shannon, kolmogorov_smirnov,
    largest_difference, mann_whitney, population_stability, sturges_edges, two_proportions,
    wasserstein, wasserstein_over_deviation, wilson,
};
use serde_json::Value;

struct Golden(Value);

impl Golden {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test of the numbers reads the numbers"
    )]
    fn read() -> Self {
        let folder = std::env::var_os("MLOPS_SHARED").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
            PathBuf::from,
        );
        let path = folder.join("reference/statistics.json");
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let numbers: Value = serde_json::from_str(&text).expect("the numbers are JSON");
        Self(numbers["golden"].clone())
    }

    #[track_caller]
    fn numbers(&self, name: &str) -> Vec<f64> {
        let value = &self.0[name];
        let list = value
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![value.clone()]);
        list.iter()
            .map(|value| value.as_f64().expect("a number"))
            .collect()
    }

    #[track_caller]
    fn holds(&self, name: &str, found: &[f64]) {
        let expected = self.numbers(name);
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(expected) {
            let relative = (found - expected).abs() / expected.abs();
            assert!(
                relative <= 1e-12,
                "{name}: {found:e} is not {expected:e} ({relative:e})"
            );
        }
    }

    #[track_caller]
    fn test(&self, name: &str, found: TestResult) {
        self.holds(name, &[found.statistic, found.p_value]);
    }
}

/// The generator of the reference's inputs.
fn uniform(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count).map(|_| next()).collect()
}

/// numpy's `round(x, 1)`.
fn rounded(values: &[f64]) -> Vec<f64> {
    values
        .iter()
        .map(|value| (value * 10.0).round_ties_even() / 10.0)
        .collect()
}

fn samples() -> [(&'static str, Sample, Sample); 2] {
    let a = uniform(200, 1);
    let b: Vec<f64> = uniform(150, 2)
        .iter()
        .map(|value| value.powf(1.2))
        .collect();
    let sample = |values: &[f64]| Sample::new(values.to_vec()).expect("numbers");
    [
        ("cont", sample(&a), sample(&b)),
        ("ties", sample(&rounded(&a)), sample(&rounded(&b))),
    ]
}

#[test]
fn tests_of_two_samples_are_those_of_scipy() {
    let golden = Golden::read();
    for (name, a, b) in samples() {
        for (method, ours) in [
            ("auto", KsMethod::Auto),
            ("exact", KsMethod::Exact),
            ("asymp", KsMethod::Asymptotic),
        ] {
            golden.test(
                &format!("ks_{name}_{method}"),
                kolmogorov_smirnov(&a, &b, ours),
            );
        }
        golden.holds(&format!("wasserstein_{name}"), &[wasserstein(&a, &b)]);
        golden.test(&format!("cvm_{name}"), cramer_von_mises(&a, &b));
        golden.test(&format!("mwu_{name}"), mann_whitney(&a, &b));
    }
}

#[test]
fn tests_of_counts_are_those_of_scipy_and_statsmodels() {
    let golden = Golden::read();
    let table = [[30, 20], [25, 35]];
    let three = chi_square_homogeneity(&[30, 20, 10], &[25, 25, 15], false).unwrap();
    let degrees = three.degrees_of_freedom as f64;
    golden.holds("chi2_3", &[three.statistic, three.p_value, degrees]);
    golden.test(
        "chi2_2x2_yates_True",
        chi_square_two_by_two_yates(table).unwrap(),
    );
    let plain = chi_square_homogeneity(&table[0], &table[1], false).unwrap();
    golden.holds("chi2_2x2_yates_False", &[plain.statistic, plain.p_value]);
    golden.holds("fisher_2x2", &[fisher_exact(table).unwrap().p_value]);
    golden.test(
        "ztest_3_100_9_120",
        two_proportions((3, 100), (9, 120)).unwrap(),
    );
    let more = binomial_test(9, 120, 0.03, Alternative::Greater).unwrap();
    golden.holds("binomtest_9_120_p03_greater", &[more.p_value]);
    let score = wilson(3, 100, 0.95).unwrap();
    golden.holds("wilson_3_100", &[score.low, score.high]);
    let exact = clopper_pearson(3, 100, 0.95).unwrap();
    golden.holds("beta_3_100", &[exact.low, exact.high]);
    let p_values = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205];
    golden.holds("bh_fdr", &benjamini_hochberg(&p_values).unwrap());
}

#[test]
fn distances_are_those_of_scipy_and_by_name_those_of_evidently() {
    let golden = Golden::read();
    let (p, q) = ([0.5, 0.3, 0.2, 0.0], [0.4, 0.3, 0.2, 0.1]);
    for (name, variant) in [
        ("js_dist_base_e", JensenShannon::DistanceNatural),
        ("js_dist_base2", JensenShannon::DistanceBits),
        ("js_div_base2", JensenShannon::DivergenceBits),
    ] {
        golden.holds(name, &[jensen_shannon(&p, &q, variant).unwrap()]);
    }
    golden.holds("hellinger", &[hellinger(&p, &q).unwrap()]);
    // 0.5 - 0.4 is not 0.1 in binary; scaling by a sum that is 1 but for rounding changes the last bit.
    golden.holds("linf", &[largest_difference(&p, &q).unwrap()]);
    let [(_, a, b), _] = samples();
    golden.holds(
        "wasserstein_norm_evidently",
        &[wasserstein_over_deviation(&a, &b)],
    );
    let (reference, current) = binned_shares(&a, &b, Binning::EvidentlySturges);
    let index = population_stability(&reference, &current, ZeroShares::Evidently).unwrap();
    golden.holds("evidently_psi_num", &[index]);
    let floats = |counts: &[u64]| counts.iter().map(|count| *count as f64).collect::<Vec<_>>();
    let variant = JensenShannon::DistanceNatural;
    let distance = jensen_shannon(&floats(&reference), &floats(&current), variant).unwrap();
    golden.holds("evidently_js_num", &[distance]);
    let (reference, current) = category_shares("aaabbbccc".chars(), "aaaabbbbd".chars()).unwrap();
    let index = population_stability(&reference, &current, ZeroShares::Evidently).unwrap();
    golden.holds("evidently_psi_cat", &[index]);
    golden.holds("sturges_edges_n", &[sturges_edges(&a, &b).len() as f64]);
    golden.holds("doane_edges_n", &[doane_edges(&a).len() as f64]);
}

#[test]
fn fences_are_those_of_numpy() {
    let golden = Golden::read();
    let mut values = uniform(40, 7);
    values.extend([5.0, -3.0]);
    let fences = interquartile_fences(&Sample::new(values).unwrap(), 1.5).unwrap();
    golden.holds("iqr_fences_linear", &[fences.low, fences.high]);
}

#[test]
fn confident_learning_is_that_of_cleanlab() {
    let golden = Golden::read();
    let (classes, rows) = (3, 120);
    let labels: Vec<usize> = uniform(rows, 31)
        .into_iter()
        .map(|value| (value * classes as f64) as usize)
        .collect();
    let columns = [uniform(rows, 32), uniform(rows, 33), uniform(rows, 34)];
    let probabilities: Vec<Vec<f64>> = (0..rows)
        .map(|row| {
            let mut values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
            values[labels[row]] += 0.6;
            let sum: f64 = values.iter().sum();
            values.into_iter().map(|value| value / sum).collect()
        })
        .collect();
    let learnt = confident_learning(&labels, &probabilities).unwrap();
    let table = |name: &str| -> Vec<Vec<u64>> {
        serde_json::from_value(golden.0[name].clone()).expect("a table of counts")
    };
    assert_eq!(learnt.counts, table("cl_joint_uncal"));
    assert_eq!(learnt.joint, table("cl_joint"));
    for (name, filter) in [
        ("cl_prune_by_noise_rate", LabelFilter::NoiseRate),
        ("cl_prune_by_class", LabelFilter::Class),
        ("cl_both", LabelFilter::Both),
        ("cl_confident_learning", LabelFilter::Confident),
        ("cl_predicted_neq_given", LabelFilter::Predicted),
    ] {
        let rows: Vec<usize> =
            serde_json::from_value(golden.0[name].clone()).expect("a list of rows");
        assert_eq!(learnt.issues(filter), rows, "{name}");
    }
    let first: Vec<f64> = (0..5)
        .filter_map(|row| learnt.self_confidence(row))
        .collect();
    golden.holds("cl_selfconf_first5", &first);
}

//! Many tests at once: p-values adjusted so that the share of false discoveries is held.

use super::StatisticsError;

/// The p-values, adjusted by the procedure of Y. Benjamini and Y. Hochberg (1995), in the order given.
///
/// Taking those at or below a level for discoveries holds the expected share of false ones among them at that level, if the tests
/// are independent or positively dependent; where nothing differs at all, it holds the chance of any false one.
///
/// # Errors
/// A value is not from 0 to 1.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, StatisticsError> {
    if let Some(wrong) = p_values.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(StatisticsError::argument("a p-value", wrong, "from 0 to 1"));
    }
    let count = p_values.len() as f64;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, index) in order.iter().enumerate().rev() {
        least = least.min(p_values[*index] / ((rank as f64 + 1.0) / count));
        adjusted[*index] = least;
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use super::benjamini_hochberg;
    use crate::statistics::oracles::{Draws, INPUTS};

    #[test]
    fn an_adjusted_value_is_the_least_level_at_which_the_test_is_a_discovery() {
        let mut draws = Draws::new(91);
        for _ in 0..INPUTS {
            let count = 1 + draws.below(12) as usize;
            let p: Vec<f64> = (0..count)
                .map(|_| (draws.uniform() * 50.0).round() / 50.0)
                .collect();
            let adjusted = benjamini_hochberg(&p).unwrap();
            // The step-up rule as it is told: the largest k with p(k) ≤ k/m · level; discoveries are the k least.
            let discovered = |level: f64, value: f64| {
                let bound = p
                    .iter()
                    .filter(|candidate| {
                        let k = p.iter().filter(|other| other <= candidate).count();
                        **candidate <= k as f64 / count as f64 * level
                    })
                    .fold(f64::NEG_INFINITY, |most, candidate| most.max(*candidate));
                value <= bound
            };
            for (value, level) in p.iter().zip(&adjusted) {
                assert!(
                    discovered(level * (1.0 + 1e-12), *value) || *level == 1.0,
                    "{p:?}"
                );
                assert!(
                    !discovered(level * (1.0 - 1e-12), *value) || *value == 0.0,
                    "{p:?}"
                );
            }
        }
    }

    #[test]
    fn no_tests_are_no_discoveries_and_what_is_no_p_value_is_refused() {
        assert_eq!(benjamini_hochberg(&[]).unwrap(), [0.0; 0]);
        assert!(benjamini_hochberg(&[0.5, 1.5]).is_err());
        assert!(benjamini_hochberg(&[f64::NAN]).is_err());
    }
}

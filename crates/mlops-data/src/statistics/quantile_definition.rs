//! The nine definitions of a sample's quantile that tools use, by name.

use super::Sample;

/// How a quantile is read off a sample: the nine definitions of R. J. Hyndman and Y. Fan (1996), by numpy's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QuantileDefinition {
    /// Type 1: the least value that enough of the sample is at most. SQL's `PERCENTILE_DISC`.
    InvertedCdf,
    /// Type 2: the same, but the mean of two where the share falls between them. SAS's default.
    AveragedInvertedCdf,
    /// Type 3: the value whose rank is nearest.
    ClosestObservation,
    /// Type 4: on the line through the shares k/n.
    InterpolatedInvertedCdf,
    /// Type 5: on the line through the middles of the steps.
    Hazen,
    /// Type 6: on the line through k/(n + 1). SPSS, Minitab, Excel's `QUARTILE.EXC`.
    Weibull,
    /// Type 7: on the line from the least to the greatest value. numpy, pandas, R, SQL's `PERCENTILE_CONT`, Excel's
    /// `QUARTILE.INC`.
    #[default]
    Linear,
    /// Type 8: nearly unbiased in its median, whatever the distribution. What Hyndman and Fan recommend.
    MedianUnbiased,
    /// Type 9: nearly unbiased where values are normally distributed.
    NormalUnbiased,
}

impl QuantileDefinition {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::InvertedCdf,
        Self::AveragedInvertedCdf,
        Self::ClosestObservation,
        Self::InterpolatedInvertedCdf,
        Self::Hazen,
        Self::Weibull,
        Self::Linear,
        Self::MedianUnbiased,
        Self::NormalUnbiased,
    ];
}

/// The quantile at `share` by a definition. `share` is held between 0 and 1.
pub fn quantile_by(sample: &Sample, share: f64, definition: QuantileDefinition) -> f64 {
    if definition == QuantileDefinition::Linear {
        return super::quantile(sample, share);
    }
    let share = if share.is_nan() {
        0.0
    } else {
        share.clamp(0.0, 1.0)
    };
    let n = sample.len() as f64;
    // Ranks are counted from 1, and a share beyond the sample's ends is an end.
    let ranked = |rank: f64| sample.values()[rank.clamp(1.0, n) as usize - 1];
    let product = whole_if_near(n * share);
    let place = match definition {
        QuantileDefinition::InvertedCdf => return ranked(product.ceil()),
        QuantileDefinition::AveragedInvertedCdf => {
            let (low, high) = (ranked(product.ceil()), ranked(product.floor() + 1.0));
            return if low == high {
                low
            } else {
                low + (high - low) / 2.0
            };
        }
        QuantileDefinition::ClosestObservation => return ranked(product.round_ties_even()),
        QuantileDefinition::InterpolatedInvertedCdf => product,
        QuantileDefinition::Hazen => product + 0.5,
        QuantileDefinition::Weibull => (n + 1.0) * share,
        QuantileDefinition::Linear => (n - 1.0) * share + 1.0,
        QuantileDefinition::MedianUnbiased => (n + 1.0 / 3.0) * share + 1.0 / 3.0,
        QuantileDefinition::NormalUnbiased => (n + 0.25) * share + 0.375,
    };
    let below = place.floor();
    let (low, high) = (ranked(below), ranked(below + 1.0));
    if low == high || place == below {
        low
    } else {
        low + (high - low) * (place - below)
    }
}

/// A product that is a whole number but for rounding is that number; else one rank is skipped where none should be.
fn whole_if_near(product: f64) -> f64 {
    let whole = product.round();
    if (product - whole).abs() <= 4.0 * f64::EPSILON * product.max(1.0) {
        whole
    } else {
        product
    }
}

#[cfg(test)]
mod tests {
    use super::{QuantileDefinition, quantile_by};
    use crate::statistics::oracles::{Draws, INPUTS, sample};

    /// The line through (position of rank k, value k), flat beyond its ends.
    fn on_the_line(sorted: &[f64], share: f64, position: impl Fn(f64) -> f64) -> f64 {
        let places: Vec<f64> = (1..=sorted.len()).map(|k| position(k as f64)).collect();
        let last = sorted.len() - 1;
        if share <= places[0] {
            return sorted[0];
        }
        for k in 0..last {
            if share <= places[k + 1] {
                let part = (share - places[k]) / (places[k + 1] - places[k]);
                return sorted[k] * (1.0 - part) + sorted[k + 1] * part;
            }
        }
        sorted[last]
    }

    /// By the words of each definition, on shares of sixteenths and samples whose sizes make every product exact.
    fn slow(values: &[f64], share: f64, definition: QuantileDefinition) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let at_most = |value: f64| sorted.iter().filter(|other| **other <= value).count() as f64;
        match definition {
            QuantileDefinition::InvertedCdf => {
                let reached = sorted.iter().find(|value| at_most(**value) / n >= share);
                *reached.unwrap()
            }
            QuantileDefinition::AveragedInvertedCdf => {
                let reached = sorted.iter().find(|value| at_most(**value) / n >= share);
                let passed = sorted.iter().find(|value| at_most(**value) / n > share);
                (reached.unwrap() + passed.unwrap_or(sorted.last().unwrap())) / 2.0
            }
            QuantileDefinition::ClosestObservation => {
                let ranks = (1..=sorted.len()).rev();
                // The nearest rank; of two as near the even one.
                let nearest = ranks.min_by(|a, b| {
                    let away = |rank: &usize| (*rank as f64 - n * share).abs();
                    away(a).total_cmp(&away(b)).then((a % 2).cmp(&(b % 2)))
                });
                sorted[nearest.unwrap() - 1]
            }
            QuantileDefinition::InterpolatedInvertedCdf => on_the_line(&sorted, share, |k| k / n),
            QuantileDefinition::Hazen => on_the_line(&sorted, share, |k| (k - 0.5) / n),
            QuantileDefinition::Weibull => on_the_line(&sorted, share, |k| k / (n + 1.0)),
            QuantileDefinition::Linear => {
                on_the_line(&sorted, share, |k| (k - 1.0) / (n - 1.0).max(1.0))
            }
            QuantileDefinition::MedianUnbiased => {
                on_the_line(&sorted, share, |k| (k - 1.0 / 3.0) / (n + 1.0 / 3.0))
            }
            QuantileDefinition::NormalUnbiased => {
                on_the_line(&sorted, share, |k| (k - 0.375) / (n + 0.25))
            }
        }
    }

    #[test]
    fn each_definition_is_what_its_words_say() {
        let mut draws = Draws::new(211);
        for _ in 0..INPUTS {
            let values = draws.values(40);
            let sample = sample(&values);
            let share = draws.below(17) as f64 / 16.0;
            for definition in QuantileDefinition::ALL {
                let found = quantile_by(&sample, share, definition);
                let expected = slow(&values, share, definition);
                assert!(
                    (found - expected).abs() < 1e-12,
                    "{definition:?} at {share}: {found} is not {expected}, {values:?}"
                );
            }
        }
    }

    #[test]
    fn the_textbook_sample_has_its_nine_quartiles() {
        // 1, 2, …, 10 at 0.25: 2.5 ranks, and what each definition makes of them.
        let sample = sample(&(1..=10).map(f64::from).collect::<Vec<_>>());
        let expected = [
            3.0,
            3.0,
            2.0,
            2.5,
            3.0,
            2.75,
            3.25,
            2.0 + 11.0 / 12.0,
            2.9375,
        ];
        for (definition, expected) in QuantileDefinition::ALL.into_iter().zip(expected) {
            let found = quantile_by(&sample, 0.25, definition);
            assert!((found - expected).abs() < 1e-12, "{definition:?}: {found}");
        }
    }
}

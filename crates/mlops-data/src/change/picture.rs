//! Two distributions in the same bins, to draw side by side.

use crate::statistics::{Sample, quantile};

/// Bars of a histogram of numbers.
const BINS: usize = 20;
/// Categories with a bar of their own.
const BARS: usize = 12;
/// What lies further out than this share of both samples goes into the outer bins, so that one wild value does not flatten the
/// rest.
const OUTER: f64 = 0.005;

/// Two distributions in the same bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// What each bin holds: a category, a value, or a range.
    pub labels: Vec<String>,
    /// The share of each bin in the reference and in the current table; each side adds up to one.
    pub shares: Vec<[f64; 2]>,
    /// Whether the bins are in order and adjoin.
    pub ordered: bool,
}

impl Picture {
    /// Of numbers: each value its bin where there are few, else ranges of equal width.
    pub(super) fn of_numbers(
        reference: &Sample,
        current: &Sample,
        few: Option<&[f64]>,
        label: impl Fn(f64) -> String,
    ) -> Self {
        if let Some(values) = few {
            let share = |sample: &Sample, value: f64| {
                let count = sample.count_up_to(value) - sample.count_below(value);
                count as f64 / sample.len() as f64
            };
            return Self {
                labels: values.iter().map(|value| label(*value)).collect(),
                shares: values
                    .iter()
                    .map(|value| [share(reference, *value), share(current, *value)])
                    .collect(),
                ordered: true,
            };
        }
        let finite = |value: f64| value.clamp(f64::MIN / 4.0, f64::MAX / 4.0);
        let low = finite(quantile(reference, OUTER).min(quantile(current, OUTER)));
        let high = finite(quantile(reference, 1.0 - OUTER).max(quantile(current, 1.0 - OUTER)));
        let width = (high - low) / BINS as f64;
        let edges: Vec<f64> = (0..=BINS).map(|k| low + width * k as f64).collect();
        let shares_of = |sample: &Sample| -> Vec<f64> {
            let mut before = 0;
            let inner = edges[1..BINS].iter().map(|edge| sample.count_below(*edge));
            inner
                .chain([sample.len()])
                .map(|end| {
                    let count = end.saturating_sub(before);
                    before = end.max(before);
                    count as f64 / sample.len() as f64
                })
                .collect()
        };
        let pairs = shares_of(reference).into_iter().zip(shares_of(current));
        let labels = (0..BINS).map(|k| match k {
            0 => format!("below {}", label(edges[1])),
            k if k == BINS - 1 => format!("{} and above", label(edges[k])),
            k => format!("{} to {}", label(edges[k]), label(edges[k + 1])),
        });
        Self {
            labels: labels.collect(),
            shares: pairs.map(|(a, b)| [a, b]).collect(),
            ordered: true,
        }
    }

    /// Of categories with their counts, the most frequent first.
    pub(super) fn of_categories(counts: &[(String, [u64; 2])]) -> Self {
        let totals = [0, 1].map(|side| counts.iter().map(|(_, pair)| pair[side]).sum::<u64>());
        let share =
            |pair: [u64; 2]| [0, 1].map(|side| pair[side] as f64 / (totals[side].max(1)) as f64);
        // One more than there are bars is shown; two more are put together.
        let shown = if counts.len() <= BARS + 1 {
            counts.len()
        } else {
            BARS
        };
        let mut labels: Vec<String> = counts[..shown]
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        let mut shares: Vec<_> = counts[..shown]
            .iter()
            .map(|(_, pair)| share(*pair))
            .collect();
        let rest = &counts[shown..];
        if !rest.is_empty() {
            labels.push(format!("{} others", rest.len()));
            let sum = |side: usize| rest.iter().map(|(_, pair)| pair[side]).sum::<u64>();
            shares.push(share([sum(0), sum(1)]));
        }
        Self {
            labels,
            shares,
            ordered: false,
        }
    }
}

/// A number in four digits.
pub(super) fn shown(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = value.abs().log10().floor();
    if !(-4.0..9.0).contains(&digits) {
        return format!("{value:.3e}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 7"
    )]
    let places = (3.0 - digits).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let places = if percent == 0.0 || percent == 100.0 {
        0
    } else if (0.1..99.9).contains(&percent) {
        1
    } else {
        3
    };
    format!("{percent:.places$} %")
}

#[cfg(test)]
mod tests {
    use super::{Picture, percent, shown};
    use crate::statistics::Sample;

    #[test]
    fn every_value_is_in_a_bar_and_a_wild_one_does_not_flatten_the_rest() {
        let mut values: Vec<f64> = (0..1_000).map(f64::from).collect();
        let reference = Sample::new(values.clone()).unwrap();
        values[0] = 1e9;
        let current = Sample::new(values).unwrap();
        let picture = Picture::of_numbers(&reference, &current, None, shown);
        for side in [0, 1] {
            let sum: f64 = picture.shares.iter().map(|pair| pair[side]).sum();
            assert!((sum - 1.0).abs() < 1e-9);
            assert!(picture.shares.iter().all(|pair| pair[side] < 0.1));
        }
    }

    #[test]
    fn numbers_are_shown_in_four_digits() {
        let said = [
            0.0,
            1.0,
            1234.5678,
            12_345_678.9,
            0.012_345,
            -3.25,
            1e-9,
            3e12,
        ]
        .map(shown);
        assert_eq!(
            said,
            [
                "0", "1", "1235", "12345679", "0.01235", "-3.25", "1.000e-9", "3.000e12"
            ]
        );
        assert_eq!(
            [0.0, 0.123, 0.0001, 1.0].map(percent),
            ["0 %", "12.3 %", "0.010 %", "100 %"]
        );
    }
}

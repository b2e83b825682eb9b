//! Which labels are likely wrong: confident learning (C. G. Northcutt, L. Jiang and I. L. Chuang 2021).

use super::StatisticsError;

/// How near to a threshold, or to another probability, counts as reaching it. cleanlab's.
const SLACK: f64 = 1e-6;
/// Who is labelled wrongly has at least this much company: a class is never emptied.
const LEAST_KEPT: f64 = 1.0;

/// Which rows are taken for mislabelled, from how many there must be. All leave out rows whose own label is the likeliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelFilter {
    /// For each pair of labels as many as were counted, those first whose probability of the other label exceeds that of their
    /// own by most. cleanlab's default, `prune_by_noise_rate`.
    #[default]
    NoiseRate,
    /// For each label as many as were counted, those first whose own label is least probable: `prune_by_class`.
    Class,
    /// What both of the above take: `both`.
    Both,
    /// The rows that were counted: `confident_learning`.
    Confident,
    /// Every row whose own label is not the likeliest: `predicted_neq_given`.
    Predicted,
}

/// What the labels and the probabilities say of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfidentLearning {
    /// For each class the mean probability that rows of this label have of it; none where no row has the label.
    pub thresholds: Vec<Option<f64>>,
    /// How many rows of a given label (first index) are confidently of a true one (second index).
    pub counts: Vec<Vec<u64>>,
    /// The same, scaled so that each given label has as many rows as it has.
    pub joint: Vec<Vec<u64>>,
    /// The share of rows whose true label is likely another one.
    pub noise: f64,
    labels: Vec<usize>,
    probabilities: Vec<Vec<f64>>,
}

/// Counts which labels are confidently others, from probabilities that each row got from a model that had not seen it.
///
/// `labels` are places in the rows of `probabilities`. Counts, thresholds and rows are those of cleanlab 2.9, except that its
/// ties are broken as the processor's sort happens to; here by a stable one.
///
/// # Errors
/// There are no rows, a row is of another length, a label is beyond it, or a probability is none.
pub fn confident_learning(
    labels: &[usize],
    probabilities: &[Vec<f64>],
) -> Result<ConfidentLearning, StatisticsError> {
    let classes = check(labels, probabilities)?;
    let mut sums = vec![(0.0, 0_u64); classes];
    for (label, row) in labels.iter().zip(probabilities) {
        sums[*label].0 += row[*label];
        sums[*label].1 += 1;
    }
    let thresholds: Vec<Option<f64>> = sums
        .iter()
        .map(|(sum, count)| (*count > 0).then(|| (sum / *count as f64).max(2.0 * SLACK)))
        .collect();
    let mut counts = vec![vec![0_u64; classes]; classes];
    for (label, row) in labels.iter().zip(probabilities) {
        if let Some(class) = confident_class(row, &thresholds) {
            counts[*label][class] += 1;
        }
    }
    for (class, row) in counts.iter_mut().enumerate() {
        row[class] = row[class].max(1);
    }
    let per_label: Vec<u64> = sums.iter().map(|(_, count)| *count).collect();
    let joint = calibrated(&counts, &per_label);
    let all: u64 = joint.iter().flatten().sum();
    let right: u64 = (0..classes).map(|class| joint[class][class]).sum();
    Ok(ConfidentLearning {
        thresholds,
        counts,
        joint,
        noise: (all - right) as f64 / all.max(1) as f64,
        labels: labels.to_vec(),
        probabilities: probabilities.to_vec(),
    })
}

fn check(labels: &[usize], probabilities: &[Vec<f64>]) -> Result<usize, StatisticsError> {
    let Some(first) = probabilities.first() else {
        return Err(StatisticsError::Empty { what: "the rows" });
    };
    let classes = first.len();
    if labels.len() != probabilities.len() {
        let expected = "as many as rows of probabilities";
        return Err(StatisticsError::argument(
            "the number of labels",
            labels.len(),
            expected,
        ));
    }
    for (label, row) in labels.iter().zip(probabilities) {
        if row.len() != classes || classes == 0 {
            let expected = "as long as the first, and not empty";
            return Err(StatisticsError::argument(
                "a row of probabilities",
                row.len(),
                expected,
            ));
        }
        if *label >= classes {
            return Err(StatisticsError::argument(
                "a label",
                label,
                "a place in the row of probabilities",
            ));
        }
        let is_probability = |value: &&f64| (-SLACK..=1.0 + SLACK).contains(*value);
        if let Some(wrong) = row.iter().find(|value| !is_probability(value)) {
            return Err(StatisticsError::argument(
                "a probability",
                wrong,
                "from 0 to 1",
            ));
        }
    }
    Ok(classes)
}

/// The class that a row confidently is of: the one whose threshold it reaches, or the likeliest if it reaches several.
fn confident_class(row: &[f64], thresholds: &[Option<f64>]) -> Option<usize> {
    let reaches = |(class, threshold): (usize, &Option<f64>)| {
        let threshold = (*threshold)?;
        (row[class] >= threshold - SLACK).then_some(class)
    };
    let mut reached = thresholds.iter().enumerate().filter_map(reaches);
    let first = reached.next()?;
    Some(if reached.next().is_some() {
        likeliest(row)
    } else {
        first
    })
}

/// The first of those that no other exceeds.
fn likeliest(row: &[f64]) -> usize {
    let mut best = 0;
    for (class, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = class;
        }
    }
    best
}

/// Each row scaled to as many as have the label, then rounded so that it adds up.
fn calibrated(counts: &[Vec<u64>], per_label: &[u64]) -> Vec<Vec<u64>> {
    let scaled: Vec<Vec<f64>> = counts
        .iter()
        .zip(per_label)
        .map(|(row, rows)| {
            let sum = row.iter().sum::<u64>() as f64;
            let scale = |count: &u64| *count as f64 / sum * *rows as f64;
            row.iter().map(scale).collect()
        })
        .collect();
    // By true label, as the reference's memory has them.
    let cells: Vec<f64> = (0..scaled.len())
        .flat_map(|truth| scaled.iter().map(move |row| row[truth]))
        .collect();
    let all = sum_as_numpy(&cells);
    let rows = per_label.iter().sum::<u64>() as f64;
    scaled
        .iter()
        .map(|row| {
            let row: Vec<f64> = row.iter().map(|count| count / all * rows).collect();
            rounded(&row)
        })
        .collect()
}

/// The sum in numpy's order: eight at a time, halves beyond 128. Counts are scaled to halves so often that the last bit of this sum
/// decides which way they are rounded, so the order is part of the reference's answer.
fn sum_as_numpy(values: &[f64]) -> f64 {
    const BLOCK: usize = 128;
    if values.len() > BLOCK {
        let half = values.len() / 2;
        let (low, high) = values.split_at(half - half % 8);
        return sum_as_numpy(low) + sum_as_numpy(high);
    }
    let chunks = values.chunks_exact(8);
    let rest = chunks.remainder();
    let mut sums: Option<[f64; 8]> = None;
    for chunk in chunks {
        let sums = sums.get_or_insert([-0.0; 8]);
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    let whole = sums.map(|[a, b, c, d, e, f, g, h]| ((a + b) + (c + d)) + ((e + f) + (g + h)));
    rest.iter()
        .fold(whole.unwrap_or(-0.0), |sum, value| sum + value)
}

/// Whole numbers that add up to the rounded sum: those that lost most by rounding are raised, those that gained most lowered.
fn rounded(row: &[f64]) -> Vec<u64> {
    let mut whole: Vec<f64> = row.iter().map(|value| value.round_ties_even()).collect();
    let sum = row.iter().sum::<f64>().round_ties_even();
    loop {
        let missing = sum - whole.iter().sum::<f64>();
        if missing == 0.0 {
            break;
        }
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|a, b| (row[*a] - whole[*a]).total_cmp(&(row[*b] - whole[*b])));
        if missing > 0.0 {
            order.reverse();
        }
        for place in order.into_iter().take(missing.abs() as usize) {
            whole[place] += missing.signum();
        }
    }
    whole
        .into_iter()
        .map(|value| value.max(0.0) as u64)
        .collect()
}

impl ConfidentLearning {
    /// The rows that are likely mislabelled, in their order.
    pub fn issues(&self, filter: LabelFilter) -> Vec<usize> {
        let mut found = match filter {
            LabelFilter::NoiseRate => self.by_pair(),
            LabelFilter::Class => self.by_label(),
            LabelFilter::Both => {
                let (one, two) = (self.by_pair(), self.by_label());
                one.iter().zip(two).map(|(one, two)| *one && two).collect()
            }
            LabelFilter::Confident => self.counted(),
            LabelFilter::Predicted => vec![true; self.labels.len()],
        };
        for (row, found) in found.iter_mut().enumerate() {
            *found &= self.is_unlikely(row, filter);
        }
        (0..found.len()).filter(|row| found[*row]).collect()
    }

    /// The probability that a row has of its own label: the lower, the likelier it is mislabelled.
    pub fn self_confidence(&self, row: usize) -> Option<f64> {
        Some(self.probabilities.get(row)?[self.labels[row]])
    }

    /// The label that is likeliest for a row.
    pub fn likeliest(&self, row: usize) -> Option<usize> {
        self.probabilities.get(row).map(|row| likeliest(row))
    }

    /// Whether another label is likelier than a row's own.
    fn is_unlikely(&self, row: usize, filter: LabelFilter) -> bool {
        let (label, mut values) = (self.labels[row], self.probabilities[row].clone());
        if filter == LabelFilter::Predicted && likeliest(&values) == label {
            return false;
        }
        values[label] += SLACK;
        likeliest(&values) != label
    }

    /// How many rows of a given label (second index) are to be taken for each true one (first index): as counted, less what is
    /// needed to leave each label a row of its own.
    fn to_take(&self) -> Vec<Vec<u64>> {
        let classes = self.joint.len();
        let mut take = vec![vec![0; classes]; classes];
        for given in 0..classes {
            let own = self.joint[given][given] as f64;
            let raised = own.max(LEAST_KEPT);
            let others = self.joint[given].iter().filter(|count| **count > 0).count();
            let each = (raised - own) / (others as f64 - 1.0).max(1.0);
            for (truth, take) in take.iter_mut().enumerate() {
                take[given] = if truth == given {
                    raised as u64
                } else {
                    (self.joint[given][truth] as f64 - each).max(0.0) as u64
                };
            }
        }
        take
    }

    fn rows_of(&self, label: usize) -> Vec<usize> {
        (0..self.labels.len())
            .filter(|row| self.labels[*row] == label)
            .collect()
    }

    fn by_pair(&self) -> Vec<bool> {
        let mut found = vec![false; self.labels.len()];
        let take = self.to_take();
        for given in 0..take.len() {
            let rows = self.rows_of(given);
            if rows.len() < 2 {
                continue;
            }
            for (truth, take) in take.iter().enumerate().filter(|(truth, _)| *truth != given) {
                let excess =
                    |row: &usize| self.probabilities[*row][truth] - self.probabilities[*row][given];
                let mut order = rows.clone();
                order.sort_by(|a, b| excess(b).total_cmp(&excess(a)));
                let taken = order.into_iter().take(take[given] as usize);
                taken.for_each(|row| found[row] = true);
            }
        }
        found
    }

    fn by_label(&self) -> Vec<bool> {
        let mut found = vec![false; self.labels.len()];
        for (given, take) in self.to_take().iter().enumerate() {
            let mut rows = self.rows_of(given);
            if rows.len() < 2 {
                continue;
            }
            let count = (rows.len() as u64).saturating_sub(take[given]);
            let own = |row: &usize| self.probabilities[*row][given];
            rows.sort_by(|a, b| own(a).total_cmp(&own(b)));
            rows.into_iter()
                .take(count as usize)
                .for_each(|row| found[row] = true);
        }
        found
    }

    fn counted(&self) -> Vec<bool> {
        let rows = self.labels.iter().zip(&self.probabilities);
        rows.map(|(label, row)| {
            confident_class(row, &self.thresholds).is_some_and(|class| class != *label)
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;

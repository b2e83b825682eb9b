//! Boosted trees of three levels on binned features, with logistic loss (J. H. Friedman 2001), as small as the question needs.

use super::features::{BINS, Features};

const ROUNDS: usize = 60;
const RATE: f64 = 0.15;
const LEVELS: usize = 3;
/// Shrinks leaves with little in them.
const RIDGE: f64 = 5.0;
/// A split must leave this much weight on both sides: about twenty rows.
const LEAST_WEIGHT: f64 = 5.0;

/// Goes right if the bin of the feature is above.
#[derive(Clone, Copy)]
struct Split {
    feature: usize,
    above: u8,
}

/// A complete tree: splits by level, from left to right; where there is none all rows go left.
struct Tree {
    splits: [Option<Split>; (1 << LEVELS) - 1],
    leaves: [f64; 1 << LEVELS],
}

impl Tree {
    fn leaf(&self, features: &Features, row: usize) -> usize {
        let mut node = 0;
        for _ in 0..LEVELS {
            let goes_right = self.splits[node]
                .is_some_and(|split| features.bins[split.feature][row] > split.above);
            node = 2 * node + 1 + usize::from(goes_right);
        }
        node - self.splits.len()
    }
}

pub(super) struct Forest {
    trees: Vec<Tree>,
    /// How much each feature helped.
    pub(super) gains: Vec<f64>,
}

impl Forest {
    /// Learns from these rows which of them are of the current table.
    pub(super) fn grown(features: &Features, is_current: &[bool], rows: &[usize]) -> Self {
        let mut forest = Self {
            trees: Vec::with_capacity(ROUNDS),
            gains: vec![0.0; features.names.len()],
        };
        let mut scores = vec![0.0_f64; rows.len()];
        for _ in 0..ROUNDS {
            let slopes: Vec<(f64, f64)> = rows
                .iter()
                .zip(&scores)
                .map(|(row, score)| {
                    let p = 1.0 / (1.0 + (-score).exp());
                    (f64::from(u8::from(is_current[*row])) - p, p * (1.0 - p))
                })
                .collect();
            let tree = grow(features, rows, &slopes, &mut forest.gains);
            for (score, row) in scores.iter_mut().zip(rows) {
                *score += tree.leaves[tree.leaf(features, *row)];
            }
            forest.trees.push(tree);
        }
        forest
    }

    pub(super) fn score(&self, features: &Features, row: usize) -> f64 {
        self.trees
            .iter()
            .map(|tree| tree.leaves[tree.leaf(features, row)])
            .sum()
    }
}

fn grow(features: &Features, rows: &[usize], slopes: &[(f64, f64)], gains: &mut [f64]) -> Tree {
    let mut tree = Tree {
        splits: [None; (1 << LEVELS) - 1],
        leaves: [0.0; 1 << LEVELS],
    };
    // The node of each row, numbered within its level.
    let mut nodes = vec![0_usize; rows.len()];
    for level in 0..LEVELS {
        let width = 1 << level;
        let mut best: Vec<(f64, Option<Split>)> = vec![(1e-9, None); width];
        for (feature, bins) in features.bins.iter().enumerate() {
            let mut sums = vec![[(0.0, 0.0); BINS]; width];
            for ((row, node), slope) in rows.iter().zip(&nodes).zip(slopes) {
                let sum = &mut sums[*node][usize::from(bins[*row])];
                sum.0 += slope.0;
                sum.1 += slope.1;
            }
            for (sums, best) in sums.iter().zip(&mut best) {
                let total = sums
                    .iter()
                    .fold((0.0, 0.0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1));
                let value = |(slope, weight): (f64, f64)| slope * slope / (weight + RIDGE);
                let mut left = (0.0, 0.0);
                for (above, bin) in sums.iter().enumerate().take(BINS - 1) {
                    left = (left.0 + bin.0, left.1 + bin.1);
                    let right = (total.0 - left.0, total.1 - left.1);
                    if left.1 < LEAST_WEIGHT || right.1 < LEAST_WEIGHT {
                        continue;
                    }
                    let gain = value(left) + value(right) - value(total);
                    if gain > best.0 {
                        *best = (
                            gain,
                            Some(Split {
                                feature,
                                above: above as u8,
                            }),
                        );
                    }
                }
            }
        }
        for (node, (gain, split)) in best.iter().enumerate() {
            if let Some(split) = split {
                gains[split.feature] += gain;
            }
            tree.splits[width - 1 + node] = *split;
        }
        for (row, node) in rows.iter().zip(&mut nodes) {
            let goes_right = best[*node]
                .1
                .is_some_and(|split| features.bins[split.feature][*row] > split.above);
            *node = 2 * *node + usize::from(goes_right);
        }
    }
    let mut sums = [(0.0, 0.0); 1 << LEVELS];
    for (node, slope) in nodes.iter().zip(slopes) {
        sums[*node].0 += slope.0;
        sums[*node].1 += slope.1;
    }
    tree.leaves = sums.map(|(slope, weight)| RATE * slope / (weight + RIDGE));
    tree
}

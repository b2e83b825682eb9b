//! What of a tree a model sees.

use crate::trees::Tree;

/// A feature: its name and how it is worked out.
pub type Feature = (&'static str, fn(&Tree) -> f64);

/// All of them.
pub const FEATURES: [Feature; 3] = [
    ("height", |tree| tree.height),
    ("age", age),
    ("grafted", |tree| f64::from(u8::from(tree.is_grafted))),
];

fn age(tree: &Tree) -> f64 {
    f64::from(tree.age.min(OLDEST))
}

const OLDEST: u32 = 40;

/// The row of a tree.
pub fn row(tree: &Tree) -> Vec<f64> {
    FEATURES.iter().map(|(_, of)| of(tree)).collect()
}

/// The names of the columns.
pub fn names() -> Vec<&'static str> {
    FEATURES.iter().map(|(name, _)| *name).collect()
}

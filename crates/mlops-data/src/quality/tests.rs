//! The looks at a table, each against a slow oracle or what was planted, and on tables that show nothing.

mod labels;
mod oracle;
mod planted;
mod sources;
mod vacuous;

use crate::Table;

/// Seeded random numbers, the same on every machine.
struct Draws(u64, u64);

impl Draws {
    fn new(seed: u64) -> Self {
        Self(seed, 0)
    }

    fn uniform(&mut self) -> f64 {
        self.1 += 1;
        (crate::table::split_mix(self.0, self.1) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.uniform() * bound as f64) as u64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// A table with gaps and repetitions: numbers, texts and booleans, in batches of any size.
fn drawn(draws: &mut Draws) -> Table {
    let rows = draws.below(30) as usize;
    let (values, gaps) = (1 + draws.below(6), draws.uniform() * 0.5);
    let column = |draws: &mut Draws| -> Vec<Option<u64>> {
        (0..rows)
            .map(|_| (draws.uniform() >= gaps).then(|| draws.below(values)))
            .collect()
    };
    let number = |value: u64| match value {
        0 => f64::NAN,
        1 => -0.0,
        2 => 0.0,
        other => other as f64 / 3.0,
    };
    let (a, b, c) = (column(draws), column(draws), column(draws));
    let a: Vec<Option<f64>> = a.into_iter().map(|value| value.map(number)).collect();
    let b: Vec<Option<String>> = b
        .into_iter()
        .map(|value| value.map(|value| "x".repeat(value as usize * 7)))
        .collect();
    let c: Vec<Option<bool>> = c
        .into_iter()
        .map(|value| value.map(|value| value % 2 == 0))
        .collect();
    crate::table! { "a" => a, "b" => b, "c" => c }
}

/// The cells of a row as texts that are equal where values are.
fn cells(table: &Table, row: usize) -> Vec<Option<String>> {
    let a = table.numbers("a").unwrap()[row].map(|value| format!("{:?}", value + 0.0));
    let b = table.texts("b").unwrap()[row].clone();
    let c = table.booleans("c").unwrap()[row].map(|value| value.to_string());
    vec![a, b, c]
}

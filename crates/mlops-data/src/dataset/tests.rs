//! Claims about data sets: what may never be on two sides is not, and what is planted is found.

mod leaks;
mod splits;
mod versions;

use proptest::prelude::*;

use crate::Table;
use crate::table::split_mix;

/// The same rows in batches of another size.
fn chunked(table: &Table, rows: usize) -> Table {
    let parts = (0..table.rows().div_ceil(rows)).map(|part| table.slice(part * rows, rows));
    Table::concat(&parts.collect::<Vec<_>>()).unwrap()
}

/// A permutation of so many rows.
fn orders(rows: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..rows).collect::<Vec<_>>()).prop_shuffle()
}

/// Numbers by chance, the same each time.
struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    fn uniform(&mut self) -> f64 {
        self.drawn += 1;
        (split_mix(self.seed, self.drawn) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.uniform() * bound as f64) as u64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

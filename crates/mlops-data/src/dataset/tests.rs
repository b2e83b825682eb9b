//! Claims about data sets: what may never be on two sides is not, and what is planted is found.

mod splits;

use proptest::prelude::*;

use crate::Table;

/// The same rows in batches of another size.
fn chunked(table: &Table, rows: usize) -> Table {
    let parts = (0..table.rows().div_ceil(rows)).map(|part| table.slice(part * rows, rows));
    Table::concat(&parts.collect::<Vec<_>>()).unwrap()
}

/// A permutation of so many rows.
fn orders(rows: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..rows).collect::<Vec<_>>()).prop_shuffle()
}

//! That a feature says of a row alone what it says of it in a table.

use mlops_data::Table;
use mlops_features::{Cell, FeatureSet, Row};

use super::project::expect;

/// Holds the features of every row of a table, computed together, against those of each row alone: to the bit.
///
/// The functions are the same, so what could differ is what they are given: a type that a table has and a request has not, a
/// missing value, an order. Give it the rows that you have, or those that a generator of your property tests makes.
///
/// ```
/// use mlops::prelude::*;
/// use mlops::testing::same_in_table_and_row;
///
/// /// Years since the contract began.
/// #[mlops::feature(entity = "customer", owner = "growth-ml")]
/// fn tenure_years(tenure_months: f64) -> f64 {
///     tenure_months / 12.0
/// }
///
/// same_in_table_and_row(&features![tenure_years], &table! { "tenure_months" => [Some(3.5), None] });
/// ```
///
/// # Panics
/// A feature cannot be computed, or says two things of one row; the message names feature, row and both values.
#[track_caller]
pub fn same_in_table_and_row(features: &FeatureSet, rows: &Table) {
    let together = expect("compute the features of the table", features.apply(rows));
    for position in 0..rows.rows() {
        let cells = rows.columns().into_iter().filter_map(|name| {
            let column = expect("read a column", rows.column(name));
            Some((name.to_owned(), Cell::read(&column, position)?))
        });
        let row: Row = cells.collect();
        let alone = expect("compute the features of a row", features.row(&row));
        for definition in features.definitions() {
            let name = definition.name;
            let column = expect("read a feature", together.column(name));
            let (of_table, of_row) = (Cell::read(&column, position), alone.get(name));
            let same = match (&of_table, of_row) {
                (Some(one), Some(two)) => one.is_same(two),
                _ => false,
            };
            assert!(
                same,
                "the feature `{name}` of row {position} is {of_table:?} in the table and {of_row:?} alone"
            );
        }
    }
}

//! That a feature says of a row alone what it says of it in a table.

use jiff::Timestamp;
use mlops_data::Table;
use mlops_data::arrow::array::cast::AsArray;
use mlops_data::arrow::array::types::TimestampNanosecondType;
use mlops_data::arrow::cast::cast;
use mlops_data::arrow::schema::{DataType, TimeUnit};
use mlops_features::{Cell, EventColumns, FeatureSet, Row};

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
        let alone = features.row(&row_of(rows, position));
        let alone = expect("compute the features of a row", alone);
        compare(features, &together, position, &alone);
    }
}

/// The same for features that look at events: each row alone asks at its moment. Rows without a moment are no requests, and are left
/// out.
///
/// ```
/// use mlops::prelude::*;
/// use mlops::testing::same_in_table_and_row_with;
/// use mlops::{CsvOptions, EventColumns};
///
/// /// Money spent over the last week.
/// #[mlops::feature(entity = "customer", owner = "growth-ml", over = "7d")]
/// fn spent(amount: &Window<f64>) -> f64 {
///     amount.sum()
/// }
///
/// # fn main() -> Result<()> {
/// let csv = |text| Table::from_csv_str(text, &CsvOptions::new());
/// let payments = csv("customer,at,amount\n7,2026-03-01T00:00:00,1.5\n7,2026-03-05T00:00:00,2.5\n")?;
/// let asked = csv("customer,at\n7,2026-03-05T00:00:00\n8,2026-03-05T00:00:00\n,2026-03-05T00:00:00\n")?;
/// same_in_table_and_row_with(&features![spent], &asked, &payments, &EventColumns::new("customer", "at"));
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// As [`same_in_table_and_row`]; or rows ask at days, which are no moments.
#[track_caller]
pub fn same_in_table_and_row_with(
    features: &FeatureSet,
    rows: &Table,
    events: &Table,
    columns: &EventColumns,
) {
    let together = features.apply_with(rows, events, columns);
    let together = expect("compute the features of the table", together);
    let moments = moments(rows, columns.moment());
    for (position, moment) in moments.into_iter().enumerate() {
        let Some(moment) = moment else { continue };
        let row = row_of(rows, position);
        let alone = features.row_with(&row, moment, events, columns);
        let alone = expect("compute the features of a row", alone);
        compare(features, &together, position, &alone);
    }
}

/// The moments of a column, to the nanosecond.
#[track_caller]
fn moments(rows: &Table, name: &str) -> Vec<Option<Timestamp>> {
    let column = expect("read the moments", rows.column(name));
    let nanoseconds = DataType::Timestamp(TimeUnit::Nanosecond, None);
    let column = expect("read the moments", cast(&column, &nanoseconds));
    let column = column.as_primitive::<TimestampNanosecondType>();
    let moments = column.iter().map(|moment| {
        let moment = Timestamp::from_nanosecond(i128::from(moment?));
        Some(expect("read a moment", moment))
    });
    moments.collect()
}

#[track_caller]
fn row_of(rows: &Table, position: usize) -> Row {
    let cells = rows.columns().into_iter().filter_map(|name| {
        let column = expect("read a column", rows.column(name));
        Some((name.to_owned(), Cell::read(&column, position)?))
    });
    cells.collect()
}

#[track_caller]
fn compare(features: &FeatureSet, together: &Table, position: usize, alone: &Row) {
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

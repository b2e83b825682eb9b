//! A year of customers: a few complain before they leave, and some say only afterwards that they had.

use std::sync::Arc;

use mlops::arrow::array::{ArrayRef, BooleanArray, Int64Array, TimestampMicrosecondArray};
use mlops::prelude::*;
use serde::{Deserialize, Serialize};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// How much is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Artifact)]
pub(crate) struct Years {
    customers: i64,
    months: i64,
}

impl Default for Years {
    fn default() -> Self {
        Self {
            customers: 2_000,
            months: 12,
        }
    }
}

/// A share from 0 to 1 that depends on nothing but these numbers.
fn chance(customer: i64, month: i64, what: u64) -> f64 {
    let seed = (customer as u64) << 32 | (month as u64) << 8 | what;
    let mut mixed = seed
        .wrapping_add(0x9e37_79b9_7f4a_7c15)
        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 32)) as u32 as f64 / f64::from(u32::MAX)
}

fn is_unhappy(customer: i64, month: i64) -> bool {
    chance(customer, month, 1) < 0.15
}

/// Whether he leaves within the month after the question: the unhappy more often.
fn leaves(customer: i64, month: i64) -> bool {
    chance(customer, month, 2)
        < if is_unhappy(customer, month) {
            0.2
        } else {
            0.05
        }
}

/// Every customer at the beginning of every month: will he leave?
#[stage]
pub(crate) fn questions(years: &Years) -> Result<Table> {
    let all = || {
        (1..=years.months)
            .flat_map(|month| (0..years.customers).map(move |customer| (customer, month)))
    };
    let asked = all().map(|(_, month)| month * 30 * DAY);
    let left = all().map(|(customer, month)| i64::from(leaves(customer, month)));
    let training = all().map(|(_, month)| month * 4 <= years.months * 3);
    Ok(Table::from_columns([
        (
            "customer",
            Arc::new(Int64Array::from_iter_values(
                all().map(|(customer, _)| customer),
            )) as ArrayRef,
        ),
        (
            "asked",
            Arc::new(TimestampMicrosecondArray::from_iter_values(asked)),
        ),
        ("left", Arc::new(Int64Array::from_iter_values(left))),
        (
            "training",
            Arc::new(training.map(Some).collect::<BooleanArray>()),
        ),
    ])?)
}

/// Complaints with the moment at which they happened, and that at which they were entered.
#[stage]
pub(crate) fn complaints(years: &Years) -> Result<Table> {
    let mut rows = Vec::new();
    for month in 1..=years.months {
        let asked = month * 30 * DAY;
        for customer in 0..years.customers {
            let happened = asked - (chance(customer, month, 3) * 20.0) as i64 * DAY - DAY;
            // The unhappy complain, and now and then somebody else does; it is entered at once.
            let complains = if is_unhappy(customer, month) {
                0.6
            } else {
                0.1
            };
            if chance(customer, month, 4) < complains {
                rows.push((customer, happened, happened));
            }
            // Who has left is asked; what he names lies before the question, and is entered three weeks after it.
            if leaves(customer, month) && chance(customer, month, 5) < 0.7 {
                rows.push((customer, happened - DAY, asked + 21 * DAY));
            }
        }
    }
    let times = |time: fn(&(i64, i64, i64)) -> i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(
            rows.iter().map(time),
        ))
    };
    let customers = rows.iter().map(|(customer, ..)| *customer);
    Ok(Table::from_columns([
        (
            "customer",
            Arc::new(Int64Array::from_iter_values(customers)) as ArrayRef,
        ),
        ("happened", times(|row| row.1)),
        ("entered", times(|row| row.2)),
    ])?)
}

//! Whether values stand in an order, also where one part of the rows ends and the next begins.

use arrow_buffer::{BooleanBuffer, NullBuffer};

use super::check::Example;
use crate::profile::{Values, valid_rows};

/// The first and the last value of rows in their order.
pub(super) struct Ends {
    pub(super) first: Item,
    /// Where the first one stands, and how it is shown.
    pub(super) example: Example,
    pub(super) last: Item,
}

/// A value that has an order.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Item {
    Whole(i128),
    Real(f64),
    Text(String),
}

impl Item {
    fn of(values: &Values, row: usize) -> Self {
        match values {
            Values::Text(texts) => Self::Text(texts.value(row).to_owned()),
            Values::Integer(values) => Self::Whole(i128::from(values.value(row))),
            Values::Unsigned(values) => Self::Whole(i128::from(values.value(row))),
            Values::Time(values) => Self::Whole(i128::from(values.value(row))),
            other => Self::Real(other.number(row).unwrap_or(f64::NAN)),
        }
    }

    /// Whether a value may follow this one.
    pub(super) fn leads_to(&self, next: &Self, descending: bool, strict: bool) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match self.partial_cmp(next) {
            Some(Equal) => !strict,
            Some(Less) => !descending,
            Some(Greater) => descending,
            None => false,
        }
    }
}

/// Which rows break an order, and the first value with its place.
pub(super) fn order(
    values: &Values,
    judged: Option<&NullBuffer>,
    rows: usize,
    last: &mut Option<Item>,
    descending: bool,
    strict: bool,
) -> (BooleanBuffer, Option<(usize, Item)>) {
    let mut broken = vec![false; rows];
    let mut first = None;
    for row in valid_rows(judged, rows) {
        let item = Item::of(values, row);
        if let Some(before) = last.as_ref() {
            broken[row] = !before.leads_to(&item, descending, strict);
        }
        if first.is_none() {
            first = Some((row, item.clone()));
        }
        *last = Some(item);
    }
    (BooleanBuffer::from(broken), first)
}

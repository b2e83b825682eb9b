//! The events of the last while, as a feature sees them, and the aggregates over them.
//!
//! An aggregate depends on which events there are, not on the order in which they came or were read: sums are exact until
//! they are asked for, and rounded once. So a feature over a table, over a window that moves with the events, and for a single
//! request has the same bits.

mod events;
mod sliding;
mod value;

pub use events::EventColumns;
pub(crate) use events::WindowColumn;
pub use sliding::{Event, SlidingWindow};
pub use value::{WindowNumber, WindowValue};

use mlops_data::Moments;

/// The values of the events of the last while, the oldest first. Events without a value are not among them.
///
/// A window that reaches back seven days from a moment holds what happened after the moment seven days before it, and up to
/// the moment itself; and of that only what was known then.
///
/// ```
/// use mlops_features::Window;
/// let amounts = Window::of([0.1; 10]);
/// assert_eq!(amounts.sum(), 1.0); // exact, and rounded once
/// assert_eq!(amounts.count(), 10);
/// assert_eq!(Window::<f64>::of([]).mean(), None);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Window<T> {
    values: Vec<T>,
}

impl<T: WindowValue> Window<T> {
    /// The window of these values, the oldest first: for tests of features.
    pub fn of(values: impl IntoIterator<Item = T>) -> Self {
        Self {
            values: values.into_iter().collect(),
        }
    }

    /// The values, the oldest first.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many values there are.
    pub fn count(&self) -> i64 {
        // No table has 2^63 rows.
        self.values.len() as i64
    }

    /// How many different values there are. `-0.0` is `0.0`, and one `NaN` is as good as another.
    pub fn distinct(&self) -> i64 {
        let mut values: Vec<&T> = self.values.iter().collect();
        // Of what is no number there are several, on both sides of all numbers.
        let order = |value: &T, other: &T| {
            let by_kind = value.is_nan().cmp(&other.is_nan());
            by_kind.then_with(|| value.compared(other))
        };
        values.sort_unstable_by(|one, two| order(one, two));
        values.dedup_by(|one, two| one.is_same(two));
        values.len() as i64
    }

    /// The value of the newest event that has one; of several at one moment, of the one that was known last, then the greatest.
    pub fn last(&self) -> Option<T> {
        self.values.last().cloned()
    }

    /// The value of the oldest event in the window.
    pub fn first(&self) -> Option<T> {
        self.values.first().cloned()
    }

    /// The smallest value; `NaN` if one is.
    pub fn min(&self) -> Option<T> {
        self.extreme(|values| values.min_by(|one, two| one.compared(two)))
    }

    /// The largest value; `NaN` if one is.
    pub fn max(&self) -> Option<T> {
        self.extreme(|values| values.max_by(|one, two| one.compared(two)))
    }

    fn extreme<'a>(
        &'a self,
        choose: impl FnOnce(std::slice::Iter<'a, T>) -> Option<&'a T>,
    ) -> Option<T> {
        let unknown = self.values.iter().find(|value| value.is_nan());
        unknown.or_else(|| choose(self.values.iter())).cloned()
    }
}

impl<T: WindowNumber> Window<T> {
    /// The sum, exact and rounded once; 0 of nothing, `NaN` if a value is. Truth values count as 1 and 0.
    pub fn sum(&self) -> f64 {
        self.moments().map_or(f64::NAN, |moments| moments.sum())
    }

    /// The mean.
    pub fn mean(&self) -> Option<f64> {
        match self.moments() {
            Some(moments) => moments.mean(),
            None => Some(f64::NAN),
        }
    }

    /// The standard deviation with divisor n − 1, of at least two values.
    pub fn standard_deviation(&self) -> Option<f64> {
        match self.moments() {
            Some(moments) => moments.standard_deviation(),
            None => (self.values.len() > 1).then_some(f64::NAN),
        }
    }

    /// Count, sum and sum of squares; none if a value is no number.
    fn moments(&self) -> Option<Moments> {
        let mut moments = Moments::default();
        for value in &self.values {
            if value.is_nan() {
                return None;
            }
            value.add_to(&mut moments);
        }
        Some(moments)
    }
}

#[cfg(test)]
mod tests;

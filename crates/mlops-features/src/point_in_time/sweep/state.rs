//! What is known of the events in a window, kept up as events enter and leave.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, UInt32Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, UInt64Array};
use arrow_cast::cast;
use arrow_ord::rank::rank;
use arrow_schema::DataType;
use arrow_select::take::take;
use mlops_data::{ExactSum, Moments};

use super::Kept;
use crate::point_in_time::PointInTimeError;
use crate::point_in_time::aggregate::{Aggregate, Function};
use crate::point_in_time::candidates::compare_values;

/// The state of one aggregate, and what it has told so far.
pub(super) enum State {
    /// Events, or those that have a value.
    Count {
        column: Option<ArrayRef>,
        count: i64,
        told: Int64Builder,
    },
    Sum {
        numbers: Numbers,
        sum: ExactSum,
        count: u64,
        nans: u64,
        mean: bool,
        told: Float64Builder,
    },
    Deviation {
        numbers: Numbers,
        moments: Moments,
        nans: u64,
        told: Float64Builder,
    },
    /// The rows of the values that are next to be the extreme one; those that have left are found when they come up.
    Extreme {
        column: ArrayRef,
        ranks: Vec<u32>,
        nans: Nans,
        greatest: bool,
        heap: BinaryHeap<(u32, i64, u32)>,
        told: UInt32Builder,
    },
    Last {
        column: ArrayRef,
        newest: Option<(i64, i64, usize)>,
        told: UInt32Builder,
    },
    Distinct {
        column: ArrayRef,
        ranks: Vec<u32>,
        counts: Vec<u32>,
        distinct: i64,
        told: Int64Builder,
    },
}

/// A column of numbers, whole ones as they are.
pub(super) enum Numbers {
    Float(Float64Array),
    Signed(Int64Array),
    Unsigned(UInt64Array),
}

impl Numbers {
    fn of(column: &ArrayRef) -> Result<Self, PointInTimeError> {
        Ok(match column.data_type() {
            DataType::UInt64 => Self::Unsigned(column.as_primitive::<UInt64Type>().clone()),
            kind if kind.is_integer() || *kind == DataType::Boolean => {
                let column = cast(column, &DataType::Int64)?;
                Self::Signed(column.as_primitive::<Int64Type>().clone())
            }
            _ => {
                let column = cast(column, &DataType::Float64)?;
                Self::Float(column.as_primitive::<Float64Type>().clone())
            }
        })
    }

    fn value(&self, row: usize) -> Number {
        match self {
            Self::Float(values) if values.is_valid(row) => Number::Float(values.value(row)),
            Self::Signed(values) if values.is_valid(row) => {
                Number::Whole(i128::from(values.value(row)))
            }
            Self::Unsigned(values) if values.is_valid(row) => {
                Number::Whole(i128::from(values.value(row)))
            }
            _ => Number::None,
        }
    }
}

enum Number {
    None,
    Float(f64),
    Whole(i128),
}

/// Which values of a column are `NaN`, and how many of them are in the window.
pub(super) struct Nans {
    /// A row that is `NaN`, if one is.
    example: Option<u32>,
    numbers: Option<Float64Array>,
    inside: u64,
}

impl Nans {
    fn of(column: &ArrayRef) -> Result<Self, PointInTimeError> {
        let numbers = match column.data_type().is_floating() {
            true => Some(
                cast(column, &DataType::Float64)?
                    .as_primitive::<Float64Type>()
                    .clone(),
            ),
            false => None,
        };
        Ok(Self {
            example: None,
            numbers,
            inside: 0,
        })
    }

    fn is(&self, row: usize) -> bool {
        self.numbers
            .as_ref()
            .is_some_and(|numbers| numbers.is_valid(row) && numbers.value(row).is_nan())
    }
}

/// The place of each value among all; equal values have one.
fn ranks(column: &ArrayRef, aggregate: &Aggregate) -> Result<Vec<u32>, PointInTimeError> {
    let undefined = |_| PointInTimeError::AggregateType {
        function: aggregate.function.name(),
        column: aggregate.column.clone().unwrap_or_default(),
        found: column.data_type().to_string(),
    };
    let plain = match column.data_type() {
        DataType::Utf8View => cast(column, &DataType::LargeUtf8)?,
        DataType::BinaryView => cast(column, &DataType::LargeBinary)?,
        DataType::Null => return Ok(vec![0; column.len()]),
        // Zero has one value, whatever its sign, and so has what is no number.
        DataType::Float16 | DataType::Float32 | DataType::Float64
            if aggregate.function == Function::Distinct =>
        {
            let numbers = cast(column, &DataType::Float64)?;
            let numbers = numbers.as_primitive::<Float64Type>();
            let one = |value: f64| {
                if value.is_nan() {
                    f64::NAN
                } else {
                    value + 0.0
                }
            };
            Arc::new(numbers.unary::<_, Float64Type>(one))
        }
        _ => ArrayRef::clone(column),
    };
    rank(&plain, None).map_err(undefined)
}

impl State {
    pub(super) fn of(
        aggregate: &Aggregate,
        column: Option<ArrayRef>,
        slots: usize,
    ) -> Result<Self, PointInTimeError> {
        let Some(column) = column else {
            return Ok(Self::Count {
                column: None,
                count: 0,
                told: Int64Builder::with_capacity(slots),
            });
        };
        Ok(match aggregate.function {
            Function::Count => Self::Count {
                column: Some(column),
                count: 0,
                told: Int64Builder::with_capacity(slots),
            },
            Function::Sum | Function::Mean => Self::Sum {
                numbers: Numbers::of(&column)?,
                sum: ExactSum::default(),
                count: 0,
                nans: 0,
                mean: aggregate.function == Function::Mean,
                told: Float64Builder::with_capacity(slots),
            },
            Function::StandardDeviation => Self::Deviation {
                numbers: Numbers::of(&column)?,
                moments: Moments::default(),
                nans: 0,
                told: Float64Builder::with_capacity(slots),
            },
            Function::Min | Function::Max => Self::Extreme {
                ranks: ranks(&column, aggregate)?,
                nans: Nans::of(&column)?,
                column,
                greatest: aggregate.function == Function::Max,
                heap: BinaryHeap::new(),
                told: UInt32Builder::with_capacity(slots),
            },
            Function::Last => Self::Last {
                column,
                newest: None,
                told: UInt32Builder::with_capacity(slots),
            },
            Function::Distinct => Self::Distinct {
                ranks: ranks(&column, aggregate)?,
                counts: vec![0; column.len() + 1],
                column,
                distinct: 0,
                told: Int64Builder::with_capacity(slots),
            },
        })
    }

    /// An event enters.
    pub(super) fn add(
        &mut self,
        row: usize,
        kept: &Kept<'_>,
        ties: &[ArrayRef],
    ) -> Result<(), PointInTimeError> {
        match self {
            Self::Count { column, count, .. } => {
                *count += i64::from(column.as_ref().is_none_or(|column| has(column, row)));
            }
            Self::Sum {
                numbers,
                sum,
                count,
                nans,
                ..
            } => match numbers.value(row) {
                Number::None => {}
                Number::Float(value) if value.is_nan() => *nans += 1,
                Number::Float(value) => {
                    *count += 1;
                    sum.add(value);
                }
                Number::Whole(value) => {
                    *count += 1;
                    sum.add_integer(value);
                }
            },
            Self::Deviation {
                numbers,
                moments,
                nans,
                ..
            } => match numbers.value(row) {
                Number::None => {}
                Number::Float(value) if value.is_nan() => *nans += 1,
                Number::Float(value) => moments.add(value),
                Number::Whole(value) => moments.add_integer(value),
            },
            Self::Extreme {
                column,
                ranks,
                nans,
                greatest,
                heap,
                ..
            } => {
                if nans.is(row) {
                    nans.inside += 1;
                    nans.example = Some(row as u32);
                } else if has(column, row) {
                    let rank = if *greatest {
                        ranks[row]
                    } else {
                        u32::MAX - ranks[row]
                    };
                    heap.push((rank, kept.event_times[row], row as u32));
                }
            }
            Self::Last { column, newest, .. } => {
                if !has(column, row) {
                    return Ok(());
                }
                let candidate = (kept.event_times[row], kept.created_times[row], row);
                let order = match newest {
                    None => Ordering::Less,
                    Some(newest) => {
                        let times = (newest.0, newest.1).cmp(&(candidate.0, candidate.1));
                        let values = match times {
                            Ordering::Equal => compare_values(ties, newest.2, ties, row)?,
                            _ => times,
                        };
                        // Whatever the events say of themselves, their order in the table decides nothing.
                        let own = std::slice::from_ref(&*column);
                        match values {
                            Ordering::Equal => compare_values(own, newest.2, own, row)?,
                            _ => values,
                        }
                    }
                };
                if order.is_lt() {
                    *newest = Some(candidate);
                }
            }
            Self::Distinct {
                column,
                ranks,
                counts,
                distinct,
                ..
            } => {
                if has(column, row) {
                    let count = &mut counts[ranks[row] as usize];
                    *distinct += i64::from(*count == 0);
                    *count += 1;
                }
            }
        }
        Ok(())
    }

    /// An event that had entered leaves.
    pub(super) fn remove(&mut self, row: usize) {
        match self {
            Self::Count { column, count, .. } => {
                *count -= i64::from(column.as_ref().is_none_or(|column| has(column, row)));
            }
            Self::Sum {
                numbers,
                sum,
                count,
                nans,
                ..
            } => match numbers.value(row) {
                Number::None => {}
                Number::Float(value) if value.is_nan() => *nans -= 1,
                Number::Float(value) => {
                    *count -= 1;
                    sum.remove(value);
                }
                Number::Whole(value) => {
                    *count -= 1;
                    sum.add_integer(-value);
                }
            },
            Self::Deviation {
                numbers,
                moments,
                nans,
                ..
            } => match numbers.value(row) {
                Number::None => {}
                Number::Float(value) if value.is_nan() => *nans -= 1,
                Number::Float(value) => moments.remove(value),
                Number::Whole(value) => moments.remove_integer(value),
            },
            Self::Extreme { nans, .. } => nans.inside -= u64::from(nans.is(row)),
            // What has left is seen by its event time.
            Self::Last { .. } => {}
            Self::Distinct {
                column,
                ranks,
                counts,
                distinct,
                ..
            } => {
                if has(column, row) {
                    let count = &mut counts[ranks[row] as usize];
                    *count -= 1;
                    *distinct -= i64::from(*count == 0);
                }
            }
        }
    }

    /// Tells the value of a slot; `is_inside` says whether an event of that time is still in the window.
    pub(super) fn tell(&mut self, is_inside: impl Fn(i64) -> bool) {
        match self {
            Self::Count { count, told, .. } => told.append_value(*count),
            Self::Sum {
                sum,
                count,
                nans,
                mean,
                told,
                ..
            } => told.append_option(match (*nans, *count) {
                (1.., _) => Some(f64::NAN),
                (_, 0) => (!*mean).then_some(0.0),
                (_, count) if *mean => Some(sum.value() / count as f64),
                _ => Some(sum.value()),
            }),
            Self::Deviation {
                moments,
                nans,
                told,
                ..
            } => told.append_option(match *nans {
                0 => moments.standard_deviation(),
                _ => Some(f64::NAN),
            }),
            Self::Extreme {
                heap, nans, told, ..
            } => {
                while heap
                    .peek()
                    .is_some_and(|(_, event_time, _)| !is_inside(*event_time))
                {
                    heap.pop();
                }
                let extreme = heap.peek().map(|(_, _, row)| *row);
                told.append_option(if nans.inside > 0 {
                    nans.example
                } else {
                    extreme
                });
            }
            Self::Last { newest, told, .. } => {
                let inside = newest.filter(|(event_time, _, _)| is_inside(*event_time));
                told.append_option(inside.map(|(_, _, row)| row as u32));
            }
            Self::Distinct { distinct, told, .. } => told.append_value(*distinct),
        }
    }

    /// Forgets what was not taken back.
    pub(super) fn forget(&mut self) {
        match self {
            Self::Extreme { heap, .. } => heap.clear(),
            Self::Last { newest, .. } => *newest = None,
            _ => {}
        }
    }

    /// What was told, as a column.
    pub(super) fn finish(self) -> Result<ArrayRef, PointInTimeError> {
        Ok(match self {
            Self::Count { mut told, .. } | Self::Distinct { mut told, .. } => {
                Arc::new(told.finish())
            }
            Self::Sum { mut told, .. } | Self::Deviation { mut told, .. } => {
                Arc::new(told.finish())
            }
            Self::Extreme {
                column, mut told, ..
            }
            | Self::Last {
                column, mut told, ..
            } => take(&column, &told.finish(), None)?,
        })
    }
}

fn has(column: &ArrayRef, row: usize) -> bool {
    !column.is_null(row) && *column.data_type() != DataType::Null
}

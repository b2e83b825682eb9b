//! How many bytes the values of a column take when each row has its own: dictionaries and runs name one value many times.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow_array::{Array, ArrayRef, RunArray, make_array};
use arrow_schema::DataType;

/// The bytes of the plain values of a column.
pub(super) fn plain_size(array: &ArrayRef) -> u64 {
    match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = dictionary.values();
            if values.is_empty() {
                return 0;
            }
            let sizes = sizes(values);
            let rows = dictionary.normalized_keys().into_iter();
            rows.map(|place| sizes.get(place).copied().unwrap_or(0))
                .fold(0, u64::saturating_add)
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => of_runs(array.as_any().downcast_ref::<RunArray<Int16Type>>()),
            DataType::Int32 => of_runs(array.as_any().downcast_ref::<RunArray<Int32Type>>()),
            _ => of_runs(array.as_any().downcast_ref::<RunArray<Int64Type>>()),
        },
        _ => {
            let data = array.to_data();
            let own = data
                .buffers()
                .iter()
                .map(|buffer| buffer.len() as u64)
                .sum::<u64>();
            let children = data.child_data().iter();
            children
                .map(|child| plain_size(&make_array(child.clone())))
                .fold(own, u64::saturating_add)
        }
    }
}

/// The bytes of each value.
fn sizes(values: &ArrayRef) -> Vec<u64> {
    let length = values.len();
    match values.data_type() {
        DataType::Utf8 => lengths(length, |row| values.as_string::<i32>().value_length(row)),
        DataType::LargeUtf8 => lengths(length, |row| values.as_string::<i64>().value_length(row)),
        DataType::Binary => lengths(length, |row| values.as_binary::<i32>().value_length(row)),
        DataType::LargeBinary => lengths(length, |row| values.as_binary::<i64>().value_length(row)),
        DataType::Utf8View => lengths(length, |row| {
            values.as_string_view().value(row).len() as i64
        }),
        DataType::BinaryView => lengths(length, |row| {
            values.as_binary_view().value(row).len() as i64
        }),
        kind => match kind.primitive_width() {
            Some(width) => vec![width as u64; length],
            // A list, a structure, a dictionary of dictionaries: one by one.
            None => (0..length)
                .map(|row| plain_size(&values.slice(row, 1)))
                .collect(),
        },
    }
}

fn lengths<N: Into<i64>>(count: usize, of: impl Fn(usize) -> N) -> Vec<u64> {
    (0..count)
        .map(|row| u64::try_from(of(row).into()).unwrap_or(0))
        .collect()
}

fn of_runs<R: RunEndIndexType>(array: Option<&RunArray<R>>) -> u64 {
    let Some(array) = array else { return 0 };
    let sizes = sizes(array.values());
    let (from, to) = (array.offset(), array.offset() + array.len());
    let mut start = 0;
    let mut all = 0_u64;
    for (size, end) in sizes.into_iter().zip(array.run_ends().values()) {
        let end = arrow_buffer::ArrowNativeType::as_usize(*end);
        let rows = end.min(to).saturating_sub(start.max(from));
        all = all.saturating_add(size.saturating_mul(rows as u64));
        start = end;
    }
    all
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{DictionaryArray, Int32Array, ListArray, StringArray};

    use super::*;

    #[test]
    fn a_value_counts_as_often_as_rows_name_it() {
        let dictionary = |keys: Vec<Option<i32>>| -> ArrayRef {
            let values: ArrayRef = Arc::new(StringArray::from(vec!["a", "four"]));
            Arc::new(DictionaryArray::<Int32Type>::new(keys.into(), values))
        };
        let column = dictionary(vec![Some(1), Some(0), Some(1), Some(1)]);
        assert_eq!(plain_size(&column), 13);
        assert_eq!(plain_size(&column.slice(1, 2)), 5);
        let runs = RunArray::<Int32Type>::try_new(
            &Int32Array::from(vec![1_000_000, 1_000_002]),
            &StringArray::from(vec!["ten bytes.", ""]),
        );
        let runs: ArrayRef = Arc::new(runs.unwrap());
        assert_eq!(plain_size(&runs), 10_000_000);
        assert_eq!(plain_size(&runs.slice(999_999, 3)), 10);
        let lists: ArrayRef = Arc::new(
            ListArray::try_new(
                Arc::new(arrow_schema::Field::new(
                    "item",
                    column.data_type().clone(),
                    true,
                )),
                arrow_buffer::OffsetBuffer::from_lengths([4]),
                column,
                None,
            )
            .unwrap(),
        );
        assert!(plain_size(&lists) >= 13);
    }
}

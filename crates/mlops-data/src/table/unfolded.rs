//! How many bytes the values of a column take when each row has its own: dictionaries and runs name one value many times.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow_array::{Array, ArrayRef, RunArray, make_array};
use arrow_buffer::ArrowNativeType;
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
            let places = dictionary.normalized_keys().into_iter();
            // A slice of a large batch may name a few of many values: looking at all of them for each slice would be quadratic.
            if values.len() > array.len() {
                let named = places.filter(|place| *place < values.len());
                return named
                    .map(|place| size(values, place))
                    .fold(0, u64::saturating_add);
            }
            let sizes: Vec<u64> = (0..values.len()).map(|place| size(values, place)).collect();
            places
                .map(|place| sizes.get(place).copied().unwrap_or(0))
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

/// The bytes of one value.
fn size(values: &ArrayRef, place: usize) -> u64 {
    let length = match values.data_type() {
        DataType::Utf8 => i64::from(values.as_string::<i32>().value_length(place)),
        DataType::LargeUtf8 => values.as_string::<i64>().value_length(place),
        DataType::Binary => i64::from(values.as_binary::<i32>().value_length(place)),
        DataType::LargeBinary => values.as_binary::<i64>().value_length(place),
        DataType::Utf8View => values.as_string_view().value(place).len() as i64,
        DataType::BinaryView => values.as_binary_view().value(place).len() as i64,
        kind => match kind.primitive_width() {
            Some(width) => width as i64,
            // A list, a structure, a dictionary of dictionaries.
            None => return plain_size(&values.slice(place, 1)),
        },
    };
    u64::try_from(length).unwrap_or(0)
}

fn of_runs<R: RunEndIndexType>(array: Option<&RunArray<R>>) -> u64 {
    let Some(array) = array else { return 0 };
    let (from, to) = (array.offset(), array.offset() + array.len());
    let ends = array.run_ends().values();
    let ends = ends.iter().map(|end| end.as_usize());
    // The runs of a slice only: the others are those of other slices.
    let first = array
        .run_ends()
        .values()
        .partition_point(|end| end.as_usize() <= from);
    let mut start = from;
    let mut all = 0_u64;
    for (place, end) in ends.enumerate().skip(first) {
        if start >= to || place >= array.values().len() {
            break;
        }
        let rows = end.min(to).saturating_sub(start);
        let size = size(array.values(), place);
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
        assert_eq!(plain_size(&column.slice(2, 1)), 4, "fewer rows than values");
        let runs = RunArray::<Int32Type>::try_new(
            &Int32Array::from(vec![1_000_000, 1_000_002]),
            &StringArray::from(vec!["ten bytes.", ""]),
        );
        let runs: ArrayRef = Arc::new(runs.unwrap());
        assert_eq!(plain_size(&runs), 10_000_000);
        assert_eq!(plain_size(&runs.slice(999_999, 3)), 10);
        assert_eq!(plain_size(&runs.slice(7, 3)), 30);
        assert_eq!(plain_size(&runs.slice(1_000_000, 2)), 0);
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

//! One form for equal columns: the same values give the same buffers, wherever they were cut or filtered.
//!
//! Arrow lets equal arrays differ in many ways: an offset into a larger buffer, a validity bitmap that is all ones, any
//! bytes under a null, any bits after the end. All of that is fixed here. Values are never touched: a NaN keeps its bits,
//! `-0.0` stays `-0.0`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, GenericListArray, MapArray, NullArray,
    OffsetSizeTrait, RecordBatch, RecordBatchOptions, StructArray, make_array, new_empty_array,
};
use arrow_buffer::{
    ArrowNativeType, BooleanBuffer, Buffer, MutableBuffer, NullBuffer, OffsetBuffer, ScalarBuffer,
};
use arrow_data::ArrayData;
use arrow_data::transform::MutableArrayData;
use arrow_schema::{ArrowError, DataType, SchemaRef};
use arrow_select::concat::concat;

/// Rows in each batch of the canonical form. Part of the format.
pub(crate) const BATCH_ROWS: usize = 65_536;

/// The rows of `batches`, cut anew and brought into the one form.
pub(crate) fn canonical_batches<'a>(
    schema: &'a SchemaRef,
    batches: &'a [RecordBatch],
) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + 'a {
    recut(batches).map(|pieces| {
        let rows = pieces.iter().map(RecordBatch::num_rows).sum();
        let columns = (0..schema.fields().len())
            .map(|column| {
                let parts: Vec<&dyn Array> =
                    pieces.iter().map(|piece| &**piece.column(column)).collect();
                match parts.as_slice() {
                    [_] => canonical(pieces[0].column(column), None),
                    parts => canonical(&concat(parts)?, None),
                }
            })
            .collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
    })
}

/// Cuts batches into groups of slices that hold [`BATCH_ROWS`] rows each, the last one fewer.
fn recut(batches: &[RecordBatch]) -> impl Iterator<Item = Vec<RecordBatch>> + '_ {
    let mut batches = batches.iter();
    let mut rest: Option<RecordBatch> = None;
    std::iter::from_fn(move || {
        let mut pieces = Vec::new();
        let mut wanted = BATCH_ROWS;
        while wanted > 0 {
            let Some(batch) = rest.take().or_else(|| batches.next().cloned()) else {
                break;
            };
            let rows = batch.num_rows().min(wanted);
            if rows < batch.num_rows() {
                rest = Some(batch.slice(rows, batch.num_rows() - rows));
            }
            if rows > 0 {
                pieces.push(batch.slice(0, rows));
            }
            wanted -= rows;
        }
        (!pieces.is_empty()).then_some(pieces)
    })
}

/// The one form of an array. Where `mask` is null, a parent is null and the value below it does not exist.
fn canonical(array: &ArrayRef, mask: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let length = array.len();
    if length == 0 {
        return Ok(new_empty_array(array.data_type()));
    }
    let nulls = validity(array, mask);
    let nulls = nulls.as_ref();
    Ok(match array.data_type() {
        DataType::Null => Arc::new(NullArray::new(length)),
        DataType::Boolean => {
            let values = array.as_boolean().values();
            let values = BooleanBuffer::collect_bool(length, |row| {
                values.value(row) && nulls.is_none_or(|nulls| nulls.is_valid(row))
            });
            Arc::new(BooleanArray::new(values, nulls.cloned()))
        }
        DataType::Utf8 | DataType::Binary => variable_width::<i32>(array, nulls)?,
        DataType::LargeUtf8 | DataType::LargeBinary => variable_width::<i64>(array, nulls)?,
        DataType::Utf8View => {
            let values = array.as_string_view();
            let mut builder = StringViewBuilder::with_capacity(length);
            (0..length).for_each(|row| {
                builder.append_option(is_valid(nulls, row).then(|| values.value(row)));
            });
            Arc::new(builder.finish())
        }
        DataType::BinaryView => {
            let values = array.as_binary_view();
            let mut builder = BinaryViewBuilder::with_capacity(length);
            (0..length).for_each(|row| {
                builder.append_option(is_valid(nulls, row).then(|| values.value(row)));
            });
            Arc::new(builder.finish())
        }
        DataType::FixedSizeBinary(width) => fixed_width(array, width.as_usize(), nulls)?,
        DataType::Struct(fields) => {
            let columns = array
                .as_struct()
                .columns()
                .iter()
                .map(|column| canonical(column, nulls))
                .collect::<Result<_, _>>()?;
            Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                columns,
                nulls.cloned(),
                length,
            )?)
        }
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            let (offsets, values) = gather(list.value_offsets(), list.values(), nulls)?;
            Arc::new(GenericListArray::try_new(
                Arc::clone(field),
                offsets,
                values,
                nulls.cloned(),
            )?)
        }
        DataType::LargeList(field) => {
            let list = array.as_list::<i64>();
            let (offsets, values) = gather(list.value_offsets(), list.values(), nulls)?;
            Arc::new(GenericListArray::try_new(
                Arc::clone(field),
                offsets,
                values,
                nulls.cloned(),
            )?)
        }
        DataType::Map(field, sorted) => {
            let map = array.as_map();
            let entries: ArrayRef = Arc::new(map.entries().clone());
            let (offsets, entries) = gather(map.value_offsets(), &entries, nulls)?;
            Arc::new(MapArray::try_new(
                Arc::clone(field),
                offsets,
                entries.as_struct().clone(),
                nulls.cloned(),
                *sorted,
            )?)
        }
        DataType::FixedSizeList(field, size) => {
            let list = array.as_fixed_size_list();
            let expanded = nulls.map(|nulls| nulls.expand(size.as_usize()));
            let values = canonical(list.values(), expanded.as_ref())?;
            Arc::new(FixedSizeListArray::try_new_with_length(
                Arc::clone(field),
                *size,
                values,
                nulls.cloned(),
                length,
            )?)
        }
        other => match other.primitive_width() {
            Some(width) => fixed_width(array, width, nulls)?,
            None => {
                return Err(ArrowError::NotYetImplemented(format!(
                    "the canonical form of {other}"
                )));
            }
        },
    })
}

fn is_valid(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_none_or(|nulls| nulls.is_valid(row))
}

/// Validity that starts at bit 0, ends in zeros, and is absent when nothing is null.
fn validity(array: &ArrayRef, mask: Option<&NullBuffer>) -> Option<NullBuffer> {
    let nulls = NullBuffer::union(array.nulls(), mask)?;
    (nulls.null_count() > 0).then(|| {
        NullBuffer::new(BooleanBuffer::collect_bool(nulls.len(), |row| {
            nulls.is_valid(row)
        }))
    })
}

fn fixed_width(
    array: &ArrayRef,
    width: usize,
    nulls: Option<&NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let data = array.to_data();
    let (start, bytes) = (data.offset() * width, array.len() * width);
    let values = data.buffers()[0].slice_with_length(start, bytes);
    let values = match nulls {
        None => values,
        Some(nulls) => {
            let mut zeroed = MutableBuffer::from_len_zeroed(bytes);
            let target = zeroed.as_slice_mut();
            for (from, to) in nulls.valid_slices() {
                target[from * width..to * width].copy_from_slice(&values[from * width..to * width]);
            }
            zeroed.into()
        }
    };
    build(array, vec![values], nulls)
}

fn variable_width<O: OffsetSizeTrait>(
    array: &ArrayRef,
    nulls: Option<&NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let data = array.to_data();
    let offsets = ScalarBuffer::<O>::new(data.buffers()[0].clone(), data.offset(), array.len() + 1);
    let (from, to) = (offsets[0].as_usize(), offsets[array.len()].as_usize());
    let all = data.buffers()[1].slice_with_length(from, to - from);
    let (offsets, values) = if nulls_are_empty(&offsets, nulls) {
        (moved_to_zero(&offsets), all)
    } else {
        let mut moved = vec![O::default()];
        let mut values = Vec::new();
        for row in 0..array.len() {
            if is_valid(nulls, row) {
                let range = offsets[row].as_usize() - from..offsets[row + 1].as_usize() - from;
                values.extend_from_slice(&all[range]);
            }
            moved.push(O::usize_as(values.len()));
        }
        (moved, Buffer::from_vec(values))
    };
    build(array, vec![Buffer::from_vec(offsets), values], nulls)
}

fn build(
    array: &ArrayRef,
    buffers: Vec<Buffer>,
    nulls: Option<&NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let data = ArrayData::builder(array.data_type().clone())
        .len(array.len())
        .buffers(buffers)
        .nulls(nulls.cloned())
        .align_buffers(true)
        .build()?;
    Ok(make_array(data))
}

/// Offsets from 0 and exactly the items that exist: what is under a null list is dropped.
fn gather<O: OffsetSizeTrait>(
    offsets: &[O],
    items: &ArrayRef,
    nulls: Option<&NullBuffer>,
) -> Result<(OffsetBuffer<O>, ArrayRef), ArrowError> {
    let rows = offsets.len() - 1;
    let (from, to) = (offsets[0].as_usize(), offsets[rows].as_usize());
    if nulls_are_empty(offsets, nulls) {
        let items = canonical(&items.slice(from, to - from), None)?;
        return Ok((OffsetBuffer::new(moved_to_zero(offsets).into()), items));
    }
    let data = items.to_data();
    let mut kept = MutableArrayData::new(vec![&data], false, to - from);
    let mut moved = vec![O::default()];
    for row in 0..rows {
        if is_valid(nulls, row) {
            kept.try_extend(0, offsets[row].as_usize(), offsets[row + 1].as_usize())?;
        }
        moved.push(O::usize_as(kept.len()));
    }
    let items = canonical(&make_array(kept.freeze()), None)?;
    Ok((OffsetBuffer::new(moved.into()), items))
}

fn nulls_are_empty<O: OffsetSizeTrait>(offsets: &[O], nulls: Option<&NullBuffer>) -> bool {
    nulls.is_none_or(|nulls| {
        (0..nulls.len()).all(|row| nulls.is_valid(row) || offsets[row] == offsets[row + 1])
    })
}

fn moved_to_zero<O: OffsetSizeTrait>(offsets: &[O]) -> Vec<O> {
    offsets.iter().map(|offset| *offset - offsets[0]).collect()
}

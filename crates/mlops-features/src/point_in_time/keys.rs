//! The keys of entities as dense numbers, so that all that follows works on integers.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, StringArray, UInt64Array};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_cast::cast;
use arrow_schema::DataType;
use mlops_data::__private::IntoColumn;
use serde::{Deserialize, Serialize};

use super::PointInTimeError;

/// How a column of a key is compared; the same for the rows that ask and for the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyKind {
    /// Integers of any width, as 64 bits with a sign.
    Signed,
    /// Integers that are all without a sign, so that the upper half of 64 bits counts, too.
    Unsigned,
    Text,
    Boolean,
    Day,
}

impl KeyKind {
    /// The kind of a column by itself.
    pub(crate) fn of(column: &str, data_type: &DataType) -> Result<Self, PointInTimeError> {
        use DataType::{Boolean, Date32, LargeUtf8, UInt64, Utf8, Utf8View};
        Ok(match data_type {
            UInt64 => Self::Unsigned,
            kind if kind.is_integer() => Self::Signed,
            Utf8 | LargeUtf8 | Utf8View => Self::Text,
            Boolean => Self::Boolean,
            Date32 => Self::Day,
            found => {
                return Err(PointInTimeError::KeyType {
                    column: column.to_owned(),
                    found: found.to_string(),
                });
            }
        })
    }

    /// The kind in which two columns are compared, if they can be.
    pub(crate) fn of_both(
        name: &str,
        rows: (&str, &DataType),
        events: (&str, &DataType),
    ) -> Result<Self, PointInTimeError> {
        // A column of nothing but nulls is of any kind.
        let of = |column: (&str, &DataType), other: (&str, &DataType)| match column.1 {
            DataType::Null if *other.1 == DataType::Null => Ok(Self::Text),
            DataType::Null => Self::of(other.0, other.1),
            data_type => Self::of(column.0, data_type),
        };
        let (one, two) = (of(rows, events)?, of(events, rows)?);
        match (one, two) {
            _ if one == two => Ok(one),
            (Self::Signed, Self::Unsigned) | (Self::Unsigned, Self::Signed) => Ok(Self::Signed),
            _ => Err(PointInTimeError::KeyMismatch {
                name: name.to_owned(),
                rows: format!("{}: {}", rows.0, rows.1),
                events: format!("{}: {}", events.0, events.1),
            }),
        }
    }

    /// Whether a column of this type can be compared so.
    pub(crate) fn accepts(self, data_type: &DataType) -> bool {
        match self {
            Self::Signed | Self::Unsigned => data_type.is_integer(),
            Self::Text | Self::Boolean | Self::Day => {
                Self::of("", data_type).is_ok_and(|kind| kind == self)
            }
        }
    }

    /// A column of keys that people typed; or the text that is none.
    pub(crate) fn typed<'a>(self, texts: &[&'a str]) -> Result<ArrayRef, &'a str> {
        fn read<'a, T: FromStr>(texts: &[&'a str]) -> Result<Vec<T>, &'a str> {
            let values = texts
                .iter()
                .map(|text| text.trim().parse().map_err(|_| *text));
            values.collect()
        }
        Ok(match self {
            Self::Signed => Arc::new(Int64Array::from(read::<i64>(texts)?)),
            Self::Unsigned => Arc::new(UInt64Array::from(read::<u64>(texts)?)),
            Self::Text => Arc::new(StringArray::from(texts.to_vec())),
            Self::Boolean => Arc::new(BooleanArray::from(read::<bool>(texts)?)),
            Self::Day => read::<jiff::civil::Date>(texts)?.into_column(),
        })
    }

    /// What people call such keys.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Signed => "whole numbers",
            Self::Unsigned => "whole numbers without a sign",
            Self::Text => "texts",
            Self::Boolean => "`true` or `false`",
            Self::Day => "days such as 2026-12-31",
        }
    }

    /// The type of a column that has nothing but nulls.
    fn data_type(self) -> DataType {
        match self {
            Self::Signed => DataType::Int64,
            Self::Unsigned => DataType::UInt64,
            Self::Text => DataType::LargeUtf8,
            Self::Boolean => DataType::Boolean,
            Self::Day => DataType::Date32,
        }
    }
}

/// A column of a key, as it is compared.
enum Column {
    Whole(ScalarBuffer<i64>),
    Text(TextColumn),
}

enum TextColumn {
    Small(arrow_array::StringArray),
    Large(arrow_array::LargeStringArray),
    View(arrow_array::StringViewArray),
}

impl TextColumn {
    fn value(&self, row: usize) -> &str {
        match self {
            Self::Small(texts) => texts.value(row),
            Self::Large(texts) => texts.value(row),
            Self::View(texts) => texts.value(row),
        }
    }
}

/// The keys of some rows. A key of which a part is null is none.
pub(crate) struct KeyColumns {
    columns: Vec<Column>,
    nulls: Option<NullBuffer>,
}

impl KeyColumns {
    pub(crate) fn of(arrays: &[ArrayRef], kinds: &[KeyKind]) -> Result<Self, PointInTimeError> {
        let mut columns = Vec::with_capacity(arrays.len());
        let mut nulls: Option<NullBuffer> = None;
        for (array, kind) in arrays.iter().zip(kinds) {
            let array = &match array.data_type() {
                DataType::Null => cast(array, &kind.data_type())?,
                _ => ArrayRef::clone(array),
            };
            nulls = NullBuffer::union(nulls.as_ref(), array.logical_nulls().as_ref());
            let column = match kind {
                KeyKind::Signed => {
                    let whole = cast(array, &DataType::Int64)?;
                    // What is beyond 64 bits with a sign equals nothing on the other side.
                    nulls = NullBuffer::union(nulls.as_ref(), whole.logical_nulls().as_ref());
                    Column::Whole(whole.as_primitive::<Int64Type>().values().clone())
                }
                KeyKind::Unsigned => {
                    let whole = cast(array, &DataType::UInt64)?;
                    nulls = NullBuffer::union(nulls.as_ref(), whole.logical_nulls().as_ref());
                    let whole = whole.as_primitive::<UInt64Type>().values();
                    Column::Whole(whole.iter().map(|value| value.cast_signed()).collect())
                }
                KeyKind::Boolean => {
                    let values = array.as_boolean().values();
                    Column::Whole(values.iter().map(i64::from).collect())
                }
                KeyKind::Day => {
                    let days = array.as_primitive::<Date32Type>().values();
                    Column::Whole(days.iter().map(|day| i64::from(*day)).collect())
                }
                KeyKind::Text => Column::Text(match array.data_type() {
                    DataType::Utf8 => TextColumn::Small(array.as_string::<i32>().clone()),
                    DataType::Utf8View => TextColumn::View(array.as_string_view().clone()),
                    _ => TextColumn::Large(array.as_string::<i64>().clone()),
                }),
            };
            columns.push(column);
        }
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        Ok(Self { columns, nulls })
    }

    /// The one column of integers that is the whole key, if it is.
    fn whole(&self) -> Option<&ScalarBuffer<i64>> {
        match self.columns.as_slice() {
            [Column::Whole(values)] => Some(values),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// The key of a row as bytes: equal keys have equal ones, others do not.
    pub(crate) fn write(&self, row: usize, bytes: &mut Vec<u8>) {
        bytes.clear();
        for column in &self.columns {
            match column {
                Column::Whole(values) => bytes.extend(values[row].to_be_bytes()),
                Column::Text(texts) => {
                    let text = texts.value(row);
                    bytes.extend((text.len() as u64).to_be_bytes());
                    bytes.extend(text.as_bytes());
                }
            }
        }
    }
}

/// Stands where a row has no known key.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// Keys that are known, numbered from 0 as they came.
pub(crate) enum KeyMap {
    Whole(WholeMap),
    Bytes(HashMap<Box<[u8]>, u32>),
}

impl KeyMap {
    /// For keys of these kinds.
    pub(crate) fn new(kinds: &[KeyKind]) -> Self {
        match kinds {
            [kind] if *kind != KeyKind::Text => Self::Whole(WholeMap::new()),
            _ => Self::Bytes(HashMap::new()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(map) => map.len,
            Self::Bytes(map) => map.len(),
        }
    }

    /// The numbers of the rows' keys, new ones given to keys that are new.
    pub(crate) fn number(&mut self, keys: &KeyColumns, rows: usize) -> Vec<u32> {
        let mut bytes = Vec::new();
        let numbers = (0..rows).map(|row| {
            if keys.is_null(row) {
                return UNKNOWN;
            }
            match self {
                Self::Whole(map) => keys
                    .whole()
                    .map_or(UNKNOWN, |values| map.insert(values[row])),
                Self::Bytes(map) => {
                    keys.write(row, &mut bytes);
                    if let Some(number) = map.get(&*bytes) {
                        return *number;
                    }
                    let number = map.len() as u32;
                    map.insert(bytes.as_slice().into(), number);
                    number
                }
            }
        });
        numbers.collect()
    }

    /// The numbers of the rows' keys.
    pub(crate) fn find(&self, keys: &KeyColumns, rows: usize) -> Vec<u32> {
        match (self, keys.whole()) {
            (Self::Whole(map), Some(values)) => match &keys.nulls {
                None => values.iter().map(|value| map.get(*value)).collect(),
                Some(nulls) => values
                    .iter()
                    .zip(nulls)
                    .map(|(value, valid)| if valid { map.get(*value) } else { UNKNOWN })
                    .collect(),
            },
            (Self::Whole(_), None) => vec![UNKNOWN; rows],
            (Self::Bytes(map), _) => {
                let mut bytes = Vec::new();
                let numbers = (0..rows).map(|row| {
                    if keys.is_null(row) {
                        return UNKNOWN;
                    }
                    keys.write(row, &mut bytes);
                    map.get(&*bytes).copied().unwrap_or(UNKNOWN)
                });
                numbers.collect()
            }
        }
    }
}

/// Integers and their numbers: open addressing, at most half full. What a row of events costs is mostly one look into it.
pub(crate) struct WholeMap {
    places: Vec<(i64, u32)>,
    /// What is left of a product of 64 bits is a place.
    shift: u32,
    len: usize,
}

impl WholeMap {
    fn new() -> Self {
        Self {
            places: vec![(0, UNKNOWN); 16],
            shift: 60,
            len: 0,
        }
    }

    /// The high bits of a product differ wherever the factors do.
    #[inline]
    fn place(&self, key: i64) -> usize {
        let mixed = key.cast_unsigned() ^ (key.cast_unsigned() >> 32);
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    #[inline]
    fn get(&self, key: i64) -> u32 {
        let mask = self.places.len() - 1;
        let mut place = self.place(key);
        loop {
            let (found, number) = self.places[place];
            if number == UNKNOWN || found == key {
                return number;
            }
            place = (place + 1) & mask;
        }
    }

    fn insert(&mut self, key: i64) -> u32 {
        let found = self.get(key);
        if found != UNKNOWN {
            return found;
        }
        if self.len * 2 >= self.places.len() {
            let size = self.places.len() * 2;
            let places = std::mem::replace(&mut self.places, vec![(0, UNKNOWN); size]);
            self.shift -= 1;
            for (key, number) in places.into_iter().filter(|(_, number)| *number != UNKNOWN) {
                self.put(key, number);
            }
        }
        let number = self.len as u32;
        self.put(key, number);
        self.len += 1;
        number
    }

    fn put(&mut self, key: i64, number: u32) {
        let mask = self.places.len() - 1;
        let mut place = self.place(key);
        while self.places[place].1 != UNKNOWN {
            place = (place + 1) & mask;
        }
        self.places[place] = (key, number);
    }
}

//! What a column holds.

use std::ops::Range;

use arrow_array::{
    BinaryArray, BinaryViewArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray, StringArray,
    StringViewArray,
};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use crate::types::encoded_json::EncodedJson;

/// The values of a column in a batch of rows.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    /// Nothing but nulls.
    Null,
    Bool(BooleanBuffer),
    I8(ScalarBuffer<i8>),
    I16(ScalarBuffer<i16>),
    I32(ScalarBuffer<i32>),
    I64(ScalarBuffer<i64>),
    I128(ScalarBuffer<i128>),
    U8(ScalarBuffer<u8>),
    U16(ScalarBuffer<u16>),
    U32(ScalarBuffer<u32>),
    U64(ScalarBuffer<u64>),
    U128(Vec<u128>),
    F32(ScalarBuffer<f32>),
    F64(ScalarBuffer<f64>),
    Text(StringArray),
    LargeText(LargeStringArray),
    TextView(StringViewArray),
    Bytes(BinaryArray),
    LargeBytes(LargeBinaryArray),
    BytesView(BinaryViewArray),
    FixedBytes(FixedSizeBinaryArray),
    /// Any JSON values, encoded. Those of rows that are left out are missing.
    Json(Vec<Option<EncodedJson>>),
    /// Those of a dictionary.
    Indexed {
        indexes: Vec<usize>,
        values: Box<Column>,
    },
    List {
        ranges: Ranges,
        element: Box<Column>,
    },
    Map {
        ranges: Ranges,
        key: Box<Column>,
        value: Box<Column>,
    },
    Struct(Vec<(&'static str, Column)>),
    Tuple(Vec<Column>),
    Optional {
        /// The rows that are not null; `None` if all are.
        valid: Option<NullBuffer>,
        inner: Box<Column>,
    },
}

/// Where the elements of each list are.
#[derive(Debug, Clone)]
pub(crate) enum Ranges {
    /// Each begins where the one before ends.
    Offsets(ScalarBuffer<i32>),
    LargeOffsets(ScalarBuffer<i64>),
    /// First elements and lengths.
    Views(ScalarBuffer<i32>, ScalarBuffer<i32>),
    LargeViews(ScalarBuffer<i64>, ScalarBuffer<i64>),
    /// All lists have this length.
    Fixed(usize),
}

impl Ranges {
    /// The elements of the list of a row.
    #[inline]
    pub(crate) fn of(&self, row: usize) -> Range<usize> {
        // Offsets and lengths have been checked to be positive and within the elements.
        let short = |value: Option<&i32>| value.and_then(|value| usize::try_from(*value).ok());
        let long = |value: Option<&i64>| value.and_then(|value| usize::try_from(*value).ok());
        let (start, end) = match self {
            Self::Offsets(offsets) => (short(offsets.get(row)), short(offsets.get(row + 1))),
            Self::LargeOffsets(offsets) => (long(offsets.get(row)), long(offsets.get(row + 1))),
            Self::Views(starts, lengths) => {
                let start = short(starts.get(row));
                (
                    start,
                    start
                        .zip(short(lengths.get(row)))
                        .map(|(start, length)| start + length),
                )
            }
            Self::LargeViews(starts, lengths) => {
                let start = long(starts.get(row));
                (
                    start,
                    start
                        .zip(long(lengths.get(row)))
                        .map(|(start, length)| start + length),
                )
            }
            Self::Fixed(length) => (Some(row * length), Some((row + 1) * length)),
        };
        start.unwrap_or(0)..end.unwrap_or(0)
    }
}

/// The item of a row. There is one for each row of the batch.
#[inline]
pub(crate) fn at<T: Copy + Default>(values: &[T], row: usize) -> T {
    values.get(row).copied().unwrap_or_default()
}

/// The JSON value of a row.
#[inline]
pub(super) fn json_at(values: &[Option<EncodedJson>], row: usize) -> Option<&EncodedJson> {
    values.get(row).and_then(Option::as_ref)
}

/// The value that a column has in a row.
#[derive(Debug)]
pub(in crate::input::columnar) enum CellValue<'a> {
    Null,
    Bool(bool),
    Signed(i128),
    Unsigned(u128),
    F32(f32),
    F64(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    List(Range<usize>, &'a Column),
    Map(Range<usize>, [&'a Column; 2]),
    Struct(&'a [(&'static str, Column)]),
    Tuple(&'a [Column]),
    Json,
}

impl<'a> CellValue<'a> {
    /// What is in a row, be it in a dictionary or optional.
    #[inline]
    pub(in crate::input::columnar) fn of(column: &'a Column, row: usize) -> Self {
        match column {
            Column::Null => Self::Null,
            Column::Bool(values) => Self::Bool(values.value(row)),
            Column::I8(values) => Self::Signed(at(values, row).into()),
            Column::I16(values) => Self::Signed(at(values, row).into()),
            Column::I32(values) => Self::Signed(at(values, row).into()),
            Column::I64(values) => Self::Signed(at(values, row).into()),
            Column::I128(values) => Self::Signed(at(values, row)),
            Column::U8(values) => Self::Unsigned(at(values, row).into()),
            Column::U16(values) => Self::Unsigned(at(values, row).into()),
            Column::U32(values) => Self::Unsigned(at(values, row).into()),
            Column::U64(values) => Self::Unsigned(at(values, row).into()),
            Column::U128(values) => Self::Unsigned(at(values, row)),
            Column::F32(values) => Self::F32(at(values, row)),
            Column::F64(values) => Self::F64(at(values, row)),
            Column::Text(values) => Self::Text(values.value(row)),
            Column::LargeText(values) => Self::Text(values.value(row)),
            Column::TextView(values) => Self::Text(values.value(row)),
            Column::Bytes(values) => Self::Bytes(values.value(row)),
            Column::LargeBytes(values) => Self::Bytes(values.value(row)),
            Column::BytesView(values) => Self::Bytes(values.value(row)),
            Column::FixedBytes(values) => Self::Bytes(values.value(row)),
            Column::Json(_) => Self::Json,
            Column::Indexed { indexes, values } => Self::of(values, at(indexes, row)),
            Column::List { ranges, element } => Self::List(ranges.of(row), element),
            Column::Map { ranges, key, value } => Self::Map(ranges.of(row), [key, value]),
            Column::Struct(fields) => Self::Struct(fields),
            Column::Tuple(elements) => Self::Tuple(elements),
            Column::Optional { valid, inner } => match Column::is_valid(valid.as_ref(), row) {
                true => Self::of(inner, row),
                false => Self::Null,
            },
        }
    }
}

/// A row whose value has no place in a map.
#[derive(Debug)]
pub(in crate::input::columnar) struct BadRow {
    /// The row of the batch.
    pub(in crate::input::columnar) row: usize,
    pub(in crate::input::columnar) cause: anyhow::Error,
}

impl Column {
    /// Whether the value of a row is not null.
    #[inline]
    pub(crate) fn is_valid(valid: Option<&NullBuffer>, row: usize) -> bool {
        valid.is_none_or(|valid| valid.is_valid(row))
    }

    /// About how many bytes the value of a row takes.
    pub(crate) fn size(&self, row: usize) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::I8(_) | Self::U8(_) => 1,
            Self::I16(_) | Self::U16(_) => 2,
            Self::I32(_) | Self::U32(_) | Self::F32(_) => 4,
            Self::I64(_) | Self::U64(_) | Self::F64(_) => 8,
            Self::I128(_) | Self::U128(_) => 16,
            Self::Text(values) => values.value(row).len(),
            Self::LargeText(values) => values.value(row).len(),
            Self::TextView(values) => values.value(row).len(),
            Self::Bytes(values) => values.value(row).len(),
            Self::LargeBytes(values) => values.value(row).len(),
            Self::BytesView(values) => values.value(row).len(),
            Self::FixedBytes(values) => values.value(row).len(),
            Self::Json(values) => json_at(values, row).map_or(0, |value| value.as_bytes().len()),
            Self::Indexed { indexes, values } => values.size(at(indexes, row)),
            Self::List { ranges, element } => ranges.of(row).map(|row| element.size(row)).sum(),
            Self::Map { ranges, key, value } => {
                let entries = ranges.of(row);
                entries.map(|row| key.size(row) + value.size(row)).sum()
            }
            Self::Struct(fields) => fields.iter().map(|(_, field)| field.size(row)).sum(),
            Self::Tuple(elements) => elements.iter().map(|element| element.size(row)).sum(),
            Self::Optional { valid, inner } => match Self::is_valid(valid.as_ref(), row) {
                true => inner.size(row),
                false => 1,
            },
        }
    }

    /// The same values without a dictionary, if they are integers.
    pub(crate) fn without_dictionary(self) -> Self {
        match &self {
            Self::Indexed { indexes, values } => values.integers_of(indexes).unwrap_or(self),
            _ => self,
        }
    }

    /// The integers of some rows, one after the other; `None` if it has no integers.
    pub(crate) fn integers_of(&self, rows: &[usize]) -> Option<Self> {
        fn of<T: Copy + Default>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|row| at(values, *row)).collect()
        }
        Some(match self {
            Self::I8(values) => Self::I8(of(values, rows).into()),
            Self::I16(values) => Self::I16(of(values, rows).into()),
            Self::I32(values) => Self::I32(of(values, rows).into()),
            Self::I64(values) => Self::I64(of(values, rows).into()),
            Self::I128(values) => Self::I128(of(values, rows).into()),
            Self::U8(values) => Self::U8(of(values, rows).into()),
            Self::U16(values) => Self::U16(of(values, rows).into()),
            Self::U32(values) => Self::U32(of(values, rows).into()),
            Self::U64(values) => Self::U64(of(values, rows).into()),
            Self::U128(values) => Self::U128(of(values, rows)),
            _ => return None,
        })
    }
}

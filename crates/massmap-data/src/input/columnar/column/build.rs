//! Making columns of the arrays of Arrow.

use std::fmt::{self, Write};

use anyhow::{Context, anyhow, ensure};
use arrow_array::builder::LargeStringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTimeType,
    IntervalMonthDayNanoType, IntervalYearMonthType, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};
use massmap_format::{IntegerType, Schema};

use super::values::{BadRow, Column, Ranges, at};
use super::{decimal, map_keys, moment};
use crate::input::columnar::names::kept;
use crate::input::columnar::types::decimal_integer;
use crate::input::settings::column_rules::{ColumnRules, Times};

/// A column, and the rows that have a value.
#[derive(Debug)]
pub(in crate::input::columnar) struct Built {
    pub(in crate::input::columnar) column: Column,
    /// The rows without nulls, also inside of their values, unless these are optional; `None` if all are.
    pub(in crate::input::columnar) valid: Option<NullBuffer>,
}

/// The values of an array, which are what `schema` says.
///
/// # Errors
///
/// Fails if a value is none of its type.
pub(in crate::input::columnar) fn build(
    array: &ArrayRef,
    schema: &Schema,
    rules: ColumnRules,
) -> Result<Built, BadRow> {
    let valid = array.logical_nulls().filter(|valid| valid.null_count() > 0);
    match schema {
        Schema::Option(inner) => {
            let built = of_array(array, valid.as_ref(), inner, rules)?;
            Ok(Built {
                column: Column::Optional {
                    valid,
                    inner: Box::new(built.column),
                },
                // What is null inside an optional value, but must not be.
                valid: built.valid,
            })
        }
        _ => {
            let built = of_array(array, valid.as_ref(), schema, rules)?;
            Ok(Built {
                column: built.column,
                valid: NullBuffer::union(valid.as_ref(), built.valid.as_ref()),
            })
        }
    }
}

/// The values of an array whose rows `valid` are not null. The rows that the result calls invalid have nulls inside.
fn of_array(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
    schema: &Schema,
    rules: ColumnRules,
) -> Result<Built, BadRow> {
    fn numbers<T: ArrowPrimitiveType>(array: &ArrayRef) -> ScalarBuffer<T::Native> {
        array.as_primitive::<T>().values().clone()
    }
    /// The same of a type that is stored as another.
    fn widened<T: ArrowPrimitiveType>(array: &ArrayRef) -> ScalarBuffer<i64>
    where
        T::Native: Into<i64>,
    {
        let values = array.as_primitive::<T>().values().iter();
        values.map(|value| (*value).into()).collect()
    }
    let is_text = rules.times == Times::Text;
    let column = match array.data_type() {
        DataType::Null => Column::Null,
        DataType::Boolean => Column::Bool(array.as_boolean().values().clone()),
        DataType::Int8 => Column::I8(numbers::<Int8Type>(array)),
        DataType::Int16 => Column::I16(numbers::<Int16Type>(array)),
        DataType::Int32 => Column::I32(numbers::<Int32Type>(array)),
        DataType::Int64 => Column::I64(numbers::<Int64Type>(array)),
        DataType::UInt8 => Column::U8(numbers::<UInt8Type>(array)),
        DataType::UInt16 => Column::U16(numbers::<UInt16Type>(array)),
        DataType::UInt32 => Column::U32(numbers::<UInt32Type>(array)),
        DataType::UInt64 => Column::U64(numbers::<UInt64Type>(array)),
        DataType::Float16 => {
            let values = array.as_primitive::<Float16Type>().values().iter();
            Column::F32(values.map(|value| value.to_f32()).collect())
        }
        DataType::Float32 => Column::F32(numbers::<Float32Type>(array)),
        DataType::Float64 => Column::F64(numbers::<Float64Type>(array)),
        DataType::Utf8 => Column::Text(array.as_string().clone()),
        DataType::LargeUtf8 => Column::LargeText(array.as_string().clone()),
        DataType::Utf8View => Column::TextView(array.as_string_view().clone()),
        DataType::Binary => Column::Bytes(array.as_binary().clone()),
        DataType::LargeBinary => Column::LargeBytes(array.as_binary().clone()),
        DataType::BinaryView => Column::BytesView(array.as_binary_view().clone()),
        DataType::FixedSizeBinary(_) => Column::FixedBytes(array.as_fixed_size_binary().clone()),
        DataType::Interval(IntervalUnit::YearMonth) => Column::I32(numbers::<IntervalYearMonthType>(array)),
        DataType::Interval(IntervalUnit::DayTime) => {
            let values = array.as_primitive::<IntervalDayTimeType>().values();
            Column::Struct(vec![
                (
                    "days",
                    Column::I32(values.iter().map(|value| value.days).collect()),
                ),
                (
                    "milliseconds",
                    Column::I32(values.iter().map(|value| value.milliseconds).collect()),
                ),
            ])
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>().values();
            Column::Struct(vec![
                (
                    "months",
                    Column::I32(values.iter().map(|value| value.months).collect()),
                ),
                (
                    "days",
                    Column::I32(values.iter().map(|value| value.days).collect()),
                ),
                (
                    "nanoseconds",
                    Column::I64(values.iter().map(|value| value.nanoseconds).collect()),
                ),
            ])
        }
        DataType::Duration(unit) => Column::I64(match unit {
            TimeUnit::Second => numbers::<DurationSecondType>(array),
            TimeUnit::Millisecond => numbers::<DurationMillisecondType>(array),
            TimeUnit::Microsecond => numbers::<DurationMicrosecondType>(array),
            TimeUnit::Nanosecond => numbers::<DurationNanosecondType>(array),
        }),
        DataType::Date32 if is_text => {
            let days = widened::<Date32Type>(array);
            texts(&days, valid, |days, out| Ok(moment::write_date(days, out)?))?
        }
        DataType::Date32 => Column::I32(numbers::<Date32Type>(array)),
        DataType::Date64 if is_text => {
            const MILLISECONDS_OF_DAY: i64 = 24 * 60 * 60 * 1000;
            texts(&numbers::<Date64Type>(array), valid, |value, out| {
                ensure!(
                    value % MILLISECONDS_OF_DAY == 0,
                    "{value} milliseconds are not a whole number of days; --times integer takes them as they are"
                );
                Ok(moment::write_date(value / MILLISECONDS_OF_DAY, out)?)
            })?
        }
        DataType::Date64 => Column::I64(numbers::<Date64Type>(array)),
        DataType::Timestamp(unit, zone) => {
            let values = match unit {
                TimeUnit::Second => numbers::<TimestampSecondType>(array),
                TimeUnit::Millisecond => numbers::<TimestampMillisecondType>(array),
                TimeUnit::Microsecond => numbers::<TimestampMicrosecondType>(array),
                TimeUnit::Nanosecond => numbers::<TimestampNanosecondType>(array),
            };
            match is_text {
                true => texts(&values, valid, |value, out| {
                    Ok(moment::write_timestamp(value, *unit, zone.is_some(), out)?)
                })?,
                false => Column::I64(values),
            }
        }
        DataType::Time32(unit) => {
            let values = match unit {
                TimeUnit::Second => numbers::<Time32SecondType>(array),
                _ => numbers::<Time32MillisecondType>(array),
            };
            match is_text {
                true => {
                    let values: ScalarBuffer<i64> = values.iter().map(|value| i64::from(*value)).collect();
                    times_of_day(&values, *unit, valid)?
                }
                false => Column::I32(values),
            }
        }
        DataType::Time64(unit) => {
            let values = match unit {
                TimeUnit::Microsecond => numbers::<Time64MicrosecondType>(array),
                _ => numbers::<Time64NanosecondType>(array),
            };
            match is_text {
                true => times_of_day(&values, *unit, valid)?,
                false => Column::I64(values),
            }
        }
        DataType::Decimal32(precision, scale) => {
            let values = array.as_primitive::<Decimal32Type>().values();
            decimals(values, |value| Some(value.into()), (*precision, *scale), valid)?
        }
        DataType::Decimal64(precision, scale) => {
            let values = array.as_primitive::<Decimal64Type>().values();
            decimals(values, |value| Some(value.into()), (*precision, *scale), valid)?
        }
        DataType::Decimal128(precision, scale) => {
            let values = array.as_primitive::<Decimal128Type>().values();
            decimals(values, Some, (*precision, *scale), valid)?
        }
        DataType::Decimal256(precision, scale) => {
            let values = array.as_primitive::<Decimal256Type>().values();
            decimals(values, |value| value.to_i128(), (*precision, *scale), valid)?
        }
        _ => return compound(array, valid, schema, rules),
    };
    Ok(Built { column, valid: None })
}

/// The values of an array that has others inside.
fn compound(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
    schema: &Schema,
    rules: ColumnRules,
) -> Result<Built, BadRow> {
    let list = |ranges: Ranges, values: &ArrayRef| {
        let Schema::Sequence(element, _) = schema else {
            return Err(no_schema(array.data_type()));
        };
        let built = build(values, element, rules).map_err(|bad| in_list(bad, &ranges, array.len()))?;
        let inside = rows_with(&ranges, array.len(), valid, built.valid.as_ref());
        Ok(Built {
            column: Column::List {
                ranges,
                element: Box::new(built.column),
            },
            valid: inside,
        })
    };
    match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let values = dictionary.values();
            let indexes = match values.is_empty() {
                // Of rows that are all null.
                true => vec![0; array.len()],
                false => dictionary.normalized_keys(),
            };
            let built = of_array(values, values.logical_nulls().as_ref(), schema, rules).map_err(|bad| {
                let row = indexes.iter().position(|index| *index == bad.row);
                BadRow {
                    row: row.unwrap_or(0),
                    ..bad
                }
            })?;
            let inside = built.valid.map(|inner| {
                (0..array.len())
                    .map(|row| !Column::is_valid(valid, row) || inner.is_valid(at(&indexes, row)))
                    .collect()
            });
            Ok(Built {
                column: Column::Indexed {
                    indexes,
                    values: Box::new(built.column),
                },
                valid: inside,
            })
        }
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            list(Ranges::Offsets(lists.offsets().inner().clone()), lists.values())
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            list(
                Ranges::LargeOffsets(lists.offsets().inner().clone()),
                lists.values(),
            )
        }
        DataType::ListView(_) => {
            let lists = array.as_list_view::<i32>();
            let ranges = Ranges::Views(lists.offsets().clone(), lists.sizes().clone());
            list(ranges, lists.values())
        }
        DataType::LargeListView(_) => {
            let lists = array.as_list_view::<i64>();
            let ranges = Ranges::LargeViews(lists.offsets().clone(), lists.sizes().clone());
            list(ranges, lists.values())
        }
        DataType::FixedSizeList(_, length) => {
            let length = usize::try_from(*length).map_err(|_| no_schema(array.data_type()))?;
            list(Ranges::Fixed(length), array.as_fixed_size_list().values())
        }
        DataType::Struct(_) => structure(array, valid, schema, rules),
        DataType::Map(..) => {
            let maps = array.as_map();
            let ranges = Ranges::Offsets(maps.offsets().inner().clone());
            let Schema::Map(key_schema, value_schema) = schema else {
                return Err(no_schema(array.data_type()));
            };
            let in_map = |bad| in_list(bad, &ranges, array.len());
            let key = build(maps.keys(), key_schema, rules).map_err(in_map)?;
            let value = build(maps.values(), value_schema, rules).map_err(in_map)?;
            let inside = NullBuffer::union(key.valid.as_ref(), value.valid.as_ref());
            let inside = rows_with(&ranges, array.len(), valid, inside.as_ref());
            map_keys::check(&key.column, &ranges, array.len(), valid)?;
            Ok(Built {
                column: Column::Map {
                    ranges,
                    key: Box::new(key.column),
                    value: Box::new(value.column),
                },
                valid: inside,
            })
        }
        other => Err(no_schema(other)),
    }
}

/// The structs of an array. Their fields are found by name.
fn structure(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
    schema: &Schema,
    rules: ColumnRules,
) -> Result<Built, BadRow> {
    let Schema::Struct { fields, .. } = schema else {
        return Err(no_schema(array.data_type()));
    };
    let structs = array.as_struct();
    let mut built_fields = Vec::with_capacity(fields.len());
    let mut inside = None;
    for (name, field) in fields {
        let values = structs
            .column_by_name(name)
            .ok_or_else(|| no_schema(array.data_type()))?;
        // Where the struct is null, its fields count as null as well, not as bad.
        let built = build(values, field, rules).or_else(|bad| match Column::is_valid(valid, bad.row) {
            true => Err(bad),
            false => build(&masked(values, valid)?, field, rules),
        })?;
        inside = NullBuffer::union(inside.as_ref(), built.valid.as_ref());
        built_fields.push((kept(name), built.column));
    }
    let inside = inside.map(|inside| {
        (0..array.len())
            .map(|row| !Column::is_valid(valid, row) || inside.is_valid(row))
            .collect()
    });
    Ok(Built {
        column: Column::Struct(built_fields),
        valid: inside,
    })
}

/// The list that a bad element is in, as a row.
fn in_list(bad: BadRow, ranges: &Ranges, rows: usize) -> BadRow {
    let row = (0..rows).find(|row| ranges.of(*row).contains(&bad.row));
    BadRow {
        row: row.unwrap_or(0),
        ..bad
    }
}

/// An array whose type has no schema, which was to be refused before.
fn no_schema(data_type: &DataType) -> BadRow {
    BadRow {
        row: 0,
        cause: anyhow!("values of the type {data_type} are not read"),
    }
}

/// The array with nulls where `valid` says so.
pub(in crate::input::columnar) fn masked(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
) -> Result<ArrayRef, BadRow> {
    let nulls = NullBuffer::union(array.nulls(), valid);
    let data = array.to_data().into_builder().nulls(nulls).build();
    match data {
        Ok(data) => Ok(arrow_array::make_array(data)),
        Err(error) => Err(BadRow {
            row: 0,
            cause: error.into(),
        }),
    }
}

/// The rows of lists none of whose elements is null; `None` if no list has a null.
fn rows_with(
    ranges: &Ranges,
    rows: usize,
    valid: Option<&NullBuffer>,
    elements: Option<&NullBuffer>,
) -> Option<NullBuffer> {
    let elements = elements.filter(|elements| elements.null_count() > 0)?;
    let rows = (0..rows)
        .map(|row| !Column::is_valid(valid, row) || ranges.of(row).all(|element| elements.is_valid(element)));
    Some(rows.collect())
}

/// The text of each value; nothing where a row is null.
fn texts<T: Copy>(
    values: &[T],
    valid: Option<&NullBuffer>,
    write: impl Fn(T, &mut Text) -> anyhow::Result<()>,
) -> Result<Column, BadRow> {
    // As long as most are.
    const LENGTH: usize = 28;
    let mut builder = LargeStringBuilder::with_capacity(values.len(), values.len() * LENGTH);
    let mut text = Text(String::new());
    for (row, value) in values.iter().enumerate() {
        text.0.clear();
        if Column::is_valid(valid, row) {
            write(*value, &mut text).map_err(|cause| BadRow { row, cause })?;
        }
        builder.append_value(&text.0);
    }
    Ok(Column::LargeText(builder.finish()))
}

/// A text that is being written.
struct Text(String);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        Ok(())
    }
}

fn times_of_day(values: &[i64], unit: TimeUnit, valid: Option<&NullBuffer>) -> Result<Column, BadRow> {
    texts(values, valid, |value, out| {
        ensure!(
            moment::is_time(value, unit),
            "{value} is not a time of day; --times integer takes it as it is"
        );
        Ok(moment::write_time(value, unit, out)?)
    })
}

/// Decimals as integers, if they have no fraction, or as text. `narrow` gives those that have a place in 128 bits.
fn decimals<T: Copy + ToString>(
    values: &[T],
    narrow: impl Fn(T) -> Option<i128>,
    (precision, scale): (u8, i8),
    valid: Option<&NullBuffer>,
) -> Result<Column, BadRow> {
    let Some(integer) = decimal_integer(precision, scale) else {
        return texts(values, valid, |value, out| {
            Ok(out.write_str(&decimal::text(&value.to_string(), scale))?)
        });
    };
    let zeros = 10i128.checked_pow(scale.unsigned_abs().into());
    let mut wide = Vec::with_capacity(values.len());
    for (row, value) in values.iter().enumerate() {
        let whole = narrow(*value)
            .zip(zeros)
            .and_then(|(value, zeros)| value.checked_mul(zeros));
        let whole = match Column::is_valid(valid, row) {
            true => whole.with_context(|| format!("the decimal {} is out of range", value.to_string())),
            false => Ok(0),
        };
        wide.push(whole.map_err(|cause| BadRow { row, cause })?);
    }
    if integer == IntegerType::I128 {
        return Ok(Column::I128(wide.into()));
    }
    let narrow = wide.into_iter().enumerate().map(|(row, value)| {
        i64::try_from(value).map_err(|_| BadRow {
            row,
            cause: anyhow!("the decimal {value} has more digits than its column says"),
        })
    });
    Ok(Column::I64(narrow.collect::<Result<Vec<_>, _>>()?.into()))
}

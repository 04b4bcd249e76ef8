//! Making columns of the arrays of Arrow that have no others inside.

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
use massmap_format::IntegerType;

use super::values::{BadRow, Column};
use super::{decimal, moment};
use crate::input::columnar::types::decimal_integer;
use crate::input::settings::column_rules::{ColumnRules, Times};

/// The values of an array whose rows `valid` are not null; `None` if it has others inside.
///
/// # Errors
///
/// Fails if a value is none of its type.
pub(super) fn scalars(
    array: &ArrayRef,
    valid: Option<&NullBuffer>,
    rules: ColumnRules,
) -> Result<Option<Column>, BadRow> {
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
        _ => return Ok(None),
    };
    Ok(Some(column))
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

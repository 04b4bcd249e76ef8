//! What the types of Arrow become in a map.
//!
//! | Arrow | in the map |
//! |---|---|
//! | bool, integers of 8 to 64 bits, float and double | the same |
//! | half float | `f32`, which has all its values |
//! | string, large string, string view | string |
//! | binary, large binary, binary view | bytes |
//! | fixed-size binary | bytes of this length |
//! | dictionary | what its values become |
//! | decimal without fraction | `i64` up to 18 digits, `i128` up to 38, a string of digits beyond |
//! | other decimals | a string with all digits of the fraction, such as `12.30` |
//! | date | a string such as `2024-02-29`, or the number of days (of milliseconds, if it is of 64 bits) since 1970 |
//! | timestamp | a string such as `2024-02-29T12:30:00.250`, with the digits of its unit, or the number of its unit since 1970 |
//! | timestamp with a time zone | the same instant in UTC, with a `Z` at the end |
//! | time | a string such as `12:30:00.250`, or the number of its unit since midnight |
//! | duration | `i64`, the number of its unit |
//! | interval | months as `i32`, or a struct of `days` and `milliseconds`, or of `months`, `days` and `nanoseconds` |
//! | list, large list, list view, fixed-size list | a sequence |
//! | struct | a struct with the same names |
//! | map | a map; two equal keys in one are an error |
//! | null | a value that is always null |
//! | union, run-end encoded | refused |
//!
//! Years beyond 0000 to 9999 have a sign and as many digits as they need.

use std::borrow::Cow;
use std::collections::HashSet;

use anyhow::{Context, bail, ensure};
use arrow_schema::{DataType, Field, IntervalUnit};
use massmap_format::{IntegerType, Schema};

use crate::excerpt;
use crate::input::settings::column_rules::{ColumnRules, Nulls, Times};

/// How deep columns may nest.
const MAX_DEPTH: usize = 64;

/// What the values of a column are in a map.
///
/// # Errors
///
/// Fails for types that maps do not have.
pub(super) fn schema(field: &Field, rules: ColumnRules) -> anyhow::Result<Schema> {
    of_field(field, rules, MAX_DEPTH)
}

fn of_field(field: &Field, rules: ColumnRules, depth: usize) -> anyhow::Result<Schema> {
    let schema = of_type(field.data_type(), rules, depth)?;
    Ok(match is_optional(field, rules) {
        true => Schema::Option(Box::new(schema)),
        false => schema,
    })
}

/// Whether the values of a column are optional.
fn is_optional(field: &Field, rules: ColumnRules) -> bool {
    rules.nulls == Nulls::Keep && (field.is_nullable() || *field.data_type() == DataType::Null)
}

fn of_type(data_type: &DataType, rules: ColumnRules, depth: usize) -> anyhow::Result<Schema> {
    let Some(depth) = depth.checked_sub(1) else {
        bail!("it nests deeper than {MAX_DEPTH} levels");
    };
    let integer = |integer| Ok(Schema::Integer(integer));
    let moment = |stored| match rules.times {
        Times::Text => Ok(Schema::String),
        Times::Integer => Ok(Schema::Integer(stored)),
    };
    match data_type {
        DataType::Null => Ok(Schema::Never),
        DataType::Boolean => Ok(Schema::Bool),
        DataType::Int8 => integer(IntegerType::I8),
        DataType::Int16 => integer(IntegerType::I16),
        DataType::Int32 | DataType::Interval(IntervalUnit::YearMonth) => integer(IntegerType::I32),
        DataType::Int64 | DataType::Duration(_) => integer(IntegerType::I64),
        DataType::UInt8 => integer(IntegerType::U8),
        DataType::UInt16 => integer(IntegerType::U16),
        DataType::UInt32 => integer(IntegerType::U32),
        DataType::UInt64 => integer(IntegerType::U64),
        DataType::Float16 | DataType::Float32 => Ok(Schema::F32),
        DataType::Float64 => Ok(Schema::F64),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(Schema::String),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Ok(Schema::Bytes(None)),
        DataType::FixedSizeBinary(length) => Ok(Schema::Bytes(Some(
            u32::try_from(*length).context("its length is negative")?,
        ))),
        DataType::Date32 | DataType::Time32(_) => moment(IntegerType::I32),
        DataType::Date64 | DataType::Time64(_) | DataType::Timestamp(..) => moment(IntegerType::I64),
        DataType::Interval(IntervalUnit::DayTime) => Ok(structure([
            ("days", Schema::Integer(IntegerType::I32)),
            ("milliseconds", Schema::Integer(IntegerType::I32)),
        ])),
        DataType::Interval(IntervalUnit::MonthDayNano) => Ok(structure([
            ("months", Schema::Integer(IntegerType::I32)),
            ("days", Schema::Integer(IntegerType::I32)),
            ("nanoseconds", Schema::Integer(IntegerType::I64)),
        ])),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => Ok(match decimal_integer(*precision, *scale) {
            Some(integer) => Schema::Integer(integer),
            None => Schema::String,
        }),
        DataType::Dictionary(_, values) => of_type(values, rules, depth),
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element) => {
            Ok(Schema::Sequence(Box::new(of_field(element, rules, depth)?), None))
        }
        DataType::FixedSizeList(element, length) => {
            let length = u32::try_from(*length).context("the length of its lists is negative")?;
            Ok(Schema::Sequence(
                Box::new(of_field(element, rules, depth)?),
                Some(length),
            ))
        }
        DataType::Struct(fields) => {
            ensure!(!fields.is_empty(), "it is a struct without fields");
            let mut names = HashSet::new();
            let fields = fields.iter().map(|field| {
                let name = field.name();
                ensure!(names.insert(name), "it has two fields {}", excerpt::quoted(name));
                Ok((Cow::Owned(name.clone()), of_field(field, rules, depth)?))
            });
            Ok(Schema::Struct {
                fields: fields.collect::<anyhow::Result<_>>()?,
                is_map: false,
            })
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(parts) => match &**parts {
                [key, value] => Ok(Schema::Map(
                    Box::new(of_type(key.data_type(), rules, depth)?),
                    Box::new(of_field(value, rules, depth)?),
                )),
                _ => bail!("it is a map whose entries are not pairs"),
            },
            _ => bail!("it is a map whose entries are not pairs"),
        },
        DataType::Union(..) => {
            bail!("it is a union, which maps do not have: choose one of its fields before")
        }
        DataType::RunEndEncoded(..) => {
            bail!("it is run-end encoded, which this program does not read: write it without that encoding")
        }
    }
}

fn structure<const N: usize>(fields: [(&'static str, Schema); N]) -> Schema {
    let fields = fields
        .into_iter()
        .map(|(name, field)| (Cow::Borrowed(name), field));
    Schema::Struct {
        fields: fields.collect(),
        is_map: false,
    }
}

/// The integer type of a decimal without fraction.
pub(super) fn decimal_integer(precision: u8, scale: i8) -> Option<IntegerType> {
    let zeros = u8::try_from(scale.checked_neg()?).ok()?;
    match precision.checked_add(zeros)? {
        ..=18 => Some(IntegerType::I64),
        19..=38 => Some(IntegerType::I128),
        _ => None,
    }
}

/// Whether floats or maps, which cannot be hashed, are in a value; and what they are.
pub(super) fn unhashable(schema: &Schema) -> Option<&'static str> {
    match schema {
        Schema::F32 | Schema::F64 => Some("floats, which do not compare exactly"),
        Schema::Map(..) => Some("maps, which have no order"),
        Schema::Never | Schema::Unit => Some("always null"),
        Schema::Any => Some("JSON values, which are of any type"),
        Schema::Option(inner) | Schema::Sequence(inner, _) => unhashable(inner),
        Schema::Tuple(elements) => elements.iter().find_map(unhashable),
        Schema::Struct { fields, .. } => fields.iter().find_map(|(_, field)| unhashable(field)),
        Schema::Enum(_) => Some("enums"),
        Schema::Bool | Schema::Char | Schema::Integer(_) | Schema::String | Schema::Bytes(_) => None,
    }
}

/// What the values of a column are that is in several files; `None` if it differs in more than nulls and lengths.
pub(super) fn merge(one: &Schema, other: &Schema) -> Option<Schema> {
    Some(match (one, other) {
        (Schema::Never, known) | (known, Schema::Never) => known.clone(),
        (Schema::Option(one), Schema::Option(other)) => Schema::Option(Box::new(merge(one, other)?)),
        (Schema::Option(optional), known) | (known, Schema::Option(optional)) => {
            Schema::Option(Box::new(merge(optional, known)?))
        }
        (Schema::Bytes(one), Schema::Bytes(other)) => Schema::Bytes(one.filter(|_| one == other)),
        (Schema::Sequence(one, length), Schema::Sequence(other, other_length)) => {
            let length = length.filter(|_| length == other_length);
            Schema::Sequence(Box::new(merge(one, other)?), length)
        }
        (Schema::Map(key, value), Schema::Map(other_key, other_value)) => Schema::Map(
            Box::new(merge(key, other_key)?),
            Box::new(merge(value, other_value)?),
        ),
        (Schema::Struct { fields, is_map }, Schema::Struct { fields: others, .. })
            if fields.len() == others.len() =>
        {
            let fields = fields.iter().map(|(name, field)| {
                let (_, other) = others.iter().find(|(other, _)| other == name)?;
                Some((name.clone(), merge(field, other)?))
            });
            Schema::Struct {
                fields: fields.collect::<Option<_>>()?,
                is_map: *is_map,
            }
        }
        (one, other) if one == other => one.clone(),
        _ => return None,
    })
}

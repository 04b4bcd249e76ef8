//! Converting columns to the types that the user asks for.

use anyhow::{anyhow, bail};
use arrow_array::LargeStringArray;
use arrow_array::builder::LargeStringBuilder;
use arrow_buffer::{BooleanBuffer, NullBuffer};
use massmap_format::Schema;

use super::json;
use super::serialize::Cell;
use super::values::{BadRow, CellValue, Column};
use crate::excerpt;
use crate::types::encoded_json::EncodedJson;
use crate::types::key::KeyType;
use crate::types::value::ValueType;

/// A type that the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::input::columnar) enum Target {
    Key(KeyType),
    Value(ValueType),
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Key(key_type) => key_type.name(),
            Self::Value(value_type) => value_type.name(),
        }
    }
}

/// Converts the rows `valid` of a column exactly.
///
/// # Errors
///
/// Fails at the first row whose value is not of that type.
pub(in crate::input::columnar) fn convert(
    column: Column,
    rows: usize,
    valid: Option<&NullBuffer>,
    target: Target,
) -> Result<Column, BadRow> {
    if target == Target::Value(ValueType::Json) {
        return Ok(Column::Json(each(rows, valid, |row| {
            let mut out = Vec::new();
            json::encode(Cell { column: &column, row }, &mut out)?;
            Ok(Some(EncodedJson::new(out.into())))
        })?));
    }
    if let Column::Optional {
        valid: present,
        inner,
    } = column
    {
        let valid = NullBuffer::union(valid, present.as_ref());
        return Ok(Column::Optional {
            inner: Box::new(convert(*inner, rows, valid.as_ref(), target)?),
            valid: present,
        });
    }
    macro_rules! integers {
        ($variant:ident, $type:ty) => {
            Column::$variant(
                each(rows, valid, |row| {
                    let value = CellValue::of(&column, row);
                    let integer: Option<$type> = value.integer(target);
                    integer.ok_or_else(|| value.wrong_type(target))
                })?
                .into(),
            )
        };
    }
    Ok(match target {
        Target::Key(KeyType::U8) => integers!(U8, u8),
        Target::Key(KeyType::U16) => integers!(U16, u16),
        Target::Key(KeyType::U32) => integers!(U32, u32),
        Target::Key(KeyType::U64) | Target::Value(ValueType::U64) => integers!(U64, u64),
        Target::Key(KeyType::U128) | Target::Value(ValueType::U128) => integers!(U128, u128),
        Target::Key(KeyType::I8) => integers!(I8, i8),
        Target::Key(KeyType::I16) => integers!(I16, i16),
        Target::Key(KeyType::I32) => integers!(I32, i32),
        Target::Key(KeyType::I64) | Target::Value(ValueType::I64) => integers!(I64, i64),
        Target::Key(KeyType::I128) | Target::Value(ValueType::I128) => integers!(I128, i128),
        Target::Key(KeyType::Text) | Target::Value(ValueType::String) => {
            Column::LargeText(texts(&column, rows, valid, target)?)
        }
        Target::Value(ValueType::Bool) => {
            let values = each(rows, valid, |row| match CellValue::of(&column, row) {
                CellValue::Bool(value) => Ok(value),
                other => Err(other.wrong_type(target)),
            })?;
            Column::Bool(BooleanBuffer::from_iter(values))
        }
        Target::Value(ValueType::F64) => Column::F64(
            each(rows, valid, |row| {
                let value = CellValue::of(&column, row);
                value.float().ok_or_else(|| value.wrong_type(target))
            })?
            .into(),
        ),
        Target::Value(ValueType::Json) => column,
    })
}

/// The items of all rows, the default for those that are not valid.
fn each<T: Default>(
    rows: usize,
    valid: Option<&NullBuffer>,
    item: impl Fn(usize) -> anyhow::Result<T>,
) -> Result<Vec<T>, BadRow> {
    let items = (0..rows).map(|row| match Column::is_valid(valid, row) {
        true => item(row).map_err(|cause| BadRow { row, cause }),
        false => Ok(T::default()),
    });
    items.collect()
}

fn texts(
    column: &Column,
    rows: usize,
    valid: Option<&NullBuffer>,
    target: Target,
) -> Result<LargeStringArray, BadRow> {
    let mut builder = LargeStringBuilder::new();
    for row in 0..rows {
        if !Column::is_valid(valid, row) {
            builder.append_value("");
            continue;
        }
        match (CellValue::of(column, row), target) {
            (CellValue::Text(text), _) => builder.append_value(text),
            // An integer and its digits are the same key.
            (CellValue::Signed(value), Target::Key(_)) => builder.append_value(value.to_string()),
            (CellValue::Unsigned(value), Target::Key(_)) => builder.append_value(value.to_string()),
            (other, _) => {
                let cause = other.wrong_type(target);
                return Err(BadRow { row, cause });
            }
        }
    }
    Ok(builder.finish())
}

impl CellValue<'_> {
    /// The integer of this value: a whole float is one, and in keys a string of digits.
    fn integer<T: TryFrom<u128> + TryFrom<i128> + std::str::FromStr>(&self, target: Target) -> Option<T> {
        match *self {
            Self::Unsigned(value) => value.try_into().ok(),
            Self::Signed(value) => value.try_into().ok(),
            Self::F32(value) => T::try_from(whole(value.into())?).ok(),
            Self::F64(value) => T::try_from(whole(value)?).ok(),
            Self::Text(text) if matches!(target, Target::Key(_)) => text.parse().ok(),
            _ => None,
        }
    }

    /// The float of this value, if there is one that equals it.
    fn float(&self) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the result is compared with the integer"
        )]
        match *self {
            Self::F32(value) => Some(value.into()),
            Self::F64(value) => Some(value),
            Self::Signed(value) => Some(value as f64).filter(|float| whole(*float) == Some(value)),
            Self::Unsigned(value) => {
                let float = value as f64;
                let is_same = whole(float).and_then(|whole| u128::try_from(whole).ok()) == Some(value);
                Some(float).filter(|_| is_same)
            }
            _ => None,
        }
    }

    #[cold]
    fn wrong_type(&self, target: Target) -> anyhow::Error {
        let other = |name| anyhow!("it is {name}, not of type {}", target.name());
        let shown = match self {
            Self::Bool(value) => value.to_string(),
            Self::Unsigned(value) => value.to_string(),
            Self::Signed(value) => value.to_string(),
            Self::F32(value) => f64::from(*value).to_string(),
            Self::F64(value) => value.to_string(),
            Self::Text(text) => excerpt::quoted(text),
            Self::Null => return other("null"),
            Self::Bytes(_) => return other("of bytes"),
            Self::Json => return other("any JSON"),
            Self::List(..) => return other("a list"),
            Self::Map(..) => return other("a map"),
            Self::Struct(_) => return other("a struct"),
            Self::Tuple(_) => return other("a tuple"),
        };
        let part = match target {
            Target::Key(_) => "key",
            Target::Value(_) => "value",
        };
        anyhow!("the {part} {shown} is not of type {}", target.name())
    }
}

/// The integer that a float is. A negative zero is none, since it would lose its sign.
fn whole(value: f64) -> Option<i128> {
    // 2^127, which is out of range.
    const LIMIT: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    let is_whole =
        value.trunc() == value && value.abs() < LIMIT && !(value == 0.0 && value.is_sign_negative());
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it has no fraction and is in range"
    )]
    is_whole.then_some(value as i128)
}

/// What a type that the user asks for is in a map.
///
/// # Errors
///
/// Fails if a key or value made of several columns cannot be of that type.
pub(in crate::input::columnar) fn schema(target: Target, is_single: bool) -> anyhow::Result<Schema> {
    let is_any = target == Target::Value(ValueType::Json);
    if !is_single && !is_any {
        match target {
            Target::Key(key_type) => bail!(
                "a key of several columns has their types, not {}: leave out --key-type",
                key_type.name()
            ),
            Target::Value(value_type) => bail!(
                "a value of type {} is one column: choose it with --value",
                value_type.name()
            ),
        }
    }
    Ok(match target {
        Target::Key(key_type) => key_type.schema(),
        Target::Value(value_type) => value_type.schema(),
    })
}

#[cfg(test)]
mod tests;

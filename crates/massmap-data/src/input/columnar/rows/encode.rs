//! Values of columns as values of a schema.

use massmap::dynamic::{SchemaMismatch, SchemaStep};
use massmap::{IntegerType, Schema};

use crate::excerpt;
use crate::input::columnar::column::json;
use crate::input::columnar::column::serialize::Cell;
use crate::input::columnar::column::values::{CellValue, Column};
use crate::input::json::error::Problem;
use crate::input::json::typed::read_cell;
use crate::input::json::value::{Open, encode_text};
use crate::input::memory::{append, reserve};

/// Why writing to memory succeeds.
const INFALLIBLE: &str = "writing to a vector cannot fail";

/// More bytes than those of a number or a header.
const SHORT: usize = 18;

impl CellValue<'_> {
    /// The error that it is no value of a schema.
    #[cold]
    fn is_not(&self, schema: &Schema) -> Problem {
        let shown = match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Signed(value) => value.to_string(),
            Self::Unsigned(value) => value.to_string(),
            Self::F32(value) => format!("the float {value:?}"),
            Self::F64(value) => format!("the float {value:?}"),
            Self::Text(text) => excerpt::quoted(text),
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Self::List(range, _) => format!("a list of {}", range.len()),
            Self::Map(..) => "a map".to_owned(),
            Self::Struct(fields) => format!(
                "a struct of {}",
                excerpt::list(fields.iter().map(|(name, _)| *name))
            ),
            Self::Tuple(elements) => format!("a tuple of {}", elements.len()),
            Self::Json => "any JSON".to_owned(),
        };
        SchemaMismatch::new(schema, shown).into()
    }
}

/// Appends the encoding of the value of a schema that a row of a column has to `out`. A text where no string is due is what it is in a
/// cell of text: digits, the name of a variant, or JSON.
///
/// # Errors
///
/// Fails if it is no value of the schema.
pub(crate) fn encode(schema: &Schema, column: &Column, row: usize, out: &mut Vec<u8>) -> Result<(), Problem> {
    reserve(out, SHORT)?;
    let found = CellValue::of(column, row);
    match (schema, &found) {
        (Schema::Unit | Schema::Option(_) | Schema::Any, CellValue::Null) => {
            rmp::encode::write_nil(out).expect(INFALLIBLE);
        }
        (Schema::Option(inner), _) => encode(inner, column, row, out)?,
        (Schema::Bool, CellValue::Bool(value)) => rmp::encode::write_bool(out, *value).expect(INFALLIBLE),
        (Schema::Integer(integer), CellValue::Signed(_) | CellValue::Unsigned(_)) => {
            write_integer(*integer, &found, out).ok_or_else(|| found.is_not(schema))?;
        }
        (Schema::F32 | Schema::F64, _) if float(&found).is_some() => {
            write_float(schema, &found, out).ok_or_else(|| found.is_not(schema))?;
        }
        (Schema::Bytes(_) | Schema::Any, CellValue::Bytes(bytes)) => {
            if matches!(schema, Schema::Bytes(Some(expected)) if *expected as usize != bytes.len()) {
                return Err(found.is_not(schema));
            }
            let length = u32::try_from(bytes.len()).map_err(|_| Problem::TooLarge)?;
            rmp::encode::write_bin_len(out, length).expect(INFALLIBLE);
            append(out, bytes)?;
        }
        (Schema::String, CellValue::Text(text)) => encode_text(text, out)?,
        // Some writers do not say that bytes are text.
        (Schema::String, CellValue::Bytes(bytes)) => {
            let text = str::from_utf8(bytes);
            encode_text(
                text.map_err(|_| SchemaMismatch::new(schema, "bytes that are not UTF-8"))?,
                out,
            )?;
        }
        (_, CellValue::Text(text)) => read_cell(schema, text, out).map_err(|error| error.into_parts().1)?,
        (Schema::Any, _) => json::encode(Cell { column, row }, out).map_err(Problem::NotJson)?,
        (Schema::Sequence(element, expected), CellValue::List(range, elements)) => {
            if expected.is_some_and(|expected| expected as usize != range.len()) {
                return Err(found.is_not(schema));
            }
            let open = Open::new(out);
            for (number, row) in (0..).zip(range.clone()) {
                let encoded = encode(element, elements, row, out);
                encoded.map_err(|problem| problem.within(|| SchemaStep::Element(number)))?;
            }
            open.close_array(range.len(), out)?;
        }
        (Schema::Map(key, value), CellValue::Map(range, [keys, values])) => {
            let open = Open::new(out);
            for (number, row) in (0..).zip(range.clone()) {
                let encoded = encode(key, keys, row, out);
                encoded.map_err(|problem| problem.within(|| SchemaStep::Key(number)))?;
                let encoded = encode(value, values, row, out);
                encoded.map_err(|problem| problem.within(|| SchemaStep::Value(number)))?;
            }
            open.close_map(range.len(), out)?;
        }
        (Schema::Tuple(elements), CellValue::Tuple(columns)) if elements.len() == columns.len() => {
            encode_tuple(elements, columns.iter(), row, out)?;
        }
        (Schema::Tuple(elements), CellValue::Struct(columns)) if elements.len() == columns.len() => {
            encode_tuple(elements, columns.iter().map(|(_, column)| column), row, out)?;
        }
        (Schema::Struct { fields, is_map }, CellValue::Struct(columns)) if fields.len() == columns.len() => {
            let open = Open::new(out);
            for (number, (name, field)) in fields.iter().enumerate() {
                // They have the same order in most cases.
                let is_it = |(column, _): &&(&str, Column)| column == name;
                let column = columns.get(number).filter(is_it);
                let column = column.or_else(|| columns.iter().find(is_it));
                let (_, column) = column.ok_or_else(|| found.is_not(schema))?;
                if *is_map {
                    encode_text(name, out)?;
                }
                let encoded = encode(field, column, row, out);
                encoded.map_err(|problem| problem.within(|| SchemaStep::name(name)))?;
            }
            match is_map {
                true => open.close_map(fields.len(), out)?,
                false => open.close_array(fields.len(), out)?,
            }
        }
        _ => return Err(found.is_not(schema)),
    }
    Ok(())
}

fn encode_tuple<'a>(
    elements: &[Schema],
    columns: impl Iterator<Item = &'a Column>,
    row: usize,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    let open = Open::new(out);
    for (number, (element, column)) in (0..).zip(elements.iter().zip(columns)) {
        let encoded = encode(element, column, row, out);
        encoded.map_err(|problem| problem.within(|| SchemaStep::Element(number)))?;
    }
    open.close_array(elements.len(), out)
}

/// Writes an integer; `None` if it is out of range.
fn write_integer(integer: IntegerType, found: &CellValue<'_>, out: &mut Vec<u8>) -> Option<()> {
    macro_rules! value {
        ($type:ty) => {
            match *found {
                CellValue::Signed(value) => <$type>::try_from(value).ok()?,
                CellValue::Unsigned(value) => <$type>::try_from(value).ok()?,
                _ => return None,
            }
        };
    }
    macro_rules! write {
        ($type:ty, $write:ident) => {{
            let value = value!($type);
            _ = rmp::encode::$write(out, value.into()).expect(INFALLIBLE);
        }};
        ($type:ty) => {{
            let value = value!($type);
            rmp::encode::write_bin(out, &value.to_be_bytes()).expect(INFALLIBLE);
        }};
    }
    match integer {
        IntegerType::U8 => write!(u8, write_uint),
        IntegerType::U16 => write!(u16, write_uint),
        IntegerType::U32 => write!(u32, write_uint),
        IntegerType::U64 => write!(u64, write_uint),
        IntegerType::I8 => write!(i8, write_sint),
        IntegerType::I16 => write!(i16, write_sint),
        IntegerType::I32 => write!(i32, write_sint),
        IntegerType::I64 => write!(i64, write_sint),
        IntegerType::U128 => write!(u128),
        IntegerType::I128 => write!(i128),
    }
    Some(())
}

/// The float of a number, if there is one that equals it.
fn float(found: &CellValue<'_>) -> Option<f64> {
    /// Up to here, there is a float for each integer.
    const LARGEST: u64 = 1 << f64::MANTISSA_DIGITS;
    #[expect(
        clippy::cast_precision_loss,
        reason = "there is a float for each such integer"
    )]
    let of = |value: u64| (value <= LARGEST).then_some(value as f64);
    match *found {
        CellValue::F32(value) => Some(value.into()),
        CellValue::F64(value) => Some(value),
        CellValue::Unsigned(value) => of(u64::try_from(value).ok()?),
        CellValue::Signed(value) => {
            let float = of(u64::try_from(value.unsigned_abs()).ok()?)?;
            Some(if value < 0 { -float } else { float })
        }
        _ => None,
    }
}

/// Writes a float; `None` if it would not be the same number.
fn write_float(schema: &Schema, found: &CellValue<'_>, out: &mut Vec<u8>) -> Option<()> {
    match (schema, found) {
        // With their payload, if they are no numbers.
        (Schema::F32, CellValue::F32(value)) => rmp::encode::write_f32(out, *value).expect(INFALLIBLE),
        (Schema::F32, _) => {
            let value = float(found)?;
            #[expect(clippy::cast_possible_truncation, reason = "the result is compared with it")]
            let short = value as f32;
            match f64::from(short).to_bits() == value.to_bits() {
                true => rmp::encode::write_f32(out, short).expect(INFALLIBLE),
                false => return None,
            }
        }
        _ => rmp::encode::write_f64(out, float(found)?).expect(INFALLIBLE),
    }
    Some(())
}

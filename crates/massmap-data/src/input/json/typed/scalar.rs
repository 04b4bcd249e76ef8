//! Texts as scalars.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use massmap::dynamic::SchemaMismatch;
use massmap::{IntegerType, Schema, Variant};

use crate::excerpt;
use crate::input::json::error::Problem;
use crate::input::json::value::{LONGEST_SCALAR, boolean, encode_text};
use crate::input::memory::{append, reserve};
use crate::non_finite;

/// How deep arrays and objects may nest: deeper than values of files do, which as JSON may have another level for each map.
pub(in crate::input) const DEEPEST: usize = 256;

/// Why writing to memory succeeds.
const INFALLIBLE: &str = "writing to a vector cannot fail";

/// Appends the encoding of a value that is [plain text](is_plain).
pub(super) fn encode(schema: &Schema, text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    match schema {
        Schema::Bool => match text.parse() {
            Ok(value) => append(out, &[boolean(value)])?,
            Err(_) => return Err(mismatch(schema, text)),
        },
        Schema::Char => {
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(_), None) => encode_text(text, out)?,
                _ => return Err(mismatch(schema, text)),
            }
        }
        Schema::Integer(_) | Schema::F32 | Schema::F64 => encode_number(schema, text, out)?,
        Schema::String => encode_text(text, out)?,
        Schema::Bytes(length) => encode_base64(schema, *length, text, out)?,
        Schema::Enum(variants) => match find(schema, variants, text)?.content {
            None => encode_text(text, out)?,
            Some(_) => return Err(SchemaMismatch::new(schema, "a variant without its content").into()),
        },
        _ => return Err(mismatch(schema, text)),
    }
    Ok(())
}

pub(super) fn find<'s>(schema: &Schema, variants: &'s [Variant], name: &str) -> Result<&'s Variant, Problem> {
    let mut variants = variants.iter();
    let unknown = || {
        SchemaMismatch::new(
            schema,
            format_args!("the unknown variant {}", excerpt::quoted(name)),
        )
    };
    Ok(variants
        .find(|variant| variant.name == name)
        .ok_or_else(unknown)?)
}

/// The error that a text is no value of a schema.
#[cold]
pub(super) fn mismatch(schema: &Schema, text: &str) -> Problem {
    // Numbers need no quotes.
    let shown = match text.parse::<f64>() {
        Ok(_) => excerpt::unquoted(text),
        Err(_) => excerpt::quoted(text),
    };
    SchemaMismatch::new(schema, shown).into()
}

/// Appends the encoding of the number of a schema whose text this is.
pub(super) fn encode_number(schema: &Schema, text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    reserve(out, 2 * LONGEST_SCALAR)?;
    let mismatch = || mismatch(schema, text);
    macro_rules! integer {
        ($type:ty, $write:ident) => {{
            let value: $type = text.parse().map_err(|_| mismatch())?;
            _ = rmp::encode::$write(out, value.into()).expect(INFALLIBLE);
        }};
        ($type:ty) => {{
            let value: $type = text.parse().map_err(|_| mismatch())?;
            rmp::encode::write_bin(out, &value.to_be_bytes()).expect(INFALLIBLE);
        }};
    }
    // What is too large for a float rounds to infinity, whose own text is another one.
    let is_exact = |is_finite| is_finite || non_finite::parse(text).is_some();
    match schema {
        Schema::Integer(integer) => match integer {
            IntegerType::U8 => integer!(u8, write_uint),
            IntegerType::U16 => integer!(u16, write_uint),
            IntegerType::U32 => integer!(u32, write_uint),
            IntegerType::U64 => integer!(u64, write_uint),
            IntegerType::I8 => integer!(i8, write_sint),
            IntegerType::I16 => integer!(i16, write_sint),
            IntegerType::I32 => integer!(i32, write_sint),
            IntegerType::I64 => integer!(i64, write_sint),
            IntegerType::U128 => integer!(u128),
            IntegerType::I128 => integer!(i128),
        },
        Schema::F32 => match text.parse::<f32>() {
            Ok(value) if is_exact(value.is_finite()) => {
                rmp::encode::write_f32(out, value).expect(INFALLIBLE);
            }
            _ => return Err(mismatch()),
        },
        Schema::F64 => match text.parse::<f64>() {
            Ok(value) if is_exact(value.is_finite()) => {
                rmp::encode::write_f64(out, value).expect(INFALLIBLE);
            }
            _ => return Err(mismatch()),
        },
        _ => return Err(mismatch()),
    }
    Ok(())
}

/// Appends the bytes whose base64 this is.
fn encode_base64(
    schema: &Schema,
    expected: Option<u32>,
    text: &str,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    let wrong = |found: &dyn std::fmt::Display| {
        let expected = format_args!("base64 of {schema}");
        Err(SchemaMismatch::instead_of(expected, found).into())
    };
    let bytes = match STANDARD.decode(text) {
        Ok(bytes) => bytes,
        Err(error) => return wrong(&format_args!("{} ({error})", excerpt::quoted(text))),
    };
    if expected.is_some_and(|expected| expected as usize != bytes.len()) {
        return wrong(&format_args!("that of {} bytes", bytes.len()));
    }
    let length = u32::try_from(bytes.len()).map_err(|_| Problem::TooLarge)?;
    reserve(out, LONGEST_SCALAR)?;
    rmp::encode::write_bin_len(out, length).expect(INFALLIBLE);
    Ok(append(out, &bytes)?)
}

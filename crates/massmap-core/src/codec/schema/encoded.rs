//! Whether a schema describes encoded values.

use massmap_format::{FormatError, IntegerType, MAX_DEPTH, Schema, Variant};

use super::mismatch::{EncodedError, SchemaMismatch, SchemaStep};
use crate::codec::dynamic::{Token, Tokens};

/// Whether `schema` describes the encoded value `bytes`.
///
/// # Errors
///
/// A [`FormatError`] if they are no single value.
pub fn describes(schema: &Schema, bytes: &[u8]) -> Result<bool, FormatError> {
    if *schema == Schema::Any {
        return Ok(true);
    }
    let mut tokens = Tokens::new(bytes);
    match check(schema, &mut tokens, 0) {
        Ok(()) => Ok(tokens.finish().is_ok()),
        Err(EncodedError::Mismatch(_)) => Ok(false),
        Err(EncodedError::Damaged(error)) => Err(error),
    }
}

/// Checks that `schema` describes the encoded value `bytes`.
///
/// # Errors
///
/// An [`EncodedError`], which says where they differ.
pub fn check_encoded(schema: &Schema, bytes: &[u8]) -> Result<(), EncodedError> {
    let mut tokens = Tokens::new(bytes);
    check(schema, &mut tokens, 0)?;
    Ok(tokens.finish()?)
}

/// Checks the next value, and moves over it.
fn check(schema: &Schema, tokens: &mut Tokens<'_>, depth: usize) -> Result<(), EncodedError> {
    let token = tokens.next_token()?;
    check_from(schema, token, tokens, depth)
}

/// The same of a value of which the first token is known.
fn check_from(
    schema: &Schema,
    token: Token<'_>,
    tokens: &mut Tokens<'_>,
    depth: usize,
) -> Result<(), EncodedError> {
    // Schemas from files may nest deeper than those that this library makes, but no deeper than their own encoding may.
    if depth > MAX_DEPTH {
        return Err(SchemaMismatch::new(schema, "a value that nests too deep").into());
    }
    let depth = depth + 1;
    match (schema, token) {
        (Schema::Any, token) => skip(token, tokens)?,
        (Schema::Unit, Token::Nil) | (Schema::Option(_), Token::Nil) => {}
        (Schema::Option(inner), token) => check_from(inner, token, tokens, depth)?,
        (Schema::Bool, Token::Bool(_)) => {}
        (Schema::Char, Token::Text(text)) => check_char(text)?,
        (Schema::Integer(integer), Token::Unsigned(value)) if has_unsigned(*integer, value) => {}
        (Schema::Integer(integer), Token::Signed(value)) if has_signed(*integer, value) => {}
        (Schema::Integer(_), Token::Unsigned(value)) => return Err(wrong_integer(schema, value.into())),
        (Schema::Integer(_), Token::Signed(value)) => return Err(wrong_integer(schema, value.into())),
        (Schema::Integer(IntegerType::U128 | IntegerType::I128), Token::Bytes(bytes))
            if bytes.len() == 16 => {}
        (Schema::F32, Token::Float(_)) | (Schema::F64, Token::Double(_)) => {}
        (Schema::F32, Token::Double(_)) => {
            return Err(SchemaMismatch::new(schema, "a float of 64 bits").into());
        }
        (Schema::F64, Token::Float(_)) => {
            return Err(SchemaMismatch::new(schema, "a float of 32 bits").into());
        }
        (Schema::String, Token::Text(text)) if str::from_utf8(text).is_ok() => {}
        (Schema::String, Token::Text(_)) => {
            return Err(SchemaMismatch::new(schema, "a string that is not UTF-8").into());
        }
        (Schema::Bytes(length), Token::Bytes(bytes))
            if length.is_none_or(|length| length as usize == bytes.len()) => {}
        (Schema::Sequence(element, expected), Token::Array(length)) => {
            if expected.is_some_and(|expected| expected != length) {
                return Err(wrong_length(schema, length));
            }
            for number in 0..length {
                check(element, tokens, depth)
                    .map_err(|error| error.within(|| SchemaStep::Element(number.into())))?;
            }
        }
        (Schema::Tuple(elements), Token::Array(length)) => {
            if elements.len() != length as usize {
                return Err(wrong_length(schema, length));
            }
            for (number, element) in (0..).zip(elements) {
                check(element, tokens, depth)
                    .map_err(|error| error.within(|| SchemaStep::Element(number)))?;
            }
        }
        (
            Schema::Struct {
                fields,
                is_map: false,
            },
            Token::Array(length),
        ) => {
            if fields.len() != length as usize {
                return Err(wrong_length(schema, length));
            }
            for (name, field) in fields {
                check(field, tokens, depth).map_err(|error| error.within(|| SchemaStep::name(name)))?;
            }
        }
        (Schema::Struct { fields, is_map: true }, Token::Map(length)) => {
            if fields.len() != length as usize {
                return Err(SchemaMismatch::new(schema, format_args!("a map of {length} entries")).into());
            }
            for (name, field) in fields {
                if tokens.next_token()? != Token::Text(name.as_bytes()) {
                    let found =
                        format_args!("a map without the field `{}` in its place", name.escape_debug());
                    return Err(SchemaMismatch::new(schema, found).into());
                }
                check(field, tokens, depth).map_err(|error| error.within(|| SchemaStep::name(name)))?;
            }
        }
        (Schema::Map(key, value), Token::Map(length)) => {
            for number in 0..length.into() {
                check(key, tokens, depth).map_err(|error| error.within(|| SchemaStep::Key(number)))?;
                check(value, tokens, depth).map_err(|error| error.within(|| SchemaStep::Value(number)))?;
            }
        }
        (Schema::Enum(variants), Token::Text(name)) => {
            if find(schema, variants, name)?.content.is_some() {
                return Err(SchemaMismatch::new(schema, "a variant without its content").into());
            }
        }
        (Schema::Enum(variants), Token::Map(1)) => {
            let token = tokens.next_token()?;
            let Token::Text(name) = token else {
                let found = format_args!("a map whose key is {token}");
                return Err(SchemaMismatch::new(schema, found).into());
            };
            let variant = find(schema, variants, name)?;
            let Some(content) = &variant.content else {
                return Err(
                    SchemaMismatch::new(schema, "a variant with content that it does not have").into(),
                );
            };
            check(content, tokens, depth)
                .map_err(|error| error.within(|| SchemaStep::name(&variant.name)))?;
        }
        (_, token) => return Err(SchemaMismatch::new(schema, token).into()),
    }
    Ok(())
}

fn check_char(text: &[u8]) -> Result<(), EncodedError> {
    let wrong = |found: &dyn std::fmt::Display| Err(SchemaMismatch::new(&Schema::Char, found).into());
    match str::from_utf8(text).map(|text| text.chars().count()) {
        Ok(1) => Ok(()),
        Ok(count) => wrong(&format_args!("a string of {count} characters")),
        Err(_) => wrong(&"a string that is not UTF-8"),
    }
}

#[cold]
fn wrong_integer(schema: &Schema, value: i128) -> EncodedError {
    SchemaMismatch::new(schema, format_args!("the integer {value}")).into()
}

#[cold]
fn wrong_length(schema: &Schema, length: u32) -> EncodedError {
    let s = if length == 1 { "" } else { "s" };
    SchemaMismatch::new(schema, format_args!("an array of {length} element{s}")).into()
}

fn find<'s>(schema: &Schema, variants: &'s [Variant], name: &[u8]) -> Result<&'s Variant, SchemaMismatch> {
    let mut variants = variants.iter();
    variants
        .find(|variant| variant.name.as_bytes() == name)
        .ok_or_else(|| {
            let name = String::from_utf8_lossy(name.get(..40).unwrap_or(name));
            SchemaMismatch::new(
                schema,
                format_args!("the unknown variant `{}`", name.escape_debug()),
            )
        })
}

/// Moves over the rest of a value.
fn skip(token: Token<'_>, tokens: &mut Tokens<'_>) -> Result<(), FormatError> {
    let values = |token| match token {
        Token::Array(length) => u64::from(length),
        Token::Map(length) => 2 * u64::from(length),
        _ => 0,
    };
    let mut left = values(token);
    while left > 0 {
        left = left - 1 + values(tokens.next_token()?);
    }
    Ok(())
}

fn has_unsigned(integer: IntegerType, value: u64) -> bool {
    match integer {
        IntegerType::U8 => u8::try_from(value).is_ok(),
        IntegerType::U16 => u16::try_from(value).is_ok(),
        IntegerType::U32 => u32::try_from(value).is_ok(),
        IntegerType::U64 => true,
        IntegerType::I8 => i8::try_from(value).is_ok(),
        IntegerType::I16 => i16::try_from(value).is_ok(),
        IntegerType::I32 => i32::try_from(value).is_ok(),
        IntegerType::I64 => i64::try_from(value).is_ok(),
        // Stored as bytes.
        IntegerType::U128 | IntegerType::I128 => false,
    }
}

fn has_signed(integer: IntegerType, value: i64) -> bool {
    match integer {
        IntegerType::I8 => i8::try_from(value).is_ok(),
        IntegerType::I16 => i16::try_from(value).is_ok(),
        IntegerType::I32 => i32::try_from(value).is_ok(),
        IntegerType::I64 => true,
        _ => u64::try_from(value).is_ok_and(|value| has_unsigned(integer, value)),
    }
}

//! Whether a schema describes encoded values.

use massmap_format::{FormatError, IntegerType, MAX_DEPTH, Schema, Variant};

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
    Ok(matches(schema, &mut tokens, 0)? && tokens.finish().is_ok())
}

/// Whether the next value is as `schema` says. If it is, moves over it.
fn matches(schema: &Schema, tokens: &mut Tokens<'_>, depth: usize) -> Result<bool, FormatError> {
    let token = tokens.next_token()?;
    matches_from(schema, token, tokens, depth)
}

/// The same of a value of which the first token is known.
fn matches_from(
    schema: &Schema,
    token: Token<'_>,
    tokens: &mut Tokens<'_>,
    depth: usize,
) -> Result<bool, FormatError> {
    // Schemas from files may nest deeper than those that this library makes, but no deeper than their own encoding may.
    if depth > MAX_DEPTH {
        return Ok(false);
    }
    let depth = depth + 1;
    Ok(match (schema, token) {
        (Schema::Any, token) => return skip(token, tokens),
        (Schema::Unit, Token::Nil) | (Schema::Option(_), Token::Nil) => true,
        (Schema::Option(inner), token) => return matches_from(inner, token, tokens, depth),
        (Schema::Bool, Token::Bool(_)) => true,
        (Schema::Char, Token::Text(text)) => str::from_utf8(text).is_ok_and(|text| text.chars().count() == 1),
        (Schema::Integer(integer), Token::Unsigned(value)) => has_unsigned(*integer, value),
        (Schema::Integer(integer), Token::Signed(value)) => has_signed(*integer, value),
        (Schema::Integer(IntegerType::U128 | IntegerType::I128), Token::Bytes(bytes)) => bytes.len() == 16,
        (Schema::F32, Token::Float(_)) | (Schema::F64, Token::Double(_)) => true,
        (Schema::String, Token::Text(text)) => str::from_utf8(text).is_ok(),
        (Schema::Bytes(length), Token::Bytes(bytes)) => {
            length.is_none_or(|length| length as usize == bytes.len())
        }
        (Schema::Sequence(element, expected), Token::Array(length)) => {
            if expected.is_some_and(|expected| expected != length) {
                return Ok(false);
            }
            for _ in 0..length {
                if !matches(element, tokens, depth)? {
                    return Ok(false);
                }
            }
            true
        }
        (Schema::Tuple(elements), Token::Array(length)) => {
            return all(length, elements.iter(), tokens, depth);
        }
        (
            Schema::Struct {
                fields,
                is_map: false,
            },
            Token::Array(length),
        ) => {
            return all(length, fields.iter().map(|(_, field)| field), tokens, depth);
        }
        (Schema::Struct { fields, is_map: true }, Token::Map(length)) => {
            if fields.len() != length as usize {
                return Ok(false);
            }
            for (name, field) in fields {
                let is_named = tokens.next_token()? == Token::Text(name.as_bytes());
                if !is_named || !matches(field, tokens, depth)? {
                    return Ok(false);
                }
            }
            true
        }
        (Schema::Map(key, value), Token::Map(length)) => {
            for _ in 0..length {
                if !matches(key, tokens, depth)? || !matches(value, tokens, depth)? {
                    return Ok(false);
                }
            }
            true
        }
        (Schema::Enum(variants), Token::Text(name)) => {
            find(variants, name).is_some_and(|variant| variant.content.is_none())
        }
        (Schema::Enum(variants), Token::Map(1)) => {
            let Token::Text(name) = tokens.next_token()? else {
                return Ok(false);
            };
            match find(variants, name).and_then(|variant| variant.content.as_ref()) {
                Some(content) => return matches(content, tokens, depth),
                None => false,
            }
        }
        _ => false,
    })
}

fn all<'a>(
    length: u32,
    schemas: impl ExactSizeIterator<Item = &'a Schema>,
    tokens: &mut Tokens<'_>,
    depth: usize,
) -> Result<bool, FormatError> {
    if schemas.len() != length as usize {
        return Ok(false);
    }
    for schema in schemas {
        if !matches(schema, tokens, depth)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn find<'s>(variants: &'s [Variant], name: &[u8]) -> Option<&'s Variant> {
    variants.iter().find(|variant| variant.name.as_bytes() == name)
}

/// Moves over the rest of a value.
fn skip(token: Token<'_>, tokens: &mut Tokens<'_>) -> Result<bool, FormatError> {
    let values = |token| match token {
        Token::Array(length) => u64::from(length),
        Token::Map(length) => 2 * u64::from(length),
        _ => 0,
    };
    let mut left = values(token);
    while left > 0 {
        left = left - 1 + values(tokens.next_token()?);
    }
    Ok(true)
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

//! Hashing keys by what is stored of them, `FORMAT.md` section 1.5.1.
//!
//! Unlike where keys are [checked](crate::codec::is_canonical) to hash so, the schema tells what the elements of an empty sequence would
//! be, which some hash functions make a difference of.

use std::hash::{Hash, Hasher};

use massmap_format::{FormatError, IntegerType, Schema};

use crate::codec::dynamic::{Token, Tokens};

/// Whether all keys with this schema can be hashed: whether it tells all that their hashes depend on.
pub(super) fn is_told(schema: &Schema) -> bool {
    match schema {
        // Floats have no hash. Of anything else, nobody knows what it was in the program.
        Schema::F32 | Schema::F64 | Schema::Any => false,
        // No key has a value there.
        Schema::Never => true,
        Schema::Unit
        | Schema::Bool
        | Schema::Char
        | Schema::Integer(_)
        | Schema::String
        | Schema::Bytes(_) => true,
        Schema::Option(inner) => is_told(inner),
        Schema::Sequence(element, _) => !matches!(**element, Schema::Never) && is_told(element),
        Schema::Map(key, value) => is_told(key) && is_told(value),
        Schema::Tuple(elements) => elements.iter().all(is_told),
        Schema::Struct { fields, .. } => fields.iter().all(|(_, field)| is_told(field)),
        Schema::Enum(variants) => variants
            .iter()
            .filter_map(|variant| variant.content.as_ref())
            .all(is_told),
    }
}

/// Feeds `state` with a key that `schema` describes, as the [`Hash`] implementation of its type in the program does.
pub(super) fn feed(schema: &Schema, encoded: &[u8], state: &mut impl Hasher) -> Result<(), FormatError> {
    next(schema, &mut Tokens::new(encoded), state)
}

fn next(schema: &Schema, tokens: &mut Tokens<'_>, state: &mut impl Hasher) -> Result<(), FormatError> {
    if let Schema::Option(inner) = schema {
        let mut ahead = *tokens;
        if ahead.next_token()? == Token::Nil {
            *tokens = ahead;
            None::<()>.hash(state);
            return Ok(());
        }
        Some(()).hash(state);
        return next(inner, tokens, state);
    }
    match (schema, tokens.next_token()?) {
        (Schema::Bool, Token::Bool(value)) => value.hash(state),
        (Schema::Char, Token::Text(text)) => {
            let text = str::from_utf8(text).unwrap_or_default();
            text.chars().for_each(|character| character.hash(state));
        }
        (Schema::Integer(integer), token) => {
            with_integer(*integer, token, Calls(state));
        }
        (Schema::String, Token::Text(text)) => str::from_utf8(text).unwrap_or_default().hash(state),
        (Schema::Bytes(_), Token::Bytes(bytes)) => {
            state.write_usize(bytes.len());
            state.write(bytes);
        }
        (Schema::Sequence(element, _), Token::Array(length)) => {
            // The length in front of the elements of a slice.
            state.write_usize(length as usize);
            match **element {
                Schema::Integer(integer) => {
                    let mut memory = Vec::new();
                    for _ in 0..length {
                        with_integer(integer, tokens.next_token()?, Bytes(&mut memory));
                    }
                    state.write(&memory);
                }
                _ => (0..length).try_for_each(|_| next(element, tokens, state))?,
            }
        }
        (Schema::Map(key, value), Token::Map(length)) => {
            state.write_usize(length as usize);
            for _ in 0..length {
                next(key, tokens, state)?;
                next(value, tokens, state)?;
            }
        }
        (Schema::Tuple(elements), Token::Array(_)) => {
            elements
                .iter()
                .try_for_each(|element| next(element, tokens, state))?;
        }
        (Schema::Struct { fields, is_map }, Token::Array(_) | Token::Map(_)) => {
            for (_, field) in fields {
                if *is_map {
                    tokens.next_token()?;
                }
                next(field, tokens, state)?;
            }
        }
        (Schema::Enum(variants), token) => {
            let name = match token {
                Token::Map(_) => tokens.next_token()?,
                name => name,
            };
            let mut variants = variants.iter();
            let variant = variants.find(|variant| Token::Text(variant.name.as_bytes()) == name);
            if let Some(variant) = variant {
                // As `std::mem::Discriminant` does.
                state.write_isize(variant.index as isize);
                if let Some(content) = &variant.content {
                    next(content, tokens, state)?;
                }
            }
        }
        // Nothing is fed for unit. Other values are refused before.
        _ => {}
    }
    Ok(())
}

/// What becomes of an integer of any type.
trait Sink {
    fn take<T: Hash, const N: usize>(self, value: T, bytes: [u8; N]);
}

/// Hashes integers as they are.
struct Calls<'h, H>(&'h mut H);

impl<H: Hasher> Sink for Calls<'_, H> {
    fn take<T: Hash, const N: usize>(self, value: T, _: [u8; N]) {
        value.hash(self.0);
    }
}

/// Collects integers as they lie in memory.
struct Bytes<'m>(&'m mut Vec<u8>);

impl Sink for Bytes<'_> {
    fn take<T: Hash, const N: usize>(self, _: T, bytes: [u8; N]) {
        self.0.extend_from_slice(&bytes);
    }
}

/// Passes on the integer that is encoded as `token`.
#[expect(clippy::host_endian_bytes, reason = "slices are hashed as they lie in memory")]
fn with_integer(integer: IntegerType, token: Token<'_>, sink: impl Sink) {
    macro_rules! take {
        ($type:ty) => {{
            let value: Option<$type> = match token {
                Token::Unsigned(value) => value.try_into().ok(),
                Token::Signed(value) => value.try_into().ok(),
                _ => None,
            };
            if let Some(value) = value {
                sink.take(value, value.to_ne_bytes());
            }
        }};
        ($type:ty, wide) => {
            if let Token::Bytes(bytes) = token
                && let Ok(bytes) = bytes.try_into()
            {
                let value = <$type>::from_be_bytes(bytes);
                sink.take(value, value.to_ne_bytes());
            }
        };
    }
    match integer {
        IntegerType::U8 => take!(u8),
        IntegerType::U16 => take!(u16),
        IntegerType::U32 => take!(u32),
        IntegerType::U64 => take!(u64),
        IntegerType::U128 => take!(u128, wide),
        IntegerType::I8 => take!(i8),
        IntegerType::I16 => take!(i16),
        IntegerType::I32 => take!(i32),
        IntegerType::I64 => take!(i64),
        IntegerType::I128 => take!(i128, wide),
    }
}

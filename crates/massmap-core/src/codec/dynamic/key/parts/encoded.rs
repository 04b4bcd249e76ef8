//! Taking encoded keys apart.

use super::{Parts, character, check_length, integer, wrong};
use crate::codec::dynamic::types::Kind;
use crate::codec::dynamic::{KeyError, Token, Tokens};

/// Visits the parts of an encoded key.
///
/// Takes what a decoder of the Rust type takes: integers in any encoding, strings as byte arrays too, if they are UTF-8.
///
/// # Errors
///
/// A [`KeyError`] if `bytes` are no key of the type `kind`. Some parts may have been visited by then.
#[inline]
pub(in crate::codec::dynamic::key) fn visit_encoded(
    kind: &Kind,
    bytes: &[u8],
    parts: &mut impl Parts,
) -> Result<(), KeyError> {
    let mut tokens = Tokens::new(bytes);
    let token = tokens.next_token()?;
    visit(kind, token, &mut tokens, parts)?;
    tokens.finish()?;
    Ok(())
}

/// Visits the key, or the part of one, that begins with `token`.
fn visit(
    kind: &Kind,
    token: Token<'_>,
    tokens: &mut Tokens<'_>,
    parts: &mut impl Parts,
) -> Result<(), KeyError> {
    match (kind, token) {
        (Kind::Integer(integer_type), Token::Unsigned(value)) => integer(parts, *integer_type, value.into())?,
        (Kind::Integer(integer_type), Token::Signed(value)) => integer(parts, *integer_type, value.into())?,
        (Kind::Integer(integer_type), Token::Bytes(bytes)) => match integer_type.decode_wide(bytes) {
            Some(value) => integer(parts, *integer_type, value)?,
            None => return Err(wrong(kind, token.kind())),
        },
        (Kind::Text, Token::Text(bytes) | Token::Bytes(bytes)) => {
            let text = str::from_utf8(bytes).map_err(|_| wrong(kind, "a string that is not UTF-8"))?;
            parts.text(text);
        }
        (Kind::Bytes { length }, Token::Bytes(bytes)) => {
            check_length(bytes.len(), *length)?;
            parts.bytes(bytes);
        }
        (Kind::Char, Token::Text(bytes)) => {
            let text = str::from_utf8(bytes).map_err(|_| wrong(kind, "a string that is not UTF-8"))?;
            character(parts, text)?;
        }
        (Kind::Bool, Token::Bool(value)) => parts.boolean(value),
        (Kind::Optional(_), Token::Nil) => parts.none(),
        (Kind::Optional(inner), _) => {
            parts.some();
            visit(inner, token, tokens, parts)?;
        }
        (Kind::Sequence { element, length }, Token::Array(found)) => {
            let found = check_length(found as usize, *length)?;
            parts.begin_sequence(element, found);
            for _ in 0..found {
                let token = tokens.next_token()?;
                visit(element, token, tokens, parts)?;
            }
            parts.end_sequence();
        }
        (Kind::Sequence { element, length }, Token::Bytes(bytes)) => {
            let found = check_length(bytes.len(), *length)?;
            parts.begin_sequence(element, found);
            for byte in bytes {
                visit(element, Token::Unsigned((*byte).into()), tokens, parts)?;
            }
            parts.end_sequence();
        }
        (Kind::Tuple(fields), Token::Array(found)) => {
            let found = check_length(found as usize, Some(fields.len() as u64))?;
            parts.begin_tuple(found);
            for field in fields {
                let token = tokens.next_token()?;
                visit(field, token, tokens, parts)?;
            }
        }
        _ => return Err(wrong(kind, token.kind())),
    }
    Ok(())
}

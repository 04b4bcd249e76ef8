//! Writes keys as users write them: see [`KeyNotation`].

use std::borrow::Cow;
use std::io::{self, Write};

use massmap::dynamic::{Token, Tokens, Type};
use massmap_data::keys::KeyNotation;
use massmap_format::{FormatError, IntegerType, Schema};

use super::escape::write_json_string;

/// Writes keys of a type.
#[derive(Clone)]
pub(crate) struct KeyText {
    schema: Schema,
    notation: KeyNotation,
}

/// Why a key cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyTextError {
    #[error("it is not a key of its type")]
    Type,
    #[error("it is damaged")]
    Damaged(#[from] FormatError),
    #[error("it cannot be written")]
    Write(#[from] io::Error),
}

impl From<KeyTextError> for io::Error {
    fn from(error: KeyTextError) -> Self {
        match error {
            KeyTextError::Write(error) => error,
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}

impl KeyText {
    /// A writer of keys of the type `key_type`, which can be looked up, in this notation.
    pub(crate) fn new(key_type: &Type, notation: KeyNotation) -> Self {
        Self {
            schema: key_type.schema().unwrap_or(Schema::String),
            notation,
        }
    }

    /// Writes an encoded key as JSON. A byte array is a string: hexadecimal digits in that notation, base64 in any other.
    ///
    /// # Errors
    ///
    /// Fails, perhaps with a part of it written, if it is no key of the type.
    pub(crate) fn write_json(&self, key: &[u8], out: &mut impl Write) -> Result<(), KeyTextError> {
        let mut tokens = Tokens::new(key);
        self.json(&self.schema, &mut tokens, out)
    }

    /// Writes an encoded key in its notation.
    ///
    /// # Errors
    ///
    /// Those of [`write_json`](Self::write_json).
    pub(crate) fn write(&self, key: &[u8], out: &mut impl Write) -> Result<(), KeyTextError> {
        let bytes = match (&self.schema, Tokens::new(key).next_token()?) {
            _ if self.notation == KeyNotation::Json => None,
            (Schema::String | Schema::Char, Token::Text(bytes)) => Some(bytes.into()),
            (Schema::Bytes(_), Token::Bytes(bytes)) => Some(bytes.into()),
            (Schema::Sequence(..), Token::Array(_)) => Some(Cow::from(elements(key)?)),
            _ => None,
        };
        match bytes {
            Some(bytes) => out.write_all(&self.notation.write(&bytes))?,
            None => self.write_json(key, out)?,
        }
        Ok(())
    }

    /// Writes the next part of a key, which `schema` describes.
    fn json(
        &self,
        schema: &Schema,
        tokens: &mut Tokens<'_>,
        out: &mut impl Write,
    ) -> Result<(), KeyTextError> {
        let mut ahead = *tokens;
        let token = ahead.next_token()?;
        if let Schema::Option(inner) = schema
            && token != Token::Nil
        {
            return self.json(inner, tokens, out);
        }
        *tokens = ahead;
        match (schema, token) {
            (Schema::Option(_), Token::Nil) => out.write_all(b"null")?,
            (Schema::Bool, Token::Bool(value)) => write!(out, "{value}")?,
            (Schema::Integer(_), Token::Unsigned(value)) => write!(out, "{value}")?,
            (Schema::Integer(_), Token::Signed(value)) => write!(out, "{value}")?,
            (Schema::Integer(IntegerType::U128), Token::Bytes(bytes)) => {
                write!(out, "{}", u128::from_be_bytes(wide(bytes)?))?;
            }
            (Schema::Integer(IntegerType::I128), Token::Bytes(bytes)) => {
                write!(out, "{}", i128::from_be_bytes(wide(bytes)?))?;
            }
            (Schema::String | Schema::Char, Token::Text(text)) => {
                write_json_string(str::from_utf8(text).map_err(|_| KeyTextError::Type)?, out)?;
            }
            (Schema::Bytes(_), Token::Bytes(bytes)) => {
                let notation = match self.notation {
                    KeyNotation::Hex => KeyNotation::Hex,
                    _ => KeyNotation::Base64,
                };
                out.write_all(b"\"")?;
                out.write_all(&notation.write(bytes))?;
                out.write_all(b"\"")?;
            }
            (Schema::Sequence(element, _), Token::Array(length)) => {
                out.write_all(b"[")?;
                for number in 0..length {
                    out.write_all(if number > 0 { b"," } else { b"" })?;
                    self.json(element, tokens, out)?;
                }
                out.write_all(b"]")?;
            }
            (Schema::Tuple(parts), Token::Array(_)) => {
                out.write_all(b"[")?;
                for (number, part) in parts.iter().enumerate() {
                    out.write_all(if number > 0 { b"," } else { b"" })?;
                    self.json(part, tokens, out)?;
                }
                out.write_all(b"]")?;
            }
            _ => return Err(KeyTextError::Type),
        }
        Ok(())
    }
}

fn wide(bytes: &[u8]) -> Result<[u8; 16], KeyTextError> {
    bytes.try_into().map_err(|_| KeyTextError::Type)
}

/// The elements of an array of bytes.
fn elements(key: &[u8]) -> Result<Vec<u8>, KeyTextError> {
    let mut tokens = Tokens::new(key);
    let mut bytes = Vec::new();
    tokens.next_token()?;
    while tokens.position() < key.len() {
        match tokens.next_token()? {
            Token::Unsigned(value) => bytes.push(u8::try_from(value).map_err(|_| KeyTextError::Type)?),
            _ => return Err(KeyTextError::Type),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key as JSON, and in a notation.
    fn texts(type_name: &str, key: &[u8], notation: KeyNotation) -> [String; 2] {
        let text = KeyText::new(&Type::parse(type_name), notation);
        let (mut json, mut plain) = (Vec::new(), Vec::new());
        text.write_json(key, &mut json).unwrap();
        text.write(key, &mut plain).unwrap();
        [json, plain].map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn keys_are_written_as_they_are_read() {
        use KeyNotation::{Base64, Hex, Json, Text};
        for (type_name, key, notation, json, plain) in [
            ("string", &b"\xa2\"\n"[..], Text, r#""\"\n""#, "\"\n"),
            ("string", b"\xa2\"\n", Json, r#""\"\n""#, r#""\"\n""#),
            ("string", b"\xa2\"\n", Hex, r#""\"\n""#, "220a"),
            ("string", b"\xa0", Base64, r#""""#, ""),
            ("char", b"\xa1x", Text, r#""x""#, "x"),
            ("u8", b"\xcc\xff", Text, "255", "255"),
            ("i64", b"\xff", Text, "-1", "-1"),
            ("bool", b"\xc3", Text, "true", "true"),
            ("bytes", b"\xc4\x02\x00\xff", Hex, r#""00ff""#, "00ff"),
            ("bytes", b"\xc4\x02\x00\xff", Base64, r#""AP8=""#, "AP8="),
            ("bytes", b"\xc4\x01a", Text, r#""YQ==""#, "a"),
            ("[u8]", b"\x92\x00\xcc\xff", Json, "[0,255]", "[0,255]"),
            ("[u8]", b"\x92\x00\xcc\xff", Hex, "[0,255]", "00ff"),
            ("optional string", b"\xc0", Json, "null", "null"),
            ("optional string", b"\xa1a", Json, r#""a""#, r#""a""#),
            (
                "(u8, [bool])",
                b"\x92\x07\x92\xc2\xc3",
                Json,
                "[7,[false,true]]",
                "[7,[false,true]]",
            ),
        ] {
            assert_eq!(
                texts(type_name, key, notation),
                [json, plain],
                "{type_name} {notation:?}"
            );
        }
        let wide = [&b"\xc4\x10"[..], &(-7i128).to_be_bytes()].concat();
        assert_eq!(texts("i128", &wide, Text), ["-7", "-7"]);
        let wide = [&b"\xc4\x10"[..], &u128::MAX.to_be_bytes()].concat();
        assert_eq!(
            texts("u128", &wide, Json),
            [u128::MAX.to_string(), u128::MAX.to_string()]
        );
    }

    #[test]
    fn what_is_no_key_of_the_type_is_an_error() {
        for (type_name, key) in [
            ("string", &b"\x07"[..]),
            ("string", b"\xa1\xff"),
            ("u128", b"\xc4\x01\x00"),
            ("(u8, u8)", b"\x92\x07"),
            ("bool", b""),
        ] {
            let text = KeyText::new(&Type::parse(type_name), KeyNotation::Json);
            assert!(text.write_json(key, &mut Vec::new()).is_err(), "{type_name}");
        }
    }
}

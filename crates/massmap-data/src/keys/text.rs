//! Keys as users write them.

use std::borrow::Cow;
use std::io::Write;

use massmap::dynamic::{SchemaMismatch, StaticSchema, Token, Tokens};
use massmap_format::Schema;

use super::notation::KeyNotation;
use super::parser::KeyParser;
use crate::export::{JsonText, Refusal};

/// Writes keys the way that a [`KeyParser`] reads them.
#[derive(Debug, Clone)]
pub struct KeyText {
    json: JsonText,
    notation: KeyNotation,
    is_asked: bool,
}

impl KeyText {
    /// A writer of the keys that `parser` reads.
    ///
    /// # Errors
    ///
    /// Fails if keys of the type cannot be written as is asked for.
    pub fn new(parser: &KeyParser) -> anyhow::Result<Self> {
        Ok(Self {
            json: JsonText::new(parser.schema())?,
            notation: parser.notation()?,
            is_asked: parser.is_asked(),
        })
    }

    /// What the keys are.
    #[must_use]
    pub fn schema(&self) -> &StaticSchema {
        self.json.schema()
    }

    /// Whether the notation is asked for.
    pub(crate) fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// Writes an encoded key in its notation.
    ///
    /// # Errors
    ///
    /// Fails, perhaps with a part of it written, if it is no key of the type; errors of `out`.
    pub fn write(&self, key: &[u8], out: &mut impl Write) -> Result<(), Refusal> {
        match self.plain(key)? {
            Some(text) => Ok(out.write_all(&text)?),
            None => self.json.write(key, out),
        }
    }

    /// Writes an encoded key as JSON: a string with its notation if that is hexadecimal digits or base64.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write).
    pub fn write_json(&self, key: &[u8], out: &mut impl Write) -> Result<(), Refusal> {
        let text = match self.notation {
            KeyNotation::Hex | KeyNotation::Base64 => self.plain(key)?,
            KeyNotation::Text | KeyNotation::Json => None,
        };
        match text {
            // Neither has a character that must be escaped.
            Some(text) => {
                out.write_all(b"\"")?;
                out.write_all(&text)?;
                Ok(out.write_all(b"\"")?)
            }
            None => self.json.write(key, out),
        }
    }

    /// The text of a key that is not JSON. `None` if its text is the same in JSON.
    fn plain<'k>(&self, key: &'k [u8]) -> Result<Option<Cow<'k, [u8]>>, Refusal> {
        if self.notation == KeyNotation::Json {
            return Ok(None);
        }
        let bytes: Cow<'k, [u8]> = match (self.json.schema().as_schema(), Tokens::new(key).next_token()?) {
            (Schema::String | Schema::Char, Token::Text(bytes)) => bytes.into(),
            (Schema::Bytes(_), Token::Bytes(bytes)) => bytes.into(),
            (Schema::Sequence(..), Token::Array(_)) => elements(key)?.into(),
            _ => return Ok(None),
        };
        Ok(Some(match bytes {
            Cow::Borrowed(bytes) => self.notation.write(bytes),
            Cow::Owned(bytes) => self.notation.write(&bytes).into_owned().into(),
        }))
    }
}

/// The elements of an array of bytes.
fn elements(key: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut tokens = Tokens::new(key);
    let mut bytes = Vec::new();
    tokens.next_token()?;
    while tokens.position() < key.len() {
        let token = tokens.next_token()?;
        match token {
            Token::Unsigned(byte) if byte < 256 => bytes.extend(u8::try_from(byte)),
            other => return Err(SchemaMismatch::instead_of("a byte", other).into()),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use massmap::dynamic::Type;

    use super::*;

    /// A key as JSON, and in its notation.
    fn texts(type_name: &str, key: &[u8], notation: Option<KeyNotation>) -> [String; 2] {
        let parser = KeyParser::new(&Type::parse(type_name), None, type_name, notation).unwrap();
        let text = KeyText::new(&parser).unwrap();
        let (mut json, mut plain) = (Vec::new(), Vec::new());
        text.write_json(key, &mut json).unwrap();
        text.write(key, &mut plain).unwrap();
        [json, plain].map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn keys_are_written_as_they_are_read() {
        let text = Some(KeyNotation::Text);
        let [json, hex, base64] = [KeyNotation::Json, KeyNotation::Hex, KeyNotation::Base64].map(Some);
        for (type_name, key, notation, in_json, plain) in [
            ("string", &b"\xa2\"\n"[..], None, r#""\"\n""#, "\"\n"),
            ("string", b"\xa2\"\n", json, r#""\"\n""#, r#""\"\n""#),
            ("string", b"\xa2\"\n", hex, r#""220a""#, "220a"),
            ("string", b"\xa0", base64, r#""""#, ""),
            ("char", b"\xa1x", None, r#""x""#, "x"),
            ("u8", b"\xcc\xff", None, "255", "255"),
            ("i64", b"\xff", None, "-1", "-1"),
            ("bool", b"\xc3", None, "true", "true"),
            ("bytes", b"\xc4\x02\x00\xff", hex, r#""00ff""#, "00ff"),
            ("bytes", b"\xc4\x02\x00\xff", None, r#""AP8=""#, "AP8="),
            ("bytes", b"\xc4\x01a", text, r#""YQ==""#, "a"),
            ("[u8]", b"\x92\x00\xcc\xff", None, "[0,255]", "[0,255]"),
            ("[u8]", b"\x92\x00\xcc\xff", hex, r#""00ff""#, "00ff"),
            ("optional string", b"\xc0", None, "null", "null"),
            ("optional string", b"\xa1a", None, r#""a""#, r#""a""#),
            (
                "(u8, [bool])",
                b"\x92\x07\x92\xc2\xc3",
                None,
                "[7,[false,true]]",
                "[7,[false,true]]",
            ),
        ] {
            assert_eq!(
                texts(type_name, key, notation),
                [in_json, plain],
                "{type_name} {notation:?}"
            );
        }
        let wide = [&b"\xc4\x10"[..], &(-7i128).to_be_bytes()].concat();
        assert_eq!(texts("i128", &wide, None), ["-7", "-7"]);
        let wide = [&b"\xc4\x10"[..], &u128::MAX.to_be_bytes()].concat();
        assert_eq!(
            texts("u128", &wide, json),
            [u128::MAX.to_string(), u128::MAX.to_string()]
        );
    }

    #[test]
    fn what_is_no_key_of_the_type_is_an_error() {
        for (type_name, key, notation) in [
            ("string", &b"\x07"[..], None),
            ("u128", b"\xc4\x01\x00", None),
            ("(u8, u8)", b"\x92\x07", None),
            ("bool", b"", None),
            ("[u8]", b"\x91\xcd\x01\x00", Some(KeyNotation::Hex)),
        ] {
            let parser = KeyParser::new(&Type::parse(type_name), None, type_name, notation).unwrap();
            let text = KeyText::new(&parser).unwrap();
            assert!(text.write(key, &mut Vec::new()).is_err(), "{type_name}");
        }
    }
}

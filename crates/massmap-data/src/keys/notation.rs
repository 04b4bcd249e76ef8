//! How a key is written.

use std::borrow::Cow;
use std::fmt::Write;

use anyhow::{Context, anyhow, bail};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use massmap_format::{IntegerType, Schema};

/// How a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum KeyNotation {
    /// As it is: a string without quotes, a number in decimal digits, true or false
    Text,
    /// As JSON: a string in quotes, a number, an array of the parts of a tuple or a sequence
    Json,
    /// Bytes, or those of a string, as two hexadecimal digits each
    Hex,
    /// Bytes, or those of a string, in the alphabet of base64 with + and /, with or without padding
    Base64,
}

/// With padding in what is written, and with or without in what is read.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl KeyNotation {
    /// The notation of keys that `schema` describes: the one that is asked for, or the usual one.
    ///
    /// # Errors
    ///
    /// Fails if such keys cannot be written in it.
    pub(crate) fn of(schema: &Schema, asked: Option<Self>) -> anyhow::Result<Self> {
        let (usual, others): (_, &[Self]) = match schema {
            Schema::Bool | Schema::Char | Schema::Integer(_) => (Self::Text, &[Self::Json]),
            Schema::String => (Self::Text, &[Self::Json, Self::Hex, Self::Base64]),
            Schema::Bytes(_) => (Self::Base64, &[Self::Text, Self::Json, Self::Hex]),
            Schema::Sequence(element, _) if **element == Schema::Integer(IntegerType::U8) => {
                (Self::Json, &[Self::Text, Self::Hex, Self::Base64])
            }
            _ => (Self::Json, &[]),
        };
        match asked {
            None => Ok(usual),
            Some(asked) if asked == usual || others.contains(&asked) => Ok(asked),
            Some(asked) => {
                let mut allowed = usual.name().to_owned();
                for other in others {
                    // Writing to a string cannot fail.
                    _ = write!(allowed, " or {}", other.name());
                }
                bail!(
                    "keys of type {schema:.80} cannot be written as {}; give {allowed}",
                    asked.name()
                )
            }
        }
    }

    /// The name in options and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }

    /// Writes the bytes that a key consists of.
    #[must_use]
    pub fn write(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Text | Self::Json => bytes.into(),
            Self::Hex => {
                let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                let digit = |digit: u8| char::from_digit(digit.into(), 16).unwrap_or_default();
                digits.map(digit).collect::<String>().into_bytes().into()
            }
            Self::Base64 => BASE64.encode(bytes).into_bytes().into(),
        }
    }
}

/// Parses base64.
pub(super) fn from_base64(text: &str) -> anyhow::Result<Vec<u8>> {
    BASE64.decode(text).context("invalid base64")
}

/// Parses hexadecimal digits.
pub(super) fn from_hex(text: &str) -> anyhow::Result<Vec<u8>> {
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    if let Some(wrong) = text.chars().find(|character| !character.is_ascii_hexdigit()) {
        bail!("{wrong:?} is not a hexadecimal digit");
    }
    let (pairs, []) = text.as_bytes().as_chunks() else {
        bail!("the number of hexadecimal digits is odd");
    };
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(digit(high)? << 4 | digit(low)?));
    bytes
        .collect::<Option<_>>()
        .ok_or_else(|| anyhow!("invalid digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_base64_stand_for_bytes() {
        let hex = |text| from_hex(text).map_err(|error| error.to_string());
        assert_eq!(hex(""), Ok(vec![]));
        assert_eq!(hex("00fFa9"), Ok(vec![0, 0xff, 0xa9]));
        assert_eq!(
            hex("0"),
            Err("the number of hexadecimal digits is odd".to_owned())
        );
        assert_eq!(hex("0g"), Err("'g' is not a hexadecimal digit".to_owned()));
        assert_eq!(hex("+1"), Err("'+' is not a hexadecimal digit".to_owned()));
        assert_eq!(hex("é"), Err("'é' is not a hexadecimal digit".to_owned()));
        assert!(from_base64("").unwrap().is_empty());
        assert_eq!(from_base64("+/8=").unwrap(), [0xfb, 0xff]);
        assert_eq!(from_base64("+/8").unwrap(), [0xfb, 0xff]);
        assert_eq!(from_base64("-_8").unwrap_err().to_string(), "invalid base64");
        for bytes in [&b""[..], b"a", b"\x00\xff\xa9"] {
            let written = |notation: KeyNotation| String::from_utf8(notation.write(bytes).into()).unwrap();
            assert_eq!(from_hex(&written(KeyNotation::Hex)).unwrap(), bytes);
            assert_eq!(from_base64(&written(KeyNotation::Base64)).unwrap(), bytes);
            assert_eq!(*KeyNotation::Text.write(bytes), *bytes);
        }
    }

    #[test]
    fn each_type_has_a_usual_notation_and_others() {
        use KeyNotation::{Base64, Hex, Json, Text};
        let byte = || Box::new(Schema::Integer(IntegerType::U8));
        for (schema, usual, others) in [
            (Schema::Integer(IntegerType::I128), Text, &[Json][..]),
            (Schema::Bool, Text, &[Json]),
            (Schema::Char, Text, &[Json]),
            (Schema::String, Text, &[Json, Hex, Base64]),
            (Schema::Bytes(Some(3)), Base64, &[Text, Json, Hex]),
            (Schema::Sequence(byte(), None), Json, &[Text, Hex, Base64]),
            (Schema::Tuple(vec![Schema::Bool]), Json, &[]),
            (Schema::Option(byte()), Json, &[]),
        ] {
            assert_eq!(KeyNotation::of(&schema, None).unwrap(), usual, "{schema}");
            for notation in [Text, Json, Hex, Base64] {
                let is_allowed = notation == usual || others.contains(&notation);
                let found = KeyNotation::of(&schema, Some(notation));
                assert_eq!(
                    found.ok(),
                    is_allowed.then_some(notation),
                    "{schema} {notation:?}"
                );
            }
        }
        let refused = KeyNotation::of(&Schema::Bool, Some(Hex)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "keys of type bool cannot be written as hex; give text or json"
        );
    }
}

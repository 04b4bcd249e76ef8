//! Reads MessagePack token by token.

use massmap_format::{FormatError, Walker};

/// A MessagePack scalar, or the header of an array or map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'a> {
    Nil,
    Bool(bool),
    Unsigned(u64),
    /// Less than 0, unless the encoder chose a signed format for another number.
    Signed(i64),
    Float(f32),
    Double(f64),
    /// Not checked to be UTF-8.
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Extension {
        length: usize,
    },
    /// The number of elements that follow.
    Array(u32),
    /// The number of keys that follow, each followed by a value.
    Map(u32),
}

impl Token<'_> {
    /// A description for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Nil => "nil".to_owned(),
            Self::Bool(_) => "a boolean".to_owned(),
            Self::Unsigned(_) | Self::Signed(_) => "an integer".to_owned(),
            Self::Float(_) | Self::Double(_) => "a float".to_owned(),
            Self::Text(_) => "a string".to_owned(),
            Self::Bytes(bytes) => format!("a byte array of {} bytes", bytes.len()),
            Self::Extension { length } => format!("an extension of {length} bytes"),
            Self::Array(_) => "an array".to_owned(),
            Self::Map(_) => "a map".to_owned(),
        }
    }
}

/// A position in MessagePack data that moves from token to token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tokens<'a> {
    length: usize,
    ahead: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// A position at the beginning of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            length: bytes.len(),
            ahead: bytes,
        }
    }

    /// Number of bytes read so far.
    pub(crate) fn position(&self) -> usize {
        self.length - self.ahead.len()
    }

    /// Reads a token.
    ///
    /// # Errors
    ///
    /// Those of [`Walker`], with positions counted from the beginning of the token: the bytes end, or are not MessagePack.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, FormatError> {
        let start = self.ahead;
        let (token, ahead) = match *start {
            [value @ 0..=0x7f, ref ahead @ ..] => (Token::Unsigned(value.into()), ahead),
            [value @ 0xe0..=0xff, ref ahead @ ..] => {
                (Token::Signed(i8::from_be_bytes([value]).into()), ahead)
            }
            [marker @ 0x80..=0x8f, ref ahead @ ..] => (Token::Map(u32::from(marker & 0x0f)), ahead),
            [marker @ 0x90..=0x9f, ref ahead @ ..] => (Token::Array(u32::from(marker & 0x0f)), ahead),
            [0xc0, ref ahead @ ..] => (Token::Nil, ahead),
            [0xc2, ref ahead @ ..] => (Token::Bool(false), ahead),
            [0xc3, ref ahead @ ..] => (Token::Bool(true), ahead),
            [0xca, a, b, c, d, ref ahead @ ..] => (Token::Float(f32::from_be_bytes([a, b, c, d])), ahead),
            [0xcb, a, b, c, d, e, f, g, h, ref ahead @ ..] => {
                (Token::Double(f64::from_be_bytes([a, b, c, d, e, f, g, h])), ahead)
            }
            [0xcc, a, ref ahead @ ..] => (Token::Unsigned(a.into()), ahead),
            [0xcd, a, b, ref ahead @ ..] => (Token::Unsigned(u16::from_be_bytes([a, b]).into()), ahead),
            [0xce, a, b, c, d, ref ahead @ ..] => {
                (Token::Unsigned(u32::from_be_bytes([a, b, c, d]).into()), ahead)
            }
            [0xcf, a, b, c, d, e, f, g, h, ref ahead @ ..] => (
                Token::Unsigned(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
                ahead,
            ),
            [0xd0, a, ref ahead @ ..] => (Token::Signed(i8::from_be_bytes([a]).into()), ahead),
            [0xd1, a, b, ref ahead @ ..] => (Token::Signed(i16::from_be_bytes([a, b]).into()), ahead),
            [0xd2, a, b, c, d, ref ahead @ ..] => {
                (Token::Signed(i32::from_be_bytes([a, b, c, d]).into()), ahead)
            }
            [0xd3, a, b, c, d, e, f, g, h, ref ahead @ ..] => {
                (Token::Signed(i64::from_be_bytes([a, b, c, d, e, f, g, h])), ahead)
            }
            [0xdc, a, b, ref ahead @ ..] => (Token::Array(u16::from_be_bytes([a, b]).into()), ahead),
            [0xdd, a, b, c, d, ref ahead @ ..] => (Token::Array(u32::from_be_bytes([a, b, c, d])), ahead),
            [0xde, a, b, ref ahead @ ..] => (Token::Map(u16::from_be_bytes([a, b]).into()), ahead),
            [0xdf, a, b, c, d, ref ahead @ ..] => (Token::Map(u32::from_be_bytes([a, b, c, d])), ahead),
            _ => return self.blob(),
        };
        self.ahead = ahead;
        Ok(token)
    }

    /// Reads a string, a byte array or an extension.
    fn blob(&mut self) -> Result<Token<'a>, FormatError> {
        let mut walker = Walker::new(self.ahead);
        let marker = self.ahead.first().copied().unwrap_or_default();
        let blob = walker.value()?;
        self.ahead = walker.remaining();
        let header = match marker {
            0xc4 | 0xd9 => 2,
            0xc5 | 0xda => 3,
            0xc6 | 0xdb => 5,
            _ => 1,
        };
        let content = blob.get(header..).unwrap_or_default();
        Ok(match marker {
            0xa0..=0xbf | 0xd9..=0xdb => Token::Text(content),
            0xc4..=0xc6 => Token::Bytes(content),
            _ => Token::Extension { length: blob.len() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Token<'_>) {
        let padded = [bytes, b"\xc0"].concat();
        let mut tokens = Tokens::new(&padded);
        assert_eq!(tokens.next().unwrap(), expected, "{bytes:02x?}");
        assert_eq!(tokens.position(), bytes.len(), "{bytes:02x?}");
        assert_eq!(tokens.next().unwrap(), Token::Nil, "{bytes:02x?}");
        for cut in 0..bytes.len() {
            let cut = &bytes[..cut];
            assert!(Tokens::new(cut).next().is_err(), "{cut:02x?}");
        }
    }

    #[test]
    fn each_format_is_one_token() {
        check(b"\xc0", Token::Nil);
        check(b"\xc2", Token::Bool(false));
        check(b"\xc3", Token::Bool(true));
        check(b"\x7f", Token::Unsigned(127));
        check(b"\xcc\xff", Token::Unsigned(255));
        check(b"\xcd\x01\x00", Token::Unsigned(256));
        check(b"\xce\x01\x00\x00\x00", Token::Unsigned(1 << 24));
        check(b"\xcf\x01\x00\x00\x00\x00\x00\x00\x00", Token::Unsigned(1 << 56));
        check(b"\xe0", Token::Signed(-32));
        check(b"\xd0\x80", Token::Signed(-128));
        check(b"\xd1\x80\x00", Token::Signed(-32768));
        check(b"\xd2\x80\x00\x00\x00", Token::Signed(-1 << 31));
        check(b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", Token::Signed(i64::MIN));
        check(b"\xca\x3f\xc0\x00\x00", Token::Float(1.5));
        check(b"\xcb\xbf\xf8\x00\x00\x00\x00\x00\x00", Token::Double(-1.5));
        check(b"\xa2ab", Token::Text(b"ab"));
        check(b"\xd9\x01a", Token::Text(b"a"));
        check(b"\xda\x00\x01a", Token::Text(b"a"));
        check(b"\xdb\x00\x00\x00\x01\xff", Token::Text(b"\xff"));
        check(b"\xc4\x01a", Token::Bytes(b"a"));
        check(b"\xc5\x00\x01a", Token::Bytes(b"a"));
        check(b"\xc6\x00\x00\x00\x00", Token::Bytes(b""));
        check(b"\xd4\x01a", Token::Extension { length: 3 });
        check(b"\xc7\x01\x05a", Token::Extension { length: 4 });
        check(b"\x8f", Token::Map(15));
        check(b"\xde\x01\x00", Token::Map(256));
        check(b"\xdf\x01\x00\x00\x00", Token::Map(1 << 24));
        check(b"\x9f", Token::Array(15));
        check(b"\xdc\x01\x00", Token::Array(256));
        check(b"\xdd\x01\x00\x00\x00", Token::Array(1 << 24));
    }

    #[test]
    fn the_reserved_marker_is_an_error() {
        let error = Tokens::new(b"\xc1").next();
        assert!(
            matches!(error, Err(FormatError::ReservedMarker { position: 0 })),
            "{error:?}"
        );
    }
}

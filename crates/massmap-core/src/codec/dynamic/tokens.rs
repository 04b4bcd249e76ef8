//! MessagePack, piece by piece.

use std::fmt;

use massmap_format::{FormatError, Walker};

/// What a MessagePack value is, or what an array or map begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'a> {
    /// Nil: nothing.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer from 0 to 2^64 − 1.
    Unsigned(u64),
    /// An integer less than 0, unless an encoder took a signed format for another number.
    Signed(i64),
    /// A float of 32 bits.
    Float(f32),
    /// A float of 64 bits.
    Double(f64),
    /// A string. Whether it is UTF-8 has not been checked.
    Text(&'a [u8]),
    /// A byte array.
    Bytes(&'a [u8]),
    /// An extension.
    Extension {
        /// Its type.
        kind: i8,
        /// Its bytes.
        data: &'a [u8],
        /// How many bytes it takes in all.
        length: usize,
    },
    /// So many elements follow.
    Array(u32),
    /// So many keys follow, a value behind each.
    Map(u32),
}

impl Token<'_> {
    /// What it is, in words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "a boolean",
            Self::Unsigned(_) | Self::Signed(_) => "an integer",
            Self::Float(_) | Self::Double(_) => "a float",
            Self::Text(_) => "a string",
            Self::Bytes(_) => "a byte array",
            Self::Extension { .. } => "an extension",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
        }
    }
}

/// What it is, in words, with its length if it has one.
impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Bytes(bytes) => write!(f, "{kind} of {} bytes", bytes.len()),
            Self::Extension { length, .. } => write!(f, "{kind} of {length} bytes"),
            _ => f.write_str(kind),
        }
    }
}

/// A position in MessagePack data, which moves on from token to token.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    length: usize,
    ahead: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// A position at the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            length: bytes.len(),
            ahead: bytes,
        }
    }

    /// How many bytes lie behind the position.
    #[must_use]
    pub fn position(&self) -> usize {
        self.length - self.ahead.len()
    }

    /// Ends the walk.
    ///
    /// # Errors
    ///
    /// [`FormatError::TrailingBytes`] if any bytes are left.
    #[inline]
    pub fn finish(self) -> Result<(), FormatError> {
        match self.ahead.len() {
            0 => Ok(()),
            length => Err(FormatError::TrailingBytes {
                position: self.position(),
                length,
            }),
        }
    }

    /// Moves over a token.
    ///
    /// # Errors
    ///
    /// Those of [`Walker`], with the place counted from the beginning of the token: the bytes end, or are no MessagePack.
    pub fn next_token(&mut self) -> Result<Token<'a>, FormatError> {
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

    /// Moves over a string, a byte array or an extension.
    fn blob(&mut self) -> Result<Token<'a>, FormatError> {
        let mut walker = Walker::new(self.ahead);
        let marker = self.ahead.first().copied().unwrap_or_default();
        let blob = walker.value()?;
        self.ahead = walker.remaining();
        let header = match marker {
            0xc4 | 0xc7 | 0xd9 => 2,
            0xc5 | 0xc8 | 0xda => 3,
            0xc6 | 0xc9 | 0xdb => 5,
            _ => 1,
        };
        let content = blob.get(header..).unwrap_or_default();
        Ok(match marker {
            0xa0..=0xbf | 0xd9..=0xdb => Token::Text(content),
            0xc4..=0xc6 => Token::Bytes(content),
            _ => {
                // Walked over, so that the type is there.
                let (kind, data) = content.split_first().unwrap_or((&0, &[]));
                Token::Extension {
                    kind: kind.cast_signed(),
                    data,
                    length: blob.len(),
                }
            }
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
        assert_eq!(tokens.next_token().unwrap(), expected, "{bytes:02x?}");
        assert_eq!(tokens.position(), bytes.len(), "{bytes:02x?}");
        assert_eq!(tokens.next_token().unwrap(), Token::Nil, "{bytes:02x?}");
        for cut in 0..bytes.len() {
            let cut = &bytes[..cut];
            assert!(Tokens::new(cut).next_token().is_err(), "{cut:02x?}");
        }
    }

    #[test]
    fn every_format_is_one_token() {
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
        for (bytes, kind) in [
            (&b"\xd4\x01a"[..], 1),
            (b"\xc7\x01\x05a", 5),
            (b"\xc8\x00\x01\xffa", -1),
        ] {
            let (data, length) = (&b"a"[..], bytes.len());
            check(bytes, Token::Extension { kind, data, length });
        }
        check(b"\x8f", Token::Map(15));
        check(b"\xde\x01\x00", Token::Map(256));
        check(b"\xdf\x01\x00\x00\x00", Token::Map(1 << 24));
        check(b"\x9f", Token::Array(15));
        check(b"\xdc\x01\x00", Token::Array(256));
        check(b"\xdd\x01\x00\x00\x00", Token::Array(1 << 24));
    }

    #[test]
    fn the_marker_that_means_nothing_is_an_error() {
        let error = Tokens::new(b"\xc1").next_token();
        assert!(
            matches!(error, Err(FormatError::ReservedMarker { position: 0 })),
            "{error:?}"
        );
    }

    #[test]
    fn tokens_are_described_with_their_lengths() {
        let described = |bytes| Tokens::new(bytes).next_token().unwrap().to_string();
        assert_eq!(described(b"\xc0"), "nil");
        assert_eq!(described(b"\xc4\x01a"), "a byte array of 1 bytes");
        assert_eq!(described(b"\xc7\x01\x05a"), "an extension of 4 bytes");
        assert_eq!(described(b"\xff"), "an integer");
    }
}

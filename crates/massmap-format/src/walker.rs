//! Finding where MessagePack values begin and end, without decoding them.

use crate::FormatError;

/// The deepest nesting of arrays and maps that one key, one value or the metadata may have.
///
/// Bounds the stack that walking and decoding take, whatever the bytes. Scalars have depth 0, `[]` has depth 1.
pub const MAX_DEPTH: usize = 128;

/// Length of a value in bytes, by its first byte; 0 if that byte alone does not determine it.
///
/// Source: the MessagePack specification, section "Formats".
const FIXED_LENGTH: [u8; 256] = {
    let mut table = [0; 256];
    let mut marker = 0;
    while marker < 256 {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated at compile time, within the table's bounds"
        )]
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fixstr has at most 31 bytes besides its marker"
        )]
        {
            table[marker] = match marker {
                0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => 1,
                0xa0..=0xbf => 1 + (marker & 0x1f) as u8,
                0xcc | 0xd0 => 2,
                0xcd | 0xd1 | 0xd4 => 3,
                0xd5 => 4,
                0xca | 0xce | 0xd2 => 5,
                0xd6 => 6,
                0xcb | 0xcf | 0xd3 => 9,
                0xd7 => 10,
                0xd8 => 18,
                _ => 0,
            };
        }
        marker += 1;
    }
    table
};

/// Length in bytes of the value that begins with `marker`, if the marker alone determines it.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn fixed_length(marker: u8) -> Option<usize> {
    FIXED_LENGTH
        .get(usize::from(marker))
        .map(|&length| usize::from(length))
        .filter(|&length| length > 0)
}

/// Length in bytes of the value at the beginning of `bytes`, if it is a scalar and its header is there; the rest of the
/// value may be missing. Rare kinds, such as extensions, give `None` too.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn scalar_length(bytes: &[u8]) -> Option<usize> {
    let marker = *bytes.first()?;
    if let Some(length) = fixed_length(marker) {
        return Some(length);
    }
    match marker {
        0xc4 | 0xd9 => Some(2 + usize::from(*bytes.get(1)?)),
        0xc5 | 0xda => Some(3 + usize::from(u16::from_be_bytes(*bytes.get(1..)?.first_chunk()?))),
        _ => None,
    }
}

/// The non-negative integer at the beginning of `bytes`, and the bytes behind it; `None` unless it is encoded as a positive
/// fixint or in a "uint" format.
#[inline]
pub(crate) fn uint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    Some(match bytes {
        [value @ 0..=0x7f, ahead @ ..] => (u64::from(*value), ahead),
        [0xcc, value, ahead @ ..] => (u64::from(*value), ahead),
        [0xcd, a, b, ahead @ ..] => (u16::from_be_bytes([*a, *b]).into(), ahead),
        [0xce, a, b, c, d, ahead @ ..] => (u32::from_be_bytes([*a, *b, *c, *d]).into(), ahead),
        [0xcf, a, b, c, d, e, f, g, h, ahead @ ..] => {
            (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), ahead)
        }
        _ => return None,
    })
}

/// A position in a slice of MessagePack data.
///
/// Moves over values without decoding them. Whatever the bytes, it never reads outside the slice, never allocates, takes at
/// most linear time in the length of the slice, and stack for at most [`MAX_DEPTH`] levels. It does not check that strings
/// are UTF-8; decoders do.
///
/// ```
/// use massmap_format::Walker;
///
/// // ["apple", {1: 2}], then nil
/// let mut walker = Walker::new(b"\x92\xa5apple\x81\x01\x02\xc0");
/// assert_eq!(walker.array_header()?, 2);
/// assert_eq!(walker.value()?, b"\xa5apple");
/// assert_eq!(walker.value()?, b"\x81\x01\x02");
/// assert_eq!(walker.value()?, b"\xc0");
/// walker.finish()?;
/// # Ok::<(), massmap_format::FormatError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Walker<'a> {
    /// Length of the whole slice, to compute positions; at least that of `ahead`.
    length: usize,
    /// The bytes that have not been walked over yet.
    ahead: &'a [u8],
}

impl<'a> Walker<'a> {
    /// A walker at the beginning of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            length: bytes.len(),
            ahead: bytes,
        }
    }

    /// A walker before `ahead`, the end of a slice of `length` bytes.
    #[inline]
    pub(crate) const fn at_end_of(length: usize, ahead: &'a [u8]) -> Self {
        Self { length, ahead }
    }

    /// Moves on to `ahead`, an end of the remaining bytes.
    #[inline]
    pub(crate) const fn move_to(&mut self, ahead: &'a [u8]) {
        self.ahead = ahead;
    }

    /// Number of bytes that the walker has moved over.
    #[must_use]
    #[inline]
    pub const fn position(&self) -> usize {
        self.length - self.ahead.len()
    }

    /// The bytes that the walker has not moved over yet.
    #[must_use]
    #[inline]
    pub const fn remaining(&self) -> &'a [u8] {
        self.ahead
    }

    /// Moves over one value, including all nested values, and returns its bytes.
    ///
    /// # Errors
    ///
    /// [`FormatError::Truncated`], [`FormatError::ReservedMarker`] or [`FormatError::TooDeep`].
    #[inline]
    pub fn value(&mut self) -> Result<&'a [u8], FormatError> {
        let start = self.ahead;
        self.skip(0)?;
        Ok(start.get(..start.len() - self.ahead.len()).unwrap_or_default())
    }

    /// Moves over the header of an array and returns the number of its elements.
    ///
    /// # Errors
    ///
    /// [`FormatError::UnexpectedMarker`] if no array begins here, [`FormatError::Truncated`] if the bytes end, or if fewer
    /// bytes than elements are left.
    #[inline]
    pub fn array_header(&mut self) -> Result<u32, FormatError> {
        let length = self.array_length()?;
        self.require(u64::from(length))?;
        Ok(length)
    }

    /// The same without a check that so many elements can follow.
    #[inline]
    pub(crate) fn array_length(&mut self) -> Result<u32, FormatError> {
        let position = self.position();
        let marker = self.take_marker()?;
        let length = match marker {
            0x90..=0x9f => u32::from(marker & 0x0f),
            0xdc => self.take_length(2)?,
            0xdd => self.take_length(4)?,
            _ => {
                return Err(FormatError::UnexpectedMarker {
                    position,
                    marker,
                    expected: "an array",
                });
            }
        };
        Ok(length)
    }

    /// Moves over the header of an array that must have `expected` elements.
    ///
    /// # Errors
    ///
    /// Those of [`array_header`](Self::array_header), and [`FormatError::ArrayLength`].
    #[inline]
    pub fn array_of(&mut self, expected: u32) -> Result<(), FormatError> {
        let position = self.position();
        let found = self.array_header()?;
        if found == expected {
            Ok(())
        } else {
            Err(FormatError::ArrayLength {
                position,
                found,
                expected,
            })
        }
    }

    /// Moves over the header of a map and returns the number of its pairs of key and value.
    ///
    /// # Errors
    ///
    /// [`FormatError::UnexpectedMarker`] if no map begins here, [`FormatError::Truncated`] if the bytes end, or if fewer
    /// bytes than keys and values are left.
    pub fn map_header(&mut self) -> Result<u32, FormatError> {
        let position = self.position();
        let marker = self.take_marker()?;
        let length = match marker {
            0x80..=0x8f => u32::from(marker & 0x0f),
            0xde => self.take_length(2)?,
            0xdf => self.take_length(4)?,
            _ => {
                return Err(FormatError::UnexpectedMarker {
                    position,
                    marker,
                    expected: "a map",
                });
            }
        };
        self.require(2 * u64::from(length))?;
        Ok(length)
    }

    /// Moves over a string and returns its bytes, including its header.
    ///
    /// # Errors
    ///
    /// [`FormatError::UnexpectedMarker`] if no string begins here, or [`FormatError::Truncated`].
    pub fn string(&mut self) -> Result<&'a [u8], FormatError> {
        let position = self.position();
        match self.ahead.first() {
            Some(0xa0..=0xbf | 0xd9..=0xdb) | None => self.value(),
            Some(&marker) => Err(FormatError::UnexpectedMarker {
                position,
                marker,
                expected: "a string",
            }),
        }
    }

    /// Moves over a non-negative integer, in any of its encodings, and returns it.
    ///
    /// # Errors
    ///
    /// [`FormatError::UnexpectedMarker`] if no non-negative integer begins here, or [`FormatError::Truncated`].
    #[inline]
    pub fn unsigned(&mut self) -> Result<u64, FormatError> {
        match uint(self.ahead) {
            Some((value, ahead)) => {
                self.ahead = ahead;
                Ok(value)
            }
            None => self.unsigned_slow(),
        }
    }

    fn unsigned_slow(&mut self) -> Result<u64, FormatError> {
        let position = self.position();
        let marker = self.take_marker()?;
        let unexpected = FormatError::UnexpectedMarker {
            position,
            marker,
            expected: "a non-negative integer",
        };
        let width = match marker {
            0xcc | 0xd0 => 1,
            0xcd | 0xd1 => 2,
            0xce | 0xd2 => 4,
            0xcf | 0xd3 => 8,
            _ => return Err(unexpected),
        };
        let value = self.take_be(width)?;
        // The signed encodings are 0xd0 to 0xd3: such a number is non-negative if its sign bit is not set.
        if marker >= 0xd0 && value >> (8 * width - 1) != 0 {
            return Err(unexpected);
        }
        Ok(value)
    }

    /// Ends the walk.
    ///
    /// # Errors
    ///
    /// [`FormatError::TrailingBytes`] if bytes are left.
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

    #[inline]
    fn skip(&mut self, depth: usize) -> Result<(), FormatError> {
        let position = self.position();
        let marker = self.take_marker()?;
        match fixed_length(marker) {
            Some(length) => self.advance(length as u64 - 1),
            None => self.skip_variable(marker, position, depth),
        }
    }

    /// Moves over the rest of a value whose marker has been taken and does not determine its length.
    fn skip_variable(&mut self, marker: u8, position: usize, depth: usize) -> Result<(), FormatError> {
        let children = match marker {
            0xc4 | 0xd9 => return self.skip_bytes(1, 0),
            0xc5 | 0xda => return self.skip_bytes(2, 0),
            0xc6 | 0xdb => return self.skip_bytes(4, 0),
            // The byte after the length of an extension is its type.
            0xc7 => return self.skip_bytes(1, 1),
            0xc8 => return self.skip_bytes(2, 1),
            0xc9 => return self.skip_bytes(4, 1),
            0x90..=0x9f => u64::from(marker & 0x0f),
            0xdc => u64::from(self.take_length(2)?),
            0xdd => u64::from(self.take_length(4)?),
            0x80..=0x8f => 2 * u64::from(marker & 0x0f),
            0xde => 2 * u64::from(self.take_length(2)?),
            0xdf => 2 * u64::from(self.take_length(4)?),
            _ => return Err(FormatError::ReservedMarker { position }),
        };
        if depth == MAX_DEPTH {
            return Err(FormatError::TooDeep {
                position,
                limit: MAX_DEPTH,
            });
        }
        self.require(children)?;
        let mut left = self.skip_scalars(children);
        while left > 0 {
            self.skip(depth + 1)?;
            left = self.skip_scalars(left - 1);
        }
        Ok(())
    }

    /// Moves over scalars, at most `most`, as far as this takes no more than a look at their headers. Returns how many are left.
    #[inline]
    fn skip_scalars(&mut self, most: u64) -> u64 {
        let (mut ahead, mut left) = (self.ahead, most);
        while left > 0
            && let Some(length) = scalar_length(ahead)
            && let Some(behind) = ahead.get(length..)
        {
            ahead = behind;
            left -= 1;
        }
        self.ahead = ahead;
        left
    }

    /// Moves over a length, as many bytes, and `more` bytes.
    fn skip_bytes(&mut self, length_width: usize, more: u64) -> Result<(), FormatError> {
        let length = self.take_length(length_width)?;
        self.advance(u64::from(length) + more)
    }

    #[inline]
    fn take_marker(&mut self) -> Result<u8, FormatError> {
        match self.ahead.split_first() {
            Some((&marker, ahead)) => {
                self.ahead = ahead;
                Ok(marker)
            }
            None => Err(FormatError::Truncated {
                position: self.position(),
                needed: 1,
                available: 0,
            }),
        }
    }

    /// A big-endian length of one, two or four bytes.
    #[inline]
    fn take_length(&mut self, width: usize) -> Result<u32, FormatError> {
        let length = self.take_be(width)?;
        Ok(u32::try_from(length).expect("at most four bytes were taken"))
    }

    /// A big-endian integer of at most eight bytes.
    #[inline]
    fn take_be(&mut self, width: usize) -> Result<u64, FormatError> {
        let bytes = self.ahead;
        self.advance(width as u64)?;
        let bytes = bytes.get(..width).unwrap_or_default();
        Ok(bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    #[inline]
    pub(crate) fn advance(&mut self, length: u64) -> Result<(), FormatError> {
        self.require(length)?;
        let length = usize::try_from(length).expect("no longer than the slice");
        self.ahead = self.ahead.get(length..).unwrap_or_default();
        Ok(())
    }

    /// Checks that `needed` bytes are left. An element takes at least a byte, so this also refuses impossible counts before
    /// any caller loops over so many elements, or allocates memory for them.
    #[inline]
    fn require(&self, needed: u64) -> Result<(), FormatError> {
        let available = self.ahead.len();
        if needed <= available as u64 {
            Ok(())
        } else {
            Err(FormatError::Truncated {
                position: self.position(),
                needed,
                available,
            })
        }
    }
}

#[cfg(test)]
mod tests;

//! MessagePack that is to become a record.

use super::error::RecordError;

/// The rest of some MessagePack.
#[derive(Debug, Clone)]
pub(super) struct Input<'a> {
    /// Length of all of it, in bytes.
    length: usize,
    rest: &'a [u8],
}

/// An integer of up to 64 bits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Integer {
    Unsigned(u64),
    /// Below zero.
    Negative(i64),
}

/// An integer that does not fit.
#[derive(Debug)]
pub(super) struct OutOfRange;

macro_rules! from_integer {
    ($($integer:ty)*) => {$(
        impl TryFrom<Integer> for $integer {
            type Error = OutOfRange;

            #[inline]
            fn try_from(integer: Integer) -> Result<Self, OutOfRange> {
                match integer {
                    Integer::Unsigned(value) => value.try_into().map_err(|_| OutOfRange),
                    Integer::Negative(value) => value.try_into().map_err(|_| OutOfRange),
                }
            }
        }
    )*};
}

from_integer!(u8 u16 u32 u64 i8 i16 i32 i64);

impl<'a> Input<'a> {
    #[inline]
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            length: bytes.len(),
            rest: bytes,
        }
    }

    /// Whether nothing is left.
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*bytes)
    }

    #[inline]
    fn take_slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    /// `N` bytes behind `marker`, reversed: numbers are big-endian. `None`, which takes nothing, if there is another marker.
    #[inline]
    pub(super) fn large<const N: usize>(&mut self, marker: u8) -> Option<[u8; N]> {
        let (found, rest) = self.rest.split_first()?;
        if *found != marker {
            return None;
        }
        let (bytes, rest) = rest.split_first_chunk()?;
        self.rest = rest;
        let mut bytes: [u8; N] = *bytes;
        bytes.reverse();
        Some(bytes)
    }

    /// Unsigned integers of 8 bits, as many as `place` has room for. `None`, which takes nothing, unless these follow in their shortest
    /// forms and a byte behind them.
    pub(super) fn small(&mut self, place: &mut [u8]) -> Option<()> {
        const MARKER: u8 = 0xcc;
        let mut rest = self.rest;
        for place in place {
            let [first, second, ..] = *rest else { return None };
            let is_marked = first == MARKER;
            if first > 0x7f && !is_marked {
                return None;
            }
            // Without a branch, which would depend on the data.
            *place = if is_marked { second } else { first };
            rest = rest.get(1 + usize::from(is_marked)..)?;
        }
        self.rest = rest;
        Some(())
    }

    /// An integer in any encoding.
    #[inline]
    pub(super) fn integer(&mut self) -> Option<Integer> {
        let signed = |value: i64| match u64::try_from(value) {
            Ok(value) => Integer::Unsigned(value),
            Err(_) => Integer::Negative(value),
        };
        let [marker] = self.take()?;
        Some(match marker {
            0..=0x7f => Integer::Unsigned(marker.into()),
            0xcf => Integer::Unsigned(u64::from_be_bytes(self.take()?)),
            0xce => Integer::Unsigned(u32::from_be_bytes(self.take()?).into()),
            0xcd => Integer::Unsigned(u16::from_be_bytes(self.take()?).into()),
            0xcc => Integer::Unsigned(u8::from_be_bytes(self.take()?).into()),
            0xe0..=0xff => Integer::Negative(i8::from_be_bytes([marker]).into()),
            0xd3 => signed(i64::from_be_bytes(self.take()?)),
            0xd2 => signed(i32::from_be_bytes(self.take()?).into()),
            0xd1 => signed(i16::from_be_bytes(self.take()?).into()),
            0xd0 => signed(i8::from_be_bytes(self.take()?).into()),
            _ => return None,
        })
    }

    pub(super) fn boolean(&mut self) -> Option<bool> {
        match self.take()? {
            [0xc2] => Some(false),
            [0xc3] => Some(true),
            _ => None,
        }
    }

    pub(super) fn nil(&mut self) -> Option<()> {
        (self.take()? == [0xc0]).then_some(())
    }

    /// The content of a string, which may be invalid.
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let [marker] = self.take()?;
        let length = match marker {
            0xa0..=0xbf => u32::from(marker & 0x1f),
            _ => self.length(marker, [0xd9, 0xda, 0xdb])?,
        };
        self.take_slice(usize::try_from(length).ok()?)
    }

    /// The content of a byte array.
    #[inline]
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let [marker] = self.take()?;
        let length = self.length(marker, [0xc4, 0xc5, 0xc6])?;
        self.take_slice(usize::try_from(length).ok()?)
    }

    /// The header of an array: the number of its elements.
    #[inline]
    pub(super) fn array(&mut self) -> Option<u32> {
        let [marker] = self.take()?;
        match marker {
            0x90..=0x9f => Some(u32::from(marker & 0xf)),
            _ => self.wide_length(marker, [0xdc, 0xdd]),
        }
    }

    /// The header of a map: the number of its entries.
    pub(super) fn map(&mut self) -> Option<u32> {
        let [marker] = self.take()?;
        match marker {
            0x80..=0x8f => Some(u32::from(marker & 0xf)),
            _ => self.wide_length(marker, [0xde, 0xdf]),
        }
    }

    /// The length that follows `marker`, which is one of three for lengths of 1, 2 and 4 bytes.
    fn length(&mut self, marker: u8, [narrow, wide @ ..]: [u8; 3]) -> Option<u32> {
        match marker == narrow {
            true => Some(u8::from_be_bytes(self.take()?).into()),
            false => self.wide_length(marker, wide),
        }
    }

    /// The length that follows `marker`, which is one of two for lengths of 2 and 4 bytes.
    fn wide_length(&mut self, marker: u8, [wide, widest]: [u8; 2]) -> Option<u32> {
        if marker == wide {
            return Some(u16::from_be_bytes(self.take()?).into());
        }
        match marker == widest {
            true => Some(u32::from_be_bytes(self.take()?)),
            false => None,
        }
    }

    /// The error of a value that begins here and is not `expected`.
    #[cold]
    pub(super) fn mismatch(&self, expected: impl ToString) -> RecordError {
        /// Most bytes that are shown.
        const MOST: usize = 16;
        let shown = match self.rest.get(..MOST) {
            Some(beginning) => format!("{}…", beginning.escape_ascii()),
            None => self.rest.escape_ascii().to_string(),
        };
        RecordError::Mismatch {
            expected: expected.to_string(),
            position: self.length - self.rest.len(),
            found: format!("`{shown}`"),
        }
    }
}

//! The headers of pages and some of the metadata, as Thrift's compact protocol encodes them.
//!
//! Read here and not by the crate `parquet`, so that what a header claims is checked before memory is taken for it.

/// Most levels of structs and lists in what is skipped.
const MAX_DEPTH: usize = 16;

/// The header of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// Length of the page as it is stored, without the header, in bytes.
    pub(super) compressed: usize,
    /// Length of the decompressed page, in bytes.
    pub(super) uncompressed: usize,
    /// Checksum of the page as it is stored.
    pub(super) crc: Option<u32>,
    pub(super) kind: PageKind,
}

/// What is in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    Dictionary {
        values: u32,
        encoding: i32,
        is_sorted: bool,
    },
    Data {
        values: u32,
        encoding: i32,
        definition_encoding: i32,
        repetition_encoding: i32,
    },
    DataV2 {
        values: u32,
        nulls: u32,
        rows: u32,
        encoding: i32,
        definition_length: u32,
        repetition_length: u32,
        is_compressed: bool,
    },
    /// Something that readers skip.
    Other,
}

/// Why a header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderError {
    /// It goes on behind the bytes that were given.
    Short,
    /// It is none.
    Invalid,
}

impl PageHeader {
    /// The header at the beginning of `bytes`, and its length.
    pub(super) fn decode(bytes: &[u8]) -> Result<(Self, usize), HeaderError> {
        let mut reader = Reader { rest: bytes };
        let mut page_type = None;
        let (mut uncompressed, mut compressed, mut crc) = (None, None, None);
        let mut kind = None;
        let mut id = 0;
        while let Some(wire) = reader.field(&mut id)? {
            match (id, wire) {
                (1, I32) => page_type = Some(reader.signed()?),
                (2, I32) => uncompressed = Some(reader.size()?),
                (3, I32) => compressed = Some(reader.size()?),
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "the bits count"
                )]
                (4, I32) => crc = Some(reader.signed()? as u32),
                (5, STRUCT) => kind = Some(data(&mut reader)?),
                (7, STRUCT) => kind = Some(dictionary(&mut reader)?),
                (8, STRUCT) => kind = Some(data_v2(&mut reader)?),
                _ => reader.skip(wire, MAX_DEPTH)?,
            }
        }
        let kind = match (page_type.ok_or(HeaderError::Invalid)?, kind) {
            (0, Some(kind @ PageKind::Data { .. }))
            | (2, Some(kind @ PageKind::Dictionary { .. }))
            | (3, Some(kind @ PageKind::DataV2 { .. })) => kind,
            (0 | 2 | 3, _) => return Err(HeaderError::Invalid),
            _ => PageKind::Other,
        };
        let header = Self {
            compressed: compressed.ok_or(HeaderError::Invalid)?,
            uncompressed: uncompressed.ok_or(HeaderError::Invalid)?,
            crc,
            kind,
        };
        Ok((header, bytes.len() - reader.rest.len()))
    }
}

/// Whether the metadata of a file name an algorithm of encryption, which they do if columns are encrypted.
pub(super) fn names_encryption(metadata: &[u8]) -> bool {
    let mut reader = Reader { rest: metadata };
    let mut id = 0;
    while let Ok(Some(wire)) = reader.field(&mut id) {
        if id == 8 {
            return true;
        }
        if reader.skip(wire, MAX_DEPTH).is_err() {
            return false;
        }
    }
    false
}

fn data(reader: &mut Reader<'_>) -> Result<PageKind, HeaderError> {
    let (numbers, _) = numbers(reader)?;
    let [values, encoding, definition_encoding, repetition_encoding] = numbers;
    Ok(PageKind::Data {
        values: count(values)?,
        encoding: number(encoding)?,
        definition_encoding: number(definition_encoding)?,
        repetition_encoding: number(repetition_encoding)?,
    })
}

fn dictionary(reader: &mut Reader<'_>) -> Result<PageKind, HeaderError> {
    let ([values, encoding], is_sorted) = numbers(reader)?;
    Ok(PageKind::Dictionary {
        values: count(values)?,
        encoding: number(encoding)?,
        is_sorted: is_sorted.unwrap_or(false),
    })
}

fn data_v2(reader: &mut Reader<'_>) -> Result<PageKind, HeaderError> {
    let (numbers, is_compressed) = numbers(reader)?;
    let [
        values,
        nulls,
        rows,
        encoding,
        definition_length,
        repetition_length,
    ] = numbers;
    Ok(PageKind::DataV2 {
        values: count(values)?,
        nulls: count(nulls)?,
        rows: count(rows)?,
        encoding: number(encoding)?,
        definition_length: count(definition_length)?,
        repetition_length: count(repetition_length)?,
        is_compressed: is_compressed.unwrap_or(true),
    })
}

/// The first fields of a struct, which are numbers, and the boolean behind them. All others are skipped.
fn numbers<const N: usize>(reader: &mut Reader<'_>) -> Result<([Option<i64>; N], Option<bool>), HeaderError> {
    let mut numbers = [None; N];
    let mut flag = None;
    let mut id = 0;
    while let Some(wire) = reader.field(&mut id)? {
        let index = usize::try_from(id - 1).ok();
        match (wire, index.and_then(|index| numbers.get_mut(index))) {
            (I32, Some(number)) => *number = Some(reader.signed()?),
            (TRUE | FALSE, None) if index == Some(N) => flag = Some(wire == TRUE),
            _ => reader.skip(wire, MAX_DEPTH)?,
        }
    }
    Ok((numbers, flag))
}

/// A number that must be there and not be negative.
fn count(value: Option<i64>) -> Result<u32, HeaderError> {
    let count = value.and_then(|value| i32::try_from(value).ok());
    count
        .and_then(|count| u32::try_from(count).ok())
        .ok_or(HeaderError::Invalid)
}

fn number(value: Option<i64>) -> Result<i32, HeaderError> {
    let number = value.and_then(|value| i32::try_from(value).ok());
    number.ok_or(HeaderError::Invalid)
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I32: u8 = 5;
const STRUCT: u8 = 12;

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, HeaderError> {
        let (byte, rest) = self.rest.split_first().ok_or(HeaderError::Short)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn advance(&mut self, count: u64) -> Result<(), HeaderError> {
        let count = usize::try_from(count).map_err(|_| HeaderError::Invalid)?;
        self.rest = self.rest.get(count..).ok_or(HeaderError::Short)?;
        Ok(())
    }

    fn unsigned(&mut self) -> Result<u64, HeaderError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(HeaderError::Invalid)
    }

    /// A number in zigzag encoding.
    fn signed(&mut self) -> Result<i64, HeaderError> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn size(&mut self) -> Result<usize, HeaderError> {
        let size = i32::try_from(self.signed()?).map_err(|_| HeaderError::Invalid)?;
        usize::try_from(size).map_err(|_| HeaderError::Invalid)
    }

    /// The type of the next field; `None` at the end of the struct. `id` is the number of the field before, and becomes that of this one.
    fn field(&mut self, id: &mut i64) -> Result<Option<u8>, HeaderError> {
        let byte = self.byte()?;
        if byte == 0 {
            return Ok(None);
        }
        *id = match byte >> 4 {
            0 => self.signed()?,
            delta => id.saturating_add(delta.into()),
        };
        if !(1..=i64::from(i16::MAX)).contains(id) {
            return Err(HeaderError::Invalid);
        }
        Ok(Some(byte & 0xf))
    }

    fn skip(&mut self, wire: u8, depth: usize) -> Result<(), HeaderError> {
        let depth = depth.checked_sub(1).ok_or(HeaderError::Invalid)?;
        match wire {
            TRUE | FALSE => Ok(()),
            3 => self.advance(1),
            4..=6 => self.unsigned().map(drop),
            7 => self.advance(8),
            8 => {
                let length = self.unsigned()?;
                self.advance(length)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let length = match byte >> 4 {
                    15 => self.unsigned()?,
                    length => length.into(),
                };
                for _ in 0..length {
                    match byte & 0xf {
                        // In lists, booleans take a byte.
                        TRUE | FALSE => self.advance(1)?,
                        element => self.skip(element, depth)?,
                    }
                }
                Ok(())
            }
            STRUCT => {
                let mut id = 0;
                while let Some(wire) = self.field(&mut id)? {
                    self.skip(wire, depth)?;
                }
                Ok(())
            }
            _ => Err(HeaderError::Invalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a data page of 10 values, 100 bytes long and 80 compressed, with a checksum and empty statistics.
    const DATA: [u8; 27] = [
        0x15, 0, 0x15, 0xc8, 1, 0x15, 0xa0, 1, 0x15, 0xfe, 0xff, 0xff, 0xff, 0xf, 0x1c, 0x15, 20, 0x15, 0,
        0x15, 6, 0x15, 6, 0x1c, 0, 0, 0,
    ];

    #[test]
    fn the_header_of_a_data_page_is_read() {
        let header = PageHeader {
            compressed: 80,
            uncompressed: 100,
            crc: Some(i32::MAX.cast_unsigned()),
            kind: PageKind::Data {
                values: 10,
                encoding: 0,
                definition_encoding: 3,
                repetition_encoding: 3,
            },
        };
        assert_eq!(PageHeader::decode(&DATA), Ok((header, DATA.len())));
        let more = [&DATA[..], b"page"].concat();
        assert_eq!(PageHeader::decode(&more), Ok((header, DATA.len())));
    }

    #[test]
    fn truncated_headers_are_short() {
        for length in 0..DATA.len() {
            assert_eq!(
                PageHeader::decode(&DATA[..length]),
                Err(HeaderError::Short),
                "{length}"
            );
        }
    }

    #[test]
    fn negative_lengths_and_foreign_bytes_are_invalid() {
        for bytes in [
            &[0x15, 0, 0x15, 1, 0x15, 0, 0][..],
            &[0x15, 0, 0],
            &[0xff, 0xff],
            &[0x0c, 0],
            &[0x1c; 100],
        ] {
            assert_eq!(PageHeader::decode(bytes), Err(HeaderError::Invalid), "{bytes:?}");
        }
    }
}

//! A value of a file with compressed values, `FORMAT.md` section 2.4.2.

use crate::FormatError;

/// The first byte of a value that is stored as it is. No frame with a length begins with it.
const PLAIN: u8 = 0;

/// The bits of a frame's first byte that must be 0: those for the identifier of a dictionary, a checksum, and reserved ones.
const ZERO_BITS: u8 = 0x1f;

/// The bit of a frame's first byte that says that there is no byte for a window.
const SINGLE_SEGMENT: u8 = 0x20;

/// The most bytes that a block of a frame stands for.
const BLOCK_LENGTH: u32 = 128 << 10;

const ENDS_EARLY: &str = "ends within its frame";

/// A value as it is stored in a file with compressed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredValue<'a> {
    /// The value, as MessagePack.
    Plain(&'a [u8]),
    /// A frame of Zstandard.
    Frame(StoredFrame<'a>),
}

/// A compressed value, whose content has not been looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredFrame<'a> {
    /// The frame without its magic number.
    pub bytes: &'a [u8],
    /// Length of the value, in bytes, as the frame says. It is plausible: see [`MAX_EXPANSION`](StoredValue::MAX_EXPANSION).
    pub length: usize,
    /// The bytes behind the frame, which must be zeros.
    pub padding: &'a [u8],
}

impl<'a> StoredValue<'a> {
    /// A stored value takes at least one byte for so many bytes of the value. It bounds the memory that readers take.
    pub const MAX_EXPANSION: usize = 64;

    /// Finds the parts of a stored value.
    ///
    /// # Errors
    ///
    /// [`FormatError::StoredValue`] if it is neither a value nor one frame of Zstandard, or if its length is not possible.
    pub fn decode(stored: &'a [u8]) -> Result<Self, FormatError> {
        match stored {
            [PLAIN, value @ ..] => Ok(Self::Plain(value)),
            stored => Self::decode_frame(stored).map_err(|problem| FormatError::StoredValue { problem }),
        }
    }

    /// Length of the value, in bytes, as the beginning of its stored form says: 6 bytes of that, or all if it is shorter. `None` if the
    /// value is stored as it is. Nobody has checked that it is plausible.
    ///
    /// # Errors
    ///
    /// [`FormatError::StoredValue`] if it is neither a value nor a frame of Zstandard.
    pub fn stated_length(beginning: &[u8]) -> Result<Option<u32>, FormatError> {
        if beginning.first() == Some(&PLAIN) {
            return Ok(None);
        }
        match frame_header(beginning) {
            Ok((length, _)) => Ok(Some(length)),
            Err(problem) => Err(FormatError::StoredValue { problem }),
        }
    }

    fn decode_frame(stored: &'a [u8]) -> Result<Self, &'static str> {
        let (length, blocks) = frame_header(stored)?;
        let (most, padding) = walk(blocks).ok_or(ENDS_EARLY)?;
        let length = usize::try_from(length).map_err(|_| "is too long for this machine")?;
        if length as u64 > most || length.div_ceil(Self::MAX_EXPANSION) > stored.len() {
            return Err("claims to be longer than its bytes can stand for");
        }
        let end = stored.len() - padding.len();
        Ok(Self::Frame(StoredFrame {
            bytes: stored.get(..end).unwrap_or_default(),
            length,
            padding,
        }))
    }

    /// Appends a value that is stored as it is.
    pub fn encode_plain(value: &[u8], out: &mut Vec<u8>) {
        out.push(PLAIN);
        out.extend_from_slice(value);
    }

    /// Number of bytes that a value of `length` bytes takes with a frame of `frame_length` bytes.
    #[must_use]
    pub fn encoded_length(frame_length: usize, length: usize) -> usize {
        frame_length.max(length.div_ceil(Self::MAX_EXPANSION))
    }

    /// Appends `frame`, without its magic number, which stands for a value of `length` bytes.
    pub fn encode_frame(frame: &[u8], length: usize, out: &mut Vec<u8>) {
        let end = out.len() + Self::encoded_length(frame.len(), length);
        out.extend_from_slice(frame);
        out.resize(end, 0);
    }
}

/// The length of the content of a frame, as its header says, and what stands behind the header.
fn frame_header(frame: &[u8]) -> Result<(u32, &[u8]), &'static str> {
    let (descriptor, rest) = frame.split_first().ok_or("has no bytes")?;
    if descriptor & ZERO_BITS != 0 {
        return Err("is a frame with a checksum, a dictionary's identifier or reserved bits");
    }
    let is_single = descriptor & SINGLE_SEGMENT != 0;
    let rest = rest.get(usize::from(!is_single)..).ok_or(ENDS_EARLY)?;
    match (descriptor >> 6, rest) {
        (0, [length, blocks @ ..]) if is_single => Ok((u32::from(*length), blocks)),
        (1, [a, b, blocks @ ..]) => Ok((u32::from(u16::from_le_bytes([*a, *b])) + 256, blocks)),
        (2, [a, b, c, d, blocks @ ..]) => Ok((u32::from_le_bytes([*a, *b, *c, *d]), blocks)),
        (0, _) if !is_single => Err("is a frame that does not say its length"),
        (3, _) => Err("is a frame of 4 GiB or more"),
        _ => Err(ENDS_EARLY),
    }
}

/// Walks over the blocks of a frame. Returns the most bytes that they stand for, and the bytes behind them.
fn walk(mut blocks: &[u8]) -> Option<(u64, &[u8])> {
    let mut most = 0;
    loop {
        let ([a, b, c], rest) = blocks.split_first_chunk()?;
        let header = u32::from_le_bytes([*a, *b, *c, 0]);
        let size = header >> 3;
        let (stored, decoded) = match (header >> 1) & 3 {
            0 => (size, size.min(BLOCK_LENGTH)),
            1 => (1, size.min(BLOCK_LENGTH)),
            2 => (size, BLOCK_LENGTH),
            _ => return None,
        };
        blocks = rest.get(usize::try_from(stored).ok()?..)?;
        most += u64::from(decoded);
        if header & 1 != 0 {
            return Some((most, blocks));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block whose header has these fields, with `content`.
    fn block(is_last: bool, kind: u32, size: u32, content: &[u8]) -> Vec<u8> {
        let header = u32::from(is_last) | kind << 1 | size << 3;
        [&header.to_le_bytes()[..3], content].concat()
    }

    /// A frame of one block that repeats a byte.
    fn repeated(header: &[u8], size: u32) -> Vec<u8> {
        [header, &block(true, 1, size, b"x")].concat()
    }

    #[test]
    fn a_plain_value_is_behind_a_zero() {
        let mut stored = Vec::new();
        StoredValue::encode_plain(b"\xa1a", &mut stored);
        assert_eq!(stored, b"\x00\xa1a");
        assert_eq!(
            StoredValue::decode(&stored).unwrap(),
            StoredValue::Plain(b"\xa1a")
        );
    }

    #[test]
    fn a_frame_says_its_length_in_one_two_or_four_bytes() {
        for (header, length) in [
            (&[0x20, 200][..], 200),
            (&[0x60, 1, 0], 257),
            (&[0x40, 0x50, 1, 0], 257),
            (&[0xa0, 0x2c, 1, 0, 0], 300),
            (&[0x80, 0x50, 0x2c, 1, 0, 0], 300),
        ] {
            let frame = repeated(header, length);
            let mut stored = Vec::new();
            StoredValue::encode_frame(&frame, length as usize, &mut stored);
            let expected = StoredFrame {
                bytes: &frame,
                length: length as usize,
                padding: &stored[frame.len()..],
            };
            assert_eq!(
                StoredValue::decode(&stored).unwrap(),
                StoredValue::Frame(expected)
            );
            assert_eq!(StoredValue::stated_length(&stored[..6]).unwrap(), Some(length));
        }
        assert_eq!(StoredValue::stated_length(b"\x00").unwrap(), None);
        for beginning in [&b""[..], b"\x20", b"\xa0\0\0\0", b"\x24\x09"] {
            StoredValue::stated_length(beginning).unwrap_err();
        }
    }

    #[test]
    fn zeros_behind_a_frame_make_long_values_plausible() {
        let frame = repeated(&[0xa0, 0, 0, 1, 0], 1 << 16);
        let mut stored = Vec::new();
        StoredValue::encode_frame(&frame, 1 << 16, &mut stored);
        assert_eq!(stored.len(), 1024);
        let StoredValue::Frame(found) = StoredValue::decode(&stored).unwrap() else {
            panic!("a frame")
        };
        assert_eq!((found.bytes, found.length), (&frame[..], 1 << 16));
        assert!(found.padding.iter().all(|byte| *byte == 0));
        let error = StoredValue::decode(&stored[..1023]).unwrap_err();
        assert!(error.to_string().contains("longer than"), "{error}");
    }

    #[test]
    fn frames_of_several_blocks_end_with_the_last_one() {
        let frame = [
            &[0x60, 0, 0][..],
            &block(false, 0, 100, &[7; 100]),
            &block(false, 2, 5, b"abcde"),
            &block(true, 1, 6, b"x"),
            b"\0\0",
        ]
        .concat();
        let StoredValue::Frame(found) = StoredValue::decode(&frame).unwrap() else {
            panic!("a frame")
        };
        assert_eq!((found.length, found.padding), (256, &b"\0\0"[..]));
        for end in 1..frame.len() - 2 {
            let error = StoredValue::decode(&frame[..end]).unwrap_err();
            assert!(error.to_string().contains("ends within"), "{end}: {error}");
        }
    }

    #[test]
    fn other_frames_are_refused() {
        let mut of_reserved_kind = repeated(&[0x20, 9], 9);
        of_reserved_kind[2] |= 6;
        for (stored, problem) in [
            (Vec::new(), "no bytes"),
            (repeated(&[0x24, 9], 9), "checksum"),
            (repeated(&[0x21, 5, 9], 9), "identifier"),
            (repeated(&[0x28, 9], 9), "reserved"),
            (repeated(&[0x30, 9], 9), "reserved"),
            (repeated(&[0xe0, 9, 0, 0, 0, 0, 0, 0, 0], 9), "4 GiB"),
            // Skippable frames and those with a magic number.
            (b"\x50\x2a\x4d\x18\0\0\0\0".to_vec(), "reserved"),
            (b"\x28\xb5\x2f\xfd\x20\x01\x09\0\0x".to_vec(), "reserved"),
            (of_reserved_kind, "ends within"),
            (repeated(&[0x20, 10], 9), "longer than"),
            (
                repeated(&[0xa0, 0xff, 0xff, 0xff, 0xff], (1 << 21) - 1),
                "longer than",
            ),
        ] {
            let error = StoredValue::decode(&stored).unwrap_err();
            assert!(error.to_string().contains(problem), "{stored:02x?}: {error}");
        }
    }
}

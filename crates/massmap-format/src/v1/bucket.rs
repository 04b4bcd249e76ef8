//! The bucket payload, `FORMAT.md` section 1.2.

use std::iter::FusedIterator;

use crate::walker::{fixed_length, scalar_length};
use crate::{FormatError, RawEntry, Walker};

/// Appends the header of a bucket payload with `count` entries to `out`.
///
/// The entries follow it: for each, [`encode_entry_header`], the key and the value.
pub fn encode_bucket_header(count: u32, out: &mut Vec<u8>) {
    rmp::encode::write_array_len(out, count).expect("writing to a Vec does not fail");
}

/// Appends the header of an entry, which precedes its key, to `out`.
pub fn encode_entry_header(out: &mut Vec<u8>) {
    out.push(ENTRY_MARKER);
}

/// A MessagePack array of two.
const ENTRY_MARKER: u8 = 0x92;

/// The least number of bytes in a bucket with `count` entries: its header, and an array of two values for each.
pub(super) fn min_length(count: u32) -> u64 {
    1 + 3 * u64::from(count)
}

/// Walks the entries of a bucket payload without decoding keys and values.
///
/// Yields exactly as many entries as the index says, in the order of their insertion. An error ends the walk; bytes behind
/// the last entry are an error.
#[derive(Debug, Clone)]
pub struct BucketEntries<'a> {
    /// Length of the whole payload, to compute positions in it.
    length: usize,
    /// The bytes that have not been walked over yet.
    ahead: &'a [u8],
    remaining: u32,
    /// Whether the end of the payload is still to be checked.
    open: bool,
    shape: Shape,
}

impl<'a> BucketEntries<'a> {
    /// Begins a walk over `payload`, which must hold `count` entries.
    ///
    /// # Errors
    ///
    /// [`FormatError::BucketCount`] if the payload has another number of entries, or the error of
    /// [`Walker::array_header`] if it does not begin with an array.
    pub fn decode(payload: &'a [u8], count: u32) -> Result<Self, FormatError> {
        let mut walker = Walker::new(payload);
        let found = walker.array_header()?;
        if found != count {
            return Err(FormatError::BucketCount {
                found,
                expected: count,
            });
        }
        let ahead = walker.remaining();
        Ok(Self {
            length: payload.len(),
            ahead,
            remaining: count,
            open: true,
            shape: Shape::default(),
        })
    }

    /// Walks over all entries, and calls `visit` with each one until it returns `false`.
    ///
    /// Faster than iterating: the state of the walk stays in registers.
    ///
    /// # Errors
    ///
    /// The first error of `visit`, or of the payload, even behind the last entry that was visited.
    #[inline]
    pub fn visit<E: From<FormatError>>(
        self,
        mut visit: impl FnMut(RawEntry<'a>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let Self {
            length,
            mut ahead,
            mut remaining,
            mut shape,
            ..
        } = self;
        let mut wanted = true;
        while remaining > 0 {
            remaining -= 1;
            let entry;
            (entry, ahead) = match shape.split(ahead) {
                Some(split) => split,
                None => {
                    let split = split_entry(length, ahead)?;
                    shape = Shape::of(&split.0);
                    split
                }
            };
            wanted = wanted && visit(entry)?;
        }
        Ok(check_end(length, ahead)?)
    }
}

/// Splits an entry of any shape off the front of `ahead`, the end of a payload of `length` bytes.
///
/// Takes no reference to the state of a walk, which would force that state out of registers.
#[inline(never)]
fn split_entry(length: usize, ahead: &[u8]) -> Result<(RawEntry<'_>, &[u8]), FormatError> {
    // Most keys and values are scalars.
    let of_scalars = || {
        let (&marker, rest) = ahead.split_first()?;
        let (key, rest) = rest.split_at_checked(scalar_length(rest)?)?;
        let (value, rest) = rest.split_at_checked(scalar_length(rest)?)?;
        (marker == ENTRY_MARKER).then_some((RawEntry { key, value }, rest))
    };
    if let Some(split) = of_scalars() {
        return Ok(split);
    }
    let mut walker = Walker::at_end_of(length, ahead);
    walker.array_of(2)?;
    let key = walker.value()?;
    let value = walker.value()?;
    Ok((RawEntry { key, value }, walker.remaining()))
}

/// Checks that no bytes of a payload of `length` bytes are left.
fn check_end(length: usize, ahead: &[u8]) -> Result<(), FormatError> {
    Walker::at_end_of(length, ahead).finish()
}

impl<'a> Iterator for BucketEntries<'a> {
    type Item = Result<RawEntry<'a>, FormatError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.remaining == 0 {
            let unchecked = std::mem::take(&mut self.open);
            return if unchecked {
                check_end(self.length, self.ahead).err().map(Err)
            } else {
                None
            };
        }
        self.remaining -= 1;
        if let Some((entry, ahead)) = self.shape.split(self.ahead) {
            self.ahead = ahead;
            return Some(Ok(entry));
        }
        match split_entry(self.length, self.ahead) {
            Ok((entry, ahead)) => {
                self.ahead = ahead;
                self.shape = Shape::of(&entry);
                Some(Ok(entry))
            }
            Err(error) => {
                self.remaining = 0;
                self.open = false;
                Some(Err(error))
            }
        }
    }
}

impl FusedIterator for BucketEntries<'_> {}

/// The shape of the previous entry, if the first one or two bytes of its key and value determine their lengths.
///
/// Neighbouring entries usually have the same shape. To compare these bytes, instead of looking up the lengths, lets the
/// processor go on to the next entry by a predicted branch, without waiting for the bytes of this one.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    key: Header,
    value: Header,
    key_length: usize,
    /// Length of the whole entry; 0 if the lengths depend on more bytes: then no entry has this shape.
    length: usize,
}

/// The first two bytes of a value, as far as they determine its length.
#[derive(Debug, Clone, Copy, Default)]
struct Header {
    bytes: u16,
    /// Selects the bits that determine the length.
    mask: u16,
}

impl Header {
    #[inline]
    fn of(value: &[u8]) -> Option<Self> {
        match *value {
            [marker, ..] if fixed_length(marker).is_some() => Some(Self {
                bytes: marker.into(),
                mask: 0xff,
            }),
            // Strings and binary data of less than 256 bytes: the second byte is their length.
            [marker @ (0xc4 | 0xd9), length, ..] => Some(Self {
                bytes: u16::from_le_bytes([marker, length]),
                mask: 0xffff,
            }),
            _ => None,
        }
    }

    #[inline]
    fn fits(self, bytes: [u8; 2]) -> bool {
        u16::from_le_bytes(bytes) & self.mask == self.bytes
    }
}

impl Shape {
    #[inline]
    fn of(entry: &RawEntry<'_>) -> Self {
        let key_length = entry.key.len();
        match (Header::of(entry.key), Header::of(entry.value)) {
            (Some(key), Some(value)) => Self {
                key,
                value,
                key_length,
                length: 1 + key_length + entry.value.len(),
            },
            _ => Self::default(),
        }
    }

    /// Splits an entry off the front of `ahead`, if it has this shape and is not the last one.
    #[inline]
    fn split<'a>(&self, ahead: &'a [u8]) -> Option<(RawEntry<'a>, &'a [u8])> {
        let (entry, rest) = ahead.split_at_checked(self.length)?;
        let &[marker, first, second] = ahead.first_chunk()?;
        // The check of a one-byte value reads a byte of the next entry: hence not the last one.
        let value_header = *ahead.get(1 + self.key_length..)?.first_chunk()?;
        if marker != ENTRY_MARKER || !self.key.fits([first, second]) || !self.value.fits(value_header) {
            return None;
        }
        let (key, value) = entry.get(1..)?.split_at_checked(self.key_length)?;
        Some((RawEntry { key, value }, rest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn payload(entries: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        encode_bucket_header(entries.len() as u32, &mut out);
        for (key, value) in entries {
            encode_entry_header(&mut out);
            out.extend_from_slice(key);
            out.extend_from_slice(value);
        }
        out
    }

    fn walk(payload: &[u8], count: u32) -> Result<Vec<RawEntry<'_>>, FormatError> {
        BucketEntries::decode(payload, count)?.collect()
    }

    #[test]
    fn a_payload_has_exactly_these_bytes_and_its_entries_come_back() {
        let bytes = payload(&[(b"\xa1a", b"\x01"), (b"\xa1b", b"\x92\x02\xc0")]);
        assert_eq!(bytes, b"\x92\x92\xa1a\x01\x92\xa1b\x92\x02\xc0");
        let entries = walk(&bytes, 2).unwrap();
        assert_eq!(
            entries[0],
            RawEntry {
                key: b"\xa1a",
                value: b"\x01"
            }
        );
        assert_eq!(
            entries[1],
            RawEntry {
                key: b"\xa1b",
                value: b"\x92\x02\xc0"
            }
        );
    }

    #[test]
    fn another_number_of_entries_than_expected_is_refused() {
        let bytes = payload(&[(b"\x01", b"\x02")]);
        let error = walk(&bytes, 2).unwrap_err();
        assert!(
            matches!(
                error,
                FormatError::BucketCount {
                    found: 1,
                    expected: 2
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn bytes_left_over_and_bytes_missing_are_refused_once() {
        let mut bytes = payload(&[(b"\x01", b"\x02"), (b"\x03", b"\x04")]);
        for length in 1..bytes.len() {
            walk(&bytes[..length], 2).unwrap_err();
        }
        bytes.push(0);
        let mut entries = BucketEntries::decode(&bytes, 2).unwrap();
        assert!(entries.next().unwrap().is_ok() && entries.next().unwrap().is_ok());
        let error = entries.next().unwrap().unwrap_err();
        assert!(
            matches!(
                error,
                FormatError::TrailingBytes {
                    position: 7,
                    length: 1
                }
            ),
            "{error}"
        );
        assert!(entries.next().is_none());
    }

    #[test]
    fn an_entry_that_is_not_a_pair_is_refused_and_ends_the_walk() {
        for bytes in [
            &b"\x92\x93\x01\x02\x03\x92\x01\x02"[..],
            b"\x92\x01\x02\x92\x01\x02",
            b"\x92\x92\x01\xc1\x92\x01\x02",
        ] {
            let mut entries = BucketEntries::decode(bytes, 2).unwrap();
            entries.next().unwrap().unwrap_err();
            assert!(entries.next().is_none());
        }
    }

    #[test]
    fn the_shortest_bucket_is_as_long_as_the_bound_says() {
        for count in [1, 15] {
            let bytes = payload(&vec![(&b"\x01"[..], &b"\x02"[..]); count]);
            assert_eq!(bytes.len() as u64, min_length(count as u32));
        }
    }

    /// Encoded values of few shapes, so that neighbours often have the same shape, or almost the same.
    fn value() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<u8>().prop_map(|v| vec![v & 0x7f]),
            any::<u8>().prop_map(|v| vec![0xcc, v]),
            any::<u16>().prop_map(|v| [&[0xcd][..], &v.to_be_bytes()].concat()),
            any::<u64>().prop_map(|v| [&[0xcf][..], &v.to_be_bytes()].concat()),
            "[a-z]{0,3}".prop_map(|v| [&[0xa0 | v.len() as u8][..], v.as_bytes()].concat()),
            "[a-z]{0,3}".prop_map(|v| [&[0xd9, v.len() as u8][..], v.as_bytes()].concat()),
            Just(b"\x92\x92\xc0\xc3\x80".to_vec()),
        ]
    }

    proptest! {
        #[test]
        fn entries_come_back_whatever_the_sequence_of_shapes(
            entries in proptest::collection::vec((value(), value()), 0..40),
        ) {
            let pairs: Vec<_> = entries.iter().map(|(key, value)| (&key[..], &value[..])).collect();
            let bytes = payload(&pairs);
            let walked = walk(&bytes, pairs.len() as u32).unwrap();
            let walked: Vec<_> = walked.iter().map(|entry| (entry.key, entry.value)).collect();
            prop_assert_eq!(&walked, &pairs);

            let mut visited = Vec::new();
            let entries = BucketEntries::decode(&bytes, pairs.len() as u32).unwrap();
            entries.visit(|entry| {
                visited.push((entry.key, entry.value));
                Ok::<_, FormatError>(visited.len() < 7)
            }).unwrap();
            prop_assert_eq!(&visited[..], &pairs[..pairs.len().min(7)]);
        }

        #[test]
        fn visiting_finds_the_damage_that_iterating_finds(
            entries in proptest::collection::vec((value(), value()), 1..10),
            position: usize,
            byte: u8,
            cut: bool,
        ) {
            let pairs: Vec<_> = entries.iter().map(|(key, value)| (&key[..], &value[..])).collect();
            let mut bytes = payload(&pairs);
            let position = position % bytes.len();
            match cut {
                true => bytes.truncate(position),
                false => bytes[position] = byte,
            }
            let iterated = walk(&bytes, pairs.len() as u32).map(|entries| entries.len());
            let visited = BucketEntries::decode(&bytes, pairs.len() as u32)
                .and_then(|entries| entries.visit(|_| Ok::<_, FormatError>(false)));
            prop_assert_eq!(format!("{:?}", iterated.map(drop)), format!("{visited:?}"));
        }
    }
}

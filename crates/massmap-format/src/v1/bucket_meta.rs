//! One entry of the bucket index, `FORMAT.md` section 1.4.

use serde::{Deserialize, Serialize};

use crate::walker::uint;
use crate::{FormatError, Walker};

/// Position of a bucket in the file, and number of its entries. All zeros if it has none.
#[derive(Serialize, Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MassMapBucketMeta {
    /// Offset of the bucket from the start of the file, in bytes.
    pub offset: u64,
    /// Length of the bucket, in bytes.
    pub length: u32,
    /// Number of entries in the bucket.
    pub count: u32,
}

impl MassMapBucketMeta {
    /// The least number of bytes in an encoded index entry.
    pub(crate) const MIN_ENCODED_LENGTH: usize = 4;

    /// Appends the encoded index entry to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        const INFALLIBLE: &str = "writing to a Vec does not fail";
        rmp::encode::write_array_len(out, 3).expect(INFALLIBLE);
        for field in [self.offset, self.length.into(), self.count.into()] {
            rmp::encode::write_uint(out, field).expect(INFALLIBLE);
        }
    }

    /// Decodes the index entry ahead of `walker`.
    ///
    /// # Errors
    ///
    /// [`FormatError`] unless it is an array of three unsigned integers, of 64, 32 and 32 bits.
    #[inline]
    pub fn decode(walker: &mut Walker<'_>) -> Result<Self, FormatError> {
        walker.array_of(3)?;
        Ok(Self {
            offset: walker.unsigned()?,
            length: unsigned32(walker, "bucket length")?,
            count: unsigned32(walker, "bucket entry count")?,
        })
    }

    /// Decodes an index entry whose fields are positive fixints or in "uint" formats, and returns the bytes behind it; `None`
    /// for any other.
    // Takes a third less time than `decode`: errors are large, and this has none to pass on.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn decode_uints(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (0x93, bytes) = bytes.split_first()? else {
            return None;
        };
        let (offset, bytes) = uint(bytes)?;
        let (length, bytes) = uint(bytes)?;
        let (count, bytes) = uint(bytes)?;
        let meta = Self {
            offset,
            length: length.try_into().ok()?,
            count: count.try_into().ok()?,
        };
        Some((meta, bytes))
    }
}

#[inline]
fn unsigned32(walker: &mut Walker<'_>, field: &'static str) -> Result<u32, FormatError> {
    let position = walker.position();
    let value = walker.unsigned()?;
    u32::try_from(value).map_err(|_| FormatError::IntegerTooLarge {
        position,
        value,
        field,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn index_entries_have_exactly_these_bytes_and_come_back() {
        for (meta, bytes) in [
            (MassMapBucketMeta::default(), &b"\x93\0\0\0"[..]),
            (
                MassMapBucketMeta {
                    offset: 24,
                    length: 300,
                    count: 7,
                },
                b"\x93\x18\xcd\x01\x2c\x07",
            ),
            (
                MassMapBucketMeta {
                    offset: u64::MAX,
                    length: u32::MAX,
                    count: 0x80,
                },
                b"\x93\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xce\xff\xff\xff\xff\xcc\x80",
            ),
        ] {
            let mut encoded = Vec::new();
            meta.encode(&mut encoded);
            assert_eq!(encoded, bytes);
            assert!(bytes.len() >= MassMapBucketMeta::MIN_ENCODED_LENGTH);
            assert_eq!(rmp_serde::to_vec(&meta).unwrap(), bytes);
            let mut walker = Walker::new(bytes);
            assert_eq!(MassMapBucketMeta::decode(&mut walker).unwrap(), meta);
            walker.finish().unwrap();
            assert_eq!(MassMapBucketMeta::decode_uints(bytes), Some((meta, &[][..])));
        }
    }

    proptest! {
        #[test]
        fn the_fast_path_decodes_the_same_as_the_slow_one(
            fields in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(0u8..0x80, 1..2),
                    (0xcbu8..0xd4, proptest::collection::vec(any::<u8>(), 0..9))
                        .prop_map(|(marker, bytes)| [vec![marker], bytes].concat()),
                ],
                0..4,
            ),
        ) {
            let bytes = [vec![0x93], fields.concat()].concat();
            if let Some((meta, ahead)) = MassMapBucketMeta::decode_uints(&bytes) {
                let mut walker = Walker::new(&bytes);
                prop_assert_eq!(MassMapBucketMeta::decode(&mut walker).unwrap(), meta);
                prop_assert_eq!(walker.remaining(), ahead);
            }
        }
    }

    #[test]
    fn fields_wider_than_32_bits_are_refused() {
        for (bytes, name) in [
            (&b"\x93\0\xcf\0\0\0\x01\0\0\0\0\0"[..], "bucket length"),
            (b"\x93\0\0\xcf\0\0\0\x01\0\0\0\0", "bucket entry count"),
        ] {
            let error = MassMapBucketMeta::decode(&mut Walker::new(bytes)).unwrap_err();
            let FormatError::IntegerTooLarge {
                value: 0x1_0000_0000,
                field,
                ..
            } = error
            else {
                panic!("{error}")
            };
            assert_eq!(field, name);
        }
    }

    #[test]
    fn anything_but_an_array_of_three_integers_is_refused() {
        for bytes in [
            &b"\x92\0\0"[..],
            b"\x94\0\0\0\0",
            b"\x93\0\0",
            b"\x93\xc0\0\0",
            b"\x93\0\0\xff",
            b"\0",
        ] {
            MassMapBucketMeta::decode(&mut Walker::new(bytes)).unwrap_err();
        }
    }
}

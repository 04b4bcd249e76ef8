//! The header, `FORMAT.md` section 1.1.

use serde::{Deserialize, Serialize};

use crate::FormatError;

const MAGIC: [u8; 8] = *b"MASSMAP!";

/// The header at the start of a massmap file.
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
pub struct MassMapHeader {
    /// Offset of the metadata from the start of the file, in bytes.
    pub meta_offset: u64,
    /// Length of the metadata, in bytes.
    pub meta_length: u64,
}

impl MassMapHeader {
    /// Length of the encoded header, in bytes.
    pub const SIZE: usize = 24;

    /// Encodes the header.
    #[must_use]
    pub fn serialize(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        let fields = [
            MAGIC,
            self.meta_offset.to_be_bytes(),
            self.meta_length.to_be_bytes(),
        ];
        for (slot, field) in bytes.chunks_exact_mut(8).zip(fields) {
            slot.copy_from_slice(&field);
        }
        bytes
    }

    /// Decodes a header.
    ///
    /// Checks only the length and the magic; [`validate`](Self::validate) checks the fields.
    ///
    /// # Errors
    ///
    /// [`FormatError::HeaderSize`] unless `data` has [`SIZE`](Self::SIZE) bytes, and [`FormatError::Magic`] unless it begins
    /// with `MASSMAP!`. Both have the kind [`InvalidData`](std::io::ErrorKind::InvalidData).
    pub fn deserialize(data: &[u8]) -> std::io::Result<Self> {
        Ok(Self::decode(data)?)
    }

    /// The same as [`deserialize`](Self::deserialize), with the error as it is.
    ///
    /// # Errors
    ///
    /// [`FormatError::HeaderSize`] or [`FormatError::Magic`].
    pub fn decode(data: &[u8]) -> Result<Self, FormatError> {
        let (fields, &[]) = data.as_chunks::<8>() else {
            return Err(FormatError::HeaderSize {
                length: data.len(),
                expected: Self::SIZE,
            });
        };
        let &[magic, meta_offset, meta_length] = fields else {
            return Err(FormatError::HeaderSize {
                length: data.len(),
                expected: Self::SIZE,
            });
        };
        if magic != MAGIC {
            return Err(FormatError::Magic { found: magic });
        }
        Ok(Self {
            meta_offset: u64::from_be_bytes(meta_offset),
            meta_length: u64::from_be_bytes(meta_length),
        })
    }

    /// Checks that the metadata is not empty, lies behind the header, and ends at a possible offset.
    ///
    /// # Errors
    ///
    /// [`FormatError::MetaInsideHeader`], [`FormatError::NoMetadata`] or [`FormatError::MetaOverflow`].
    pub fn validate(&self) -> Result<(), FormatError> {
        let Self {
            meta_offset,
            meta_length,
        } = *self;
        if meta_offset < Self::SIZE as u64 {
            Err(FormatError::MetaInsideHeader { meta_offset })
        } else if meta_length == 0 {
            Err(FormatError::NoMetadata { meta_offset })
        } else if meta_offset.checked_add(meta_length).is_none() {
            Err(FormatError::MetaOverflow {
                meta_offset,
                meta_length,
            })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: MassMapHeader = MassMapHeader {
        meta_offset: 0x0102_0304_0506_0708,
        meta_length: 0x1112,
    };
    const BYTES: &[u8; 24] = b"MASSMAP!\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\0\0\x11\x12";

    fn format_error(error: &std::io::Error) -> &FormatError {
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        error.get_ref().unwrap().downcast_ref().unwrap()
    }

    #[test]
    fn a_header_has_exactly_these_bytes_and_comes_back() {
        assert_eq!(&HEADER.serialize(), BYTES);
        assert_eq!(MassMapHeader::deserialize(BYTES).unwrap(), HEADER);
        HEADER.validate().unwrap();
    }

    #[test]
    fn a_header_of_the_wrong_size_is_refused() {
        for length in [0, 16, 23, 25, 32] {
            let error = MassMapHeader::deserialize(&BYTES.repeat(2)[..length]).unwrap_err();
            assert!(
                matches!(format_error(&error), FormatError::HeaderSize { length: l, .. } if *l == length),
                "{error}"
            );
        }
    }

    #[test]
    fn a_wrong_magic_is_refused() {
        let mut bytes = *BYTES;
        bytes[7] = b'?';
        let error = MassMapHeader::deserialize(&bytes).unwrap_err();
        assert!(
            matches!(format_error(&error), FormatError::Magic { found } if found == b"MASSMAP?"),
            "{error}"
        );
    }

    #[test]
    fn metadata_inside_the_header_is_refused() {
        let error = MassMapHeader {
            meta_offset: 23,
            meta_length: 1,
        }
        .validate()
        .unwrap_err();
        assert!(
            matches!(error, FormatError::MetaInsideHeader { meta_offset: 23 }),
            "{error}"
        );
    }

    #[test]
    fn a_header_without_metadata_is_refused() {
        let header = MassMapHeader {
            meta_offset: 24,
            meta_length: 0,
        };
        let error = header.validate().unwrap_err();
        assert!(
            matches!(error, FormatError::NoMetadata { meta_offset: 24 }),
            "{error}"
        );
    }

    #[test]
    fn metadata_beyond_the_largest_offset_is_refused() {
        let error = MassMapHeader {
            meta_offset: 24,
            meta_length: u64::MAX - 23,
        }
        .validate()
        .unwrap_err();
        assert!(matches!(error, FormatError::MetaOverflow { .. }), "{error}");
    }
}

//! Decoding the metadata section piece by piece, `FORMAT.md` sections 1.3 and 1.4.

use super::metadata_decoder::{decode_bucket, decode_fields};
use super::validate::Validator;
use crate::{FormatError, MassMapBucketMeta, MassMapHeader, MassMapMeta, Walker};

/// The most bytes in an encoded index entry: an array header of five bytes and three integers of nine.
const LONGEST_BUCKET: usize = 32;

/// Longest fields that are decoded, in bytes. They are decoded in one piece; all but the type names are short.
const LONGEST_FIELDS: usize = 16 << 20;

/// Decodes the metadata section of a file of format 1 piece by piece, one index entry after the other.
///
/// For sections that should not be in memory as a whole. A damaged header can announce a section of any length, which may
/// hold only zeros. [`MetadataDecoder`](crate::MetadataDecoder) does the same with all bytes at once.
#[derive(Debug)]
pub struct MetadataStream {
    header: MassMapHeader,
    /// Number of bytes that have been decoded.
    decoded: u64,
    /// The fields, once they have been decoded.
    fields: Option<MassMapMeta>,
    /// Number of index entries that are still to come.
    buckets: u32,
    validator: Validator,
}

impl MetadataStream {
    /// A decoder of the section that `header` announces.
    ///
    /// # Errors
    ///
    /// Those of [`MassMapHeader::validate`].
    pub fn new(header: &MassMapHeader) -> Result<Self, FormatError> {
        header.validate()?;
        Ok(Self {
            header: header.clone(),
            decoded: 0,
            fields: None,
            buckets: 0,
            validator: Validator::new(),
        })
    }

    /// Number of bytes that have been decoded; the bytes to be added next begin there.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.decoded
    }

    /// Decodes as many of `bytes`, the next ones of the section, as possible, and calls `visit` with each index entry, in
    /// order.
    ///
    /// Bytes that were not decoded must be added again, together with the bytes behind them. If none was decoded, add twice
    /// as many; after enough doublings, some are.
    ///
    /// # Errors
    ///
    /// Those of [`MetadataDecoder`](crate::MetadataDecoder), as soon as the bytes show them, and
    /// [`FormatError::FieldsTooLong`] if the fields take more than 16 MiB.
    pub fn add(&mut self, bytes: &[u8], mut visit: impl FnMut(MassMapBucketMeta)) -> Result<(), FormatError> {
        let left = self.header.meta_length - self.decoded;
        let is_last = bytes.len() as u64 >= left;
        let bytes = bytes
            .get(..usize::try_from(left).unwrap_or(usize::MAX))
            .unwrap_or(bytes);
        let start = usize::try_from(self.decoded).unwrap_or(usize::MAX);
        let mut walker = Walker::at_end_of(start.saturating_add(bytes.len()), bytes);
        if self.fields.is_none() {
            match decode_fields(&mut walker, left) {
                Err(FormatError::Truncated { .. }) if !is_last => {
                    return match bytes.len() {
                        0..LONGEST_FIELDS => Ok(()),
                        length => Err(FormatError::FieldsTooLong { length }),
                    };
                }
                Err(error) => return Err(error),
                Ok((meta, buckets)) => (self.fields, self.buckets) = (Some(meta), buckets),
            }
        }
        while self.buckets > 0 && (is_last || walker.remaining().len() >= LONGEST_BUCKET) {
            let bucket = decode_bucket(&mut walker)?;
            self.validator.check(&bucket)?;
            visit(bucket);
            self.buckets -= 1;
        }
        self.decoded = walker.position() as u64;
        if self.buckets == 0 && self.decoded < self.header.meta_length {
            let length = self.header.meta_length - self.decoded;
            return Err(FormatError::TrailingBytes {
                position: walker.position(),
                length: usize::try_from(length).unwrap_or(usize::MAX),
            });
        }
        Ok(())
    }

    /// The fields, once all bytes of the section have been added.
    ///
    /// # Errors
    ///
    /// [`FormatError`] if the index contradicts the fields or the header, or is incomplete.
    pub fn finish(self) -> Result<MassMapMeta, FormatError> {
        let missing = self.header.meta_length - self.decoded;
        match self.fields {
            Some(meta) if missing == 0 => {
                self.validator.finish(self.header.meta_offset, &meta)?;
                Ok(meta)
            }
            _ => Err(FormatError::Truncated {
                position: usize::try_from(self.decoded).unwrap_or(usize::MAX),
                needed: missing,
                available: 0,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{MetadataDecoder, encode_metadata_header};

    /// A section with index entries of these counts, and type names of `names` bytes.
    fn section(counts: &[u32], names: usize) -> (MassMapHeader, Vec<u8>) {
        let mut end = 24;
        let mut buckets = Vec::new();
        for &count in counts {
            let bucket = MassMapBucketMeta {
                offset: end,
                length: 1 + 3 * count,
                count,
            };
            end += u64::from(if count == 0 { 0 } else { bucket.length });
            buckets.push(if count == 0 {
                MassMapBucketMeta::default()
            } else {
                bucket
            });
        }
        let occupied = || counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let range = occupied().next().map_or(0, |(index, _)| index)
            ..occupied().next_back().map_or(0, |(index, _)| index + 1);
        let meta = MassMapMeta {
            entry_count: counts.iter().map(|count| u64::from(*count)).sum(),
            bucket_count: counts.len() as u64,
            occupied_bucket_count: occupied().count() as u64,
            occupied_bucket_range: range.start as u64..range.end as u64,
            key_type: "K".repeat(names),
            value_type: "V".repeat(names),
            ..MassMapMeta::default()
        };
        let mut bytes = Vec::new();
        encode_metadata_header(&meta, &mut bytes).unwrap();
        buckets.iter().for_each(|bucket| bucket.encode(&mut bytes));
        let header = MassMapHeader {
            meta_offset: end,
            meta_length: bytes.len() as u64,
        };
        (header, bytes)
    }

    type Decoded = Result<(MassMapMeta, Vec<MassMapBucketMeta>), FormatError>;

    /// Decodes a section in pieces of `piece` bytes, or more where that is not enough.
    fn in_pieces(header: &MassMapHeader, bytes: &[u8], piece: usize) -> Decoded {
        let mut stream = MetadataStream::new(header)?;
        let mut buckets = Vec::new();
        let mut length = piece;
        while stream.position() < header.meta_length {
            let before = stream.position();
            let start = before as usize;
            let end = bytes.len().min(start + length);
            stream.add(&bytes[start..end], |bucket| buckets.push(bucket))?;
            length = if stream.position() == before {
                2 * length
            } else {
                piece
            };
        }
        Ok((stream.finish()?, buckets))
    }

    fn at_once(header: &MassMapHeader, bytes: &[u8]) -> Decoded {
        let mut buckets = Vec::new();
        let meta = MetadataDecoder::new(header, bytes)?.visit(|bucket| buckets.push(bucket))?;
        Ok((meta, buckets))
    }

    proptest! {
        #[test]
        fn pieces_give_the_same_as_the_whole_whatever_the_damage(
            counts in proptest::collection::vec(0..4u32, 1..200),
            names in 0..100usize,
            piece in 1..300usize,
            damage in proptest::option::of((any::<usize>(), any::<u8>())),
            missing in prop_oneof![Just(0usize), 0..40usize],
        ) {
            let (mut header, mut bytes) = section(&counts, names);
            if let Some((position, byte)) = damage {
                let position = position % bytes.len();
                bytes[position] = byte;
            }
            bytes.truncate(bytes.len() - missing);
            header.meta_length = bytes.len() as u64;
            let (whole, pieces) = (at_once(&header, &bytes), in_pieces(&header, &bytes, piece));
            match (&whole, &pieces) {
                (Ok(whole), Ok(pieces)) => prop_assert_eq!(whole, pieces),
                (Err(_), Err(_)) => {}
                _ => prop_assert!(false, "{whole:?} at once, {pieces:?} in pieces"),
            }
        }
    }

    #[test]
    fn a_section_of_zeros_is_refused_at_its_first_bytes_whatever_its_length() {
        let header = MassMapHeader {
            meta_offset: 24,
            meta_length: 3 << 30,
        };
        let mut stream = MetadataStream::new(&header).unwrap();
        let error = stream.add(&[0; 64], |_| panic!("no bucket")).unwrap_err();
        assert!(
            matches!(error, FormatError::UnexpectedMarker { position: 0, .. }),
            "{error}"
        );

        // The same behind the beginning of an index, and behind its end.
        let (header, mut bytes) = section(&[1, 0, 2, 1], 1);
        let entries = bytes.len();
        bytes.resize(entries + 100, 0);
        let header = MassMapHeader {
            meta_length: 3 << 30,
            ..header
        };
        let mut stream = MetadataStream::new(&header).unwrap();
        let error = stream.add(&bytes, |_| {}).unwrap_err();
        assert!(
            matches!(error, FormatError::TrailingBytes { position, .. } if position == entries),
            "{error}"
        );
        let more = bytes.iter().position(|byte| *byte == 0x94).unwrap();
        bytes[more] = 0x95;
        let mut stream = MetadataStream::new(&header).unwrap();
        stream.add(&bytes, |_| {}).unwrap_err();
    }

    #[test]
    fn fields_without_an_end_are_refused() {
        // The name of the key type is announced to take 3 GiB.
        let (header, bytes) = section(&[1], 0);
        let name = bytes.iter().rposition(|byte| *byte == 0xa0).unwrap() - 1;
        assert_eq!(bytes[name], 0xa0);
        let mut bytes = [&bytes[..name], b"\xdb\xc0\0\0\0"].concat();
        let header = MassMapHeader {
            meta_length: 4 << 30,
            ..header
        };
        let mut stream = MetadataStream::new(&header).unwrap();
        bytes.resize(1000, 0);
        stream.add(&bytes, |_| {}).unwrap();
        assert_eq!(stream.position(), 0);
        bytes.resize(LONGEST_FIELDS, 0);
        let error = stream.add(&bytes, |_| {}).unwrap_err();
        assert!(matches!(error, FormatError::FieldsTooLong { .. }), "{error}");
    }
}

//! Decoding the metadata section without keeping its index, `FORMAT.md` sections 1.3 and 1.4.

use super::meta::check_fields;
use super::validate::{Validator, check_count};
use crate::{FormatError, MassMapBucketMeta, MassMapHeader, MassMapMeta, Walker};

/// Decodes the metadata section of a file of format 1, one index entry after the other.
///
/// For code that stores the index differently than [`Metadata`](crate::Metadata), or only reads it: it can have billions of
/// entries.
///
/// ```
/// use massmap_format::{MassMapHeader, MetadataDecoder};
/// # use massmap_format::{MassMapBucketMeta, MassMapMeta, encode_metadata_header};
///
/// # let bucket = MassMapBucketMeta { offset: 24, length: 9, count: 2 };
/// # let meta = MassMapMeta {
/// #     entry_count: 2, bucket_count: 1, occupied_bucket_count: 1, occupied_bucket_range: 0..1, ..Default::default()
/// # };
/// # let mut section = Vec::new();
/// # encode_metadata_header(&meta, &mut section)?;
/// # bucket.encode(&mut section);
/// # let header = MassMapHeader { meta_offset: 33, meta_length: section.len() as u64 };
/// // `header` is the header of a file, and `section` holds its metadata.
/// let decoder = MetadataDecoder::new(&header, &section)?;
/// let mut longest = 0;
/// let meta = decoder.visit(|bucket| longest = longest.max(bucket.length))?;
/// println!("{} entries, the longest bucket has {longest} bytes", meta.entry_count);
/// # assert_eq!(longest, 9);
/// # Ok::<(), massmap_format::FormatError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MetadataDecoder<'a> {
    /// Offset of the metadata, where the buckets end.
    meta_offset: u64,
    meta: MassMapMeta,
    /// Not zero, and the same as in `meta`.
    bucket_count: u32,
    /// Stands before the first index entry.
    walker: Walker<'a>,
}

impl<'a> MetadataDecoder<'a> {
    /// Decodes the fields of the metadata section, which precede the index.
    ///
    /// # Errors
    ///
    /// [`FormatError`] for fields that do not follow the format, and for a number of buckets that is zero, differs from that
    /// of the index, or is more than `bytes` can hold.
    pub fn new(header: &MassMapHeader, bytes: &'a [u8]) -> Result<Self, FormatError> {
        header.validate()?;
        let mut walker = Walker::new(bytes);
        let (meta, bucket_count) = decode_fields(&mut walker, bytes.len() as u64)?;
        Ok(Self {
            meta_offset: header.meta_offset,
            meta,
            bucket_count,
            walker,
        })
    }

    /// Number of index entries: at least one, and at most one for every four bytes of the section.
    #[must_use]
    pub fn bucket_count(&self) -> u32 {
        self.bucket_count
    }

    /// Calls `visit` with each index entry, in the order of the buckets, and returns the fields.
    ///
    /// Validates each entry before `visit` gets it: a bucket that has entries begins where the previous one ends. Whether the
    /// entries agree with the fields is known only when this returns; do not use results of `visit` before.
    ///
    /// # Errors
    ///
    /// [`FormatError`] for an index that does not follow the format, or contradicts the fields or the header.
    pub fn visit(self, mut visit: impl FnMut(MassMapBucketMeta)) -> Result<MassMapMeta, FormatError> {
        let Self {
            meta_offset,
            meta,
            bucket_count,
            mut walker,
        } = self;
        let mut validator = Validator::new();
        for _ in 0..bucket_count {
            let bucket = decode_bucket(&mut walker)?;
            validator.check(&bucket)?;
            visit(bucket);
        }
        walker.finish()?;
        validator.finish(meta_offset, &meta)?;
        Ok(meta)
    }
}

/// Decodes the fields and the number of index entries: at least one, and no more than the section can hold, which has
/// `length` bytes from here on. They need not all be there yet.
pub(super) fn decode_fields(walker: &mut Walker<'_>, length: u64) -> Result<(MassMapMeta, u32), FormatError> {
    let start = walker.position();
    walker.array_of(2)?;
    let fields = walker.value()?;
    check_fields(fields)?;
    let meta: MassMapMeta =
        rmp_serde::from_slice(fields).map_err(|source| FormatError::MetaDecode { source })?;

    let position = walker.position();
    let bucket_count = walker.array_length()?;
    let available = length.saturating_sub((walker.position() - start) as u64);
    let needed = u64::from(bucket_count) * MassMapBucketMeta::MIN_ENCODED_LENGTH as u64;
    if needed > available {
        return Err(FormatError::Truncated {
            position,
            needed,
            available: usize::try_from(available).unwrap_or(usize::MAX),
        });
    }
    if bucket_count == 0 {
        return Err(FormatError::ZeroBuckets);
    }
    check_count("bucket_count", meta.bucket_count, bucket_count.into())?;
    Ok((meta, bucket_count))
}

/// Decodes the index entry that `walker` stands before.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(super) fn decode_bucket(walker: &mut Walker<'_>) -> Result<MassMapBucketMeta, FormatError> {
    match MassMapBucketMeta::decode_uints(walker.remaining()) {
        Some((bucket, ahead)) => {
            walker.move_to(ahead);
            Ok(bucket)
        }
        None => MassMapBucketMeta::decode(walker),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Metadata, encode_metadata_header};

    /// A section that lists `buckets`, which hold five entries in three buckets.
    fn section(buckets: &[MassMapBucketMeta]) -> (MassMapHeader, Vec<u8>) {
        let meta = MassMapMeta {
            entry_count: 5,
            bucket_count: buckets.len() as u64,
            occupied_bucket_count: 3,
            occupied_bucket_range: 0..4,
            ..MassMapMeta::default()
        };
        let mut bytes = Vec::new();
        encode_metadata_header(&meta, &mut bytes).unwrap();
        buckets.iter().for_each(|bucket| bucket.encode(&mut bytes));
        let header = MassMapHeader {
            meta_offset: 24 + 60,
            meta_length: bytes.len() as u64,
        };
        (header, bytes)
    }

    fn buckets() -> Vec<MassMapBucketMeta> {
        let of = |offset, length, count| MassMapBucketMeta {
            offset,
            length,
            count,
        };
        vec![
            of(24, 10, 1),
            of(34, 20, 3),
            of(0, 0, 0),
            of(54, 30, 1),
            of(0, 0, 0),
        ]
    }

    #[test]
    fn index_entries_come_one_by_one_and_the_fields_at_the_end() {
        let (header, bytes) = section(&buckets());
        let decoder = MetadataDecoder::new(&header, &bytes).unwrap();
        assert_eq!(decoder.bucket_count(), 5);
        let mut visited = Vec::new();
        let meta = decoder.visit(|bucket| visited.push(bucket)).unwrap();
        assert_eq!(visited, buckets());
        assert_eq!(meta, Metadata::decode(&header, &bytes).unwrap().meta);
    }

    #[test]
    fn an_entry_that_does_not_follow_the_previous_one_is_not_visited() {
        for (index, offset) in [(1, 35), (3, 53)] {
            let mut buckets = buckets();
            buckets[index].offset = offset;
            let (header, bytes) = section(&buckets);
            let mut visited = Vec::new();
            let error = MetadataDecoder::new(&header, &bytes)
                .unwrap()
                .visit(|bucket| visited.push(bucket))
                .unwrap_err();
            assert!(
                matches!(error, FormatError::BucketNotContiguous { .. }),
                "{error}"
            );
            assert_eq!(visited, buckets[..index]);
        }
    }

    #[test]
    fn what_is_wrong_as_a_whole_is_told_at_the_end() {
        let (mut header, bytes) = section(&buckets());
        header.meta_offset += 1;
        let mut visited = 0;
        let error = MetadataDecoder::new(&header, &bytes)
            .unwrap()
            .visit(|_| visited += 1)
            .unwrap_err();
        assert!(matches!(error, FormatError::BucketsEnd { .. }), "{error}");
        assert_eq!(visited, 5);
    }

    #[test]
    fn numbers_of_buckets_that_are_zero_or_differ_are_refused_before_the_index_is_decoded() {
        let (header, bytes) = section(&buckets());
        let index = bytes.len()
            - buckets().iter().fold(0, |sum, bucket| {
                let mut bytes = Vec::new();
                bucket.encode(&mut bytes);
                sum + bytes.len()
            });
        assert_eq!(bytes[index - 1], 0x95, "an array of five");
        let mut none = bytes[..index].to_vec();
        none[index - 1] = 0x90;
        let error = MetadataDecoder::new(&header, &none).unwrap_err();
        assert!(matches!(error, FormatError::ZeroBuckets), "{error}");

        let mut fewer = bytes.clone();
        fewer[index - 1] = 0x94;
        let error = MetadataDecoder::new(&header, &fewer).unwrap_err();
        assert!(
            matches!(
                error,
                FormatError::CountMismatch {
                    field: "bucket_count",
                    meta: 5,
                    index: 4
                }
            ),
            "{error}"
        );
    }
}

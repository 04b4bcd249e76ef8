//! The metadata section: the fields and the bucket index, `FORMAT.md` sections 1.3 and 1.4.

use super::meta::check_fields;
use super::metadata_decoder::MetadataDecoder;
use crate::{FormatError, MassMapBucketMeta, MassMapHeader, MassMapMeta, Walker};

/// The metadata section of a file of format 1: the fields and the bucket index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The fields.
    pub meta: MassMapMeta,
    /// The bucket index: one element for each bucket, in order.
    pub buckets: Vec<MassMapBucketMeta>,
}

impl Metadata {
    /// Decodes the metadata section, and validates it against itself and the header.
    ///
    /// Whatever the bytes, it allocates at most four times their length plus 256 KiB. Its result is safe to use: there is at
    /// least one bucket, the buckets follow each other between the header and the metadata, and all counts agree.
    /// [`MetadataDecoder`] does the same without keeping the index.
    ///
    /// # Errors
    ///
    /// [`FormatError`] if the bytes do not follow the format, or contradict each other.
    pub fn decode(header: &MassMapHeader, bytes: &[u8]) -> Result<Self, FormatError> {
        let decoder = MetadataDecoder::new(header, bytes)?;
        let mut buckets = Vec::with_capacity(decoder.bucket_count() as usize);
        let meta = decoder.visit(|bucket| buckets.push(bucket))?;
        Ok(Self { meta, buckets })
    }
}

/// Appends to `out` all of the metadata section that precedes the bucket index.
///
/// [`MassMapBucketMeta::encode`] completes the section by appending `meta.bucket_count` index entries.
///
/// # Errors
///
/// [`FormatError::ZeroBuckets`], [`FormatError::TooManyBuckets`], [`FormatError::MetaEncode`] for hash parameters with
/// numbers that do not fit 64 bits, [`FormatError::TooDeep`] or [`FormatError::HashConfigTooLong`] for a hash function
/// that readers would refuse. In these cases, nothing is appended.
pub fn encode_metadata_header(meta: &MassMapMeta, out: &mut Vec<u8>) -> Result<(), FormatError> {
    let bucket_count = match u32::try_from(meta.bucket_count) {
        Ok(0) => return Err(FormatError::ZeroBuckets),
        Ok(count) => count,
        Err(_) => {
            return Err(FormatError::TooManyBuckets {
                bucket_count: meta.bucket_count,
            });
        }
    };
    let fields = rmp_serde::to_vec(meta).map_err(|source| FormatError::MetaEncode { source })?;
    // Nothing is written that readers would refuse. The nesting comes first: the other check relies on it.
    Walker::new(&fields).value()?;
    check_fields(&fields)?;

    const INFALLIBLE: &str = "writing to a Vec does not fail";
    rmp::encode::write_array_len(out, 2).expect(INFALLIBLE);
    out.extend_from_slice(&fields);
    rmp::encode::write_array_len(out, bucket_count).expect(INFALLIBLE);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MassMapHashConfig;

    fn sample() -> (MassMapHeader, Metadata, Vec<u8>) {
        let meta = MassMapMeta {
            entry_count: 3,
            bucket_count: 4,
            occupied_bucket_count: 2,
            occupied_bucket_range: 1..3,
            hash_config: MassMapHashConfig::default(),
            key_type: "u8".to_owned(),
            value_type: "i8".to_owned(),
        };
        let empty = MassMapBucketMeta::default();
        let buckets = vec![
            empty,
            MassMapBucketMeta {
                offset: 24,
                length: 7,
                count: 2,
            },
            MassMapBucketMeta {
                offset: 31,
                length: 4,
                count: 1,
            },
            empty,
        ];
        let bytes = b"\x92\
            \x97\x03\x04\x02\x92\x01\x03\x92\xa8foldhash\x81\xa4seed\x00\xa2u8\xa2i8\
            \x94\x93\0\0\0\x93\x18\x07\x02\x93\x1f\x04\x01\x93\0\0\0"
            .to_vec();
        let header = MassMapHeader {
            meta_offset: 35,
            meta_length: bytes.len() as u64,
        };
        (header, Metadata { meta, buckets }, bytes)
    }

    #[test]
    fn the_section_has_exactly_these_bytes_and_comes_back() {
        let (header, metadata, bytes) = sample();
        let mut encoded = Vec::new();
        encode_metadata_header(&metadata.meta, &mut encoded).unwrap();
        metadata
            .buckets
            .iter()
            .for_each(|bucket| bucket.encode(&mut encoded));
        assert_eq!(encoded, bytes);
        assert_eq!(Metadata::decode(&header, &bytes).unwrap(), metadata);
    }

    #[test]
    fn every_truncation_and_every_byte_too_many_is_refused() {
        let (header, _, mut bytes) = sample();
        for length in 0..bytes.len() {
            Metadata::decode(&header, &bytes[..length]).unwrap_err();
        }
        bytes.push(0);
        let error = Metadata::decode(&header, &bytes).unwrap_err();
        assert!(
            matches!(error, FormatError::TrailingBytes { length: 1, .. }),
            "{error}"
        );
    }

    #[test]
    fn a_bucket_count_beyond_the_bytes_is_refused_before_any_allocation() {
        let (header, _, bytes) = sample();
        let index = bytes.len() - 17;
        let mut bytes = bytes[..index].to_vec();
        bytes.extend_from_slice(b"\xdd\x00\x00\x00\x11");
        bytes.extend_from_slice(&[0; 17]);
        let error = Metadata::decode(&header, &bytes).unwrap_err();
        assert!(
            matches!(
                error,
                FormatError::Truncated {
                    needed: 68,
                    available: 17,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn fields_of_the_wrong_type_are_refused() {
        let (header, _, mut bytes) = sample();
        bytes[2] = 0xc0;
        let error = Metadata::decode(&header, &bytes).unwrap_err();
        assert!(matches!(error, FormatError::UnexpectedMarker { .. }), "{error}");
    }

    #[test]
    fn fields_with_the_right_layout_and_invalid_content_are_refused() {
        let (header, _, mut bytes) = sample();
        let text = bytes.windows(3).position(|window| window == b"\xa2u8").unwrap() + 1;
        bytes[text] = 0xff;
        let error = Metadata::decode(&header, &bytes).unwrap_err();
        assert!(matches!(error, FormatError::MetaDecode { .. }), "{error}");
    }

    #[test]
    fn fields_in_another_layout_are_refused() {
        let (header, metadata, bytes) = sample();
        let named = rmp_serde::to_vec_named(&metadata.meta).unwrap();
        let plain = rmp_serde::to_vec(&metadata.meta).unwrap();
        let binary = [&plain[..plain.len() - 3], b"\xc4\x02i8"].concat();
        for fields in [named, binary] {
            let bytes = [&bytes[..1], &fields, &bytes[1 + plain.len()..]].concat();
            let error = Metadata::decode(&header, &bytes).unwrap_err();
            assert!(matches!(error, FormatError::UnexpectedMarker { .. }), "{error}");
        }
    }

    #[test]
    fn hash_functions_with_long_names_and_many_parameters_are_refused() {
        let of_length = |name: usize, elements: usize| MassMapMeta {
            bucket_count: 1,
            hash_config: MassMapHashConfig {
                name: "n".repeat(name),
                parameters: serde_json::json!(vec![(); elements]),
            },
            ..MassMapMeta::default()
        };
        encode_metadata_header(&of_length(254, 1021), &mut Vec::new()).unwrap();
        for (name, elements, wrong) in [(255, 0, "name"), (1, 1022, "parameters")] {
            let mut out = Vec::new();
            let error = encode_metadata_header(&of_length(name, elements), &mut out).unwrap_err();
            assert!(
                matches!(error, FormatError::HashConfigTooLong { field, .. } if field == wrong),
                "{error}"
            );

            // A file that has them nevertheless.
            let fields = rmp_serde::to_vec(&of_length(name, elements)).unwrap();
            let bytes = [b"\x92", &fields[..], b"\x91\x93\0\0\0"].concat();
            let header = MassMapHeader {
                meta_offset: 24,
                meta_length: bytes.len() as u64,
            };
            let error = Metadata::decode(&header, &bytes).unwrap_err();
            assert!(
                matches!(error, FormatError::HashConfigTooLong { field, .. } if field == wrong),
                "{error}"
            );
        }
    }

    #[test]
    fn bucket_counts_that_cannot_be_listed_are_refused() {
        let meta = |bucket_count| MassMapMeta {
            bucket_count,
            ..MassMapMeta::default()
        };
        let mut out = Vec::new();
        let error = encode_metadata_header(&meta(0), &mut out).unwrap_err();
        assert!(matches!(error, FormatError::ZeroBuckets), "{error}");
        let error = encode_metadata_header(&meta(1 << 32), &mut out).unwrap_err();
        assert!(
            matches!(
                error,
                FormatError::TooManyBuckets {
                    bucket_count: 0x1_0000_0000
                }
            ),
            "{error}"
        );
        assert_eq!(out, b"");
    }

    #[test]
    fn hash_parameters_that_readers_would_refuse_are_refused() {
        let mut parameters = serde_json::json!(0);
        for _ in 0..MAX_NESTING + 1 {
            parameters = serde_json::Value::Array(vec![parameters]);
        }
        let hash_config = MassMapHashConfig {
            name: "deep".to_owned(),
            parameters,
        };
        let mut meta = MassMapMeta {
            bucket_count: 1,
            hash_config,
            ..MassMapMeta::default()
        };
        let mut out = Vec::new();
        let error = encode_metadata_header(&meta, &mut out).unwrap_err();
        assert!(matches!(error, FormatError::TooDeep { .. }), "{error}");

        meta.hash_config.parameters = meta.hash_config.parameters[0].take();
        encode_metadata_header(&meta, &mut out).unwrap();
    }

    /// The fields and the hash configuration are arrays too.
    const MAX_NESTING: usize = crate::MAX_DEPTH - 2;
}

use super::*;
use crate::{IntegerType, MassMapHashConfig};

fn metadata() -> PagedMetadata {
    PagedMetadata {
        meta: MassMapMeta {
            entry_count: 3,
            bucket_count: 2,
            occupied_bucket_count: 2,
            occupied_bucket_range: 0..2,
            hash_config: MassMapHashConfig {
                name: "h".to_owned(),
                parameters: serde_json::json!(null),
            },
            key_type: "K".to_owned(),
            value_type: "V".to_owned(),
        },
        duplicate_keys: DuplicateKeys::Error,
        hash_probes: (1, u64::MAX),
        user: [("b", "2"), ("a", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        types: EntryTypes {
            key: Schema::String,
            value: Schema::Integer(IntegerType::U8),
            canonical_keys: true,
        },
    }
}

const BYTES: &[u8] = b"\x95\x97\x03\x02\x02\x92\x00\x02\x92\xa1h\xc0\xa1K\xa1V\xa5error\
    \x92\x01\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x82\xa1a\xa0\xa1b\xa12\x93\xa6string\xa2u8\xc3";

/// Length of the types at the end.
const TYPES_LENGTH: usize = 12;

#[test]
fn the_section_has_exactly_these_bytes_and_comes_back() {
    assert_eq!(metadata().encode().unwrap(), BYTES);
    assert_eq!(PagedMetadata::decode(BYTES).unwrap(), metadata());
}

#[test]
fn every_duplicate_policy_has_its_name() {
    for (policy, name) in [
        (DuplicateKeys::KeepAll, "keep_all"),
        (DuplicateKeys::Error, "error"),
        (DuplicateKeys::First, "first"),
        (DuplicateKeys::Last, "last"),
    ] {
        let metadata = PagedMetadata {
            duplicate_keys: policy,
            ..metadata()
        };
        let bytes = metadata.encode().unwrap();
        assert!(bytes.windows(name.len()).any(|window| window == name.as_bytes()));
        assert_eq!(PagedMetadata::decode(&bytes).unwrap(), metadata);
    }
}

#[test]
fn every_truncation_and_every_byte_too_many_is_refused() {
    for length in 0..BYTES.len() {
        PagedMetadata::decode(&BYTES[..length]).unwrap_err();
    }
    let error = PagedMetadata::decode(&[BYTES, b"\0"].concat()).unwrap_err();
    assert!(
        matches!(error, FormatError::TrailingBytes { length: 1, .. }),
        "{error}"
    );
}

#[test]
fn fields_that_are_not_those_of_the_metadata_are_refused() {
    let replaced = |from: &[u8], to: &[u8]| {
        let start = BYTES
            .windows(from.len())
            .position(|window| window == from)
            .unwrap();
        [&BYTES[..start], to, &BYTES[start + from.len()..]].concat()
    };
    for bytes in [
        replaced(b"\xa5error", b"\xa5other"),
        replaced(b"\xa5error", b"\xc0"),
        replaced(b"\x92\x01\xcf\xff\xff\xff\xff\xff\xff\xff\xff", b"\x91\x01"),
        replaced(
            b"\x92\x01\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x93\x01\x02\x03",
        ),
        replaced(b"\xa1b\xa12", b"\xa1b\x02"),
        replaced(b"\xa6string", b"\x01"),
        replaced(b"\xa2u8", b"\xc0"),
        replaced(b"\xa2u8", b"\x91\xa6option"),
        replaced(b"\xc3", b"\x01"),
    ] {
        let error = PagedMetadata::decode(&bytes).unwrap_err();
        assert!(
            matches!(error, FormatError::MetaDecode { .. }),
            "{error} {bytes:02x?}"
        );
    }
}

#[test]
fn an_array_of_another_length_is_refused() {
    for (header, behind) in [(b"\x96", &b"\0"[..]), (b"\x94", b"")] {
        let whole = [header, &BYTES[1..], behind].concat();
        let length = Walker::new(&whole).value().unwrap().len();
        let error = PagedMetadata::decode(&whole[..length]).unwrap_err();
        assert!(
            matches!(error, FormatError::ArrayLength { expected: 5, .. }),
            "{error}"
        );
    }
}

#[test]
fn nesting_too_deep_is_refused_in_both_directions() {
    let mut metadata = metadata();
    for _ in 0..crate::MAX_DEPTH {
        metadata.meta.hash_config.parameters = serde_json::json!([metadata.meta.hash_config.parameters]);
    }
    let error = metadata.encode().unwrap_err();
    assert!(matches!(error, FormatError::TooDeep { .. }), "{error}");
    let bytes = rmp_serde::to_vec(&metadata).unwrap();
    let error = PagedMetadata::decode(&bytes).unwrap_err();
    assert!(matches!(error, FormatError::TooDeep { .. }), "{error}");
}

#[test]
fn counts_that_disagree_with_the_header_are_refused() {
    let header = PagedHeader {
        page_size: 4096,
        optional_features: 0,
        required_features: 0,
        file_id: 0,
        entry_count: 3,
        entries_length: 6,
        page_count: 2,
        bins: 2,
        directory_words: 1,
        choices: 0,
        shard: None,
        build_id: [0; 16],
        entries_digest: 0,
        sections: Vec::new(),
    };
    metadata().validate(&header).unwrap();
    let mut other = metadata();
    other.meta.entry_count = 4;
    let error = other.validate(&header).unwrap_err();
    assert!(
        matches!(
            error,
            FormatError::HeaderMismatch {
                field: "entry_count",
                meta: 4,
                header: 3
            }
        ),
        "{error}"
    );
    let mut other = metadata();
    other.meta.bucket_count = 1;
    let error = other.validate(&header).unwrap_err();
    assert!(
        matches!(
            error,
            FormatError::HeaderMismatch {
                field: "bucket_count",
                meta: 1,
                header: 2
            }
        ),
        "{error}"
    );
}

/// A section with these bytes as user metadata, which decoding tolerates.
fn with_user(user: &[u8]) -> Vec<u8> {
    let types = BYTES.len() - TYPES_LENGTH;
    let bytes = [&BYTES[..types - 8], user, &BYTES[types..]].concat();
    PagedMetadata::decode(&bytes).unwrap();
    bytes
}

#[test]
fn names_of_user_metadata_ascend() {
    PagedMetadata::verify_encoding(BYTES).unwrap();
    let ascending = [
        &b"\x80"[..],
        b"\x81\xa0\xa0",
        b"\x83\xa0\xa0\xa1a\xa0\xa2aa\xa0",
        b"\x82\xa1b\xa0\xd9\x02ba\xa0",
        b"\x82\xdb\0\0\0\x01a\xa0\xa1b\xa0",
    ];
    for user in ascending {
        PagedMetadata::verify_encoding(&with_user(user)).unwrap();
    }
    let start = BYTES.len() - TYPES_LENGTH - 8;
    for (user, at) in [
        (&b"\x82\xa1b\xa0\xa1a\xa0"[..], 4),
        (b"\x82\xa1a\xa0\xa1a\xa0", 4),
        (b"\x82\xa1a\xa0\xd9\x01a\xa1x", 4),
        (b"\x83\xa1a\xa0\xa1b\xa0\xa2aa\xa0", 7),
    ] {
        let error = PagedMetadata::verify_encoding(&with_user(user)).unwrap_err();
        assert!(
            matches!(error, FormatError::UserMetadataOrder { position } if position == start + at),
            "{error}"
        );
    }
}

#[test]
fn values_that_only_decode_as_strings_are_refused() {
    // Binary data in position of a name or of a value; a map in position of the policy.
    for user in [&b"\x81\xc4\x01a\xa0"[..], b"\x81\xa1a\xc4\x01a"] {
        let error = PagedMetadata::verify_encoding(&with_user(user)).unwrap_err();
        assert!(matches!(error, FormatError::UnexpectedMarker { .. }), "{error}");
    }
    let position = BYTES.windows(6).position(|bytes| bytes == b"\xa5error").unwrap();
    let bytes = [&BYTES[..position], b"\x81\xa5error\xc0", &BYTES[position + 6..]].concat();
    if PagedMetadata::decode(&bytes).is_ok() {
        let error = PagedMetadata::verify_encoding(&bytes).unwrap_err();
        assert!(matches!(error, FormatError::UnexpectedMarker { .. }), "{error}");
    }
}

#[test]
fn types_of_later_versions_are_any_and_long_ones_are_refused() {
    let types = BYTES.len() - TYPES_LENGTH;
    let bytes = [&BYTES[..types], b"\x93\x92\xa4time\x01\xa4date\xc2"].concat();
    let expected = EntryTypes {
        key: Schema::Any,
        value: Schema::Any,
        canonical_keys: false,
    };
    assert_eq!(PagedMetadata::decode(&bytes).unwrap().types, expected);

    let long = Schema::Tuple(vec![Schema::Unit; 4000]);
    let metadata = PagedMetadata {
        types: EntryTypes {
            value: long,
            ..EntryTypes::default()
        },
        ..metadata()
    };
    let error = metadata.encode().unwrap_err();
    assert!(matches!(error, FormatError::SchemaTooLong { .. }), "{error}");
    let error = PagedMetadata::decode(&rmp_serde::to_vec(&metadata).unwrap()).unwrap_err();
    assert!(matches!(error, FormatError::SchemaTooLong { .. }), "{error}");
}

#[test]
fn types_of_two_files_join() {
    let types = metadata().types;
    assert_eq!(types.join(&EntryTypes::default()), types);
    let other = EntryTypes {
        value: Schema::Unit,
        canonical_keys: false,
        ..types.clone()
    };
    let joined = EntryTypes {
        key: Schema::String,
        value: Schema::Any,
        canonical_keys: false,
    };
    assert_eq!(types.join(&other), joined);
    assert_eq!(other.join(&types), joined);
}

//! The example `inspect`, on files that are made here.

use std::io::Cursor;

use massmap_format::{
    MassMapBucketMeta, MassMapHeader, MassMapMeta, encode_bucket_header, encode_entry_header,
    encode_metadata_header,
};

#[path = "../../examples/inspect.rs"]
#[expect(dead_code, reason = "only a part of the program is tested")]
mod example;

/// A file with buckets of these numbers of entries, each three bytes long.
fn file(counts: &[u32]) -> Vec<u8> {
    let mut file = vec![0; MassMapHeader::SIZE];
    let mut buckets = Vec::new();
    for &count in counts {
        let offset = file.len();
        if count == 0 {
            buckets.push(MassMapBucketMeta::default());
            continue;
        }
        encode_bucket_header(count, &mut file);
        for entry in 0..count {
            encode_entry_header(&mut file);
            file.extend_from_slice(&[entry as u8 & 0x7f, 0xc0]);
        }
        let length = (file.len() - offset) as u32;
        buckets.push(MassMapBucketMeta {
            offset: offset as u64,
            length,
            count,
        });
    }
    let occupied = |count: &u32| *count > 0;
    let meta = MassMapMeta {
        entry_count: counts.iter().map(|&count| u64::from(count)).sum(),
        bucket_count: counts.len() as u64,
        occupied_bucket_count: counts.iter().filter(|count| occupied(count)).count() as u64,
        occupied_bucket_range: match counts.iter().position(occupied) {
            Some(first) => {
                first as u64
                    ..counts
                        .iter()
                        .rposition(occupied)
                        .map_or(0, |last| last as u64 + 1)
            }
            None => 0..0,
        },
        key_type: "u8".to_owned(),
        value_type: "\u{1b}[31m".to_owned(),
        ..MassMapMeta::default()
    };
    let meta_offset = file.len() as u64;
    encode_metadata_header(&meta, &mut file).unwrap();
    buckets.iter().for_each(|bucket| bucket.encode(&mut file));
    let header = MassMapHeader {
        meta_offset,
        meta_length: file.len() as u64 - meta_offset,
    };
    file[..MassMapHeader::SIZE].copy_from_slice(&header.serialize());
    file
}

/// The output, and the error if there is one.
fn inspect(file: &[u8]) -> (String, Option<String>) {
    let mut out = Vec::new();
    let result = example::inspect(Cursor::new(file), &mut out);
    let error = result.err().map(|error| example::one_line(&*error));
    if let Some(error) = &error {
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    (String::from_utf8(out).unwrap(), error)
}

#[test]
fn a_sound_file_is_described() {
    let (out, error) = inspect(&file(&[1, 0, 2, 3, 9]));
    assert_eq!(error, None);
    let expected = r#"format: 1
metadata: 55 bytes at offset 73
buckets: 5, of which 4 have entries, in 0..5
entries: 15
hash: "foldhash" "{\"seed\":0}"
key type: "u8"
value type: "\u{1b}[31m"
bytes in a bucket:
                    0          1 ####################
                    1          0
                  2-3          0
                  4-7          2 ########################################
                 8-15          1 ####################
                16-31          1 ####################
entries in a bucket:
                    0          1 ####################
                    1          1 ####################
                  2-3          2 ########################################
                  4-7          0
                 8-15          1 ####################
all buckets are sound
"#;
    assert_eq!(out, expected);
}

#[test]
fn a_map_without_entries_is_described() {
    let (out, error) = inspect(&file(&[0, 0]));
    assert_eq!(error, None);
    assert!(
        out.contains("entries: 0\n") && out.ends_with("all buckets are sound\n"),
        "{out}"
    );
}

#[test]
fn the_first_damaged_bucket_is_named_after_everything_else() {
    let mut file = file(&[1, 0, 2, 3]);
    // The second value of the second bucket, and one behind it.
    file[24 + 4 + 6] = 0xc1;
    file[24 + 4 + 7 + 3] = 0xc1;
    let (out, error) = inspect(&file);
    assert!(
        out.contains("entries in a bucket:") && !out.contains("sound"),
        "{out}"
    );
    let error = error.unwrap();
    assert_eq!(
        error,
        "bucket 2 at offset 28: byte 0xc1 at position 6 cannot begin a MessagePack value"
    );
}

#[test]
fn a_file_that_is_not_a_map_is_refused() {
    let (out, error) = inspect(b"{\"apple\": 1, \"banana\": 2}");
    assert_eq!(out, "");
    assert!(error.unwrap().contains("not a massmap file"));
    let (_, error) = inspect(b"MASSMAP!");
    assert_eq!(
        error.unwrap(),
        "header: the file ends early: 24 bytes belong at offset 0, but only 8 are there"
    );
}

#[test]
fn a_header_that_announces_more_than_the_file_holds_costs_no_memory() {
    let mut file = file(&[1]);
    let header = MassMapHeader {
        meta_offset: 28,
        meta_length: 1 << 60,
    };
    file[..MassMapHeader::SIZE].copy_from_slice(&header.serialize());
    // Allocating the announced length would abort.
    let (_, error) = inspect(&file);
    assert!(
        error
            .unwrap()
            .starts_with("metadata: the file ends early: 1152921504606846976 bytes")
    );
}

#[test]
fn metadata_that_cannot_be_decoded_is_refused_with_the_cause() {
    let mut file = file(&[1]);
    // The name of the hash function is no longer UTF-8.
    let name = file.windows(8).position(|window| window == b"foldhash").unwrap();
    file[name] = 0xff;
    let (_, error) = inspect(&file);
    let error = error.unwrap();
    assert!(error.starts_with("the metadata cannot be decoded: "), "{error}");
}

/// A file of format 2, written by the builder.
fn paged_file() -> Vec<u8> {
    let golden = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../massmap/tests/golden/v2-filter.massmap"
    );
    std::fs::read(golden).unwrap()
}

#[test]
fn a_sound_file_of_pages_is_described() {
    let (out, error) = inspect(&paged_file());
    assert_eq!(error, None);
    assert!(
        out.starts_with("format: 2\npages: ") && out.ends_with("all pages are sound\n"),
        "{out}"
    );
    assert!(out.contains("bytes in a run of pages:\n"), "{out}");
}

#[test]
fn the_first_damaged_page_is_named() {
    let mut file = paged_file();
    let page_size = u32::from_le_bytes(*file[12..].first_chunk().unwrap()) as usize;
    file[page_size + 20] ^= 1;
    let (_, error) = inspect(&file);
    let error = error.unwrap();
    assert!(
        error.starts_with("the run at page 0: page 0 is damaged or misplaced: "),
        "{error}"
    );
}

//! The bytes of a map of format 1 do not depend on how it is built, and are those of massmap 0.1.5.

use support::variants::assert_same;

/// Integers with values of 0 to 210 bytes.
fn entries(count: u64) -> Vec<(u64, String)> {
    (0..count)
        .map(|i| {
            (
                i.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                "v".repeat((i * i % 211) as usize),
            )
        })
        .collect()
}

#[test]
fn format_1_has_the_bytes_of_0_1_5_whatever_memory_threads_and_source() {
    let entries = entries(8_000);
    for buckets in [1, 700, 20_000] {
        let writer = massmap_0_1_5_file(buckets, &entries);
        let builder = massmap::MassMapBuilder::<massmap::MassMapDefaultHashLoader>::default()
            .with_bucket_count(buckets);
        assert!(assert_same(&builder, &entries) == writer, "{buckets} buckets");
    }
}

fn massmap_0_1_5_file(buckets: u64, entries: &[(u64, String)]) -> Vec<u8> {
    let file = tempfile::NamedTempFile::new().unwrap();
    massmap_0_1_5::MassMapBuilder::default()
        .with_bucket_count(buckets)
        .build(file.as_file(), entries.iter())
        .unwrap();
    std::fs::read(file.path()).unwrap()
}

//! If verification finds no problem, every lookup answers.

use std::fmt::Debug;
use std::hash::Hash;

use massmap::{BytesReader, DuplicateKeys, MassMap, MassMapDefaultHashLoader, MassMapInner, VerifyReport};
use massmap_format::{
    PageIndex, PagedMetadata, RawEntry, SectionKind, encode_page_index, encode_run, fraction_of, spread,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use support::allocations::peak_of;
use support::entries::strings;
use support::files::format_2::{
    entries_of_run, header_of, page_layout_of, put_headers, runs_of, sections_of, small_pages,
    with_changed_section, with_metadata, with_sections,
};
use support::files::{build, open};

type Bytes<'a> = BytesReader<&'a [u8]>;

fn verify<K, V>(file: &[u8]) -> VerifyReport
where
    K: DeserializeOwned + Hash + Eq,
    V: DeserializeOwned + Clone,
{
    let inner = MassMapInner::<Bytes<'_>>::load(BytesReader::new(file)).unwrap();
    inner.cast::<K, V>().verify()
}

/// Asserts that verification reports a problem, with and without types.
#[track_caller]
fn assert_damaged(file: &[u8], message: &str) {
    let inner = MassMapInner::<Bytes<'_>>::load(BytesReader::new(file)).unwrap();
    for report in [inner.verify(), verify::<String, u32>(file)] {
        assert!(
            report
                .problems
                .iter()
                .any(|problem| problem.message.contains(message)),
            "{report:?}"
        );
    }
}

/// A file whose only page has these bins, with a changed index.
fn one_page(bins: u64, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let file = build(small_pages(), &strings(0..8));
    assert_eq!(runs_of(&file).len(), 1);
    // The page once more, with the slots that follow from these bins.
    let (map, layout) = (
        open::<MassMapDefaultHashLoader, String, u32>(&file),
        page_layout_of(&file),
    );
    let entries = entries_of_run(&file[512..1024], layout);
    let fraction = |entry: &[u8]| {
        let entry = RawEntry::decode(entry).unwrap();
        let hash = map
            .inner()
            .hash(&rmp_serde::from_slice::<String>(entry.key).unwrap());
        fraction_of(spread(hash), bins, 0, bins)
    };
    let entries = entries.iter().map(|(_, entry)| (fraction(entry), &entry[..]));
    let mut page = Vec::new();
    encode_run(entries, layout, 1, header_of(&file).file_id, 0, &mut page);
    let mut file = with_changed_section(&file, SectionKind::PageIndex, |index| {
        *index = encode_page_index(&[0], bins).unwrap();
        change(index);
    });
    let mut header = header_of(&file);
    header.bins = bins;
    put_headers(&mut file, &header);
    file[512..1024].copy_from_slice(&page);
    file
}

#[test]
fn invalid_ranks_are_reported_even_if_every_entry_is_in_page_0() {
    let good = one_page(127, |_| {});
    assert!(verify::<String, u32>(&good).is_ok());
    // The rank of the first record, and the deviation of the first group.
    for (place, byte) in [(16, 1), (19, 0x80), (20, 0), (20, 9)] {
        let file = one_page(127, |index| index[place] = byte);
        // Refused when it is opened, or when a key is looked up.
        if let Ok(map) = MassMap::<String, u32, _>::load(BytesReader::new(&file[..])) {
            assert!((0..8).all(|i| map.get(&format!("key {i}")).is_err()));
        }
        assert_damaged(&file, "page index");
    }
    // Deviations of groups that do not exist, and the rank behind the last group.
    for place in [21, 35, 36, 39] {
        assert_damaged(&one_page(127, |index| index[place] ^= 0x80), "page index");
    }
}

#[test]
fn bits_of_an_index_that_no_entry_depends_on_are_checked() {
    let file = build(small_pages(), &strings(0..300));
    let header = header_of(&file);
    let mut accepted = 0;
    let index = sections_of(&file)[1].1.clone();
    for bit in 0..8 * index.len() {
        let changed = with_changed_section(&file, SectionKind::PageIndex, |index| {
            index[bit / 8] ^= 1 << (bit % 8);
        });
        let bytes = &sections_of(&changed)[1].1;
        let Ok(index) = PageIndex::new(&bytes[..], header.page_count, header.bins) else {
            // It covers bins that do not exist.
            assert!(bit < 128, "bit {bit}");
            continue;
        };
        let report = verify::<String, u32>(&changed);
        if report.is_ok() {
            let map = open::<MassMapDefaultHashLoader, String, u32>(&changed);
            // A first bin can be anywhere between two entries.
            accepted += 1;
            for (key, value) in strings(0..300) {
                assert_eq!(map.get(&key).unwrap(), Some(value), "bit {bit}");
            }
        }
        assert!(!report.is_ok() || index.bins().all(|bin| index.run_of_bin(bin).is_ok()));
    }
    assert!(accepted < index.len(), "{accepted}");
}

#[test]
fn keys_of_an_integer_type_other_than_the_named_one_are_reported() {
    fn check<K, Other>(keys: impl Iterator<Item = K>)
    where
        K: Serialize + DeserializeOwned + Hash + Eq,
        Other: DeserializeOwned + Hash + Eq + Debug,
    {
        let entries: Vec<(K, u8)> = keys.map(|key| (key, 0)).collect();
        let file = build(small_pages(), &entries);
        assert!(verify::<K, u8>(&file).is_ok());
        let inner = MassMapInner::<Bytes<'_>>::load(BytesReader::new(&file)).unwrap();
        let map = inner.cast::<Other, u8>();
        let report = map.verify();
        assert!(!report.is_ok());
        let lookup = map.iter().flatten().map(|(key, _)| map.get(&key)).next();
        assert!(lookup.is_none_or(|found| found.is_err()));
    }
    check::<u32, u64>(0..50);
    check::<u16, u64>(0..50);
    check::<u64, i64>(0..50);
    check::<i8, u8>(0..50);
}

#[test]
fn unsorted_user_metadata_is_reported() {
    let file = build(
        small_pages()
            .with_user_metadata("a", "1")
            .with_user_metadata("b", "2"),
        &strings(0..50),
    );
    assert!(verify::<String, u32>(&file).is_ok());
    let with_user = |user: &[u8]| {
        with_changed_section(&file, SectionKind::Metadata, |bytes| {
            let old = b"\x82\xa1a\xa11\xa1b\xa12";
            let place = bytes.windows(old.len()).rposition(|window| window == old);
            let place = place.expect("the user metadata are there");
            bytes.splice(place..place + old.len(), user.iter().copied());
        })
    };
    assert!(verify::<String, u32>(&with_user(b"\x81\xa1z\xa0")).is_ok());
    for user in [
        &b"\x82\xa1b\xa12\xa1a\xa11"[..],
        b"\x82\xa1a\xa11\xa1a\xa12",
        b"\x83\xa1a\xa0\xa2bb\xa0\xa1b\xa0",
    ] {
        assert_damaged(&with_user(user), "user metadata is sorted");
    }
}

#[test]
fn known_sections_after_unknown_ones_are_reported() {
    let file = build(small_pages().with_miss_filter(true), &strings(0..50));
    let mut sections = sections_of(&file);
    sections.push((77, b"from a later version".to_vec()));
    assert!(verify::<String, u32>(&with_sections(&file, &sections)).is_ok());
    for place in 0..sections.len() - 1 {
        let mut sections = sections.clone();
        let unknown = sections.pop().unwrap();
        sections.insert(place, unknown);
        assert_damaged(&with_sections(&file, &sections), "lies behind section 77");
    }
}

/// A file that claims to have no duplicates and consists of `count` equal entries.
fn equal_entries(count: usize) -> Vec<u8> {
    let entries = vec![(7u32, 0u8); count];
    let file = build(
        small_pages().with_duplicate_keys(DuplicateKeys::KeepAll),
        &entries,
    );
    assert_eq!(runs_of(&file).len(), 1);
    with_metadata(&file, |metadata| metadata.duplicate_keys = DuplicateKeys::Error)
}

#[test]
fn only_reported_problems_take_memory() {
    let file = equal_entries(100_000);
    let inner = MassMapInner::<Bytes<'_>>::load(BytesReader::new(&file)).unwrap();
    let (report, peak) = peak_of(|| inner.verify());
    assert_eq!(report.problem_count, 99_999);
    assert_eq!(report.problems.len(), VerifyReport::MOST_PROBLEMS);
    // 100,000 entries of two bytes each, whose numbers are sorted.
    assert!(peak < 3 * file.len(), "{peak} bytes");

    let map = inner.cast::<u32, u8>();
    let (report, peak) = peak_of(|| map.verify());
    assert_eq!(report.problem_count, 99_999);
    assert!(peak < 100_000, "{peak} bytes");

    // All keys of a long run are undecodable.
    let inner = MassMapInner::<Bytes<'_>>::load(BytesReader::new(&file)).unwrap();
    let map = inner.cast::<String, u8>();
    let (report, peak) = peak_of(|| map.verify());
    assert!(!report.is_ok());
    assert!(peak < 3 * file.len(), "{peak} bytes");
}

#[test]
fn many_keys_of_a_run_are_compared_in_little_memory() {
    // One bin, so all entries are in one run.
    let entries: Vec<(u64, u64)> = (0..50_000).map(|i| (i << 32, i)).collect();
    let file = build(small_pages(), &entries);
    let pages = header_of(&file).page_count;
    assert!(pages > 1);
    let inner = MassMapInner::<Bytes<'_>>::load(BytesReader::new(&file)).unwrap();
    let (report, peak) = peak_of(|| inner.verify());
    assert!(report.is_ok(), "{:?}", report.problems);
    assert!(peak < 1 << 20, "{peak} bytes");
}

#[test]
fn messages_shorten_what_they_quote_from_a_file() {
    let entries = vec![("x".repeat(5_000_000), 0u8)];
    let file = build(small_pages(), &entries);
    let inner = MassMapInner::<Bytes<'_>>::load(BytesReader::new(&file)).unwrap();
    let report = inner.cast::<u64, u8>().verify();
    assert!(!report.is_ok());
    assert!(
        report
            .problems
            .iter()
            .all(|problem| problem.message.len() < 10_000)
    );
}

#[test]
fn metadata_too_long_for_readers_is_not_written() {
    let long = "x".repeat(17 << 20);
    let error = support::files::try_build(
        small_pages().with_user_metadata("note", long.clone()),
        &strings(0..3),
    )
    .unwrap_err();
    assert!(error.to_string().contains("user metadata"), "{error}");
    let metadata = PagedMetadata::decode(&sections_of(&build(small_pages(), &strings(0..3)))[0].1).unwrap();
    let metadata = PagedMetadata {
        user: [("note".to_owned(), long)].into(),
        ..metadata
    };
    metadata.encode().unwrap_err();
}

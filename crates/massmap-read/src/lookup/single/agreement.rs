//! Fast lookups say the same as the general path, whatever the file.

use std::cell::Cell;
use std::fmt::Debug;

use massmap_format::{DuplicateKeys, FormatVersion};
use massmap_hash::Xxh3HashLoader;
use massmap_io::{BytesReader, MemoryWriter};
use massmap_write::{Compression, MassMapBuilder};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;

use super::*;
use crate::{ChecksumPolicy, MassMapInner};

type Map<K> = MassMap<K, u64, BytesReader<Vec<u8>>, Xxh3HashLoader>;

/// A file, and what happens to it.
#[derive(Debug, Clone)]
struct Case {
    entries: u64,
    page_size: Option<u32>,
    filter: bool,
    keep_all: bool,
    /// Whether values are stored as files with compressed ones store them. These are too short to be compressed.
    compressed: bool,
    /// Bytes of the pages that are changed, by which bits.
    damage: Vec<(Index, u8)>,
    policy: ChecksumPolicy,
}

fn case() -> impl Strategy<Value = Case> {
    let page_size = prop_oneof![
        2 => Just(None),
        1 => Just(Some(512)),
        1 => Just(Some(1024)),
        1 => Just(Some(4096)),
        1 => Just(Some(16384)),
    ];
    let damage = prop_oneof![
        1 => Just(Vec::new()),
        2 => proptest::collection::vec((any::<Index>(), 1..=255u8), 1..200),
    ];
    let policy = prop_oneof![
        Just(ChecksumPolicy::Never),
        Just(ChecksumPolicy::FirstRead),
        Just(ChecksumPolicy::EveryRead),
    ];
    (
        0..6000u64,
        page_size,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        damage,
        policy,
    )
        .prop_map(
            |(entries, page_size, filter, keep_all, compressed, damage, policy)| Case {
                entries,
                page_size,
                filter,
                keep_all,
                compressed,
                damage,
                policy,
            },
        )
}

impl Case {
    /// Compares lookups of the keys of a map, and of as many that it does not have. Returns how many there were, and how many of them
    /// the fast path has answered.
    fn check<K>(&self, key: impl Fn(u64) -> K) -> (u64, u64)
    where
        K: Serialize + for<'de> Deserialize<'de> + Hash + Eq + Clone + Debug,
    {
        let mut builder = MassMapBuilder::<Xxh3HashLoader>::default()
            .with_format(FormatVersion::V2)
            .with_miss_filter(self.filter);
        // With every third key twice.
        let number = |entry: u64| {
            if self.keep_all {
                entry - entry % 3 / 2
            } else {
                entry
            }
        };
        if self.keep_all {
            builder = builder.with_duplicate_keys(DuplicateKeys::KeepAll);
        }
        if self.compressed {
            builder = builder.with_compression(Compression::zstd().with_dictionary_size(0));
        }
        if let Some(page_size) = self.page_size {
            builder = builder.with_page_size(page_size);
        }
        let writer = MemoryWriter::new();
        let entries = (0..self.entries).map(|entry| (key(number(entry)), entry));
        builder.build(&writer, entries).unwrap();
        let mut bytes = writer.into_inner();
        let map = MassMapInner::<_, Xxh3HashLoader>::load(BytesReader::new(bytes.clone())).unwrap();
        let header = map.paged_header().unwrap().clone();
        let undamaged: Map<K> = map.cast();
        let start = u64::from(header.page_size) as usize;
        let pages = start * header.page_count as usize;
        if pages > 0 {
            for (place, bits) in &self.damage {
                bytes[start + place.index(pages)] ^= bits;
            }
        }
        let map: Map<K> = MassMapInner::load(BytesReader::new(bytes))
            .unwrap()
            .with_checksum_policy(self.policy)
            .cast();
        // Damage may keep the key check from passing.
        map.key_check.set_passed();
        let memory = map.reader().bytes();
        let answered = Cell::new(0);
        for sought in 0..2 * self.entries {
            let sought = key(sought);
            let fast = map.inner().bit_instructions().run(|instructions| {
                map.look_up_fast(instructions, Some(memory), &sought, |_, page, entry| {
                    Ok((page, *entry))
                })
            });
            let hash = map.inner().hash(&sought);
            let general = map.find_in::<K, Fallback>(memory, &sought, hash);
            let found = match fast {
                Outcome::Found(entry) => Some(Some(entry)),
                Outcome::Missing => Some(None),
                Outcome::Unknown(_) => None,
            };
            if let Some(found) = found {
                // With each read checked, the fast path checks less than the general one, but all that it uses.
                let general = match self.policy {
                    ChecksumPolicy::EveryRead if general.is_err() => {
                        undamaged.find_in::<K, Fallback>(undamaged.reader().bytes(), &sought, hash)
                    }
                    _ => general,
                };
                assert_eq!(general, Ok(found), "{sought:?}");
                answered.set(answered.get() + 1);
            }
        }
        // Batches, too. Some fail in the end, whichever path they take.
        let keys: Vec<K> = (0..2 * self.entries).map(&key).collect();
        let one_by_one: io::Result<Vec<_>> = keys.iter().map(|key| map.get(key)).collect();
        match (map.batch_get::<K>(&keys), one_by_one) {
            (Ok(batch), Ok(one_by_one)) => assert_eq!(batch, one_by_one),
            (batch, one_by_one) => assert_eq!(batch.is_ok(), one_by_one.is_ok()),
        }
        (2 * self.entries, answered.get())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn fast_lookups_say_what_the_general_path_says(case in case()) {
        case.check(|number| number);
        case.check(|number| number as u32);
        case.check(|number| number as i16);
        case.check(|number| u128::from(number) << 60);
        case.check(|number| (number, number as u8));
        case.check(|number| number.to_le_bytes());
        case.check(|number| char::from_u32(number as u32 + 0x10000).unwrap());
        case.check(|number| format!("key {number}"));
        case.check(|number| "long ".repeat(number as usize % 50) + &number.to_string());
        case.check(|number| Some(number as u32));
    }
}

#[test]
fn the_fast_path_answers_nearly_all_lookups_in_single_pages() {
    let case = |page_size| Case {
        entries: 40_000,
        page_size,
        filter: false,
        keep_all: false,
        compressed: true,
        damage: Vec::new(),
        policy: ChecksumPolicy::FirstRead,
    };
    let nearly_all = |(lookups, answered): (u64, u64)| {
        assert!(answered > lookups * 9 / 10, "{answered} of {lookups}");
    };
    for page_size in [None, Some(512), Some(4096)] {
        nearly_all(case(page_size).check(|number| number));
        nearly_all(case(page_size).check(|number| (number, number as u32)));
        nearly_all(case(page_size).check(|number| format!("a rather long key {number}")));
    }
    // Longer directories, and ends of four bytes, are for the general path.
    assert_eq!(case(Some(16384)).check(|number| number).1, 0);
    assert_eq!(case(Some(1 << 17)).check(|number| format!("key {number}")).1, 0);
}

//! Every truncation and every flipped bit of small files of each shape.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;

use massmap::{BytesReader, MassMap, MassMapHeader, MassMapMerger, MemoryWriter};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use support::files::format_1::{Parts, build};

use super::exercise::{Case, Tally};

/// Memory that using a file may take: a multiple of its length, since decoded values are larger than encoded ones, and a
/// constant for an error, a hash function and the like.
fn bound(file: &[u8]) -> usize {
    16 * file.len() + (2 << 10)
}

/// The buffer that reads of files share.
const READ_BUFFER: usize = 16 << 10;

/// Which part of the file was damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Region {
    Header,
    Buckets,
    Metadata,
}

impl<K, V> Case<K, V>
where
    K: DeserializeOwned + Hash + Eq + Debug,
    V: DeserializeOwned + Clone + PartialEq + Debug,
{
    /// Tries every truncation and every flipped bit in memory, and every 97th also in a file.
    fn survey(&self) {
        let intact = self.exercise(&"nothing", bound(&self.file), || BytesReader::new(&self.file));
        let expected = Tally {
            files: 1,
            right: self.entries.len(),
            peak: intact.peak,
            ..Tally::default()
        };
        assert_eq!(intact, expected, "{}", self.name);

        for length in 0..self.file.len() {
            let cut = &self.file[..length];
            let tally = self.exercise(&("cut to", length), bound(cut), || BytesReader::new(cut));
            assert_eq!(
                tally.refused, 1,
                "{}: opens although cut to {length} bytes",
                self.name
            );
        }

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("damaged.massmap");
        let meta_offset = MassMapHeader::SIZE + Parts::of(&self.file).buckets.len();
        let mut tallies = BTreeMap::<Region, Tally>::new();
        let mut file = self.file.clone();
        for position in 0..file.len() {
            let region = match position {
                _ if position < MassMapHeader::SIZE => Region::Header,
                _ if position < meta_offset => Region::Buckets,
                _ => Region::Metadata,
            };
            for bit in 0..8 {
                file[position] ^= 1 << bit;
                let damage = ("bit", bit, "of byte", position);
                let tally = self.exercise(&damage, bound(&file), || BytesReader::new(&file));
                if (8 * position + bit) % 97 == 0 {
                    std::fs::write(&path, &file).unwrap();
                    let open = || std::fs::File::open(&path).unwrap();
                    let from_file = self.exercise(&damage, bound(&file) + READ_BUFFER, open);
                    assert_eq!(
                        Tally {
                            peak: tally.peak,
                            ..from_file
                        },
                        tally,
                        "{damage:?}"
                    );
                }
                *tallies.entry(region).or_default() += tally;
                file[position] ^= 1 << bit;
            }
        }
        for (region, tally) in &tallies {
            let ratio = tally.peak as f64 / file.len() as f64;
            println!(
                "{}, {} bytes, {region:?}: {tally:?}, peak {ratio:.1} x",
                self.name,
                file.len()
            );
        }
        let header = tallies[&Region::Header];
        assert_eq!(
            header.refused, header.files,
            "{}: opens with another header",
            self.name
        );
        // Header and metadata confirm each other, and the stored keys confirm the hash function.
        let metadata = tallies[&Region::Metadata];
        assert_eq!(
            (metadata.wrong, metadata.misses, metadata.false_hits),
            (0, 0, 0),
            "{}: answers wrongly after damage to the metadata",
            self.name
        );
    }
}

fn strings(range: std::ops::Range<u32>) -> Vec<(String, u32)> {
    range.map(|i| (format!("key {i}"), i * 100)).collect()
}

fn absent_strings() -> Vec<String> {
    ["", "absent", "key 9999"].map(str::to_owned).to_vec()
}

#[test]
fn integers_in_several_buckets_survive_any_flipped_bit() {
    let entries: Vec<(u64, u64)> = (0..24).map(|i| (i * i * 1000, i)).collect();
    Case {
        name: "integers",
        file: build(6, &entries),
        entries,
        absent: vec![7, u64::MAX],
    }
    .survey();
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Record {
    id: u32,
    text: String,
    flags: (bool, Option<char>),
}

#[test]
fn strings_to_structs_survive_any_flipped_bit() {
    let entries: Vec<(String, Record)> = strings(0..9)
        .into_iter()
        .map(|(key, id)| {
            let text = format!("text of {key}");
            let flags = (id % 3 == 0, (id % 200 == 0).then_some('ß'));
            (key, Record { id, text, flags })
        })
        .collect();
    Case {
        name: "structs",
        file: build(4, &entries),
        entries,
        absent: absent_strings(),
    }
    .survey();
}

#[test]
fn a_single_bucket_survives_any_flipped_bit() {
    let entries = strings(0..17);
    Case {
        name: "single bucket",
        file: build(1, &entries),
        entries,
        absent: absent_strings(),
    }
    .survey();
}

#[test]
fn an_empty_map_survives_any_flipped_bit() {
    Case {
        name: "empty",
        file: build::<String, u32>(5, &[]),
        entries: Vec::<(String, u32)>::new(),
        absent: absent_strings(),
    }
    .survey();
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Tree {
    Leaf,
    Bytes(Vec<u8>),
    Node { left: Box<Tree>, right: Box<Tree> },
    Table(BTreeMap<String, Vec<Option<f64>>>),
}

#[test]
fn nested_values_survive_any_flipped_bit() {
    let table = BTreeMap::from([("a".to_owned(), vec![None, Some(0.5)]), ("b".to_owned(), vec![])]);
    let entries: Vec<(i32, Tree)> = (0..6)
        .map(|i| {
            let left = Box::new(Tree::Bytes(vec![i as u8; 5]));
            let right = Box::new(if i % 2 == 0 {
                Tree::Table(table.clone())
            } else {
                Tree::Leaf
            });
            (i * -1000, Tree::Node { left, right })
        })
        .collect();
    Case {
        name: "nested values",
        file: build(3, &entries),
        entries,
        absent: vec![1, 2],
    }
    .survey();
}

#[test]
fn many_empty_buckets_survive_any_flipped_bit() {
    let entries = strings(0..5);
    Case {
        name: "many empty buckets",
        file: build(60, &entries),
        entries,
        absent: absent_strings(),
    }
    .survey();
}

#[test]
fn a_merged_map_survives_any_flipped_bit() {
    let entries = strings(0..12);
    let whole = MassMap::<String, u32, _>::load(BytesReader::new(build(8, &entries))).unwrap();
    let shards = [5..8, 0..5]
        .map(|buckets| {
            let mut part = entries.clone();
            part.retain(|(key, _)| buckets.contains(&whole.bucket_index(key)));
            MassMap::<String, u32, _>::load(BytesReader::new(build(8, &part))).unwrap()
        })
        .into();
    let writer = MemoryWriter::new();
    MassMapMerger::default().merge(&writer, shards).unwrap();
    Case {
        name: "merged",
        file: writer.into_inner(),
        entries,
        absent: absent_strings(),
    }
    .survey();
}

//! Small files of every shape.

use std::collections::HashSet;
use std::hash::Hash;

use massmap::{
    Compression, DuplicateKeys, FormatVersion, KnownHashLoader, MassMapBuilder, MassMapDefaultHashLoader,
    MassMapHashLoader, Xxh3HashLoader,
};
use serde::{Deserialize, Serialize};
use support::files::build;
use support::files::format_2::with_section_of_any_kind;

use super::Choices;

/// Types of keys and values.
#[derive(Debug, Clone, Copy)]
pub enum Types {
    /// From `u64` to `u64`. The entries may have the same length or different ones.
    Numbers,
    /// From `i16` to `String`.
    Texts,
    /// From `String` to [`Record`].
    Records,
}

/// A value with fields, stored with or without names.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct Record {
    id: u32,
    name: Option<String>,
    list: Vec<i8>,
}

/// Entries and settings of a file.
#[derive(Debug, Clone)]
pub struct Shape {
    /// The types of its keys and values.
    pub types: Types,
    format: FormatVersion,
    seeds: Vec<u16>,
    /// Length of the longest values.
    longest: usize,
    duplicates: DuplicateKeys,
    buckets: u64,
    page_size: u32,
    longest_run: u32,
    filter: bool,
    shard: Option<(u32, u32)>,
    xxh3: bool,
    field_names: bool,
    notes: usize,
    unknown_section: bool,
    /// How values are compressed: not at all, without a dictionary, or with one.
    compression: Option<bool>,
}

impl Shape {
    /// Chooses a shape.
    pub fn choose(choices: &mut Choices<'_>) -> Self {
        let count = choices.below(64);
        let common = choices.below(4) == 0;
        let rare;
        Self {
            types: choices.one_of(&[Types::Numbers, Types::Texts, Types::Records]),
            // Format 2 has more to check.
            format: choices.one_of(&[FormatVersion::V2, FormatVersion::V2, FormatVersion::V1]),
            longest: choices.one_of(&[3, 40, 700, 3000]),
            duplicates: choices.one_of(&[
                DuplicateKeys::KeepAll,
                DuplicateKeys::First,
                DuplicateKeys::Last,
                DuplicateKeys::Error,
            ]),
            buckets: 1 + choices.below(20) as u64,
            page_size: choices.one_of(&[512, 512, 1024, 4096]),
            longest_run: choices.one_of(&[1, 1, 4]),
            filter: choices.bool(),
            shard: choices.one_of(&[None, None, Some((0, 2)), Some((2, 3))]),
            xxh3: choices.bool(),
            field_names: choices.bool(),
            notes: choices.below(4),
            unknown_section: {
                rare = choices.below(8);
                rare == 0
            },
            // The same choice, so that older inputs keep their meaning.
            compression: match rare {
                1 => Some(false),
                2 | 3 => Some(true),
                _ => None,
            },
            seeds: (0..count)
                .map(|_| match common {
                    true => u16::from(choices.byte() % 8),
                    false => choices.below(1 << 16) as u16,
                })
                .collect(),
        }
    }

    /// Builds the file.
    pub fn build(&self) -> Vec<u8> {
        let text = |seed: u16| "é".repeat(usize::from(seed) * 31 % self.longest);
        let record = |seed: u16| Record {
            id: seed.into(),
            name: (!seed.is_multiple_of(3)).then(|| text(seed)),
            list: vec![-1; usize::from(seed % 5)],
        };
        match self.types {
            Types::Numbers => {
                let shift = self.longest % 40;
                self.build_of(|seed| u64::from(seed) << shift, u64::from)
            }
            Types::Texts => self.build_of(u16::cast_signed, text),
            Types::Records => self.build_of(|seed| format!("{seed}"), record),
        }
    }

    fn build_of<K, V>(&self, key: impl Fn(u16) -> K, value: impl Fn(u16) -> V) -> Vec<u8>
    where
        K: Serialize + Hash + Eq,
        V: Serialize,
    {
        let mut seen = HashSet::new();
        let unique = self.duplicates == DuplicateKeys::Error && self.format == FormatVersion::V2;
        let entries = self.seeds.iter().enumerate();
        let entries: Vec<(K, V)> = entries
            .filter(|(_, seed)| !unique || seen.insert(**seed))
            .map(|(number, seed)| (key(*seed), value(seed.wrapping_add(number as u16 % 2))))
            .collect();
        let config = match self.xxh3 {
            true => Xxh3HashLoader::default_config(),
            false => MassMapDefaultHashLoader::default_config(),
        };
        let mut builder = MassMapBuilder::<KnownHashLoader>::default()
            .with_hash_config(config)
            .with_threads(1)
            .with_format(self.format)
            .with_field_names(self.field_names);
        if let Some((index, count)) = self.shard {
            builder = builder.with_shard(index, count);
        }
        if self.format == FormatVersion::V1 {
            // There must be at least as many buckets as shards.
            return build(builder.with_bucket_count(self.buckets.max(3)), &entries);
        }
        builder = builder
            .with_page_size(self.page_size)
            .with_longest_run(self.longest_run)
            .with_duplicate_keys(self.duplicates);
        for note in 0..self.notes {
            builder = builder.with_user_metadata(format!("note {note}"), "x".repeat(note));
        }
        if let Some(has_dictionary) = self.compression {
            let zstd = Compression::zstd().with_level(1);
            builder = builder.with_compression(match has_dictionary {
                true => zstd.with_dictionary("éééééééé".repeat(20)),
                false => zstd.with_dictionary_size(0),
            });
        }
        let mut file = build(builder.with_miss_filter(self.filter), &entries);
        if self.unknown_section {
            file = with_section_of_any_kind(file, 1234, b"of a later version");
        }
        file
    }
}

//! Describes a file in JSON: header, metadata and, for format 2, its pages.

use std::collections::BTreeMap;

use massmap::{
    DuplicateKeys, FormatVersion, HeaderCopy, MassMapHeader, MassMapInfo, MassMapMeta, ShardLabel,
};
use massmap_format::{CompressionDescription, DictionarySource, EntryLayout, PageLayout, PagedHeader};
use serde::Serialize;

use super::console;
use crate::map::{self, Map};
use massmap_data::Location;

/// Header and metadata of a map. For format 1, exactly what massmap 0.1.5 prints.
#[derive(Serialize)]
struct Description<'a> {
    header: &'a MassMapHeader,
    meta: &'a MassMapMeta,
    #[serde(skip_serializing_if = "Option::is_none")]
    paged: Option<Paged<'a>>,
}

/// What only files of format 2 have.
#[derive(Serialize)]
struct Paged<'a> {
    page_size: u32,
    page_count: u64,
    bins: u64,
    /// Share of the bytes of the pages that is not padding; `None` without pages.
    fill: Option<f64>,
    /// Number of bytes of each key and of each value, if all entries have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_widths: Option<[u32; 2]>,
    duplicate_keys: DuplicateKeys,
    miss_filter: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    compression: Option<Compression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<Shard>,
    /// In hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    build_id: Option<String>,
    /// The headers, of the two that a file has, that do not open it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    damaged_headers: Vec<&'static str>,
    user_metadata: &'a BTreeMap<String, String>,
}

/// How values are compressed.
#[derive(Serialize)]
struct Compression {
    algorithm: &'static str,
    /// Whether values are compressed: not if entries have a fixed width.
    used: bool,
    level: i32,
    /// Where the dictionary comes from.
    dictionary: &'static str,
    dictionary_bytes: usize,
    /// Version of the library that compressed.
    version: String,
}

impl Compression {
    fn new(description: &CompressionDescription, used: bool) -> Self {
        let version = description.version;
        Self {
            algorithm: "zstd",
            used,
            level: description.level,
            dictionary: match description.source {
                DictionarySource::Trained { .. } => "trained",
                DictionarySource::Given => "given",
            },
            dictionary_bytes: description.dictionary.len(),
            version: format!("{}.{}.{}", version / 10_000, version / 100 % 100, version % 100),
        }
    }
}

/// The part of a map that a file is.
#[derive(Serialize)]
struct Shard {
    index: u32,
    count: u32,
}

/// Describes `map`.
pub(crate) fn describe(map: &Map) -> anyhow::Result<String> {
    let damaged_headers = map.damaged_headers()?.into_iter().map(|copy| match copy {
        HeaderCopy::First => "first",
        HeaderCopy::Second => "second",
    });
    console::json(&Description {
        header: &map.header,
        meta: &map.meta,
        paged: map.paged_header().map(|header| Paged {
            page_size: header.page_size,
            page_count: header.page_count,
            bins: header.bins,
            fill: fill(header, map.entry_layout(), map.meta.occupied_bucket_count),
            entry_widths: match map.entry_layout() {
                EntryLayout::Fixed(widths) => Some([widths.key(), widths.value()]),
                EntryLayout::Variable | EntryLayout::Compressed => None,
            },
            duplicate_keys: map.duplicate_keys(),
            miss_filter: map.has_miss_filter(),
            compression: map.compression().map(|description| {
                let is_used = map.entry_layout() == EntryLayout::Compressed;
                Compression::new(description, is_used)
            }),
            shard: map
                .shard()
                .map(|ShardLabel { index, count }| Shard { index, count }),
            build_id: map
                .build_id()
                .map(|id| format!("{:032x}", u128::from_be_bytes(id))),
            damaged_headers: damaged_headers.collect(),
            user_metadata: map.user_metadata(),
        }),
    })
}

/// Describes the map that was just written to `output`, without loading a bucket index.
pub(crate) fn describe_written(
    output: &Location,
    format: FormatVersion,
    info: &MassMapInfo,
) -> anyhow::Result<String> {
    match format {
        FormatVersion::V1 => console::json(info),
        _ => describe(&map::open(output)?),
    }
}

/// Size of the entries with their ends, the directories, the headers and the checksums of `runs` runs, divided by the size of the pages. Rounded
/// down to a multiple of 0.0001.
///
/// Assumes that a run is one page long. This counts too little for the ends in longer runs.
fn fill(header: &PagedHeader, entries: EntryLayout, runs: u64) -> Option<f64> {
    const STEPS: u16 = 10_000;
    let layout = PageLayout::new(entries, header.page_size, header.directory_words).ok()?;
    let page_size = u64::from(header.page_size);
    let end_width = layout.entries().end_width(page_size) as u128;
    let used = u128::from(header.entries_length)
        + u128::from(header.entry_count) * end_width
        + u128::from(header.page_count) * u128::from(layout.directory_length(page_size))
        + u128::from(runs) * u128::from(layout.entries_start(page_size) - layout.directory_length(page_size));
    let all = u128::from(header.page_count) * u128::from(page_size);
    let steps = (used * u128::from(STEPS)).checked_div(all)?;
    // `runs` comes from unchecked metadata and may be too large.
    let steps = u16::try_from(steps).unwrap_or(STEPS).min(STEPS);
    Some(f64::from(steps) / f64::from(STEPS))
}

#[cfg(test)]
mod tests {
    use massmap_format::EntryWidths;

    use super::*;

    fn header(page_size: u32, page_count: u64, entry_count: u64, entries_length: u64) -> PagedHeader {
        PagedHeader {
            page_size,
            optional_features: 0,
            required_features: 0,
            file_id: 0,
            entry_count,
            entries_length,
            page_count,
            bins: 64,
            directory_words: 1,
            choices: 0,
            shard: None,
            build_id: [0; 16],
            entries_digest: 0,
            sections: Vec::new(),
        }
    }

    #[test]
    fn fill_counts_entries_directories_and_headers() {
        // (100 + 10 · 2 + 2 · 8 + 2 · 8) / 1024
        let variable = EntryLayout::Variable;
        assert_eq!(fill(&header(512, 2, 10, 100), variable, 2), Some(0.1484));
        assert_eq!(fill(&header(512, 1, 1, 494), variable, 1), Some(1.0));
        // (1000 + 10 · 4 + 8 + 8 + 32) / 131072
        assert_eq!(fill(&header(1 << 17, 1, 10, 1000), variable, 1), Some(0.0083));
        // (100 + 2 · 8 + 2 · 8) / 1024
        let fixed = EntryLayout::Fixed(EntryWidths::new(8, 2).unwrap());
        assert_eq!(fill(&header(512, 2, 10, 100), fixed, 2), Some(0.1289));
    }

    #[test]
    fn fill_is_none_without_pages_and_at_most_one() {
        assert_eq!(fill(&header(512, 0, 0, 0), EntryLayout::Variable, 0), None);
        let header = header(512, 1, u64::MAX, u64::MAX);
        assert_eq!(fill(&header, EntryLayout::Variable, u64::MAX), Some(1.0));
    }
}

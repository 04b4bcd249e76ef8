//! Writing entries that are all in memory, in either format.

use std::io;

use massmap_format::{FormatVersion, MassMapHashConfig, MassMapInfo, MassMapMeta, PagedMetadata, spread};
use massmap_io::MassMapWriter;

use crate::buckets::write_entries;
use crate::entries::Entries;
use crate::pages::{Totals, write_pages};
use crate::settings::Settings;

/// What a file says about its hash function and types.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) hash_config: MassMapHashConfig,
    pub(crate) hash_probes: (u64, u64),
    pub(crate) key_type: String,
    pub(crate) value_type: String,
}

/// The number that tells an entry's place: its bucket in format 1, its spread hash in format 2.
pub(crate) fn order_of(hash: u64, format: FormatVersion, bucket_count: u64) -> u64 {
    match format {
        FormatVersion::V2 => spread(hash),
        _ => hash % bucket_count,
    }
}

/// The hashes of the keys that tell hash functions apart.
pub(crate) fn hash_probes(integer: impl FnOnce(u64) -> u64, string: impl FnOnce(&str) -> u64) -> (u64, u64) {
    let probes = PagedMetadata::PROBES;
    (integer(probes.0), string(probes.1))
}

/// Arranges `entries` and writes them.
pub(crate) fn write_arranged<W: MassMapWriter>(
    writer: &W,
    settings: Settings,
    identity: Identity,
    mut entries: Entries,
) -> io::Result<MassMapInfo> {
    let duplicate_keys = settings.duplicate_keys();
    if settings.format() == FormatVersion::V1 {
        entries.arrange(Some(settings.bucket_count()), duplicate_keys)?;
        let meta = MassMapMeta {
            bucket_count: settings.bucket_count(),
            hash_config: identity.hash_config,
            key_type: identity.key_type,
            value_type: identity.value_type,
            ..MassMapMeta::default()
        };
        return write_entries(
            writer,
            settings.writer_buffer_size,
            settings.bucket_size_limit,
            meta,
            &entries,
        );
    }
    entries.arrange(None, duplicate_keys)?;
    let mut totals = Totals::default();
    entries
        .iter()
        .for_each(|(spread, entry)| totals.add(spread, &entry));
    write_pages(writer, settings, identity, totals, |pages| {
        entries
            .iter()
            .try_for_each(|(spread, entry)| pages.push(spread, &entry))
    })
}

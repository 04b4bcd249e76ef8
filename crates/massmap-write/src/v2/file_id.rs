//! What the pages of a file depend on, in one number.

use massmap_format::{CompressionDescription, DuplicateKeys, FileIdMixer, PageLayout, PagedHeader};

use crate::config::Settings;
use crate::entry::Totals;

/// The `file_id` of a file, from everything that shapes its pages: two files have the same pages if they have the same one.
///
/// But for the order of entries with the same key, which is known only when they are written.
pub(super) fn file_id(
    settings: &Settings,
    totals: &Totals,
    layout: PageLayout,
    bins: u64,
    hash_probes: (u64, u64),
    compression: Option<&CompressionDescription>,
) -> u64 {
    let (index, count) = settings.shard.map_or((0, 0), |shard| (shard.index, shard.count));
    let policy = match settings.duplicate_keys() {
        DuplicateKeys::KeepAll => 0,
        DuplicateKeys::Error => 1,
        DuplicateKeys::First => 2,
        DuplicateKeys::Last => 3,
    };
    let mixer = [
        layout.page_size().into(),
        layout.directory_words().into(),
        settings.longest_run().into(),
        PagedHeader::required_features_of(totals.layout()).into(),
        totals.entry_count,
        totals.stored_length(),
        bins,
        index.into(),
        count.into(),
        policy,
        hash_probes.0,
        hash_probes.1,
    ]
    .into_iter()
    .fold(FileIdMixer::new(totals.entries_digest), FileIdMixer::with);
    // Schemas say how entries are laid out.
    let schemas = [&totals.types.key, &totals.types.value];
    let mixer = schemas
        .iter()
        .fold(mixer, |mixer, schema| mixer.with_bytes(&schema.encode()));
    match compression {
        Some(compression) => mixer.with_bytes(&compression.encode()).finish(),
        None => mixer.finish(),
    }
}
